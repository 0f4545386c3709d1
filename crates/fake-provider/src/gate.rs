//! A gate that holds requests until the test opens it.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

/// Holds the requests of one endpoint; see [`crate::At::hold`] and [`crate::At::hold_answers`].
///
/// It opens for good with [`Gate::release`] or when it is dropped, so that a failing test doesn't hang.
#[must_use = "a gate that is dropped is open"]
pub struct Gate {
    post: Arc<Post>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { post: Arc::new(Post { open: watch::Sender::new(false), arrived: watch::Sender::new(0) }) }
    }

    pub(crate) fn post(&self) -> Arc<Post> {
        Arc::clone(&self.post)
    }

    /// Waits until a request stands at the gate.
    pub async fn arrived(&self) {
        self.arrived_times(1).await;
    }

    /// Waits until this many requests have come to the gate.
    pub async fn arrived_times(&self, times: usize) {
        let mut arrived = self.post.arrived.subscribe();
        let arrived = arrived.wait_for(|count| *count >= times);
        within(arrived).await.expect("the post holds its sender");
    }

    /// How many requests have come to the gate.
    pub fn arrivals(&self) -> usize {
        *self.post.arrived.borrow()
    }

    /// Lets all requests through, also those that come later.
    pub fn release(self) {}
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.post.open.send_replace(true);
    }
}

/// The server's side of a gate.
pub(crate) struct Post {
    open: watch::Sender<bool>,
    arrived: watch::Sender<usize>,
}

impl Post {
    pub(crate) async fn pass(&self) {
        let mut open = self.open.subscribe();
        if *open.borrow() {
            return;
        }
        self.arrived.send_modify(|count| *count += 1);
        open.wait_for(|open| *open).await.expect("the post holds its sender");
    }
}

/// Nothing on this machine takes so long: what hasn't come by then never comes, and the test should say so.
const NEVER: Duration = Duration::from_secs(60);

/// What a future gives, unless it never does.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, future).await.expect("this never came")
}
