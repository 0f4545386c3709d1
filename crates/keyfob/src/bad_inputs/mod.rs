//! Whatever a browser, a provider, a local process or the keychain sends: generated, handed to the engine, and held
//! against what the specifications promise. A door takes bytes, and panics where a promise is broken.
//!
//! Each door is a test of this crate, for a moment, and a target of cargo-fuzz (`npm run fuzz`), for as long as one
//! likes. Only those two builds have it.

#![expect(clippy::expect_used, reason = "a panic is how a broken promise shows")]

mod callback;
mod challenge;
mod id_token;
mod input;
mod keys;
mod loopback;
mod metadata;
mod token;

pub use self::{
    callback::{argv, callback},
    challenge::challenge,
    id_token::{id_token, userinfo},
    keys::jwks,
    loopback::loopback,
    metadata::metadata,
    token::{retry_after, token_response},
};
pub use crate::session::bad_inputs::record;

pub(crate) use self::{
    callback::{DEEP_LINK, LOOPBACK, STATE, validation},
    challenge::bound,
    input::Input,
};

#[cfg(test)]
pub(crate) use self::callback::Hostile;

use std::fmt::Debug;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::error::Failure;

/// Stands in the inputs where a secret would.
pub(crate) const SECRET: &str = "hunter2-hunter2";

/// A part of a JWT.
fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// What an error says is short, has nothing in it that a terminal or a window would act on, and doesn't hold the
/// secret of its input.
fn check_words(error: &(impl Failure + Debug), secret: Option<&str>) {
    let words = error.to_string();
    assert!(words.chars().count() <= 1000, "{} characters", words.chars().count());
    assert!(!words.chars().any(acts), "{words:?}");
    if let Some(secret) = secret {
        assert!(!format!("{words} {error:?}").contains(secret), "{words}");
    }
}

/// Control characters, and those that turn the direction of what stands around them or can't be seen.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        prelude::any,
        test_runner::{Config, RngSeed, TestRunner},
    };

    use super::*;

    /// What fits into a second of a busy machine.
    const INPUTS: u32 = 1000;
    const SEED: u64 = 1;

    /// The inputs are the same in every run; `PROPTEST_CASES` asks for more of them, `PROPTEST_RNG_SEED` for others.
    fn holds(door: fn(&[u8])) {
        let asked = Config::default();
        let config = Config {
            cases: if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { INPUTS },
            rng_seed: if asked.rng_seed == RngSeed::Random { RngSeed::Fixed(SEED) } else { asked.rng_seed },
            failure_persistence: None,
            ..asked
        };
        let held = TestRunner::new(config).run(&vec(any::<u8>(), 0..1024), |bytes| {
            door(&bytes);
            Ok(())
        });
        if let Err(failure) = held {
            panic!("{failure}");
        }
    }

    #[test]
    fn s_32_of_hostile_callbacks_only_a_good_answer_to_a_request_gives_a_code() {
        holds(callback);
    }

    #[test]
    fn s_32_of_hostile_arguments_only_a_sole_url_of_the_apps_scheme_is_a_callback() {
        holds(argv);
    }

    #[test]
    fn s_22_of_hostile_requests_only_a_get_for_the_callback_at_this_host_is_heard() {
        holds(loopback);
    }

    #[test]
    fn s_58_s_60_hostile_metadata_names_its_issuer_and_safe_endpoints_or_is_refused() {
        holds(metadata);
    }

    #[test]
    fn s_48_s_53_hostile_keys_verify_nothing_that_they_did_not_sign() {
        holds(jwks);
    }

    #[test]
    fn s_44_to_s_53_of_hostile_id_tokens_only_a_right_one_is_taken() {
        holds(id_token);
    }

    #[test]
    fn s_55_of_hostile_user_infos_only_the_persons_own_is_taken() {
        holds(userinfo);
    }

    #[test]
    fn s_38_to_s_42_hostile_token_responses_give_a_usable_token_or_a_clean_error() {
        holds(token_response);
    }

    #[test]
    fn a_hostile_retry_after_makes_nobody_wait_longer_than_an_hour() {
        holds(retry_after);
    }

    #[test]
    fn a_record_an_index_and_what_waits_are_what_was_kept_or_are_refused_and_never_absent() {
        holds(record);
    }

    #[test]
    fn s_69_s_71_of_hostile_challenges_only_a_complaint_of_dpop_is_one_and_only_a_nonce_is_kept() {
        holds(challenge);
    }
}
