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
