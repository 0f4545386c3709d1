//! The listener among those who misuse it.

use std::time::{Duration, Instant};

use keyfob::SignInOptions;
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, task::JoinSet};

use super::browser::Place;
use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::{Scene, ended, within},
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "redirect-loopback",
        target: "favicon, prefetch, HEAD, POST, wrong Host, wrong path, garbage, oversized, slow, floods: sign-in still completes, exactly 1 token request, closed within 1 s",
        guard: "loopback_request",
        n_full: 20,
        body: |scale| Box::pin(abused(scale)),
    },
    Check {
        id: "redirect-loopback-idle",
        target: "500 connections that say nothing, and more all the time: the browser is heard within 5 s",
        guard: "crowding",
        n_full: 10,
        body: |scale| Box::pin(crowded(scale)),
    },
];

/// More than the listener hears at once.
const IDLE: usize = 500;
const FLOOD: usize = 500;
/// Of a person in front of a page that is loading.
const PATIENCE: Duration = Duration::from_secs(5);

async fn abused(scale: Scale) -> Outcome {
    let rounds = scale.of(20);
    let mut scene = Scene::with(json!({ "redirect": "loopback" })).await;
    let (mut completed, mut wrong, mut slowest) = (0, 0, Duration::ZERO);
    for _ in 0..rounds {
        let sign_in = begin(&scene);
        let url = within(scene.app.browser.recv()).await.expect("the app runs");
        let place = Place::of(&scene.provider.approve(&url).await);
        let slow = dawdle(&place).await;
        for request in bad_requests(&place) {
            wrong += usize::from(place.send(&request).await.is_some_and(|status| status != 404));
        }
        wrong += flood(&place).await;
        completed += usize::from(place.visit().await == Some(200));
        slowest = slowest.max(closing(&place).await);
        completed += usize::from(ended(sign_in).await.is_ok());
        drop(slow);
        scene.app.sign_out().await;
    }
    let codes = scene.provider.token_requests("authorization_code");
    Outcome::new(
        rounds,
        [
            Figure::exactly(2 * rounds, completed, "pages shown and sign-ins completed"),
            Figure::exactly(rounds, codes, "token requests"),
            Figure::none(wrong, "bad requests answered"),
            Figure::at_most(1.0, slowest.as_secs_f64(), "s until closed"),
        ],
    )
}

fn begin(scene: &Scene) -> tokio::task::JoinHandle<Result<keyfob::Session, keyfob::SignInError>> {
    let keyfob = scene.app.keyfob.clone();
    tokio::spawn(async move { keyfob.sign_in(&SignInOptions::default()).await })
}

/// All but the first two carry the right code and state.
fn bad_requests(place: &Place) -> Vec<String> {
    let (target, host) = (place.target(), place.host());
    let get = |target: &str, headers: &str| format!("GET {target} HTTP/1.1\r\n{headers}\r\n\r\n");
    let right_host = format!("Host: {host}");
    vec![
        get("/favicon.ico", &right_host),
        "\u{16}\u{3}\u{1} not HTTP at all\r\n\r\n".to_owned(),
        get(target, &format!("{right_host}\r\nSec-Purpose: prefetch;prerender")),
        get(target, &format!("{right_host}\r\nPurpose: prefetch")),
        format!("HEAD {target} HTTP/1.1\r\n{right_host}\r\n\r\n"),
        format!("POST {target} HTTP/1.1\r\n{right_host}\r\ncontent-length: 0\r\n\r\n"),
        format!("OPTIONS {target} HTTP/1.1\r\n{right_host}\r\n\r\n"),
        get(target, "Host: evil.example"),
        get(target, &format!("{right_host}\r\nHost: evil.example")),
        get(target, "Accept: */*"),
        get(&target.replacen("/callback", "/callback/", 1), &right_host),
        get(&target.replacen("/callback", "//callback", 1), &right_host),
        get(&target.replacen("/callback", "/%63allback", 1), &right_host),
        get(&format!("http://{host}{target}"), &right_host),
        get(&format!("{target}&x={}", "x".repeat(70_000)), &right_host),
        get(target, &format!("{right_host}\r\n{}", "x-many: x\r\n".repeat(200))),
    ]
}

/// Requests that are begun, and go no further.
async fn dawdle(place: &Place) -> Vec<TcpStream> {
    let mut slow = Vec::new();
    for sent in [1, 5, 20] {
        let mut stream = place.connect().await.expect("it listens");
        stream.write_all(&place.target().as_bytes()[..sent]).await.expect("it reads");
        slow.push(stream);
    }
    slow
}

/// Gives how many of them were answered as if they were right.
async fn flood(place: &Place) -> usize {
    let mut tasks = JoinSet::new();
    for number in 0..FLOOD {
        let place = place.clone();
        let request =
            format!("GET /callback?code=c&state={number} HTTP/1.1\r\nHost: {}\r\n\r\n", place.host());
        tasks.spawn(async move { place.send(&request).await });
    }
    let statuses = tasks.join_all().await;
    statuses.into_iter().flatten().filter(|status| *status != 404).count()
}

/// How long connections are taken after the answer.
async fn closing(place: &Place) -> Duration {
    let answered = Instant::now();
    within(async {
        while place.connect().await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    answered.elapsed()
}

async fn crowded(scale: Scale) -> Outcome {
    let rounds = scale.of(10);
    let mut scene = Scene::with(json!({ "redirect": "loopback" })).await;
    let (mut completed, mut slowest) = (0, Duration::ZERO);
    for _ in 0..rounds {
        let sign_in = begin(&scene);
        let url = within(scene.app.browser.recv()).await.expect("the app runs");
        let place = Place::of(&scene.provider.approve(&url).await);
        let mut idle = Vec::new();
        for _ in 0..IDLE {
            idle.push(place.connect().await.expect("it listens"));
        }
        let more = tokio::spawn(keep_coming(place.clone()));
        let asked = Instant::now();
        let shown = tokio::time::timeout(PATIENCE, place.visit()).await == Ok(Some(200));
        slowest = slowest.max(asked.elapsed());
        more.abort();
        if !shown {
            scene.app.keyfob.cancel_sign_in().await;
        }
        let signed_in = ended(sign_in).await.is_ok();
        completed += usize::from(shown) + usize::from(signed_in);
        scene.app.sign_out().await;
    }
    Outcome::new(
        rounds,
        [
            Figure::exactly(2 * rounds, completed, "pages shown and sign-ins completed"),
            Figure::at_most(PATIENCE.as_secs_f64(), slowest.as_secs_f64(), "s until the browser was heard"),
        ],
    )
}

/// A connection every millisecond.
async fn keep_coming(place: Place) {
    let mut idle = Vec::new();
    let mut every = tokio::time::interval(Duration::from_millis(1));
    while let Ok(stream) = place.connect().await {
        idle.push(stream);
        every.tick().await;
    }
}
