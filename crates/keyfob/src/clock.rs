//! Time as the engine sees it: one trait, so that time can be moved by hand.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Where the engine reads the time.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock: goes on while the machine sleeps, and jumps when somebody sets it.
    fn wall(&self) -> SystemTime;
    /// A clock that never jumps, and may stand still while the machine sleeps.
    fn monotonic(&self) -> Instant;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn monotonic(&self) -> Instant {
        Instant::now()
    }
}

/// A clock that stands still until it is moved: for tests, of the engine and of apps built on it.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<(SystemTime, Instant)>>);

impl ManualClock {
    /// A clock that starts at the present moment.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new((SystemTime::now(), Instant::now()))))
    }

    /// Lets time pass on both clocks.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.0 += by;
        now.1 += by;
    }

    /// Sets the wall clock forward or back by seconds, as people and time servers do.
    pub fn jump(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let by = Duration::from_secs(seconds.unsigned_abs());
        now.0 = if seconds < 0 { now.0 - by } else { now.0 + by };
    }

    /// Lets the wall clock run ahead of the monotonic one, as sleep does.
    pub fn sleep(&self, by: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 += by;
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> SystemTime {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn monotonic(&self) -> Instant {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

/// Whole seconds since the epoch; 0 for a clock set before it.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
