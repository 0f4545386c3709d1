//! Servers that want a nonce in each proof, another one each time.

use std::sync::Arc;

use fake_provider::{Endpoint, FakeProvider};
use keyfob::{ErrorCode, Failure as _, FetchRequest, ManualClock};
use serde_json::json;

use crate::{
    check::{Check, Figure, Outcome, Scale, float},
    scene::Scene,
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "dpop-nonce",
    target: "a nonce required everywhere and rotated on every answer: 1,000 calls, one extra round trip for each server at most; a server that no nonce satisfies: 2 attempts at most, then an error, and the session lives",
    guard: "dpop_nonce",
    n_full: CALLS,
    body: |scale| Box::pin(nonces(scale)),
}];

const CALLS: usize = 1000;
/// How many calls an access token serves.
const CALLS_PER_TOKEN: usize = 10;
/// The provider, and two APIs.
const SERVERS: f64 = 3.0;

const AUDIENCE: &str = "https://api.example";

async fn nonces(scale: Scale) -> Outcome {
    let (mut scene, apis) = bound(&|provider| {
        provider.par().required();
        provider.dpop().nonces().rotating_nonces();
    })
    .await;
    scene.sign_in().await;
    let calls = scale.of(CALLS);
    let mut failed = 0;
    for call in 0..calls {
        if call % CALLS_PER_TOKEN == 0 {
            scene.expire();
        }
        let answer = scene.app.keyfob.fetch(FetchRequest::get(&apis[call % apis.len()])).await;
        failed += usize::from(!answer.is_ok_and(|answer| answer.status == 200));
    }
    let extra = scene.provider.refused_proofs().len();
    let (attempts, other_errors) = unsatisfied(&scene, &apis[0]).await;
    Outcome::new(
        calls,
        [
            Figure::none(failed, "calls failed"),
            Figure::at_most(SERVERS, float(extra), "extra round trips"),
            Figure::at_most(2.0, float(attempts), "attempts at a server that is never satisfied"),
            Figure::none(other_errors, "other ends of them"),
            Figure::none(usize::from(!scene.app.signed_in()), "sessions lost"),
        ],
    )
}

/// The most attempts that one call made at a server that no nonce satisfies, and how many of the two calls ended in
/// another way than they should.
async fn unsatisfied(scene: &Scene, api: &str) -> (usize, usize) {
    scene.provider.dpop().never_satisfied();
    scene.provider.forget();
    let fetched = scene.app.keyfob.fetch(FetchRequest::get(api)).await.map_err(|error| error.code());
    let at_api = scene.provider.at(Endpoint::Api).requests().len();
    scene.expire();
    let renewed = scene.app.token().await.map_err(|error| error.code());
    let at_provider = scene.provider.at(Endpoint::Token).requests().len();
    let others = [
        fetched.err() != Some(ErrorCode::ProofRefused),
        renewed.err() != Some(ErrorCode::TokenRequestFailed),
    ];
    (at_api.max(at_provider), others.into_iter().filter(|other| *other).count())
}

/// An app whose tokens are bound, at a provider that judges each proof, and the URLs of two APIs.
pub(super) async fn bound(script: &(dyn Fn(&FakeProvider) + Sync)) -> (Scene, [String; 2]) {
    let provider = FakeProvider::start().await;
    provider.api_audience(AUDIENCE);
    provider.dpop().required();
    script(&provider);
    let elsewhere = provider.another_origin();
    let apis = [provider.api_url(), provider.api_url().replace(provider.origin(), &elsewhere)];
    let resources = json!([
        { "origin": provider.origin(), "audience": AUDIENCE },
        { "origin": elsewhere, "audience": AUDIENCE },
    ]);
    let settings = json!({ "dpop": true, "audience": AUDIENCE, "resources": resources });
    (Scene::at(Arc::new(provider), ManualClock::new(), settings), apis)
}
