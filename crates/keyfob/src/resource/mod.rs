//! Requests to APIs: the token is attached here, only for origins that the configuration binds to an audience, and the
//! caller never holds it.

mod body;
mod redirects;
mod refusals;

use std::{fmt, future::Future, pin::pin};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use url::Url;

pub(crate) use self::refusals::Refusals;
pub use self::{
    body::{Body, Pieces},
    redirects::RedirectMode,
};
use self::{
    body::{Delivery, Progress},
    redirects::BODY_IS_SPENT,
};
use crate::{
    config::{Config, Resource},
    endpoint::EndpointUrl,
    error::{AccessTokenError, FetchError, HttpError},
    http::Incoming,
    protocol::{authorization::SignInOptions, resource::is_expired, userinfo::authorization},
    session::{AccessTokenRequest, EventKind, Keyfob, Proof, TokenSet, Wanted},
};

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

/// What no caller may do: `TRACE` has the server repeat the token in its answer, `CONNECT` opens a tunnel (Fetch standard,
/// "forbidden method").
const FORBIDDEN: [&str; 3] = ["CONNECT", "TRACE", "TRACK"];

/// A request to an API.
#[derive(Debug)]
pub struct FetchRequest {
    /// Absolute, or relative to the configured `apiBaseUrl`.
    pub url: String,
    /// The method; `CONNECT`, `TRACE` and `TRACK` are refused.
    pub method: Method,
    /// Its headers; the protected ones are refused.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Body,
    /// What becomes of redirects.
    pub redirect: RedirectMode,
    /// Whose token it carries, of the audiences that the URL's origin is bound to; the first one by default.
    pub audience: Option<String>,
    /// What the token has to allow beyond the scope of the sign-in, separated by spaces.
    pub scope: Option<String>,
}

impl FetchRequest {
    /// A request without headers and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method,
            headers: HeaderMap::new(),
            body: Body::default(),
            redirect: RedirectMode::default(),
            audience: None,
            scope: None,
        }
    }

    /// A `GET` without headers.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }
}

/// An API's answer, whatever its status; its body comes in as it is read.
pub struct FetchResponse {
    /// The status.
    pub status: StatusCode,
    /// Its headers, without cookies.
    pub headers: HeaderMap,
    /// Where it comes from, the last redirect being followed.
    pub url: EndpointUrl,
    /// Whether a redirect was followed.
    pub redirected: bool,
    /// What happened underneath.
    pub outcome: FetchOutcome,
    body: Incoming,
}

impl FetchResponse {
    /// The next piece of the body, once there is one; `None` at its end. As long as nobody asks, nothing more is read.
    ///
    /// Errors: `network`.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        Ok(self.body.chunk().await?)
    }

    /// The whole body, however large.
    ///
    /// Errors: `network`.
    pub async fn bytes(self) -> Result<Bytes, FetchError> {
        Ok(self.body.read(usize::MAX).await?.into())
    }

    /// The whole body as text, in UTF-8; what is none is replaced.
    ///
    /// Errors: `network`.
    pub async fn text(self) -> Result<String, FetchError> {
        Ok(String::from_utf8_lossy(&self.bytes().await?).into_owned())
    }
}

impl fmt::Debug for FetchResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FetchResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("url", &self.url)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// What happened underneath a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// The token was at hand.
    Cached,
    /// The token was renewed first.
    Refreshed,
    /// The API took the token for expired, and got a newer one.
    Replayed,
}

