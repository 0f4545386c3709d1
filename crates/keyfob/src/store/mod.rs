//! Where a session is kept between starts.
//!
//! - [`Store`]: one value for each key, with three answers: found, absent, unknown
//! - [`Keychain`]: the operating system's own store; [`Memory`]: nothing survives the process
//! - [`Chunked`]: large values for stores whose items are small
//! - [`Vault`]: the async front that the rest of the crate speaks to; a keychain that hangs never hangs a caller
//! - [`ProcessLock`](lock::ProcessLock): what keeps two processes of one user from working on one item at a time

use secrecy::SecretSlice;

mod chunked;
mod keychain;
pub(crate) mod lock;
mod memory;
mod vault;
mod worker;

#[cfg(test)]
mod contract;

pub use chunked::Chunked;
pub use keychain::Keychain;
pub(crate) use lock::{LockError, LockGuard, ProcessLock};
pub use memory::Memory;
pub(crate) use vault::Vault;

/// One value for each key, under one service name.
///
/// All calls block, [`Store::unlock`] for as long as a person needs: the engine calls them on a thread of their own.
pub trait Store: Send + Sync + 'static {
    /// `Ok(Some)` is the value, `Ok(None)` is certainly absent, and `Err` is unknown: nobody may conclude from it that
    /// there is no session. Never asks the person anything.
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError>;

    /// Puts the value in the place of the one that is there. Never asks the person anything.
    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError>;

    /// Takes the value away; that there is none is no error. Never asks the person anything.
    fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Asks the person to unlock the store, and waits two minutes at most. Only ever called for a click.
    fn unlock(&self) -> Result<(), StoreError>;

    /// Names the store for other processes of this user; those with one name share their values. `None`: the values
    /// are this process's own.
    fn shared_name(&self) -> Option<String> {
        None
    }

    /// Calls `changed` when the store may answer otherwise than before: it appeared, restarted, was unlocked. Returns
    /// at once, and is called once, before all else.
    fn watch(&self, changed: Box<dyn Fn() + Send + Sync>) {
        drop(changed);
    }
}

/// Why a store could not do what was asked. It never says "absent".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The person has to unlock the keychain first, or refused to.
    #[error("the keychain is locked; unlock it and try again")]
    Locked,
    /// There is no keychain, or it doesn't answer. What was asked may still have happened.
    #[error("the keychain can't be used: {reason}")]
    Unavailable {
        /// What the platform said; never a secret.
        reason: String,
    },
    /// What the keychain holds is not what was put there.
    #[error("what the keychain holds can't be read; sign in again")]
    Corrupt,
    /// A newer version of the app wrote it; it is left as it is.
    #[error("a newer version of this app has written what the keychain holds; update the app")]
    Newer,
}

impl StoreError {
    fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into() }
    }
}
