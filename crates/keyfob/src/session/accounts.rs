//! Several accounts at one provider, of which one is the current one: each in a keychain item of its own, and an index
//! of them in another, which lists whatever is there.

use std::{
    collections::BTreeSet,
    sync::{MutexGuard, PoisonError},
};

use secrecy::SecretSlice;

use super::{
    Keyfob, Setup,
    events::EventKind,
    log_failure,
    record::{self, Index},
    state::{Account, Session, State},
};
use crate::{error::AccountError, secret::RefreshToken, store::StoreError};

/// An account that can be switched to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// A person at a provider.
    pub account: Account,
    /// `name`, else `preferred_username`, as of the last sign-in.
    pub name: Option<String>,
    /// `email`, as of the last sign-in.
    pub email: Option<String>,
    /// Whether it is the one that tokens are given for.
    pub current: bool,
}

impl Keyfob {
    /// Everybody who has signed in and not out, in the order of their first sign-in.
    ///
    /// Errors: `keychain_locked`, `keychain_unavailable`, `keychain_corrupt`, `keychain_newer`, `not_configured`,
    /// `invalid_configuration`, `superseded`.
    pub async fn accounts(&self) -> Result<Vec<AccountInfo>, AccountError> {
        let Index { current, accounts } = self.setup()?.read_index().await?;
        let info = |listed: record::Listed| AccountInfo {
            current: current.as_ref() == Some(&listed.id),
            account: Account { id: listed.id, issuer: listed.issuer, subject: listed.subject },
            name: listed.name,
            email: listed.email,
        };
        Ok(accounts.into_iter().map(info).collect())
    }

    /// Makes another account the current one; the one before stays signed in. What is in flight for that one is kept
    /// for it, and given to nobody.
    ///
    /// Errors: `account_not_found`, and those of [`accounts`](Self::accounts).
    pub async fn switch_account(&self, id: &str) -> Result<Session, AccountError> {
        self.restored().await;
        let setup = self.setup()?;
        let switched = {
            let _record = self.lock_record(setup).await;
            self.setup()?;
            let mut index = setup.read_index().await?;
            if !index.holds(id) {
                return Err(AccountError::NotFound);
            }
            if self.is_live(id) {
                // Another process may have made another the current one.
                if index.current.as_deref() != Some(id) {
                    index.current = Some(id.to_owned());
                    setup.write_index(&index).await?;
                }
                return Ok(self.snapshot().session);
            }
            let state = setup.read_account(id).await?;
            if matches!(state, State::SignedOut) {
                index.remove(id);
                setup.write_index(&index).await?;
                return Err(AccountError::NotFound);
            }
            self.settle(setup).await?;
            index.current = Some(id.to_owned());
            setup.write_index(&index).await?;
            let mut core = self.core();
            self.backoff().succeeded();
            self.brought_session(EventKind::AccountSwitched, &state);
            core.replace(state);
            self.session(&core)
        };
        self.session_replaced();
        Ok(switched)
    }

    /// Signs one account out; the others stay. Without a current account nobody is signed in until one is chosen.
    ///
    /// Errors: `account_not_found`, and those of [`accounts`](Self::accounts): it is then signed out in this process,
    /// but not durably.
    pub async fn remove_account(&self, id: &str) -> Result<(), AccountError> {
        self.restored().await;
        let setup = self.setup()?;
        let (refresh_token, removed) = {
            let _record = self.lock_record(setup).await;
            self.setup()?;
            let mut index = setup.read_index().await?;
            if !index.holds(id) {
                return Err(AccountError::NotFound);
            }
            let live = if self.is_live(id) { self.forget_session() } else { State::SignedOut };
            let kept = setup.read_account(id).await;
            index.remove(id);
            let removed = setup.delete_account(id).await;
            let removed = removed.and(setup.write_index(&index).await);
            (refresh_token_of(live).or_else(|| kept.ok().and_then(refresh_token_of)), removed)
        };
        self.happened(EventKind::AccountRemoved, None, None);
        self.revoke(refresh_token);
        removed.map_err(AccountError::from)
    }

    fn is_live(&self, id: &str) -> bool {
        self.core().state.identity().is_some_and(|identity| identity.account.id == id)
    }

