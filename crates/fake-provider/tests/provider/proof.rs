//! A client's key, and proofs made with it, good and bad.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fake_provider::{FakeProvider, fingerprint};
use serde_json::{Value, json};

use crate::client::{Answer, encoded, send_with};

pub(crate) struct Key(EcdsaKeyPair);

impl Key {
    pub(crate) fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(crate) fn jwk(&self) -> Value {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) })
    }

    pub(crate) fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        fingerprint(&format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]))
    }

    /// Signed as it is, whatever it says.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() })
    }

    pub(crate) fn proof(&self, method: &str, url: &str, more: &Value) -> String {
        self.sign(&self.header(), &claims(method, url, more))
    }

    /// A form with a proof.
    pub(crate) async fn post(&self, url: &str, form: &[(&str, &str)], more: &Value) -> Answer {
        let proof = self.proof("POST", url, more);
        post_with(url, form, &[("DPoP", &proof)]).await
    }

    /// A request with an access token, and a proof that says so.
    pub(crate) async fn get(&self, url: &str, access_token: &str, more: &Value) -> Answer {
        let mut claims = json!({ "ath": fingerprint(access_token) });
        merge(&mut claims, more);
        let proof = self.proof("GET", url.split('?').next().unwrap(), &claims);
        let authorization = format!("DPoP {access_token}");
        let headers = [("Authorization", authorization.as_str()), ("DPoP", proof.as_str())];
        send_with("GET", url, &headers, "").await.unwrap()
    }
}

/// What an honest client says, but for what `more` says.
pub(crate) fn claims(method: &str, url: &str, more: &Value) -> Value {
    let mut jti = [0; 16];
    aws_lc_rs::rand::fill(&mut jti).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({ "jti": URL_SAFE_NO_PAD.encode(jti), "htm": method, "htu": url, "iat": now });
    merge(&mut claims, more);
    claims
}

fn merge(claims: &mut Value, more: &Value) {
    for (name, value) in more.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
}

pub(crate) async fn post_with(url: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
    send_with("POST", url, headers, &encoded(form)).await.unwrap()
}

/// The reason of the last refusal.
pub(crate) fn last_reason(provider: &FakeProvider) -> &'static str {
    provider.refused_proofs().last().map(|refused| refused.reason).unwrap_or_default()
}
