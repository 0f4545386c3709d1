//! Key sets, and the keys that sign ID tokens here.

use std::sync::OnceLock;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Response;
use jsonwebtoken::{Algorithm, crypto::verify};
use serde_json::{Value, json};

use super::{check_words, input::Input};
use crate::protocol::jwks::{self, Jwks};

const ALGORITHMS: [Algorithm; 12] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
];

/// Whose key a token is signed with.
pub(crate) struct Signer {
    elliptic: EcdsaKeyPair,
    edwards: Ed25519KeyPair,
}

impl Signer {
    /// The provider's: its public keys are in the set.
    pub(crate) fn provider() -> &'static Self {
        static PROVIDER: OnceLock<Signer> = OnceLock::new();
        PROVIDER.get_or_init(Self::new)
    }

    /// Somebody else's.
    pub(crate) fn attacker() -> &'static Self {
        static ATTACKER: OnceLock<Signer> = OnceLock::new();
        ATTACKER.get_or_init(Self::new)
    }

    fn new() -> Self {
        Self {
            elliptic: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"),
            edwards: Ed25519KeyPair::generate().expect("a key"),
        }
    }

    pub(crate) fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        match algorithm {
            "EdDSA" => self.edwards.sign(message).as_ref().to_vec(),
            // What a public client must not take: the public key is no secret (Core section 10.1).
            "HS256" => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.elliptic.public_key().as_ref());
                hmac::sign(&key, message).as_ref().to_vec()
            }
            _ => self.elliptic.sign(&SystemRandom::new(), message).expect("a signature").as_ref().to_vec(),
        }
    }

    /// The public keys as a provider publishes them.
    pub(crate) fn published(&self) -> [Value; 2] {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let point = self.elliptic.public_key().as_ref();
        let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
        [
            json!({ "kty": "EC", "crv": "P-256", "kid": "es", "x": x, "y": y }),
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": encoded(self.edwards.public_key().as_ref()) }),
        ]
    }
}

/// A key set of any kind. Nothing that is in it verifies what it hasn't signed, whatever the algorithm; symmetric keys
/// and small ones are never used, and a `kid` finds its own keys only.
pub fn jwks(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let body = input.as_it_stands.map_or_else(|| set(&mut input), <[u8]>::to_vec);
    let text = String::from_utf8_lossy(&body).into_owned();
    let keys = match jwks::parse(&Response::new(body)) {
        Ok(keys) => keys,
        Err(error) => return check_words(&error, None),
    };
    let signature = [input.bytes(64), vec![1; 64]].concat();
    for algorithm in ALGORITHMS {
        let all = check_candidates(&keys, None, algorithm, &signature);
        let (some, none) = ("es", input.text());
        assert!(check_candidates(&keys, Some(some), algorithm, &signature) <= all);
        let named = check_candidates(&keys, Some(&none), algorithm, &signature);
        assert!(named == 0 || text.contains("kid"), "{text}");
        let symmetric = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
        assert!(all == 0 || !symmetric.contains(&algorithm), "{text}");
    }
}

fn set(input: &mut Input<'_>) -> Vec<u8> {
    let keys: Vec<_> = (0..input.below(5)).map(|_| key(input)).collect();
    let document = [&br#"{"keys":["#[..], &keys.join(&b','), b"]}"].concat();
    if input.seldom() { input.damaged(document) } else { document }
}

fn check_candidates(keys: &Jwks, kid: Option<&str>, algorithm: Algorithm, signature: &[u8]) -> usize {
    let candidates = keys.candidates(kid, algorithm);
    for candidate in &candidates {
        for length in [0, 64, signature.len().min(256)] {
            let signature = URL_SAFE_NO_PAD.encode(&signature[..length.min(signature.len())]);
            assert!(!verify(&signature, b"never signed", candidate, algorithm).unwrap_or_default());
        }
    }
    candidates.len()
}

/// A key, and often one that is wrong in its own way.
pub(crate) fn key(input: &mut Input<'_>) -> Vec<u8> {
    let modulus = |input: &mut Input<'_>| {
        let length = input.one_of(&[256, 0, 1, 128, 255, 257, 512, 1024, 1025, 4096]);
        let mut modulus = vec![input.one_of(&[0xff, 0x80, 0x7f, 0]); length];
        if let Some(last) = modulus.last_mut() {
            *last |= 1;
        }
        URL_SAFE_NO_PAD.encode(modulus)
    };
    let good = match input.below(6) {
        0 => Signer::provider().published()[0].clone(),
        1 => Signer::provider().published()[1].clone(),
        2 => {
            json!({ "kty": "RSA", "kid": "es", "alg": "RS256", "use": "sig", "e": "AQAB", "n": modulus(input) })
        }
        3 => {
            let exponent = URL_SAFE_NO_PAD.encode(input.bytes(300));
            json!({ "kty": "RSA", "kid": "es", "e": exponent, "n": modulus(input) })
        }
        4 => {
            json!({ "kty": "oct", "kid": "es", "k": "AAAA", "alg": input.one_of(&["HS256", "ES256", "none"]) })
        }
        _ => {
            let coordinate = |input: &mut Input<'_>| URL_SAFE_NO_PAD.encode(input.bytes(66));
            let curve = input.one_of(&["P-256", "P-384", "P-521", "Ed25519", "secp256k1", "X25519"]);
            json!({
                "kty": input.one_of(&["EC", "OKP"]), "crv": curve, "x": coordinate(input), "y": coordinate(input),
                "use": input.one_of(&["sig", "enc", ""]), "kid": input.text(),
            })
        }
    };
    if input.flag() { good.to_string().into_bytes() } else { input.document(&good).bytes }
}
