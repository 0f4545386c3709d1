//! The token endpoint (RFC 6749 sections 4.1.3, 5 and 6; RFC 8707 section 2.2).
//!
//! Requests are built by the oauth2 crate; its answers are not used, as its standard response fails on an `expires_in`
//! that is a string or negative, and its error carries the raw response, tokens and all.

use std::time::{Duration, SystemTime};

use http::{Request, Response, StatusCode, header};
use oauth2::{
    AuthType, ClientId, PkceCodeVerifier, RedirectUrl, RequestTokenError, TokenUrl, basic::BasicClient,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    authorization::AuthorizationValidation,
    discovery::ProviderMetadata,
    dpop::DpopKey,
    resource::{self, Naming},
};
use crate::{
    config::Config,
    error::{OauthError, TokenError},
    secret::{AccessToken, AuthorizationCode, IdToken, RefreshToken},
};

const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// A lifetime beyond this is a mistake of the provider's, and would overflow clocks.
const LONGEST_LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// A successful token response.
#[derive(Clone, Debug)]
pub(crate) struct TokenResponse {
    pub(crate) access_token: AccessToken,
    /// The key that the access token is bound to; without one it is a bearer token.
    pub(crate) bound_to: Option<DpopKey>,
    pub(crate) expires_in: Option<Duration>,
    pub(crate) scope: Option<String>,
    pub(crate) refresh_token: Option<RefreshToken>,
    pub(crate) id_token: Option<IdToken>,
}

/// The code exchange.
pub(crate) fn code_request(
    config: &Config,
    metadata: &ProviderMetadata,
    code: &AuthorizationCode,
    validation: &AuthorizationValidation,
) -> Result<Request<Vec<u8>>, TokenError> {
    let client = client(config, metadata);
    let mut request = client
        .exchange_code(oauth2::AuthorizationCode::new(code.expose().to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(validation.pkce_verifier.expose().to_owned()))
        .set_redirect_uri(std::borrow::Cow::Owned(
            RedirectUrl::new(validation.redirect_uri.clone()).map_err(|_| UNBUILDABLE)?,
        ));
    for (name, value) in resource::in_code_exchange(config).parameters {
        request = request.add_extra_param(name, value);
    }
    built(request.request(&|request| Err(Built(Box::new(request)))))
}

/// A refresh, for one audience and scope.
pub(crate) fn refresh_request(
    config: &Config,
    metadata: &ProviderMetadata,
    refresh_token: &RefreshToken,
    naming: Naming,
) -> Result<Request<Vec<u8>>, TokenError> {
    let client = client(config, metadata);
    let token = oauth2::RefreshToken::new(refresh_token.expose().to_owned());
    let mut request = client.exchange_refresh_token(&token);
    for (name, value) in naming.parameters {
        request = request.add_extra_param(name, value);
    }
    for scope in naming.scopes {
        request = request.add_scope(oauth2::Scope::new(scope));
    }
    built(request.request(&|request| Err(Built(Box::new(request)))))
}

/// Judges the answer to a request, which carried a proof with that key or none.
pub(crate) fn parse(
    response: &Response<Vec<u8>>,
    dpop_key: Option<&DpopKey>,
    now: SystemTime,
) -> Result<TokenResponse, TokenError> {
    if response.status() != StatusCode::OK {
        return Err(refusal(response, now));
    }
    // What is not JSON is not the authorization server's: a captive portal, a gateway, half an answer.
    success(serde_json::from_slice(response.body()).map_err(|_| transient(response, now))?, dpop_key)
}

/// An answer to be judged, without what it repeats of what was sent: some servers write the code or the refresh token
/// that they refuse into their description, which is shown and logged.
pub(crate) fn without(mut response: Response<Vec<u8>>, secrets: &[&str]) -> Response<Vec<u8>> {
    if response.status() != StatusCode::OK {
        let body = String::from_utf8_lossy(response.body()).into_owned();
        let body = secrets.iter().fold(body, |body, secret| body.replace(secret, "…"));
        *response.body_mut() = body.into_bytes();
    }
    response
}

/// What an answer other than 200 says.
pub(crate) fn refusal(response: &Response<Vec<u8>>, now: SystemTime) -> TokenError {
    let status = response.status();
    let overloaded = matches!(status.as_u16(), 408 | 425 | 429) || status.is_server_error();
    let body: Option<Value> = serde_json::from_slice(response.body()).ok();
    let text = |name| body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str);
    match text("error") {
        Some(error) if !overloaded => TokenError::Refused(OauthError::new(error, text("error_description"))),
        _ => transient(response, now),
    }
}

