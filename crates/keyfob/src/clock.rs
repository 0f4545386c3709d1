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
    /// For how long the machine has been running or asleep: never jumps, and goes on in sleep. `None` where the system
    /// doesn't tell.
    fn since_boot(&self) -> Option<Duration> {
        None
    }
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

    #[cfg(unix)]
    fn since_boot(&self) -> Option<Duration> {
        // Of macOS it is the monotonic one that goes on in sleep, where that of `Instant` doesn't.
        #[cfg(target_os = "linux")]
        const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
        rustix::time::clock_gettime(CLOCK).try_into().ok()
    }
}

/// A clock that stands still until it is moved: for tests, of the engine and of apps built on it.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<(SystemTime, Instant, Duration)>>);

impl ManualClock {
    /// A clock that starts at the present moment.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new((SystemTime::now(), Instant::now(), Duration::ZERO))))
    }

    /// Lets time pass on all clocks.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.0 += by;
        now.1 += by;
        now.2 += by;
    }

    /// Sets the wall clock forward or back by seconds, as people and time servers do.
    pub fn jump(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let by = Duration::from_secs(seconds.unsigned_abs());
        now.0 = if seconds < 0 { now.0 - by } else { now.0 + by };
    }

    /// Lets time pass on all but the monotonic clock, as sleep does.
    pub fn sleep(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.0 += by;
        now.2 += by;
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

    fn since_boot(&self) -> Option<Duration> {
        Some(self.0.lock().unwrap_or_else(PoisonError::into_inner).2)
    }
}

/// Whole seconds since the epoch; 0 for a clock set before it.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
