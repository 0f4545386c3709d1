//! The provider's signing keys (RFC 7517).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Request, Response, StatusCode};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use super::discovery::ProviderMetadata;
use crate::error::DiscoveryError;

/// RSA keys below this are refused.
const MIN_RSA_BITS: usize = 2048;

/// The keys that can be used; others are passed over, as a set may hold keys for things we don't do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jwks(Vec<Jwk>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

pub(crate) fn request(metadata: &ProviderMetadata) -> Request<Vec<u8>> {
    super::get_json(&metadata.jwks_uri)
}

pub(crate) fn parse(response: &Response<Vec<u8>>) -> Result<Jwks, DiscoveryError> {
    if response.status() != StatusCode::OK {
        return Err(DiscoveryError::Status(response.status().as_u16()));
    }
    let document: Document = serde_json::from_slice(response.body())
        .map_err(|_| DiscoveryError::Invalid("its keys are not the JSON document that they should be"))?;
    Ok(Jwks(document.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect()))
}

impl Jwks {
    /// The keys that a signature by `algorithm` under `kid` may be checked with. Without a `kid` that is every key
    /// that fits.
    pub(crate) fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> Vec<DecodingKey> {
        self.0
            .iter()
            .filter(|key| kid.is_none() || key.common.key_id.as_deref() == kid)
            .filter(|key| fits(key, algorithm))
            .filter_map(|key| DecodingKey::from_jwk(key).ok())
            .collect()
    }
}

fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let for_signatures = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let declared =
        key.common.key_algorithm.is_none_or(|declared| declared.to_string() == format!("{algorithm:?}"));
    let right_kind = match (&key.algorithm, algorithm.family()) {
        (AlgorithmParameters::RSA(rsa), AlgorithmFamily::Rsa) => {
            URL_SAFE_NO_PAD.decode(&rsa.n).is_ok_and(|modulus| bits(&modulus) >= MIN_RSA_BITS)
        }
        (AlgorithmParameters::EllipticCurve(curve), AlgorithmFamily::Ec) => matches!(
            (&curve.curve, algorithm),
            (EllipticCurve::P256, Algorithm::ES256) | (EllipticCurve::P384, Algorithm::ES384)
        ),
        (AlgorithmParameters::OctetKeyPair(_), AlgorithmFamily::Ed) => true,
        // A symmetric key in a public set is no key at all.
        _ => false,
    };
    for_signatures && declared && right_kind
}

/// The size of a number, whatever zeros stand before it.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number[zeros..].first().map_or(0, |first| 8 * (number.len() - zeros) - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(keys: &Value) -> Jwks {
        parse(&Response::new(json!({ "keys": keys }).to_string().into_bytes())).unwrap_or_default()
    }

    fn rsa(bytes: usize, kid: &str) -> Value {
        json!({ "kty": "RSA", "kid": kid, "e": "AQAB", "n": URL_SAFE_NO_PAD.encode(vec![0xff; bytes]) })
    }

    #[test]
    fn s_53_small_rsa_keys_and_symmetric_keys_are_no_candidates() {
        let keys =
            set(&json!([rsa(128, "small"), rsa(256, "good"), { "kty": "oct", "kid": "hs", "k": "AAAA" }]));
        assert_eq!(keys.candidates(Some("good"), Algorithm::RS256).len(), 1);
        assert!(keys.candidates(Some("small"), Algorithm::RS256).is_empty());
        assert!(keys.candidates(Some("hs"), Algorithm::HS256).is_empty());
        assert!(keys.candidates(Some("good"), Algorithm::HS256).is_empty());
    }

    #[test]
    fn s_53_zeros_before_a_small_modulus_do_not_make_it_large() {
        let padded = [vec![0; 128], vec![0xff; 128]].concat();
        let a_bit_short = [vec![0x7f], vec![0xff; 255]].concat();
        let right = [vec![0], vec![0x80; 256]].concat();
        for (modulus, candidates) in [(padded, 0), (a_bit_short, 0), (vec![0; 512], 0), (right, 1)] {
            let n = URL_SAFE_NO_PAD.encode(modulus);
            let keys = set(&json!([{ "kty": "RSA", "e": "AQAB", "n": n }]));
            assert_eq!(keys.candidates(None, Algorithm::RS256).len(), candidates, "{n}");
        }
    }

    #[test]
    fn s_54_without_a_kid_every_fitting_key_is_a_candidate() {
        let keys =
            set(&json!([rsa(256, "a"), rsa(256, "b"), { "kty": "RSA", "use": "enc", "kid": "c", "e": "AQAB",
            "n": URL_SAFE_NO_PAD.encode(vec![0xff; 256]) }]));
        assert_eq!(keys.candidates(None, Algorithm::RS256).len(), 2);
        assert!(keys.candidates(Some("unknown"), Algorithm::RS256).is_empty());
    }

    #[test]
    fn s_48_a_key_is_for_the_algorithms_of_its_kind_its_curve_and_its_own_alg() {
        let coordinate = |bytes: usize| URL_SAFE_NO_PAD.encode(vec![1; bytes]);
        let curve = |name: &str, bytes| json!({ "kty": "EC", "crv": name, "x": coordinate(bytes), "y": coordinate(bytes) });
        let edwards = json!({ "kty": "OKP", "crv": "Ed25519", "x": coordinate(32) });
        let of_rsa = "RS256 RS384 RS512 PS256 PS384 PS512";
        let declared = |alg: &str| {
            let mut key = rsa(256, "a");
            key["alg"] = json!(alg);
            key
        };
        for (key, algorithms) in [
            (rsa(256, "a"), of_rsa),
            (declared("PS256"), "PS256"),
            (declared("RSA-OAEP"), ""),
            (curve("P-256", 32), "ES256"),
            (curve("P-384", 48), "ES384"),
            (curve("P-521", 66), ""),
            (edwards, "EdDSA"),
        ] {
            let keys = set(&json!([key]));
            for algorithm in [
                Algorithm::RS256,
                Algorithm::RS384,
                Algorithm::RS512,
                Algorithm::PS256,
                Algorithm::PS384,
                Algorithm::PS512,
                Algorithm::ES256,
                Algorithm::ES384,
                Algorithm::EdDSA,
                Algorithm::HS256,
            ] {
                let expected = algorithms.split(' ').any(|name| name == format!("{algorithm:?}"));
                assert_eq!(
                    keys.candidates(None, algorithm).len(),
                    usize::from(expected),
                    "{algorithm:?} {key}"
                );
            }
        }
    }

    #[test]
    fn keys_of_unknown_kinds_are_passed_over() {
        let keys = set(&json!([{ "kty": "XYZ" }, "nonsense", rsa(256, "a")]));
        assert_eq!(keys.candidates(None, Algorithm::RS256).len(), 1);
    }
}
