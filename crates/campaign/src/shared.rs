//! The stores that processes share.

use tempfile::TempDir;

use crate::wire::Shelf;

/// A folder, which ends with this value.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    pub(crate) fn shelf(&self) -> Shelf {
        Shelf::Files(self.0.path().to_owned())
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        std::fs::read_dir(self.0.path()).expect("the folder is there").count()
    }
}

/// The real keychain of a desktop that nobody else is on, which ends with this value.
#[cfg(target_os = "linux")]
pub(crate) struct Keyring(std::sync::Arc<test_desktop::Desktop>);

#[cfg(target_os = "linux")]
impl Keyring {
    pub(crate) async fn start() -> Self {
        let desktop = blocking(test_desktop::Desktop::start).await;
        Self(desktop.expect("dbus-daemon and gnome-keyring-daemon are installed").into())
    }

    /// The items of one service.
    pub(crate) fn shelf(&self, service: &str) -> Shelf {
        Shelf::Keychain { service: service.to_owned(), bus: self.0.address().to_owned() }
    }

    /// How many items a service has.
    pub(crate) async fn len(&self, service: &str) -> usize {
        let (desktop, service) = (std::sync::Arc::clone(&self.0), service.to_owned());
        blocking(move || {
            let keyring = desktop.secret_service();
            let login = keyring.get_default_collection().expect("the login keyring");
            let items = login.search_items([("service", service.as_str())].into());
            items.expect("it is unlocked").len()
        })
        .await
    }
}

#[cfg(target_os = "linux")]
async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(act).await.expect("nothing panics")
}

/// Where no desktop can be had that is nobody's, a folder for each service.
#[cfg(not(target_os = "linux"))]
pub(crate) struct Keyring(std::sync::Mutex<std::collections::HashMap<String, Folder>>);

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unused_async, reason = "as on Linux")]
impl Keyring {
    pub(crate) async fn start() -> Self {
        Self(std::sync::Mutex::default())
    }

    pub(crate) fn shelf(&self, service: &str) -> Shelf {
        self.with(service, Folder::shelf)
    }

    pub(crate) async fn len(&self, service: &str) -> usize {
        self.with(service, Folder::len)
    }

    fn with<T>(&self, service: &str, act: impl FnOnce(&Folder) -> T) -> T {
        let mut folders = self.0.lock().expect("nothing panics in here");
        act(folders.entry(service.to_owned()).or_insert_with(Folder::new))
    }
}
