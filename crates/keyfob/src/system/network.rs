//! Interfaces and addresses, by `netwatcher`: netlink, a route socket, or the IP helper.

use std::{sync::mpsc, thread};

/// Listens until it is dropped.
pub(super) struct Listener {
    _stop: mpsc::Sender<()>,
}

/// On a thread of its own: to begin, and to end, takes a look at all interfaces, and the caller may not wait.
pub(super) fn listen(report: impl Fn() + Send + 'static) -> Listener {
    let (stop, stopped) = mpsc::channel();
    let listening = thread::Builder::new().name("keyfob-network".to_owned()).spawn(move || {
        let watched = netwatcher::watch_interfaces_with_callback(move |update| {
            // The first one tells what there is, and nothing has changed.
            if !update.is_initial {
                report();
            }
        });
        match watched {
            // The sender is dropped, which is the sign to end.
            Ok(_watched) => drop(stopped.recv()),
            Err(error) => tracing::debug!(%error, "changes of the network can't be heard"),
        }
    });
    if let Err(error) = listening {
        tracing::debug!(%error, "changes of the network can't be heard");
    }
    Listener { _stop: stop }
}
