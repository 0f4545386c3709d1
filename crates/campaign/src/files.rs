//! A store that processes share: a folder with a file for each item.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use keyfob::{Store, StoreError};
use secrecy::{ExposeSecret, SecretSlice};

/// Clones are one store, and so are those of one folder.
#[derive(Clone)]
pub(crate) struct Files(PathBuf);

/// What is being written; a process that is killed may leave one behind.
const UNFINISHED: &str = "unfinished";

impl Files {
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }
}

impl Store for Files {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        match fs::read(self.0.join(key)) {
            Ok(value) => Ok(Some(SecretSlice::from(value))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// As a keychain does it: there is the old value or the new one, whenever the process ends.
    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        let unfinished = self.0.join(format!("{UNFINISHED}.{}.{key}", std::process::id()));
        let written = fs::write(&unfinished, value.expose_secret());
        written.and_then(|()| fs::rename(&unfinished, self.0.join(key))).map_err(|error| unavailable(&error))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        match fs::remove_file(self.0.join(key)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unavailable(&error)),
            _ => Ok(()),
        }
    }

    fn unlock(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn shared_name(&self) -> Option<String> {
        Some(self.0.display().to_string())
    }
}

fn unavailable(error: &io::Error) -> StoreError {
    StoreError::Unavailable { reason: error.to_string() }
}
