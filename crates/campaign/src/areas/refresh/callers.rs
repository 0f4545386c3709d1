//! Many callers at once, callers that go away, and callers for whom there is a token at hand.

use std::{collections::HashSet, time::Duration};

use fake_provider::{Endpoint, Fault, Gate, Person, Rotation};
use serde_json::json;

use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::{Answer, Scene, ended, within},
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "refresh-burst",
        target: "1,000 and 10,000 concurrent callers on an expired token: exactly 1 token request each, all the same token",
        guard: "one_flight",
        n_full: 11_000,
        body: |scale| Box::pin(burst(scale)),
    },
    Check {
        id: "refresh-resources",
        target: "200 callers x 5 audiences on rotate-strict: exactly 5 token requests, never two at once, 0 invalid_grant",
        guard: "family_lock",
        n_full: 1000,
        body: |scale| Box::pin(resources(scale)),
    },
    Check {
        id: "refresh-cached",
        target: "100,000 cached calls: 0 network, 0 keychain reads",
        guard: "cache",
        n_full: 100_000,
        body: |scale| Box::pin(cached(scale)),
    },
    Check {
        id: "refresh-cancel",
        target: "1,000 dropped callers during refreshes: every refresh completes once and is persisted",
        guard: "spawned_flight",
        n_full: 1000,
        body: |scale| Box::pin(cancel(scale)),
    },
];

/// Long enough that everybody is there while a refresh is under way.
const SLOW: Duration = Duration::from_millis(30);

async fn burst(scale: Scale) -> Outcome {
    let crowds: &[usize] = match scale {
        Scale::Full => &[1000, 10_000],
        Scale::Short => &[1000],
    };
    let (mut requests, mut tokens, mut errors) = (0, 0, 0);
    for callers in crowds {
        let mut scene = Scene::start().await;
        scene.sign_in().await;
        scene.expire();
        scene.provider.at(Endpoint::Token).always(Fault::AnswerDelayed(SLOW));
        let asking: Vec<_> = (0..*callers).map(|_| scene.app.ask(None)).collect();
        let mut seen = HashSet::new();
        for answer in asking {
            if scene.refreshes() > ENOUGH {
                break;
            }
            match ended(answer).await {
                Ok(token) => drop(seen.insert(token.access_token.expose().to_owned())),
                Err(_) => errors += 1,
            }
        }
        requests = requests.max(scene.refreshes());
        tokens = tokens.max(seen.len());
    }
    Outcome::new(
        crowds.iter().sum(),
        [
            Figure::exactly(1, requests, "token requests"),
            Figure::exactly(1, tokens, "tokens"),
            Figure::none(errors, "errors"),
        ],
    )
}

async fn resources(scale: Scale) -> Outcome {
    let audiences: Vec<_> = (0..5).map(|index| format!("https://api{index}.example")).collect();
    let resources: Vec<_> =
        audiences.iter().map(|each| json!({ "origin": each, "audience": each })).collect();
    let mut scene = Scene::with(json!({ "audience": audiences[0], "resources": resources })).await;
    scene.provider.token().rotation(Rotation::Strict);
    scene.sign_in().await;
    scene.expire();
    scene.provider.at(Endpoint::Token).always(Fault::AnswerDelayed(SLOW));
    let callers = scale.of(200);
    let asking: Vec<_> = (0..callers)
        .flat_map(|_| audiences.iter())
        .map(|audience| (audience, scene.app.ask(Some(audience))))
        .collect();
    let mut wrong = 0;
    for (audience, answer) in asking {
        let token = ended(answer).await.ok();
        let known = token.and_then(|token| scene.provider.access_token(token.access_token.expose()));
        wrong += usize::from(known.is_none_or(|token| token.audience != [audience.as_str()]));
    }
    Outcome::new(
        callers * audiences.len(),
        [
            Figure::exactly(5, scene.refreshes(), "token requests"),
            Figure::exactly(1, scene.provider.at(Endpoint::Token).most_at_once(), "at once"),
            Figure::none(scene.provider.replays(), "replays"),
            Figure::none(wrong, "callers without their token"),
        ],
    )
}

async fn cached(scale: Scale) -> Outcome {
    let calls = scale.of(100_000);
    let mut scene = Scene::start().await;
    // One without a picture, which would be fetched some time after the sign-in.
    scene.provider.person(Person::new("fake-sub-grace"));
    scene.sign_in().await;
    scene.app.token().await.expect("a token");
    let (requests, reads) = (scene.requests(), scene.store.reads());
    let mut errors = 0;
    for _ in 0..calls {
        errors += usize::from(scene.app.token().await.is_err());
    }
    Outcome::new(
        calls,
        [
            Figure::none(scene.requests() - requests, "requests"),
            Figure::none(scene.store.reads() - reads, "keychain reads"),
            Figure::none(errors, "errors"),
        ],
    )
}

/// A refresh whose caller is gone should be kept within this time.
const KEPT: Duration = Duration::from_secs(5);

/// More misses than these say nothing new, and each costs time.
const ENOUGH: usize = 3;

async fn cancel(scale: Scale) -> Outcome {
    let drops = scale.of(1000);
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let (mut lost, mut doubled, mut dropped) = (0, 0, 0);
    let mut notes = Vec::new();
    while dropped < drops && lost < ENOUGH {
        scene.expire();
        let before = scene.refreshes();
        let at = scene.provider.at(Endpoint::Token);
        // In turns before the provider commits and after.
        let gate = if dropped % 2 == 0 { at.hold() } else { at.hold_answers() };
        let answer = drop_caller(&scene, gate).await;
        dropped += 1;
        if let Some(answer) = answer {
            notes.push(format!("caller {dropped} was answered: {:?}", answer.map(|_| "a token")));
        }
        if !is_kept(&scene, dropped).await {
            lost += 1;
            continue;
        }
        let next = scene.app.token().await;
        // It may have come from the cache while its refresh was still on its way out.
        scene.app.at_rest().await;
        let is_one = next.is_ok() && scene.refreshes() == before + 1;
        if !is_one {
            doubled += 1;
            let sent = scene.refreshes() - before;
            notes.push(format!("after caller {dropped}, {sent} refreshes: {:?}", next.map(|_| "a token")));
        }
    }
    Outcome::new(
        dropped,
        [
            Figure::none(lost, "refreshes lost"),
            Figure::none(doubled, "refreshes repeated"),
            Figure::none(scene.provider.replays(), "replays"),
        ],
    )
    .note(&notes)
}

/// Drops a caller whose refresh waits at the gate; gives the answer of one that had it before.
async fn drop_caller(scene: &Scene, gate: Gate) -> Option<Answer> {
    let mut caller = scene.app.ask(None);
    tokio::select! {
        () = within(gate.arrived()) => {}
        answer = &mut caller => return answer.ok(),
    }
    caller.abort();
    // Its end has to be seen: only then it is gone.
    drop(caller.await);
    gate.release();
    None
}

/// Whether the provider's newest refresh token, of this many, is in the keychain.
async fn is_kept(scene: &Scene, rotations: usize) -> bool {
    let began = tokio::time::Instant::now();
    while scene.provider.rotations().len() < rotations {
        if began.elapsed() > KEPT {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let newest = scene.provider.rotations().pop().expect("there is one");
    scene.store.comes_to_hold(&newest.refresh_token, KEPT).await
}
