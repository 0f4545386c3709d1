//! What goes over the wire: every module of the suites, what is never used twice, redirects, and TLS.

mod modules;
mod redirects;
mod tls;
mod unique;

use crate::check::Check;

pub(crate) const CHECKS: &[&[Check]] = &[modules::CHECKS, unique::CHECKS, redirects::CHECKS, tls::CHECKS];
