//! The way back from the browser: callbacks that nobody asked for, and ways that are obstructed.

#[cfg(target_os = "linux")]
mod alone;
#[cfg(target_os = "linux")]
mod app;
mod browser;
mod loopback;
mod malformed;
mod order;
#[cfg(target_os = "linux")]
mod socket;
#[cfg(target_os = "linux")]
mod unregistered;
mod unsolicited;

#[cfg(target_os = "linux")]
pub(crate) use self::{
    alone::{ALONE, sign_in_alone},
    app::{APP, sign_in},
};
use crate::check::Check;

pub(crate) const CHECKS: &[&[Check]] = &[
    malformed::CHECKS,
    unsolicited::CHECKS,
    order::CHECKS,
    loopback::CHECKS,
    #[cfg(target_os = "linux")]
    socket::CHECKS,
    #[cfg(target_os = "linux")]
    alone::CHECKS,
    #[cfg(target_os = "linux")]
    unregistered::CHECKS,
];
