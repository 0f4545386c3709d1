//! When a refresh that failed may be tried again.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use super::token_set::Expiry;
use crate::{clock::Clock, error::AccessTokenError};

/// Somebody waits: half fixed, half random, so that clients which failed together don't come back together.
const SOON: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));
/// Nobody waits: wholly random.
const LATER: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(600));
/// How often somebody's demand may try whether a provider that took no connections takes them again.
const PROBE: Duration = Duration::from_secs(5);

/// The refreshes that failed since the last that didn't, for the whole refresh-token family.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    wait: Option<Wait>,
}

#[derive(Debug)]
struct Wait {
    error: AccessTokenError,
    demand: Expiry,
    unasked: Expiry,
    /// None where the provider was reached, so that a connection proves nothing.
    probe: Option<Expiry>,
}

/// What there is to do for somebody who asks during a wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Try,
    /// Only if a connection can be made.
    Probe(AccessTokenError),
    Wait(AccessTokenError),
}

impl Backoff {
    /// Whether an answer was lost before: then the prompt retry has been spent.
    pub(super) fn is_waiting(&self) -> bool {
        self.wait.is_some()
    }

    /// Another failure. `asked_to_wait` is the provider's own word, and counts alone.
    pub(super) fn failed(
        &mut self,
        error: AccessTokenError,
        asked_to_wait: Option<Duration>,
        reached: bool,
        clock: &dyn Clock,
    ) {
        let doubled =
            |(first, most): (Duration, Duration)| first.saturating_mul(1 << self.failures.min(16)).min(most);
        let (soon, later) = (doubled(SOON), doubled((LATER.0 * 2, LATER.1)));
        let demand = asked_to_wait.unwrap_or_else(|| soon / 2 + (soon / 2).mul_f64(random()));
        let unasked = (LATER.0 + later.saturating_sub(LATER.0).mul_f64(random())).max(demand);
        let until = |wait| Expiry::starting_now(wait, clock);
        self.failures += 1;
        self.wait = Some(Wait {
            error,
            demand: until(demand),
            unasked: until(unasked),
            probe: (!reached && asked_to_wait.is_none()).then(|| until(PROBE.min(demand))),
        });
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The network is another, or the machine woke up: what made no connection may make one now.
    pub(super) fn network_changed(&mut self) {
        if self.wait.as_ref().is_some_and(|wait| wait.probe.is_some()) {
            self.wait = None;
        }
    }

    /// What somebody who asks now has to do.
    pub(super) fn next(&mut self, clock: &dyn Clock) -> Next {
        let Some(wait) = &mut self.wait else { return Next::Try };
        let left = wait.demand.remaining(clock);
        if left.is_zero() {
            return Next::Try;
        }
        let error = AccessTokenError::BackingOff { error: Box::new(wait.error.clone()), retry_after: left };
        match &mut wait.probe {
            Some(probe) if probe.remaining(clock).is_zero() => {
                *probe = Expiry::starting_now(PROBE, clock);
                Next::Probe(error)
            }
            _ => Next::Wait(error),
        }
    }

    /// How long what happens unasked has to wait.
    pub(super) fn unasked(&self, clock: &dyn Clock) -> Duration {
        self.wait.as_ref().map_or(Duration::ZERO, |wait| wait.unasked.remaining(clock))
    }
}

/// At least 0 and less than 1. Jitter is a courtesy, not a secret: the seeds of a hash map do.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn fail(backoff: &mut Backoff, asked_to_wait: Option<Duration>, reached: bool, clock: &ManualClock) {
        backoff.failed(AccessTokenError::Internal, asked_to_wait, reached, clock);
    }

    fn left(backoff: &mut Backoff, clock: &ManualClock) -> Option<Duration> {
        match backoff.next(clock) {
            Next::Try => None,
            Next::Probe(error) | Next::Wait(error) => crate::Failure::retry_after(&error),
        }
    }

    #[test]
    fn waits_grow_from_a_second_to_half_a_minute_and_end_with_a_success() {
        let clock = ManualClock::new();
        let mut backoff = Backoff::default();
        for most in [2, 4, 8, 16, 30, 30, 30] {
            fail(&mut backoff, None, true, &clock);
            let wait = left(&mut backoff, &clock).expect("a wait");
            assert!(wait >= Duration::from_secs(most / 2) && wait <= Duration::from_secs(most), "{wait:?}");
            assert!(backoff.unasked(&clock) >= LATER.0 && backoff.unasked(&clock) <= LATER.1);
            clock.advance(wait);
            assert_eq!(backoff.next(&clock), Next::Try);
        }
        backoff.succeeded();
        assert!(!backoff.is_waiting() && backoff.unasked(&clock).is_zero());
    }

    #[test]
    fn what_a_provider_asks_for_is_kept_to() {
        let clock = ManualClock::new();
        let mut backoff = Backoff::default();
        fail(&mut backoff, Some(Duration::from_secs(3600)), true, &clock);
        backoff.network_changed();
        assert_eq!(left(&mut backoff, &clock), Some(Duration::from_secs(3600)));
        assert!(backoff.unasked(&clock) >= Duration::from_secs(3600));
    }

    #[test]
    fn clients_that_fail_together_do_not_come_back_together() {
        let clock = ManualClock::new();
        let waits: Vec<_> = (0..50)
            .filter_map(|_| {
                let mut backoff = Backoff { failures: 4, wait: None };
                fail(&mut backoff, None, true, &clock);
                left(&mut backoff, &clock)
            })
            .collect();
        let spread =
            waits.iter().max().zip(waits.iter().min()).map(|(most, least)| most.saturating_sub(*least));
        assert!(spread > Some(Duration::from_millis(7500)), "{spread:?}");
    }

    #[test]
    fn a_provider_that_took_no_connection_is_probed_every_five_seconds_and_after_a_change_of_the_network() {
        let clock = ManualClock::new();
        let mut backoff = Backoff { failures: 9, wait: None };
        fail(&mut backoff, None, false, &clock);
        assert!(matches!(backoff.next(&clock), Next::Wait(_)));
        for _ in 0..2 {
            clock.advance(PROBE);
            assert!(matches!(backoff.next(&clock), Next::Probe(_)));
            assert!(matches!(backoff.next(&clock), Next::Wait(_)), "one at a time");
        }
        backoff.network_changed();
        assert_eq!(backoff.next(&clock), Next::Try);
    }
}
