//! Two processes of one app whose tokens expire at the same moment.

use std::{sync::Arc, time::Duration};

use fake_provider::{Endpoint, FakeProvider, Fault, Rotation};

use crate::{
    check::{Check, Figure, Outcome, Scale},
    process::{Process, reply},
    scene::LIFETIME,
    shared::Keyring,
    wire::{Command, Reply, Seen},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "refresh-processes",
    target: "2 processes x 500 simultaneous expiries on rotate-strict: 500 refreshes, 0 replays, 0 sign-outs",
    guard: "process_lock",
    n_full: 500,
    body: |scale| Box::pin(processes(scale)),
}];

/// Long enough that both are there while a refresh is under way.
const SLOW: Duration = Duration::from_millis(30);
/// More rounds without a token say nothing new.
const ENOUGH: usize = 3;

async fn processes(scale: Scale) -> Outcome {
    let rounds = scale.of(500);
    let provider = Arc::new(FakeProvider::start().await);
    provider.token().rotation(Rotation::Strict);
    let keyring = Keyring::start().await;
    let shelf = keyring.shelf("dev.keyfob.campaign");
    let mut one = Process::start(&provider, &shelf, 0).await;
    one.sign_in(&provider).await;
    let mut other = Process::start(&provider, &shelf, 0).await;
    provider.at(Endpoint::Token).always(Fault::AnswerDelayed(SLOW));
    let (mut tried, mut differing, mut endings) = (0, 0, 0);
    while tried < rounds && endings < ENOUGH {
        provider.advance(Duration::from_secs(LIFETIME));
        one.advance(LIFETIME).await;
        other.advance(LIFETIME).await;
        let (first, second) = (one.send(Command::Token).await, other.send(Command::Token).await);
        let (first, second) = tokio::join!(reply(first), reply(second));
        let is_one =
            matches!((first, second), (Reply::Token(first), Reply::Token(second)) if first == second);
        differing += usize::from(!is_one);
        for process in [&mut one, &mut other] {
            endings += usize::from(!matches!(process.session().await, Seen::SignedIn { .. }));
        }
        tried += 1;
        provider.forget();
    }
    Outcome::new(
        tried,
        [
            Figure::exactly(tried, provider.token_requests("refresh_token"), "refreshes"),
            Figure::none(provider.replays(), "replays"),
            Figure::none(endings, "sign-outs"),
            Figure::none(differing, "rounds without one token for both"),
        ],
    )
}
