//! Servers whose TLS is not to be trusted.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use fake_provider::{Endpoint, FakeProvider};
use keyfob::{Failure, FetchRequest, ManualClock, SignInOptions};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

use crate::{
    check::{Check, Figure, Outcome},
    scene::{App, Client, Scene, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "protocol-tls",
    target: "expired, not yet valid, wrong host, self-signed, unknown authority, TLS 1.0 and 1.1, no TLS at discovery, token endpoint and API, and a plain http issuer: 100 % refused with the right code",
    guard: "certificate",
    n_full: 25,
    body: |_| Box::pin(tls()),
}];

/// What is wrong with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing: to see that it is the fault which is refused.
    None,
    Expired,
    NotYetValid,
    WrongHost,
    SelfSigned,
    UnknownAuthority,
    /// It can do no more than this version.
    OldVersion(u8),
    /// It speaks plain HTTP where TLS is expected.
    NoTls,
}

const FAULTS: [Fault; 9] = [
    Fault::None,
    Fault::Expired,
    Fault::NotYetValid,
    Fault::WrongHost,
    Fault::SelfSigned,
    Fault::UnknownAuthority,
    Fault::OldVersion(TLS_1_0),
    Fault::OldVersion(TLS_1_1),
    Fault::NoTls,
];

const TLS_1_0: u8 = 1;
const TLS_1_1: u8 = 2;

/// Which server it is.
#[derive(Clone, Copy, Debug)]
enum Server {
    Issuer,
    TokenEndpoint,
    Api,
}

/// What has to come of it: an error code, or that it works.
fn expected(server: Server, fault: Fault) -> &'static str {
    match (fault, server) {
        // It is the provider's own word then that it is another's.
        (Fault::None, Server::Issuer) => "issuer_mismatch",
        (Fault::None, Server::TokenEndpoint | Server::Api) => WORKS,
        (Fault::OldVersion(_) | Fault::NoTls, Server::Issuer) => "provider_unreachable",
        (Fault::OldVersion(_) | Fault::NoTls, Server::TokenEndpoint) => "offline",
        (Fault::OldVersion(_) | Fault::NoTls, Server::Api) => "network",
        _ => "certificate_untrusted",
    }
}

const WORKS: &str = "it works";
const AUDIENCE: &str = "https://api.example";

async fn tls() -> Outcome {
    let (mut tried, mut refused, mut through, mut broken) = (0, 0, 0, 0);
    let mut notes = Vec::new();
    for server in [Server::Issuer, Server::TokenEndpoint, Server::Api] {
        for fault in FAULTS {
            let (found, arrived) = meets(server, fault).await;
            let right = found == expected(server, fault);
            if fault == Fault::None {
                broken += usize::from(!right || arrived == 0);
            } else {
                tried += 1;
                refused += usize::from(right);
                through += arrived;
            }
            if !right {
                notes.push(format!("{server:?} {fault:?}: {found}"));
            }
        }
    }
    tried += 1;
    refused += usize::from(plain_http_issuer().await == "invalid_configuration");
    let figures = [
        Figure::exactly(tried, refused, "refused with the right code"),
        Figure::none(through, "requests that came through"),
        Figure::none(broken, "good servers refused"),
    ];
    Outcome::new(tried, figures).note(&notes)
}

/// What the app says, and how many requests reached the provider behind the front.
async fn meets(server: Server, fault: Fault) -> (&'static str, usize) {
    let provider = Arc::new(FakeProvider::start().await);
    let front = Front::before(&provider, fault).await;
    match server {
        Server::Issuer => {
            let app = start(&provider, &front, &json!({ "issuer": front.origin() }));
            let outcome = within(app.keyfob.sign_in(&SignInOptions::default())).await;
            (said(outcome), provider.requests().len())
        }
        Server::TokenEndpoint => {
            let mut scene = Scene::at(Arc::clone(&provider), ManualClock::new(), front.roots());
            scene.sign_in().await;
            let endpoint = front.address_of(&provider, Endpoint::Token);
            provider.metadata(move |document| document["token_endpoint"] = json!(endpoint));
            scene.expire();
            // Metadata is remembered for as long as the app runs.
            let app = scene.restarted();
            app.restored().await;
            (said(app.token().await), scene.refreshes())
        }
        Server::Api => {
            provider.api_audience(AUDIENCE);
            let resources = json!([{ "origin": front.origin(), "audience": AUDIENCE }]);
            let mut app = start(&provider, &front, &json!({ "audience": AUDIENCE, "resources": resources }));
            app.sign_in(&provider).await;
            let url = front.address_of(&provider, Endpoint::Api);
            let outcome = within(app.keyfob.fetch(FetchRequest::get(url))).await;
            (said(outcome), provider.at(Endpoint::Api).count())
        }
    }
}

