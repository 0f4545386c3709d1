//! The authorization request and its answer (RFC 6749 section 4.1, RFC 7636, RFC 9207, OpenID Connect Core 3.1.2).

use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope, basic::BasicClient};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{discovery::ProviderMetadata, resource};
use crate::{
    config::{Config, DEFAULT_SCOPES},
    endpoint::EndpointUrl,
    error::{AuthorizationError, DiscoveryError, OauthError},
    secret::{AuthorizationCode, PkceVerifier},
};

/// What a host asks of a sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInOptions {
    /// `prompt` (OpenID Connect Core section 3.1.2.1); `create` is sign-up.
    pub prompt: Option<String>,
    /// `login_hint`: what the person would type, an address for instance.
    pub login_hint: Option<String>,
}

/// An authorization request: where the browser goes, and what its answer will be judged by.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) url: EndpointUrl,
    pub(crate) state: String,
    pub(crate) validation: AuthorizationValidation,
}

/// What an answer is judged by. It stays on this machine: in memory, and in the keychain so that a callback which
/// starts the app can be completed.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationValidation {
    pub(crate) issuer: String,
    pub(crate) iss_required: bool,
    pub(crate) redirect_uri: String,
    /// Where the answer has to arrive: the redirect URI, or the deep link that a return page opens.
    pub(crate) arrives_on: String,
    pub(crate) nonce: String,
    pub(crate) pkce_verifier: PkceVerifier,
    pub(crate) requested_scope: String,
}

/// Builds a request with fresh `state`, `nonce` and PKCE challenge, 32 random bytes each.
pub(crate) fn request(
    config: &Config,
    metadata: &ProviderMetadata,
    redirect_uri: String,
    options: &SignInOptions,
    choose_account: bool,
) -> Result<AuthorizationRequest, DiscoveryError> {
    let unusable = |_| DiscoveryError::Invalid("the authorization request can't be built from it");
    let client = BasicClient::new(ClientId::new(config.client_id.clone()))
        .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.as_url().clone()))
        .set_redirect_uri(RedirectUrl::new(redirect_uri.clone()).map_err(unusable)?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let nonce = CsrfToken::new_random_len(32).into_secret();
    let naming = resource::in_authorization(config);
    let mut scopes = scopes(config, metadata);
    scopes.extend(naming.scopes);
    let mut request = client
        .authorize_url(|| CsrfToken::new_random_len(32))
        .add_scopes(scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(challenge)
        .add_extra_param("nonce", nonce.clone());
    for (name, value) in naming.parameters {
        request = request.add_extra_param(name, value);
    }
    if let Some(prompt) = options.prompt.clone().or_else(|| choose_account.then(|| account_prompt(metadata)))
    {
        request = request.add_extra_param("prompt", prompt);
    }
    if let Some(login_hint) = options.login_hint.clone() {
        request = request.add_extra_param("login_hint", login_hint);
    }
    let (url, state) = request.url();
    Ok(AuthorizationRequest {
        url: EndpointUrl::parse(url.as_str())
            .map_err(|reason| DiscoveryError::Url { field: "authorization_endpoint", reason })?,
        state: state.into_secret(),
        validation: AuthorizationValidation {
            issuer: metadata.issuer.clone(),
            iss_required: metadata.authorization_response_iss_parameter_supported,
            arrives_on: redirect_uri.clone(),
            redirect_uri,
            nonce,
            pkce_verifier: PkceVerifier::new(verifier.into_secret()),
            requested_scope: scopes.join(" "),
        },
    })
}

fn scopes(config: &Config, metadata: &ProviderMetadata) -> Vec<String> {
    if let Some(scopes) = &config.scopes {
        return scopes.clone();
    }
    let supported = metadata.scopes_supported.as_ref();
    DEFAULT_SCOPES
        .iter()
        .filter(|&&scope| {
            scope == "openid" || supported.is_none_or(|list| list.iter().any(|entry| entry == scope))
        })
        .map(|&scope| scope.to_owned())
        .collect()
}

/// After a sign-out the person may be another, and the provider's own session must not decide for them.
fn account_prompt(metadata: &ProviderMetadata) -> String {
    let supported = metadata.prompt_values_supported.as_ref();
    if supported.is_none_or(|list| list.iter().any(|prompt| prompt == "select_account")) {
        "select_account".to_owned()
    } else {
        "login".to_owned()
    }
}

/// A URL that somebody says is a callback: hostile until judged.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    url: Url,
}

