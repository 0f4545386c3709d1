//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).

use oauth2::CsrfToken;

use crate::{
    config::{Config, EndSessionHint},
    endpoint::EndpointUrl,
    secret::IdToken,
};

/// In bytes. A longer one makes an address that no browser takes.
const LONGEST_HINT: usize = 16 * 1024;

/// What is known of the person whose session ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaving {
    pub(crate) email: Option<String>,
    pub(crate) id_token: Option<IdToken>,
}

/// Where the browser goes to end the provider's own session. The client is named by its id, and the person as configured:
/// an ID token would stand in argv and in the browser's history.
pub(crate) fn request(endpoint: &EndpointUrl, config: &Config, leaving: &Leaving) -> Option<EndpointUrl> {
    let logout_hint = leaving.email.as_deref().map(|email| ("logout_hint", email));
    let hint = match config.end_session_hint {
        EndSessionHint::LogoutHint => logout_hint,
        EndSessionHint::IdToken => {
            leaving.id_token.as_ref().map(|token| ("id_token_hint", token.expose())).or(logout_hint)
        }
        EndSessionHint::None => None,
    };
    let hint = hint.filter(|(_, hint)| hint.len() <= LONGEST_HINT);
    let mut url = endpoint.as_url().clone();
    url.query_pairs_mut().append_pair("client_id", &config.client_id).extend_pairs(hint);
    if let Some(redirect_uri) = &config.post_logout_redirect_uri {
        // Nobody waits for it: whoever comes back is signed out already, whatever they bring.
        let state = CsrfToken::new_random_len(32);
        url.query_pairs_mut()
            .append_pair("post_logout_redirect_uri", redirect_uri)
            .append_pair("state", state.secret());
    }
    EndpointUrl::parse(url.as_str()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The parameters of a request.
    fn asked(settings: &Value, leaving: &Leaving) -> Vec<(String, String)> {
        let mut config = json!({ "issuer": "https://id.example", "clientId": "app" });
        for (key, value) in settings.as_object().expect("settings are an object") {
            config[key] = value.clone();
        }
        let config = Config::from_json(config).expect("a configuration");
        let endpoint = EndpointUrl::parse("https://id.example/logout?policy=p").expect("an endpoint");
        let url = request(&endpoint, &config, leaving).expect("a URL");
        url.as_url().query_pairs().into_owned().collect()
    }

    fn names(asked: &[(String, String)]) -> Vec<&str> {
        asked.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn ada() -> Leaving {
        Leaving { email: Some("ada@example.com".into()), id_token: Some(IdToken::new("i.d.t")) }
    }

    #[test]
    fn s_82_the_client_and_the_person_are_named_and_no_token_is() {
        let with_email = asked(&json!({}), &ada());
        assert_eq!(names(&with_email), ["policy", "client_id", "logout_hint"]);
        assert_eq!(with_email[1].1, "app");
        assert_eq!(with_email[2].1, "ada@example.com");
        assert_eq!(names(&asked(&json!({}), &Leaving::default())), ["policy", "client_id"]);
    }

    #[test]
    fn s_82_a_hint_that_no_address_can_carry_is_left_out() {
        for (length, is_named) in [(LONGEST_HINT, true), (LONGEST_HINT + 1, false)] {
            let leaving = Leaving { email: Some("<".repeat(length)), id_token: None };
            assert_eq!(names(&asked(&json!({}), &leaving)).contains(&"logout_hint"), is_named, "{length}");
        }
    }

    #[test]
    fn s_82_an_id_token_stands_in_a_request_only_where_the_configuration_says_so() {
        let by_token = json!({ "endSessionHint": "idToken" });
        let asked_by_token = asked(&by_token, &ada());
        assert_eq!(names(&asked_by_token), ["policy", "client_id", "id_token_hint"]);
        assert_eq!(asked_by_token[2].1, "i.d.t");
        let restarted = Leaving { id_token: None, ..ada() };
        assert_eq!(names(&asked(&by_token, &restarted)), ["policy", "client_id", "logout_hint"]);
        let unnamed = asked(&json!({ "endSessionHint": "none" }), &ada());
        assert_eq!(names(&unnamed), ["policy", "client_id"]);
    }

    #[test]
    fn s_82_a_way_back_is_named_with_a_state_of_its_own() {
        let settings = json!({ "postLogoutRedirectUri": "dev.keyfob.desktop:/signed-out" });
        let [one, other] = [(); 2].map(|()| asked(&settings, &ada()));
        assert_eq!(names(&one), ["policy", "client_id", "logout_hint", "post_logout_redirect_uri", "state"]);
        assert_eq!(one[3].1, "dev.keyfob.desktop:/signed-out");
        assert!(one[4].1.len() >= 43);
        assert_ne!(one[4], other[4]);
    }
}
