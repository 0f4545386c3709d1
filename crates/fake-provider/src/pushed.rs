//! Authorization requests that were pushed (RFC 9126). No I/O.

use std::collections::HashMap;

use crate::record::Parameters;
use crate::secret;

/// The form that RFC 9126 (section 2.2) suggests.
const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:fake-par-";

#[derive(Default)]
pub(crate) struct PushedRequests(HashMap<String, Pushed>);

pub(crate) struct Pushed {
    pub(crate) parameters: Parameters,
    /// The thumbprint of the key that was proved with it (RFC 9449, section 10.1).
    pub(crate) jkt: Option<String>,
    /// Seconds since the epoch.
    pub(crate) expires_at: u64,
}

impl PushedRequests {
    pub(crate) fn add(&mut self, pushed: Pushed) -> String {
        let request_uri = secret::random(REQUEST_URI);
        self.0.insert(request_uri.clone(), pushed);
        request_uri
    }

    /// Each is good once.
    pub(crate) fn take(&mut self, request_uri: &str, now: u64) -> Result<Pushed, &'static str> {
        let pushed = self.0.remove(request_uri).ok_or("the request_uri is unknown, or was used before")?;
        if now < pushed.expires_at { Ok(pushed) } else { Err("the request_uri has expired") }
    }
}