/// The parameters that have a meaning to us, each allowed once (RFC 6749 section 3.1).
const KNOWN: [&str; 9] =
    ["state", "code", "iss", "error", "error_description", "response", "id_token", "access_token", "token"];

/// Those of flows that were not asked for: JARM, hybrid, implicit.
const UNASKED: [&str; 4] = ["response", "id_token", "access_token", "token"];

impl Callback {
    /// Parses a URL; `None` if it is none, or too long to be a callback.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        const LONGEST: usize = 64 * 1024;
        if url.len() > LONGEST {
            return None;
        }
        Url::parse(url).ok().map(|url| Self { url })
    }

    /// The `state`, if there is exactly one.
    pub(crate) fn state(&self) -> Option<String> {
        self.parameter("state").ok().flatten()
    }

    /// Whether it arrived on the redirect URI of the request, to the letter (RFC 8252 section 8.10), but that KDE and
    /// gio write `scheme:/callback` as `scheme:///callback`.
    pub(crate) fn arrived_on(&self, redirect_uri: &str) -> bool {
        let Ok(expected) = Url::parse(redirect_uri) else {
            return false;
        };
        let place = |url: &Url| {
            (
                url.scheme().to_owned(),
                url.username().to_owned(),
                url.password().map(str::to_owned),
                url.host_str().unwrap_or_default().to_owned(),
                url.port(),
                url.path().to_owned(),
            )
        };
        place(&self.url) == place(&expected)
    }

    /// The same answer on another redirect URI.
    pub(crate) fn moved_to(&self, redirect_uri: &str) -> String {
        format!("{redirect_uri}?{}", self.url.query().unwrap_or_default())
    }

    fn parameter(&self, name: &'static str) -> Result<Option<String>, AuthorizationError> {
        let mut values = self.url.query_pairs().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.into_owned());
        if values.next().is_some() { Err(AuthorizationError::Repeated(name)) } else { Ok(first) }
    }
}

/// Judges the answer to a request whose `state` it carries.
pub(crate) fn judge(
    callback: &Callback,
    validation: &AuthorizationValidation,
) -> Result<AuthorizationCode, AuthorizationError> {
    for name in KNOWN {
        callback.parameter(name)?;
    }
    // RFC 9207 section 2.4: before anything else in the answer is believed, an error too.
    match callback.parameter("iss")? {
        Some(issuer) if issuer == validation.issuer => {}
        None if !validation.iss_required => {}
        Some(_) | None => return Err(AuthorizationError::IssuerMismatch),
    }
    for name in UNASKED {
        if callback.parameter(name)?.is_some() {
            return Err(AuthorizationError::Unexpected(name));
        }
    }
    let code = callback.parameter("code")?;
    if let Some(error) = callback.parameter("error")? {
        if code.is_some() {
            return Err(AuthorizationError::Unexpected("a code beside an error"));
        }
        let description = callback.parameter("error_description")?;
        return Err(AuthorizationError::Refused(OauthError::new(&error, description.as_deref())));
    }
    code.filter(|code| !code.is_empty()).map(AuthorizationCode::new).ok_or(AuthorizationError::NoCode)
}

/// [`AuthorizationValidation`] as it is kept in the keychain.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredValidation {
    issuer: String,
    iss_required: bool,
    redirect_uri: String,
    /// Where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arrives_on: Option<String>,
    nonce: String,
    pkce_verifier: String,
    requested_scope: String,
}

impl From<&AuthorizationValidation> for StoredValidation {
    fn from(validation: &AuthorizationValidation) -> Self {
        Self {
            issuer: validation.issuer.clone(),
            iss_required: validation.iss_required,
            redirect_uri: validation.redirect_uri.clone(),
            arrives_on: Some(validation.arrives_on.clone()).filter(|uri| *uri != validation.redirect_uri),
            nonce: validation.nonce.clone(),
            pkce_verifier: validation.pkce_verifier.expose().to_owned(),
            requested_scope: validation.requested_scope.clone(),
        }
    }
}

