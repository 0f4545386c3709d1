//! A client that does no more than the protocol's honest path, over plain TCP.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fake_provider::{Endpoint, FakeProvider};
use serde_json::Value;
use tokio::io::{self, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;
use url::form_urlencoded::Serializer;

pub(crate) const LINK: &str = "dev.keyfob.desktop:/callback";
pub(crate) const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-specification";

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(each, _)| *each == name).map(|(_, value)| value)
    }
}

pub(crate) async fn get(url: &str, access_token: Option<&str>) -> Answer {
    send("GET", url, access_token, "").await.unwrap()
}

pub(crate) async fn post(url: &str, form: &[(&str, &str)]) -> Answer {
    send("POST", url, None, &encoded(form)).await.unwrap()
}

pub(crate) fn encoded(form: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(form).finish()
}

pub(crate) async fn send(method: &str, url: &str, token: Option<&str>, body: &str) -> io::Result<Answer> {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = authorization.iter().map(|value| ("Authorization", value.as_str())).collect();
    send_with(method, url, &headers, body).await
}

pub(crate) async fn send_with(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let (received, end) = send_raw(method, url, headers, body).await?;
    end?;
    let answer = String::from_utf8(received).map_err(|_| io::ErrorKind::InvalidData)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head[9..12].parse().unwrap();
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

/// The bytes that came, and how the connection ended.
pub(crate) async fn send_raw(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<(Vec<u8>, io::Result<()>)> {
    let url = Url::parse(url).unwrap();
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await?;
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let request = format!(
        "{method} {} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        &url[url::Position::BeforePath..],
        url.authority(),
        body.len(),
    );
    stream.write_all(request.as_bytes()).await?;
    let mut received = Vec::new();
    let end = stream.read_to_end(&mut received).await.map(drop);
    Ok((received, end))
}

pub(crate) fn authorization_url(provider: &FakeProvider, more: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()));
    let mut url = Url::parse(&provider.url(Endpoint::Authorization)).unwrap();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", provider.client_id())
        .append_pair("redirect_uri", LINK)
        .append_pair("scope", "openid profile email offline_access")
        .append_pair("state", "some-state")
        .append_pair("nonce", "some-nonce")
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(more);
    url.into()
}

pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    url.query_pairs().find(|(each, _)| each == name).map(|(_, value)| value.into_owned())
}

pub(crate) async fn exchange(provider: &FakeProvider, code: &str, more: &[(&str, &str)]) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", provider.client_id()),
        ("redirect_uri", LINK),
        ("code_verifier", VERIFIER),
        ("code", code),
    ];
    post(&provider.url(Endpoint::Token), &[&form, more].concat()).await
}

pub(crate) async fn refresh(provider: &FakeProvider, refresh_token: &str) -> Answer {
    refresh_with(provider, refresh_token, &[]).await
}

pub(crate) async fn refresh_with(
    provider: &FakeProvider,
    refresh_token: &str,
    more: &[(&str, &str)],
) -> Answer {
    try_refresh_with(provider, refresh_token, more).await.unwrap()
}

/// For faults that leave no answer.
pub(crate) async fn try_refresh(provider: &FakeProvider, refresh_token: &str) -> io::Result<Answer> {
    try_refresh_with(provider, refresh_token, &[]).await
}

async fn try_refresh_with(
    provider: &FakeProvider,
    refresh_token: &str,
    more: &[(&str, &str)],
) -> io::Result<Answer> {
    let form = refresh_form(provider, refresh_token, more);
    send("POST", &provider.url(Endpoint::Token), None, &form).await
}

/// For faults below HTTP.
pub(crate) async fn refresh_raw(provider: &FakeProvider, refresh_token: &str) -> (Vec<u8>, io::Result<()>) {
    let form = refresh_form(provider, refresh_token, &[]);
    send_raw("POST", &provider.url(Endpoint::Token), &[], &form).await.unwrap()
}

fn refresh_form(provider: &FakeProvider, refresh_token: &str, more: &[(&str, &str)]) -> String {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", provider.client_id()),
        ("refresh_token", refresh_token),
    ];
    encoded(&[&form, more].concat())
}

/// Signs in and gives the answer of the token endpoint.
pub(crate) async fn sign_in(provider: &FakeProvider, more: &[(&str, &str)]) -> Answer {
    let callback = provider.approve(&authorization_url(provider, more)).await;
    let answer = exchange(provider, &parameter(&callback, "code").unwrap(), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

/// The header or the claims of a JWT.
pub(crate) fn part(jwt: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(index).unwrap()).unwrap()).unwrap()
}
