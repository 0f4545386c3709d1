//! What happens by itself, with nobody asking.

use std::time::Duration;

use super::{
    Keyfob,
    state::{ReauthReason, State},
};

/// Timers stand still while the machine sleeps, so the clock is looked at this often.
const TICK: Duration = Duration::from_secs(60);

impl Keyfob {
    /// A session without a refresh token ends with its access token: people see it then, not at their next click.
    pub(super) fn end_with_access_token(&self) {
        let epoch = self.core().epoch;
        let keyfob = self.clone();
        tokio::spawn(async move {
            while let Some(left) = keyfob.unrenewable_life(epoch) {
                if left.is_zero() {
                    let Ok(setup) = keyfob.setup() else { return };
                    return keyfob.end_session(setup, epoch, ReauthReason::NoRefreshToken).await;
                }
                tokio::time::sleep(left.min(TICK)).await;
            }
        });
    }

    /// What is left of a session that can't be renewed; `None` once it is another or can be.
    fn unrenewable_life(&self, epoch: u64) -> Option<Duration> {
        let setup = self.setup().ok()?;
        let core = self.core();
        match &core.state {
            State::SignedIn(session) if core.epoch == epoch && session.refresh_token.is_none() => {
                // Without one of its own, after a change of the configured audience say, there is nothing to live on.
                session
                    .tokens
                    .get(&setup.config.audience)
                    .map_or(Some(Duration::ZERO), |token| token.life_left(&*setup.clock))
            }
            _ => None,
        }
    }
}
