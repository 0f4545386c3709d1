//! The operating system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.

use secrecy::SecretSlice;

use self::items::Items;
#[cfg(target_os = "windows")]
use super::Chunked;
use super::{Store, StoreError};

mod items;
#[cfg_attr(target_os = "linux", path = "linux/mod.rs")]
#[cfg_attr(target_os = "macos", path = "macos.rs")]
#[cfg_attr(target_os = "windows", path = "windows.rs")]
mod platform;

#[cfg(not(target_os = "windows"))]
type Kept = Items;
#[cfg(target_os = "windows")]
type Kept = Chunked<Items>;

/// Keeps values in the operating system's keychain, one item for each key; on Windows, where an item holds 2,560 bytes,
/// [`Chunked`](super::Chunked).
///
/// Nothing is opened before the first call, and whatever fails is opened anew by the next one, so that a keychain which
/// appears, unlocks or restarts later works without a restart of the app.
///
/// Its calls block; on a thread that drives an async runtime they panic, and so does dropping it after a call.
#[derive(Debug)]
pub struct Keychain(Kept);

impl Keychain {
    /// The items of one service: by custom the app's identifier, such as `dev.keyfob.desktop`.
    pub fn new(service: &str) -> Self {
        Self::over(service, platform::Platform::new(service))
    }

    /// The same over the session bus at this address, whatever the environment says.
    #[cfg(all(test, target_os = "linux"))]
    fn at_bus(service: &str, address: &str) -> Self {
        Self::over(service, platform::Platform::at_bus(service, address))
    }

    fn over(service: &str, platform: platform::Platform) -> Self {
        let items = Items { service: service.to_owned(), platform };
        #[cfg(target_os = "windows")]
        let items = Chunked::new(items, platform::ITEM_LIMIT);
        Self(items)
    }
}

impl Store for Keychain {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        self.0.read(key)
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.0.write(key, value)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.0.delete(key)
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.0.unlock()
    }

    fn shared_name(&self) -> Option<String> {
        self.0.shared_name()
    }

    fn watch(&self, changed: Box<dyn Fn() + Send + Sync>) {
        self.0.watch(changed);
    }
}
