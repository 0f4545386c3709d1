//! What happens by itself: renewal in good time, the end of a session that can't be renewed, and what follows when the
//! machine wakes up, its clock is set or its network changes.

use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::Notify;

use super::{
    AccessTokenRequest, Keyfob, Setup, Shared,
    events::EventKind,
    state::{ReauthReason, State},
};
use crate::{
    clock::Clock,
    config::KeepFresh,
    system::{self, SystemSignal},
};

/// Timers stand still while the machine sleeps, so the clock is looked at this often.
pub(super) const TICK: Duration = Duration::from_secs(60);
/// Clocks that drift apart by more were set, or one of them slept.
const DRIFT: Duration = Duration::from_secs(30);

/// After the machine woke up or found another network.
const SETTLE: Duration = Duration::from_secs(2);

/// Who has to be woken.
#[derive(Default)]
pub(super) struct Schedule {
    look: Arc<Notify>,
    /// The system says that the machine is awake again, and nobody has looked yet.
    has_resumed: AtomicBool,
    system: Mutex<Option<system::Watch>>,
}

impl Schedule {
    fn listen_to(&self, system: Option<system::Watch>) {
        *self.system.lock().unwrap_or_else(PoisonError::into_inner) = system;
    }
}

/// While one of these lives, the sign-in's own access token is renewed before anybody asks; see
/// [`Keyfob::keep_fresh`].
#[derive(Debug)]
#[must_use = "dropping it ends what it asks for"]
pub struct InUse {
    users: Arc<AtomicUsize>,
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.users.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What has to be done now, and when to look again.
enum Look {
    Rest(Duration),
    Renew,
    End,
}

impl Keyfob {
    /// Says that the session is in use, by a window that is shown for instance: under `keepFresh: whileUsed` its access
    /// token is renewed in good time for as long as the answer lives.
    pub fn keep_fresh(&self) -> InUse {
        let users = self.shared.succession.users.clone();
        users.fetch_add(1, Ordering::Relaxed);
        self.look_again();
        InUse { users }
    }

    /// Says that the network is another: what failed for want of a connection may be tried
    /// again at once, and what became due meanwhile is renewed if it is in use.
    pub fn network_changed(&self) {
        self.happened(EventKind::NetworkChanged, None, None);
        self.reconnect();
    }

    fn reconnect(&self) {
        self.backoff().network_changed();
        self.revocations_may_go();
        self.check_connection();
        self.look_again();
    }

    /// Lets the schedule look at the session now.
    pub(super) fn look_again(&self) {
        self.shared.schedule.look.notify_one();
    }

    /// Begins to look after the session, for as long as anybody holds the engine.
    pub(super) fn start_schedule(&self) {
        let shared = Arc::downgrade(&self.shared);
        let look = self.shared.schedule.look.clone();
        let Ok(setup) = self.setup() else { return };
        let mut keychain = setup.vault.changes();
        tokio::spawn(async move {
            let mut clocks = None;
            while let Some(wait) = look_after(&shared, &mut clocks).await {
                // Woken or not: all that counts is looked at anew.
                tokio::select! {
                    () = tokio::time::sleep(wait.min(TICK)) => {}
                    () = look.notified() => {}
                    Ok(()) = keychain.changed() => {}
                }
            }
        });
    }

    /// Listens to what the operating system says about sleep and the network.
    pub(super) fn follow_system(&self) {
        let shared = Arc::downgrade(&self.shared);
        let runtime = self.shared.runtime.clone();
        let settles = Arc::new(AtomicBool::new(false));
        let watch = system::watch(move |signal| {
            let Some(shared) = shared.upgrade() else { return };
            tracing::debug!(?signal, "the system says");
            let keyfob = Keyfob { shared };
            if signal == SystemSignal::Resumed {
                // However short the sleep was.
                keyfob.shared.schedule.has_resumed.store(true, Ordering::Relaxed);
                keyfob.look_again();
            }
            // A network comes up in steps, and takes a moment to settle.
            if !settles.swap(true, Ordering::Relaxed) {
                let settles = settles.clone();
                runtime.spawn(async move {
                    tokio::time::sleep(SETTLE).await;
                    settles.store(false, Ordering::Relaxed);
                    match signal {
                        SystemSignal::Resumed => keyfob.reconnect(),
                        SystemSignal::NetworkChanged => keyfob.network_changed(),
                    }
                });
            }
        });
        self.shared.schedule.listen_to(Some(watch));
    }

