//! The loopback listener (RFC 8252 sections 7.3 and 8.3): one answer to one request, from a browser on this machine.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

use crate::{
    config::{Loopback, LoopbackHost},
    sabotage::off,
};

pub(crate) const PATH: &str = "/callback";
/// A request line with a callback in it; what is longer is none.
const LONGEST_REQUEST: usize = 64 * 1024;
/// A browser sends its request at once; whoever dawdles holds a place.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a browser that has its answer may take to close the connection.
const LINGER: Duration = Duration::from_secs(1);
/// After an error of `accept`, which is one connection's, or passing: out of descriptors, say.
const PAUSE: Duration = Duration::from_millis(50);
/// So many are heard at once; the oldest makes room, so that idle ones can't keep the browser out.
const MOST_CONNECTIONS: usize = 64;
/// Of a free port on one address, another program may hold the same on the other.
const TRIES_FOR_BOTH: usize = 16;

/// A listener that waits for the browser.
#[derive(Debug)]
pub(crate) struct Listener {
    /// Two for `localhost`, which browsers resolve to either address.
    sockets: Vec<TcpListener>,
    redirect_uri: String,
    authority: String,
    page: String,
}

/// Judges the URL that a browser has asked for.
type Expected = dyn Fn(&str) -> bool + Send + Sync;

impl Listener {
    /// Binds to the loopback interface only: any free port, or the first free one of those configured; IPv4 or IPv6,
    /// whichever there is, unless the configuration says which (RFC 8252 section 7.3).
    pub(crate) fn bind(address: &Loopback, app_name: &str) -> io::Result<Self> {
        let (host, sockets) = match address.host {
            Some(host) => (host, first_free(host, &address.ports)?),
            None => match first_free(LoopbackHost::Ipv4, &address.ports) {
                Ok(sockets) => (LoopbackHost::Ipv4, sockets),
                // There is IPv4, and the provider may know only its address.
                Err(error) if is_taken(&error) || off("other_family") => return Err(error),
                Err(_) => (LoopbackHost::Ipv6, first_free(LoopbackHost::Ipv6, &address.ports)?),
            },
        };
        let authority = format!("{}:{}", host.as_str(), port_of(&sockets)?);
        Ok(Self {
            sockets,
            redirect_uri: format!("http://{authority}{PATH}"),
            authority,
            page: page(app_name),
        })
    }

    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the callback that is expected, and answers everything else with "not found". The port is closed when
    /// this returns.
    pub(crate) async fn answer(self, expected: Arc<Expected>) -> String {
        let Self { sockets, authority, page, .. } = self;
        let (found, mut callback) = mpsc::channel(1);
        let desk = Arc::new(Desk { authority, page, expected, found });
        let mut connections = Connections::default();
        let mut turn = 0;
        let url = loop {
            tokio::select! {
                Some(url) = callback.recv() => break url,
                accepted = poll_fn(|context| accept(&sockets, &mut turn, context)) => match accepted {
                    Ok(stream) => connections.add(Arc::clone(&desk), stream),
                    Err(_) => tokio::time::sleep(PAUSE).await,
                },
            }
        };
        drop(sockets);
        connections.tasks.shutdown().await;
        url
    }
}

/// Takes turns, so that a flood on one address doesn't keep the browser from the other.
fn accept(
    sockets: &[TcpListener],
    turn: &mut usize,
    context: &mut Context<'_>,
) -> Poll<io::Result<TcpStream>> {
    *turn += 1;
    let ready = sockets.iter().cycle().skip(*turn % 2).take(sockets.len()).find_map(|socket| {
        match socket.poll_accept(context) {
            Poll::Ready(accepted) => Some(accepted),
            Poll::Pending => None,
        }
    });
    ready.map_or(Poll::Pending, |accepted| Poll::Ready(accepted.map(|(stream, _)| stream)))
}

/// Those that are heard, the oldest first. They end with the listener.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    handles: VecDeque<AbortHandle>,
}

impl Connections {
    fn add(&mut self, desk: Arc<Desk>, stream: TcpStream) {
        while self.tasks.try_join_next().is_some() {}
        self.handles.retain(|handle| !handle.is_finished());
        if self.handles.len() >= MOST_CONNECTIONS && !off("crowding") {
            self.handles.pop_front().inspect(AbortHandle::abort);
        }
        if self.handles.len() < MOST_CONNECTIONS {
            let connection = Unanswered(Some(stream));
            self.handles.push_back(self.tasks.spawn(async move { desk.serve(connection).await }));
        }
    }
}

