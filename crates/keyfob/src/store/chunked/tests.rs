use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{
    super::{
        Memory,
        contract::{self, LIMIT, bytes, read, secret},
    },
    *,
};

const KEY: &str = "session";

fn over(memory: &Memory) -> Chunked<Memory> {
    Chunked::new(memory.clone(), LIMIT)
}

#[test]
fn chunks_hold_the_contract_and_leave_nothing() {
    let (one, other) = (Memory::with_limit(LIMIT), Memory::with_limit(LIMIT));
    contract::holds(|service| over(if service == "one" { &one } else { &other }));
    assert!(one.keys().is_empty());
    assert!(other.keys().is_empty());
}

#[test]
fn only_what_is_too_large_is_split() {
    let memory = Memory::with_limit(LIMIT);
    let whole = bytes(LIMIT, 0);
    over(&memory).write(KEY, &secret(&whole)).unwrap();
    assert_eq!(memory.keys(), [KEY]);
    assert_eq!(read(&memory, KEY).unwrap(), whole);

    over(&memory).write(KEY, &secret(&bytes(2 * LIMIT + 1, 0))).unwrap();
    assert_eq!(memory.keys(), [KEY, "session#a0", "session#a1", "session#a2"]);

    over(&memory).write(KEY, &secret(&bytes(LIMIT + 1, 0))).unwrap();
    assert_eq!(memory.keys(), [KEY, "session#b0", "session#b1"]);

    over(&memory).write(KEY, &secret(&whole)).unwrap();
    assert_eq!(memory.keys(), [KEY]);
}

#[test]
fn a_value_from_before_there_were_chunks_is_read_replaced_and_deleted() {
    for old in [&b"keyfob 2 digest\n{}"[..], b"{\"issuer\":\"https://id.example\"}"] {
        let memory = Memory::with_limit(LIMIT);
        memory.write(KEY, &secret(old)).unwrap();
        assert_eq!(read(&over(&memory), KEY).unwrap(), old);
        over(&memory).write(KEY, &secret(&bytes(2 * LIMIT, 0))).unwrap();
        assert_eq!(read(&over(&memory), KEY).unwrap(), bytes(2 * LIMIT, 0));
        over(&memory).delete(KEY).unwrap();
        assert!(memory.keys().is_empty());
    }
}

#[test]
fn a_value_that_looks_like_a_head_comes_back_as_it_was() {
    let memory = Memory::with_limit(LIMIT);
    let store = over(&memory);
    store.write("other", &secret(&bytes(2 * LIMIT, 0))).unwrap();
    let head = read(&memory, "other").unwrap();
    for value in [&head, MARK, b"keyfob-chunks {}", b"keyfob-chunks"] {
        store.write(KEY, &secret(value)).unwrap();
        assert_eq!(read(&store, KEY).unwrap(), value);
    }
    store.delete(KEY).unwrap();
    store.delete("other").unwrap();
    assert!(memory.keys().is_empty());
}

#[test]
fn a_head_is_within_the_smallest_limit_whatever_the_size() {
    let memory = Memory::with_limit(LEAST_LIMIT);
    let store = Chunked::new(memory.clone(), 0);
    let too_large = secret(&bytes(LEAST_LIMIT * usize::from(u16::MAX) + 1, 0));
    assert!(matches!(store.write(KEY, &too_large), Err(StoreError::Unavailable { .. })));
    assert!(memory.keys().is_empty());

    let head = Head { slot: Slot::A, chunks: u16::MAX, generation: random().unwrap(), digest: sha256(b"") };
    assert!(head.to_item().unwrap().expose_secret().len() <= LEAST_LIMIT);
}

/// What may happen to items behind our back.
#[test]
fn damage_is_corrupt_and_a_write_or_a_delete_puts_it_right() {
    let damages: [fn(&Memory); 7] = [
        |memory| memory.delete("session#a0").unwrap(),
        |memory| memory.delete("session#a1").unwrap(),
        |memory| memory.write("session#a2", &secret(&bytes(LIMIT, 9))).unwrap(),
        |memory| memory.write("session#a2", &secret(b"")).unwrap(),
        |memory| memory.write(KEY, &secret(MARK)).unwrap(),
        |memory| memory.write(KEY, &secret(b"keyfob-chunks {\"slot\":\"c\"}")).unwrap(),
        |memory| {
            let head = String::from_utf8(read(memory, KEY).unwrap()).unwrap();
            memory.write(KEY, &secret(head.replace("\"a\"", "\"b\"").as_bytes())).unwrap();
        },
    ];
    for damage in damages {
        let memory = Memory::with_limit(LIMIT);
        let store = over(&memory);
        let write = |seed| store.write(KEY, &secret(&bytes(3 * LIMIT, seed))).unwrap();
        let break_it = || {
            write(0);
            // Into the first slot, whichever it was before.
            store.delete(KEY).unwrap();
            write(0);
            damage(&memory);
            assert!(matches!(store.read(KEY), Err(StoreError::Corrupt)));
        };
        break_it();
        write(1);
        assert_eq!(read(&store, KEY).unwrap(), bytes(3 * LIMIT, 1));
        break_it();
        store.delete(KEY).unwrap();
        assert!(memory.keys().is_empty(), "left: {:?}", memory.keys());
    }
}

