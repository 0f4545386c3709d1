//! Refreshes: how many, how often, and what becomes of the session.

mod backoff;
mod callers;
mod consent;
mod faults;
mod processes;
mod sign_out;

use crate::check::Check;

pub(crate) const CHECKS: &[&[Check]] =
    &[callers::CHECKS, faults::CHECKS, backoff::CHECKS, processes::CHECKS, sign_out::CHECKS, consent::CHECKS];
