//! Random values that a leak scan can find: each begins with what it is.

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(crate) const CODE: &str = "fake-code-";
pub(crate) const ACCESS_TOKEN: &str = "fake-at-";
pub(crate) const REFRESH_TOKEN: &str = "fake-rt-";

/// `prefix` and 256 random bits.
pub(crate) fn random(prefix: &str) -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the system gives random bytes");
    format!("{prefix}{}", base64url(bytes))
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How PKCE's S256 derives a challenge (RFC 7636, section 4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    base64url(sha256(verifier))
}

/// The left half of a token's hash (Core, section 3.1.3.6).
pub(crate) fn half_hash(token: &str) -> String {
    base64url(&sha256(token).as_ref()[..16])
}

/// What a log may say of a token: the SHA-256 of it, as base64url.
pub fn fingerprint(token: &str) -> String {
    base64url(sha256(token))
}

fn sha256(text: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, text.as_bytes())
}
