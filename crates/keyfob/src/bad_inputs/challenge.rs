//! What servers say of proofs of possession: challenges, errors and nonces (RFC 9449).

use std::sync::OnceLock;

use http::{HeaderValue, Request, Response, StatusCode, header};
use serde_json::json;

use super::input::{Document, Input};
use crate::{
    SignInOptions,
    config::each_is_one_word,
    protocol::dpop::{self, Complaint, DpopKey},
    secret::AccessToken,
};

/// A key, one for all inputs.
pub(crate) fn bound() -> &'static DpopKey {
    static KEY: OnceLock<DpopKey> = OnceLock::new();
    KEY.get_or_init(|| DpopKey::generate().expect("a key"))
}

/// Answers that complain of a proof. An API complains in a 401 with a DPoP challenge, a provider in the body of another
/// error, and of nothing else than the nonce or the proof; a step-up says what it wants; and what is taken for a nonce can stand in the next proof.
pub fn challenge(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let response = response(&mut input);
    let of_the_api = dpop::api_complaint(&response);
    if let Some(complaint) = of_the_api {
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let challenges = response.headers().get_all(header::WWW_AUTHENTICATE).iter();
        let challenges: Vec<_> =
            challenges.map(|text| String::from_utf8_lossy(text.as_bytes()).to_lowercase()).collect();
        let name = match complaint {
            Complaint::Nonce => "use_dpop_nonce",
            Complaint::Proof => "invalid_dpop_proof",
        };
        // Either may stand in quotes, where any character may be escaped.
        let says = |text: &str| text.replace('\\', "").contains(name) && text.contains("dpop");
        assert!(challenges.iter().any(|text| says(text)), "{challenges:?}");
    }
    let of_the_provider = dpop::provider_complaint(&response);
    assert!(of_the_provider.is_none() || response.status().is_client_error());
    if let Some(options) = SignInOptions::from_challenge(response.headers()) {
        let (values, age) = (&options.acr_values, options.max_age);
        assert!(each_is_one_word(values) && (age.is_some() || !values.is_empty()), "{options:?}");
    }
    if let Some(nonce) = dpop::nonce_of(&response) {
        assert!((1..=4096).contains(&nonce.len()));
        assert!(
            nonce.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'),
            "{nonce}"
        );
        check_proof(nonce);
    }
}

fn check_proof(nonce: &str) {
    let request = Request::post("https://api.example/x?y").body(()).expect("a request");
    let token = AccessToken::new("a");
    let proof = bound().proof(&request, Some(&token), Some(nonce), std::time::UNIX_EPOCH).expect("a proof");
    let claims = proof.to_str().ok().and_then(|proof| proof.split('.').nth(1)).and_then(super::decoded);
    assert_eq!(claims.as_ref().map(|claims| &claims["nonce"]), Some(&json!(nonce)));
}

fn response(input: &mut Input<'_>) -> Response<Vec<u8>> {
    let error = json!({ "error": input.one_of(&ERRORS), "error_description": input.text() });
    let Document { bytes, .. } = input.document(&error);
    let texts = match input.as_it_stands {
        Some(text) => vec![text.to_vec()],
        None => (0..input.below(4)).map(|_| authenticate(input)).collect(),
    };
    let nonce = match input.below(3) {
        0 => b"nonce-1".to_vec(),
        1 => input.text().into_bytes(),
        _ => input.bytes(80),
    };
    let mut response = Response::new(bytes);
    *response.status_mut() =
        input.one_of(&[StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST, StatusCode::OK]);
    let named = texts.into_iter().map(|text| (header::WWW_AUTHENTICATE.as_str(), text));
    for (name, text) in named.chain([("dpop-nonce", nonce)]) {
        if let Ok(value) = HeaderValue::from_bytes(&text) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

const ERRORS: [&str; 6] = [
    "use_dpop_nonce",
    "invalid_dpop_proof",
    "invalid_token",
    "insufficient_scope",
    "insufficient_user_authentication",
    "",
];

/// A header with challenges of any scheme (RFC 9110 section 11.6.1), and often with a slip in it.
fn authenticate(input: &mut Input<'_>) -> Vec<u8> {
    let challenges: Vec<_> = (0..=input.below(3)).map(|_| one_challenge(input)).collect();
    let text = challenges.join(input.one_of(&[", ", ",", " , ,", " "])).into_bytes();
    if input.seldom() { input.damaged(text) } else { text }
}

fn one_challenge(input: &mut Input<'_>) -> String {
    let scheme = input.one_of(&["DPoP", "dpop", "Bearer", "Basic", "Negotiate", "DPoP DPoP", "\"DPoP\""]);
    let parameters: Vec<_> = (0..input.below(4)).map(|_| parameter(input)).collect();
    format!("{scheme} {}", parameters.join(input.one_of(&[", ", ",", " "])))
}

fn parameter(input: &mut Input<'_>) -> String {
    let name = input.one_of(&[
        "error",
        "Error",
        "algs",
        "realm",
        "error_description",
        "error*",
        "acr_values",
        "max_age",
    ]);
    let value = if input.flag() { input.text() } else { input.one_of(&ERRORS).to_owned() };
    match input.below(4) {
        0 => format!("{name}=\"{value}\""),
        1 => format!("{name}={value}"),
        2 => format!("{name} = \"{}\"", value.replace('_', "\\_")),
        _ => format!("{name}=\"{value}"),
    }
}
