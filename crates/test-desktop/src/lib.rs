//! For tests: a throw-away desktop session on Linux, with a bus of its own and the real gnome-keyring on it.
//!
//! Everything ends with the value that stands for it. Where the programs are missing, a start gives `None` and says
//! what was not tested; in continuous integration it panics.

#![cfg_attr(
    target_os = "linux",
    expect(
        clippy::unwrap_used,
        reason = "for tests only: a panic is how a test learns that its desktop fails"
    )
)]

#[cfg(target_os = "linux")]
mod bus;
#[cfg(target_os = "linux")]
mod desktop;
#[cfg(target_os = "linux")]
mod program;

#[cfg(target_os = "linux")]
pub use self::{
    bus::Bus,
    desktop::{Desktop, Item},
};
