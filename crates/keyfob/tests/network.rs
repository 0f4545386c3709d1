//! Networks as they are: certificates of an organisation's own, and proxies.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::{
    env,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use common::{API, Scene, within};
use fake_provider::FakeProvider;
use http::StatusCode;
use keyfob::{ErrorCode, Failure, FetchRequest, Session};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    process::Command,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

/// A name that is on no loopback interface, and that no DNS knows (RFC 6761 section 6.2).
const ELSEWHERE: &str = "id.keyfob.test";

/// What a child process is to see; that it stands in its environment makes it one.
const EXPECTED: &str = "KEYFOB_TEST_EXPECTED";

#[tokio::test]
async fn a_provider_with_an_unknown_certificate_is_not_signed_in_at() {
    let provider = FakeProvider::start().await;
    let front = Front::before(&provider).await;
    let scene = Scene::at(provider, json!({ "issuer": front.origin() }));
    let error = common::ended(scene.click()).await.expect_err("nobody vouches for it");
    assert_eq!(error.code(), ErrorCode::CertificateUntrusted);
    assert!(error.to_string().contains("extraRoots"), "{error}");
    assert_eq!(scene.provider.requests().len(), 0);
}

#[tokio::test]
async fn a_refresh_that_meets_an_unknown_certificate_sends_nothing_and_keeps_the_session() {
    let provider = FakeProvider::start().await;
    let front = Front::before(&provider).await;
    let scene = with_token_endpoint_at(provider, front.origin(), json!({})).await;
    no_token_and_no_sign_in(scene, ErrorCode::CertificateUntrusted).await;
}

#[tokio::test]
async fn with_extra_roots_the_certificate_is_trusted() {
    let provider = FakeProvider::start().await;
    let front = Front::before(&provider).await;
    let mut scene =
        with_token_endpoint_at(provider, front.origin(), json!({ "extraRoots": [front.root] })).await;
    scene.token().await.expect("a refresh");
    scene.try_sign_in().await.expect("a sign-in");
}

#[tokio::test]
async fn requests_to_an_api_trust_the_same_certificates() {
    for trusted in [false, true] {
        let provider = FakeProvider::start().await;
        let front = Front::before(&provider).await;
        provider.api_audience(API);
        let api = provider.api_url().replace(provider.origin(), &front.origin());
        let roots: &[&str] = if trusted { &[&front.root] } else { &[] };
        let resources = json!([{ "origin": front.origin(), "audience": API }]);
        let settings = json!({ "audience": API, "resources": resources, "extraRoots": roots });
        let mut scene = Scene::at(provider, settings);
        scene.sign_in().await;
        let answer = within(scene.keyfob.fetch(FetchRequest::get(api))).await;
        let answer = answer.map(|answer| answer.status).map_err(|error| error.code());
        assert_eq!(answer, if trusted { Ok(StatusCode::OK) } else { Err(ErrorCode::CertificateUntrusted) });
    }
}

#[tokio::test]
async fn the_environments_proxy_is_used_and_never_for_loopback() {
    if let Some(expected) = expected() {
        return behind_a_proxy(&expected).await;
    }
    let proxy = Proxy::start(None).await;
    let test = "the_environments_proxy_is_used_and_never_for_loopback";
    in_child(test, "", &[("HTTPS_PROXY", &proxy.url("")), ("HTTP_PROXY", &proxy.url(""))]).await;
    let asked = proxy.asked();
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|target| target.starts_with(ELSEWHERE)), "{asked:?}");
}

