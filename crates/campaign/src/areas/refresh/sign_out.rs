//! Sign-outs and sign-ins that come while a refresh is under way: they win.

use std::{sync::Arc, time::Duration};

use fake_provider::{Endpoint, FakeProvider, Gate, Person};
use keyfob::{ManualClock, Session};
use serde_json::json;
use tokio::sync::oneshot;

use crate::{
    check::{Check, Figure, Outcome, Scale},
    process::{Process, reply},
    scene::{LIFETIME, Scene, ended, within},
    shared::Keyring,
    wire::{Command, Reply, Seen, Shelf},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "refresh-signout",
    target: "500 sign-outs during refreshes in the same process, 500 by a second process, 200 sign-ins as another person by a second process: 0 resurrected, 0 keychain items left",
    guard: "epoch",
    n_full: 1200,
    body: |scale| Box::pin(sign_out(scale)),
}];

/// How many pairs of processes are at it at once.
const LANES: usize = 2;

#[derive(Clone, Copy, Default)]
struct Found {
    resurrected: usize,
    left: usize,
    tokens: usize,
}

async fn sign_out(scale: Scale) -> Outcome {
    let (outs, ins) = (scale.of(500), scale.of(200));
    let keyring = Arc::new(Keyring::start().await);
    let mut tasks = vec![tokio::spawn(in_one_process(outs))];
    for lane in 0..LANES {
        let keyring = Arc::clone(&keyring);
        let share = |all: usize| (all + lane) / LANES;
        let (outs, ins) = (share(outs), share(ins));
        tasks.push(tokio::spawn(async move { Lane::start(&keyring, lane).await.run(outs, ins).await }));
    }
    let mut found = Found::default();
    for task in tasks {
        let Found { resurrected, left, tokens } = task.await.expect("nothing panics");
        found.resurrected += resurrected;
        found.left += left;
        found.tokens += tokens;
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

async fn in_one_process(rounds: usize) -> Found {
    let provider = Arc::new(FakeProvider::start().await);
    let clock = ManualClock::new();
    let mut found = Found::default();
    for round in 0..rounds {
        let mut scene = Scene::at(Arc::clone(&provider), clock.clone(), json!({}));
        scene.sign_in().await;
        scene.expire();
        let gate = gate(&provider, round);
        let answer = scene.app.ask(None);
        within(gate.arrived()).await;
        scene.app.sign_out().await;
        gate.release();
        found.tokens += usize::from(ended(answer).await.is_ok());
        let restarted = scene.restarted().restored().await;
        found.resurrected += usize::from(scene.app.signed_in() || restarted != Session::SignedOut);
        found.left += scene.store.len();
        provider.forget();
    }
    found
}

/// A process that refreshes, and others over the same keychain that end the session under it.
struct Lane {
    keyring: Arc<Keyring>,
    service: String,
    shelf: Shelf,
    provider: FakeProvider,
    app: Process,
    /// By how much all clocks are ahead, in seconds.
    ahead: u64,
    found: Found,
}

impl Lane {
    async fn start(keyring: &Arc<Keyring>, lane: usize) -> Self {
        let service = format!("dev.keyfob.campaign.{lane}");
        let (keyring, shelf) = (Arc::clone(keyring), keyring.shelf(&service));
        let provider = FakeProvider::start().await;
        let app = Process::start(&provider, &shelf, 0).await;
        Self { keyring, service, shelf, provider, app, ahead: 0, found: Found::default() }
    }

    async fn run(mut self, outs: usize, ins: usize) -> Found {
        for round in 0..outs {
            self.signs_out(round).await;
        }
        for round in 0..ins {
            self.signs_in_as_another(round).await;
        }
        self.app.sign_out().await;
        self.found.left += self.keyring.len(&self.service).await;
        self.found
    }

    async fn signs_out(&mut self, round: usize) {
        let mut second = self.second_process().await;
        let (gate, answer) = self.refresh_under_way(round).await;
        second.sign_out().await;
        gate.release();
        self.found.tokens += usize::from(matches!(reply(answer).await, Reply::Token(_)));
        // Who starts next finds no more than this.
        self.found.left += self.keyring.len(&self.service).await;
        self.expect(&Seen::SignedOut).await;
        self.app = second;
    }

    async fn signs_in_as_another(&mut self, round: usize) {
        let mut second = self.second_process().await;
        let (gate, answer) = self.refresh_under_way(round).await;
        // Only the refresh waits: the sign-in's own exchange finds open gates.
        let token = self.provider.at(Endpoint::Token);
        token.hold().release();
        token.hold_answers().release();
        self.provider.person(Person::new("fake-sub-grace").name("Grace Hopper"));
        second.sign_in(&self.provider).await;
        gate.release();
        let given = match reply(answer).await {
            Reply::Token(token) => self.provider.access_token(&token),
            _ => None,
        };
        self.found.tokens += usize::from(given.is_some_and(|token| token.person.sub == "fake-sub-ada"));
        let as_grace = Seen::SignedIn { subject: "fake-sub-grace".to_owned() };
        self.expect(&as_grace).await;
        self.app = Process::start(&self.provider, &self.shelf, self.ahead).await;
        self.expect(&as_grace).await;
    }

    /// Signs Ada in, and starts a second process that knows of it.
    async fn second_process(&mut self) -> Process {
        self.provider.person(Person::new("fake-sub-ada").name("Ada Lovelace"));
        self.app.sign_in(&self.provider).await;
        let mut second = Process::start(&self.provider, &self.shelf, self.ahead).await;
        for process in [&mut self.app, &mut second] {
            process.advance(LIFETIME).await;
        }
        self.provider.advance(Duration::from_secs(LIFETIME));
        self.ahead += LIFETIME;
        second
    }

    /// A refresh that waits at the provider.
    async fn refresh_under_way(&mut self, round: usize) -> (Gate, oneshot::Receiver<Reply>) {
        let gate = gate(&self.provider, round);
        let answer = self.app.send(Command::Token).await;
        within(gate.arrived()).await;
        (gate, answer)
    }

    async fn expect(&mut self, expected: &Seen) {
        self.found.resurrected += usize::from(self.app.session().await != *expected);
        self.provider.forget();
    }
}

/// In turns before the provider commits and after.
fn gate(provider: &FakeProvider, round: usize) -> Gate {
    let at = provider.at(Endpoint::Token);
    if round.is_multiple_of(2) { at.hold() } else { at.hold_answers() }
}
