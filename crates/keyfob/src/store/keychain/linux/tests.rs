//! The keychain against the real gnome-keyring.

use std::{
    collections::HashMap,
    sync::{atomic::Ordering, mpsc},
    time::Duration,
};

use secrecy::SecretSlice;
use test_desktop::{Bus, Desktop, SECRETS};

use super::super::Keychain;
use crate::store::{
    Chunked, Store, StoreError, Vault,
    contract::{self, read, secret},
};

const SERVICE: &str = "dev.keyfob.test";

fn keychain_on(desktop: &Desktop, service: &str) -> Keychain {
    Keychain::at_bus(service, desktop.address())
}

fn is_locked<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Locked))
}

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable { .. }))
}

#[test]
fn the_keychain_holds_the_contract() {
    let Some(desktop) = Desktop::start() else { return };
    contract::holds(|service| keychain_on(&desktop, service));
}

#[test]
fn an_item_is_found_by_service_and_account_and_is_there_once() {
    let Some(desktop) = Desktop::start() else { return };
    let keychain = keychain_on(&desktop, SERVICE);
    keychain.write("session", &secret(b"first")).unwrap();
    keychain.write("session", &secret(b"second")).unwrap();

    let service = desktop.secret_service();
    let found = service.search_items(HashMap::from([("service", SERVICE), ("account", "session")])).unwrap();
    assert_eq!(found.unlocked.len(), 1);
    assert_eq!(found.unlocked[0].get_label().unwrap(), "Keyfob (dev.keyfob.test)");
    assert_eq!(found.unlocked[0].get_secret().unwrap(), b"second");
}

#[test]
fn a_locked_keychain_is_locked_and_asks_nobody_until_it_is_told_to() {
    let Some(desktop) = Desktop::start() else { return };
    let prompts = desktop.refuse_prompts();
    let keychain = keychain_on(&desktop, SERVICE);
    keychain.write("session", &secret(b"kept")).unwrap();
    desktop.lock();

    assert!(is_locked(&keychain.read("session")));
    assert!(is_locked(&keychain.read("absent")));
    assert!(is_locked(&keychain.write("session", &secret(b"new"))));
    assert!(is_locked(&keychain.delete("session")));
    assert_eq!(prompts.load(Ordering::SeqCst), 0);

    assert!(is_locked(&keychain.unlock()), "the person refused");
    assert_eq!(prompts.load(Ordering::SeqCst), 1);

    desktop.unlock();
    assert_eq!(read(&keychain, "session").unwrap(), b"kept");
    keychain.unlock().unwrap();
    assert_eq!(prompts.load(Ordering::SeqCst), 1, "there was nothing to unlock");
}

#[test]
fn a_service_that_dies_is_unavailable_until_it_runs_again() {
    let Some(mut desktop) = Desktop::start() else {
        return;
    };
    let keychain = keychain_on(&desktop, SERVICE);
    keychain.write("session", &secret(b"kept")).unwrap();

    desktop.kill_keyring();
    assert!(is_unavailable(&keychain.read("session")));
    assert!(is_unavailable(&keychain.write("session", &secret(b"new"))));
    assert!(is_unavailable(&keychain.delete("session")));
    assert!(is_unavailable(&keychain.unlock()));

    desktop.start_keyring(&["--unlock"]);
    assert_eq!(read(&keychain, "session").unwrap(), b"kept");
}

#[test]
fn a_service_that_restarts_between_two_calls_goes_unnoticed() {
    let Some(mut desktop) = Desktop::start() else {
        return;
    };
    let keychain = keychain_on(&desktop, SERVICE);
    keychain.write("session", &secret(b"kept")).unwrap();
    desktop.kill_keyring();
    desktop.start_keyring(&["--unlock"]);
    assert_eq!(read(&keychain, "session").unwrap(), b"kept");
}

#[test]
fn a_service_that_is_late_is_unavailable_until_it_is_there() {
    let Some(mut desktop) = Desktop::without_keyring() else {
        return;
    };
    let keychain = keychain_on(&desktop, SERVICE);
    assert!(is_unavailable(&keychain.read("session")));
    desktop.start_keyring(&["--unlock"]);
    assert_eq!(read(&keychain, "session"), None);
}

