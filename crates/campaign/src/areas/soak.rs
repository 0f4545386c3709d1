//! A long life.

use std::fs;

use crate::{
    check::{Check, Figure, Outcome, Scale, float},
    scene::Scene,
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "soak",
    target: "10,000 refresh cycles: RSS growth at most 10 MiB, 0 descriptors leaked, 0 errors",
    guard: "event_ring",
    n_full: 10_000,
    body: |scale| Box::pin(soak(scale)),
}];

/// Until then buffers, pools and allocator arenas grow to what they need.
const WARM_UP: usize = 300;
/// The provider stands in this process too, and its memory is none of the engine's.
const FORGET_EVERY: usize = 50;
/// More events than are ever remembered.
const FULL_RING: usize = 1200;
/// Linux' page size where we run.
const PAGE: usize = 4096;
const MIB: f64 = 1024.0 * 1024.0;

async fn soak(scale: Scale) -> Outcome {
    let cycles = scale.of(10_000).max(FULL_RING);
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let mut errors = live(&scene, WARM_UP).await;
    let (resident, descriptors) = (resident(), open_descriptors());
    errors += live(&scene, cycles).await;
    let growth = float(self::resident().saturating_sub(resident)) / MIB;
    let leaked = open_descriptors().saturating_sub(descriptors);
    let missing = (WARM_UP + cycles).abs_diff(scene.refreshes());
    Outcome::new(
        cycles,
        [
            Figure::at_most(10.0, (growth * 100.0).round() / 100.0, "MiB of growth"),
            Figure::none(leaked, "descriptors leaked"),
            Figure::at_most(1000.0, float(scene.app.keyfob.events().len()), "events remembered"),
            Figure::none(errors, "errors"),
            Figure::none(missing, "refreshes too few or too many"),
        ],
    )
}

async fn live(scene: &Scene, cycles: usize) -> usize {
    let mut errors = 0;
    for cycle in 0..cycles {
        scene.expire();
        errors += usize::from(scene.app.token().await.is_err());
        if cycle % FORGET_EVERY == 0 {
            scene.provider.forget();
        }
    }
    scene.provider.forget();
    errors
}

/// Bytes of this process that stand in memory.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.expect("a number of pages") * PAGE
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("Linux").count()
}
