//! The one rule about which URLs Keyfob speaks to: `https`, or `http` on the loopback interface.

use std::{fmt, net::IpAddr};

use url::{Host, Url};

/// A URL that may be requested or opened in the browser: `https`, or `http` on loopback only, without user information.
///
/// Everything that a provider's metadata names goes through here before it is used, and before it is handed to the
/// operating system's opener (CVE-2025-6514 was a `file:` URL in an authorization endpoint).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// Parses and judges a URL; the error says which rule it breaks.
    pub fn parse(url: &str) -> Result<Self, InvalidUrl> {
        let url = Url::parse(url).map_err(|_| InvalidUrl::Syntax)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUrl::UserInformation);
        }
        let is_allowed = match url.scheme() {
            "https" => true,
            "http" => is_loopback(&url),
            _ => false,
        };
        if !is_allowed {
            return Err(InvalidUrl::Scheme);
        }
        // Browsers take hosts that HTTP doesn't: `id.example{`, say.
        url.as_str().parse::<http::Uri>().map_err(|_| InvalidUrl::Syntax)?;
        Ok(Self(url))
    }

    /// The URL.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query of an authorization URL carries `state` and `nonce`.
        write!(formatter, "EndpointUrl({}{})", self.0.origin().ascii_serialization(), self.0.path())
    }
}

/// An issuer identifier (OpenID Connect Discovery section 4.1), kept to the letter: it is compared as a string
/// (section 4.3), trailing slash included.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IssuerUrl(String);

impl IssuerUrl {
    /// Parses an issuer: an [`EndpointUrl`] without query and fragment.
    pub fn parse(issuer: &str) -> Result<Self, InvalidUrl> {
        let url = EndpointUrl::parse(issuer)?;
        if url.as_url().query().is_some() || url.as_url().fragment().is_some() {
            return Err(InvalidUrl::QueryOrFragment);
        }
        Ok(Self(issuer.to_owned()))
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        EndpointUrl::parse(&self.0).is_ok_and(|url| url.is_loopback())
    }

    /// The issuer as a URL.
    pub(crate) fn to_url(&self) -> Option<Url> {
        Url::parse(&self.0).ok()
    }

    /// The issuer as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which rule a URL breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// It can't be parsed.
    #[error("is not an absolute URL")]
    Syntax,
    /// Neither `https` nor `http` on loopback.
    #[error("must be https (http on 127.0.0.1, [::1] or localhost only)")]
    Scheme,
    /// A user name or password stands in it.
    #[error("must not contain a user name or password")]
    UserInformation,
    /// A query or a fragment stands in it.
    #[error("must have neither query nor fragment")]
    QueryOrFragment,
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_60_only_https_and_http_on_loopback_are_endpoints() {
        for good in
            ["https://id.example/authorize", "http://127.0.0.1:9/x", "http://[::1]/", "http://localhost:1/"]
        {
            assert!(EndpointUrl::parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://id.example/", InvalidUrl::Scheme),
            ("http://127.0.0.1.example/", InvalidUrl::Scheme),
            ("file:///etc/passwd", InvalidUrl::Scheme),
            ("javascript:alert(1)", InvalidUrl::Scheme),
            ("dev.keyfob.desktop:/callback", InvalidUrl::Scheme),
            ("https://user@id.example/", InvalidUrl::UserInformation),
            ("/authorize", InvalidUrl::Syntax),
            ("https://id.example{/", InvalidUrl::Syntax),
        ] {
            assert_eq!(EndpointUrl::parse(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn s_58_an_issuer_is_kept_to_the_letter() -> Result<(), InvalidUrl> {
        assert_eq!(IssuerUrl::parse("https://id.example/tenant/")?.as_str(), "https://id.example/tenant/");
        assert_eq!(IssuerUrl::parse("https://id.example")?.as_str(), "https://id.example");
        assert_eq!(IssuerUrl::parse("https://id.example/?a=b"), Err(InvalidUrl::QueryOrFragment));
        Ok(())
    }
}
