//! Processes that are killed in the middle of a refresh, and what becomes of their session.

mod lane;
mod phase;

use std::time::Duration;

use fake_provider::Rotation;

use self::lane::{Found, Lane};
pub(super) use self::phase::Phase;
use crate::check::{Check, Figure, Outcome, Scale, float};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "crash-grace",
        target: "1,000 kill -9 with a grace-period server, and as many with one that doesn't rotate, at least 100 in each phase: 0 lost sessions, 0 corrupt records",
        guard: "persist",
        n_full: 2 * Phase::OF_A_REFRESH.len() * PER_PHASE,
        body: |scale| Box::pin(grace(scale)),
    },
    Check {
        id: "crash-strict",
        target: "1,000 kill -9 on rotate-strict: sessions lost only between server commit and local commit; the client's share of that window p99 at most 50 ms; the reason right every time",
        guard: "journal",
        n_full: (Phase::OF_A_REFRESH.len() + 1) * PER_PHASE,
        body: |scale| Box::pin(strict(scale)),
    },
];

/// How many kills in each phase: 1,000 in the six of a refresh.
const PER_PHASE: usize = 167;
const WANTED_PER_PHASE: usize = 100;
/// How many processes run, and are killed, at once.
const LANES: usize = 2;

async fn grace(scale: Scale) -> Outcome {
    let mut found = Found::default();
    let rotations = [Rotation::Grace, Rotation::None];
    for rotation in rotations {
        found += kills(rotation, &Phase::OF_A_REFRESH, scale).await;
    }
    Outcome::new(
        found.kills(),
        [
            Figure::at_least(
                wanted_per_phase(scale) * float(rotations.len()),
                found.fewest(&Phase::OF_A_REFRESH),
                "kills in each phase",
            ),
            Figure::none(found.lost, "sessions lost"),
            Figure::none(found.corrupt, "corrupt records"),
            Figure::none(found.left, "items left by a sign-out"),
        ],
    )
    .note(&found.notes)
}

async fn strict(scale: Scale) -> Outcome {
    let phases: Vec<_> = Phase::OF_A_REFRESH.into_iter().chain([Phase::AtRest]).collect();
    let found = kills(Rotation::Strict, &phases, scale).await;
    // Of so few, the 99th percentile would be the one that the machine was busiest in.
    let (percentile, window) = match scale {
        Scale::Full => (99, "ms from the provider's commit to the client's (p99)"),
        Scale::Short => (50, "ms from the provider's commit to the client's (median)"),
    };
    Outcome::new(
        found.kills(),
        [
            Figure::at_least(wanted_per_phase(scale), found.fewest(&phases), "kills in each phase"),
            Figure::at_least(1.0, float(found.lost_in_window), "sessions lost in the window"),
            Figure::none(found.lost, "outside it"),
            Figure::none(found.corrupt, "corrupt records"),
            Figure::none(found.left, "items left by a sign-out"),
            Figure::none(found.wrong, "other ends or reasons than the logs say"),
            Figure::at_most(50.0, milliseconds(found.window(percentile)), window),
        ],
    )
    .note(&found.notes)
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

fn wanted_per_phase(scale: Scale) -> f64 {
    float(scale.of(WANTED_PER_PHASE))
}

/// So many kills in each phase, in lanes that know nothing of each other.
async fn kills(rotation: Rotation, phases: &[Phase], scale: Scale) -> Found {
    let rounds = scale.of(PER_PHASE);
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| {
            let phases = phases.to_vec();
            tokio::spawn(async move {
                let mut alone = Lane::start(rotation).await;
                for round in 0..(rounds + lane) / LANES {
                    for phase in &phases {
                        alone.kill_in(*phase, round).await;
                    }
                }
                alone.end().await
            })
        })
        .collect();
    let mut found = Found::default();
    for lane in lanes {
        found += lane.await.expect("nothing panics");
    }
    found
}
