//! The sign-ins that wait for the browser: keyed by `state`, single use, four at most.

use std::collections::{HashMap, HashSet};

use tokio::{sync::oneshot, task::AbortHandle};

use super::{
    Keyfob, Setup, log_failure,
    record::{self, PendingRecord},
    state::{PendingSignIn, Session},
};
use crate::{
    clock::unix_seconds,
    config::{KeychainPolicy, RedirectKind},
    endpoint::EndpointUrl,
    error::SignInError,
    protocol::authorization::{AuthorizationValidation, Callback},
    sabotage::off,
};

/// So many may wait at once; the oldest makes room.
const MOST: usize = 4;

/// A sign-in that waits.
pub(super) struct SignIn {
    pub(super) shown: PendingSignIn,
    /// Where the browser was sent; unknown after a restart.
    pub(super) url: Option<EndpointUrl>,
    pub(super) validation: AuthorizationValidation,
    /// Who waits for it; nobody after a restart.
    pub(super) caller: Option<oneshot::Sender<Result<Session, SignInError>>>,
    /// Its deadline and its listener.
    #[expect(dead_code, reason = "held so that they end with the sign-in")]
    pub(super) tasks: Vec<AbortOnDrop>,
}

/// A task that ends when this is dropped.
pub(super) struct AbortOnDrop(pub(super) AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl SignIn {
    /// Tells the caller how it ended.
    pub(super) fn finish(self, outcome: Result<Session, SignInError>) {
        if let Some(caller) = self.caller {
            // A caller that has gone away doesn't want to know.
            let _ = caller.send(outcome);
        }
    }
}

#[derive(Default)]
pub(super) struct SignIns {
    by_state: HashMap<String, Entry>,
    added: u64,
    /// Answered or ended in this run: the keychain may still hold one of them, and it must not come back.
    spent: HashSet<String>,
    cancellations: u64,
}

struct Entry {
    sign_in: SignIn,
    order: u64,
}

impl SignIns {
    /// Adds one, and gives back the oldest where there are too many.
    pub(super) fn add(&mut self, state: String, sign_in: SignIn) -> Option<SignIn> {
        self.added += 1;
        let entry = Entry { sign_in, order: self.added };
        self.by_state.insert(state, entry);
        let oldest =
            self.by_state.iter().min_by_key(|(_, entry)| entry.order).map(|(state, _)| state.clone());
        oldest.filter(|_| self.by_state.len() > MOST).and_then(|state| self.take(&state))
    }

    /// The callback that an address stands for: itself, or, of a return page, the deep link that the page opens. `None`
    /// if no sign-in that waits ends there.
    pub(super) fn callback_of(&self, address: &Callback) -> Option<String> {
        self.by_state.values().find_map(|entry| {
            let AuthorizationValidation { redirect_uri, arrives_on, .. } = &entry.sign_in.validation;
            let ends_here = address.arrived_on(redirect_uri) || address.arrived_on(arrives_on);
            ends_here.then(|| address.moved_to(arrives_on))
        })
    }

    /// The one that a callback answers: the state is known, no answer has been taken, and it arrived where it should.
    pub(super) fn answered_by(&self, callback: &Callback) -> Option<(String, AuthorizationValidation)> {
        let (state, entry) = self.named_by(callback)?;
        let validation = &entry.sign_in.validation;
        let is_first = !entry.sign_in.shown.answered || off("single_use");
        let is_in_place = callback.arrived_on(&validation.arrives_on) || off("redirect_uri");
        (is_first && is_in_place).then(|| (state.clone(), validation.clone()))
    }

    fn named_by(&self, callback: &Callback) -> Option<(&String, &Entry)> {
        if off("state") {
            return self.by_state.iter().max_by_key(|(_, entry)| entry.order);
        }
        self.by_state.get_key_value(&callback.state()?)
    }

    /// The same, and no later callback answers it again.
    pub(super) fn claim(&mut self, callback: &Callback) -> Option<(String, AuthorizationValidation)> {
        let claimed = self.answered_by(callback)?;
        if let Some(entry) = self.by_state.get_mut(&claimed.0) {
            // A second one is a replay.
            entry.sign_in.shown.answered = true;
            self.spent.insert(claimed.0.clone());
        }
        Some(claimed)
    }

    /// Whether it waits, or did in this run.
    pub(super) fn knows(&self, state: &str) -> bool {
        self.by_state.contains_key(state) || self.spent.contains(state)
    }

    pub(super) fn take(&mut self, state: &str) -> Option<SignIn> {
        let entry = self.by_state.remove(state)?;
        self.spent.insert(state.to_owned());
        Some(entry.sign_in)
    }

    /// The oldest one that a listener waits for, unless it has its answer already.
    pub(super) fn take_oldest_listener(&mut self) -> Option<SignIn> {
        let listening = self.by_state.iter().filter(|(_, entry)| {
            !entry.sign_in.shown.answered && entry.sign_in.shown.redirect == RedirectKind::Loopback
        });
        let oldest = listening.min_by_key(|(_, entry)| entry.order).map(|(state, _)| state.clone())?;
        self.take(&oldest)
    }

    pub(super) fn take_all(&mut self) -> Vec<SignIn> {
        let ended: Vec<_> = self.by_state.drain().collect();
        self.spent.extend(ended.iter().map(|(state, _)| state.clone()));
        ended.into_iter().map(|(_, entry)| entry.sign_in).collect()
    }

    /// Takes all, and those that are still to be added, too.
    pub(super) fn cancel_all(&mut self) -> Vec<SignIn> {
        self.cancellations += 1;
        self.take_all()
    }

    /// How often all were cancelled: a sign-in that began before the last time must not be added after it.
    pub(super) fn cancellations(&self) -> u64 {
        self.cancellations
    }

    pub(super) fn newest(&self) -> Option<&SignIn> {
        self.by_state.values().max_by_key(|entry| entry.order).map(|entry| &entry.sign_in)
    }

    /// Those that wait for a deep link, which may come back after a restart.
    pub(super) fn records(&self) -> Vec<PendingRecord> {
        self.by_state
            .iter()
            .filter(|(_, entry)| {
                !entry.sign_in.shown.answered && entry.sign_in.shown.redirect != RedirectKind::Loopback
            })
            .map(|(state, entry)| {
                let sign_in = &entry.sign_in;
                PendingRecord::new(
                    sign_in.shown.id.clone(),
                    state.clone(),
                    sign_in.shown.deadline,
                    &sign_in.validation,
                )
            })
            .collect()
    }
}

impl Keyfob {
    /// Keeps the sign-ins that wait for a deep link in the keychain, so that a callback which starts the app finds
    /// them. That this fails costs a cold start, not the sign-in.
    pub(super) async fn keep_pending(&self, setup: &Setup) {
        if setup.config.keychain == KeychainPolicy::Memory {
            return;
        }
        let key = record::pending_key(&setup.config);
        // Or an older list could be written over a newer one.
        let _pending = self.lock_item(setup, &self.shared.succession.pending_lock, &key).await;
        let waiting = self.sign_ins().records();
        let kept = if waiting.is_empty() {
            setup.vault.delete(&key).await
        } else {
            setup.vault.write(&key, record::pending(waiting)).await
        };
        if let Err(error) = kept {
            log_failure("the sign-in can't be kept for a cold start", &error);
        }
    }

    /// Looks in the keychain for the sign-in that a callback answers.
    pub(super) async fn recall_pending(&self, callback: &Callback) {
        let Ok(setup) = self.setup() else { return };
        let Some(state) = callback.state() else { return };
        if setup.config.keychain == KeychainPolicy::Memory || self.sign_ins().knows(&state) {
            return;
        }
        let kept = match setup.vault.read(&record::pending_key(&setup.config)).await {
            Ok(Some(kept)) => record::restore_pending(&kept),
            Ok(None) => return,
            Err(error) => return log_failure("no kept sign-in can be read", &error),
        };
        let now = unix_seconds(setup.clock.wall());
        let Some(pending) = kept.into_iter().find(|kept| kept.state == state && kept.deadline > now) else {
            return;
        };
        let (id, deadline) = (pending.id.clone(), pending.deadline);
        let Some(validation) = pending.into_validation() else { return };
        let shown = PendingSignIn {
            id,
            purpose: self.purpose(validation.wish.account.as_deref()),
            redirect: if validation.arrives_on == validation.redirect_uri {
                RedirectKind::DeepLink
            } else {
                RedirectKind::ReturnPage
            },
            // It has just arrived.
            deep_link_fault: None,
            deadline,
            answered: false,
        };
        let tasks = vec![self.watch_deadline(&state)];
        let crowded_out = {
            let mut sign_ins = self.sign_ins();
            // The same callback may have been here while the keychain was read.
            if sign_ins.knows(&state) {
                return;
            }
            sign_ins.add(state, SignIn { shown, url: None, validation, caller: None, tasks })
        };
        if let Some(oldest) = crowded_out {
            oldest.finish(Err(SignInError::Superseded));
        }
    }
}
