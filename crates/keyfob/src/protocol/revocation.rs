//! Token revocation (RFC 7009).

use std::time::SystemTime;

use http::{HeaderValue, Method, Request, Response, header};
use url::form_urlencoded::Serializer;

use super::token;
use crate::{config::Config, endpoint::EndpointUrl, error::TokenError, secret::RefreshToken};

/// The request. A refresh token takes its access tokens with it (section 2.1).
pub(crate) fn request(endpoint: &EndpointUrl, config: &Config, token: &RefreshToken) -> Request<Vec<u8>> {
    let mut form = Serializer::new(String::new());
    form.append_pair("token", token.expose())
        .append_pair("token_type_hint", "refresh_token")
        .append_pair("client_id", &config.client_id);
    if let Some(secret) = &config.client_secret {
        form.append_pair("client_secret", secret.expose());
    }
    let mut request = super::request(Method::POST, endpoint, form.finish().into_bytes());
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(header::CONTENT_TYPE, form_type);
    request
}

/// Section 2.2: 200, for an unknown token too.
pub(crate) fn judge(response: &Response<Vec<u8>>, now: SystemTime) -> Result<(), TokenError> {
    if response.status().is_success() { Ok(()) } else { Err(token::refusal(response, now)) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn s_80_the_token_stands_in_the_form_and_nowhere_else() {
        let endpoint = EndpointUrl::parse("https://id.example/revoke").expect("an endpoint");
        let config = Config::from_json(json!({ "issuer": "https://id.example", "clientId": "app" }));
        let request = request(&endpoint, &config.expect("a configuration"), &RefreshToken::new("r"));
        assert_eq!((request.method(), request.uri().query()), (&Method::POST, None));
        assert_eq!(request.headers()[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
        assert_eq!(request.body(), b"token=r&token_type_hint=refresh_token&client_id=app");
    }

    #[test]
    fn s_81_a_503_is_waited_out_as_the_provider_asks_and_a_200_is_all_that_ends_it_well() {
        let judged = |status: u16, body: &str| {
            let response = Response::builder().status(status).header(header::RETRY_AFTER, "7");
            judge(&response.body(body.as_bytes().to_vec()).expect("a response"), SystemTime::UNIX_EPOCH)
        };
        assert_eq!(judged(200, ""), Ok(()));
        let retry_after = Some(Duration::from_secs(7));
        for (status, body) in [(503, ""), (503, r#"{"error":"server_error"}"#), (302, "")] {
            assert_eq!(judged(status, body), Err(TokenError::Transient { status, retry_after }));
        }
        let refused = judged(400, r#"{"error":"unsupported_token_type"}"#);
        assert!(matches!(refused, Err(TokenError::Refused(_))));
    }
}
