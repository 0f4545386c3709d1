//! One provider, one store, and one process after the other over it.

use std::{collections::HashMap, ops::AddAssign, time::Duration};

use fake_provider::{Endpoint, FakeProvider, Fault, Gate, Rotated, Rotation};
use keyfob::ErrorCode;

use super::phase::Phase;
use crate::{
    check::float,
    process::Process,
    scene::{LIFETIME, within},
    shared::Folder,
    wire::{Command, Kept, Seen},
};

/// More lines of these say nothing new.
const ENOUGH: usize = 5;

#[derive(Default)]
pub(super) struct Found {
    kills: HashMap<Phase, usize>,
    /// Sessions that should have lived.
    pub(super) lost: usize,
    /// Sessions that nobody could have saved.
    pub(super) lost_in_window: usize,
    pub(super) corrupt: usize,
    /// Other states of the session than the logs call for.
    pub(super) wrong: usize,
    /// Items that stay when the last process of a lane has signed out.
    pub(super) left: usize,
    /// From the provider's commit to the client's, in microseconds: the way of the answer, and then the client's share.
    windows: Vec<u64>,
    pub(super) notes: Vec<String>,
}

impl Found {
    pub(super) fn kills(&self) -> usize {
        self.kills.values().sum()
    }

    /// How many kills there were in the phase that had the fewest.
    pub(super) fn fewest(&self, phases: &[Phase]) -> f64 {
        let kills = phases.iter().map(|phase| self.kills.get(phase).copied().unwrap_or_default());
        float(kills.min().unwrap_or_default())
    }

    /// A percentile of the windows; no measurement is no proof.
    pub(super) fn window(&self, percentile: usize) -> Duration {
        let mut windows = self.windows.clone();
        windows.sort_unstable();
        let at = (windows.len() * percentile).div_ceil(100).saturating_sub(1);
        windows.get(at).map_or(Duration::MAX, |micros| Duration::from_micros(*micros))
    }
}

impl AddAssign for Found {
    fn add_assign(&mut self, other: Self) {
        for (phase, kills) in other.kills {
            *self.kills.entry(phase).or_default() += kills;
        }
        self.lost += other.lost;
        self.lost_in_window += other.lost_in_window;
        self.corrupt += other.corrupt;
        self.wrong += other.wrong;
        self.left += other.left;
        self.windows.extend(other.windows);
        self.notes.extend(other.notes);
        self.notes.truncate(ENOUGH);
    }
}

/// What the logs of the provider and of a process say about the time since they were read last.
struct Logs {
    rotations: Vec<Rotated>,
    kept: Vec<Kept>,
}

impl Logs {
    /// The provider has replaced the refresh token, and the new one was not kept: nobody has a good one.
    fn lost_between_commits(&self) -> bool {
        self.rotations.last().is_some_and(|rotated| self.kept(rotated).is_none())
    }

    /// How long each answer took to be kept.
    fn windows(&self) -> impl Iterator<Item = u64> {
        self.rotations.iter().filter_map(|rotated| Some(self.kept(rotated)?.at.saturating_sub(rotated.at)))
    }

    fn kept(&self, rotated: &Rotated) -> Option<&Kept> {
        let fingerprint = fake_provider::fingerprint(&rotated.refresh_token);
        self.kept.iter().find(|kept| kept.fingerprint == fingerprint)
    }
}

pub(super) struct Lane {
    rotation: Rotation,
    provider: FakeProvider,
    store: Folder,
    process: Process,
    /// By how much the clocks are ahead, in seconds.
    ahead: u64,
    found: Found,
}

impl Lane {
    pub(super) async fn start(rotation: Rotation) -> Self {
        let provider = FakeProvider::start().await;
        provider.token().rotation(rotation);
        let store = Folder::new();
        let mut process = Process::start(&provider, &store.shelf(), 0).await;
        process.sign_in(&provider).await;
        Self { rotation, provider, store, process, ahead: 0, found: Found::default() }
    }

    /// Kills the process in this phase of a refresh, and looks what the next one finds.
    pub(super) async fn kill_in(&mut self, phase: Phase, round: usize) {
        self.expire().await;
        let gate = self.prepare(phase, round).await;
        if self.reaches(phase, gate.as_ref()).await {
            *self.found.kills.entry(phase).or_default() += 1;
        }
        let logs = self.kill(gate).await;
        if phase == Phase::AtRest {
            self.provider.end_sessions();
            self.pass(LIFETIME);
        }
        self.restart(phase, &logs).await;
    }

    /// Signs out.
    pub(super) async fn end(mut self) -> Found {
        self.process.sign_out().await;
        self.found.left = self.store.len();
        self.found
    }

