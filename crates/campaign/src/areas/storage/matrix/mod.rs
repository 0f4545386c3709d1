//! Everything that may be wrong with the real gnome-keyring, on buses of their own.

mod abandoned;
mod app;
mod process;
mod stage;
mod troubles;

use tokio::task::spawn_blocking;

use self::{
    abandoned::Abandoned,
    troubles::{Found, LONGEST_WAIT, TRIALS},
};
use crate::check::{Check, Figure, Outcome, Scale};
pub(crate) use process::serve;

pub(in crate::areas) const CHECKS: &[Check] = &[Check {
    id: "storage-matrix",
    target: "no bus, no service, a late one, locked, no default collection, restarted, hung, each at start and while the app runs: start within 5 s, no caller waits over 3 s, 0 prompts from background work, 0 items deleted, 0 sign-outs, back within 5 s without a restart, and idle until then; 200 writes abandoned in a service that hangs, then signed out: 0 items left",
    guard: "fence",
    n_full: TRIALS.len() * ROUNDS + WRITES,
    body: |scale| Box::pin(matrix(scale)),
}];

/// The argument that makes this program the app.
pub(crate) const APP: &str = "--app";

/// How often each trouble is had in the full form.
const ROUNDS: usize = 5;
/// How many writes are abandoned in the full form.
const WRITES: usize = 200;
/// Desktops that run at once: more would only wait for one another.
const AT_ONCE: usize = 2;

async fn matrix(scale: Scale) -> Outcome {
    let rounds = match scale {
        Scale::Full => ROUNDS,
        Scale::Short => 1,
    };
    let abandoned = abandoned(scale.of(WRITES)).await;
    let found = troubles(rounds).await;
    let figures = [
        Figure::at_most(5.0, hundredths(found.start), "s to start"),
        Figure::at_most(LONGEST_WAIT, hundredths(found.wait), "s that a caller waits"),
        Figure::none(found.wrong, "answers other than they should be"),
        Figure::none(found.prompts, "prompts from background work"),
        Figure::none(found.deletions, "items deleted"),
        Figure::none(found.endings, "sign-outs"),
        Figure::at_most(5.0, hundredths(found.recovery), "s until it works again"),
        Figure::at_most(0.1, hundredths(found.load), "of a processor while it waits"),
        Figure::none(abandoned.left, "items left after sign-outs"),
    ];
    let asked = (found.asked > 0).then(|| {
        format!("{} of {} recoveries came only when somebody asked", found.asked, TRIALS.len() * rounds)
    });
    let notes: Vec<_> = asked.into_iter().chain(found.notes).chain(abandoned.notes).collect();
    Outcome::new(TRIALS.len() * rounds + abandoned.writes, figures).note(&notes)
}

async fn troubles(rounds: usize) -> Found {
    let trials: Vec<_> = (0..rounds).flat_map(|_| TRIALS).collect();
    let mut all = Found::default();
    for trials in trials.chunks(AT_ONCE) {
        let trials: Vec<_> = trials
            .iter()
            .map(|trial| {
                let trial = *trial;
                spawn_blocking(move || troubles::tried(trial))
            })
            .collect();
        for trial in trials {
            all.add(trial.await.expect("no trial panics"));
        }
    }
    all
}

async fn abandoned(writes: usize) -> Abandoned {
    let each = writes.div_ceil(AT_ONCE).max(abandoned::LEAST);
    let desktops: Vec<_> =
        (0..writes.div_ceil(each)).map(|_| spawn_blocking(move || abandoned::tried(each))).collect();
    let mut all = Abandoned::default();
    for desktop in desktops {
        all.add(desktop.await.expect("no trial panics"));
    }
    all
}

fn hundredths(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}
