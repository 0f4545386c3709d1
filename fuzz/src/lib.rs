//! What all targets share.

use std::time::Duration;

use cpu_time::ThreadTime;

#[doc(hidden)]
pub use libfuzzer_sys::fuzz_target;

/// More is a hang.
const PATIENCE: Duration = Duration::from_secs(1);

/// A door as a target.
#[macro_export]
macro_rules! target {
    ($door:path) => {
        $crate::fuzz_target!(|bytes: &[u8]| $crate::open($door, bytes));
    };
}

/// Opens a door, and fails where it takes too long: by the time that the processor has spent, as libFuzzer's own clock
/// goes on while the machine does other work.
pub fn open(door: fn(&[u8]), bytes: &[u8]) {
    let start = ThreadTime::now();
    door(bytes);
    assert!(start.elapsed() < PATIENCE, "it hangs: {:?}", start.elapsed());
}
