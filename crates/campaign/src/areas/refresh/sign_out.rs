//! Sign-outs and sign-ins that come while a refresh is under way: they win.

use fake_provider::{Endpoint, FakeProvider, Gate, Person};
use keyfob::{ManualClock, Session};
use serde_json::json;
use std::sync::Arc;

use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::{Answer, Scene, ended, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "refresh-signout",
    target: "500 sign-outs during refreshes in the same process, 500 by a second process, 200 sign-ins as another person by a second process: 0 resurrected, 0 keychain items left",
    guard: "epoch",
    n_full: 1200,
    body: |scale| Box::pin(sign_out(scale)),
}];

/// Who ends the session under the refresh.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    ItsProcess,
    /// A second engine over the same keychain.
    Another,
}

#[derive(Default)]
struct Found {
    resurrected: usize,
    left: usize,
    tokens: usize,
}

async fn sign_out(scale: Scale) -> Outcome {
    let provider = Arc::new(FakeProvider::start().await);
    let clock = ManualClock::new();
    let mut found = Found::default();
    let (outs, ins) = (scale.of(500), scale.of(200));
    for round in 0..outs {
        for by in [By::ItsProcess, By::Another] {
            let mut scene = Scene::at(Arc::clone(&provider), clock.clone(), json!({}));
            signs_out(&mut scene, by, round, &mut found).await;
        }
        provider.forget();
    }
    for round in 0..ins {
        let mut scene = Scene::at(Arc::clone(&provider), clock.clone(), json!({}));
        signs_in_as_another(&mut scene, round, &mut found).await;
        provider.forget();
    }
    Outcome::new(
        outs * 2 + ins,
        [
            Figure::none(found.resurrected, "resurrected"),
            Figure::none(found.left, "keychain items left"),
            Figure::none(found.tokens, "tokens given after the end"),
        ],
    )
}

async fn signs_out(scene: &mut Scene, by: By, round: usize, found: &mut Found) {
    scene.sign_in().await;
    let second = scene.another();
    second.restored().await;
    scene.expire();
    let (gate, answer) = refresh_under_way(scene, round).await;
    match by {
        By::ItsProcess => scene.app.sign_out().await,
        By::Another => second.sign_out().await,
    }
    gate.release();
    found.tokens += usize::from(ended(answer).await.is_ok());
    let lives = by == By::ItsProcess && scene.app.signed_in();
    let restarted = scene.another().restored().await;
    found.resurrected += usize::from(lives || restarted != Session::SignedOut);
    found.left += scene.store.len();
}

async fn signs_in_as_another(scene: &mut Scene, round: usize, found: &mut Found) {
    scene.provider.person(Person::new("fake-sub-ada").name("Ada Lovelace"));
    scene.sign_in().await;
    let mut second = scene.another();
    second.restored().await;
    scene.expire();
    let (gate, answer) = refresh_under_way(scene, round).await;
    // Only the refresh waits: the sign-in's own exchange finds open gates.
    let token = scene.provider.at(Endpoint::Token);
    token.hold().release();
    token.hold_answers().release();
    scene.provider.person(Person::new("fake-sub-grace").name("Grace Hopper"));
    second.sign_in(&scene.provider).await;
    gate.release();
    let given = ended(answer).await.ok();
    let given = given.and_then(|token| scene.provider.access_token(token.access_token.expose()));
    found.tokens += usize::from(given.is_some_and(|token| token.person.sub == "fake-sub-ada"));
    let third = scene.another();
    let now = third.restored().await;
    let as_grace = matches!(&now, Session::SignedIn { user, .. } if user.subject == "fake-sub-grace");
    found.resurrected += usize::from(!as_grace);
}

/// A refresh that waits, in turns before the provider commits and after.
async fn refresh_under_way(scene: &Scene, round: usize) -> (Gate, tokio::task::JoinHandle<Answer>) {
    let at = scene.provider.at(Endpoint::Token);
    let gate = if round.is_multiple_of(2) { at.hold() } else { at.hold_answers() };
    let answer = scene.app.ask(None);
    within(gate.arrived()).await;
    (gate, answer)
}
