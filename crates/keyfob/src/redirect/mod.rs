//! The way back from the browser (RFC 8252 section 7).

mod deep_link;
mod loopback;

pub use deep_link::callback_in_args;

pub(crate) use loopback::Listener;
#[cfg(any(test, fuzzing))]
pub(crate) use loopback::{Head, NoRequest};

use crate::config::{Loopback, RedirectKind};

/// A way back that is open.
pub(crate) enum Redirect {
    /// A private-use scheme: the operating system starts the app with the URL, or hands it to the running one.
    DeepLink(String),
    /// A listener on the loopback interface.
    Loopback(Listener),
}

impl Redirect {
    /// Private-use schemes take a single slash, as they have no authority (RFC 8252 section 7.1).
    pub(crate) fn deep_link(scheme: &str) -> Self {
        Self::DeepLink(format!("{scheme}:/callback"))
    }

    pub(crate) fn loopback(address: &Loopback, app_name: &str) -> std::io::Result<Self> {
        Listener::bind(address, app_name).map(Self::Loopback)
    }

    /// The redirect URI of the request.
    pub(crate) fn uri(&self) -> &str {
        match self {
            Self::DeepLink(uri) => uri,
            Self::Loopback(listener) => listener.redirect_uri(),
        }
    }

    pub(crate) fn kind(&self) -> RedirectKind {
        match self {
            Self::DeepLink(_) => RedirectKind::DeepLink,
            Self::Loopback(_) => RedirectKind::Loopback,
        }
    }
}
