//! What a test wants to be different.

mod at;
mod edits;
mod id_token;
mod token;

pub use at::At;
pub use id_token::{IdTokenScript, Signature};
pub use token::{AccessTokenFormat, IdTokens, TokenScript};

pub(crate) use at::{EndpointScript, Plan};
pub(crate) use edits::Edits;
pub(crate) use id_token::{IdTokenBehaviour, signed};
pub(crate) use token::TokenBehaviour;
