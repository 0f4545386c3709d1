use super::Texts;

pub(super) const GERMAN: Texts = Texts {
    loading: "Einen Moment…",
    signed_out: "Abgemeldet",
    signing_in: "Wartet auf den Browser…",
    signed_in: "Angemeldet",
    signed_in_as: "Angemeldet als",
    offline: "offline",
    reauth_required: "Bitte melden Sie sich erneut an",
    unavailable: "Braucht Aufmerksamkeit",

    sign_in: "Anmelden",
    cancel_sign_in: "Anmeldung abbrechen",
    renew_now: "Jetzt erneuern",
    sign_out: "Abmelden",
    show: "Keyfob anzeigen",
    quit: "Beenden",
    #[cfg(windows)]
    close: "Schließen",
    #[cfg(target_os = "macos")]
    settings: "Einstellungen…",

    session_ended: "Ihre Sitzung ist beendet",
    sign_in_again: "Bitte melden Sie sich erneut an.",
};
