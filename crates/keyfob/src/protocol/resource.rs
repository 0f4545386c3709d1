//! For which API a token is: how requests say so (RFC 8707; Auth0's `audience`; Microsoft Entra ID, which takes the API
//! in the scope), and whether the answer is what was asked for.

use std::collections::BTreeSet;

use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

use super::{
    authorization::{Granted, Wish},
    challenges, parameter, unverified_claims,
};
use crate::{
    config::{Config, RefreshScope, ResourceStyle},
    error::{AccessTokenError, TokenError},
    secret::AccessToken,
};

/// Granted for the sign-in rather than for an API; providers leave them out of their answers as they like.
const OF_THE_SIGN_IN: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// What a request adds to say for whom its token is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Naming {
    pub(crate) parameters: Vec<(&'static str, String)>,
    pub(crate) scopes: Vec<String>,
}

/// In the authorization request: every audience that tokens will be asked for later, where a request can name several;
/// where it can't, the one that is wished for before the sign-in's own. The scopes are all that the request asks for:
/// those of every sign-in, what was granted before, and what is wished for.
pub(crate) fn in_authorization(
    config: &Config,
    of_every_sign_in: &[String],
    wish: &Wish,
    granted: &Granted,
) -> Naming {
    let audience = of_the_code(config, wish);
    let known = of_every_sign_in.iter().map(String::as_str).chain(words(&granted.scope));
    let wished = words(wish.scope.as_deref().unwrap_or_default());
    match config.resource_style {
        ResourceStyle::Resource => {
            let audiences = requested_audiences(config, wish, granted).into_iter();
            Naming {
                parameters: audiences.map(|audience| ("resource", audience)).collect(),
                scopes: each_once(known.chain(wished)).collect(),
            }
        }
        ResourceStyle::Audience => Naming {
            scopes: each_once(known.chain(wished)).collect(),
            ..audience.map(in_audience).unwrap_or_default()
        },
        ResourceStyle::Scope => Naming {
            scopes: match audience {
                Some(audience) => of_one_api(config, audience, known, wished),
                None => each_once(known.chain(wished)).collect(),
            },
            ..Naming::default()
        },
    }
}

/// The audiences that an authorization request is for.
pub(crate) fn requested_audiences(config: &Config, wish: &Wish, granted: &Granted) -> Vec<String> {
    let wished = wish.audience.as_deref();
    match config.resource_style {
        ResourceStyle::Resource => {
            let granted = granted.audiences.iter().map(String::as_str);
            each_once(config.audiences().into_iter().chain(granted).chain(wished)).collect()
        }
        ResourceStyle::Audience | ResourceStyle::Scope => {
            of_the_code(config, wish).map(str::to_owned).into_iter().collect()
        }
    }
}

/// A code brings a token for one API, and everything of an API can't be asked for beside one of its scopes.
fn of_one_api<'a>(
    config: &Config,
    audience: &str,
    known: impl Iterator<Item = &'a str>,
    wished: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let everything = everything_of(audience);
    let of_another =
        |scope: &str| config.audiences().into_iter().any(|other| other != audience && is_of(scope, other));
    let known = known.filter(|scope| !of_another(scope) && *scope != everything).map(str::to_owned);
    let wished = wished
        .map(|scope| if is_of_the_sign_in(scope) { scope.to_owned() } else { scope_of(scope, audience) });
    let mut scopes: Vec<_> = each_once(known.chain(wished)).collect();
    if !scopes.iter().any(|scope| is_of(scope, audience)) {
        scopes.push(everything);
    }
    scopes
}

/// Whom the token is for that a code brings.
pub(crate) fn of_the_code<'a>(config: &'a Config, wish: &'a Wish) -> Option<&'a str> {
    let wished = wish.audience.as_deref().filter(|_| config.resource_style != ResourceStyle::Resource);
    wished.or(config.audience.as_deref())
}

/// In the code exchange, for the sign-in's own audience.
pub(crate) fn in_code_exchange(config: &Config) -> Naming {
    match (config.resource_style, &config.audience) {
        (ResourceStyle::Resource, Some(audience)) => in_resource(audience),
        _ => Naming::default(),
    }
}

