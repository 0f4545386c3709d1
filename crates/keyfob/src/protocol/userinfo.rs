//! UserInfo (OpenID Connect Core section 5.3), for providers that keep the profile out of the ID token.

use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::Deserialize;

use super::id_token::Profile;
use crate::{endpoint::EndpointUrl, secret::AccessToken};

#[derive(Deserialize)]
struct Document {
    sub: String,
    #[serde(flatten)]
    profile: Profile,
}

/// The request; `None` if the token can't stand in a header.
pub(crate) fn request(endpoint: &EndpointUrl, token: &AccessToken, scheme: &str) -> Option<Request<Vec<u8>>> {
    let mut request = super::get_json(endpoint);
    request.headers_mut().insert(header::AUTHORIZATION, authorization(scheme, token)?);
    Some(request)
}

/// The profile, if it is that of `subject` (section 5.3.2).
pub(crate) fn parse(response: &Response<Vec<u8>>, subject: &str) -> Option<Profile> {
    if response.status() != StatusCode::OK {
        return None;
    }
    let document: Document = serde_json::from_slice(response.body()).ok()?;
    (document.sub == subject).then_some(document.profile)
}

/// The `Authorization` header (RFC 6750 section 2.1, RFC 9449 section 7.1), marked as sensitive.
pub(crate) fn authorization(scheme: &str, token: &AccessToken) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{scheme} {}", token.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_55_a_profile_of_somebody_else_is_dropped() {
        let response = Response::new(br#"{"sub":"ada","name":"Ada Lovelace"}"#.to_vec());
        assert_eq!(
            parse(&response, "ada").and_then(|profile| profile.name().map(str::to_owned)).as_deref(),
            Some("Ada Lovelace")
        );
        assert!(parse(&response, "eve").is_none());
    }
}
