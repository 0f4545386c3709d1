//! A store that tells what it keeps, and in which a refresh can be stopped for ever.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use fake_provider::fingerprint;
use keyfob::{Store, StoreError};
use secrecy::{ExposeSecret, SecretSlice};

use crate::{
    child::say,
    wire::{Kept, Line, Point},
};

/// What stands before the refresh token in a record.
const REFRESH_TOKEN: &[u8] = br#""refresh_token":""#;

/// Where the next refresh stops.
#[derive(Default)]
pub(crate) struct Stops(Mutex<State>);

#[derive(Default)]
struct State {
    point: Option<Point>,
    /// Of the refresh token that was seen last.
    fingerprint: Option<String>,
    step: Step,
    /// How many items the write that is under way has written.
    parts: usize,
}

/// What was written last. The first write of a refresh says that the refresh token is being used, the next one
/// keeps what has come of it, and all later ones the rest.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Nothing,
    Journal,
    Commit,
    Rest,
}

impl Stops {
    /// From now on.
    pub(crate) fn arm(&self, point: Point) {
        self.change(|state| {
            state.point = Some(point);
            state.step = Step::Nothing;
        });
    }

    fn begin(&self, fingerprint: &str) -> Step {
        self.change(|state| {
            let before = state.fingerprint.replace(fingerprint.to_owned());
            let is_another = before.is_none_or(|before| before != fingerprint);
            state.step = match state.step {
                Step::Nothing if !is_another => Step::Journal,
                Step::Nothing | Step::Journal => Step::Commit,
                Step::Commit | Step::Rest => Step::Rest,
            };
            state.parts = 0;
            state.step
        })
    }

    /// Another item is being written.
    fn part(&self) {
        let part = self.change(|state| {
            state.parts += 1;
            (state.step == Step::Commit).then_some(state.parts)
        });
        if let Some(part) = part {
            self.pass(Point::BeforePart(part));
        }
    }

    fn pass(&self, point: Point) {
        if self.change(|state| state.point == Some(point)) {
            say(&Line::Stopped);
            loop {
                std::thread::park();
            }
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The store of a process that may be stopped.
pub(crate) struct Stopping<S> {
    store: S,
    stops: Arc<Stops>,
}

impl<S> Stopping<S> {
    pub(crate) fn new(store: S, stops: Arc<Stops>) -> Self {
        Self { store, stops }
    }
}

impl<S: Store> Store for Stopping<S> {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        let read = self.store.read(key)?;
        if let Some(fingerprint) = read.as_ref().and_then(refresh_token_in) {
            self.stops.change(|state| state.fingerprint = Some(fingerprint));
        }
        Ok(read)
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        let Some(fingerprint) = refresh_token_in(value) else {
            return self.store.write(key, value);
        };
        let step = self.stops.begin(&fingerprint);
        if step == Step::Commit {
            self.stops.pass(Point::Committing);
        }
        self.store.write(key, value)?;
        say(&Line::Kept(Kept { at: microseconds(), fingerprint }));
        match step {
            Step::Nothing => {}
            Step::Journal => self.stops.pass(Point::Journalled),
            Step::Commit => self.stops.pass(Point::Committed),
            Step::Rest => self.stops.pass(Point::Finished),
        }
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.store.delete(key)
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

/// The store below one that splits values.
pub(crate) struct Parts<S> {
    store: S,
    stops: Arc<Stops>,
}

impl<S> Parts<S> {
    pub(crate) fn new(store: S, stops: Arc<Stops>) -> Self {
        Self { store, stops }
    }
}

impl<S: Store> Store for Parts<S> {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        self.store.read(key)
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.stops.part();
        self.store.write(key, value)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.store.delete(key)
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.store.unlock()
    }

    fn shared_name(&self) -> Option<String> {
        self.store.shared_name()
    }
}

/// The fingerprint of the refresh token that stands in a record.
fn refresh_token_in(record: &SecretSlice<u8>) -> Option<String> {
    let record = record.expose_secret();
    let begin = record.windows(REFRESH_TOKEN.len()).position(|window| window == REFRESH_TOKEN)?;
    let rest = &record[begin + REFRESH_TOKEN.len()..];
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let end = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
    Some(fingerprint(str::from_utf8(&rest[..end]).expect("ASCII")))
}

fn microseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock stands after 1970");
    u64::try_from(since.as_micros()).expect("the clock stands before the year 500,000")
}
