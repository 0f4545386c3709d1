//! What the person is asked before the provider, or where the session is kept, becomes another.

use super::ask::Question;
use crate::{app_state::KeychainChoice, settings::LanguageChoice};

impl Question {
    /// `host` is where people will be sent to type their passwords.
    pub(super) fn connect(language: LanguageChoice, host: &str, signs_out: bool) -> Self {
        let words = words(language);
        let consequence = if signs_out { words.signs_out } else { words.keeps_session };
        Self {
            title: words.connect_title,
            text: format!("{}\n\n{consequence}", words.connect_text.replace("{host}", host)),
            agree: words.connect,
            decline: words.cancel,
        }
    }

    pub(super) fn keep_session(language: LanguageChoice, policy: KeychainChoice) -> Self {
        let words = words(language);
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

    pub(super) fn reset(language: LanguageChoice) -> Self {
        let words = words(language);
        Self {
            title: words.reset_title,
            text: words.reset_text.to_owned(),
            agree: words.reset,
            decline: words.cancel,
        }
    }
}

struct Words {
    connect_title: &'static str,
    connect_text: &'static str,
    connect: &'static str,
    keep_title: &'static str,
    keep_in_keychain: &'static str,
    keep_in_memory: &'static str,
    keep: &'static str,
    reset_title: &'static str,
    reset_text: &'static str,
    reset: &'static str,
    signs_out: &'static str,
    keeps_session: &'static str,
    cancel: &'static str,
}

fn words(language: LanguageChoice) -> &'static Words {
    if language.is_german() { &GERMAN } else { &ENGLISH }
}

const ENGLISH: Words = Words {
    connect_title: "Connect this provider?",
    connect_text: "Keyfob will send you to {host} to sign in. Agree only if you trust it with your password.",
    connect: "Connect",
    keep_title: "Keep your session elsewhere?",
    keep_in_keychain: "Keyfob will keep your session in this system’s keychain, so that you stay signed in.",
    keep_in_memory: "Keyfob will keep your session in memory only. You will sign in again after each start.",
    keep: "Change",
    reset_title: "Reset Keyfob?",
    reset_text: "Every account is signed out. The provider and the settings are forgotten.",
    reset: "Reset",
    signs_out: "Every account that is signed in now is signed out first.",
    keeps_session: "Nobody is signed out.",
    cancel: "Cancel",
};

const GERMAN: Words = Words {
    connect_title: "Diesen Anbieter verbinden?",
    connect_text: "Keyfob wird Sie zum Anmelden zu {host} schicken. Stimmen Sie nur zu, wenn Sie ihm Ihr Passwort anvertrauen.",
    connect: "Verbinden",
    keep_title: "Sitzung woanders ablegen?",
    keep_in_keychain: "Keyfob wird Ihre Sitzung im Schlüsselbund dieses Systems ablegen, damit Sie angemeldet bleiben.",
    keep_in_memory: "Keyfob wird Ihre Sitzung nur im Arbeitsspeicher halten. Nach jedem Start melden Sie sich neu an.",
    keep: "Ändern",
    reset_title: "Keyfob zurücksetzen?",
    reset_text: "Alle Konten werden abgemeldet. Der Anbieter und die Einstellungen werden vergessen.",
    reset: "Zurücksetzen",
    signs_out: "Alle Konten, die jetzt angemeldet sind, werden zuvor abgemeldet.",
    keeps_session: "Niemand wird abgemeldet.",
    cancel: "Abbrechen",
};
