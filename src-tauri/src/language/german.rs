use super::{Questions, Texts};

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

    questions: Questions {
        connect_title: "Diesen Anbieter verbinden?",
        connect_text: "Keyfob wird Sie zum Anmelden zu {host} schicken. Stimmen Sie nur zu, wenn Sie ihm Ihr Passwort anvertrauen.",
        connect: "Verbinden",
        keep_title: "Sitzung woanders ablegen?",
        keep_in_keychain: "Keyfob wird Ihre Sitzung im Schlüsselbund dieses Systems ablegen, damit Sie angemeldet bleiben.",
        keep_in_memory: "Keyfob wird Ihre Sitzung nur im Arbeitsspeicher halten. Nach jedem Start melden Sie sich neu an.",
        keep: "Ändern",
        reset_title: "Keyfob zurücksetzen?",
        reset_text: "Der Anbieter und die Einstellungen werden vergessen.",
        reset: "Zurücksetzen",
        signs_out: "Alle Konten, die jetzt angemeldet sind, werden zuvor abgemeldet.",
        keeps_session: "Niemand wird abgemeldet.",
        cancel: "Abbrechen",
    },
};