fn transient(response: &Response<Vec<u8>>, now: SystemTime) -> TokenError {
    TokenError::Transient { status: response.status().as_u16(), retry_after: retry_after(response, now) }
}

/// The refresh token of an answer, whatever else is wrong with it: the old one may be dead already.
pub(crate) fn refresh_token_of(response: &Response<Vec<u8>>) -> Option<RefreshToken> {
    if response.status() != StatusCode::OK {
        return None;
    }
    let body: Value = serde_json::from_slice(response.body()).ok()?;
    body.get("refresh_token").and_then(non_empty).map(RefreshToken::new)
}

#[derive(Deserialize)]
struct Body {
    access_token: Option<Value>,
    token_type: Option<Value>,
    expires_in: Option<Value>,
    scope: Option<Value>,
    refresh_token: Option<Value>,
    id_token: Option<Value>,
}

fn success(body: Value, dpop_key: Option<&DpopKey>) -> Result<TokenResponse, TokenError> {
    let body: Body =
        serde_json::from_value(body).map_err(|_| TokenError::Invalid("it is not a JSON object"))?;
    let access_token = body.access_token.as_ref().and_then(non_empty);
    let token_type = body.token_type.as_ref().and_then(non_empty);
    let token_type = token_type.ok_or(TokenError::Invalid("it lacks a token type"))?;
    // RFC 6749 section 7.1: a token of an unknown type must not be used; RFC 9449 section 5: nor one that isn't bound
    // though it should be.
    let (expected, otherwise) = match dpop_key {
        Some(_) => ("dpop", "its token type is not DPoP"),
        None => ("bearer", "its token type is not Bearer"),
    };
    if !token_type.eq_ignore_ascii_case(expected) {
        return Err(TokenError::Invalid(otherwise));
    }
    let access_token = access_token.map(AccessToken::new);
    let access_token = access_token.ok_or(TokenError::Invalid("it lacks an access token"))?;
    if dpop_key.is_some_and(|key| key.is_contradicted_by(&access_token)) {
        return Err(TokenError::Invalid("its access token is bound to another key"));
    }
    Ok(TokenResponse {
        access_token,
        bound_to: dpop_key.cloned(),
        expires_in: body.expires_in.as_ref().and_then(lifetime),
        scope: body.scope.as_ref().and_then(non_empty).map(str::to_owned),
        refresh_token: body.refresh_token.as_ref().and_then(non_empty).map(RefreshToken::new),
        id_token: body.id_token.as_ref().and_then(non_empty).map(IdToken::new),
    })
}

fn non_empty(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// `expires_in` as providers write it: a number, a string, a fraction, negative or huge.
fn lifetime(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    if seconds.is_nan() {
        return None;
    }
    Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LONGEST_LIFETIME).min(LONGEST_LIFETIME))
}

/// `Retry-After` in seconds or as a date (RFC 9110 section 10.2.3), at most an hour.
fn retry_after(response: &Response<Vec<u8>>, now: SystemTime) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

type Client = BasicClient<
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointSet,
>;

fn client(config: &Config, metadata: &ProviderMetadata) -> Client {
    let client = BasicClient::new(ClientId::new(config.client_id.clone()))
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.as_url().clone()));
    let Some(secret) = &config.client_secret else {
        return client;
    };
    let methods = metadata.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
    client
        .set_client_secret(oauth2::ClientSecret::new(secret.expose().to_owned()))
        .set_auth_type(if secret_in_form(methods) { AuthType::RequestBody } else { AuthType::BasicAuth })
}

/// Whether a client's secret goes into the form: only where the header isn't offered, which is the default (RFC 8414
/// section 2).
pub(super) fn secret_in_form(methods: &[String]) -> bool {
    let lists = |method: &str| methods.iter().any(|entry| entry == method);
    lists("client_secret_post") && !lists("client_secret_basic")
}

