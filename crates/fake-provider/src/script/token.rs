//! What the token endpoint's honest answers look like.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::endpoints::Endpoint;
use crate::fault::Fault;
use crate::grants::Rotation;
use crate::provider::FakeProvider;
use crate::script::Edits;

/// How long an access token is good when `expires_in` doesn't say so, in seconds.
const LIFETIME: u64 = 3600;

/// When an ID token comes along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdTokens {
    /// With every answer.
    #[default]
    Always,
    /// With the answer to a code, not with a refresh.
    CodeOnly,
    /// Never.
    Never,
}

/// What access tokens are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessTokenFormat {
    /// A random string.
    #[default]
    Opaque,
    /// A signed JWT (RFC 9068) with `exp`, `scope` and the person's name.
    Jwt,
}

/// How the token endpoint answers from now on; see [`FakeProvider::token`].
#[derive(Clone, Copy)]
pub struct TokenScript<'a>(pub(crate) &'a FakeProvider);

impl TokenScript<'_> {
    /// What happens to used refresh tokens; [`Rotation::Strict`] at first.
    pub fn rotation(self, rotation: Rotation) -> Self {
        self.set(|token| token.rotation = rotation)
    }

    /// `expires_in`, as any JSON value; 3600 at first. A positive number is also how long the provider itself
    /// takes the access token.
    pub fn expires_in(self, value: impl Into<Value>) -> Self {
        self.set(|token| token.expires_in = Some(value.into()))
    }

    /// Leaves `expires_in` out.
    pub fn without_expires_in(self) -> Self {
        self.set(|token| token.expires_in = None)
    }

    /// `token_type`; at first `DPoP` for tokens that are bound to a key, and `Bearer` for others.
    pub fn token_type(self, token_type: &str) -> Self {
        self.set(|token| token.token_type = Some(token_type.to_owned()))
    }

    /// Gives no refresh tokens; those that are out stay good.
    pub fn without_refresh_token(self) -> Self {
        self.set(|token| token.refresh_tokens = false)
    }

    /// When an ID token comes along.
    pub fn id_tokens(self, when: IdTokens) -> Self {
        self.set(|token| token.id_tokens = when)
    }

    /// What access tokens are.
    pub fn access_tokens(self, format: AccessTokenFormat) -> Self {
        self.set(|token| token.format = format)
    }

    /// Grants this scope, whatever was asked for.
    pub fn grant_scope(self, scope: &str) -> Self {
        self.set(|token| token.scope = Some(scope.to_owned()))
    }

    /// Gives access tokens for this audience, whatever was asked for.
    pub fn grant_audience(self, audience: &str) -> Self {
        self.set(|token| token.audience = Some(audience.to_owned()))
    }

    /// Takes no notice of `resource`, as a provider that has never heard of RFC 8707.
    pub fn ignores_resources(self) -> Self {
        self.set(|token| token.ignores_resources = true)
    }

    /// Refuses every refresh that names this audience, as `resource`, as `audience` or in a scope
    /// `{audience}/…`, with this error. The refresh token stays good, as where consent is missing.
    pub fn refuse_audience(self, audience: &str, oauth_error: &str) -> Self {
        self.set(|token| drop(token.refused_audiences.insert(audience.to_owned(), oauth_error.to_owned())))
    }

    /// Refuses every request with this error, and repeats in its description what it was sent, as some servers do.
    pub fn refuse_repeating(self, oauth_error: &'static str) -> Self {
        self.set(|token| token.refuses_repeating = Some(oauth_error))
    }

    /// Revoking a refresh token ends everything that its person has granted, other sign-ins included.
    pub fn revokes_grants(self) -> Self {
        self.set(|token| token.revokes_grants = true)
    }

    /// Changes the answer, which is an object.
    pub fn edit(self, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.set(|token| token.edits.push(edit))
    }

    /// Sets one member of the answer.
    pub fn member(self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.edit(move |answer| answer[name] = value.clone())
    }

    /// Leaves one member out of the answer.
    pub fn without(self, name: &'static str) -> Self {
        self.edit(move |answer| drop(answer.as_object_mut().and_then(|answer| answer.remove(name))))
    }

    /// The next request fails; several of these wait in line.
    pub fn next(self, fault: impl Into<Fault>) -> Self {
        self.0.at(Endpoint::Token).next(fault);
        self
    }

    /// As at the start, but for faults and gates.
    pub fn reset(self) -> Self {
        self.set(|token| *token = TokenBehaviour::default())
    }

    fn set(self, change: impl FnOnce(&mut TokenBehaviour)) -> Self {
        change(&mut self.0.state().token);
        self
    }
}

#[derive(Clone)]
pub(crate) struct TokenBehaviour {
    pub(crate) rotation: Rotation,
    pub(crate) expires_in: Option<Value>,
    pub(crate) token_type: Option<String>,
    pub(crate) refresh_tokens: bool,
    pub(crate) id_tokens: IdTokens,
    pub(crate) format: AccessTokenFormat,
    pub(crate) scope: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) ignores_resources: bool,
    pub(crate) refused_audiences: HashMap<String, String>,
    pub(crate) refuses_repeating: Option<&'static str>,
    pub(crate) revokes_grants: bool,
    pub(crate) edits: Edits,
}

impl Default for TokenBehaviour {
    fn default() -> Self {
        Self {
            rotation: Rotation::default(),
            expires_in: Some(json!(LIFETIME)),
            token_type: None,
            refresh_tokens: true,
            id_tokens: IdTokens::default(),
            format: AccessTokenFormat::default(),
            scope: None,
            audience: None,
            ignores_resources: false,
            refused_audiences: HashMap::new(),
            refuses_repeating: None,
            revokes_grants: false,
            edits: Edits::default(),
        }
    }
}

impl TokenBehaviour {
    /// How long the provider itself takes an access token, in seconds.
    pub(crate) fn lifetime(&self) -> u64 {
        self.expires_in.as_ref().and_then(Value::as_u64).filter(|seconds| *seconds > 0).unwrap_or(LIFETIME)
    }
}
