//! The words that Rust says to people: in the tray, in dialogs and in notifications.

mod german;

use self::german::GERMAN;
use crate::settings::LanguageChoice;

/// A catalogue.
#[derive(Debug, PartialEq)]
pub(crate) struct Texts {
    pub(crate) loading: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) signing_in: &'static str,
    pub(crate) signed_in: &'static str,
    /// Before a name.
    pub(crate) signed_in_as: &'static str,
    pub(crate) offline: &'static str,
    pub(crate) reauth_required: &'static str,
    pub(crate) unavailable: &'static str,

    pub(crate) sign_in: &'static str,
    pub(crate) cancel_sign_in: &'static str,
    pub(crate) renew_now: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) show: &'static str,
    pub(crate) quit: &'static str,
    #[cfg(windows)]
    pub(crate) close: &'static str,
    #[cfg(target_os = "macos")]
    pub(crate) settings: &'static str,

    pub(crate) session_ended: &'static str,
    pub(crate) sign_in_again: &'static str,

    pub(crate) questions: Questions,
}

/// Of dialogs.
#[derive(Debug, PartialEq)]
pub(crate) struct Questions {
    pub(crate) connect_title: &'static str,
    pub(crate) connect_text: &'static str,
    pub(crate) connect: &'static str,
    pub(crate) keep_title: &'static str,
    pub(crate) keep_in_keychain: &'static str,
    pub(crate) keep_in_memory: &'static str,
    pub(crate) keep: &'static str,
    pub(crate) reset_title: &'static str,
    pub(crate) reset_text: &'static str,
    pub(crate) reset: &'static str,
    pub(crate) signs_out: &'static str,
    pub(crate) keeps_session: &'static str,
    pub(crate) cancel: &'static str,
}

const ENGLISH: Texts = Texts {
    loading: "One moment…",
    signed_out: "Signed out",
    signing_in: "Waiting for the browser…",
    signed_in: "Signed in",
    signed_in_as: "Signed in as",
    offline: "offline",
    reauth_required: "Please sign in again",
    unavailable: "Needs attention",

    sign_in: "Sign in",
    cancel_sign_in: "Cancel sign-in",
    renew_now: "Renew now",
    sign_out: "Sign out",
    show: "Show Keyfob",
    quit: "Quit",
    #[cfg(windows)]
    close: "Close",
    #[cfg(target_os = "macos")]
    settings: "Settings…",

    session_ended: "Your session has ended",
    sign_in_again: "Please sign in again.",

    questions: Questions {
        connect_title: "Connect this provider?",
        connect_text: "Keyfob will send you to {host} to sign in. Agree only if you trust it with your password.",
        connect: "Connect",
        keep_title: "Keep your session elsewhere?",
        keep_in_keychain: "Keyfob will keep your session in this system’s keychain, so that you stay signed in.",
        keep_in_memory: "Keyfob will keep your session in memory only. You will sign in again after each start.",
        keep: "Change",
        reset_title: "Reset Keyfob?",
        reset_text: "The provider and the settings are forgotten.",
        reset: "Reset",
        signs_out: "Every account that is signed in now is signed out first.",
        keeps_session: "Nobody is signed out.",
        cancel: "Cancel",
    },
};

impl LanguageChoice {
    pub(crate) fn texts(self) -> &'static Texts {
        match self {
            Self::System if is_german(sys_locale::get_locale().as_deref()) => &GERMAN,
            Self::System | Self::En => &ENGLISH,
            Self::De => &GERMAN,
        }
    }
}

/// A language tag (BCP 47), `de-AT` say.
fn is_german(locale: Option<&str>) -> bool {
    locale.and_then(|locale| locale.split(['-', '_']).next()).is_some_and(|language| language == "de")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_is_told_by_the_language_and_not_by_the_country() {
        for (locale, german) in
            [("de", true), ("de-AT", true), ("de_CH", true), ("en-DE", false), ("den", false), ("", false)]
        {
            assert_eq!(is_german(Some(locale)), german, "{locale}");
        }
        assert!(!is_german(None));
    }
}
