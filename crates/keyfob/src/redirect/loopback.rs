//! The loopback listener (RFC 8252 sections 7.3 and 8.3): one answer to one request, from a browser on this machine.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
};

use crate::config::{Loopback, LoopbackHost};

const PATH: &str = "/callback";
/// A request line with a callback in it; what is longer is none.
const LONGEST_REQUEST: usize = 64 * 1024;
/// A browser sends its request at once; whoever dawdles holds a place.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a browser that has its answer may take to close the connection.
const LINGER: Duration = Duration::from_secs(1);
/// So many are heard at once.
const MOST_CONNECTIONS: usize = 64;

/// A listener that waits for the browser.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    redirect_uri: String,
    authority: String,
    page: String,
}

impl Listener {
    /// Binds to the loopback interface only: any free port, or the first free one of those configured.
    pub(crate) fn bind(address: &Loopback, app_name: &str) -> io::Result<Self> {
        let socket = first_free(address)?;
        let port = socket.local_addr()?.port();
        let host = match address.host {
            LoopbackHost::Ipv4 => "127.0.0.1",
            LoopbackHost::Ipv6 => "[::1]",
            LoopbackHost::Name => "localhost",
        };
        Ok(Self {
            socket,
            redirect_uri: format!("http://{host}:{port}{PATH}"),
            authority: format!("{host}:{port}"),
            page: page(app_name),
        })
    }

    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the callback that is expected, and answers everything else with "not found". The port is closed when
    /// this returns; that is after the browser has been told.
    pub(crate) async fn answer(self, expected: impl Fn(&str) -> bool) -> String {
        let (requests, mut heard) = mpsc::channel(MOST_CONNECTIONS);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.socket.accept(), if connections.len() < MOST_CONNECTIONS => {
                    // An error is one connection's, or passing: out of descriptors, say.
                    let Ok((stream, _)) = accepted else { tokio::task::yield_now().await; continue };
                    let requests = requests.clone();
                    connections.spawn(async move {
                        if let Ok(Some(request)) = tokio::time::timeout(PATIENCE, hear(stream)).await {
                            // The listener is still there: this task is its own.
                            let _ = requests.send(request).await;
                        }
                    });
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                Some(request) = heard.recv() => {
                    match request.head.url(&self.authority).filter(|url| expected(url)) {
                        Some(url) => {
                            request.reply("200 OK", &self.page).await;
                            return url;
                        }
                        None => request.reply("404 Not Found", "").await,
                    }
                }
            }
        }
    }
}

struct Request {
    stream: TcpStream,
    head: Head,
}

/// What is read of a request.
pub(crate) struct Head {
    method_is_get: bool,
    target: String,
    host: Option<String>,
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
        let hosts: Vec<_> =
            request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host")).collect();
        let host = if let [host] = hosts[..] { str::from_utf8(host.value).ok() } else { None };
        Ok(Some(Self {
            method_is_get: request.method == Some("GET"),
            target: request.path.ok_or(NoRequest)?.to_owned(),
            host: host.map(str::to_owned),
        }))
    }

    /// Its URL, if it is a GET for the callback's path, addressed to this listener: another `Host` is another site's
    /// name for 127.0.0.1.
    pub(crate) fn url(&self, authority: &str) -> Option<String> {
        let path = self.target.split('?').next().unwrap_or_default();
        (self.method_is_get && path == PATH && self.host.as_deref() == Some(authority))
            .then(|| format!("http://{authority}{}", self.target))
    }
}

impl Request {
    async fn reply(mut self, status: &str, body: &str) {
        let style = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
        let reply = format!(
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
        );
        // The browser may have gone: the callback counts all the same.
        let told = tokio::time::timeout(PATIENCE, self.stream.write_all(reply.as_bytes())).await;
        if let Ok(Ok(())) = told {
            tokio::spawn(tokio::time::timeout(LINGER, closed(self.stream)));
        }
    }
}

/// Waits until the other side closes. Whoever closes first keeps the port for a minute, on which the next sign-in may
/// depend.
async fn closed(mut stream: TcpStream) {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await.is_ok_and(|count| count > 0) {}
}

async fn hear(mut stream: TcpStream) -> Option<Request> {
    let mut received = Vec::new();
    loop {
        if let Some(head) = Head::parse(&received).ok()? {
            return Some(Request { stream, head });
        }
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
    }
}

fn first_free(address: &Loopback) -> io::Result<TcpListener> {
    let at = |port| match address.host {
        LoopbackHost::Ipv4 | LoopbackHost::Name => SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        LoopbackHost::Ipv6 => SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    };
    let any = [0];
    let ports = if address.ports.is_empty() { &any[..] } else { &address.ports };
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for &port in ports {
        match listen(at(port)) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Not by `TcpListener::bind` of tokio, which sets `SO_REUSEADDR`: with it another process can take the port over
/// (RFC 8252 appendix B).
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket =
        if address.is_ipv4() { tokio::net::TcpSocket::new_v4() } else { tokio::net::TcpSocket::new_v6() }?;
    socket.bind(address)?;
    socket.listen(1024)
}

const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}\
main{text-align:center;padding:2rem}h1{font-size:1.5rem;font-weight:600;margin:0 0 .5rem}p{margin:0;opacity:.7}";

/// Nothing from the URL stands in it.
fn page(app_name: &str) -> String {
    let app_name = app_name.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{app_name}</title><style>{STYLE}</style>\
         <main><h1>You can go back to {app_name}</h1><p>This tab can be closed.</p></main></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn send(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("a request");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    #[tokio::test]
    async fn s_19_s_21_it_answers_the_expected_callback_and_nothing_else() {
        let listener = Listener::bind(&Loopback::default(), "Key<fob").expect("a listener");
        let address = listener.socket.local_addr().expect("an address");
        assert!(address.ip().is_loopback());
        let host = listener.authority.clone();
        let answering = tokio::spawn(listener.answer(|url| url.ends_with("?state=right")));

        for other in [
            format!("GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET /callback?state=wrong HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("POST /callback?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("HEAD /callback?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET /callback/?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            "GET /callback?state=right HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
            "GET /callback?state=right HTTP/1.1\r\n\r\n".to_owned(),
        ] {
            assert!(send(address, &other).await.starts_with("HTTP/1.1 404"), "{other}");
        }
        assert_eq!(send(address, "\0\0\0\r\n\r\n").await, "");

        let answer =
            send(address, &format!("GET /callback?state=right HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("go back to Key&lt;fob"));
        assert!(answer.contains("no-store") && answer.contains("no-referrer") && !answer.contains("right"));
        assert_eq!(answering.await.expect("an answer"), format!("http://{host}/callback?state=right"));
        assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
    }

    #[tokio::test]
    async fn the_first_free_port_of_those_configured_is_taken() {
        let any = Listener::bind(&Loopback::default(), "app").expect("a listener");
        let taken = any.socket.local_addr().expect("an address").port();
        let only = Loopback { host: LoopbackHost::Ipv4, ports: vec![taken] };
        assert!(Listener::bind(&only, "app").is_err());
    }
}
