//! A vault over a store that does nothing until the test lets it. The clock is paused: giving up takes no time.

use std::sync::{
    Mutex,
    mpsc::{Receiver, channel},
};

use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::{
    super::{
        Keychain, Memory,
        contract::{read, secret},
    },
    *,
};

/// Blocks in each call until it is told how that ends; once the sender is gone, all goes well.
struct Gate {
    outcomes: Mutex<Receiver<Result<(), StoreError>>>,
    began: Sender<String>,
    memory: Memory,
}

impl Gate {
    fn pass(&self, call: String) -> Result<(), StoreError> {
        drop(self.began.send(call));
        self.outcomes.lock().unwrap().recv().unwrap_or(Ok(()))
    }
}

impl Store for Gate {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        self.pass(format!("read {key}"))?;
        self.memory.read(key)
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.pass(format!("write {key} {}", String::from_utf8_lossy(value.expose_secret())))?;
        self.memory.write(key, value)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.pass(format!("delete {key}"))?;
        self.memory.delete(key)
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.pass("unlock".to_owned())
    }
}

/// A vault over a gate, and what the test holds of it.
struct Gated {
    vault: Vault,
    outcomes: Sender<Result<(), StoreError>>,
    began: Receiver<String>,
    memory: Memory,
}

impl Gated {
    fn new() -> Self {
        let (outcomes, receiver) = channel();
        let (sender, began) = channel();
        let memory = Memory::new();
        let gate = Gate { outcomes: Mutex::new(receiver), began: sender, memory: memory.clone() };
        Self { vault: Vault::new(gate), outcomes, began, memory }
    }

    /// One whose store hangs in a write that was given up on.
    async fn stuck_in_write(key: &str, value: &str) -> Self {
        let gated = Self::new();
        gated.write_in_vain(key, value).await;
        assert_eq!(gated.next_call(), format!("write {key} {value}"));
        gated
    }

    async fn write_in_vain(&self, key: &str, value: &str) {
        assert!(is_unavailable(&self.vault.write(key, secret(value.as_bytes())).await));
    }

    async fn delete_in_vain(&self, key: &str) {
        assert!(is_unavailable(&self.vault.delete(key).await));
    }

    fn next_call(&self) -> String {
        self.began.recv_timeout(Duration::from_secs(30)).unwrap()
    }

    fn fail_next(&self) {
        self.outcomes.send(Err(StoreError::unavailable("failed"))).unwrap();
    }

    /// Lets everything through, waits for the thread to end, and tells what the store was asked in which order.
    fn finish(self) -> (Vec<String>, Memory) {
        drop((self.outcomes, self.vault));
        (self.began.iter().collect(), self.memory)
    }
}

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable { .. }))
}

#[tokio::test(start_paused = true)]
async fn a_call_is_given_up_on_within_three_seconds_and_what_comes_after_it_at_once() {
    let gated = Gated::new();
    let asked = Instant::now();
    gated.write_in_vain("session", "value").await;
    assert_eq!(asked.elapsed(), PATIENCE);
    assert!(PATIENCE < Duration::from_secs(3));
    assert_eq!(gated.next_call(), "write session value");

    let asked = Instant::now();
    for _ in 0..2 {
        assert!(is_unavailable(&gated.vault.read("session").await));
        assert!(is_unavailable(&gated.vault.probe().await));
        assert!(is_unavailable(&gated.vault.unlock().await));
        gated.delete_in_vain("session").await;
        gated.write_in_vain("session", "newest").await;
    }
    assert_eq!(asked.elapsed(), Duration::ZERO);
    let (asked, memory) = gated.finish();
    assert_eq!(asked, ["write session newest"], "only changes are remembered");
    assert_eq!(read(&memory, "session").unwrap(), b"newest");
}