    /// Before the current account is left: what only memory holds of it would be lost.
    pub(super) async fn settle(&self, setup: &Setup) -> Result<(), StoreError> {
        let record = match &self.core().state {
            State::SignedIn(session) if session.unkept => {
                Some((session.identity.account.id.clone(), record::live(session, &setup.own_key())))
            }
            _ => None,
        };
        match record {
            Some((id, record)) => setup.write_account(&id, record).await,
            None => Ok(()),
        }
    }
}

pub(super) fn refresh_token_of(state: State) -> Option<RefreshToken> {
    match state {
        State::SignedIn(session) => session.refresh_token,
        State::Loading | State::SignedOut | State::ReauthRequired { .. } | State::Unavailable { .. } => None,
    }
}

impl Setup {
    /// What the keychain holds of the current account.
    pub(super) async fn read_session(&self) -> Result<State, StoreError> {
        match self.read_index().await?.current {
            Some(id) => self.read_account(&id).await,
            None => Ok(State::SignedOut),
        }
    }

    /// What the keychain holds of an account.
    pub(super) async fn read_account(&self, id: &str) -> Result<State, StoreError> {
        match self.vault.read(&record::account_key(id)).await? {
            Some(record) => record::restore(&record, &self.config, &*self.clock),
            None => Ok(State::SignedOut),
        }
    }

    pub(super) async fn write_account(&self, id: &str, record: SecretSlice<u8>) -> Result<(), StoreError> {
        self.vault.write(&record::account_key(id), record).await
    }

    pub(super) async fn delete_account(&self, id: &str) -> Result<(), StoreError> {
        self.vault.delete(&record::account_key(id)).await
    }

    /// The accounts. Whoever writes the index holds the record lock from here on until then.
    pub(super) async fn read_index(&self) -> Result<Index, StoreError> {
        let index = match self.vault.read(&record::index_key(&self.config)).await? {
            Some(record) => record::restore_index(&record)?,
            None => Index::default(),
        };
        self.remember(&index);
        Ok(index)
    }

    pub(super) async fn write_index(&self, index: &Index) -> Result<(), StoreError> {
        self.remember(index);
        let key = record::index_key(&self.config);
        if index.accounts.is_empty() {
            self.vault.delete(&key).await
        } else {
            self.vault.write(&key, record::index(index)).await
        }
    }

    /// Deletes what is kept of every account, the index last, and gives their refresh tokens.
    pub(super) async fn delete_accounts(&self) -> (Vec<RefreshToken>, Result<(), StoreError>) {
        let mut refresh_tokens = Vec::new();
        let mut deleted = match self.read_index().await {
            // Nobody knows what it lists, so it must not go before what it lists.
            Err(StoreError::Newer) => return (refresh_tokens, Err(StoreError::Newer)),
            Ok(_) | Err(StoreError::Corrupt) => Ok(()),
            Err(error) => Err(error),
        };
        // Those of an earlier look too: a keychain that doesn't answer now may still delete.
        let ids = self.known_accounts().clone();
        for id in ids {
            let kept = self.read_account(&id).await;
            refresh_tokens.extend(kept.ok().and_then(refresh_token_of));
            deleted = deleted.and(self.delete_account(&id).await);
        }
        deleted = deleted.and(self.vault.delete(&record::index_key(&self.config)).await);
        if deleted.is_ok() {
            self.known_accounts().clear();
        }
        (refresh_tokens, deleted)
    }

    fn known_accounts(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.known_accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, index: &Index) {
        self.known_accounts().extend(index.accounts.iter().map(|listed| listed.id.clone()));
    }

    /// Takes what was kept before there were several accounts for the first of them, and says whether there was any.
    pub(super) async fn migrate(&self) -> Result<bool, StoreError> {
        let key = record::only_session_key(&self.config);
        let Some(kept) = self.vault.read(&key).await? else { return Ok(false) };
        let state = record::restore(&kept, &self.config, &*self.clock)?;
        if let Some(identity) = state.identity() {
            let mut index = self.read_index().await?;
            self.write_account(&identity.account.id, kept).await?;
            index.adopt(identity);
            self.write_index(&index).await?;
        }
        if let Err(error) = self.vault.delete(&key).await {
            log_failure("the item of an earlier version can't be deleted", &error);
        }
        Ok(true)
    }
}