/// A process that ends at its n-th call to the store: all that it asks from then on fails.
struct Mortal {
    memory: Memory,
    calls: AtomicUsize,
    last: usize,
    last_takes_effect: bool,
}

impl Mortal {
    fn call<T>(&self, act: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call < self.last {
            return act();
        }
        if call == self.last && self.last_takes_effect {
            act()?;
        }
        Err(StoreError::unavailable("dead"))
    }
}

impl Store for Mortal {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        self.call(|| self.memory.read(key))
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.call(|| self.memory.write(key, value))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.call(|| self.memory.delete(key))
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.call(|| Ok(()))
    }
}

/// Writes big, bigger, small, deletes, writes big, and deletes, until it dies; what is kept is then what was before or after that step.
/// Tells whether it lived through all of them.
fn live(memory: &Memory, last: usize, last_takes_effect: bool, seed: u8) -> bool {
    let process = Mortal { memory: memory.clone(), calls: AtomicUsize::default(), last, last_takes_effect };
    let store = Chunked::new(process, LIMIT);
    let mut before = read(&over(memory), KEY);
    for length in [Some(2 * LIMIT), Some(3 * LIMIT), Some(LIMIT), None, Some(2 * LIMIT), None] {
        let wanted = length.map(|length| bytes(length, seed));
        let done = match &wanted {
            Some(value) => store.write(KEY, &secret(value)),
            None => store.delete(KEY),
        };
        let kept = read(&over(memory), KEY);
        if done.is_err() {
            assert!(kept == before || kept == wanted, "half a value, after {last} calls");
            return false;
        }
        assert_eq!(kept, wanted, "after {last} calls");
        before = wanted;
    }
    true
}

#[test]
fn whoever_dies_at_any_call_leaves_the_value_before_or_the_new_one_and_no_chunk_for_ever() {
    let is_end = |memory: &Memory| {
        over(memory).delete(KEY).unwrap();
        assert!(memory.keys().is_empty(), "left: {:?}", memory.keys());
    };
    for last_takes_effect in [false, true] {
        for first_death in 0.. {
            let mut lived = false;
            for second_death in 0.. {
                let memory = Memory::with_limit(LIMIT);
                lived = live(&memory, first_death, last_takes_effect, 1);
                let lived_again = live(&memory, second_death, last_takes_effect, 2);
                is_end(&memory);
                if lived_again {
                    break;
                }
            }
            let memory = Memory::with_limit(LIMIT);
            live(&memory, first_death, last_takes_effect, 1);
            over(&memory).write(KEY, &secret(&bytes(2 * LIMIT, 3))).unwrap();
            assert_eq!(memory.keys().len(), 3, "a write has tidied up: {:?}", memory.keys());
            is_end(&memory);
            if lived {
                break;
            }
        }
    }
}

/// Lets another process make its next change before each read, from the n-th on.
struct Interrupted {
    memory: Memory,
    reads_before: AtomicUsize,
    changes: Mutex<VecDeque<Option<Vec<u8>>>>,
}

impl Interrupted {
    fn change_next(&self) {
        match self.changes.lock().unwrap().pop_front() {
            Some(Some(value)) => over(&self.memory).write(KEY, &secret(&value)).unwrap(),
            Some(None) => over(&self.memory).delete(KEY).unwrap(),
            None => {}
        }
    }
}

impl Store for Interrupted {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        let one_less = |reads: usize| reads.checked_sub(1);
        if self.reads_before.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_err() {
            self.change_next();
        }
        self.memory.read(key)
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.memory.write(key, value)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.memory.delete(key)
    }

    fn unlock(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[test]
fn whoever_reads_while_another_process_changes_the_value_reads_one_that_was_there() {
    let old = Some(bytes(3 * LIMIT, 0));
    let big = |seed| Some(bytes(3 * LIMIT, seed));
    let changes = [
        vec![Some(bytes(4 * LIMIT, 1))],
        vec![Some(bytes(1, 1))],
        vec![None],
        vec![big(1), big(2), big(3), big(4)],
        // Its chunks are gone, and then the head is there again as if nothing had been.
        vec![None, old.clone()],
        vec![big(1), old.clone(), big(2), old.clone(), None],
    ];
    for changes in changes {
        for reads_before in 0..6 {
            let memory = Memory::with_limit(LIMIT);
            over(&memory).write(KEY, &secret(old.as_ref().unwrap())).unwrap();
            let store = Interrupted {
                memory,
                reads_before: AtomicUsize::new(reads_before),
                changes: Mutex::new(changes.clone().into()),
            };
            let found = read(&Chunked::new(store, LIMIT), KEY);
            assert!(found == old || changes.contains(&found));
        }
    }
}