    /// Looks after nothing any more.
    pub(super) fn stop_schedule(&self) {
        self.shared.schedule.listen_to(None);
        // The next look finds nothing to look after, and is the last.
        self.look_again();
    }

    /// Learns whether the provider can be reached, unseen: for those who are shown "offline".
    pub(super) fn check_connection(&self) {
        let epoch = {
            let core = self.core();
            if !matches!(core.state, State::SignedIn(_)) {
                return;
            }
            core.epoch
        };
        let keyfob = self.clone();
        tokio::spawn(async move {
            let Ok(setup) = keyfob.setup() else { return };
            keyfob.note_connection(epoch, setup.can_connect().await);
            keyfob.publish();
        });
    }

    /// Whether the provider could be reached when it was last tried.
    pub(super) fn note_connection(&self, epoch: u64, reached: bool) {
        let before = match self.core().signed_in(epoch) {
            Some(session) => std::mem::replace(&mut session.offline, !reached),
            None => return,
        };
        match (before, reached) {
            (true, true) => self.happened(EventKind::CameOnline, None, None),
            (false, false) => self.happened(EventKind::WentOffline, None, None),
            _ => {}
        }
    }

    fn look(&self, setup: &Setup) -> Look {
        let in_use = match setup.config.keep_fresh {
            KeepFresh::Always => true,
            KeepFresh::WhileUsed => self.shared.succession.users.load(Ordering::Relaxed) > 0,
            KeepFresh::Never => false,
        };
        let core = self.core();
        let Some(session) = core.live() else { return Look::Rest(TICK) };
        let own = session.tokens.get(&setup.own_key());
        if session.refresh_token.is_none() {
            // Without a token of its own, after a change of the configured audience say, there is nothing to live on.
            let left = own.map_or(Some(Duration::ZERO), |token| token.life_left(&*setup.clock));
            return match left {
                Some(Duration::ZERO) => Look::End,
                left => Look::Rest(left.unwrap_or(TICK)),
            };
        }
        let buffer = setup.config.token_refresh_buffer;
        let due_in = own.map_or(Some(Duration::ZERO), |token| token.due_in(buffer, &*setup.clock));
        let wait = due_in.unwrap_or(TICK).max(self.backoff().unasked(&*setup.clock));
        if !in_use || session.refused.contains_key(&setup.own_key()) {
            // Whoever looks sees the moment in which it is due all the same.
            return Look::Rest(due_in.filter(|wait| !wait.is_zero()).unwrap_or(TICK));
        }
        if wait.is_zero() { Look::Renew } else { Look::Rest(wait) }
    }

