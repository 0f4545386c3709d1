//! APIs that have refused a token which was renewed for them: to renew it once more helps nobody, and a provider is not to
//! be asked with each call.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use url::Origin;

use crate::config::Resource;

/// For how long what an API says is believed without another try.
const BELIEVED: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<(Origin, String), Instant>>);

impl Refusals {
    /// An API has refused a token that came from a refresh a moment ago.
    pub(super) fn note(&self, resource: &Resource, now: Instant) {
        self.by_api().insert(api(resource), now);
    }

    /// Whether that was lately.
    pub(super) fn are_recent(&self, resource: &Resource, now: Instant) -> bool {
        let noted = self.by_api().get(&api(resource)).copied();
        noted.is_some_and(|noted| now.saturating_duration_since(noted) < BELIEVED)
    }

    fn by_api(&self) -> MutexGuard<'_, HashMap<(Origin, String), Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn api(resource: &Resource) -> (Origin, String) {
    (resource.origin.clone(), resource.audience.clone())
}