/// In a refresh. `asked` are scopes that somebody wants for the audience, and `granted` those of the sign-in.
///
/// Errors: `insufficient_scope` where it isn't configured that a refresh may ask for more (RFC 6749 section 6).
pub(crate) fn in_refresh(
    config: &Config,
    audience: Option<&str>,
    asked: Option<&str>,
    granted: &str,
) -> Result<Naming, AccessTokenError> {
    let asked = match config.refresh_scope {
        RefreshScope::Wider => asked,
        RefreshScope::Granted => {
            let missing = missing(granted, asked, audience);
            // A session that version 1 has kept doesn't know what was granted.
            if !missing.is_empty() && !granted.is_empty() {
                return Err(AccessTokenError::InsufficientScope { missing });
            }
            // Without a scope a refresh asks for all that was granted.
            None
        }
    };
    let more = asked.map(|asked| words(granted).chain(words(asked)).collect::<BTreeSet<_>>());
    let scopes = || more.iter().flatten().map(|scope| (*scope).to_owned()).collect();
    Ok(match (config.resource_style, audience) {
        (_, None) => Naming { scopes: scopes(), ..Naming::default() },
        (ResourceStyle::Resource, Some(audience)) => Naming { scopes: scopes(), ..in_resource(audience) },
        (ResourceStyle::Audience, Some(audience)) => Naming { scopes: scopes(), ..in_audience(audience) },
        (ResourceStyle::Scope, Some(audience)) => {
            let mut scopes = vec!["openid".to_owned(), "offline_access".to_owned()];
            match asked {
                Some(asked) => scopes.extend(words(asked).map(|scope| scope_of(scope, audience))),
                None => scopes.push(everything_of(audience)),
            }
            Naming { scopes, ..Naming::default() }
        }
    })
}

/// Judges an access token before anybody gets it: is it for the audience, and for all that was asked?
pub(crate) fn judge(
    config: &Config,
    audience: Option<&str>,
    asked: Option<&str>,
    token: &AccessToken,
    granted: Option<&str>,
) -> Result<(), AccessTokenError> {
    // Entra names an API in `aud` by an id that nobody configured.
    if config.resource_style != ResourceStyle::Scope
        && let Some(audience) = audience
        && audiences_of(token).is_some_and(|named| !named.iter().any(|name| name == audience))
    {
        return Err(AccessTokenError::AudienceMismatch { audience: audience.to_owned() });
    }
    let Some(granted) = granted else {
        // As requested (RFC 6749 section 5.1).
        return Ok(());
    };
    let missing = missing(granted, asked, audience);
    if missing.is_empty() { Ok(()) } else { Err(AccessTokenError::InsufficientScope { missing }) }
}

/// Whether a sign-in that asks for the audience and the scope may bring the token that a refresh doesn't. `requested`
/// are the audiences that the session's own sign-in asked for.
pub(crate) fn is_cured_by_sign_in(
    requested: &[String],
    audience: Option<&str>,
    scope: Option<&str>,
    error: &AccessTokenError,
) -> bool {
    let is_named = audience.is_none_or(|audience| requested.iter().any(|named| named == audience));
    match error {
        AccessTokenError::InteractionRequired(_) | AccessTokenError::InsufficientScope { .. } => true,
        AccessTokenError::AudienceMismatch { .. } => !is_named,
        AccessTokenError::Token(TokenError::Refused(refusal)) => match refusal.error.as_str() {
            "invalid_target" => !is_named,
            "invalid_scope" | "insufficient_scope" => scope.is_some(),
            _ => refusal.wants_interaction(),
        },
        _ => false,
    }
}

/// What is asked for of an API and not granted.
fn missing(granted: &str, asked: Option<&str>, audience: Option<&str>) -> Vec<String> {
    asked
        .into_iter()
        .flat_map(words)
        .filter(|scope| !is_of_the_sign_in(scope))
        .filter(|scope| !grants(granted, scope, audience))
        .map(str::to_owned)
        .collect()
}

/// Scopes in one order and each once: two ways to write the same are one token.
pub(crate) fn normalized(scope: Option<&str>) -> Option<String> {
    let scopes: BTreeSet<_> = scope.into_iter().flat_map(words).collect();
    (!scopes.is_empty()).then(|| scopes.into_iter().collect::<Vec<_>>().join(" "))
}

/// Whether every scope that is asked for has been granted.
pub(crate) fn covers(granted: &str, asked: &str, audience: Option<&str>) -> bool {
    words(asked).all(|scope| grants(granted, scope, audience))
}

fn grants(granted: &str, scope: &str, audience: Option<&str>) -> bool {
    let long = audience.map(|audience| scope_of(scope, audience));
    words(granted).any(|each| each == scope || long.as_deref() == Some(each))
}

fn is_of_the_sign_in(scope: &str) -> bool {
    OF_THE_SIGN_IN.contains(&scope)
}