async fn plain_http_issuer() -> &'static str {
    let client = Client { issuer: "http://id.example", id: "app" };
    let app = App::start(&client, keyfob::Memory::default(), &ManualClock::new(), &json!({}));
    said(within(app.keyfob.sign_in(&SignInOptions::default())).await)
}

fn start(provider: &FakeProvider, front: &Front, settings: &Value) -> App {
    let mut all = front.roots();
    for (key, value) in settings.as_object().expect("settings are an object") {
        all[key] = value.clone();
    }
    App::start(&Client::of(provider), keyfob::Memory::default(), &ManualClock::new(), &all)
}

fn said<T, E: Failure>(outcome: Result<T, E>) -> &'static str {
    outcome.map_or_else(|error| error.code().as_str(), |_| WORKS)
}

/// A server before a provider.
struct Front {
    address: SocketAddr,
    root: String,
}

impl Front {
    async fn before(provider: &FakeProvider, fault: Fault) -> Self {
        let (root, acceptor) = certified(fault);
        let target = provider.origin().trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, target) = (acceptor.clone(), target.clone());
                // A client that doesn't trust it goes away again.
                tokio::spawn(async move { answer(client, fault, &acceptor, &target).await });
            }
        });
        Self { address, root }
    }

    fn origin(&self) -> String {
        format!("https://{}", self.address)
    }

    fn address_of(&self, provider: &FakeProvider, endpoint: Endpoint) -> String {
        provider.url(endpoint).replace(provider.origin(), &self.origin())
    }

    fn roots(&self) -> Value {
        json!({ "extraRoots": [self.root] })
    }
}

async fn answer(
    mut client: TcpStream,
    fault: Fault,
    acceptor: &TlsAcceptor,
    target: &str,
) -> std::io::Result<()> {
    match fault {
        Fault::OldVersion(version) => {
            client.write_all(&server_hello(version)).await?;
            client.read_to_end(&mut Vec::new()).await?;
        }
        Fault::NoTls => {
            let mut server = TcpStream::connect(target).await?;
            copy_bidirectional(&mut client, &mut server).await?;
        }
        _ => {
            let mut client = acceptor.accept(client).await?;
            let mut server = TcpStream::connect(target).await?;
            copy_bidirectional(&mut client, &mut server).await?;
        }
    }
    Ok(())
}

/// What a server says that can do no more than a version of old (RFC 5246, appendix A.4): rustls has none that would.
fn server_hello(version: u8) -> Vec<u8> {
    const HANDSHAKE: u8 = 22;
    const SERVER_HELLO: u8 = 2;
    const ECDHE_RSA_WITH_AES_128_CBC_SHA: [u8; 2] = [0xc0, 0x13];
    let version = [3, version];
    let random = [7; 32];
    let no_session = [0];
    let no_compression = [0];
    let hello =
        [&version[..], &random, &no_session, &ECDHE_RSA_WITH_AES_128_CBC_SHA, &no_compression].concat();
    let length = u8::try_from(hello.len()).expect("a hello is short");
    let message = [&[SERVER_HELLO, 0, 0, length], hello.as_slice()].concat();
    [&[HANDSHAKE], &version[..], &[0, length + 4], &message].concat()
}

/// The authority that the app trusts, and a server's certificate.
fn certified(fault: Fault) -> (String, TlsAcceptor) {
    let (root, authority) = authority();
    let name = if fault == Fault::WrongHost { "id.keyfob.test" } else { "127.0.0.1" };
    let mut certificate = CertificateParams::new([name.to_owned()]).expect("a name");
    match fault {
        Fault::Expired => certificate.not_after = date_time_ymd(2020, 1, 1),
        Fault::NotYetValid => certificate.not_before = date_time_ymd(4000, 1, 1),
        _ => {}
    }
    let key = KeyPair::generate().expect("a key");
    let certificate = match fault {
        Fault::SelfSigned => certificate.self_signed(&key),
        Fault::UnknownAuthority => certificate.signed_by(&key, &self::authority().1),
        _ => certificate.signed_by(&key, &authority),
    };
    let chain = vec![certificate.expect("a certificate").der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate");
    (root, TlsAcceptor::from(Arc::new(tls)))
}

fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&key).expect("a root").pem();
    (root, Issuer::new(authority, key))
}
