//! What the desktop says of the keyring is so.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "for tests only")]

use std::{collections::HashMap, time::Duration};

use test_desktop::{Desktop, Item};

const SERVICE: &str = "dev.keyfob.test";

fn keep(desktop: &Desktop, secret: &[u8]) -> Item {
    let keyring = desktop.secret_service();
    let collection = keyring.get_default_collection().unwrap();
    let attributes = HashMap::from([("service", SERVICE)]);
    collection.create_item("label", attributes, secret, true, "text/plain").unwrap();
    only_item(desktop).unwrap()
}

fn only_item(desktop: &Desktop) -> Option<Item> {
    let mut items = desktop.items(SERVICE);
    assert!(items.len() <= 1);
    items.pop()
}

#[test]
fn an_item_keeps_its_path_through_all_that_may_befall_a_desktop() {
    let Some(mut desktop) = Desktop::start() else { return };
    let kept = keep(&desktop, b"kept");

    desktop.lock();
    assert!(only_item(&desktop).is_some_and(|item| item.path == kept.path && item.secret.is_none()));
    desktop.unlock();
    desktop.hide_collections();
    assert!(only_item(&desktop).is_none());
    desktop.give_collections_back();
    desktop.kill_bus();
    desktop.restart_bus();
    let found = only_item(&desktop).unwrap();
    assert_eq!((found.path, found.secret.as_deref()), (kept.path, Some(b"kept".as_slice())));
}

#[test]
fn a_deletion_is_reported_and_a_replacement_is_none() {
    let Some(desktop) = Desktop::start() else { return };
    let deletions = desktop.watch_deletions();
    let first = keep(&desktop, b"first");
    let second = keep(&desktop, b"second");
    assert_eq!(first.path, second.path);

    let keyring = desktop.secret_service();
    let found = keyring.search_items(HashMap::from([("service", SERVICE)])).unwrap();
    found.unlocked[0].delete().unwrap();
    assert_eq!(deletions.recv_timeout(Duration::from_secs(30)).unwrap(), first.path);
    assert!(deletions.try_recv().is_err());
}
