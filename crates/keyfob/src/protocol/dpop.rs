//! Demonstrating proof of possession (RFC 9449): the key, its proofs, and what servers ask of them.

use std::{fmt, sync::Arc, time::SystemTime};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use oauth2::CsrfToken;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{challenges, parameter, sha256, unverified_claims};
use crate::{clock::unix_seconds, sabotage::off, secret::AccessToken};

/// Of requests.
pub(crate) const PROOF: HeaderName = HeaderName::from_static("dpop");
/// Of answers.
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// The one algorithm that is used: everybody who does DPoP has it.
pub(crate) const ALGORITHM: &str = "ES256";

/// A key that tokens are bound to. It is made for one sign-in and stays with its session.
#[derive(Clone)]
pub(crate) struct DpopKey(Arc<Pair>);

struct Pair {
    /// PKCS #8 in base64url, as it is kept.
    kept: SecretString,
    signer: EcdsaKeyPair,
    /// The proofs' JOSE header, encoded.
    header: String,
    thumbprint: String,
}

/// No key could be made, or nothing could be signed with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key can't be used")]
pub(crate) struct UnusableKey;

impl DpopKey {
    pub(crate) fn generate() -> Result<Self, UnusableKey> {
        let signer = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| UnusableKey)?;
        let document = signer.to_pkcs8v1().map_err(|_| UnusableKey)?;
        Ok(Self::new(SecretString::from(URL_SAFE_NO_PAD.encode(document.as_ref())), signer))
    }

    /// Reads back what [`kept`](Self::kept) gave out.
    pub(crate) fn restore(kept: &str) -> Result<Self, UnusableKey> {
        let document = zeroize::Zeroizing::new(URL_SAFE_NO_PAD.decode(kept).map_err(|_| UnusableKey)?);
        let signer = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document);
        Ok(Self::new(SecretString::from(kept), signer.map_err(|_| UnusableKey)?))
    }

    fn new(kept: SecretString, signer: EcdsaKeyPair) -> Self {
        // An uncompressed point (SEC 1 section 2.3.3): 4, x, y.
        let (x, y) = signer.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        // RFC 7638 section 3: these members, in this order, without spaces.
        let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let thumbprint = sha256(jwk.as_bytes());
        let header = format!(r#"{{"typ":"dpop+jwt","alg":"{ALGORITHM}","jwk":{jwk}}}"#);
        Self(Arc::new(Pair { kept, signer, header: URL_SAFE_NO_PAD.encode(header), thumbprint }))
    }

    /// The private key, for the keychain and nobody else.
    pub(crate) fn kept(&self) -> &str {
        self.0.kept.expose_secret()
    }

    /// What tokens and codes are bound by (section 6.1, RFC 7638).
    pub(crate) fn thumbprint(&self) -> &str {
        &self.0.thumbprint
    }

    /// The proof for one request, once (section 4.2): each one has an id of its own. Where a token is sent along, the
    /// proof is of that token too.
    pub(crate) fn proof<B>(
        &self,
        request: &Request<B>,
        access_token: Option<&AccessToken>,
        nonce: Option<&str>,
        now: SystemTime,
    ) -> Result<HeaderValue, UnusableKey> {
        let mut claims = json!({
            "jti": if off("proof_id") { "A".repeat(22) } else { CsrfToken::new_random_len(16).into_secret() },
            "htm": request.method().as_str(),
            "htu": target(request).ok_or(UnusableKey)?,
            "iat": unix_seconds(now),
        });
        if let Some(access_token) = access_token {
            claims["ath"] = json!(sha256(access_token.expose().as_bytes()));
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        let signed = format!("{}.{}", self.0.header, URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature =
            self.0.signer.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| UnusableKey)?;
        let proof = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        HeaderValue::from_str(&proof).map_err(|_| UnusableKey)
    }

    /// Whether an access token says that it is bound to another key (section 6.1). One that can't be read says nothing.
    pub(crate) fn is_contradicted_by(&self, access_token: &AccessToken) -> bool {
        let claims = unverified_claims(access_token);
        let jkt = claims.as_ref().and_then(|claims| claims.pointer("/cnf/jkt"));
        jkt.is_some_and(|jkt| jkt.as_str() != Some(self.thumbprint()))
    }
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DpopKey(redacted)")
    }
}

