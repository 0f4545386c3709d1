//! Keychains that fail: what callers get meanwhile, and what is in the keychain afterwards.

mod damage;
#[cfg(target_os = "linux")]
mod engine;
#[cfg(target_os = "linux")]
mod matrix;

use crate::check::Check;

#[cfg(target_os = "linux")]
pub(crate) use matrix::{APP, serve};

pub(super) const CHECKS: &[&[Check]] = &[
    #[cfg(target_os = "linux")]
    matrix::CHECKS,
    damage::CHECKS,
];
