//! Two sign-ins at once, answered in every order.

use std::{sync::Arc, time::Duration};

use fake_provider::{Endpoint, FakeProvider, Person};
use keyfob::{CallbackOutcome, ManualClock, Session, SignInError, SignInOptions};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::{Scene, ended, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "redirect-order",
    target: "200 runs of two sign-ins answered in the other order or late: never crossed",
    guard: "state",
    n_full: 200,
    body: |scale| Box::pin(order(scale)),
}];

const PATIENCE: Duration = Duration::from_secs(5);
const PEOPLE: [&str; 2] = ["fake-sub-ada", "fake-sub-grace"];

/// A sign-in of one of the people, and what their browser brings back.
struct Begun {
    subject: &'static str,
    outcome: JoinHandle<Result<Session, SignInError>>,
    callback: String,
}

#[derive(Default)]
struct Found {
    crossed: usize,
    failed: usize,
    late: usize,
}

async fn order(scale: Scale) -> Outcome {
    let runs = scale.of(200);
    let provider = Arc::new(FakeProvider::start().await);
    let clock = ManualClock::new();
    let mut found = Found::default();
    for run in 0..runs {
        let mut scene = Scene::at(Arc::clone(&provider), clock.clone(), json!({}));
        let mut both = [begin(&mut scene, PEOPLE[0]).await, begin(&mut scene, PEOPLE[1]).await];
        if run % 2 == 0 {
            both.reverse();
        }
        if run % 4 < 2 {
            one_is_late(&scene, both, &mut found).await;
        } else {
            at_once(&scene, both, &mut found).await;
        }
        provider.forget();
    }
    Outcome::new(
        runs,
        [
            Figure::none(found.crossed, "crossed"),
            Figure::none(found.failed, "runs without a session"),
            Figure::none(found.late, "late answers that counted"),
        ],
    )
}

async fn begin(scene: &mut Scene, subject: &'static str) -> Begun {
    let keyfob = scene.app.keyfob.clone();
    let outcome = tokio::spawn(async move { keyfob.sign_in(&SignInOptions::default()).await });
    let url = within(scene.app.browser.recv()).await.expect("the app runs");
    scene.provider.person(Person::new(subject));
    Begun { subject, outcome, callback: scene.provider.approve(&url).await }
}

/// The second answer comes when the first has signed somebody in.
async fn one_is_late(scene: &Scene, [first, second]: [Begun; 2], found: &mut Found) {
    scene.app.keyfob.handle_callback(&first.callback).await;
    judge(scene, vec![first], found).await;
    let late = scene.app.keyfob.handle_callback(&second.callback).await;
    found.late += usize::from(late == CallbackOutcome::Accepted);
    found.crossed += usize::from(in_time(second.outcome).await.is_some());
}

/// Both answers are exchanged at the same time.
async fn at_once(scene: &Scene, both: [Begun; 2], found: &mut Found) {
    let gate = scene.provider.at(Endpoint::Token).hold();
    let mut accepted = 0;
    for begun in &both {
        let outcome = scene.app.keyfob.handle_callback(&begun.callback).await;
        accepted += usize::from(outcome == CallbackOutcome::Accepted);
    }
    within(gate.arrived_times(accepted)).await;
    gate.release();
    judge(scene, both.into(), found).await;
}

/// One of them has signed in, and as the person who did so.
async fn judge(scene: &Scene, begun: Vec<Begun>, found: &mut Found) {
    let mut winner = None;
    for Begun { subject, outcome, .. } in begun {
        if let Some(session) = in_time(outcome).await {
            found.crossed += usize::from(subject_of(&session) != Some(subject) || winner.is_some());
            winner = Some(subject);
        }
    }
    let session = scene.app.keyfob.snapshot().session;
    match winner {
        Some(subject) => found.crossed += usize::from(subject_of(&session) != Some(subject)),
        None => found.failed += 1,
    }
}

/// The session, if it comes to one: a sign-in that is answered for another waits for ever.
async fn in_time(outcome: JoinHandle<Result<Session, SignInError>>) -> Option<Session> {
    tokio::time::timeout(PATIENCE, ended(outcome)).await.ok()?.ok()
}

fn subject_of(session: &Session) -> Option<&str> {
    match session {
        Session::SignedIn { account, .. } => Some(&account.subject),
        _ => None,
    }
}