#[tokio::test(start_paused = true)]
async fn the_vault_answers_again_and_says_so_once_the_stuck_call_has_ended() {
    let gated = Gated::stuck_in_write("session", "late").await;
    let mut changes = gated.vault.changes();
    gated.write_in_vain("session", "newest").await;
    assert!(!changes.has_changed().unwrap());

    drop(gated.outcomes);
    changes.changed().await.unwrap();
    assert_eq!(*changes.borrow_and_update(), 1);
    // The read is answered by a thread, which a paused clock would not wait for.
    tokio::time::resume();
    let value = gated.vault.read("session").await.unwrap().unwrap();
    assert_eq!(value.expose_secret(), b"newest");
    assert!(!changes.has_changed().unwrap(), "nothing else was stuck");
}

/// A store that panics when it is asked for a key of that name, and hands out what it is to call on a change.
struct Odd {
    memory: Memory,
    changed: Sender<Box<dyn Fn() + Send + Sync>>,
}

impl Store for Odd {
    fn read(&self, key: &str) -> Result<Option<SecretSlice<u8>>, StoreError> {
        assert_ne!(key, "panic");
        self.memory.read(key)
    }

    fn write(&self, key: &str, value: &SecretSlice<u8>) -> Result<(), StoreError> {
        self.memory.write(key, value)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.memory.delete(key)
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.memory.unlock()
    }

    fn watch(&self, changed: Box<dyn Fn() + Send + Sync>) {
        self.changed.send(changed).unwrap();
    }
}

#[tokio::test]
async fn a_store_that_panics_is_unavailable_for_that_call_only() {
    let (changed, _receiver) = channel();
    let vault = Vault::new(Odd { memory: Memory::new(), changed });
    assert!(is_unavailable(&vault.read("panic").await));
    assert!(vault.read("session").await.unwrap().is_none());
}

#[tokio::test]
async fn changes_of_the_store_are_counted() {
    let (sender, receiver) = channel();
    let vault = Vault::new(Odd { memory: Memory::new(), changed: sender });
    let mut changes = vault.changes();
    let tell = receiver.try_recv().unwrap();
    tell();
    tell();
    changes.changed().await.unwrap();
    assert_eq!(*changes.borrow(), 2);
}

#[test]
fn the_vault_has_the_name_that_its_store_shares() {
    assert_eq!(Vault::new(Memory::new()).shared_name(), None);
    assert_eq!(Vault::new(Keychain::new("dev.keyfob.test")).shared_name(), Some("dev.keyfob.test"));
}

#[tokio::test(start_paused = true)]
async fn a_write_given_up_on_and_then_a_delete_given_up_on_end_deleted() {
    let gated = Gated::stuck_in_write("session", "late").await;
    gated.delete_in_vain("session").await;
    let (asked, memory) = gated.finish();
    assert_eq!(asked, ["delete session"]);
    assert_eq!(read(&memory, "session"), None);
}

#[tokio::test(start_paused = true)]
async fn calls_reach_the_store_in_order_and_one_at_a_time() {
    let gated = Gated::stuck_in_write("a", "1").await;
    gated.write_in_vain("b", "2").await;
    gated.delete_in_vain("c").await;
    assert!(gated.began.try_recv().is_err(), "nothing begins while another call is under way");
    assert_eq!(gated.finish().0, ["write b 2", "delete c"]);
}

#[tokio::test(start_paused = true)]
async fn of_the_changes_given_up_on_only_the_newest_of_each_key_is_made() {
    let gated = Gated::stuck_in_write("a", "1").await;
    gated.write_in_vain("a", "2").await;
    gated.write_in_vain("b", "1").await;
    gated.write_in_vain("a", "3").await;
    let (asked, memory) = gated.finish();
    assert_eq!(asked, ["write b 1", "write a 3"]);
    assert_eq!(read(&memory, "a").unwrap(), b"3");
}

