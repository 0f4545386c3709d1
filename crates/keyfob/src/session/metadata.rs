//! The provider's metadata: fetched, remembered for an hour, and then looked at again.

use std::{sync::Arc, time::Duration};

use super::{Setup, token_set::Expiry};
use crate::{
    error::DiscoveryError,
    http::OTHER_LIMITS,
    protocol::discovery::{self, ProviderMetadata},
};

/// Providers move endpoints now and then, and an app may run for weeks.
const LIFETIME: Duration = Duration::from_secs(3600);
/// Who has a session waits no longer for what is probably the same as before.
const LOOK: Duration = Duration::from_secs(2);

pub(super) struct RememberedMetadata {
    metadata: Arc<ProviderMetadata>,
    expiry: Expiry,
}

impl Setup {
    /// The provider's metadata, an hour old at most.
    pub(super) async fn current_metadata(&self) -> Result<Arc<ProviderMetadata>, DiscoveryError> {
        let mut remembered = self.metadata.lock().await;
        if let Some(RememberedMetadata { metadata, expiry }) = &*remembered
            && !expiry.remaining(&*self.clock).is_zero()
        {
            return Ok(metadata.clone());
        }
        let metadata = Arc::new(self.fetch_metadata().await?);
        let expiry = Expiry::starting_now(LIFETIME, &*self.clock);
        *remembered = Some(RememberedMetadata { metadata: metadata.clone(), expiry });
        Ok(metadata)
    }

    /// The provider's metadata as it is now.
    pub(super) async fn fetch_metadata(&self) -> Result<ProviderMetadata, DiscoveryError> {
        let request = discovery::request(&self.config.issuer)?;
        let response = self.http.execute(request, OTHER_LIMITS).await?;
        let metadata = discovery::parse(&response, &self.config)?;
        // Before the first proof is made.
        self.providers_time(&response);
        Ok(metadata)
    }

    /// The same for what has begun already: where newer metadata can't be had or used, the older still serves.
    pub(super) async fn metadata(&self) -> Result<Arc<ProviderMetadata>, DiscoveryError> {
        let known = self.metadata.lock().await.as_ref().map(|remembered| remembered.metadata.clone());
        let Some(known) = known else {
            return self.current_metadata().await;
        };
        match tokio::time::timeout(LOOK, self.current_metadata()).await {
            Ok(Ok(current)) => Ok(current),
            Ok(Err(_)) | Err(_) => Ok(known),
        }
    }
}
