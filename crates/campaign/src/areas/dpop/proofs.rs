//! Proofs as they arrive, judged by an implementation that is not ours: jose, of npm.

use fake_provider::{Endpoint, FakeProvider, Recorded};
use http::Method;
use keyfob::FetchRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{node::Node, nonces};
use crate::{
    check::{Check, Figure, Outcome, Scale, float},
    scene::Scene,
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "dpop-proofs",
    target: "100,000 proofs verified by jose: each jti once; htm, htu and ath those of the request; the public key alone",
    guard: "proof_id",
    n_full: PROOFS,
    body: |scale| Box::pin(proofs(scale)),
}];

const PROOFS: usize = 100_000;
/// How many requests are under way at once.
const AT_ONCE: usize = 16;
/// How many before the provider forgets them.
const BATCH: usize = 2000;

async fn proofs(scale: Scale) -> Outcome {
    let (mut scene, apis) = nonces::bound(&|_: &FakeProvider| {}).await;
    scene.sign_in().await;
    let mut jose = Node::start("verify.mjs");
    let wanted = scale.of(PROOFS);
    let (mut sent, mut failed) = (0, 0);
    while sent < wanted {
        let count = BATCH.min(wanted - sent);
        failed += calls(&scene, &apis, sent..sent + count).await;
        sent += count;
        // A token is renewed in between, with a proof of its own.
        failed += usize::from(scene.app.keyfob.refresh().await.is_err());
        for request in scene.provider.requests() {
            if request.headers.contains_key("dpop") {
                jose.say(&evidence(&request)).await;
            }
        }
        scene.provider.forget();
    }
    let verdict: Verdict = jose.end().await;
    Outcome::new(
        verdict.valid,
        [
            Figure::at_least(float(wanted), float(verdict.valid), "valid proofs"),
            Figure::none(verdict.invalid, "invalid"),
            Figure::none(verdict.repeated, "jti seen before"),
            Figure::none(failed, "calls failed"),
        ],
    )
    .note(&verdict.notes)
}

/// Calls the APIs, each time with another URL; gives how many failed.
async fn calls(scene: &Scene, apis: &[String], numbers: std::ops::Range<usize>) -> usize {
    let mut calls = JoinSet::new();
    let mut failed = 0;
    for number in numbers {
        let url = &apis[number % apis.len()];
        let method = if number % 3 == 0 { Method::HEAD } else { Method::GET };
        let request = FetchRequest::new(method, format!("{url}?page={number}&q=a%20b#part"));
        let keyfob = scene.app.keyfob.clone();
        calls.spawn(async move { keyfob.fetch(request).await.is_ok() });
        if calls.len() == AT_ONCE {
            failed += usize::from(!matches!(calls.join_next().await, Some(Ok(true))));
        }
    }
    failed + calls.join_all().await.into_iter().filter(|worked| !worked).count()
}

#[derive(Deserialize)]
struct Verdict {
    valid: usize,
    invalid: usize,
    repeated: usize,
    notes: Vec<String>,
}

/// A proof as it arrived, and what its request was as the server saw it.
fn evidence(request: &Recorded) -> Value {
    let proofs: Vec<_> = request.headers.get_all("dpop").iter().map(|proof| proof.to_str().ok()).collect();
    let is_api = request.endpoint == Endpoint::Api;
    json!({
        "proofs": proofs,
        "method": request.method,
        "url": format!("{}{}", request.origin, request.path),
        "token": request.dpop().filter(|_| is_api),
    })
}