impl From<StoredValidation> for AuthorizationValidation {
    fn from(stored: StoredValidation) -> Self {
        Self {
            issuer: stored.issuer,
            iss_required: stored.iss_required,
            arrives_on: stored.arrives_on.unwrap_or_else(|| stored.redirect_uri.clone()),
            redirect_uri: stored.redirect_uri,
            nonce: stored.nonce,
            pkce_verifier: PkceVerifier::new(stored.pkce_verifier),
            requested_scope: stored.requested_scope,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use aws_lc_rs::digest;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;
    use crate::protocol::discovery::tests::{document, judge as metadata};

    const REDIRECT: &str = "dev.keyfob.desktop:/callback";

    fn build(config: &Value, options: &SignInOptions, choose_account: bool) -> Option<AuthorizationRequest> {
        let mut value = json!({ "issuer": "https://id.example", "clientId": "app" });
        for (key, entry) in config.as_object()? {
            value[key] = entry.clone();
        }
        let config = Config::from_json(value).ok()?;
        request(&config, &metadata(&document()).ok()?, REDIRECT.to_owned(), options, choose_account).ok()
    }

    fn query(request: &AuthorizationRequest) -> HashMap<String, String> {
        request.url.as_url().query_pairs().into_owned().collect()
    }

    #[test]
    fn s_3_to_s_16_a_request_carries_what_the_specifications_ask_for() {
        let request = build(&json!({}), &SignInOptions::default(), false).expect("a request");
        let query = query(&request);
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], "app");
        assert_eq!(query["redirect_uri"], REDIRECT);
        assert_eq!(query["scope"], "openid profile email offline_access");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["state"], request.state);
        assert_eq!(query["nonce"], request.validation.nonce);
        assert!(query["state"].len() >= 43 && query["nonce"].len() >= 43);
        let verifier = request.validation.pkce_verifier.expose();
        assert_eq!(verifier.len(), 43);
        assert_eq!(
            query["code_challenge"],
            URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
        );
        assert!(!request.url.as_str().contains(verifier));
        assert!(!query.contains_key("prompt") && !query.contains_key("resource"));
    }

    #[test]
    fn s_14_s_16_what_the_provider_does_not_offer_is_not_asked_for_but_openid_is() {
        let mut document = document();
        document["scopes_supported"] = json!(["email", "phone"]);
        let config = Config::from_json(json!({ "issuer": "https://id.example", "clientId": "app" }));
        let metadata = metadata(&document).expect("metadata");
        assert_eq!(scopes(&config.expect("a configuration"), &metadata), ["openid", "email"]);
    }

    #[test]
    fn s_6_state_nonce_and_challenge_are_never_used_twice() {
        let requests: Vec<_> =
            (0..1000).filter_map(|_| build(&json!({}), &SignInOptions::default(), false)).collect();
        assert_eq!(requests.len(), 1000);
        for parameter in ["state", "nonce", "code_challenge"] {
            let distinct: HashSet<_> =
                requests.iter().map(|request| query(request)[parameter].clone()).collect();
            assert_eq!(distinct.len(), 1000, "{parameter}");
        }
    }

    #[test]
    fn s_79_every_configured_audience_is_a_resource_of_the_request() {
        let config = json!({ "audience": "urn:notes", "resources": [
            { "origin": "https://notes.example", "audience": "urn:notes" },
            { "origin": "https://orders.example", "audience": "urn:orders" },
        ] });
        let request = build(&config, &SignInOptions::default(), false).expect("a request");
        let resources: Vec<_> = request
            .url
            .as_url()
            .query_pairs()
            .filter(|(key, _)| key == "resource")
            .map(|(_, value)| value)
            .collect();
        assert_eq!(resources, ["urn:notes", "urn:orders"]);
    }

    #[test]
    fn after_a_sign_out_the_person_chooses_the_account() {
        let ask = |options: &SignInOptions| build(&json!({}), options, true).map(|request| query(&request));
        let asked = ask(&SignInOptions::default()).expect("a request");
        assert_eq!(asked["prompt"], "select_account");
        let own = SignInOptions { prompt: Some("create".into()), login_hint: Some("ada@example.com".into()) };
        let asked = ask(&own).expect("a request");
        assert_eq!((asked["prompt"].as_str(), asked["login_hint"].as_str()), ("create", "ada@example.com"));
    }

    fn validation(iss_required: bool) -> AuthorizationValidation {
        AuthorizationValidation {
            issuer: "https://id.example".into(),
            iss_required,
            redirect_uri: REDIRECT.into(),
            arrives_on: REDIRECT.into(),
            nonce: "n".into(),
            pkce_verifier: PkceVerifier::new("v"),
            requested_scope: "openid".into(),
        }
    }

    fn answer(query: &str, iss_required: bool) -> Result<AuthorizationCode, AuthorizationError> {
        let callback = Callback::parse(&format!("{REDIRECT}?{query}")).ok_or(AuthorizationError::NoCode)?;
        judge(&callback, &validation(iss_required))
    }

    #[test]
    fn a_code_is_taken_and_unknown_parameters_are_ignored() {
        let code = answer("code=c1&state=s&session_state=x&scope=y", false).expect("a code");
        assert_eq!(code.expose(), "c1");
    }

    #[test]
    fn s_26_to_s_29_the_issuer_is_checked_on_codes_and_errors_alike() {
        for advertised in [true, false] {
            assert!(answer("code=c&iss=https%3A%2F%2Fid.example", advertised).is_ok());
        }
        for query in [
            "code=c",
            "code=c&iss=https://evil.example",
            "error=access_denied",
            "code=c&iss=https://id.example/",
        ] {
            assert_eq!(answer(query, true).err(), Some(AuthorizationError::IssuerMismatch), "{query}");
        }
        assert_eq!(
            answer("error=x&iss=https://evil.example", false).err(),
            Some(AuthorizationError::IssuerMismatch)
        );
    }

    #[test]
    fn s_30_a_repeated_parameter_is_refused() {
        for query in ["code=a&code=b", "code=a&iss=x&iss=x", "error=a&error=b", "code=a&state=s&state=s"] {
            assert!(matches!(answer(query, false), Err(AuthorizationError::Repeated(_))), "{query}");
        }
    }

    #[test]
    fn s_34_answers_of_other_flows_are_refused() {
        for query in [
            "code=a&response=jwt",
            "code=a&id_token=x",
            "code=a&access_token=x",
            "code=a&token=x",
            "code=a&error=b",
        ] {
            assert!(matches!(answer(query, false), Err(AuthorizationError::Unexpected(_))), "{query}");
        }
        for query in ["", "code=", "#code=a&state=s"] {
            assert_eq!(answer(query, false).err(), Some(AuthorizationError::NoCode), "{query}");
        }
    }

    #[test]
    fn s_23_redirect_must_match_exactly() {
        let arrived = |url: &str| Callback::parse(url).is_some_and(|callback| callback.arrived_on(REDIRECT));
        assert!(arrived("dev.keyfob.desktop:/callback?code=a"));
        assert!(arrived("dev.keyfob.desktop:///callback?code=a"));
        for other in [
            "dev.keyfob.desktop:/callback/?code=a",
            "dev.keyfob.desktop:/Callback?code=a",
            "dev.keyfob.desktop://callback?code=a",
            "dev.keyfob.desktop://host/callback?code=a",
            "dev.keyfob.desktop:callback?code=a",
            "dev.keyfob.other:/callback?code=a",
            "https://dev.keyfob.desktop/callback?code=a",
        ] {
            assert!(!arrived(other), "{other}");
        }
        let loopback = |url: &str| {
            Callback::parse(url).is_some_and(|callback| callback.arrived_on("http://127.0.0.1:8080/callback"))
        };
        assert!(loopback("http://127.0.0.1:8080/callback?code=a"));
        for other in [
            "http://127.0.0.1:8081/callback",
            "http://localhost:8080/callback",
            "http://u@127.0.0.1:8080/callback",
        ] {
            assert!(!loopback(other), "{other}");
        }
    }

    #[test]
    fn s_8_a_repeated_state_is_no_state() {
        let callback = Callback::parse("dev.keyfob.desktop:/callback?state=a&state=b").expect("a URL");
        assert_eq!(callback.state(), None);
    }

    #[test]
    fn s_32_what_is_no_url_or_endless_is_no_callback() {
        let long = format!("{REDIRECT}?state=s&code={}", "c".repeat(64 * 1024));
        assert!(Callback::parse(&long[..64 * 1024]).is_some());
        for other in [&long, "", "dev.keyfob.desktop", "/callback?code=a&state=s"] {
            assert!(Callback::parse(other).is_none());
        }
    }
}
