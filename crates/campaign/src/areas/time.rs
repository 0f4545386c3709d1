//! Clocks that are set.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    check::{Check, Figure, Outcome, Scale, float},
    scene::Scene,
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "time-jumps",
    target: "wall clock +8 h, -8 h, +1 d, -1 d live: at most 2 refreshes each, no expired token returned for over 60 s, 0 sign-outs",
    guard: "monotonic",
    n_full: JUMPS.len(),
    body: |scale| Box::pin(jumps(scale)),
}];

const HOUR: i64 = 3600;
const JUMPS: [i64; 4] = [8 * HOUR, -8 * HOUR, 24 * HOUR, -24 * HOUR];
/// How often somebody asks, in seconds.
const STEP: u64 = 10;
/// What a jump sets off is over by then, in steps.
const SETTLED: usize = 60;
/// Longer than a token lives, in steps.
const WATCHED: usize = 420;

async fn jumps(_: Scale) -> Outcome {
    let (mut refreshes, mut dead, mut endings, mut failures) = (0, 0, 0, 0);
    for jump in JUMPS {
        let mut scene = Scene::start().await;
        scene.sign_in().await;
        scene.app.token().await.expect("a token");
        let ends = scene.app.endings();
        scene.clock.jump(jump);
        let mut dead_for = 0;
        for step in 0..WATCHED {
            match scene.app.token().await {
                Ok(token) if is_dead(&scene, token.access_token.expose()) => dead_for += STEP,
                Ok(_) => dead_for = 0,
                Err(_) => failures += 1,
            }
            dead = dead.max(dead_for);
            scene.advance(STEP);
            if step == SETTLED {
                refreshes = refreshes.max(scene.refreshes());
            }
        }
        endings += ends.count().await;
    }
    let dead = float(usize::try_from(dead).expect("an hour or two"));
    Outcome::new(
        JUMPS.len(),
        [
            Figure::at_most(2.0, float(refreshes), "refreshes"),
            Figure::at_most(60.0, dead, "s of expired tokens"),
            Figure::none(endings, "sign-outs"),
            Figure::none(failures, "calls without a token"),
        ],
    )
}

/// By the clock of the provider, which nobody has set.
fn is_dead(scene: &Scene, token: &str) -> bool {
    let now: SystemTime = scene.provider.now();
    let known = scene.provider.access_token(token);
    known.is_none_or(|known| UNIX_EPOCH + Duration::from_secs(known.expires_at) <= now)
}
