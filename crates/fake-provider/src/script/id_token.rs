//! ID tokens, honest and forged.

use serde_json::{Value, json};

use crate::keys::Keyring;
use crate::provider::FakeProvider;
use crate::script::Edits;
use crate::secret::base64url;

/// How an ID token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signature {
    /// With the key that its header names.
    #[default]
    Valid,
    /// With another key of the same kind, under the right `kid`.
    WrongKey,
    /// `alg: none`, with an empty signature.
    None,
    /// `alg: HS256`, with the public key as the secret.
    Hs256,
}

/// What ID tokens should look like from now on; see [`FakeProvider::id_token`].
#[derive(Clone, Copy)]
pub struct IdTokenScript<'a>(pub(crate) &'a FakeProvider);

impl IdTokenScript<'_> {
    /// Changes the claims, which are an object.
    pub fn claims(self, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.0.state().id_token.claims.push(edit);
        self
    }

    /// Sets one claim.
    pub fn claim(self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.claims(move |claims| claims[name] = value.clone())
    }

    /// Leaves one claim out.
    pub fn without(self, name: &'static str) -> Self {
        self.claims(move |claims| drop(claims.as_object_mut().and_then(|claims| claims.remove(name))))
    }

    /// Changes the header (`alg`, `kid`, `typ`, …), which is an object.
    pub fn header(self, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.0.state().id_token.header.push(edit);
        self
    }

    /// Leaves `kid` out of the header.
    pub fn without_kid(self) -> Self {
        self.header(|header| drop(header.as_object_mut().and_then(|header| header.remove("kid"))))
    }

    /// Signs differently.
    pub fn signature(self, signature: Signature) -> Self {
        self.0.state().id_token.signature = signature;
        self
    }

    /// Honest ID tokens again.
    pub fn reset(self) -> Self {
        self.0.state().id_token = IdTokenBehaviour::default();
        self
    }
}

#[derive(Clone, Default)]
pub(crate) struct IdTokenBehaviour {
    claims: Edits,
    header: Edits,
    signature: Signature,
}

impl IdTokenBehaviour {
    pub(crate) fn sign(&self, claims: Value, keys: &Keyring) -> String {
        let key = keys.active();
        let algorithm = match self.signature {
            Signature::Valid | Signature::WrongKey => key.algorithm.name(),
            Signature::None => "none",
            Signature::Hs256 => "HS256",
        };
        let header = self.header.apply(json!({ "alg": algorithm, "kid": key.kid, "typ": "JWT" }));
        let message = message(&header, &self.claims.apply(claims));
        let signature = match self.signature {
            Signature::Valid => key.sign(message.as_bytes()),
            Signature::WrongKey => keys.impostor().sign(message.as_bytes()),
            Signature::None => Vec::new(),
            Signature::Hs256 => key.mac_with_public_key(message.as_bytes()),
        };
        format!("{message}.{}", base64url(signature))
    }
}

/// A signed token without any tampering, as access tokens are.
pub(crate) fn signed(typ: &str, claims: &Value, keys: &Keyring) -> String {
    let key = keys.active();
    let message = message(&json!({ "alg": key.algorithm.name(), "kid": key.kid, "typ": typ }), claims);
    format!("{message}.{}", base64url(key.sign(message.as_bytes())))
}

fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()))
}
