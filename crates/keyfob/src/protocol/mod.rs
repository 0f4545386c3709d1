//! The protocol: each module builds a request or judges a response. No I/O, no clock, nothing asynchronous.

pub(crate) mod authorization;
pub(crate) mod discovery;
pub(crate) mod end_session;
pub(crate) mod id_token;
pub(crate) mod jwks;
pub(crate) mod resource;
pub(crate) mod revocation;
pub(crate) mod token;
pub(crate) mod userinfo;

use http::{HeaderValue, Method, Request, header};

use crate::endpoint::EndpointUrl;

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
