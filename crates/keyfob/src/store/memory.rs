//! A store that forgets everything when the process ends.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use secrecy::SecretSlice;

use super::{Store, StoreError};

/// Keeps values in this process only: for `keychain: memory`, where a restart is a sign-out.
///
/// Clones share their values.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    values: Arc<Mutex<HashMap<String, SecretSlice<u8>>>>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn values(&self) -> MutexGuard<'_, HashMap<String, SecretSlice<u8>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        Ok(self.values().get(key).cloned())
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.values().insert(key.to_owned(), value.clone());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.values().remove(key);
        Ok(())
    }

    fn unlock(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
#[test]
fn memory_holds_the_contract() {
    let (one, other) = (Memory::new(), Memory::new());
    super::contract::holds(|service| if service == "one" { one.clone() } else { other.clone() });
}
