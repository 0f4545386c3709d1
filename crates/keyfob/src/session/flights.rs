//! Refreshes under way: one at a time for the whole refresh-token family, shared by everybody who wants the same.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::token_set::TokenSet;
use crate::{error::AccessTokenError, secret::AccessToken};

pub(super) type Outcome = Result<TokenSet, AccessTokenError>;

/// Which token will do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    /// One that isn't due.
    Live,
    /// One from a refresh that begins after this call.
    New,
    /// Any but this one, which an API has refused.
    OtherThan(&'a AccessToken),
}

impl Wanted<'_> {
    /// Whether what is at hand will do, if it isn't due.
    pub(super) fn is(self, token: &TokenSet) -> bool {
        match self {
            Self::Live => true,
            Self::New => false,
            Self::OtherThan(refused) => token.access_token.expose() != refused.expose(),
        }
    }
}

/// What a refresh is for. Callers of different sessions never share one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) epoch: u64,
    pub(super) audience: Option<String>,
}

/// The refreshes that are queued or in flight.
#[derive(Default)]
pub(super) struct Flights {
    /// Held by the one that speaks to the provider: two uses of one refresh token are reuse to a server that rotates.
    pub(super) family: tokio::sync::Mutex<()>,
    queue: Arc<Mutex<Vec<Flight>>>,
}

struct Flight {
    subject: Subject,
    forced: bool,
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
    ) -> (watch::Receiver<Option<Outcome>>, Option<Ticket>) {
        let forced = !matches!(wanted, Wanted::Live);
        let mut queue = lock(&self.queue);
        let joined = queue
            .iter_mut()
            .find(|flight| flight.subject == *subject && !(flight.begun && matches!(wanted, Wanted::New)));
        if let Some(flight) = joined {
            flight.forced |= forced;
            return (flight.outcome.clone(), None);
        }
        let (sender, outcome) = watch::channel(None);
        queue.push(Flight { subject: subject.clone(), forced, begun: false, outcome: outcome.clone() });
        (outcome, Some(Ticket { queue: self.queue.clone(), outcome: sender }))
    }

    /// Whether a refresh is under way.
    pub(super) fn any(&self) -> bool {
        lock(&self.queue).iter().any(|flight| flight.begun)
    }
}

impl Ticket {
    /// From here on no forced caller joins. Says whether one has.
    pub(super) fn begin(&self) -> bool {
        let mut queue = lock(&self.queue);
        let flight = queue.iter_mut().find(|flight| self.is_for(flight));
        flight.is_some_and(|flight| {
            flight.begun = true;
            flight.forced
        })
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

fn lock(queue: &Mutex<Vec<Flight>>) -> MutexGuard<'_, Vec<Flight>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
