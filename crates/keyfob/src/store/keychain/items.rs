//! The items of a service in the platform's store.

use keyring_core::{Entry, Error};
use secrecy::{ExposeSecret, SecretSlice};
use zeroize::Zeroize;

use super::{Store, StoreError, platform};

/// One item for each key, of the size that the platform allows.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) service: String,
    pub(super) platform: platform::Platform,
}

impl Store for Items {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        match self.platform.with_entry(key, Entry::get_secret) {
            Ok(mut value) => {
                // A copy of the exact length: shrinking the buffer would leave the old one behind in freed memory.
                let secret = SecretSlice::from(Box::<[u8]>::from(&value[..]));
                value.zeroize();
                Ok(Some(secret))
            }
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(store_error(error)),
        }
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.platform.with_entry(key, |entry| entry.set_secret(value.expose_secret())).map_err(store_error)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        match self.platform.with_entry(key, Entry::delete_credential) {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(store_error(error)),
        }
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.platform.unlock().map_err(store_error)
    }

    fn shared_name(&self) -> Option<String> {
        Some(self.service.clone())
    }
}

fn store_error(error: Error) -> StoreError {
    match error {
        Error::NoStorageAccess(cause) | Error::PlatformFailure(cause) => platform::judge(&cause),
        // These carry the value itself.
        Error::BadEncoding(mut value) | Error::BadDataFormat(mut value, _) => {
            value.zeroize();
            StoreError::Corrupt
        }
        Error::BadStoreFormat(_) => StoreError::Corrupt,
        error => StoreError::unavailable(error.to_string()),
    }
}
