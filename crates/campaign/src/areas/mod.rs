//! What is promised, by area.

mod crash;
mod dpop;
mod protocol;
mod providers;
pub(crate) mod redirect;
mod refresh;
mod soak;
pub(crate) mod storage;
mod time;

use crate::check::Check;

/// The areas by their names on the command line.
pub(crate) const AREAS: &[(&str, &[&[Check]])] = &[
    ("refresh", refresh::CHECKS),
    ("crash", &[crash::CHECKS]),
    ("time", &[time::CHECKS]),
    ("storage", storage::CHECKS),
    ("dpop", dpop::CHECKS),
    ("protocol", protocol::CHECKS),
    ("providers", &[providers::CHECKS]),
    ("redirect", redirect::CHECKS),
    ("soak", &[soak::CHECKS]),
];
