//! What an API asks of the person before it answers (RFC 9470).

use std::time::Duration;

use http::HeaderMap;

use super::{authorization::SignInOptions, challenges, parameter};

impl SignInOptions {
    /// The sign-in that an API wants, by the headers of a 401: `insufficient_user_authentication`, which says that the token
    /// is good and the person has to prove more of themselves, or anew (RFC 9470 section 3). `None` for any other refusal.
    #[must_use]
    pub fn from_challenge(headers: &HeaderMap) -> Option<Self> {
        let challenge = challenges(headers).find(|challenge| {
            let is_for_tokens =
                ["bearer", "dpop"].iter().any(|name| challenge.scheme.eq_ignore_ascii_case(name));
            is_for_tokens
                && parameter(challenge, "error").as_deref() == Some("insufficient_user_authentication")
        })?;
        let acr_values: Vec<_> = parameter(&challenge, "acr_values")
            .iter()
            .flat_map(|values| values.split_ascii_whitespace())
            .map(str::to_owned)
            .collect();
        let max_age = parameter(&challenge, "max_age").and_then(|seconds| seconds.parse::<u32>().ok());
        // Without either nothing is said but that the person has to sign in anew.
        let max_age = max_age.or(acr_values.is_empty().then_some(0));
        let max_age = max_age.map(|seconds| Duration::from_secs(seconds.into()));
        Some(Self { acr_values, max_age, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};

    use super::*;

    fn wanted(challenges: &[&'static str]) -> Option<(Vec<String>, Option<u64>)> {
        let values = challenges.iter().map(|text| (header::WWW_AUTHENTICATE, HeaderValue::from_static(text)));
        let options = SignInOptions::from_challenge(&values.collect())?;
        let max_age = options.max_age.map(|age| age.as_secs());
        assert_eq!(
            options,
            SignInOptions {
                acr_values: options.acr_values.clone(),
                max_age: options.max_age,
                ..SignInOptions::default()
            },
            "an API has no say in anything else"
        );
        Some((options.acr_values, max_age))
    }

    #[test]
    fn a_challenge_says_which_proof_is_wanted_and_how_new_it_has_to_be() {
        let acr = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        // RFC 9470 section 3.
        let rfc = r#"Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR""#;
        assert_eq!(wanted(&[rfc]), Some((acr(&["myACR"]), None)));
        let rfc = r#"Bearer error="insufficient_user_authentication", error_description="More recent authentication is required", max_age="5""#;
        assert_eq!(wanted(&[rfc]), Some((acr(&[]), Some(5))));
        let both = r#"dpop algs="ES256", error=insufficient_user_authentication, ACR_VALUES="gold  silver", max_age=0"#;
        assert_eq!(wanted(&[both]), Some((acr(&["gold", "silver"]), Some(0))));
        let second = r#"Basic realm="x", Bearer error="insufficient_user_authentication", max_age="60""#;
        assert_eq!(wanted(&[second]), Some((acr(&[]), Some(60))));
        assert_eq!(wanted(&["Negotiate", second]), Some((acr(&[]), Some(60))));
    }

    #[test]
    fn where_it_says_neither_or_nonsense_the_person_signs_in_anew() {
        for challenge in [
            r#"Bearer error="insufficient_user_authentication""#,
            r#"Bearer error="insufficient_user_authentication", acr_values=" ""#,
            r#"Bearer error="insufficient_user_authentication", max_age="-1""#,
            r#"Bearer error="insufficient_user_authentication", max_age="soon""#,
        ] {
            assert_eq!(wanted(&[challenge]), Some((Vec::new(), Some(0))), "{challenge}");
        }
    }

    #[test]
    fn other_refusals_are_not_taken_for_it() {
        for challenge in [
            r#"Bearer error="invalid_token", acr_values="gold""#,
            r#"Bearer realm="insufficient_user_authentication""#,
            r#"Basic error="insufficient_user_authentication""#,
            r#"Bearer error="insufficient_user_authentication"#,
            "",
        ] {
            assert_eq!(wanted(&[challenge]), None, "{challenge}");
        }
        assert_eq!(wanted(&[]), None);
    }
}
