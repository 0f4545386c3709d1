//! A store that forgets everything when the process ends.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use secrecy::{ExposeSecret, SecretSlice};

use super::{Store, StoreError};

/// Keeps values in this process only: for `keychain: memory`, where a restart is a sign-out.
///
/// Clones share their values.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    values: Arc<Mutex<HashMap<String, SecretSlice<u8>>>>,
    limit: Option<usize>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store that refuses values of more bytes, as some keychains do: see [`Chunked`](super::Chunked).
    pub fn with_limit(limit: usize) -> Self {
        Self { limit: Some(limit), ..Self::default() }
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.values().keys().cloned().collect();
        keys.sort();
        keys
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
        if self.limit.is_some_and(|limit| value.expose_secret().len() > limit) {
            return Err(StoreError::unavailable("the value is too large"));
        }
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
mod tests {
    use super::{
        super::contract::{self, secret},
        *,
    };

    #[test]
    fn memory_holds_the_contract() {
        let (one, other) = (Memory::new(), Memory::new());
        contract::holds(|service| if service == "one" { one.clone() } else { other.clone() });
        assert!(one.keys().is_empty());
        assert!(other.keys().is_empty());
    }

    #[test]
    fn what_is_over_the_limit_is_refused() {
        let memory = Memory::with_limit(3);
        memory.write("session", &secret(b"123")).unwrap();
        assert!(matches!(memory.write("session", &secret(b"1234")), Err(StoreError::Unavailable { .. })));
        assert_eq!(contract::read(&memory, "session").unwrap(), b"123");
    }
}
