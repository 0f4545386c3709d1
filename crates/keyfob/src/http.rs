//! The one place that speaks HTTP: a request in, a bounded response out.

use std::time::Duration;

use crate::{endpoint::is_loopback, error::HttpError};

/// What a request of the protocol may take.
pub(crate) const TOKEN_LIMITS: Limits = Limits { timeout: Duration::from_secs(10), body: 1024 * 1024 };
/// The same for all that is not the token endpoint.
pub(crate) const OTHER_LIMITS: Limits = Limits { timeout: Duration::from_secs(30), body: 1024 * 1024 };

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an answer may take, and how large it may be after decompression.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) timeout: Duration,
    pub(crate) body: usize,
}

/// The HTTP client. It follows no redirects: a redirect from a protocol endpoint would carry credentials elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    direct: reqwest::Client,
    proxied: reqwest::Client,
}

impl Http {
    pub(crate) fn new() -> Result<Self, HttpError> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent(concat!("keyfob/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
        };
        Ok(Self {
            direct: builder().no_proxy().build().map_err(not_sent)?,
            proxied: builder().build().map_err(not_sent)?,
        })
    }

    /// Sends one request and reads its answer, whatever its status.
    pub(crate) async fn execute(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<http::Response<Vec<u8>>, HttpError> {
        let mut request = reqwest::Request::try_from(request).map_err(not_sent)?;
        *request.timeout_mut() = Some(limits.timeout);
        let mut response = self.client_for(request.url()).execute(request).await.map_err(failure)?;
        let mut answer = http::Response::new(Vec::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if answer.body().len() + chunk.len() > limits.body {
                return Err(HttpError::TooLarge { limit: limits.body });
            }
            answer.body_mut().extend_from_slice(&chunk);
        }
        Ok(answer)
    }

    /// What runs on this machine is never reached through a proxy.
    fn client_for(&self, url: &url::Url) -> &reqwest::Client {
        if is_loopback(url) { &self.direct } else { &self.proxied }
    }
}

fn failure(error: reqwest::Error) -> HttpError {
    if error.is_connect() { not_sent(error) } else { HttpError::AnswerLost { reason: reason(error) } }
}

fn not_sent(error: reqwest::Error) -> HttpError {
    HttpError::NotSent { reason: reason(error) }
}

/// The innermost cause: the outer ones repeat the URL, whose query may say more than a log should.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "time ran out".to_owned();
    }
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
