//! A browser that follows a redirect to this machine, and others that do as they like.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use url::{Position, Url};

use crate::scene::within;

/// A loopback redirect that a provider has sent a browser to.
#[derive(Clone)]
pub(super) struct Place {
    url: Url,
}

impl Place {
    pub(super) fn of(callback: &str) -> Self {
        Self { url: Url::parse(callback).expect("a URL") }
    }

    /// The path and the query.
    pub(super) fn target(&self) -> &str {
        &self.url[Position::BeforePath..Position::AfterQuery]
    }

    pub(super) fn host(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    pub(super) async fn connect(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(&self.url.socket_addrs(|| None)?[..]).await
    }

    /// What the browser does. Gives the status of the answer.
    pub(super) async fn visit(&self) -> Option<u16> {
        self.send(&format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.target(), self.host())).await
    }

    /// The status with which any request is answered, if it is.
    pub(super) async fn send(&self, request: &str) -> Option<u16> {
        within(async {
            let mut stream = self.connect().await.ok()?;
            // Whoever is thrown out in the middle of it gets no answer.
            let _ = stream.write_all(request.as_bytes()).await;
            let mut answer = Vec::new();
            while !answer.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
                if stream.read_buf(&mut answer).await.ok()? == 0 {
                    return None;
                }
            }
            let line = String::from_utf8_lossy(&answer);
            line.split(' ').nth(1)?.parse().ok()
        })
        .await
    }
}
