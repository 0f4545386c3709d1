//! How strict the provider and its resources are about proofs of possession.

use std::collections::HashSet;

use crate::endpoints::Endpoint;
use crate::provider::FakeProvider;

/// Whether proofs are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Proofs {
    #[default]
    Ignored,
    Offered,
    Required,
}

/// How DPoP (RFC 9449) is spoken from now on; see [`FakeProvider::dpop`].
#[derive(Clone, Copy)]
pub struct DpopScript<'a>(pub(crate) &'a FakeProvider);

impl DpopScript<'_> {
    /// Says in the metadata that it speaks DPoP with ES256; with a proof the tokens are bound to its key, without
    /// one they are bearer tokens. Without this, proofs are ignored.
    pub fn offered(self) -> Self {
        self.set(|dpop| dpop.proofs = Proofs::Offered)
    }

    /// Like [`Self::offered`], and refuses requests for tokens without a proof.
    pub fn required(self) -> Self {
        self.set(|dpop| dpop.proofs = Proofs::Required)
    }

    /// Demands a nonce wherever a proof is sent. Each origin has its own, which stays until
    /// [`Self::expire_nonces`], and is given only to those who come without.
    pub fn nonces(self) -> Self {
        self.nonces_at([Endpoint::Par, Endpoint::Token, Endpoint::Userinfo, Endpoint::Api, Endpoint::ApiEcho])
    }

    /// Like [`Self::nonces`], but only at these endpoints.
    pub fn nonces_at(self, endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        self.set(|dpop| dpop.nonces_at = endpoints.into_iter().collect())
    }

    /// Nonces are good once, and every answer to a proof brings the next one.
    pub fn rotating_nonces(self) -> Self {
        self.set(|dpop| dpop.rotates_nonces = true)
    }

    /// Answers every proof with `use_dpop_nonce` wherever a nonce is demanded, whatever nonce it carries.
    pub fn never_satisfied(self) -> Self {
        self.set(|dpop| dpop.never_satisfied = true)
    }

    /// Writes the scheme of its challenges like this; `DPoP` at first.
    pub fn challenge_scheme(self, scheme: &'static str) -> Self {
        self.set(|dpop| dpop.challenge_scheme = scheme)
    }

    /// The nonces that are out are no good any more.
    pub fn expire_nonces(self) -> Self {
        self.0.state().dpop.expire_nonces();
        self
    }

    /// As at the start; what was seen stays.
    pub fn reset(self) -> Self {
        self.set(|dpop| *dpop = DpopBehaviour::default())
    }

    fn set(self, change: impl FnOnce(&mut DpopBehaviour)) -> Self {
        change(&mut self.0.state().dpop.behaviour);
        self
    }
}

#[derive(Clone)]
pub(crate) struct DpopBehaviour {
    pub(crate) proofs: Proofs,
    pub(crate) nonces_at: HashSet<Endpoint>,
    pub(crate) rotates_nonces: bool,
    pub(crate) never_satisfied: bool,
    pub(crate) challenge_scheme: &'static str,
}

impl Default for DpopBehaviour {
    fn default() -> Self {
        Self {
            proofs: Proofs::default(),
            nonces_at: HashSet::new(),
            rotates_nonces: false,
            never_satisfied: false,
            challenge_scheme: "DPoP",
        }
    }
}