/// The request that oauth2 was about to send. Returning it as the client's "error" takes it out unsent, so that
/// building stays apart from sending.
#[derive(Debug, thiserror::Error)]
#[error("built")]
struct Built(Box<oauth2::HttpRequest>);

const UNBUILDABLE: TokenError = TokenError::Invalid("no request to it can be built");

fn built<T, E>(result: Result<T, RequestTokenError<Built, E>>) -> Result<Request<Vec<u8>>, TokenError>
where
    E: oauth2::ErrorResponse + 'static,
{
    match result {
        Err(RequestTokenError::Request(Built(request))) => Ok(*request),
        _ => Err(UNBUILDABLE),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        error::{ErrorCode, Failure},
        protocol::{
            authorization::tests::validation,
            discovery::tests::{document, judge as metadata},
        },
    };

    fn answer(status: u16, body: &str) -> Result<TokenResponse, TokenError> {
        let mut response = Response::new(body.as_bytes().to_vec());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        parse(&response, None, SystemTime::now())
    }

    fn lifetime_of(value: &Value) -> Option<Duration> {
        let body = json!({ "access_token": "a", "token_type": "bearer", "expires_in": value });
        answer(200, &body.to_string()).ok()?.expires_in
    }

    #[test]
    fn s_40_an_expiry_is_taken_as_providers_write_it() {
        assert_eq!(lifetime_of(&json!(3600)), Some(Duration::from_secs(3600)));
        assert_eq!(lifetime_of(&json!("3600")), Some(Duration::from_secs(3600)));
        assert_eq!(lifetime_of(&json!(0.5)), Some(Duration::from_millis(500)));
        assert_eq!(lifetime_of(&json!(-5)), Some(Duration::ZERO));
        assert_eq!(lifetime_of(&json!(1e300)), Some(LONGEST_LIFETIME));
        assert_eq!(lifetime_of(&json!("soon")), None);
        assert_eq!(lifetime_of(&Value::Null), None);
    }

    #[test]
    fn s_38_a_token_type_is_taken_in_any_case_and_an_unknown_one_is_refused() {
        assert!(answer(200, r#"{"access_token":"a","token_type":"BEARER"}"#).is_ok());
        for body in [
            r#"{"access_token":"a","token_type":"mac"}"#,
            r#"{"access_token":"a"}"#,
            r#"{"token_type":"bearer"}"#,
        ] {
            assert!(matches!(answer(200, body), Err(TokenError::Invalid(_))), "{body}");
        }
    }

    #[test]
    fn what_is_not_the_authorization_servers_answer_is_transient() {
        for (status, body) in [
            (200, "<html>sign in to the hotel's network</html>"),
            (200, r#"{"access_token":"a","#),
            (400, ""),
            (401, "<html>"),
            (403, "{}"),
            (429, r#"{"error":"slow_down"}"#),
            (500, r#"{"error":"server_error"}"#),
            (302, ""),
        ] {
            assert!(matches!(answer(status, body), Err(TokenError::Transient { .. })), "{status} {body}");
        }
    }

    #[test]
    fn s_42_an_oauth_error_is_reported_with_its_code() {
        let error =
            answer(400, r#"{"error":"invalid_grant","error_description":"gone"}"#).expect_err("an error");
        let expected = OauthError { error: "invalid_grant".into(), description: Some("gone".into()) };
        assert_eq!(error, TokenError::Refused(expected));
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_capped() {
        let now = SystemTime::now();
        let wait = |value: String| {
            let response = Response::builder().status(429).header("retry-after", value).body(Vec::new());
            retry_after(&response.expect("a response"), now)
        };
        assert_eq!(wait("7".into()), Some(Duration::from_secs(7)));
        assert_eq!(wait("86400".into()), Some(LONGEST_RETRY_AFTER));
        let date = wait(httpdate::fmt_http_date(now + Duration::from_secs(120)));
        assert!(date.is_some_and(|wait| wait.as_secs().abs_diff(120) <= 1));
        assert_eq!(wait("whenever".into()), None);
    }

    #[test]
    fn a_refresh_token_is_taken_out_of_an_answer_that_is_otherwise_useless() {
        let response = Response::new(br#"{"refresh_token":"r2","token_type":"mac"}"#.to_vec());
        assert_eq!(refresh_token_of(&response).as_ref().map(RefreshToken::expose), Some("r2"));
    }

    #[test]
    fn s_39_what_is_new_in_an_answer_is_ignored_and_a_token_may_have_any_length_and_form() {
        for token in ["opaque".to_owned(), "x".repeat(100_000), "a.b.c".to_owned(), "ä ö".to_owned()] {
            let body =
                json!({ "access_token": token, "token_type": "Bearer", "session_state": { "a": [1] } });
            let tokens = answer(200, &body.to_string()).expect("tokens");
            assert_eq!(tokens.access_token.expose(), token);
        }
    }

    #[test]
    fn s_42_every_error_of_the_specifications_is_a_refusal_with_a_code() {
        for (error, code) in [
            ("invalid_request", ErrorCode::TokenRequestFailed),
            ("invalid_client", ErrorCode::TokenRequestFailed),
            ("invalid_grant", ErrorCode::TokenRequestFailed),
            ("unauthorized_client", ErrorCode::TokenRequestFailed),
            ("unsupported_grant_type", ErrorCode::TokenRequestFailed),
            ("invalid_scope", ErrorCode::TokenRequestFailed),
            ("invalid_target", ErrorCode::TokenRequestFailed),
            ("interaction_required", ErrorCode::InteractionRequired),
            ("consent_required", ErrorCode::InteractionRequired),
            ("login_required", ErrorCode::InteractionRequired),
            ("account_selection_required", ErrorCode::InteractionRequired),
        ] {
            let refusal = answer(400, &json!({ "error": error }).to_string()).expect_err(error);
            assert_eq!(refusal.code(), code, "{error}");
            assert_eq!(refusal.oauth().map(|refusal| refusal.error.as_str()), Some(error));
        }
    }

    #[test]
    fn s_10_s_36_a_code_is_exchanged_in_a_form_with_its_verifier_and_redirect_uri() {
        let config = Config::from_json(json!({ "issuer": "https://id.example", "clientId": "app" }));
        let validation = validation(false);
        let metadata = metadata(&document()).expect("metadata");
        let config = config.expect("a configuration");
        let request = code_request(&config, &metadata, &AuthorizationCode::new("c"), &validation);
        let request = request.expect("a request");
        assert_eq!(request.uri(), "https://id.example/token");
        assert_eq!(request.method(), "POST");
        assert_eq!(request.headers()[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
        let form: Vec<_> = url::form_urlencoded::parse(request.body()).collect();
        for (name, value) in [
            ("grant_type", "authorization_code"),
            ("code", "c"),
            ("code_verifier", "v"),
            ("client_id", "app"),
            ("redirect_uri", "dev.keyfob.desktop:/callback"),
        ] {
            assert!(form.contains(&(name.into(), value.into())), "{name}");
        }
    }

    #[test]
    fn s_36_s_37_a_public_client_names_itself_in_the_form_and_a_secret_goes_in_one_place() {
        let build = |config: Value, methods: Value| {
            let mut document = document();
            document["token_endpoint_auth_methods_supported"] = methods;
            let config = Config::from_json(config).expect("a configuration");
            let metadata = metadata(&document).expect("metadata");
            let naming = resource::in_refresh(&config, Some("urn:a"), None, "").expect("nothing more");
            refresh_request(&config, &metadata, &RefreshToken::new("r"), naming).expect("a request")
        };
        let public = build(json!({ "issuer": "https://id.example", "clientId": "app" }), json!(["none"]));
        let form = String::from_utf8_lossy(public.body()).into_owned();
        assert_eq!(form, "grant_type=refresh_token&refresh_token=r&client_id=app&resource=urn%3Aa");
        assert_eq!(public.method(), "POST");
        assert!(public.headers().get("authorization").is_none());

        let secret = json!({ "issuer": "https://id.example", "clientId": "app", "clientSecret": "s" });
        let basic = build(secret.clone(), json!(["client_secret_basic", "client_secret_post"]));
        assert!(basic.headers().contains_key("authorization"));
        assert!(!String::from_utf8_lossy(basic.body()).contains("client_secret"));
        let post = build(secret, json!(["client_secret_post"]));
        assert!(!post.headers().contains_key("authorization"));
        assert!(String::from_utf8_lossy(post.body()).contains("client_secret=s"));
    }
}
