//! The provider's own clock: it runs like the real one, from where the test has set it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub(crate) struct Clock {
    set_to: SystemTime,
    at: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { set_to: SystemTime::now(), at: Instant::now() }
    }

    pub(crate) fn set(&mut self, time: SystemTime) {
        *self = Self { set_to: time, at: Instant::now() };
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.set_to += by;
    }

    /// Seconds since the epoch.
    pub(crate) fn now(&self) -> u64 {
        self.time().duration_since(UNIX_EPOCH).expect("the clock stands after 1970").as_secs()
    }

    pub(crate) fn time(&self) -> SystemTime {
        self.set_to + self.at.elapsed()
    }
}