/// `htu`: without query and fragment.
fn target<B>(request: &Request<B>) -> Option<String> {
    let uri = request.uri();
    Some(format!("{}://{}{}", uri.scheme_str()?, uri.authority()?, uri.path()))
}

/// The nonce that the next proof for this server has to carry (section 8.1), from any answer of it.
pub(crate) fn nonce_of<B>(response: &Response<B>) -> Option<&str> {
    response.headers().get(NONCE)?.to_str().ok().filter(|nonce| is_nonce(nonce))
}

/// Section 8.1, and no longer than any server needs.
pub(crate) fn is_nonce(text: &str) -> bool {
    const LONGEST: usize = 4096;
    let allowed = |byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~');
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(allowed)
}

/// What is wrong with a proof, in a server's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Complaint {
    /// It lacks a nonce of the server's, or has an old one.
    Nonce,
    /// Something else.
    Proof,
}

/// What an authorization server complains of (sections 5 and 8).
pub(crate) fn provider_complaint(response: &Response<Vec<u8>>) -> Option<Complaint> {
    if !response.status().is_client_error() {
        return None;
    }
    let body: Value = serde_json::from_slice(response.body()).ok()?;
    complaint(body.get("error")?.as_str()?)
}

/// What an API complains of (sections 7.1 and 9).
pub(crate) fn api_complaint<B>(response: &Response<B>) -> Option<Complaint> {
    if response.status() != StatusCode::UNAUTHORIZED {
        return None;
    }
    challenges(response.headers())
        .filter(|challenge| challenge.scheme.eq_ignore_ascii_case("dpop"))
        .find_map(|challenge| complaint(&parameter(&challenge, "error")?))
}

