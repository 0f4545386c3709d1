//! Refreshes under way: one at a time for the whole refresh-token family, shared by everybody who wants the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedMutexGuard, watch},
    time::Instant,
};

use super::token_set::{TokenKey, TokenSet};
use crate::{error::AccessTokenError, sabotage::off, secret::AccessToken};

/// Script that asks for a new token again and again must not hammer a provider.
const BETWEEN_FORCED: Duration = Duration::from_secs(2);

pub(super) type Outcome = Result<TokenSet, AccessTokenError>;

/// Which token will do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    /// One that isn't due.
    Live,
    /// One from a refresh that begins after this call.
    New,
    /// One that is here already.
    AtHand,
    /// Any but this one, which an API has refused.
    OtherThan(&'a AccessToken),
}

impl Wanted<'_> {
    /// Whether what is at hand will do, if it isn't due.
    pub(super) fn is(self, token: &TokenSet) -> bool {
        match self {
            Self::Live | Self::AtHand => true,
            Self::New => false,
            Self::OtherThan(refused) => token.access_token.expose() != refused.expose(),
        }
    }
}

/// What a refresh is for. Callers of different sessions never share one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) epoch: u64,
    /// The account's id.
    pub(super) account: String,
    pub(super) key: TokenKey,
}

/// What those who have joined a refresh want of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Demand {
    /// A token that is at hand won't do.
    pub(super) forced: bool,
    /// What is at hand has to live so long.
    pub(super) min_ttl: Duration,
}

/// The refresh-token families by account, each held by the one that speaks to the provider: two uses of one refresh token
/// are reuse to a server that rotates.
#[derive(Default)]
pub(super) struct Families(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Families {
    /// Waits until nobody uses the refresh token of an account.
    pub(super) async fn turn(&self, account: &str) -> OwnedMutexGuard<()> {
        if off("family_lock") {
            return Arc::<tokio::sync::Mutex<()>>::default().lock_owned().await;
        }
        let family = lock(&self.0).entry(account.to_owned()).or_default().clone();
        family.lock_owned().await
    }
}

/// The refreshes that are queued or in flight.
#[derive(Default)]
pub(super) struct Flights {
    queue: Arc<Mutex<Vec<Flight>>>,
    last_forced: Mutex<Option<Instant>>,
}

struct Flight {
    subject: Subject,
    demand: Demand,
    begun: bool,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// A place in the queue that has just been taken; given up when it is dropped, by a panic too.
pub(super) struct Ticket {
    queue: Arc<Mutex<Vec<Flight>>>,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Flights {
    /// Joins the refresh that serves this caller, or queues a new one, whose ticket the caller has to fly.
    ///
    /// Who wants a new token joins only what has not begun: what is in flight answers a question asked earlier.
    pub(super) fn join(
        &self,
        subject: &Subject,
        wanted: Wanted<'_>,
        min_ttl: Duration,
    ) -> (watch::Receiver<Option<Outcome>>, Option<Ticket>) {
        let forced = matches!(wanted, Wanted::New | Wanted::OtherThan(_));
        let mut queue = lock(&self.queue);
        let joined = queue.iter_mut().find(|flight| {
            flight.subject == *subject
                && !off("one_flight")
                && !(flight.begun && matches!(wanted, Wanted::New))
        });
        if let Some(flight) = joined {
            flight.demand.forced |= forced;
            flight.demand.min_ttl = flight.demand.min_ttl.max(min_ttl);
            return (flight.outcome.clone(), None);
        }
        let (sender, outcome) = watch::channel(None);
        let demand = Demand { forced, min_ttl };
        queue.push(Flight { subject: subject.clone(), demand, begun: false, outcome: outcome.clone() });
        (outcome, Some(Ticket { queue: self.queue.clone(), outcome: sender }))
    }

    /// Waits until a forced refresh may begin; who asks meanwhile joins it.
    pub(super) async fn space_out(&self) {
        let at = {
            let mut last = lock(&self.last_forced);
            let now = Instant::now();
            let at = last.map_or(now, |last| now.max(last + BETWEEN_FORCED));
            *last = Some(at);
            at
        };
        tokio::time::sleep_until(at).await;
    }

    /// Whether a refresh is under way.
    pub(super) fn any(&self) -> bool {
        lock(&self.queue).iter().any(|flight| flight.begun)
    }
}

impl Ticket {
    /// From here on no forced caller joins. Says what those who have want.
    pub(super) fn begin(&self) -> Demand {
        let mut queue = lock(&self.queue);
        let flight = queue.iter_mut().find(|flight| self.is_for(flight));
        flight
            .map(|flight| {
                flight.begun = true;
                flight.demand
            })
            .unwrap_or_default()
    }

    /// It is over: who asks from here on doesn't join it.
    pub(super) fn leave(&self) {
        lock(&self.queue).retain(|flight| !self.is_for(flight));
    }

    /// Tells everybody who waits.
    pub(super) fn land(self, outcome: Outcome) {
        self.outcome.send_replace(Some(outcome));
    }

    fn is_for(&self, flight: &Flight) -> bool {
        self.outcome.subscribe().same_channel(&flight.outcome)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.leave();
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
