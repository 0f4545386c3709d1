//! What a test wants to be different.

mod at;
mod dpop;
mod edits;
mod id_token;
mod par;
mod token;

pub use at::At;
pub use dpop::DpopScript;
pub use id_token::{IdTokenScript, Signature};
pub use par::ParScript;
pub use token::{AccessTokenFormat, IdTokens, TokenScript};

pub(crate) use at::{EndpointScript, Plan};
pub(crate) use dpop::{DpopBehaviour, Proofs};
pub(crate) use edits::Edits;
pub(crate) use id_token::{IdTokenBehaviour, signed};
pub(crate) use par::ParBehaviour;
pub(crate) use token::TokenBehaviour;
