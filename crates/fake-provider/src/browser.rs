//! The person's browser: follows an authorization URL and gets sent back.

use std::fmt;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use crate::endpoints::AUTHORIZATION_ERROR;

/// The address to which the person is sent back, on its way: change it to see what the client does.
#[derive(Clone, Debug)]
pub struct Callback {
    url: Url,
}

impl Callback {
    /// Sets a parameter, instead of what was there.
    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.append(name, value);
    }

    /// Leaves a parameter out.
    pub fn remove(&mut self, name: &str) {
        let kept: Vec<_> = self.url.query_pairs().into_owned().filter(|(each, _)| each != name).collect();
        self.url.query_pairs_mut().clear().extend_pairs(kept);
    }

    /// Adds a parameter, also if it is there already.
    pub fn append(&mut self, name: &str, value: &str) {
        self.url.query_pairs_mut().append_pair(name, value);
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(each, _)| each == name).map(|(_, value)| value.into_owned())
    }

    /// The whole address, for other changes.
    pub fn url(&mut self) -> &mut Url {
        &mut self.url
    }
}

impl fmt::Display for Callback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(formatter)
    }
}

/// Opens an authorization URL; `error` is what the person, or the provider, answers instead of a code.
pub(crate) async fn follow(authorization_url: &str, error: Option<&str>) -> Callback {
    let url = Url::parse(authorization_url).expect("an authorization URL");
    let answer = get(&url, error).await;
    let location = header(&answer, "location")
        .unwrap_or_else(|| panic!("the authorization endpoint refuses {url}: {answer}"));
    Callback { url: Url::parse(location).expect("an absolute location") }
}

/// Opens a page, and gives the address to which it sends the browser on.
pub(crate) async fn visit(url: &str) -> Option<String> {
    let url = Url::parse(url).expect("an address");
    header(&get(&url, None).await, "location").map(str::to_owned)
}

async fn get(url: &Url, error: Option<&str>) -> String {
    let address = (url.host_str().expect("a host"), url.port_or_known_default().expect("a port"));
    let mut stream = TcpStream::connect(address).await.expect("the provider is up");
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let error = error.map(|error| format!("{AUTHORIZATION_ERROR}: {error}\r\n")).unwrap_or_default();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\n{error}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the provider reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the provider answers with text");
    answer
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(each, _)| each.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