#[test]
fn a_service_without_a_login_keyring_is_unavailable() {
    let Some(mut desktop) = Desktop::without_keyring() else {
        return;
    };
    desktop.start_keyring(&[]);
    let keychain = keychain_on(&desktop, SERVICE);
    assert!(is_unavailable(&keychain.read("session")));
    assert!(is_unavailable(&keychain.write("session", &secret(b"new"))));
    assert!(is_unavailable(&keychain.unlock()));
}

#[test]
fn no_bus_is_unavailable() {
    let keychain = Keychain::at_bus(SERVICE, "unix:path=/nonexistent/bus");
    assert!(is_unavailable(&keychain.read("session")));
}

/// A keychain that drops a channel's end when its vault has let go of it.
struct Watched(Keychain, #[expect(dead_code, reason = "its drop is the signal")] mpsc::Sender<()>);

impl Store for Watched {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        self.0.read(key)
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.0.write(key, value)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.0.delete(key)
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.0.unlock()
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_written_to_a_service_that_hung_does_not_outlive_the_sign_out() {
    let Some(desktop) = tokio::task::spawn_blocking(Desktop::start).await.unwrap() else {
        return;
    };
    let (ends, ended) = mpsc::channel();
    let vault = Vault::new(Watched(keychain_on(&desktop, SERVICE), ends));

    desktop.signal_keyring("STOP");
    assert!(is_unavailable(&vault.write("session", secret(b"late")).await));
    assert!(is_unavailable(&vault.delete("session").await));
    desktop.signal_keyring("CONT");

    drop(vault);
    ended.recv().unwrap_err();
    let keychain = keychain_on(&desktop, SERVICE);
    tokio::task::spawn_blocking(move || assert_eq!(read(&keychain, "session"), None)).await.unwrap();
    tokio::task::spawn_blocking(move || drop(desktop)).await.unwrap();
}

/// Nothing here takes so long.
const NEVER: Duration = Duration::from_secs(60);

/// Tells each time that the keychain has changed, and ends when it is no longer watched.
fn watch(keychain: &Keychain) -> mpsc::Receiver<()> {
    let (tell, changes) = mpsc::channel();
    keychain.watch(Box::new(move || tell.send(()).unwrap()));
    changes
}

#[test]
fn locking_and_unlocking_are_told_and_the_watch_ends_with_the_keychain() {
    let Some(desktop) = Desktop::start() else { return };
    let keychain = keychain_on(&desktop, SERVICE);
    let changes = watch(&keychain);
    changes.recv_timeout(NEVER).expect("it was there when the watch began");
    keychain.write("session", &secret(b"a new item is no change")).unwrap();

    desktop.lock();
    changes.recv_timeout(NEVER).unwrap();
    assert!(is_locked(&keychain.read("session")));
    desktop.unlock();
    changes.recv_timeout(NEVER).unwrap();
    assert!(read(&keychain, "session").is_some());

    drop(keychain);
    assert_eq!(changes.recv_timeout(NEVER), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn a_service_that_is_late_or_restarts_is_told() {
    let Some(mut desktop) = Desktop::without_keyring() else {
        return;
    };
    let keychain = keychain_on(&desktop, SERVICE);
    let changes = watch(&keychain);
    desktop.start_keyring(&["--unlock"]);
    changes.recv_timeout(NEVER).unwrap();
    assert_eq!(read(&keychain, "session"), None);

    desktop.kill_keyring();
    desktop.start_keyring(&["--unlock"]);
    changes.recv_timeout(NEVER).unwrap();
    drop(keychain);
    assert_eq!(changes.recv_timeout(NEVER), Err(mpsc::RecvTimeoutError::Disconnected), "each was told once");
}

#[test]
fn a_bus_that_is_late_or_restarts_is_heard() {
    let Some(mut bus) = Bus::start() else { return };
    bus.kill();
    let keychain = Keychain::at_bus(SERVICE, bus.address());
    let changes = watch(&keychain);
    for _ in 0..2 {
        bus.restart();
        let builder = zbus::blocking::connection::Builder::address(bus.address()).unwrap();
        let service = builder.name(SECRETS).unwrap().build().unwrap();
        changes.recv_timeout(NEVER).unwrap();
        drop(service);
        bus.kill();
    }
}

#[test]
fn the_keychain_in_chunks_holds_the_contract_and_nothing_is_left() {
    let Some(desktop) = Desktop::start() else { return };
    contract::holds(|service| Chunked::new(keychain_on(&desktop, service), contract::LIMIT));
    let service = desktop.secret_service();
    assert!(service.get_default_collection().unwrap().get_all_items().unwrap().is_empty());
}