/// What every connection is answered from.
struct Desk {
    authority: String,
    page: String,
    expected: Arc<Expected>,
    found: mpsc::Sender<String>,
}

impl Desk {
    async fn serve(&self, mut connection: Unanswered) {
        let Ok(Some(request)) = tokio::time::timeout(PATIENCE, hear(&mut connection)).await else { return };
        let url = request.url(&self.authority).filter(|url| (self.expected)(url));
        let Some(url) = url else {
            let reply = reply("404 Not Found", "");
            if connection.tell(&reply).await {
                connection.closed().await;
            }
            return;
        };
        if let Some(stream) = connection.0.take() {
            // On its own, as this task ends with the listener; and whether the browser is still there or has gone, the
            // callback counts.
            tokio::spawn(finish(stream, reply("200 OK", &self.page)));
        }
        // The listener may have had its answer already.
        let _ = self.found.send(url).await;
    }
}

/// A connection that is reset when it is dropped: whoever closes one in the usual way, and first, keeps the port for a
/// minute, on which the next sign-in may depend.
struct Unanswered(Option<TcpStream>);

impl Unanswered {
    async fn read(&mut self, received: &mut Vec<u8>) -> Option<usize> {
        self.0.as_mut()?.read_buf(received).await.ok()
    }

    async fn tell(&mut self, reply: &str) -> bool {
        let Some(stream) = &mut self.0 else { return false };
        matches!(tokio::time::timeout(PATIENCE, stream.write_all(reply.as_bytes())).await, Ok(Ok(())))
    }

    async fn closed(&mut self) {
        if let Some(stream) = &mut self.0 {
            closed(stream).await;
        }
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(stream) = &self.0 {
            // A connection that is broken already keeps nothing.
            let _ = stream.set_zero_linger();
        }
    }
}

/// The browser closes first, if it does so soon.
async fn finish(mut stream: TcpStream, reply: String) {
    if let Ok(Ok(())) = tokio::time::timeout(PATIENCE, stream.write_all(reply.as_bytes())).await {
        closed(&mut stream).await;
    }
}

async fn closed(stream: &mut TcpStream) {
    let mut ignored = [0; 1024];
    let reading = async { while stream.read(&mut ignored).await.is_ok_and(|count| count > 0) {} };
    // One that doesn't close has all that there is for it.
    let _ = tokio::time::timeout(LINGER, reading).await;
}

/// What is read of a request.
pub(crate) struct Head {
    method_is_get: bool,
    target: String,
    host: Option<String>,
    /// The person hasn't gone there: the browser only looks ahead.
    is_prefetch: bool,
}

/// What has been received is no request, and more won't make it one.
#[derive(Debug)]
pub(crate) struct NoRequest;

impl Head {
    /// `None` while there is more to come.
    pub(crate) fn parse(received: &[u8]) -> Result<Option<Self>, NoRequest> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(received) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) if received.len() < LONGEST_REQUEST => return Ok(None),
            Ok(httparse::Status::Partial) | Err(_) => return Err(NoRequest),
        }
        let values = |name: &'static str| {
            let headers = request.headers.iter();
            headers.filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
        };
        let mut hosts = values("host");
        let host = hosts.next().filter(|_| hosts.next().is_none());
        let looks_ahead =
            |value: &[u8]| value.to_ascii_lowercase().windows(8).any(|word| word == b"prefetch");
        Ok(Some(Self {
            method_is_get: request.method == Some("GET"),
            target: request.path.ok_or(NoRequest)?.to_owned(),
            host: host.and_then(|host| str::from_utf8(host).ok()).map(str::to_owned),
            is_prefetch: ["sec-purpose", "purpose", "x-purpose", "x-moz"]
                .into_iter()
                .any(|name| values(name).any(looks_ahead)),
        }))
    }

    /// Its URL, if it is a GET for the callback's path, addressed to this listener: another `Host` is another site's
    /// name for 127.0.0.1.
    pub(crate) fn url(&self, authority: &str) -> Option<String> {
        let path = self.target.split('?').next().unwrap_or_default();
        let is_right = self.method_is_get && !self.is_prefetch && self.host.as_deref() == Some(authority);
        (path == PATH && (is_right || off("loopback_request")))
            .then(|| format!("http://{authority}{}", self.target))
    }
}

