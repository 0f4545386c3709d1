//! Whether authorization requests are pushed.

use crate::provider::FakeProvider;

/// How long a pushed request is good at first, in seconds.
const LIFETIME: u64 = 60;

/// How pushed authorization requests (RFC 9126) are taken from now on; see [`FakeProvider::par`]. Faults are scripted
/// at [`crate::Endpoint::Par`].
#[derive(Clone, Copy)]
pub struct ParScript<'a>(pub(crate) &'a FakeProvider);

impl ParScript<'_> {
    /// Says in the metadata where requests can be pushed. Without this there is no such endpoint.
    pub fn offered(self) -> Self {
        self.set(|par| par.offered = true)
    }

    /// Like [`Self::offered`], says that requests have to be pushed, and refuses all others.
    pub fn required(self) -> Self {
        self.offered().set(|par| par.required = true)
    }

    /// How long a pushed request is good, in seconds by the provider's clock; 60 at first.
    pub fn expires_in(self, seconds: u64) -> Self {
        self.set(|par| par.lifetime = seconds)
    }

    /// As at the start.
    pub fn reset(self) -> Self {
        self.set(|par| *par = ParBehaviour::default())
    }

    fn set(self, change: impl FnOnce(&mut ParBehaviour)) -> Self {
        change(&mut self.0.state().par);
        self
    }
}

#[derive(Clone, Copy)]
pub(crate) struct ParBehaviour {
    pub(crate) offered: bool,
    pub(crate) required: bool,
    pub(crate) lifetime: u64,
}

impl Default for ParBehaviour {
    fn default() -> Self {
        Self { offered: false, required: false, lifetime: LIFETIME }
    }
}
