//! The keys that sign ID tokens, and the JWKS that shows them.

use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value, json};

use crate::secret::base64url;

/// How ID tokens are signed (RFC 7518, section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA PKCS #1 1.5 with SHA-256 and a key of 2048 bits.
    #[default]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// The keys of a provider, of which the newest signs.
#[derive(Clone)]
pub(crate) struct Keyring {
    algorithm: Algorithm,
    published: Vec<SigningKey>,
    made: usize,
}

impl Keyring {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let mut keyring = Self { algorithm, published: Vec::new(), made: 0 };
        keyring.add();
        keyring
    }

    /// A new key signs from now on; the old ones stay in the JWKS.
    pub(crate) fn add(&mut self) {
        self.published.push(SigningKey::nth(self.algorithm, self.made));
        self.made += 1;
    }

    /// A new key signs from now on, and it is the only one in the JWKS.
    pub(crate) fn rotate(&mut self) {
        self.published.clear();
        self.add();
    }

    pub(crate) fn active(&self) -> &SigningKey {
        self.published.last().expect("a key is added before one goes")
    }

    /// A key that calls itself the active one, and isn't.
    pub(crate) fn impostor(&self) -> SigningKey {
        SigningKey { kid: self.active().kid.clone(), ..SigningKey::nth(self.algorithm, self.made) }
    }

    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": self.published.iter().map(SigningKey::jwk).collect::<Vec<_>>() })
    }
}

#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pair: Arc<Pair>,
}

enum Pair {
    Rsa(rsa::KeyPair),
    Ec(EcdsaKeyPair),
}

impl SigningKey {
    /// The same for all providers of a process, as making an RSA key takes long.
    fn nth(algorithm: Algorithm, index: usize) -> Self {
        static RSA: Mutex<Vec<Arc<Pair>>> = Mutex::new(Vec::new());
        static EC: Mutex<Vec<Arc<Pair>>> = Mutex::new(Vec::new());
        let (keys, generate): (_, fn() -> Pair) = match algorithm {
            Algorithm::Rs256 => {
                (&RSA, || Pair::Rsa(rsa::KeyPair::generate(KeySize::Rsa2048).expect("an RSA key")))
            }
            Algorithm::Es256 => (&EC, || {
                Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key"))
            }),
        };
        let mut keys = keys.lock().unwrap();
        while keys.len() <= index {
            keys.push(Arc::new(generate()));
        }
        let kid = format!("{}-{index}", algorithm.name().to_lowercase());
        Self { kid, algorithm, pair: Arc::clone(&keys[index]) }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &*self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("an RSA signature");
                signature
            }
            Pair::Ec(pair) => pair.sign(&random, message).expect("an EC signature").as_ref().to_vec(),
        }
    }

    /// What an attacker can make who knows only the public key (algorithm confusion).
    pub(crate) fn mac_with_public_key(&self, message: &[u8]) -> Vec<u8> {
        let public_key = match &*self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::Ec(pair) => pair.public_key().as_ref(),
        };
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public_key), message).as_ref().to_vec()
    }

    fn jwk(&self) -> Value {
        let mut jwk = match &*self.pair {
            Pair::Rsa(pair) => json!({
                "kty": "RSA",
                "n": base64url(pair.public_key().modulus().big_endian_without_leading_zero()),
                "e": base64url(pair.public_key().exponent().big_endian_without_leading_zero()),
            }),
            Pair::Ec(pair) => {
                // An uncompressed point: 4, x, y (SEC 1, section 2.3.3).
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y) })
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(self.algorithm.name());
        jwk["use"] = json!("sig");
        jwk
    }
}
