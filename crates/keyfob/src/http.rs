//! The one place that speaks HTTP: a request in, a bounded response out.

use std::{
    error::Error,
    fmt, io,
    sync::{Arc, LazyLock},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{StatusCode, Uri, header};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::redirect::Policy;
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::{config::RootCertificate, endpoint::is_loopback, error::HttpError, sabotage::off};

/// What a request of the protocol may take.
pub(crate) const TOKEN_LIMITS: Limits = Limits { timeout: Duration::from_secs(10), body: 1024 * 1024 };
/// The same for all that is not the token endpoint.
pub(crate) const OTHER_LIMITS: Limits = Limits { timeout: Duration::from_secs(30), body: 1024 * 1024 };

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A network that is back answers within one lost packet; whoever asks wants to know now.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an answer may take, and how large it may be after decompression.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) timeout: Duration,
    pub(crate) body: usize,
}

/// The way to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Straight to it.
    Direct,
    /// Through a proxy: its scheme, host and port, without the name and password that it may want.
    Proxy(String),
}

/// The HTTP client. It follows no redirects: a redirect from a protocol endpoint would carry credentials elsewhere.
///
/// It takes the proxy that the system or the environment names (`HTTPS_PROXY`, `NO_PROXY` and their kin), and trusts
/// whom the operating system trusts and the configured `extraRoots`.
#[derive(Clone)]
pub(crate) struct Http {
    direct: Arc<LazyClient>,
    proxied: Arc<LazyClient>,
    /// The same that `proxied` asks, which doesn't tell.
    proxies: Arc<Matcher>,
}

/// Made when it is first needed, which reads some hundred files: whom the system trusts.
type LazyClient = LazyLock<Made, Box<dyn FnOnce() -> Made + Send>>;

type Made = Result<reqwest::Client, HttpError>;

