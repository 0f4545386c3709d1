//! The provider, seen by a client over plain TCP.

#![expect(clippy::unwrap_used, reason = "tests")]

mod client;
mod conformance;
mod counts;
mod dpop;
mod faults;
mod honest;
mod par;
mod proof;
mod refreshes;
