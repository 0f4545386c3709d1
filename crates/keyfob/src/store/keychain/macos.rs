//! The login keychain of macOS.

use std::collections::HashMap;

use apple_native_keyring_store::keychain::{Store, decode_error};
use keyring_core::{Entry, Error, Result, api::CredentialStoreApi, error::PlatformError};
use security_framework::os::macos::keychain::{SecKeychain, SecPreferencesDomain};
use zeroize::Zeroize;

use super::StoreError;

/// What a locked keychain, and a person who refuses, arrive as: `errSecUserCanceled`, `errSecAuthFailed` and
/// `errSecInteractionNotAllowed`.
const LOCKED: [i32; 3] = [-128, -25293, -25308];

#[derive(Debug)]
pub(super) struct Platform {
    service: String,
}

impl Platform {
    pub(super) fn new(service: &str) -> Self {
        Self { service: service.to_owned() }
    }

    pub(super) fn with_entry<T>(&self, key: &str, act: impl FnOnce(&Entry) -> Result<T>) -> Result<T> {
        let entry = Store::new()?.build(&self.service, key, None)?;
        // Otherwise macOS asks by itself, for the password or for "Allow". This holds for the whole process while the
        // guard lives, which is a moment.
        let _no_prompt = SecKeychain::disable_user_interaction().map_err(decode_error)?;
        act(&entry)
    }

    pub(super) fn unlock(&self) -> Result<()> {
        SecKeychain::default_for_domain(SecPreferencesDomain::User)
            .and_then(|mut keychain| keychain.unlock(None))
            .map_err(decode_error)?;
        // After an update that was signed anew, macOS asks for each item: better now than when nobody expects it.
        for entry in Store::new()?.search(&HashMap::from([("service", self.service.as_str())]))? {
            match entry.get_secret() {
                Ok(mut value) => value.zeroize(),
                Err(Error::NoEntry) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

pub(super) fn judge(error: &PlatformError) -> StoreError {
    match error.downcast_ref::<security_framework::base::Error>() {
        Some(error) if LOCKED.contains(&error.code()) => StoreError::Locked,
        _ => StoreError::unavailable(error.to_string()),
    }
}
