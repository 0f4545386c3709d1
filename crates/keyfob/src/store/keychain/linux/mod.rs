//! The Secret Service, such as GNOME Keyring, behind keyring-core's credential trait.
//!
//! Not `zbus-secret-service-keyring-store`: that one prompts in every call, and holds on to a session for ever that dies
//! with the service.

mod bus;
mod watcher;

#[cfg(test)]
mod tests;

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use keyring_core::{Credential, Entry, Error as KeyringError, api::CredentialApi, error::PlatformError};
use secret_service::{Collection, Error, SecretService};

use self::{
    bus::{Bus, is_named, is_timeout},
    watcher::Watcher,
};
use super::StoreError;

#[derive(Debug)]
pub(super) struct Platform {
    service: String,
    bus: Arc<Bus>,
    watcher: OnceLock<Watcher>,
}

impl Platform {
    pub(super) fn new(service: &str) -> Self {
        Self::over(service, Bus::default())
    }

    #[cfg(test)]
    pub(super) fn at_bus(service: &str, address: &str) -> Self {
        Self::over(service, Bus::at(address))
    }

    fn over(service: &str, bus: Bus) -> Self {
        Self { service: service.to_owned(), bus: Arc::new(bus), watcher: OnceLock::new() }
    }

    pub(super) fn with_entry<T>(
        &self,
        key: &str,
        act: impl FnOnce(&Entry) -> keyring_core::Result<T>,
    ) -> keyring_core::Result<T> {
        let item =
            Item { bus: Arc::clone(&self.bus), service: self.service.clone(), account: key.to_owned() };
        act(&Entry::new_with_credential(Arc::new(item)))
    }

    pub(super) fn unlock(&self) -> keyring_core::Result<()> {
        self.bus
            .call(&async |service| service.get_default_collection().await?.unlock().await)
            .map_err(|error| keyring_error(if is_timeout(&error) { Error::Prompt } else { error }))
    }

    pub(super) fn watch(&self, changed: Box<dyn Fn() + Send + Sync>) {
        match Watcher::start(self.bus.address.clone(), changed) {
            Ok(watcher) => drop(self.watcher.set(watcher)),
            Err(error) => tracing::warn!(%error, "changes of the keychain can't be heard"),
        }
    }
}

pub(super) fn judge(error: &PlatformError) -> StoreError {
    match error.downcast_ref() {
        Some(Error::Locked | Error::Prompt) => StoreError::Locked,
        Some(Error::NoResult) => StoreError::unavailable("there is no default keyring"),
        Some(error) if is_named(error, "org.freedesktop.DBus.Error.ServiceUnknown") => {
            StoreError::unavailable("no Secret Service, such as gnome-keyring, is running")
        }
        _ => StoreError::unavailable(error.to_string()),
    }
}

fn keyring_error(error: Error) -> KeyringError {
    match error {
        Error::Locked | Error::Prompt | Error::NoResult | Error::Unavailable => {
            KeyringError::NoStorageAccess(Box::new(error))
        }
        _ => KeyringError::PlatformFailure(Box::new(error)),
    }
}

/// One item of the default collection, the login keyring.
#[derive(Debug)]
struct Item {
    bus: Arc<Bus>,
    service: String,
    account: String,
}

impl Item {
    fn attributes(&self) -> HashMap<&str, &str> {
        HashMap::from([("service", self.service.as_str()), ("account", self.account.as_str())])
    }
}

impl CredentialApi for Item {
    fn set_secret(&self, secret: &[u8]) -> keyring_core::Result<()> {
        let label = format!("Keyfob ({})", self.service);
        self.bus
            .call(&async |service| {
                let collection = unlocked_collection(service).await?;
                let replace = true;
                collection
                    .create_item(&label, self.attributes(), secret, replace, "application/octet-stream")
                    .await?;
                Ok(())
            })
            .map_err(keyring_error)
    }

    fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
        let secret = self.bus.call(&async |service| {
            let collection = unlocked_collection(service).await?;
            match collection.search_items(self.attributes()).await?.first() {
                Some(item) => item.get_secret().await.map(Some),
                None => Ok(None),
            }
        });
        secret.map_err(keyring_error)?.ok_or(KeyringError::NoEntry)
    }

    fn delete_credential(&self) -> keyring_core::Result<()> {
        let found = self.bus.call(&async |service| {
            let collection = unlocked_collection(service).await?;
            let items = collection.search_items(self.attributes()).await?;
            for item in &items {
                item.delete().await?;
            }
            Ok(!items.is_empty())
        });
        if found.map_err(keyring_error)? { Ok(()) } else { Err(KeyringError::NoEntry) }
    }

    fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
        Err(KeyringError::NotSupportedByStore("items are only found by service and account".to_owned()))
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.service.clone(), self.account.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Looked at before every call, since the service prompts by itself when it is asked for something locked.
async fn unlocked_collection<'a>(service: &'a SecretService<'_>) -> Result<Collection<'a>, Error> {
    let collection = service.get_default_collection().await?;
    collection.ensure_unlocked().await?;
    Ok(collection)
}
