//! Faults, gates and observations at one endpoint.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::endpoints::Endpoint;
use crate::fault::Fault;
use crate::gate::{Gate, Post, within};
use crate::provider::FakeProvider;
use crate::record::{Recorded, Traffic};

/// One endpoint of a provider; see [`FakeProvider::at`].
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub(crate) provider: &'a FakeProvider,
    pub(crate) endpoint: Endpoint,
}

impl At<'_> {
    /// The next request fails; several of these wait in line.
    pub fn next(self, fault: impl Into<Fault>) -> Self {
        self.set(|script| script.next.push_back(fault.into()))
    }

    /// All requests fail once those in line are through, until [`At::heal`].
    pub fn always(self, fault: impl Into<Fault>) -> Self {
        self.set(|script| script.always = Some(fault.into()))
    }

    /// No faults any more.
    pub fn heal(self) -> Self {
        self.set(|script| {
            script.next.clear();
            script.always = None;
        })
    }

    /// Holds requests from now on, before the server does anything. The server goes on with them also if
    /// the client has gone away meanwhile.
    pub fn hold(self) -> Gate {
        let gate = Gate::new();
        self.set(|script| script.before = Some(gate.post()));
        gate
    }

    /// Holds answers from now on: the server has done its work (a refresh token is rotated) and says nothing.
    pub fn hold_answers(self) -> Gate {
        let gate = Gate::new();
        self.set(|script| script.after = Some(gate.post()));
        gate
    }

    /// The requests that have arrived, in their order, refused and broken ones included.
    pub fn requests(self) -> Vec<Recorded> {
        let state = self.provider.state();
        state.requests.iter().filter(|request| request.endpoint == self.endpoint).cloned().collect()
    }

    /// How many requests have arrived since the start.
    pub fn count(self) -> usize {
        self.traffic(|traffic| traffic.arrived)
    }

    /// The largest number of requests that were here at once: each from its arrival until its answer was ready.
    pub fn most_at_once(self) -> usize {
        self.traffic(|traffic| traffic.most_at_once)
    }

    /// Waits until this many requests have arrived since the start.
    pub async fn arrived(self, count: usize) {
        let mut traffic = self.provider.traffic();
        let arrived = traffic.wait_for(|()| self.count() >= count);
        within(arrived).await.expect("the provider holds its sender");
    }

    /// Waits until no request is here, those included whose client has gone away.
    pub async fn idle(self) {
        let mut traffic = self.provider.traffic();
        let idle = traffic.wait_for(|()| self.traffic(Traffic::at_once) == 0);
        within(idle).await.expect("the provider holds its sender");
    }

    fn traffic(self, figure: impl FnOnce(&Traffic) -> usize) -> usize {
        self.provider.state().traffic.get(&self.endpoint).map_or(0, figure)
    }

    fn set(self, change: impl FnOnce(&mut EndpointScript)) -> Self {
        change(self.provider.state().scripts.entry(self.endpoint).or_default());
        self
    }
}

#[derive(Default)]
pub(crate) struct EndpointScript {
    next: VecDeque<Fault>,
    always: Option<Fault>,
    before: Option<Arc<Post>>,
    after: Option<Arc<Post>>,
}

impl EndpointScript {
    /// What happens to the request that has just arrived.
    pub(crate) fn plan(&mut self) -> Plan {
        Plan {
            before: self.before.clone(),
            fault: self.next.pop_front().or_else(|| self.always.clone()),
            after: self.after.clone(),
        }
    }
}

#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) before: Option<Arc<Post>>,
    pub(crate) fault: Option<Fault>,
    pub(crate) after: Option<Arc<Post>>,
}
