//! The listener as the system sees it: strace and ss.

use std::{
    fs,
    time::{Duration, Instant},
};

use fake_provider::FakeProvider;
use serde_json::{Value, json};
use tokio::process::Command;
use url::Url;

use super::{
    app::{Running, Said},
    browser::Place,
};
use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::within,
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "redirect-loopback-socket",
    target: "strace and ss, for every host and for fixed ports: bound on loopback only, no SO_REUSEADDR, closed within 1 s, sign-in completes",
    guard: "reuse_address",
    n_full: 20,
    body: |scale| Box::pin(sockets(scale)),
}];

const HOSTS: [Option<&str>; 4] = [None, Some("127.0.0.1"), Some("[::1]"), Some("localhost")];

#[derive(Default)]
struct Found {
    elsewhere: usize,
    reused: usize,
    listening: usize,
    completed: usize,
    slowest: Duration,
}

async fn sockets(scale: Scale) -> Outcome {
    let rounds = scale.of(5);
    let mut found = Found::default();
    for _ in 0..rounds {
        for host in HOSTS {
            observe(host, &mut found).await;
        }
    }
    let runs = rounds * HOSTS.len();
    Outcome::new(
        runs,
        [
            Figure::none(found.elsewhere, "sockets bound elsewhere"),
            Figure::none(found.reused, "SO_REUSEADDR or SO_REUSEPORT"),
            Figure::exactly(runs, found.listening, "listeners seen as their redirect URIs say"),
            Figure::exactly(runs, found.completed, "sign-ins completed"),
            Figure::at_most(1.0, found.slowest.as_secs_f64(), "s until closed"),
        ],
    )
}

async fn observe(host: Option<&str>, found: &mut Found) {
    let (taken, port) = (Port::hold(host), Port::hold(host));
    let uri = format!("http://{}:{}/callback", host.unwrap_or("127.0.0.1"), port.number);
    let provider = FakeProvider::builder().redirect_uri(&uri).start().await;
    let trace = tempfile::NamedTempFile::new().expect("a file");
    let ports = json!([taken.number, port.free()]);
    let mut loopback = json!({ "ports": ports });
    if let Some(host) = host {
        loopback["host"] = json!(host);
    }
    let mut running = start(&provider, &loopback, &trace);
    let Said::Browser { url, .. } = running.says().await else { return };
    let place = Place::of(&provider.approve(&url).await);
    let port = Url::parse(&format!("http://{}", place.host())).expect("a URL").port().expect("a port");
    found.listening += usize::from(listening(port).await == expected(host, port));
    found.completed += usize::from(place.visit().await == Some(200));
    let answered = Instant::now();
    within(async { while !listening(port).await.is_empty() {} }).await;
    found.slowest = found.slowest.max(answered.elapsed());
    let signed_in = matches!(running.says().await, Said::Ended { signed_in: true, .. });
    found.completed -= usize::from(!signed_in);
    let calls = fs::read_to_string(trace.path()).expect("a trace");
    assert!(calls.contains("listen("), "strace saw nothing");
    found.elsewhere += calls.lines().filter(|call| is_elsewhere(call)).count();
    found.reused += calls.lines().filter(|call| call.contains("SO_REUSE")).count();
}

fn start(provider: &FakeProvider, loopback: &Value, trace: &tempfile::NamedTempFile) -> Running {
    let configuration = json!({
        "issuer": provider.issuer(),
        "clientId": provider.client_id(),
        "redirect": "loopback",
        "loopback": loopback,
    });
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=bind,listen,setsockopt", "-o"]).arg(trace.path());
    strace.arg(std::env::current_exe().expect("this program has a path"));
    Running::start(&mut strace, &configuration)
}

/// A port that is taken, and may be freed.
struct Port {
    number: u16,
    _held: std::net::TcpListener,
}

impl Port {
    fn hold(host: Option<&str>) -> Self {
        let address = if host == Some("[::1]") { "[::1]:0" } else { "127.0.0.1:0" };
        let held = std::net::TcpListener::bind(address).expect("a free port");
        Self { number: held.local_addr().expect("an address").port(), _held: held }
    }

    /// Free from now on.
    fn free(self) -> u16 {
        self.number
    }
}

fn is_elsewhere(call: &str) -> bool {
    let is_loopback = call.contains("inet_addr(\"127.0.0.1\")") || call.contains("AF_INET6, \"::1\"");
    let is_internet = call.contains("AF_INET,") || call.contains("AF_INET6,");
    call.contains("bind(") && is_internet && !is_loopback && !call.contains("inet_pton(AF_INET6, \"::1\"")
}

/// The addresses on which somebody listens at a port.
async fn listening(port: u16) -> Vec<String> {
    let output = Command::new("ss").args(["-Hltn", &format!("sport = :{port}")]).output().await;
    let output = output.expect("ss is installed");
    let mut addresses: Vec<_> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().nth(3).map(str::to_owned))
        .collect();
    addresses.sort();
    addresses
}

fn expected(host: Option<&str>, port: u16) -> Vec<String> {
    let addresses: &[&str] = match host {
        Some("[::1]") => &["[::1]"],
        Some("localhost") => &["127.0.0.1", "[::1]"],
        _ => &["127.0.0.1"],
    };
    addresses.iter().map(|address| format!("{address}:{port}")).collect()
}
