//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).

use crate::{config::Config, endpoint::EndpointUrl};

/// Where the browser goes to end the provider's own session. The person is named by `logout_hint` and the client by
/// its id; an ID token would stand in argv and in the browser's history.
pub(crate) fn request(
    endpoint: &EndpointUrl,
    config: &Config,
    logout_hint: Option<&str>,
) -> Option<EndpointUrl> {
    let mut url = endpoint.as_url().clone();
    url.query_pairs_mut().append_pair("client_id", &config.client_id);
    if let Some(hint) = logout_hint {
        url.query_pairs_mut().append_pair("logout_hint", hint);
    }
    EndpointUrl::parse(url.as_str()).ok()
}
