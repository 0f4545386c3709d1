//! What is in force now and may be replaced: the configuration, the settings.

use tokio::sync::watch;

/// A value of the app's state; whoever reads it has a copy.
pub(crate) struct Current<T>(watch::Sender<T>);

impl<T: Clone> Current<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(watch::Sender::new(value))
    }

    pub(crate) fn get(&self) -> T {
        self.0.borrow().clone()
    }

    /// Gives what was in force before.
    pub(crate) fn replace(&self, value: T) -> T {
        self.0.send_replace(value)
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<T> {
        self.0.subscribe()
    }
}
