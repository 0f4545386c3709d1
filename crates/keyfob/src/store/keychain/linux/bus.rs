//! The connection to the Secret Service, made anew whenever it has broken.

use std::{
    fmt, io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use secret_service::{EncryptionType, Error, SecretService};
use tokio::{
    runtime::{self, Runtime},
    time::timeout,
};
use zbus::connection;

/// How long one call may last: the person typing a password, or a service that hangs.
///
/// Giving up on a hung service sooner would help nobody: the request is on its way, and what it does late could then no
/// longer be put right in the order asked.
const PATIENCE: Duration = Duration::from_secs(120);

/// The session bus, and the connection to it for as long as that works.
#[derive(Default)]
pub(super) struct Bus {
    /// See [`connect`].
    pub(super) address: Option<String>,
    connection: Mutex<Option<Connection>>,
}

impl Bus {
    #[cfg(test)]
    pub(super) fn at(address: &str) -> Self {
        Self { address: Some(address.to_owned()), connection: Mutex::default() }
    }

    /// Runs a call over the connection that is there, or a new one.
    pub(super) fn call<T>(
        &self,
        act: &impl AsyncFn(&SecretService<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
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
        let result = connection.runtime.block_on(within_patience(act(&connection.service)));
        // Closing it also takes a prompt off the screen that nobody answered.
        if !result.as_ref().is_err_and(is_broken) {
            *kept = Some(connection);
        }
        result
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bus").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A connection and the encrypted session on it, driven by the calling thread.
struct Connection {
    service: SecretService<'static>,
    runtime: Runtime,
}

impl Connection {
    fn open(address: Option<&str>) -> Result<Self, Error> {
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(zbus::Error::from)?;
        let service = runtime.block_on(within_patience(async {
            SecretService::connect_with_existing(EncryptionType::Dh, connect(address).await?).await
        }))?;
        Ok(Self { service, runtime })
    }
}

/// `None`: where the environment says.
pub(super) async fn connect(address: Option<&str>) -> zbus::Result<zbus::Connection> {
    let builder = match address {
        Some(address) => connection::Builder::address(address)?,
        None => connection::Builder::session()?,
    };
    builder.build().await
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

pub(super) fn is_timeout(error: &Error) -> bool {
    matches!(error, Error::Zbus(zbus::Error::InputOutput(error)) if error.kind() == io::ErrorKind::TimedOut)
}

pub(super) fn is_named(error: &Error, name: &str) -> bool {
    matches!(error, Error::Zbus(zbus::Error::MethodError(given, ..)) if given.as_str() == name)
}
