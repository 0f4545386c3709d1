//! The way back from the browser (RFC 8252 section 7).

mod deep_link;
mod loopback;
mod registration;

pub use deep_link::callback_in_args;
pub use registration::{DeepLinkFault, NotDispatchable, Registration};

#[cfg(any(test, fuzzing))]
pub(crate) use self::loopback::{Head, NoRequest};
pub(crate) use self::{
    loopback::{Listener, PATH},
    registration::{in_time, in_time_blocking},
};

use crate::{
    config::{Config, Loopback, LoopbackHost, RedirectKind},
    endpoint::EndpointUrl,
    sabotage::off,
};

/// A way back that is open.
pub(crate) enum Redirect {
    /// A private-use scheme: the operating system starts the app with the URL, or hands it to the running one.
    DeepLink(String),
    /// The same behind a page that opens it, so that the browser ends on something that can be closed.
    ReturnPage { page: String, deep_link: String },
    /// A listener on the loopback interface.
    Loopback(Listener),
}

impl Redirect {
    pub(crate) fn deep_link(scheme: &str) -> Self {
        Self::DeepLink(link(scheme))
    }

    pub(crate) fn return_page(page: &EndpointUrl, scheme: &str) -> Self {
        Self::ReturnPage { page: page.as_str().to_owned(), deep_link: link(scheme) }
    }

    pub(crate) fn loopback(address: &Loopback, app_name: &str) -> std::io::Result<Self> {
        Listener::bind(address, app_name).map(Self::Loopback)
    }

    /// The redirect URI of the request.
    pub(crate) fn uri(&self) -> &str {
        match self {
            Self::DeepLink(uri) => uri,
            Self::ReturnPage { page, .. } => page,
            Self::Loopback(listener) => listener.redirect_uri(),
        }
    }

    /// What the answer arrives on: of a return page, the deep link that it opens.
    pub(crate) fn arrives_on(&self) -> &str {
        match self {
            Self::ReturnPage { deep_link, .. } => deep_link,
            Self::DeepLink(_) | Self::Loopback(_) => self.uri(),
        }
    }

    pub(crate) fn kind(&self) -> RedirectKind {
        match self {
            Self::DeepLink(_) => RedirectKind::DeepLink,
            Self::ReturnPage { .. } => RedirectKind::ReturnPage,
            Self::Loopback(_) => RedirectKind::Loopback,
        }
    }
}

/// Private-use schemes take a single slash, as they have no authority (RFC 8252 section 7.1).
pub(crate) fn link(scheme: &str) -> String {
    format!("{scheme}:/callback")
}

impl Config {
    /// What has to be registered at the provider so that the browser comes back: of an app with this scheme, which comes
    /// back by `default` where the configuration doesn't say. Each stands as it has to be registered; the provider has to
    /// take any port for a loopback form that names none (RFC 8252 section 7.3).
    pub fn redirect_uris(&self, scheme: Option<&str>, default: RedirectKind) -> Vec<String> {
        let kinds = if self.redirects.is_empty() { &[default] } else { self.redirects.as_slice() };
        kinds.iter().filter_map(|kind| uris(self, *kind, scheme)).flatten().collect()
    }
}

/// What has to be registered at the provider for a way back; `None` where the app lacks what it takes. A loopback form
/// without a port stands for any port (RFC 8252 section 7.3).
pub(crate) fn uris(config: &Config, kind: RedirectKind, scheme: Option<&str>) -> Option<Vec<String>> {
    let loopback = &config.loopback;
    let host = loopback.host.unwrap_or(LoopbackHost::Ipv4).as_str();
    Some(match kind {
        RedirectKind::DeepLink => vec![link(scheme?)],
        RedirectKind::ReturnPage => vec![scheme.and(config.return_page.as_ref())?.as_str().to_owned()],
        RedirectKind::Loopback if loopback.ports.is_empty() => vec![format!("http://{host}{PATH}")],
        RedirectKind::Loopback => {
            loopback.ports.iter().map(|port| format!("http://{host}:{port}{PATH}")).collect()
        }
    })
}

/// Which of the ways back that the provider knows is taken: the first, unless links don't reach this program and a
/// listener can stand in.
pub(crate) fn choose(known: &[RedirectKind], fault: Option<DeepLinkFault>) -> Option<RedirectKind> {
    let first = *known.first()?;
    let stands_in = fault.is_some() && known.contains(&RedirectKind::Loopback) && !off("registration");
    Some(if stands_in { RedirectKind::Loopback } else { first })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_stands_in_only_where_links_do_not_arrive_and_the_provider_knows_one() {
        use RedirectKind::{DeepLink, Loopback, ReturnPage};
        let fault = Some(DeepLinkFault::Missing);
        for (known, fault, chosen) in [
            (&[DeepLink, Loopback][..], None, Some(DeepLink)),
            (&[DeepLink, Loopback], fault, Some(Loopback)),
            (&[ReturnPage, DeepLink, Loopback], fault, Some(Loopback)),
            (&[DeepLink], fault, Some(DeepLink)),
            (&[ReturnPage], fault, Some(ReturnPage)),
            (&[Loopback, DeepLink], None, Some(Loopback)),
            (&[], fault, None),
        ] {
            assert_eq!(choose(known, fault), chosen, "{known:?}");
        }
    }
}
