//! Records that are no longer what was kept.

use std::{
    collections::BTreeMap,
    panic,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use fake_provider::FakeProvider;
use keyfob::{ErrorCode, ManualClock, Session, Store, StoreError};
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::{App, Client, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "storage-damage",
    target: "every bit of every record flipped, and every record cut at every length: 0 panics, keychain_corrupt each time and never signed out, signing in again works",
    guard: "checksum",
    n_full: RECORDS * 9,
    body: |scale| Box::pin(damage(scale)),
}];

/// Bytes that the records of a session have at least, together.
const RECORDS: usize = 900;
/// After every so many damages somebody signs in again.
const SIGN_IN_EVERY: usize = 50;
/// Engines that are started at once.
const AT_ONCE: usize = 4;

/// What happens to a record.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Flipped { byte: usize, bit: usize },
    CutAt(usize),
}

impl Damage {
    /// Each one that there is; in the short form one bit of every other byte, and every sixteenth length.
    fn all(length: usize, scale: Scale) -> Vec<Self> {
        let (bytes, bits, lengths) = match scale {
            Scale::Full => (1, 1, 1),
            Scale::Short => (2, 8, 16),
        };
        let flipped = (0..length)
            .step_by(bytes)
            .flat_map(|byte| (byte / bytes % bits..8).step_by(bits).map(move |bit| (byte, bit)));
        flipped
            .map(|(byte, bit)| Self::Flipped { byte, bit })
            .chain((0..length).step_by(lengths).map(Self::CutAt))
            .collect()
    }

    fn done_to(self, record: &[u8]) -> Vec<u8> {
        let mut damaged = record.to_vec();
        match self {
            Self::Flipped { byte, bit } => damaged[byte] ^= 1 << bit,
            Self::CutAt(length) => damaged.truncate(length),
        }
        damaged
    }
}

#[derive(Default)]
struct Found {
    signed_out: usize,
    undetected: usize,
    shut_out: usize,
    notes: Vec<String>,
}

async fn damage(scale: Scale) -> Outcome {
    let panics = count_panics();
    let provider = Arc::new(FakeProvider::start().await);
    let kept = Items::default();
    start(&provider, &kept).sign_in(&provider).await;
    let mut trials = JoinSet::new();
    let (mut n, mut all) = (0, Found::default());
    for (key, record) in kept.all() {
        for damage in Damage::all(record.len(), scale) {
            if trials.len() == AT_ONCE {
                all.add(within(trials.join_next()).await);
            }
            let mut items = kept.all();
            items.insert(key.clone(), damage.done_to(&record));
            let items = Items(Arc::new(Mutex::new(items)));
            let sign_in = n % SIGN_IN_EVERY == 0;
            trials.spawn(tried(Arc::clone(&provider), items, key.clone(), damage, sign_in));
            n += 1;
        }
    }
    while let Some(trial) = within(trials.join_next()).await {
        all.add(Some(trial));
    }
    let figures = [
        Figure::none(panics.load(Ordering::SeqCst), "panics"),
        Figure::none(all.signed_out, "sign-outs"),
        Figure::none(all.undetected, "damages undetected"),
        Figure::none(all.shut_out, "people who can't sign in again"),
    ];
    Outcome::new(n, figures).note(&all.notes)
}

impl Found {
    fn add(&mut self, trial: Option<Result<Self, tokio::task::JoinError>>) {
        let found = trial.expect("one is under way").expect("nothing panics");
        self.signed_out += found.signed_out;
        self.undetected += found.undetected;
        self.shut_out += found.shut_out;
        // A few show which ones, and all would fill the screen.
        self.notes.extend(found.notes.into_iter().take(5_usize.saturating_sub(self.notes.len())));
    }
}

async fn tried(
    provider: Arc<FakeProvider>,
    items: Items,
    key: String,
    damage: Damage,
    sign_in: bool,
) -> Found {
    let mut found = Found::default();
    let mut app = start(&provider, &items);
    match app.restored().await {
        Session::Unavailable { code: ErrorCode::KeychainCorrupt, .. } => {}
        Session::SignedOut => found.signed_out += 1,
        _ => found.undetected += 1,
    }
    if found.signed_out + found.undetected > 0 {
        found.notes.push(format!("{key}, {damage:?}"));
    } else if sign_in {
        let signed_in = app.try_sign_in(&provider).await.is_ok();
        let again = start(&provider, &items).restored().await;
        if !signed_in || !matches!(again, Session::SignedIn { .. }) {
            found.shut_out += 1;
            found.notes.push(format!("{key}, {damage:?}: not healed"));
        }
    }
    found
}

/// The app over these items.
fn start(provider: &FakeProvider, items: &Items) -> App {
    App::start(&Client::of(provider), items.clone(), &ManualClock::new(), &json!({}))
}

/// What a keychain holds, for all to see. Clones are one.
#[derive(Clone, Default)]
struct Items(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Items {
    fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().expect("nothing panics in here")
    }
}

impl Store for Items {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        Ok(self.lock().get(key).map(|value| SecretSlice::from(value.clone())))
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.lock().insert(key.to_owned(), value.expose_secret().to_vec());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.lock().remove(key);
        Ok(())
    }

    fn unlock(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Counts every panic of the process from now on: the engine's tasks end by one without a word.
fn count_panics() -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let (counter, before) = (Arc::clone(&count), panic::take_hook());
    panic::set_hook(Box::new(move |info| {
        counter.fetch_add(1, Ordering::SeqCst);
        before(info);
    }));
    count
}
