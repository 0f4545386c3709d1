//! What the person is asked before the provider, or where the session is kept, becomes another.

use super::ask::Question;
use crate::{app_state::KeychainChoice, language::Questions};

/// What becomes of who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accounts {
    /// There are none.
    Absent,
    Kept,
    SignedOut,
}

impl Question {
    /// `host` is where people will be sent to type their passwords.
    pub(super) fn connect(words: &Questions, host: &str, accounts: Accounts) -> Self {
        Self {
            title: words.connect_title,
            text: with_consequence(words, words.connect_text.replace("{host}", host), accounts),
            agree: words.connect,
            decline: words.cancel,
        }
    }

    pub(super) fn keep_session(words: &Questions, policy: KeychainChoice, accounts: Accounts) -> Self {
        let text = match policy {
            KeychainChoice::Required => words.keep_in_keychain,
            KeychainChoice::Memory => words.keep_in_memory,
        };
        Self {
            title: words.keep_title,
            text: with_consequence(words, text.to_owned(), accounts),
            agree: words.keep,
            decline: words.cancel,
        }
    }

    pub(super) fn reset(words: &Questions, accounts: Accounts) -> Self {
        Self {
            title: words.reset_title,
            text: with_consequence(words, words.reset_text.to_owned(), accounts),
            agree: words.reset,
            decline: words.cancel,
        }
    }
}

fn with_consequence(words: &Questions, text: String, accounts: Accounts) -> String {
    match accounts {
        Accounts::Absent => text,
        Accounts::Kept => format!("{text}\n\n{}", words.keeps_session),
        Accounts::SignedOut => format!("{text}\n\n{}", words.signs_out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LanguageChoice;

    #[test]
    fn what_becomes_of_accounts_is_said_only_where_there_are_any() {
        for language in [LanguageChoice::En, LanguageChoice::De] {
            let words = &language.texts().questions;
            for (accounts, signs_out, keeps) in [
                (Accounts::Absent, false, false),
                (Accounts::Kept, false, true),
                (Accounts::SignedOut, true, false),
            ] {
                for question in [
                    Question::connect(words, "id.example.com", accounts),
                    Question::keep_session(words, KeychainChoice::Memory, accounts),
                    Question::reset(words, accounts),
                ] {
                    assert_eq!(question.text.contains(words.signs_out), signs_out, "{}", question.text);
                    assert_eq!(question.text.contains(words.keeps_session), keeps, "{}", question.text);
                }
            }
        }
    }
}
