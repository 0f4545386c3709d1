//! Values that are larger than an item of their store may be.

use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};

/// What the item of a value in chunks begins with. A value that happens to begin so goes in chunks too.
const MARK: &[u8] = b"keyfob-chunks ";
/// A head fits in this.
const LEAST_LIMIT: usize = 256;

/// Keeps values of any size in a store whose items are limited, such as the Credential Manager of Windows.
///
/// A value that fits is one item. A larger one is split into chunks, items of their own, which become the value when the
/// item of the key itself, the head, is written last: a crash at any point leaves the value before or the new one. What
/// a crash leaves behind is taken away by the next change of that key.
///
/// Any number of processes may read while one writes; those that write one key take turns. No key may look like
/// another's chunk, which is `{key}#a0`.
///
/// ```
/// use keyfob::{Chunked, Memory, Store};
///
/// let narrow = Memory::with_limit(2560);
/// let value = vec![7; 10_000].into();
/// assert!(narrow.write("session", &value).is_err());
///
/// let store = Chunked::new(narrow, 2560);
/// store.write("session", &value)?;
/// assert!(store.read("session")?.is_some());
/// # Ok::<(), keyfob::StoreError>(())
/// ```
#[derive(Debug)]
pub struct Chunked<S> {
    store: S,
    limit: usize,
}

impl<S: Store> Chunked<S> {
    /// Over a store whose items hold `limit` bytes, of which there must be 256 at least.
    pub fn new(store: S, limit: usize) -> Self {
        Self { store, limit: limit.max(LEAST_LIMIT) }
    }

    fn item(&self, key: &str) -> Result<Option<Item>, StoreError> {
        let Some(value) = self.store.read(key)? else { return Ok(None) };
        Ok(Some(match value.expose_secret().strip_prefix(MARK) {
            Some(head) => Item::Head(serde_json::from_slice(head).map_err(|_| StoreError::Corrupt)?),
            None => Item::Whole(value),
        }))
    }

    /// Of the value that is there, if that is in chunks and its head can be read.
    fn head(&self, key: &str) -> Result<Option<Head>, StoreError> {
        match self.item(key) {
            Ok(Some(Item::Head(head))) => Ok(Some(head)),
            Ok(_) | Err(StoreError::Corrupt) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn join(&self, key: &str, head: &Head) -> Result<Option<SecretSlice<u8>>, StoreError> {
        let chunks = (0..head.chunks).map(|number| self.store.read(&chunk_key(key, head.slot, number)));
        let Some(chunks) = chunks.collect::<Result<Option<Vec<_>>, _>>()? else { return Ok(None) };
        let bytes: Vec<&[u8]> = chunks.iter().map(ExposeSecret::expose_secret).collect();
        let value = SecretSlice::from(bytes.concat());
        let is_whole = sha256(value.expose_secret()) == head.digest;
        Ok(is_whole.then_some(value))
    }

    /// Writes into the slot that is not in use, so that the value before stays until the head is written.
    fn split(&self, key: &str, bytes: &[u8], before: Option<&Head>) -> Result<Head, StoreError> {
        let slot = before.map_or(Slot::A, |head| head.slot.other());
        let head = Head {
            slot,
            chunks: u16::try_from(bytes.len().div_ceil(self.limit))
                .map_err(|_| StoreError::unavailable("the value is too large"))?,
            generation: random()?,
            digest: sha256(bytes),
        };
        for (number, chunk) in (0..head.chunks).zip(bytes.chunks(self.limit)) {
            self.store.write(&chunk_key(key, slot, number), &chunk.to_vec().into())?;
        }
        self.store.write(key, &head.to_item()?)?;
        Ok(head)
    }

    /// Deletes all chunks but those of the value that is there now.
    fn tidy(&self, key: &str, before: Option<&Head>, now: Option<&Head>) -> Result<(), StoreError> {
        for slot in [Slot::A, Slot::B] {
            let chunks_of =
                |head: Option<&Head>| head.filter(|head| head.slot == slot).map_or(0, |head| head.chunks);
            let used = chunks_of(now);
            let mut end = used.max(chunks_of(before));
            // Those that a crash left behind: without a gap, as chunks are written upwards and deleted downwards.
            while self.store.read(&chunk_key(key, slot, end))?.is_some() {
                end += 1;
            }
            for number in (used..end).rev() {
                self.store.delete(&chunk_key(key, slot, number))?;
            }
        }
        Ok(())
    }
}

impl<S: Store> Store for Chunked<S> {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        let mut item = self.item(key)?;
        loop {
            let head = match item {
                None => return Ok(None),
                Some(Item::Whole(value)) => return Ok(Some(value)),
                Some(Item::Head(head)) => head,
            };
            if let Some(value) = self.join(key, &head)? {
                return Ok(Some(value));
            }
            // Another process may have put a new value in the place of this one, and deleted its chunks.
            item = self.item(key)?;
            if matches!(&item, Some(Item::Head(now)) if *now == head) {
                return Err(StoreError::Corrupt);
            }
        }
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        let bytes = value.expose_secret();
        let before = self.head(key)?;
        let now = if bytes.len() <= self.limit && !bytes.starts_with(MARK) {
            self.store.write(key, value)?;
            None
        } else {
            Some(self.split(key, bytes, before.as_ref())?)
        };
        if let Err(error) = self.tidy(key, before.as_ref(), now.as_ref()) {
            tracing::debug!(%error, "chunks of an earlier value stay behind until the next change");
        }
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        let before = self.head(key)?;
        self.store.delete(key)?;
        self.tidy(key, before.as_ref(), None)
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.store.unlock()
    }

    fn shared_name(&self) -> Option<String> {
        self.store.shared_name()
    }

    fn watch(&self, changed: Box<dyn Fn() + Send + Sync>) {
        self.store.watch(changed);
    }
}

enum Item {
    Whole(SecretSlice<u8>),
    Head(Head),
}

/// Makes chunks a value.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    slot: Slot,
    chunks: u16,
    /// Random: tells this value from one of the same bytes, written later.
    generation: String,
    /// SHA-256 of the value.
    digest: String,
}

impl Head {
    fn to_item(&self) -> Result<SecretSlice<u8>, StoreError> {
        let head = serde_json::to_vec(self).map_err(|error| StoreError::unavailable(error.to_string()))?;
        Ok([MARK, &head].concat().into())
    }
}

/// One of the two places for chunks. That there are no more is how those which a crash left behind are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Slot {
    A,
    B,
}

impl Slot {
    fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

fn chunk_key(key: &str, slot: Slot, number: u16) -> String {
    let slot = match slot {
        Slot::A => 'a',
        Slot::B => 'b',
    };
    format!("{key}#{slot}{number}")
}

fn sha256(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes))
}

fn random() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| StoreError::unavailable("there is no randomness"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests;
