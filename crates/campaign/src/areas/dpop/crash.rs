//! Processes that are killed in the middle of a refresh whose refresh token is bound to their key.

use std::collections::HashMap;

use keyfob::ErrorCode;
use serde_json::json;

use super::oidc_provider::{Hold, OidcProvider};
use crate::{
    areas::crash::Phase,
    check::{Check, Figure, Outcome, Scale, float},
    process::Process,
    scene::LIFETIME,
    shared::Folder,
    wire::{Command, Seen},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "crash-dpop",
    target: "1,000 kill -9 on oidc-provider's profile with bound tokens, at least 100 in each phase: 0 lost sessions, 0 corrupt records",
    guard: "dpop_key",
    n_full: Phase::OF_A_REFRESH.len() * PER_PHASE,
    body: |scale| Box::pin(kills(scale)),
}];

const PER_PHASE: usize = 167;
const WANTED_PER_PHASE: usize = 100;
/// More lines of these say nothing new.
const ENOUGH: usize = 5;

async fn kills(scale: Scale) -> Outcome {
    let mut lane = Lane::start().await;
    for round in 0..scale.of(PER_PHASE) {
        for phase in Phase::OF_A_REFRESH {
            lane.kill_in(phase, round).await;
        }
    }
    lane.process.sign_out().await;
    let kills: usize = lane.kills.values().sum();
    let fewest = Phase::OF_A_REFRESH.iter().map(|phase| lane.kills.get(phase).copied().unwrap_or_default());
    Outcome::new(
        kills,
        [
            Figure::at_least(
                float(scale.of(WANTED_PER_PHASE)),
                float(fewest.min().unwrap_or_default()),
                "kills in each phase",
            ),
            Figure::none(lane.lost, "sessions lost"),
            Figure::none(lane.corrupt, "corrupt records"),
            Figure::none(lane.store.len(), "items left by a sign-out"),
        ],
    )
    .note(&lane.notes)
}

struct Lane {
    provider: OidcProvider,
    store: Folder,
    process: Process,
    /// By how much the processes' clocks are ahead, in seconds.
    ahead: u64,
    kills: HashMap<Phase, usize>,
    lost: usize,
    corrupt: usize,
    notes: Vec<String>,
}

impl Lane {
    async fn start() -> Self {
        let provider = OidcProvider::start().await;
        let store = Folder::new();
        let process = start(&provider, &store, 0).await;
        let mut lane = Self {
            provider,
            store,
            process,
            ahead: 0,
            kills: HashMap::new(),
            lost: 0,
            corrupt: 0,
            notes: Vec::new(),
        };
        lane.sign_in().await;
        lane
    }

    async fn sign_in(&mut self) {
        let (signed_in, url) = self.process.begin_sign_in().await;
        let callback = self.provider.approve(&url).await;
        self.process.finish_sign_in(signed_in, callback).await;
    }

    /// Kills the process in this phase of a refresh, and looks what the next one finds.
    async fn kill_in(&mut self, phase: Phase, round: usize) {
        self.ahead += LIFETIME;
        self.process.advance(LIFETIME).await;
        let held = self.prepare(phase, round).await;
        let answer = self.process.send(Command::Token).await;
        let reached =
            async { if held { self.provider.arrived().await } else { self.process.stopped().await } };
        tokio::select! {
            () = reached => *self.kills.entry(phase).or_default() += 1,
            answer = answer => self.note(format!("{phase:?} was not reached: {answer:?}")),
        }
        self.process.kill().await;
        self.provider.release().await;
        self.process = start(&self.provider, &self.store, self.ahead).await;
        let lives = self.process.token().await.is_some();
        let seen = self.process.session().await;
        self.lost += usize::from(!lives);
        self.corrupt += usize::from(seen == Seen::Unavailable(ErrorCode::KeychainCorrupt));
        if !lives {
            self.note(format!("killed {phase:?}: {seen:?}"));
            self.sign_in().await;
        }
    }

    fn note(&mut self, note: String) {
        if self.notes.len() < ENOUGH {
            self.notes.push(note);
        }
    }

    /// Whether it is the provider that stops the refresh.
    async fn prepare(&mut self, phase: Phase, round: usize) -> bool {
        let hold = match phase {
            Phase::InFlight => Some(Hold::Request),
            Phase::AfterCommit => Some(Hold::Answer),
            _ => None,
        };
        if let Some(hold) = hold {
            self.provider.hold(hold).await;
            return true;
        }
        // The provider rotates bound refresh tokens late in their life, and none so young.
        if let Some(point) = phase.point(round, false) {
            self.process.stop_at(point).await;
        }
        false
    }
}

async fn start(provider: &OidcProvider, store: &Folder, ahead: u64) -> Process {
    Process::start_with(&provider.client(), &store.shelf(), ahead, json!({ "dpop": true })).await
}