impl Http {
    /// Its clients are made beside what else an app's start takes, unless a configured root has to be looked at.
    pub(crate) fn new(extra_roots: &[RootCertificate]) -> Result<Self, HttpError> {
        let roots = extra_roots
            .iter()
            .map(|root| reqwest::Certificate::from_der(root.der()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(not_sent)?;
        let builder = move || {
            reqwest::Client::builder()
                .user_agent(concat!("keyfob/", env!("CARGO_PKG_VERSION")))
                .redirect(redirects())
                .connect_timeout(CONNECT_TIMEOUT)
                .tls_certs_merge(roots.clone())
        };
        let http = Self {
            proxied: lazily(builder.clone()),
            direct: lazily(move || builder().no_proxy()),
            proxies: Arc::new(Matcher::from_system()),
        };
        if extra_roots.is_empty() {
            http.prepare();
        } else {
            client(&http.proxied)?;
        }
        Ok(http)
    }

    /// What runs on this machine is seldom asked, and waits for its client.
    fn prepare(&self) {
        let proxied = self.proxied.clone();
        // Without a thread it is made by who needs it first.
        let _ = thread::Builder::new().name("keyfob-roots".to_owned()).spawn(move || {
            LazyLock::force(&proxied);
        });
    }

    /// Sends one request and reads its answer, whatever its status.
    pub(crate) async fn execute(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<http::Response<Vec<u8>>, HttpError> {
        let (head, body) = self.send(request, Some(limits.timeout)).await?.into_parts();
        Ok(http::Response::from_parts(head, body.read(limits.body).await?))
    }

    /// Sends one request, and gives its answer as soon as its head is there. `timeout` is for the whole, its body too.
    pub(crate) async fn send<B: Into<reqwest::Body>>(
        &self,
        request: http::Request<B>,
        timeout: Option<Duration>,
    ) -> Result<http::Response<Incoming>, HttpError> {
        let mut request = reqwest::Request::try_from(request).map_err(not_sent)?;
        *request.timeout_mut() = timeout;
        let loopback = is_loopback(request.url());
        let client = client(if loopback { &self.direct } else { &self.proxied })?;
        let mut response = client.execute(request).await.map_err(failure)?;
        // No server says so: a proxy does, instead of passing the request on.
        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED && !loopback {
            return Err(HttpError::ProxyAuthentication);
        }
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut answer = http::Response::new(Incoming(response));
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }

    /// Whether a connection to a server can be made now; or to the proxy before it, which is as far as one can see.
    pub(crate) async fn reachable(&self, url: &Url) -> bool {
        let proxy = self.proxy_for(url);
        let proxy = proxy.as_ref().and_then(|proxy| address(&Url::parse(&proxy.uri().to_string()).ok()?));
        let Some((host, port)) = proxy.or_else(|| address(url)) else { return false };
        let connected = tokio::time::timeout(PROBE_TIMEOUT, TcpStream::connect((host, port))).await;
        matches!(connected, Ok(Ok(_)))
    }

    /// The way that a request to a URL takes.
    pub(crate) fn route(&self, url: &Url) -> Route {
        self.proxy_for(url).map_or(Route::Direct, |proxy| {
            let uri = proxy.uri();
            let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
            Route::Proxy(format!(
                "{}://{}{port}",
                uri.scheme_str().unwrap_or("http"),
                uri.host().unwrap_or_default()
            ))
        })
    }

    /// What runs on this machine is never reached through a proxy.
    fn proxy_for(&self, url: &Url) -> Option<Intercept> {
        if is_loopback(url) {
            return None;
        }
        self.proxies.intercept(&url.as_str().parse::<Uri>().ok()?)
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's name and password stand in all that is in here.
        formatter.debug_struct("Http").finish_non_exhaustive()
    }
}

/// The body of an answer, which comes in as it is read.
pub(crate) struct Incoming(reqwest::Response);

impl Incoming {
    /// The next piece, decompressed; `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        self.0.chunk().await.map_err(failure)
    }

    /// All of it, if that is no more than `limit` bytes.
    pub(crate) async fn read(mut self, limit: usize) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > limit {
                return Err(HttpError::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// As reqwest gives an answer, with these headers.
    pub(crate) fn into_response(mut self, headers: http::HeaderMap) -> reqwest::Response {
        *self.0.headers_mut() = headers;
        self.0
    }
}

/// How many seconds a server's clock is ahead of `now`, by the `Date` of its answer (RFC 9110 section 6.6.1). An answer
/// out of a cache says how old it is (RFC 9111 section 5.1).
pub(crate) fn clock_offset(response: &http::Response<Vec<u8>>, now: SystemTime) -> Option<i64> {
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let date = httpdate::parse_http_date(text(header::DATE)?).ok()?;
    let age = text(header::AGE).and_then(|age| age.parse().ok()).unwrap_or(0_u32);
    Some(seconds(date)? + i64::from(age) - seconds(now)?)
}

fn lazily(builder: impl FnOnce() -> reqwest::ClientBuilder + Send + 'static) -> Arc<LazyClient> {
    Arc::new(LazyLock::new(Box::new(|| builder().build().map_err(not_sent))))
}

/// Waits for it while it is being made.
fn client(made: &LazyClient) -> Result<&reqwest::Client, HttpError> {
    LazyLock::force(made).as_ref().map_err(Clone::clone)
}

fn redirects() -> Policy {
    if off("redirects") { Policy::limited(1) } else { Policy::none() }
}

fn seconds(time: SystemTime) -> Option<i64> {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| since.as_secs().try_into().ok())
}

fn address(url: &Url) -> Option<(String, u16)> {
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        // Without the brackets.
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    Some((host, url.port_or_known_default()?))
}

fn failure(error: reqwest::Error) -> HttpError {
    if error.is_connect() { no_connection(error) } else { HttpError::AnswerLost { reason: reason(error) } }
}

fn no_connection(error: reqwest::Error) -> HttpError {
    match tls_failure(&error) {
        // Our verdict on the server's certificate: its signer, its name or its time.
        Some(rustls::Error::InvalidCertificate(_)) if !off("certificate") => {
            return HttpError::CertificateUntrusted { reason: reason(error) };
        }
        Some(rustls::Error::InvalidMessage(_)) => return HttpError::NotSent { reason: NO_TLS.to_owned() },
        _ => {}
    }
    let reason = reason(error);
    if reason.ends_with(TUNNEL_WANTS_AUTHENTICATION) {
        return HttpError::ProxyAuthentication;
    }
    HttpError::NotSent { reason }
}

fn not_sent(error: reqwest::Error) -> HttpError {
    HttpError::NotSent { reason: reason(error) }
}

/// What hyper-util calls a CONNECT that is answered with 407: its type isn't public, its words are all there is. A test
/// tells when they change.
const TUNNEL_WANTS_AUTHENTICATION: &str = "proxy authorization required";

/// As a rule an address that begins with `https:` and leads to a server that speaks plain HTTP.
const NO_TLS: &str = "what answers there doesn't speak TLS";

/// What TLS ended with.
fn tls_failure(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(failure) = error.downcast_ref() {
            return Some(failure);
        }
        // An `io::Error` gives the source of what it wraps as its own, and so hides what it wraps.
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// The innermost cause: the outer ones repeat the URL, whose query may say more than a log should.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "time ran out".to_owned();
    }
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use http::{Request, Response};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    fn behind(proxy: &str) -> Result<Http, Box<dyn Error>> {
        let proxy_of_all = reqwest::Proxy::all(proxy)?;
        Ok(Http {
            proxied: lazily(|| reqwest::Client::builder().proxy(proxy_of_all)),
            proxies: Arc::new(Matcher::builder().all(proxy).no("direct.test").build()),
            ..Http::new(&[])?
        })
    }

    /// A server that answers whatever comes with the same.
    async fn answering(answer: &'static str) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let _ = client.read(&mut [0; 1024]).await;
                let _ = client.write_all(answer.as_bytes()).await;
            }
        });
        Ok(address)
    }

    #[test]
    fn a_route_names_the_proxy_and_not_its_password() -> Outcome {
        let http = behind("http://ada:secret@proxy.test:3128")?;
        let proxy = Route::Proxy("http://proxy.test:3128".to_owned());
        for (url, route) in [
            ("https://id.test/", &proxy),
            ("https://direct.test/", &Route::Direct),
            ("http://127.0.0.1:1/", &Route::Direct),
            ("http://localhost:1/", &Route::Direct),
            ("http://[::1]:1/", &Route::Direct),
        ] {
            assert_eq!(&http.route(&Url::parse(url)?), route, "{url}");
        }
        assert!(!format!("{http:?}").contains("proxy.test"));
        Ok(())
    }

    #[tokio::test]
    async fn what_is_reachable_is_seen_by_connecting_to_it_or_to_its_proxy() -> Outcome {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let http = behind(&origin)?;
        let (server, elsewhere) = (Url::parse(&origin)?, Url::parse("https://id.test/")?);
        assert!(http.reachable(&server).await);
        assert!(http.reachable(&elsewhere).await);
        drop(listener);
        assert!(!http.reachable(&server).await);
        assert!(!http.reachable(&elsewhere).await);
        Ok(())
    }

    #[tokio::test]
    async fn a_407_is_the_answer_of_the_proxy_and_one_from_loopback_a_servers() -> Outcome {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        let origin = format!("http://{}", answering(answer).await?);
        let http = behind(&origin)?;
        let get = |url: &str| Request::get(url).body(Vec::new());
        for url in ["http://id.test/", "https://id.test/"] {
            let answer = http.execute(get(url)?, TOKEN_LIMITS).await;
            assert_eq!(answer.map(|answer| answer.status()), Err(HttpError::ProxyAuthentication), "{url}");
        }
        let answer = http.execute(get(&origin)?, TOKEN_LIMITS).await?;
        assert_eq!(answer.status(), StatusCode::PROXY_AUTHENTICATION_REQUIRED);
        Ok(())
    }

    #[tokio::test]
    async fn a_server_of_plain_http_at_an_https_address_is_told_in_words() -> Outcome {
        let address = answering("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await?;
        let url = format!("https://{address}/");
        let answer = Http::new(&[])?.execute(Request::get(url).body(Vec::new())?, TOKEN_LIMITS).await;
        let expected = HttpError::NotSent { reason: NO_TLS.to_owned() };
        assert_eq!(answer.map(|answer| answer.status()), Err(expected));
        Ok(())
    }

    #[test]
    fn a_servers_clock_is_read_from_its_answer() -> Outcome {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let now = httpdate::parse_http_date(date)?;
        let answer = |name: &str, value: &str| {
            Response::builder().header(header::DATE, date).header(name, value).body(Vec::new())
        };
        for (offset, response, now) in [
            (Some(0), answer("x", "")?, now),
            (Some(90), answer("x", "")?, now - Duration::from_secs(90)),
            (Some(-90), answer("x", "")?, now + Duration::from_secs(90)),
            (Some(0), answer("age", "60")?, now + Duration::from_secs(60)),
            (Some(0), answer("age", "old")?, now),
            (None, Response::new(Vec::new()), now),
            (None, Response::builder().header(header::DATE, "today").body(Vec::new())?, now),
        ] {
            assert_eq!(clock_offset(&response, now), offset);
        }
        Ok(())
    }
}