async fn hear(connection: &mut Unanswered) -> Option<Head> {
    let mut received = Vec::new();
    loop {
        if let Some(head) = Head::parse(&received).ok()? {
            return Some(head);
        }
        if connection.read(&mut received).await? == 0 {
            return None;
        }
    }
}

fn reply(status: &str, body: &str) -> String {
    let style = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    format!(
        "HTTP/1.1 {status}\r\n\
         content-type: text/html; charset=utf-8\r\n\
         content-length: {}\r\n\
         cache-control: no-store\r\n\
         referrer-policy: no-referrer\r\n\
         x-content-type-options: nosniff\r\n\
         content-security-policy: default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn first_free(host: LoopbackHost, ports: &[u16]) -> io::Result<Vec<TcpListener>> {
    let any = [0];
    let ports = if ports.is_empty() { &any[..] } else { ports };
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for &port in ports {
        let listening = match host {
            LoopbackHost::Ipv4 => listen((Ipv4Addr::LOCALHOST, port).into()).map(|socket| vec![socket]),
            LoopbackHost::Ipv6 => listen((Ipv6Addr::LOCALHOST, port).into()).map(|socket| vec![socket]),
            LoopbackHost::Name => listen_on_both(port),
        };
        match listening {
            Ok(sockets) => return Ok(sockets),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// On 127.0.0.1 and on `[::1]`, or on the one that there is. A port that another program holds on either is not free: the
/// browser might bring the code there.
fn listen_on_both(port: u16) -> io::Result<Vec<TcpListener>> {
    let tries = if port == 0 { TRIES_FOR_BOTH } else { 1 };
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..tries {
        let ipv4 = match listen((Ipv4Addr::LOCALHOST, port).into()) {
            Ok(ipv4) => ipv4,
            Err(error) if is_taken(&error) => return Err(error),
            Err(_) => return listen((Ipv6Addr::LOCALHOST, port).into()).map(|ipv6| vec![ipv6]),
        };
        let same = ipv4.local_addr()?.port();
        match listen((Ipv6Addr::LOCALHOST, same).into()) {
            Ok(ipv6) => return Ok(vec![ipv4, ipv6]),
            Err(error) if is_taken(&error) => last = error,
            Err(_) => return Ok(vec![ipv4]),
        }
    }
    Err(last)
}

fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

fn port_of(sockets: &[TcpListener]) -> io::Result<u16> {
    let first = sockets.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok(first.local_addr()?.port())
}

/// Not by `TcpListener::bind` of tokio, which sets `SO_REUSEADDR`: with it another process can take the port over
/// (RFC 8252 appendix B).
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if off("reuse_address") {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    socket.listen(1024)
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c1b22;--soft:#5d5b66;--page:#f4f3f7;--card:#fff;--line:#dddbe3;--mark:#4b48c8}\
@media(prefers-color-scheme:dark){:root{--ink:#f1f0f5;--soft:#a9a6b4;--page:#131218;--card:#1d1c24;--line:#34323e;--mark:#a5a3f7}}\
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;\
background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\
main{max-width:28rem;padding:2.5rem 2rem;text-align:center;background:var(--card);border:1px solid var(--line);border-radius:1rem}\
svg{width:3rem;height:3rem;margin-bottom:1rem;fill:none;stroke:var(--mark);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}\
h1{margin:0 0 .5rem;font-size:1.375rem;line-height:1.3;font-weight:600;overflow-wrap:anywhere}p{margin:0;color:var(--soft)}";

/// Nothing from the URL stands in it.
fn page(app_name: &str) -> String {
    let app_name = app_name.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{app_name}</title><style>{STYLE}</style><main>\
         <svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3\"/></svg>\
         <h1>You can go back to {app_name}</h1><p>This tab can be closed.</p></main></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn send(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("a request");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") && !answer.ends_with(b"</html>") {
            assert_ne!(stream.read_buf(&mut answer).await.expect("an answer"), 0);
        }
        String::from_utf8(answer).expect("text")
    }

    fn bind(address: &Loopback) -> (Listener, SocketAddr) {
        let listener = Listener::bind(address, "Key<fob").expect("a listener");
        let address = listener.sockets[0].local_addr().expect("an address");
        (listener, address)
    }

    fn right() -> Arc<Expected> {
        Arc::new(|url: &str| url.ends_with("?state=right"))
    }

    fn at(host: LoopbackHost, ports: Vec<u16>) -> Loopback {
        Loopback { host: Some(host), ports }
    }

    #[tokio::test]
    async fn s_19_s_21_it_answers_the_expected_callback_and_nothing_else() {
        let (listener, address) = bind(&Loopback::default());
        assert!(address.ip().is_loopback());
        let host = listener.authority.clone();
        let answering = tokio::spawn(listener.answer(right()));

        let get = "GET /callback?state=right HTTP/1.1\r\n";
        for other in [
            format!("GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET /callback?state=wrong HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("POST /callback?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("HEAD /callback?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET /callback/?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET http://{host}/callback?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("{get}Host: evil.example\r\n\r\n"),
            format!("{get}Host: {host}\r\nHost: evil.example\r\n\r\n"),
            format!("{get}\r\n"),
            format!("{get}Host: {host}\r\nPurpose: prefetch\r\n\r\n"),
            format!("{get}Host: {host}\r\nSec-Purpose: Prefetch;prerender\r\n\r\n"),
        ] {
            assert!(send(address, &other).await.starts_with("HTTP/1.1 404"), "{other}");
        }
        let endless = format!("GET /callback?state=right&x={} HTTP/1.1\r\n", "x".repeat(LONGEST_REQUEST));
        for unanswered in ["\0\0\0\r\n\r\n", &endless] {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let _ = stream.write_all(unanswered.as_bytes()).await;
            assert!(!matches!(stream.read(&mut [0; 1]).await, Ok(1..)));
        }

        let answer = send(address, &format!("{get}Host: {host}\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("go back to Key&lt;fob"));
        assert!(answer.contains("no-store") && answer.contains("no-referrer") && !answer.contains("right"));
        assert!(!answer.contains("<script") && !answer.contains("http://") && !answer.contains("https://"));
        assert_eq!(answering.await.expect("an answer"), format!("http://{host}/callback?state=right"));
        assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
    }

    #[tokio::test]
    async fn connections_that_say_nothing_do_not_keep_the_browser_out() {
        let (listener, address) = bind(&Loopback::default());
        let host = listener.authority.clone();
        let answering = tokio::spawn(listener.answer(right()));
        let mut idle = Vec::new();
        for _ in 0..3 * MOST_CONNECTIONS {
            idle.push(TcpStream::connect(address).await.expect("a connection"));
        }
        let answer =
            send(address, &format!("GET /callback?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200"));
        answering.await.expect("an answer");
        let same = at(LoopbackHost::Ipv4, vec![address.port()]);
        let free_again = async {
            while Listener::bind(&same, "app").is_err() {
                tokio::task::yield_now().await;
            }
        };
        // Linux keeps the port of a connection that it has closed first for a minute.
        let free_again = tokio::time::timeout(Duration::from_secs(20), free_again).await;
        free_again.expect("none of them keeps the port");
    }

    #[tokio::test]
    async fn s_18_s_20_the_first_free_port_of_those_configured_is_taken() {
        let (_any, address) = bind(&at(LoopbackHost::Ipv4, Vec::new()));
        let taken = vec![address.port()];
        for host in [Some(LoopbackHost::Ipv4), Some(LoopbackHost::Name), None] {
            let only = Loopback { host, ports: taken.clone() };
            assert!(Listener::bind(&only, "app").is_err(), "{host:?}");
        }
        let (next, free) = bind(&at(LoopbackHost::Ipv4, Vec::new()));
        drop(next);
        let (second, found) = bind(&at(LoopbackHost::Ipv4, vec![address.port(), free.port()]));
        assert_eq!(found, free);
        assert_eq!(second.redirect_uri(), format!("http://127.0.0.1:{}/callback", free.port()));
    }

    #[tokio::test]
    async fn s_17_localhost_is_both_addresses_and_each_of_them_answers() {
        let (listener, ipv4) = bind(&at(LoopbackHost::Name, Vec::new()));
        let addresses: Vec<_> =
            listener.sockets.iter().map(|socket| socket.local_addr().expect("an address")).collect();
        assert_eq!(addresses, [ipv4, (Ipv6Addr::LOCALHOST, ipv4.port()).into()]);
        let host = listener.authority.clone();
        assert_eq!(host, format!("localhost:{}", ipv4.port()));
        let answering = tokio::spawn(listener.answer(right()));
        for address in addresses.into_iter().rev() {
            let wrong = send(address, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            assert!(wrong.starts_with("HTTP/1.1 404"), "{address}");
        }
        let ipv6 = (Ipv6Addr::LOCALHOST, ipv4.port()).into();
        let answer = send(ipv6, &format!("GET /callback?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200"));
        answering.await.expect("an answer");
    }
}