/// Two lists of scopes as one.
pub(crate) fn joined(one: &str, other: &str) -> String {
    each_once(words(one).chain(words(other))).collect::<Vec<_>>().join(" ")
}

fn each_once<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> impl Iterator<Item = String> {
    let mut seen = BTreeSet::new();
    texts.map(|text| text.as_ref().to_owned()).filter(move |text| seen.insert(text.clone()))
}

fn words(scope: &str) -> impl Iterator<Item = &str> {
    scope.split_ascii_whitespace()
}

fn in_resource(audience: &str) -> Naming {
    Naming { parameters: vec![("resource", audience.to_owned())], ..Naming::default() }
}

fn in_audience(audience: &str) -> Naming {
    Naming { parameters: vec![("audience", audience.to_owned())], ..Naming::default() }
}

fn is_of(scope: &str, audience: &str) -> bool {
    scope.strip_prefix(audience).is_some_and(|rest| rest.starts_with('/'))
}

fn scope_of(scope: &str, audience: &str) -> String {
    if is_of(scope, audience) { scope.to_owned() } else { format!("{audience}/{scope}") }
}

fn everything_of(audience: &str) -> String {
    scope_of(".default", audience)
}

/// Whether an API says that the token has expired or is no longer good: with 401 (RFC 6750 section 3.1), or with a status
/// that it is known to say so with. One that lacks scope says so by itself, and a newer token would lack it too.
pub(crate) fn is_expired<B>(response: &Response<B>, statuses: &[StatusCode]) -> bool {
    response.status() == StatusCode::UNAUTHORIZED
        || statuses.contains(&response.status()) && !lacks_scope(response.headers())
}

fn lacks_scope(headers: &HeaderMap) -> bool {
    challenges(headers)
        .any(|challenge| parameter(&challenge, "error").as_deref() == Some("insufficient_scope"))
}

