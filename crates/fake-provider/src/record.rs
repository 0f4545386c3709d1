//! What arrived, and what was given out.

use std::collections::HashMap;
use std::time::Instant;

use axum::body::Bytes;
use axum::http::HeaderMap;
use url::form_urlencoded;

use crate::endpoints::Endpoint;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// When it arrived.
    pub at: Instant,
    /// Which endpoint it reached.
    pub endpoint: Endpoint,
    /// Where it was sent to: `http://127.0.0.1:{port}`, as its `Host` header says.
    pub origin: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query.
    pub query: Parameters,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, read as a form; empty unless it was one.
    pub form: Parameters,
    /// The body.
    pub body: Bytes,
}

impl Recorded {
    /// A header's value; `None` where it is missing or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of an `Authorization: Bearer` header.
    pub fn bearer(&self) -> Option<&str> {
        self.authorization("bearer")
    }

    /// The token of an `Authorization: DPoP` header.
    pub fn dpop(&self) -> Option<&str> {
        self.authorization("dpop")
    }

    fn authorization(&self, scheme: &str) -> Option<&str> {
        let (found, token) = self.header("authorization")?.split_once(' ')?;
        found.eq_ignore_ascii_case(scheme).then_some(token)
    }
}

/// Names and values of a query or a form, in their order; a name may stand there more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(pub Vec<(String, String)>);

impl Parameters {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(each, _)| each == name).map(|(_, value)| value.clone()).collect()
    }
}

/// How many requests an endpoint has seen; unlike the log of requests it never grows.
#[derive(Default)]
pub(crate) struct Traffic {
    pub(crate) arrived: usize,
    pub(crate) most_at_once: usize,
    at_once: usize,
}

impl Traffic {
    pub(crate) fn begins(&mut self) {
        self.arrived += 1;
        self.at_once += 1;
        self.most_at_once = self.most_at_once.max(self.at_once);
    }

    pub(crate) fn at_once(&self) -> usize {
        self.at_once
    }

    pub(crate) fn ends(&mut self) {
        self.at_once -= 1;
    }
}

/// How many refreshes of each family of refresh tokens are here at once.
#[derive(Default)]
pub(crate) struct Uses {
    at_once: HashMap<usize, usize>,
    most_at_once: usize,
}

impl Uses {
    pub(crate) fn begins(&mut self, family: usize) {
        let at_once = self.at_once.entry(family).or_default();
        *at_once += 1;
        self.most_at_once = self.most_at_once.max(*at_once);
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once
    }

    pub(crate) fn ends(&mut self, family: usize) {
        if let Some(at_once) = self.at_once.get_mut(&family) {
            *at_once -= 1;
        }
    }
}

/// A refresh token that was put in the place of another: the moment at which the provider commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Microseconds since the epoch, by the machine's clock and not the provider's: two logs of one machine can
    /// be laid side by side.
    pub at: u64,
    /// The [`crate::fingerprint`] of the token that was used.
    pub used: String,
    /// The token that was given for it.
    pub refresh_token: String,
}

/// The secrets that the provider has given out or seen, for a leak scan. All but verifiers and ID tokens begin
/// with `fake-`.
#[derive(Clone, Debug, Default)]
pub struct Issued {
    /// Authorization codes.
    pub codes: Vec<String>,
    /// PKCE verifiers that came to the token endpoint.
    pub code_verifiers: Vec<String>,
    /// Access tokens.
    pub access_tokens: Vec<String>,
    /// Refresh tokens, those whose answer was lost included.
    pub refresh_tokens: Vec<String>,
    /// ID tokens.
    pub id_tokens: Vec<String>,
}

impl Issued {
    /// All of them but the access tokens, which a client may hand on.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        [&self.codes, &self.code_verifiers, &self.refresh_tokens, &self.id_tokens]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}
