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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn s_82_the_client_and_the_person_are_named_and_no_token_is() {
        let config = Config::from_json(json!({ "issuer": "https://id.example", "clientId": "app" }));
        let config = config.expect("a configuration");
        let endpoint = EndpointUrl::parse("https://id.example/logout?policy=p").expect("an endpoint");
        for (hint, expected) in [
            (Some("ada@example.com"), "policy=p&client_id=app&logout_hint=ada%40example.com"),
            (None, "policy=p&client_id=app"),
        ] {
            let url = request(&endpoint, &config, hint).expect("a URL");
            assert_eq!(url.as_url().query(), Some(expected));
        }
    }
}