    async fn expire(&mut self) {
        self.pass(LIFETIME);
        self.process.advance(LIFETIME).await;
    }

    /// Time passes for the provider, and for the processes that start from now on.
    fn pass(&mut self, seconds: u64) {
        self.ahead += seconds;
        self.provider.advance(Duration::from_secs(seconds));
    }

    async fn prepare(&mut self, phase: Phase, round: usize) -> Option<Gate> {
        let at = self.provider.at(Endpoint::Token);
        if phase == Phase::InFlight {
            if round.is_multiple_of(2) {
                at.next(Fault::ConnectionDropped);
            }
            return Some(at.hold());
        }
        if phase == Phase::AfterCommit {
            return Some(at.hold_answers());
        }
        if let Some(point) = phase.point(round, self.rotation != Rotation::None) {
            self.process.stop_at(point).await;
        }
        None
    }

    /// Begins a refresh; `false` if it is over and was never in this phase.
    async fn reaches(&mut self, phase: Phase, gate: Option<&Gate>) -> bool {
        if phase == Phase::AtRest {
            return self.process.token().await.is_some();
        }
        let answer = self.process.send(Command::Token).await;
        let reached = async {
            match gate {
                Some(gate) => within(gate.arrived()).await,
                None => self.process.stopped().await,
            }
        };
        tokio::select! {
            () = reached => true,
            _ = answer => false,
        }
    }

    /// What the provider was about to do it does after the kill.
    async fn kill(&mut self, gate: Option<Gate>) -> Logs {
        let kept = self.process.kill().await;
        drop(gate);
        within(self.provider.at(Endpoint::Token).idle()).await;
        Logs { rotations: self.provider.rotations(), kept }
    }

    async fn restart(&mut self, phase: Phase, logs: &Logs) {
        self.provider.forget();
        self.process = Process::start(&self.provider, &self.store.shelf(), self.ahead).await;
        let token = self.process.token().await;
        let lives = token.is_some_and(|token| self.provider.access_token(&token).is_some());
        let seen = self.process.session().await;
        let has_to_be_lost = self.rotation == Rotation::Strict && logs.lost_between_commits();
        let may_end = has_to_be_lost || phase == Phase::AtRest;
        self.found.windows.extend(logs.windows());
        self.found.lost += usize::from(!lives && !may_end);
        self.found.lost_in_window += usize::from(!lives && has_to_be_lost);
        self.found.corrupt += usize::from(seen == Seen::Unavailable(ErrorCode::KeychainCorrupt));
        let wanted = may_end.then_some(Seen::ReauthRequired { answer_lost: has_to_be_lost });
        let is_right = wanted.map_or(lives, |wanted| wanted == seen);
        self.found.wrong += usize::from(!is_right);
        if !is_right && self.found.notes.len() < ENOUGH {
            self.found.notes.push(format!("killed {phase:?} on {:?}: {seen:?}", self.rotation));
        }
        if !lives {
            self.process.sign_in(&self.provider).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(rotations: &[(u64, &str)], kept: &[(u64, &str)]) -> Logs {
        let rotated = |(at, token): &(u64, &str)| Rotated {
            at: *at,
            used: String::new(),
            refresh_token: (*token).to_owned(),
        };
        let kept_at =
            |(at, token): &(u64, &str)| Kept { at: *at, fingerprint: fake_provider::fingerprint(token) };
        Logs { rotations: rotations.iter().map(rotated).collect(), kept: kept.iter().map(kept_at).collect() }
    }

    #[test]
    fn a_session_is_lost_if_the_last_refresh_token_was_never_kept() {
        assert!(!logs(&[], &[]).lost_between_commits());
        assert!(!logs(&[(1, "a")], &[(2, "a")]).lost_between_commits());
        assert!(logs(&[(1, "a"), (3, "b")], &[(2, "a")]).lost_between_commits());
        assert!(!logs(&[(1, "a"), (3, "b")], &[(4, "b")]).lost_between_commits());
    }

    #[test]
    fn a_window_ends_when_a_refresh_token_is_kept_for_the_first_time() {
        let logs = logs(&[(10, "a"), (20, "b"), (30, "c")], &[(13, "a"), (27, "b"), (28, "b")]);
        assert_eq!(logs.windows().collect::<Vec<_>>(), [3, 7]);
    }

    #[test]
    fn one_window_in_a_hundred_may_be_longer() {
        let windows = |windows: Vec<u64>| Found { windows, ..Found::default() }.window(99);
        assert_eq!(windows((1..=100).collect()), Duration::from_micros(99));
        assert_eq!(windows(vec![5]), Duration::from_micros(5));
        assert_eq!(windows(Vec::new()), Duration::MAX);
    }
}
