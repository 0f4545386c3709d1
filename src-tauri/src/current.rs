//! What is in force now and may be replaced: the configuration, the settings.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value of the app's state; whoever reads it has a copy.
pub(crate) struct Current<T>(Mutex<T>);

impl<T: Clone> Current<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(crate) fn get(&self) -> T {
        self.lock().clone()
    }

    /// Gives what was in force before.
    pub(crate) fn replace(&self, value: T) -> T {
        std::mem::replace(&mut *self.lock(), value)
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
