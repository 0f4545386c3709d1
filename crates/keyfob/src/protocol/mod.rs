//! The protocol: each module builds a request or judges a response. No I/O, no clock, nothing asynchronous.

pub(crate) mod authorization;
pub(crate) mod discovery;
pub(crate) mod dpop;
pub(crate) mod end_session;
pub(crate) mod id_token;
pub(crate) mod jwks;
pub(crate) mod par;
pub(crate) mod resource;
pub(crate) mod revocation;
pub(crate) mod step_up;
pub(crate) mod token;
pub(crate) mod userinfo;

use aws_lc_rs::digest;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_auth::{ChallengeParser, ChallengeRef};
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::{
    config::Config,
    endpoint::EndpointUrl,
    secret::{AccessToken, ClientSecret},
};

/// A GET for a JSON document.
fn get_json(url: &EndpointUrl) -> Request<Vec<u8>> {
    request(Method::GET, url, Vec::new())
}

fn request(method: Method, url: &EndpointUrl, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    if let Ok(uri) = url.as_str().parse() {
        *request.uri_mut() = uri;
    }
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    request
}

/// A form for an endpoint that the client names itself to, once: in the form, or with its secret in a header.
fn client_form(
    url: &EndpointUrl,
    config: &Config,
    auth_methods: &[String],
    mut form: Serializer<'_, String>,
) -> Request<Vec<u8>> {
    let secret = config.client_secret.as_ref();
    let in_header = secret.filter(|_| !token::secret_in_form(auth_methods));
    if in_header.is_none() {
        form.append_pair("client_id", &config.client_id);
        form.extend_pairs(secret.map(|secret| ("client_secret", secret.expose())));
    }
    let mut request = request(Method::POST, url, form.finish().into_bytes());
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(header::CONTENT_TYPE, form_type);
    if let Some(value) = in_header.and_then(|secret| basic(&config.client_id, secret)) {
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    request
}

/// The client in a header (RFC 6749 section 2.3.1), marked as sensitive.
fn basic(client_id: &str, secret: &ClientSecret) -> Option<HeaderValue> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = format!("{}:{}", encoded(client_id), encoded(secret.expose()));
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(credentials))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// What a server wants of its callers (RFC 9110 section 11.6.1), up to the first thing that can't be read.
fn challenges(headers: &HeaderMap) -> impl Iterator<Item = ChallengeRef<'_>> {
    let texts = headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|text| text.to_str().ok());
    texts.flat_map(|text| ChallengeParser::new(text).map_while(Result::ok))
}

fn parameter(challenge: &ChallengeRef<'_>, name: &str) -> Option<String> {
    let (_, value) = challenge.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.to_unescaped())
}

/// SHA-256 in base64url, as `ath`, thumbprints and their kin are written.
fn sha256(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes))
}

/// What an access token says, if it can be read. Unverified: it can only make us refuse.
fn unverified_claims(token: &AccessToken) -> Option<Value> {
    let payload = token.expose().split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
