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
        match timeout(PATIENCE, Connection::session()).await {
            Ok(Ok(bus)) => is_registered(&bus).await,
            _ => false,
        }
    }

    async fn is_registered(bus: &Connection) -> bool {
        let asked = async {
            let watcher: Proxy<'_> = Builder::new(bus)
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

    #[cfg(test)]
    mod tests {
        use test_desktop::Bus;
        use zbus::{connection, interface};

        use super::*;

        /// A panel's watcher, before or after the panel itself.
        struct Watcher(bool);

        #[interface(name = "org.kde.StatusNotifierWatcher")]
        impl Watcher {
            #[zbus(property)]
            fn is_status_notifier_host_registered(&self) -> bool {
                self.0
            }
        }

        async fn connect(bus: &Bus) -> Connection {
            let address = connection::Builder::address(bus.address()).expect("an address");
            address.build().await.expect("a connection")
        }

        #[tokio::test]
        async fn a_watcher_is_no_place_for_icons_until_a_host_has_come() {
            let Some(bus) = Bus::start() else { return };
            let app = connect(&bus).await;
            assert!(!is_registered(&app).await);
            for registered in [false, true] {
                let panel = connect(&bus).await;
                let server = panel.object_server();
                server.at("/StatusNotifierWatcher", Watcher(registered)).await.expect("an object");
                panel.request_name(WATCHER).await.expect("the name");
                assert_eq!(is_registered(&app).await, registered);
                panel.close().await.expect("the end");
            }
        }
    }
}
