//! The provider's own clock: real time plus what the test added.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Default)]
pub(crate) struct Clock {
    ahead: Duration,
}

impl Clock {
    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }

    /// Seconds since the epoch.
    pub(crate) fn now(&self) -> u64 {
        self.time()
            .duration_since(UNIX_EPOCH)
            .expect("the clock stands after 1970")
            .as_secs()
    }

    pub(crate) fn time(&self) -> SystemTime {
        SystemTime::now() + self.ahead
    }
}
