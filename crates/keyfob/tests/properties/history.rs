//! What the provider and the keychain saw, in one order: what a refresh token was replaced by, when its successor was
//! kept, and whether it was used again.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use fake_provider::{Endpoint, FakeProvider, Rotation, fingerprint};

use super::{common::TestStore, op::Who};

/// What may cost a session, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    pub(crate) kind: Kind,
    pub(crate) from: Instant,
    /// `None` while it lasts.
    pub(crate) until: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    AnswerLost,
    KilledInRefresh,
    ProviderDown,
    KeychainRefusesChanges,
    KeychainRefusesAll,
}

impl Trouble {
    pub(crate) fn is_the_keychains(&self) -> bool {
        matches!(self.kind, Kind::KeychainRefusesChanges | Kind::KeychainRefusesAll)
    }

    pub(crate) fn hides_the_keychain_after(&self, moment: Instant) -> bool {
        self.kind == Kind::KeychainRefusesAll && self.until.is_none_or(|end| end >= moment)
    }

    fn overlaps(&self, from: Instant, until: Instant) -> bool {
        self.from <= until && self.until.is_none_or(|end| end >= from)
    }
}

/// A refresh token on its way to the provider.
struct Use {
    at: Instant,
    refresh_token: String,
}

pub(crate) struct History {
    uses: Vec<Use>,
    /// By the token that was used.
    successor_of: HashMap<String, String>,
    /// When a refresh token was first kept.
    kept: HashMap<String, Instant>,
    owners: HashMap<String, Who>,
    access_tokens: HashSet<String>,
}

impl History {
    pub(crate) fn of(provider: &FakeProvider, store: &TestStore) -> Self {
        let mut history = Self {
            uses: Vec::new(),
            successor_of: HashMap::new(),
            kept: HashMap::new(),
            owners: HashMap::new(),
            access_tokens: HashSet::new(),
        };
        for (at, session) in store.dated_session_writes() {
            let live = &session["state"]["live"];
            history.access_tokens.extend(live["access_token"]["token"].as_str().map(str::to_owned));
            let owner = session["user"]["sub"].as_str().and_then(Who::of).expect("one of the two");
            if let Some(refresh_token) = live["refresh_token"].as_str() {
                history.owners.insert(refresh_token.to_owned(), owner);
                history.kept.entry(refresh_token.to_owned()).or_insert(at);
            }
        }
        for request in provider.at(Endpoint::Token).requests() {
            if let Some(refresh_token) = request.form.get("refresh_token") {
                history.uses.push(Use { at: request.at, refresh_token: refresh_token.to_owned() });
            }
        }
        let used: HashMap<_, _> =
            history.uses.iter().map(|used| (fingerprint(&used.refresh_token), &used.refresh_token)).collect();
        for rotated in provider.rotations() {
            let before = used[&rotated.used].clone();
            if let Some(owner) = history.owners.get(&before).copied() {
                history.owners.insert(rotated.refresh_token.clone(), owner);
            }
            history.successor_of.insert(before, rotated.refresh_token);
        }
        history
    }

    /// Every access token that was ever in the keychain.
    pub(crate) fn kept_access_tokens(self) -> HashSet<String> {
        self.access_tokens
    }

    /// Whether a refresh token was used after its successor was kept, and the keychain could tell.
    pub(crate) fn used_after_its_successor_was_kept(&self, troubles: &[Trouble]) -> bool {
        self.uses.iter().any(|used| {
            let kept = self.successors(&used.refresh_token).filter_map(|successor| self.kept.get(successor));
            let first = kept.min().filter(|kept| **kept < used.at);
            first.is_some_and(|kept| {
                !troubles.iter().any(|trouble| {
                    trouble.kind == Kind::KeychainRefusesAll && trouble.overlaps(*kept, used.at)
                })
            })
        })
    }

    /// Whether somebody's session may have ended since they signed in: a refresh token was used again that had been
    /// replaced, which the provider refuses, and between the two uses there was trouble that can explain it.
    pub(crate) fn explains_the_end(
        &self,
        who: Who,
        since: Instant,
        rotation: Rotation,
        troubles: &[Trouble],
    ) -> bool {
        self.uses.iter().any(|again| {
            let first = self.uses.iter().find(|first| first.refresh_token == again.refresh_token);
            first.is_some_and(|first| {
                first.at < again.at
                    && first.at > since
                    && self.owners.get(&again.refresh_token) == Some(&who)
                    && self.refused(&again.refresh_token, rotation)
                    && troubles.iter().any(|trouble| trouble.overlaps(first.at, again.at))
            })
        })
    }

    /// Whether a process used a refresh token of an earlier sign-in, as it couldn't look into the keychain and see that
    /// there is a newer one.
    pub(crate) fn was_blind_to_a_sign_in(&self, who: Who, since: Instant, troubles: &[Trouble]) -> bool {
        self.uses.iter().any(|used| {
            used.at > since
                && self.owners.get(&used.refresh_token) == Some(&who)
                && self.kept.get(&used.refresh_token).is_some_and(|kept| *kept < since)
                && troubles.iter().any(|trouble| {
                    trouble.kind == Kind::KeychainRefusesAll && trouble.overlaps(used.at, used.at)
                })
        })
    }

    /// Whether the provider refuses a second use at some time.
    fn refused(&self, refresh_token: &str, rotation: Rotation) -> bool {
        match (rotation, self.successors(refresh_token).count()) {
            (_, 0) | (Rotation::None, _) | (Rotation::Grace, 1) => false,
            (Rotation::Strict | Rotation::Sparing | Rotation::Grace, _) => true,
        }
    }

    fn successors<'a>(&'a self, refresh_token: &'a str) -> impl Iterator<Item = &'a String> {
        std::iter::successors(self.successor_of.get(refresh_token), |next| self.successor_of.get(*next))
    }
}
