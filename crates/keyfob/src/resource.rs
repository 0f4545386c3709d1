//! Requests to APIs: the token is attached here, only for origins that the configuration binds to an audience, and the
//! caller never holds it.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;

use crate::{
    config::Config,
    endpoint::EndpointUrl,
    error::{AccessTokenError, FetchError},
    http::{Limits, OTHER_LIMITS},
    protocol::userinfo::authorization,
    session::{AccessTokenRequest, EventKind, Keyfob, Proof, TokenSet, Wanted},
};

/// Bodies are held whole, each way.
const LIMITS: Limits = Limits { timeout: OTHER_LIMITS.timeout, body: 1024 * 1024 };

/// What a caller may not set: the token's own header, and what belongs to the connection.
const PROTECTED: [&str; 11] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "dpop",
    "host",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// A request to an API.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// Absolute, or relative to the configured `apiBaseUrl`.
    pub url: String,
    /// The method.
    pub method: Method,
    /// Its headers; the protected ones are refused.
    pub headers: HeaderMap,
    /// Its body, at most 1 MiB.
    pub body: Vec<u8>,
}

/// An API's answer, whatever its status. Redirects are answers too: they are not followed.
#[derive(Clone, Debug)]
pub struct FetchResponse {
    /// The status.
    pub status: StatusCode,
    /// Its headers, without cookies.
    pub headers: HeaderMap,
    /// Its body, at most 1 MiB after decompression.
    pub body: Vec<u8>,
    /// What happened underneath.
    pub outcome: FetchOutcome,
}

/// What happened underneath a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// The token was at hand.
    Cached,
    /// The token was renewed first.
    Refreshed,
    /// The API refused the token with 401, and took a newer one.
    Replayed,
}

impl Keyfob {
    /// Sends a request with the access token for its origin. A 401 leads to one refresh, shared by all whose request
    /// failed with the same token, and one replay (RFC 6750 section 3.1).
    ///
    /// Errors: `url_not_allowed`, `relative_url`, `invalid_argument`, `body_too_large`, `network`, `proof_refused`, and
    /// those of [`access_token`](Self::access_token).
    pub async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        if request.body.len() > LIMITS.body {
            return Err(FetchError::BodyTooLarge { limit: LIMITS.body });
        }
        let url = self.resolve(&request.url)?;
        let audience = self
            .api_config()?
            .resources
            .iter()
            .find(|resource| resource.origin == url.as_url().origin())
            .map(|resource| resource.audience.clone())
            .ok_or(FetchError::UrlNotAllowed)?;
        let wish = AccessTokenRequest { audience: Some(audience), ..AccessTokenRequest::default() };
        let token = self.wanted_token(&wish, Wanted::Live).await?;
        let outcome = if token.from_cache { FetchOutcome::Cached } else { FetchOutcome::Refreshed };
        let response = self.send(&url, &request, &token).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer(response, outcome));
        }
        // Somebody else may have renewed it meanwhile, or be about to: then nothing more is refreshed.
        let refused = Wanted::OtherThan(&token.access_token);
        let newer = self.wanted_token(&wish, refused).await?;
        self.happened(EventKind::Replayed, wish.audience.as_deref(), None);
        Ok(answer(self.send(&url, &request, &newer).await?, FetchOutcome::Replayed))
    }

    /// Where a request would go: an absolute URL as it is, a relative one against the configured `apiBaseUrl`.
    ///
    /// Errors: `relative_url`, `invalid_argument`, `url_not_allowed`, `not_configured`, `invalid_configuration`.
    pub fn resolve(&self, url: &str) -> Result<EndpointUrl, FetchError> {
        resolve(url, self.api_config()?.api_base_url.as_ref())
    }

    fn api_config(&self) -> Result<&Config, FetchError> {
        Ok(self.config().map_err(|error| AccessTokenError::unavailable(&error))?)
    }

    async fn send(
        &self,
        url: &EndpointUrl,
        request: &FetchRequest,
        token: &TokenSet,
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        let mut sent = http::Request::new(request.body.clone());
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() =
            url.as_str().parse().map_err(|_| FetchError::InvalidArgument("its URL can't be sent"))?;
        *sent.headers_mut() = allowed(&request.headers)?;
        let proof = Proof::of_token(token.bound_to.as_ref(), &token.access_token);
        let authorization = authorization(proof.scheme(), &token.access_token);
        let authorization =
            authorization.ok_or(FetchError::InvalidArgument("the token can't stand in a header"))?;
        sent.headers_mut().insert(header::AUTHORIZATION, authorization);
        let response = self.send_to_api(sent, LIMITS, proof).await?;
        // Not of the token: another one would fare no better.
        if proof.complaint(&response).is_some() { Err(FetchError::ProofRefused) } else { Ok(response) }
    }
}

/// The request's URL: judged before anything is sent, and without a trick in it that shows one host and means another.
fn resolve(url: &str, base: Option<&EndpointUrl>) -> Result<EndpointUrl, FetchError> {
    let absolute = match Url::parse(url) {
        Ok(absolute) => absolute,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            let base = base.ok_or(FetchError::RelativeUrl)?;
            base.as_url().join(url).map_err(|_| FetchError::InvalidArgument("its URL can't be parsed"))?
        }
        Err(_) => return Err(FetchError::InvalidArgument("its URL can't be parsed")),
    };
    EndpointUrl::parse(absolute.as_str()).map_err(|_| FetchError::UrlNotAllowed)
}

fn allowed(headers: &HeaderMap) -> Result<HeaderMap, FetchError> {
    let protected =
        |name: &HeaderName| PROTECTED.contains(&name.as_str()) || name.as_str().starts_with("proxy-");
    if headers.keys().any(protected) {
        return Err(FetchError::InvalidArgument("one of its headers is not the caller's to set"));
    }
    Ok(headers.clone())
}

fn answer(response: http::Response<Vec<u8>>, outcome: FetchOutcome) -> FetchResponse {
    let (mut head, body) = response.into_parts();
    head.headers.remove(header::SET_COOKIE);
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    FetchResponse { status: head.status, headers: head.headers, body, outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_as_it_is_or_resolved_against_the_base() {
        let base = EndpointUrl::parse("https://api.example/v1/").expect("a base");
        let resolved = |url: &str| resolve(url, Some(&base)).map(|url| url.as_str().to_owned());
        assert_eq!(resolved("me").as_deref(), Ok("https://api.example/v1/me"));
        assert_eq!(resolved("https://other.example/x").as_deref(), Ok("https://other.example/x"));
        assert_eq!(resolved("//evil.example/x").as_deref(), Ok("https://evil.example/x"));
        assert_eq!(resolved("https://api.example@evil.example/"), Err(FetchError::UrlNotAllowed));
        assert_eq!(resolved("file:///etc/passwd"), Err(FetchError::UrlNotAllowed));
        assert_eq!(resolve("me", None).map(|_| ()), Err(FetchError::RelativeUrl));
    }

    #[test]
    fn protected_headers_are_not_the_callers_to_set() {
        for name in PROTECTED {
            let name = HeaderName::from_static(name);
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_static("x"))]);
            assert!(allowed(&headers).is_err());
        }
        let fine = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
        assert!(allowed(&fine).is_ok());
    }
}