#[tokio::test]
async fn no_proxy_is_honoured() {
    if let Some(expected) = expected() {
        return behind_a_proxy(&expected).await;
    }
    let proxy = Proxy::start(None).await;
    // Straight to it there is no way: no DNS knows its name.
    let environment = [("HTTPS_PROXY", proxy.url("")), ("NO_PROXY", ELSEWHERE.to_owned())];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    in_child("no_proxy_is_honoured", "offline", &environment).await;
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_named_and_the_session_kept() {
    if let Some(expected) = expected() {
        return behind_a_proxy(&expected).await;
    }
    let test = "a_proxy_that_wants_a_password_is_named_and_the_session_kept";
    // `ada:pw`
    let proxy = Proxy::start(Some("Basic YWRhOnB3")).await;
    let code = ErrorCode::ProxyAuthenticationRequired.as_str();
    in_child(test, code, &[("HTTPS_PROXY", &proxy.url(""))]).await;
    in_child(test, code, &[("HTTPS_PROXY", &proxy.url("ada:wrong@"))]).await;
    in_child(test, "", &[("HTTPS_PROXY", &proxy.url("ada:pw@"))]).await;
}

fn expected() -> Option<String> {
    env::var(EXPECTED).ok()
}

/// What happens in the child: a refresh and a sign-in whose token endpoint is not on this machine, but for the proxy.
async fn behind_a_proxy(expected: &str) {
    let provider = FakeProvider::start().await;
    let front = Front::before(&provider).await;
    let endpoint = format!("https://{ELSEWHERE}:{}", front.address.port());
    let mut scene = with_token_endpoint_at(provider, endpoint, json!({ "extraRoots": [front.root] })).await;
    if let Ok(code) = serde_json::from_value(json!(expected)) {
        return no_token_and_no_sign_in(scene, code).await;
    }
    scene.token().await.expect("a refresh");
    scene.try_sign_in().await.expect("a sign-in");
}

/// The environment belongs to the whole process: a test with one of its own runs once more, in a child.
async fn in_child(test: &str, expected: &str, environment: &[(&str, &str)]) {
    let mut child = Command::new(env::current_exe().expect("a program runs"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        child.env_remove(name).env_remove(name.to_lowercase());
    }
    child
        .args(["--exact", test])
        .env(EXPECTED, expected)
        .envs(environment.iter().copied())
        .kill_on_drop(true);
    let output = within(child.output()).await.expect("a child");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Somebody who is signed in, whose token has to be renewed, and whose provider has moved its token endpoint.
async fn with_token_endpoint_at(provider: FakeProvider, origin: String, settings: Value) -> Scene {
    let mut scene = Scene::at(provider, settings);
    scene.sign_in().await;
    let path = url::Url::parse(&scene.provider.url(fake_provider::Endpoint::Token)).expect("a URL");
    let endpoint = format!("{origin}{}", path.path());
    scene.provider.metadata(move |metadata| metadata["token_endpoint"] = endpoint.clone().into());
    scene.expire();
    scene.restart();
    scene.restored().await;
    scene
}

async fn no_token_and_no_sign_in(mut scene: Scene, code: ErrorCode) {
    let refresh_token = scene.store.refresh_token();
    let error = scene.token().await.expect_err("no token");
    assert_eq!(error.code(), code);
    assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }));
    assert_eq!(scene.store.refresh_token(), refresh_token);
    assert_eq!(scene.refreshes(), 0);
    let error = scene.try_sign_in().await.expect_err("no session");
    let code = if code == ErrorCode::Offline { ErrorCode::ProviderUnreachable } else { code };
    assert_eq!(error.code(), code);
}

/// TLS before a provider, by a certificate of an authority that nobody knows.
struct Front {
    address: SocketAddr,
    root: String,
}

impl Front {
    async fn before(provider: &FakeProvider) -> Self {
        let (root, acceptor) = certified();
        let target = provider.origin().trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, target) = (acceptor.clone(), target.clone());
                tokio::spawn(async move {
                    // A client that doesn't trust it goes away again.
                    let mut client = acceptor.accept(client).await?;
                    let mut server = TcpStream::connect(target).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        Self { address, root }
    }

    fn origin(&self) -> String {
        format!("https://{}", self.address)
    }
}

fn certified() -> (String, TlsAcceptor) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&authority_key).expect("a root");
    let key = KeyPair::generate().expect("a key");
    let names = CertificateParams::new(["127.0.0.1".to_owned(), ELSEWHERE.to_owned()]).expect("names");
    let certificate = names.signed_by(&key, &Issuer::new(authority, authority_key)).expect("a certificate");
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate");
    (root.pem(), TlsAcceptor::from(Arc::new(tls)))
}

/// A proxy to whom every host is this machine, and that remembers what it was asked for.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(authorization: Option<&'static str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(tunnel(client, authorization, Arc::clone(&log)));
            }
        });
        Self { address, asked }
    }

    fn url(&self, credentials: &str) -> String {
        format!("http://{credentials}{}", self.address)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics in here").clone()
    }
}

async fn tunnel(
    mut client: TcpStream,
    authorization: Option<&str>,
    asked: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let port = target.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    asked.lock().expect("no test panics in here").push(target);
    let authorized = authorization.is_none_or(|wanted| head.lines().any(|line| line.ends_with(wanted)));
    match port.filter(|_| head.starts_with("CONNECT ")) {
        _ if !authorized => {
            let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"x\"\r\n\r\n";
            client.write_all(refusal).await
        }
        None => client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await,
        Some(port) => {
            let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            copy_bidirectional(&mut client, &mut server).await.map(drop)
        }
    }
}
