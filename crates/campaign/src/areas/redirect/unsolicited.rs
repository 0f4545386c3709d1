//! Callbacks that look right, and that nobody waits for.

use fake_provider::{Endpoint, FakeProvider, Person};
use keyfob::{CallbackOutcome, Keyfob, Session, SignInOptions, Snapshot};

use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::{App, Client, CountedStore, Scene, ended, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "redirect-unsolicited",
    target: "100 valid-looking callbacks with nothing pending, 100 replays of the accepted one, 100 login-CSRF callbacks (the attacker's own code and state): 0 effects",
    guard: "state",
    n_full: 300,
    body: |scale| Box::pin(unsolicited(scale)),
}];

async fn unsolicited(scale: Scale) -> Outcome {
    let each = scale.of(100);
    let mut scene = Scene::start().await;
    let keyfob = scene.app.keyfob.clone();
    scene.app.restored().await;
    let mut attacker = Attacker::start(&scene);
    let mut effects = Effects::default();

    for _ in 0..each {
        let callback = attacker.callback(&scene.provider).await;
        effects.of(&keyfob, &scene.provider, &callback).await;
    }

    let sign_in = begin(&keyfob);
    let url = within(scene.app.browser.recv()).await.expect("the app runs");
    for _ in 0..each {
        let callback = attacker.callback(&scene.provider).await;
        effects.of(&keyfob, &scene.provider, &callback).await;
    }

    scene.provider.person(Person::new("fake-sub-ada").name("Ada Lovelace"));
    let right = scene.provider.approve(&url).await;
    let gate = scene.provider.at(Endpoint::Token).hold();
    let accepted = keyfob.handle_callback(&right).await == CallbackOutcome::Accepted;
    if accepted {
        within(gate.arrived()).await;
    }
    let while_exchanged = each / 2;
    for _ in 0..while_exchanged {
        effects.of(&keyfob, &scene.provider, &right).await;
    }
    gate.release();
    let is_ada = matches!(
        ended(sign_in).await,
        Ok(Session::SignedIn { account, .. }) if account.subject == "fake-sub-ada"
    );
    scene.app.at_rest().await;
    for _ in while_exchanged..each {
        effects.of(&keyfob, &scene.provider, &right).await;
    }
    let codes = scene.provider.token_requests("authorization_code");
    Outcome::new(
        each * 3,
        [
            Figure::none(effects.accepted, "accepted"),
            Figure::none(effects.requests, "requests sent"),
            Figure::none(effects.changes, "state changes"),
            Figure::exactly(1, codes, "code exchanged"),
            Figure::exactly(1, usize::from(accepted && is_ada), "own sign-in completed"),
        ],
    )
}

fn begin(keyfob: &Keyfob) -> tokio::task::JoinHandle<Result<Session, keyfob::SignInError>> {
    let keyfob = keyfob.clone();
    tokio::spawn(async move { keyfob.sign_in(&SignInOptions::default()).await })
}

#[derive(Default)]
struct Effects {
    accepted: usize,
    requests: usize,
    changes: usize,
}

impl Effects {
    async fn of(&mut self, keyfob: &Keyfob, provider: &FakeProvider, callback: &str) {
        let (before, sent) = (keyfob.snapshot(), provider.at(Endpoint::Token).count());
        let outcome = keyfob.handle_callback(callback).await;
        self.accepted += usize::from(outcome == CallbackOutcome::Accepted);
        self.requests += provider.at(Endpoint::Token).count() - sent;
        self.changes += usize::from(differs(&before, &keyfob.snapshot()));
    }
}

/// A picture of the person may come at any time.
fn differs(before: &Snapshot, after: &Snapshot) -> bool {
    let without_picture = |snapshot: &Snapshot| {
        let mut snapshot = Snapshot { generation: 0, ..snapshot.clone() };
        if let Session::SignedIn { user, .. } = &mut snapshot.session {
            user.picture = None;
        }
        snapshot
    };
    without_picture(before) != without_picture(after)
}

/// Somebody else with an account at the same provider, and an app of their own.
struct Attacker {
    app: App,
}

impl Attacker {
    fn start(scene: &Scene) -> Self {
        let client = Client::of(&scene.provider);
        Self { app: App::start(&client, CountedStore::default(), &scene.clock, &serde_json::json!({})) }
    }

    /// Their own code and state, which nobody has used yet.
    async fn callback(&mut self, provider: &FakeProvider) -> String {
        drop(begin(&self.app.keyfob));
        let url = within(self.app.browser.recv()).await.expect("the app runs");
        provider.person(Person::new("fake-sub-mallory").name("Mallory"));
        provider.approve(&url).await
    }
}