/// The `aud` of a token that is a JWT (RFC 9068 section 2.2).
fn audiences_of(token: &AccessToken) -> Option<Vec<String>> {
    let is_jwt = token.expose().split('.').count() == 3;
    let payload = unverified_claims(token).filter(|_| is_jwt)?;
    match payload.get("aud")? {
        Value::String(audience) => Some(vec![audience.clone()]),
        Value::Array(audiences) => {
            Some(audiences.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;

    fn config(style: &str) -> Config {
        Config::from_json(json!({
            "issuer": "https://id.example",
            "clientId": "app",
            "audience": "https://api.example",
            "resources": [{ "origin": "https://o.example", "audience": "urn:other" }],
            "resourceStyle": style,
        }))
        .expect("a configuration")
    }

    fn scopes(naming: &Naming) -> String {
        naming.scopes.join(" ")
    }

    fn asked(config: &Config, wish: &Wish, granted: &Granted) -> Naming {
        super::in_authorization(config, &["openid".to_owned(), "offline_access".to_owned()], wish, granted)
    }

    fn in_authorization(config: &Config) -> Naming {
        asked(config, &Wish::default(), &Granted::default())
    }

    fn wish(audience: Option<&str>, scope: Option<&str>) -> Wish {
        Wish { audience: audience.map(str::to_owned), scope: scope.map(str::to_owned), account: None }
    }

    #[test]
    fn an_audience_is_named_as_the_provider_wants_it() {
        let resource = in_authorization(&config("resource"));
        assert_eq!(
            resource.parameters,
            [("resource", "https://api.example".into()), ("resource", "urn:other".into())]
        );
        let audience = in_authorization(&config("audience"));
        assert_eq!(audience.parameters, [("audience", "https://api.example".into())]);
        let scope = in_authorization(&config("scope"));
        assert_eq!(scopes(&scope), "openid offline_access https://api.example/.default");
        assert!(scope.parameters.is_empty(), "Entra refuses `resource`");
    }

    #[test]
    fn what_is_wished_for_stands_beside_what_was_granted_before_and_no_audience_is_forgotten() {
        let granted = Granted { scope: "openid read".to_owned(), audiences: vec!["urn:third".to_owned()] };
        let wished = asked(&config("resource"), &wish(Some("urn:more"), Some("write read")), &granted);
        let names: Vec<_> = wished.parameters.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["https://api.example", "urn:other", "urn:third", "urn:more"]);
        assert_eq!(scopes(&wished), "openid offline_access read write");

        let wished = asked(&config("audience"), &wish(Some("urn:more"), Some("write")), &granted);
        assert_eq!(wished.parameters, [("audience", "urn:more".into())], "a request names one");
        assert_eq!(scopes(&wished), "openid offline_access read write");
        let wished = asked(&config("audience"), &wish(None, Some("write")), &granted);
        assert_eq!(wished.parameters, [("audience", "https://api.example".into())]);
    }

    #[test]
    fn where_scopes_name_the_api_a_request_names_one_and_everything_of_it_or_some() {
        let before = "openid https://api.example/read https://api.example/.default";
        let granted = Granted { scope: before.to_owned(), audiences: Vec::new() };
        let asked = |audience, scope| scopes(&asked(&config("scope"), &wish(audience, scope), &granted));
        assert_eq!(asked(Some("urn:more"), None), "openid offline_access urn:more/.default");
        let more = "openid offline_access urn:more/write phone";
        assert_eq!(asked(Some("urn:more"), Some("write phone")), more);
        let own = "openid offline_access https://api.example/read https://api.example/write";
        assert_eq!(asked(None, Some("write")), own);
        assert_eq!(asked(None, Some("https://api.example/write")), own);
    }

    #[test]
    fn s_63_a_refresh_asks_for_more_than_was_granted_only_where_that_is_configured() {
        let refresh = |style: &str, refresh_scope: Option<&str>, asked: Option<&str>, granted: &str| {
            let mut value = json!({
                "issuer": "https://id.example", "clientId": "app", "resourceStyle": style,
            });
            if let Some(refresh_scope) = refresh_scope {
                value["refreshScope"] = json!(refresh_scope);
            }
            let config = Config::from_json(value).expect("a configuration");
            in_refresh(&config, Some("urn:other"), asked, granted).map(|naming| scopes(&naming))
        };
        let refused =
            |missing: &str| Err(AccessTokenError::InsufficientScope { missing: vec![missing.to_owned()] });
        for style in ["resource", "audience"] {
            assert_eq!(refresh(style, None, None, "openid read"), Ok(String::new()));
            assert_eq!(refresh(style, None, Some("read"), "openid read"), Ok(String::new()));
            assert_eq!(refresh(style, None, Some("email read"), "openid read"), Ok(String::new()));
            assert_eq!(refresh(style, None, Some("read write"), "openid read"), refused("write"));
            assert_eq!(refresh(style, None, Some("write"), ""), Ok(String::new()), "nobody knows");
            let wider = refresh(style, Some("wider"), Some("write"), "openid read");
            assert_eq!(wider, Ok("openid read write".to_owned()));
        }
        let entra = |refresh_scope, asked| refresh("scope", refresh_scope, asked, "openid api://x/read");
        let more = "openid offline_access urn:other/write".to_owned();
        assert_eq!(entra(None, Some("write")), Ok(more));
        assert_eq!(entra(Some("granted"), Some("write")), refused("write"));
    }

    #[test]
    fn a_jwt_for_another_audience_is_refused_and_an_opaque_token_is_not() {
        let jwt =
            |claims: Value| AccessToken::new(format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims.to_string())));
        let judge = |style, token| judge(&config(style), Some("urn:other"), None, &token, None);
        assert!(judge("resource", jwt(json!({ "aud": "urn:other" }))).is_ok());
        assert!(judge("resource", jwt(json!({ "aud": ["x", "urn:other"] }))).is_ok());
        let refused = judge("audience", jwt(json!({ "aud": "urn:default" })));
        assert!(matches!(refused, Err(AccessTokenError::AudienceMismatch { .. })));
        assert!(judge("scope", jwt(json!({ "aud": "an-id" }))).is_ok());
        assert!(judge("resource", AccessToken::new("opaque")).is_ok());
        assert!(judge("resource", AccessToken::new("a.b.c")).is_ok());
    }

    #[test]
    fn scopes_that_were_asked_for_and_not_granted_are_named() {
        let judge = |granted| {
            judge(
                &config("resource"),
                None,
                Some("openid offline_access read write"),
                &AccessToken::new("o"),
                granted,
            )
        };
        assert!(judge(None).is_ok());
        assert!(judge(Some("write read")).is_ok());
        assert_eq!(
            judge(Some("read")),
            Err(AccessTokenError::InsufficientScope { missing: vec!["write".into()] })
        );
    }

    #[test]
    fn the_order_of_scopes_makes_no_difference() {
        assert_eq!(normalized(Some(" write  read write")), normalized(Some("read write")));
        assert_eq!(normalized(Some("  ")), None);
        assert!(covers("api://x/a b", "a", Some("api://x")));
    }
}