    fn is_offline(&self) -> bool {
        self.core().live().is_some_and(|session| session.offline)
    }
}

/// One look; `None` once nobody holds the engine any more, or another has taken its place.
async fn look_after(shared: &Weak<Shared>, clocks: &mut Option<Clocks>) -> Option<Duration> {
    let keyfob = Keyfob { shared: shared.upgrade()? };
    let setup = keyfob.setup().ok()?;
    let now = Clocks::of(&*setup.clock);
    let before = clocks.replace(now).unwrap_or(now);
    let woke_up =
        keyfob.shared.schedule.has_resumed.swap(false, Ordering::Relaxed) || now.slept_since(before);
    let was_set = now.was_set_since(before);
    if woke_up {
        tracing::info!("the machine slept");
        keyfob.happened(EventKind::WokeUp, None, None);
    }
    if was_set {
        tracing::info!("the machine's clock was set");
        keyfob.happened(EventKind::ClockChanged, None, None);
    }
    if woke_up || was_set {
        keyfob.reconnect();
    } else if keyfob.is_offline() {
        keyfob.check_connection();
    }
    keyfob.restore_if_unavailable().await;
    setup.vault.settle();
    keyfob.keep_again(setup).await;
    keyfob.revoke_again(setup);
    keyfob.publish();
    match keyfob.look(setup) {
        Look::Rest(wait) => Some(wait),
        Look::Renew => {
            let keyfob = keyfob.clone();
            // Its end wakes this loop.
            tokio::spawn(async move { keyfob.access_token(&AccessTokenRequest::default()).await });
            Some(TICK)
        }
        Look::End => {
            let epoch = keyfob.core().epoch;
            keyfob.end_session(setup, epoch, ReauthReason::NoRefreshToken).await;
            Some(TICK)
        }
    }
}

/// All clocks at one moment.
#[derive(Clone, Copy)]
struct Clocks {
    wall: SystemTime,
    monotonic: Instant,
    since_boot: Option<Duration>,
}

impl Clocks {
    fn of(clock: &dyn Clock) -> Self {
        Self { wall: clock.wall(), monotonic: clock.monotonic(), since_boot: clock.since_boot() }
    }

    /// Without a clock that goes on in sleep, a wall clock that ran ahead has mostly done so in sleep.
    fn slept_since(self, before: Self) -> bool {
        let awake = self.monotonic.saturating_duration_since(before.monotonic);
        let passed = self.passed_since(before).or_else(|| self.wall.duration_since(before.wall).ok());
        passed.is_some_and(|passed| passed.saturating_sub(awake) > DRIFT)
    }

    fn was_set_since(self, before: Self) -> bool {
        let awake = self.monotonic.saturating_duration_since(before.monotonic);
        match (self.wall.duration_since(before.wall), self.passed_since(before)) {
            (Ok(by_wall), Some(passed)) => by_wall.abs_diff(passed) > DRIFT,
            (Ok(by_wall), None) => awake.saturating_sub(by_wall) > DRIFT,
            (Err(set_back), passed) => set_back.duration() + passed.unwrap_or(awake) > DRIFT,
        }
    }

    /// Awake or asleep.
    fn passed_since(self, before: Self) -> Option<Duration> {
        Some(self.since_boot?.saturating_sub(before.since_boot?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// What is noticed after an hour, in which the machine was awake for some time and its clock was set by seconds.
    fn noticed(awake: Duration, set_by: i64, has_boot_clock: bool) -> (bool, bool) {
        let since_boot = has_boot_clock.then_some(HOUR);
        let before = Clocks { wall: SystemTime::now(), monotonic: Instant::now(), since_boot };
        let set = Duration::from_secs(set_by.unsigned_abs());
        let wall = before.wall + HOUR;
        let now = Clocks {
            wall: if set_by < 0 { wall - set } else { wall + set },
            monotonic: before.monotonic + awake,
            since_boot: since_boot.map(|since| since + HOUR),
        };
        (now.slept_since(before), now.was_set_since(before))
    }

    #[test]
    fn sleep_is_told_from_a_clock_that_was_set() {
        assert_eq!(noticed(HOUR, 0, true), (false, false));
        assert_eq!(noticed(HOUR / 2, 0, true), (true, false));
        for set_by in [3600, -1800, -7200] {
            assert_eq!(noticed(HOUR, set_by, true), (false, true), "{set_by}");
            assert_eq!(noticed(HOUR / 2, set_by, true), (true, true), "{set_by}");
        }
        for slight in [20, -20] {
            assert_eq!(noticed(HOUR, slight, true), (false, false), "{slight}");
        }
    }

    #[test]
    fn without_a_clock_that_goes_on_in_sleep_one_that_runs_ahead_did_so_in_sleep() {
        assert_eq!(noticed(HOUR, 0, false), (false, false));
        assert_eq!(noticed(HOUR / 2, 0, false), (true, false));
        assert_eq!(noticed(HOUR, 3600, false), (true, false));
        for set_by in [-1800, -7200] {
            assert_eq!(noticed(HOUR, set_by, false), (false, true), "{set_by}");
        }
    }
}
