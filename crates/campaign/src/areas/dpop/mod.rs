//! Tokens that are bound to a key (RFC 9449).

mod crash;
mod node;
mod nonces;
mod oidc_provider;
mod proofs;

use crate::check::Check;

pub(super) const CHECKS: &[&[Check]] = &[proofs::CHECKS, nonces::CHECKS, crash::CHECKS];
