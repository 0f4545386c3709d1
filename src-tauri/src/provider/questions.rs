//! What the person is asked before the provider, or where the session is kept, becomes another.

use super::ask::Question;
use crate::{app_state::KeychainChoice, language::Questions};

impl Question {
    /// `host` is where people will be sent to type their passwords.
    pub(super) fn connect(words: &Questions, host: &str, signs_out: bool) -> Self {
        let consequence = if signs_out { words.signs_out } else { words.keeps_session };
        Self {
            title: words.connect_title,
            text: format!("{}\n\n{consequence}", words.connect_text.replace("{host}", host)),
            agree: words.connect,
            decline: words.cancel,
        }
    }

    pub(super) fn keep_session(words: &Questions, policy: KeychainChoice) -> Self {
        let text = match policy {
            KeychainChoice::Required => words.keep_in_keychain,
            KeychainChoice::Memory => words.keep_in_memory,
        };
        Self {
            title: words.keep_title,
            text: format!("{text}\n\n{}", words.signs_out),
            agree: words.keep,
            decline: words.cancel,
        }
    }

    pub(super) fn reset(words: &Questions) -> Self {
        Self {
            title: words.reset_title,
            text: words.reset_text.to_owned(),
            agree: words.reset,
            decline: words.cancel,
        }
    }
}
