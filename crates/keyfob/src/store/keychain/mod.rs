//! The operating system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.

use keyring_core::{Entry, Error};
use secrecy::{ExposeSecret, SecretSlice};
use zeroize::Zeroize;

use super::{Store, StoreError};

#[cfg_attr(target_os = "linux", path = "linux/mod.rs")]
#[cfg_attr(target_os = "macos", path = "macos.rs")]
#[cfg_attr(target_os = "windows", path = "windows.rs")]
mod platform;

/// Keeps values in the operating system's keychain, one item for each key.
///
/// Nothing is opened before the first call, and whatever fails is opened anew by the next one, so that a keychain which
/// appears, unlocks or restarts later works without a restart of the app.
///
/// Its calls block; on a thread that drives an async runtime they panic, and so does dropping it after a call.
#[derive(Debug)]
pub struct Keychain {
    service: String,
    platform: platform::Platform,
}

impl Keychain {
    /// The items of one service: by custom the app's identifier, such as `dev.keyfob.desktop`.
    pub fn new(service: &str) -> Self {
        Self { service: service.to_owned(), platform: platform::Platform::new(service) }
    }

    /// The same over the session bus at this address, whatever the environment says.
    #[cfg(all(test, target_os = "linux"))]
    fn at_bus(service: &str, address: &str) -> Self {
        Self { service: service.to_owned(), platform: platform::Platform::at_bus(service, address) }
    }
}

impl Store for Keychain {
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