impl Keyfob {
    /// Sends a request with the access token for its origin. A 401, or a status that the configuration names for it,
    /// leads to one refresh, shared by all whose request failed with the same token, and one replay (RFC 6750 section
    /// 3.1), if the body can be sent again. An API that refuses the new token too is believed for half a minute.
    ///
    /// Errors: `url_not_allowed`, `relative_url`, `invalid_argument`, `network`, `proof_refused`, `interaction_required`
    /// where the API wants the person to prove more of themselves (RFC 9470), and those of
    /// [`access_token`](Self::access_token).
    pub async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        self.fetch_within(request, &|_| true).await
    }

    /// The same for a caller that may go to some URLs only: redirects to others are not followed.
    ///
    /// Errors: as [`fetch`](Self::fetch).
    pub async fn fetch_within(
        &self,
        request: FetchRequest,
        allowed: &(dyn Fn(&Url) -> bool + Send + Sync),
    ) -> Result<FetchResponse, FetchError> {
        let url = self.resolve(&request.url)?;
        if !allowed(url.as_url()) {
            return Err(FetchError::UrlNotAllowed);
        }
        let resource = self.resource_of(&url, request.audience.as_deref())?;
        let headers = without_protected(request.headers)?;
        let method = permitted(request.method)?;
        let wish = AccessTokenRequest {
            audience: Some(resource.audience.clone()),
            scope: request.scope,
            ..AccessTokenRequest::default()
        };
        let mut hop = Hop { url, method, headers, body: request.body };
        let first = self.wanted_token(&wish, Wanted::Live).await?;
        let mut outcome = if first.from_cache { FetchOutcome::Cached } else { FetchOutcome::Refreshed };
        let mut token = Some(first);
        let mut followed = 0;
        loop {
            let response = self.send(&mut hop, token.as_ref()).await?;
            if token.is_some()
                && let Some(options) = wanted_step_up(&response)
            {
                return Err(FetchError::StepUpRequired(Box::new(options)));
            }
            if let Some(refused) = &token
                && is_expired(&response, &resource.expired_statuses)
            {
                let is_replay = outcome == FetchOutcome::Replayed;
                let newer = self.instead_of(refused, &wish, resource, is_replay).await;
                if let (Some(newer), true) = (newer, hop.body.is_there()) {
                    token = Some(newer?);
                    outcome = FetchOutcome::Replayed;
                    self.happened(EventKind::Replayed, wish.audience.as_deref(), None);
                    continue;
                }
            }
            let location = redirects::location(response.status(), response.headers());
            let (Some(location), true) = (location, request.redirect != RedirectMode::Manual) else {
                return Ok(answer(response, hop.url, followed > 0, outcome));
            };
            if request.redirect == RedirectMode::Error {
                return Err(FetchError::Redirect("it redirects"));
            }
            let from = hop.url.as_url().origin();
            hop = redirects::follow(hop, response.status(), location, followed, allowed)?;
            // For good: what has been elsewhere is not the request of before any more.
            token = token.filter(|_| hop.url.as_url().origin() == from);
            followed += 1;
        }
    }

    /// The token to try in the place of one that an API has refused; `None` where there is nothing to try.
    async fn instead_of(
        &self,
        refused: &TokenSet,
        wish: &AccessTokenRequest,
        resource: &Resource,
        is_replay: bool,
    ) -> Option<Result<TokenSet, FetchError>> {
        let setup = self.setup().ok()?;
        let now = setup.clock.monotonic();
        if is_replay {
            setup.refusals.note(resource, now);
        }
        if is_replay || setup.refusals.are_recent(resource, now) {
            return None;
        }
        // Somebody else may have renewed it meanwhile, or be about to: then nothing more is refreshed.
        Some(match self.wanted_token(wish, Wanted::OtherThan(&refused.access_token)).await {
            // Nobody's request is sent again as somebody else's.
            Ok(newer) if newer.account != refused.account => Err(AccessTokenError::Superseded.into()),
            newer => newer.map_err(Into::into),
        })
    }

    /// The same as [`fetch`](Self::fetch) for a request of reqwest's, built by any client: its URL, method, headers and
    /// body are sent, and nothing of the client's own settings applies.
    ///
    /// ```no_run
    /// # async fn run(keyfob: keyfob::Keyfob) -> Result<(), Box<dyn std::error::Error>> {
    /// use keyfob::reqwest::Client;
    ///
    /// let request = Client::new().get("https://api.example.com/me").build()?;
    /// let me = keyfob.execute(request).await?.error_for_status()?.text().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Errors: as [`fetch`](Self::fetch).
    pub async fn execute(&self, mut request: reqwest::Request) -> Result<reqwest::Response, FetchError> {
        // Its forms say so by themselves.
        let length = request.headers_mut().remove(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let body = request.body_mut().take().map(|body| Body::of_reqwest(body, length)).unwrap_or_default();
        let wanted = FetchRequest {
            headers: std::mem::take(request.headers_mut()),
            body,
            ..FetchRequest::new(request.method().clone(), request.url().as_str())
        };
        let answer = self.fetch(wanted).await?;
        Ok(answer.body.into_response(answer.headers))
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

    fn resource_of(&self, url: &EndpointUrl, audience: Option<&str>) -> Result<&Resource, FetchError> {
        self.api_config()?
            .resources
            .iter()
            .filter(|resource| resource.origin == url.as_url().origin())
            .find(|resource| audience.is_none_or(|audience| resource.audience == audience))
            .ok_or(FetchError::UrlNotAllowed)
    }

    async fn send(&self, hop: &mut Hop, token: Option<&TokenSet>) -> Result<Response<Incoming>, FetchError> {
        let mut request = Request::new(());
        *request.method_mut() = hop.method.clone();
        *request.uri_mut() =
            hop.url.as_str().parse().map_err(|_| FetchError::InvalidArgument("its URL can't be sent"))?;
        *request.headers_mut() = hop.headers.clone();
        let Some(token) = token else { return self.send_to_api(request, &mut hop.body, Proof::None).await };
        let proof = Proof::of_token(token.bound_to.as_ref(), &token.access_token);
        let authorization = authorization(proof.scheme(), &token.access_token);
        let authorization =
            authorization.ok_or(FetchError::InvalidArgument("the token can't stand in a header"))?;
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
        let response = self.send_to_api(request, &mut hop.body, proof).await?;
        // Not of the token: another one would fare no better.
        if proof.api_complaint(&response).is_some() { Err(FetchError::ProofRefused) } else { Ok(response) }
    }

    /// Sends a request with its proof and its body. A server that wants a nonce is asked once more, if the body can be.
    async fn send_to_api(
        &self,
        mut request: Request<()>,
        body: &mut Body,
        proof: Proof<'_>,
    ) -> Result<Response<Incoming>, FetchError> {
        let setup = self.setup().map_err(|error| AccessTokenError::unavailable(&error))?;
        let mut exchange = setup.exchange(&request, proof);
        loop {
            exchange.prove(&mut request)?;
            let length = body.length();
            let outgoing = body.outgoing().ok_or(FetchError::Redirect(BODY_IS_SPENT))?;
            let sent = with_body(&request, outgoing.body, length);
            let response = in_good_time(setup.http.send(sent, None), outgoing.delivery).await?;
            let complaint = proof.api_complaint(&response);
            if !exchange.learn(&response, complaint, body.is_repeatable()) {
                return Ok(response);
            }
        }
    }
}

/// A request as it goes to one URL.
struct Hop {
    url: EndpointUrl,
    method: Method,
    headers: HeaderMap,
    body: Body,
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

fn without_protected(headers: HeaderMap) -> Result<HeaderMap, FetchError> {
    let protected =
        |name: &HeaderName| PROTECTED.contains(&name.as_str()) || name.as_str().starts_with("proxy-");
    if headers.keys().any(protected) {
        return Err(FetchError::InvalidArgument("one of its headers is not the caller's to set"));
    }
    Ok(headers)
}

fn permitted(method: Method) -> Result<Method, FetchError> {
    if FORBIDDEN.iter().any(|name| method.as_str().eq_ignore_ascii_case(name)) {
        return Err(FetchError::InvalidArgument("its method is one that nobody may use"));
    }
    Ok(method)
}

fn with_body(request: &Request<()>, body: reqwest::Body, length: Option<u64>) -> Request<reqwest::Body> {
    let is_in_pieces = body.as_bytes().is_none();
    let mut sent = request.clone().map(|()| body);
    // Of bytes that are at hand the client knows it by itself; of none, whether the method wants it said.
    if let (Some(length), true) = (length, is_in_pieces) {
        sent.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    sent
}

/// The head of the answer. Whoever makes the pieces of the body may take their time; the server may not.
async fn in_good_time<T>(
    answer: impl Future<Output = Result<T, HttpError>>,
    Delivery { mut progress, patience }: Delivery,
) -> Result<T, HttpError> {
    let mut answer = pin!(answer);
    let mut is_under_way = true;
    loop {
        let waits_for_caller = is_under_way && *progress.borrow_and_update() == Progress::Waiting;
        tokio::select! {
            answer = &mut answer => return answer,
            changed = progress.changed(), if is_under_way => is_under_way = changed.is_ok(),
            () = tokio::time::sleep(patience), if !waits_for_caller => {
                return Err(HttpError::AnswerLost { reason: "time ran out".to_owned() });
            }
        }
    }
}

/// The token is good, and the person has to prove more of themselves (RFC 9470 section 3).
fn wanted_step_up(response: &Response<Incoming>) -> Option<SignInOptions> {
    let refused = response.status() == StatusCode::UNAUTHORIZED;
    refused.then(|| SignInOptions::from_challenge(response.headers())).flatten()
}

fn answer(
    response: Response<Incoming>,
    url: EndpointUrl,
    redirected: bool,
    outcome: FetchOutcome,
) -> FetchResponse {
    let (mut head, body) = response.into_parts();
    head.headers.remove(header::SET_COOKIE);
    FetchResponse { status: head.status, headers: head.headers, url, redirected, outcome, body }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{sync::watch, time::Instant};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(45);

    /// How long somebody waits for an answer that never comes, while the body is where `progress` says.
    async fn waited(progress: watch::Receiver<Progress>) -> Duration {
        let began = Instant::now();
        let delivery = Delivery { progress, patience: PATIENCE };
        let lost = in_good_time(std::future::pending::<Result<(), HttpError>>(), delivery).await;
        assert!(matches!(lost, Err(HttpError::AnswerLost { .. })), "{lost:?}");
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_takes_no_more_and_says_nothing_is_given_up_in_good_time() {
        let (sender, progress) = watch::channel(Progress::Moving);
        assert_eq!(waited(progress.clone()).await, PATIENCE);
        // Each piece that it takes begins the wait anew.
        let slow = tokio::spawn(waited(progress.clone()));
        for _ in 0..4 {
            tokio::time::sleep(PATIENCE / 2).await;
            sender.send_replace(Progress::Moving);
        }
        assert_eq!(slow.await.expect("a wait"), PATIENCE * 3);
        drop(sender);
        assert_eq!(waited(progress).await, PATIENCE, "all of the body has gone");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_makes_the_pieces_may_take_their_time() {
        let (sender, progress) = watch::channel(Progress::Waiting);
        let slow = tokio::spawn(waited(progress));
        tokio::time::sleep(PATIENCE * 10).await;
        assert!(!slow.is_finished());
        sender.send_replace(Progress::Moving);
        assert_eq!(slow.await.expect("a wait"), PATIENCE * 11);
    }

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
            assert!(without_protected(headers).is_err());
        }
        let fine = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
        assert!(without_protected(fine).is_ok());
    }
}
