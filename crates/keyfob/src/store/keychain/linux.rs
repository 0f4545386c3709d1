//! The Secret Service, such as GNOME Keyring, behind keyring-core's credential trait.
//!
//! Not `zbus-secret-service-keyring-store`: that one prompts in every call, and holds on to a session for ever that dies
//! with the service.

use std::{
    any::Any,
    collections::HashMap,
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keyring_core::{Credential, Entry, Error as KeyringError, api::CredentialApi, error::PlatformError};
use secret_service::{Collection, EncryptionType, Error, SecretService};
use tokio::{
    runtime::{self, Runtime},
    time::timeout,
};

use super::StoreError;

/// How long one call may last: the person typing a password, or a service that hangs.
///
/// Giving up on a hung service sooner would help nobody: the request is on its way, and what it does late could then no
/// longer be put right in the order asked.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug)]
pub(super) struct Platform {
    service: String,
    bus: Arc<Bus>,
}

impl Platform {
    pub(super) fn new(service: &str) -> Self {
        Self {
            service: service.to_owned(),
            bus: Arc::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn at_bus(service: &str, address: &str) -> Self {
        let bus = Bus {
            address: Some(address.to_owned()),
            connection: Mutex::default(),
        };
        Self {
            service: service.to_owned(),
            bus: Arc::new(bus),
        }
    }

    pub(super) fn with_entry<T>(
        &self,
        key: &str,
        act: impl FnOnce(&Entry) -> keyring_core::Result<T>,
    ) -> keyring_core::Result<T> {
        let item = Item {
            bus: Arc::clone(&self.bus),
            service: self.service.clone(),
            account: key.to_owned(),
        };
        act(&Entry::new_with_credential(Arc::new(item)))
    }

    pub(super) fn unlock(&self) -> keyring_core::Result<()> {
        self.bus
            .call(&async |service| service.get_default_collection().await?.unlock().await)
            .map_err(|error| keyring_error(if is_timeout(&error) { Error::Prompt } else { error }))
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

/// One item of the default collection, the login keyring.
#[derive(Debug)]
struct Item {
    bus: Arc<Bus>,
    service: String,
    account: String,
}

impl Item {
    fn attributes(&self) -> HashMap<&str, &str> {
        HashMap::from([
            ("service", self.service.as_str()),
            ("account", self.account.as_str()),
        ])
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
                    .create_item(
                        &label,
                        self.attributes(),
                        secret,
                        replace,
                        "application/octet-stream",
                    )
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
        if found.map_err(keyring_error)? {
            Ok(())
        } else {
            Err(KeyringError::NoEntry)
        }
    }

    fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
        Err(KeyringError::NotSupportedByStore(
            "items are only found by service and account".to_owned(),
        ))
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

/// The session bus, and the connection to it for as long as that works.
#[derive(Default)]
struct Bus {
    /// None: where the environment says.
    address: Option<String>,
    connection: Mutex<Option<Connection>>,
}

impl Bus {
    fn call<T>(&self, act: &impl AsyncFn(&SecretService<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = connection.is_some();
        match self.attempt(&mut connection, act) {
            // The service has restarted since, and knows nothing of this connection's session.
            Err(error) if is_old && is_broken(&error) && !is_timeout(&error) => {
                self.attempt(&mut connection, act)
            }
            result => result,
        }
    }

    fn attempt<T>(
        &self,
        kept: &mut Option<Connection>,
        act: &impl AsyncFn(&SecretService<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let connection = match kept.take() {
            Some(connection) => connection,
            None => Connection::open(self.address.as_deref())?,
        };
        let result = connection
            .runtime
            .block_on(within_patience(act(&connection.service)));
        // Closing it also takes a prompt off the screen that nobody answered.
        if !result.as_ref().is_err_and(is_broken) {
            *kept = Some(connection);
        }
        result
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bus")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// A connection and the encrypted session on it, driven by the calling thread.
struct Connection {
    service: SecretService<'static>,
    runtime: Runtime,
}

impl Connection {
    fn open(address: Option<&str>) -> Result<Self, Error> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(zbus::Error::from)?;
        let service = runtime.block_on(within_patience(async {
            let builder = match address {
                Some(address) => zbus::connection::Builder::address(address)?,
                None => zbus::connection::Builder::session()?,
            };
            SecretService::connect_with_existing(EncryptionType::Dh, builder.build().await?).await
        }))?;
        Ok(Self { service, runtime })
    }
}

async fn within_patience<T>(call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match timeout(PATIENCE, call).await {
        // A keyring that was locked between the look and the call.
        Ok(Err(error)) if is_named(&error, "org.freedesktop.Secret.Error.IsLocked") => Err(Error::Locked),
        Ok(result) => result,
        Err(_) => Err(zbus::Error::from(io::Error::from(io::ErrorKind::TimedOut)).into()),
    }
}

/// Whether the connection, or the session on it, is of no more use.
fn is_broken(error: &Error) -> bool {
    !matches!(error, Error::Locked | Error::Prompt | Error::NoResult)
}

fn is_timeout(error: &Error) -> bool {
    matches!(error, Error::Zbus(zbus::Error::InputOutput(error)) if error.kind() == io::ErrorKind::TimedOut)
}

fn is_named(error: &Error, name: &str) -> bool {
    matches!(error, Error::Zbus(zbus::Error::MethodError(given, ..)) if given.as_str() == name)
}

fn keyring_error(error: Error) -> KeyringError {
    match error {
        Error::Locked | Error::Prompt | Error::NoResult | Error::Unavailable => {
            KeyringError::NoStorageAccess(Box::new(error))
        }
        _ => KeyringError::PlatformFailure(Box::new(error)),
    }
}
