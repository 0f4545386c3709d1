//! Whatever happens to an app, in whatever order and however much of it at once, some things always hold:
//!
//! 1. at most one use of a family's refresh token is in flight;
//! 2. a refresh token is never used once its successor is in the keychain;
//! 3. signed out stays signed out;
//! 4. the generations of a process's snapshots only grow;
//! 5. a token of one account is never given under another, and none before it is in the keychain;
//! 6. nobody has to sign in again without a documented reason.
//!
//! The stories are the same in every run; `PROPTEST_CASES` asks for more of them, `PROPTEST_RNG_SEED` for others.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
#[path = "../common/mod.rs"]
mod common;
mod history;
mod op;
mod process;
mod world;

use fake_provider::Rotation;
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestRunner};

use op::{Act, Moment, Op, Process, Story, Who};
use world::World;

/// What fits into two minutes of a busy machine: who waits for another process in trouble does so for 25 s.
const STORIES: u32 = 32;
const SEED: u64 = 1;

#[test]
fn whatever_happens_the_session_keeps_its_promises() {
    let asked = Config::default();
    let config = Config {
        cases: if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { STORIES },
        rng_seed: if asked.rng_seed == RngSeed::Random { RngSeed::Fixed(SEED) } else { asked.rng_seed },
        failure_persistence: None,
        max_shrink_time: 180_000,
        ..asked
    };
    let told = TestRunner::new(config).run(&Story::any(1..=20), |story| tell(&story));
    if let Err(failure) = told {
        panic!("{failure}");
    }
}

#[test]
fn a_sign_in_that_is_cut_short_leaves_nothing_behind_that_a_sign_out_does_not_find() {
    for change in 0..8 {
        let cut_short = Op::KilledAtChange(change, Act::SignIn(Process::First, Who::Grace));
        let ops = vec![cut_short, Op::Do(Act::SignOut(Process::First))];
        let told = tell(&Story { rotation: Rotation::Strict, is_alone: false, ops });
        assert!(told.is_ok(), "killed at change {change}: {told:?}");
    }
}

#[test]
fn a_process_with_a_keychain_of_its_own_uses_a_refresh_token_once_at_a_time() {
    for moment in [Moment::Request, Moment::Answer] {
        let ops = vec![Op::During(Process::First, moment, Act::Refresh(Process::First))];
        let told = tell(&Story { rotation: Rotation::Strict, is_alone: true, ops });
        assert!(told.is_ok(), "{moment:?}: {told:?}");
    }
}

#[test]
fn another_configuration_costs_nobody_their_session() {
    for moment in [Moment::Request, Moment::Answer] {
        let ops = vec![
            Op::Do(Act::SignIn(Process::First, Who::Ada)),
            Op::During(Process::First, moment, Act::Reconfigure(Process::First)),
            Op::Do(Act::Ask(Process::First)),
            Op::Do(Act::Reconfigure(Process::Second)),
        ];
        let told = tell(&Story { rotation: Rotation::Strict, is_alone: false, ops });
        assert!(told.is_ok(), "{moment:?}: {told:?}");
    }
}

fn tell(story: &Story) -> TestCaseResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(World::tell(story))
}