fn complaint(error: &str) -> Option<Complaint> {
    match error {
        "use_dpop_nonce" => Some(Complaint::Nonce),
        "invalid_dpop_proof" => Some(Complaint::Proof),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        time::{Duration, UNIX_EPOCH},
    };

    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use http::Method;

    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn request(method: Method, url: &str) -> Result<Request<Vec<u8>>, http::Error> {
        Request::builder().method(method).uri(url).body(Vec::new())
    }

    fn decoded(part: &str) -> Result<Value, Box<dyn std::error::Error>> {
        Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
    }

    #[test]
    fn s_66_s_67_a_proof_names_its_request_and_its_public_key_and_is_signed_with_it() -> Outcome {
        let key = DpopKey::generate()?;
        let request = request(Method::POST, "https://api.example:8443/orders/7?page=2")?;
        let token = AccessToken::new("an access token");
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let proof = key.proof(&request, Some(&token), Some("n-1"), now)?;
        let parts: Vec<&str> = proof.to_str()?.split('.').collect();
        let [header, claims, signature] = parts[..] else { return Err("three parts".into()) };
        let (header_json, claims_json) = (decoded(header)?, decoded(claims)?);

        assert_eq!((&header_json["typ"], &header_json["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
        let jwk = header_json["jwk"].as_object().ok_or("a key")?;
        let mut members: Vec<_> = jwk.keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["crv", "kty", "x", "y"]);
        assert_eq!(claims_json["htm"], "POST");
        assert_eq!(claims_json["htu"], "https://api.example:8443/orders/7");
        assert_eq!(claims_json["iat"], 1_700_000_000);
        assert_eq!(claims_json["nonce"], "n-1");
        assert_eq!(claims_json["ath"], sha256(b"an access token"));
        let mut point = vec![4];
        for coordinate in ["x", "y"] {
            point.extend(URL_SAFE_NO_PAD.decode(jwk[coordinate].as_str().ok_or("a coordinate")?)?);
        }
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.decode(signature)?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed.as_bytes(), &signature)?;
        Ok(())
    }

    #[test]
    fn s_67_s_68_no_two_proofs_have_one_id_and_what_does_not_apply_is_not_in_them() -> Outcome {
        let key = DpopKey::generate()?;
        let request = request(Method::GET, "https://id.example/")?;
        let mut ids = HashSet::new();
        for _ in 0..1000 {
            let proof = key.proof(&request, None, None, SystemTime::now())?;
            let claims = decoded(proof.to_str()?.split('.').nth(1).ok_or("claims")?)?;
            assert!(claims.get("ath").is_none() && claims.get("nonce").is_none());
            let id = claims["jti"].as_str().ok_or("an id")?.to_owned();
            // RFC 9449 section 4.2: at least 96 bits.
            assert_eq!(URL_SAFE_NO_PAD.decode(&id)?.len(), 16);
            ids.insert(id);
        }
        assert_eq!(ids.len(), 1000);
        Ok(())
    }

    #[test]
    fn s_64_a_key_that_is_read_back_is_the_same_key_and_says_nothing_of_itself() -> Outcome {
        let key = DpopKey::generate()?;
        let restored = DpopKey::restore(key.kept())?;
        assert_eq!(restored.thumbprint(), key.thumbprint());
        assert_ne!(DpopKey::generate()?.thumbprint(), key.thumbprint());
        assert_eq!(format!("{key:?}"), "DpopKey(redacted)");
        for broken in ["", "AAAA", "not base64", &key.kept()[..100]] {
            assert!(DpopKey::restore(broken).is_err(), "{broken}");
        }
        Ok(())
    }

    #[test]
    fn s_72_a_token_that_names_another_key_contradicts_and_one_that_names_none_does_not() -> Outcome {
        let key = DpopKey::generate()?;
        let token = |claims: &Value| {
            AccessToken::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string())))
        };
        for (claims, contradicts) in [
            (json!({ "cnf": { "jkt": key.thumbprint() } }), false),
            (json!({ "cnf": {} }), false),
            (json!({}), false),
            (json!({ "cnf": { "jkt": DpopKey::generate()?.thumbprint() } }), true),
            (json!({ "cnf": { "jkt": 7 } }), true),
        ] {
            assert_eq!(key.is_contradicted_by(&token(&claims)), contradicts, "{claims}");
        }
        assert!(!key.is_contradicted_by(&AccessToken::new("opaque")));
        Ok(())
    }

    #[test]
    fn s_69_a_demand_for_a_nonce_is_told_from_every_other_refusal() -> Outcome {
        let answer = |status: u16, name: &str, value: &str, body: &str| {
            Response::builder().status(status).header(name, value).body(body.as_bytes().to_vec())
        };
        for (status, body, complaint) in [
            (400, r#"{"error":"use_dpop_nonce"}"#, Some(Complaint::Nonce)),
            (401, r#"{"error":"use_dpop_nonce"}"#, Some(Complaint::Nonce)),
            (400, r#"{"error":"invalid_dpop_proof"}"#, Some(Complaint::Proof)),
            (200, r#"{"error":"use_dpop_nonce"}"#, None),
            (400, r#"{"error":"invalid_grant"}"#, None),
            (400, "use_dpop_nonce", None),
        ] {
            assert_eq!(provider_complaint(&answer(status, "x", "", body)?), complaint, "{body}");
        }
        for (status, challenge, complaint) in [
            (401, r#"DPoP error="use_dpop_nonce""#, Some(Complaint::Nonce)),
            (401, r#"Bearer realm="a, b", dpop algs="ES256", ERROR=use_dpop_nonce"#, Some(Complaint::Nonce)),
            (401, r#"DPoP error="invalid_dpop_proof", error_description="old""#, Some(Complaint::Proof)),
            (401, r#"DPoP error="invalid_token""#, None),
            (401, r#"Bearer error="use_dpop_nonce""#, None),
            (403, r#"DPoP error="use_dpop_nonce""#, None),
            (401, r"DPoP error=", None),
            (401, "", None),
        ] {
            let response = answer(status, "www-authenticate", challenge, "")?;
            assert_eq!(api_complaint(&response), complaint, "{challenge}");
        }
        Ok(())
    }

    #[test]
    fn a_nonce_is_taken_from_any_answer_if_it_is_one() -> Outcome {
        let long = "n".repeat(4097);
        for (value, nonce) in [
            ("eyJ7S_zG.eyJH0-Z", Some("eyJ7S_zG.eyJH0-Z")),
            ("", None),
            ("a b", None),
            (r#"a"b"#, None),
            (&long, None),
        ] {
            let response = Response::builder().header("dpop-nonce", value).body(())?;
            assert_eq!(nonce_of(&response), nonce, "{value}");
        }
        Ok(())
    }
}
