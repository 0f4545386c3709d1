//! What must never be used twice.

use std::collections::HashSet;

use fake_provider::Endpoint;
use keyfob::{ErrorCode, Failure, SignInOptions};
use serde_json::json;

use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::{Scene, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "protocol-unique",
    target: "1,000 authorization requests: all state, nonce, challenge, verifier distinct; S256 always; metadata that offers only plain: refused",
    guard: "nonce",
    n_full: 1000,
    body: |scale| Box::pin(unique(scale)),
}];

/// 32 random bytes in base64url.
const SHORTEST: usize = 43;

async fn unique(scale: Scale) -> Outcome {
    let n = scale.of(1000);
    let mut scene = Scene::start().await;
    for _ in 0..n {
        scene.sign_in().await;
    }
    let requests = scene.provider.at(Endpoint::Authorization).requests();
    let values = |name: &str| {
        requests.iter().filter_map(|request| request.query.get(name).map(str::to_owned)).collect::<Vec<_>>()
    };
    let mut used = ["state", "nonce", "code_challenge"].map(values).to_vec();
    used.push(scene.provider.issued().code_verifiers);
    let distinct = used.iter().map(|values| values.iter().collect::<HashSet<_>>().len()).sum();
    let short = used.iter().flatten().filter(|value| value.len() < SHORTEST).count();
    let methods = values("code_challenge_method");
    let figures = [
        Figure::exactly(4 * n, distinct, "distinct values"),
        Figure::none(short, "values of less than 256 bits"),
        Figure::exactly(n, methods.iter().filter(|method| *method == "S256").count(), "times S256"),
        Figure::none(usize::from(!plain_is_refused().await), "requests where only plain is offered"),
    ];
    Outcome::new(requests.len(), figures)
}

async fn plain_is_refused() -> bool {
    let mut scene = Scene::start().await;
    scene.provider.metadata(|document| document["code_challenge_methods_supported"] = json!(["plain"]));
    let refused = within(scene.app.keyfob.sign_in(&SignInOptions::default())).await;
    let code = refused.err().map(|error| error.code());
    code == Some(ErrorCode::InvalidMetadata) && scene.app.browser.try_recv().is_err()
}
