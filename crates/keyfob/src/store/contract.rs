//! What every store must do: one suite, run on each of them.

use secrecy::{ExposeSecret, SecretSlice};

use super::Store;

/// How many bytes an item of the limited stores may have that the suite is run on.
pub(super) const LIMIT: usize = 300;

/// Runs the suite, which leaves nothing behind; `open` gives a handle on the store of a service, which is empty at first.
pub(super) fn holds<S: Store>(open: impl Fn(&str) -> S) {
    let store = open("one");
    what_was_never_written_is_absent(&store);
    the_last_write_is_read_back_until_it_is_deleted(&store);
    any_bytes_come_back_as_they_were(&store);
    values_grow_and_shrink(&store);
    keys_do_not_mix(&store);
    handles_of_one_service_see_one_another(&store, &open("one"));
    services_do_not_mix(&store, &open("other"));
}

pub(super) fn secret(bytes: &[u8]) -> SecretSlice<u8> {
    bytes.to_vec().into()
}

/// As many bytes, unlike those of another `seed`.
pub(super) fn bytes(length: usize, seed: u8) -> Vec<u8> {
    (0..=250).cycle().take(length).map(|byte: u8| byte ^ seed).collect()
}

pub(super) fn read(store: &impl Store, key: &str) -> Option<Vec<u8>> {
    store.read(key).unwrap().map(|value| value.expose_secret().to_vec())
}

fn what_was_never_written_is_absent(store: &impl Store) {
    assert_eq!(read(store, "session"), None);
    store.delete("session").unwrap();
}

fn the_last_write_is_read_back_until_it_is_deleted(store: &impl Store) {
    store.write("session", &secret(b"first")).unwrap();
    assert_eq!(read(store, "session").unwrap(), b"first");
    store.write("session", &secret(b"second, and longer")).unwrap();
    assert_eq!(read(store, "session").unwrap(), b"second, and longer");
    store.delete("session").unwrap();
    assert_eq!(read(store, "session"), None);
}

fn any_bytes_come_back_as_they_were(store: &impl Store) {
    let four_kilobytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
    for bytes in [&b""[..], b"\0", b"\xff\xfe not UTF-8", &four_kilobytes] {
        store.write("bytes", &secret(bytes)).unwrap();
        assert_eq!(read(store, "bytes").unwrap(), bytes);
    }
    store.delete("bytes").unwrap();
}

fn values_grow_and_shrink(store: &impl Store) {
    let lengths = [3 * LIMIT, 5 * LIMIT, 2 * LIMIT, LIMIT, LIMIT + 1, 4 * LIMIT - 1, 1, 3 * LIMIT + 1, 0];
    for (length, seed) in lengths.into_iter().zip(0..) {
        let written = bytes(length, seed);
        store.write("session", &secret(&written)).unwrap();
        assert_eq!(read(store, "session").unwrap(), written);
    }
    store.write("session", &secret(&bytes(3 * LIMIT, 0))).unwrap();
    store.delete("session").unwrap();
    assert_eq!(read(store, "session"), None);
}

fn keys_do_not_mix(store: &impl Store) {
    store.write("session", &secret(b"short key")).unwrap();
    store.write("session/1", &secret(b"long key")).unwrap();
    store.delete("session").unwrap();
    assert_eq!(read(store, "session"), None);
    assert_eq!(read(store, "session/1").unwrap(), b"long key");
    store.delete("session/1").unwrap();
}

fn handles_of_one_service_see_one_another(store: &impl Store, second: &impl Store) {
    store.write("session", &secret(b"shared")).unwrap();
    assert_eq!(read(second, "session").unwrap(), b"shared");
    second.delete("session").unwrap();
    assert_eq!(read(store, "session"), None);
}

fn services_do_not_mix(store: &impl Store, other: &impl Store) {
    store.write("session", &secret(b"one's")).unwrap();
    assert_eq!(read(other, "session"), None);
    other.delete("session").unwrap();
    assert_eq!(read(store, "session").unwrap(), b"one's");
    store.delete("session").unwrap();
}
