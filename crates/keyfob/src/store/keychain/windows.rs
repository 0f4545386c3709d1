//! The Credential Manager of Windows, which is unlocked for as long as the person is logged on.

use std::collections::HashMap;

use keyring_core::{Entry, Result, api::CredentialStoreApi, error::PlatformError};
use windows_native_keyring_store::Store;

use super::StoreError;

/// `CRED_MAX_CREDENTIAL_BLOB_SIZE`, in bytes.
pub(super) const ITEM_LIMIT: usize = 5 * 512;

#[derive(Debug)]
pub(super) struct Platform {
    service: String,
}

impl Platform {
    pub(super) fn new(service: &str) -> Self {
        Self { service: service.to_owned() }
    }

    pub(super) fn with_entry<T>(&self, key: &str, act: impl FnOnce(&Entry) -> Result<T>) -> Result<T> {
        // The default, Enterprise, roams: two machines that use one rotating refresh token look like a thief.
        let modifiers = HashMap::from([("persistence", "Local")]);
        act(&Store::new()?.build(&self.service, key, Some(&modifiers))?)
    }

    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "on other platforms there is something to do"
    )]
    pub(super) fn unlock(&self) -> Result<()> {
        Ok(())
    }
}

pub(super) fn judge(error: &PlatformError) -> StoreError {
    StoreError::unavailable(error.to_string())
}
