//! Token revocation (RFC 7009).

use std::time::SystemTime;

use http::{Request, Response};
use url::form_urlencoded::Serializer;

use super::{discovery::ClientEndpoint, token};
use crate::{config::Config, error::TokenError, secret::RefreshToken};

/// The request. A refresh token takes its access tokens with it (section 2.1).
pub(crate) fn request(endpoint: &ClientEndpoint, config: &Config, token: &RefreshToken) -> Request<Vec<u8>> {
    let mut form = Serializer::new(String::new());
    form.append_pair("token", token.expose()).append_pair("token_type_hint", "refresh_token");
    super::client_form(&endpoint.url, config, &endpoint.auth_methods, form)
}

/// Section 2.2: 200, for an unknown token too.
pub(crate) fn judge(response: &Response<Vec<u8>>, now: SystemTime) -> Result<(), TokenError> {
    if response.status().is_success() { Ok(()) } else { Err(token::refusal(response, now)) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::{Engine, engine::general_purpose::STANDARD};
    use http::{Method, header};
    use serde_json::json;

    use super::*;
    use crate::endpoint::EndpointUrl;

    fn build(secret: Option<&str>, methods: &[&str]) -> Request<Vec<u8>> {
        let config = json!({ "issuer": "https://id.example", "clientId": "a p", "clientSecret": secret });
        let endpoint = ClientEndpoint {
            url: EndpointUrl::parse("https://id.example/revoke").expect("an endpoint"),
            auth_methods: methods.iter().map(|&method| method.to_owned()).collect(),
        };
        request(&endpoint, &Config::from_json(config).expect("a configuration"), &RefreshToken::new("r"))
    }

    #[test]
    fn s_80_the_token_stands_in_the_form_and_nowhere_else() {
        let request = build(None, &["none"]);
        assert_eq!((request.method(), request.uri().query()), (&Method::POST, None));
        assert_eq!(request.headers()[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
        assert_eq!(request.body(), b"token=r&token_type_hint=refresh_token&client_id=a+p");
        assert!(!request.headers().contains_key(header::AUTHORIZATION));
    }

    #[test]
    fn s_37_a_secret_goes_where_the_provider_takes_it_and_in_one_place() {
        for methods in [&[][..], &["client_secret_basic"], &["client_secret_post", "client_secret_basic"]] {
            let request = build(Some("s:1"), methods);
            assert_eq!(request.body(), b"token=r&token_type_hint=refresh_token");
            let header = &request.headers()[header::AUTHORIZATION];
            assert_eq!(header, &format!("Basic {}", STANDARD.encode("a+p:s%3A1")));
            assert!(header.is_sensitive());
        }
        let request = build(Some("s"), &["client_secret_post"]);
        assert!(request.body().ends_with(b"&client_id=a+p&client_secret=s"));
        assert!(!request.headers().contains_key(header::AUTHORIZATION));
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