#[tokio::test(start_paused = true)]
async fn reads_given_up_on_are_not_made() {
    let gated = Gated::stuck_in_write("session", "value").await;
    assert!(is_unavailable(&gated.vault.read("session").await));
    assert!(gated.finish().0.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_fails_unseen_is_made_good() {
    let gated = Gated::stuck_in_write("session", "late").await;
    gated.memory.write("session", &secret(b"old")).unwrap();
    gated.delete_in_vain("session").await;
    gated.fail_next();
    gated.fail_next();
    let (asked, memory) = gated.finish();
    assert_eq!(asked, ["delete session", "delete session"]);
    assert_eq!(read(&memory, "session"), None);
}

#[tokio::test]
async fn a_delete_that_failed_is_tried_again_though_its_caller_was_told() {
    let gated = Gated::new();
    gated.memory.write("session", &secret(b"old")).unwrap();
    // And once more before the rest.
    gated.fail_next();
    gated.fail_next();
    gated.delete_in_vain("session").await;
    gated.vault.settle();
    let (asked, memory) = gated.finish();
    assert_eq!(asked, ["delete session", "delete session", "delete session"]);
    assert_eq!(read(&memory, "session"), None);
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_caller_went_away_is_made() {
    let gated = Gated::new();
    tokio::select! {
        biased;
        _ = gated.vault.write("session", secret(b"value")) => {}
        () = std::future::ready(()) => {}
    }
    assert_eq!(read(&gated.finish().1, "session").unwrap(), b"value");
}

#[tokio::test(start_paused = true)]
async fn while_the_person_is_asked_to_unlock_the_answer_is_locked() {
    let gated = Gated::new();
    let vault = gated.vault.clone();
    let unlocking = tokio::spawn(async move { vault.unlock().await });
    tokio::task::yield_now().await;
    assert_eq!(gated.next_call(), "unlock");

    let asked = Instant::now();
    assert!(matches!(gated.vault.read("session").await, Err(StoreError::Locked)));
    assert_eq!(asked.elapsed(), PATIENCE);
    assert!(matches!(unlocking.await.unwrap(), Err(StoreError::Locked)));
    assert_eq!(asked.elapsed(), UNLOCK_PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn a_prompt_that_nobody_waits_for_is_not_shown() {
    let gated = Gated::stuck_in_write("session", "value").await;
    assert!(is_unavailable(&gated.vault.unlock().await));
    assert!(gated.finish().0.is_empty());
}

#[tokio::test]
async fn a_value_is_written_read_and_deleted_through_clones() {
    let vault = Vault::new(Memory::new());
    vault.write("session", secret(b"value")).await.unwrap();
    let value = vault.clone().read("session").await.unwrap().unwrap();
    assert_eq!(value.expose_secret(), b"value");
    vault.delete("session").await.unwrap();
    assert!(vault.read("session").await.unwrap().is_none());
    vault.unlock().await.unwrap();
}

#[tokio::test]
async fn a_read_does_not_answer_while_a_change_of_its_key_is_in_doubt() {
    let gated = Gated::new();
    gated.memory.write("session", &secret(b"old")).unwrap();
    tokio::select! {
        biased;
        _ = gated.vault.delete("session") => {}
        () = std::future::ready(()) => {}
    }
    assert_eq!(gated.next_call(), "delete session");
    // The delete itself, its repetition before the thread rests, and the one before the read.
    (0..3).for_each(|_| gated.fail_next());
    assert_eq!(gated.next_call(), "delete session");
    assert!(is_unavailable(&gated.vault.read("session").await));

    let Gated { vault, outcomes, .. } = gated;
    drop(outcomes);
    assert!(vault.read("session").await.unwrap().is_none());
}

#[tokio::test]
async fn the_probe_writes_reads_back_and_leaves_nothing() {
    let gated = Gated::new();
    (0..3).for_each(|_| gated.outcomes.send(Ok(())).unwrap());
    gated.vault.probe().await.unwrap();
    let (asked, memory) = gated.finish();
    assert_eq!(asked, ["write probe keyfob", "read probe", "delete probe"]);
    assert_eq!(read(&memory, "probe"), None);
}

#[tokio::test]
async fn the_probe_fails_as_the_store_does() {
    let gated = Gated::new();
    gated.outcomes.send(Err(StoreError::Locked)).unwrap();
    assert!(matches!(gated.vault.probe().await, Err(StoreError::Locked)));
}
