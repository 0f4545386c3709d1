//! Whether the desktop has a place for icons: many a Linux desktop doesn't, GNOME without an extension say.

#[cfg(not(target_os = "linux"))]
pub(super) async fn is_there() -> bool {
    true
}

/// The two that the icon is shown in: a `StatusNotifier` host, else the older one of X11.
#[cfg(target_os = "linux")]
pub(super) async fn is_there() -> bool {
    linux::status_notifier().await || tokio::task::spawn_blocking(linux::xembed).await.unwrap_or(false)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{env, time::Duration};

    use tokio::time::timeout;
    use x11rb::{connection::Connection as _, protocol::xproto::ConnectionExt as _};
    use zbus::{
        Connection, Proxy,
        proxy::{Builder, CacheProperties},
    };

    /// A person waits for the window to go away.
    const PATIENCE: Duration = Duration::from_millis(500);

    /// <https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/>
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";

    pub(super) async fn status_notifier() -> bool {
        let asked = async {
            let bus = Connection::session().await?;
            let watcher: Proxy<'_> = Builder::new(&bus)
                .destination(WATCHER)?
                .path("/StatusNotifierWatcher")?
                .interface(WATCHER)?
                .cache_properties(CacheProperties::No)
                .build()
                .await?;
            watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await
        };
        matches!(timeout(PATIENCE, asked).await, Ok(Ok(true)))
    }

    /// <https://specifications.freedesktop.org/systemtray-spec/latest/>
    pub(super) fn xembed() -> bool {
        // Windows of Wayland can't be embedded, and there the app's are such.
        env::var_os("WAYLAND_DISPLAY").is_none() && selection_has_owner().unwrap_or(false)
    }

    fn selection_has_owner() -> Result<bool, Box<dyn std::error::Error>> {
        let (connection, screen) = x11rb::connect(None)?;
        let name = format!("_NET_SYSTEM_TRAY_S{screen}");
        let selection = connection.intern_atom(false, name.as_bytes())?.reply()?.atom;
        let owner = connection.get_selection_owner(selection)?.reply()?.owner;
        connection.flush()?;
        Ok(owner != x11rb::NONE)
    }
}
