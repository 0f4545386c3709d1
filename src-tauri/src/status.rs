//! How things stand, for places with little room: what a person sees and may do without the window.

use tauri_plugin_keyfob::keyfob::{Session, Snapshot, User};

use crate::language::Texts;

/// As long as a name may be in a menu.
const NAME: usize = 40;

/// How things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Loading,
    SignedOut,
    SigningIn,
    SignedIn { name: Option<String>, offline: bool },
    ReauthRequired,
    Unavailable,
}

/// What can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    SignIn,
    CancelSignIn,
    Renew,
    SignOut,
}

impl Action {
    pub(crate) const ALL: [Self; 4] = [Self::SignIn, Self::CancelSignIn, Self::Renew, Self::SignOut];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::CancelSignIn => "cancel-sign-in",
            Self::Renew => "renew",
            Self::SignOut => "sign-out",
        }
    }

    pub(crate) const fn text(self, texts: &Texts) -> &'static str {
        match self {
            Self::SignIn => texts.sign_in,
            Self::CancelSignIn => texts.cancel_sign_in,
            Self::Renew => texts.renew_now,
            Self::SignOut => texts.sign_out,
        }
    }
}

impl Status {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        match &snapshot.session {
            // A step-up changes nothing for who is signed in.
            Session::SignedIn { user, offline, .. } => Self::SignedIn { name: name(user), offline: *offline },
            _ if snapshot.sign_in.is_some() => Self::SigningIn,
            Session::Loading => Self::Loading,
            Session::SignedOut => Self::SignedOut,
            Session::ReauthRequired { .. } => Self::ReauthRequired,
            Session::Unavailable { .. } => Self::Unavailable,
        }
    }

    /// In one line.
    pub(crate) fn text(&self, texts: &Texts) -> String {
        match self {
            Self::Loading => texts.loading.to_owned(),
            Self::SignedOut => texts.signed_out.to_owned(),
            Self::SigningIn => texts.signing_in.to_owned(),
            Self::SignedIn { name, offline } => {
                let who = match name {
                    Some(name) => format!("{} {name}", texts.signed_in_as),
                    None => texts.signed_in.to_owned(),
                };
                if *offline { format!("{who} ({})", texts.offline) } else { who }
            }
            Self::ReauthRequired => texts.reauth_required.to_owned(),
            Self::Unavailable => texts.unavailable.to_owned(),
        }
    }

    pub(crate) const fn actions(&self) -> &'static [Action] {
        match self {
            Self::SignedOut => &[Action::SignIn],
            Self::SigningIn => &[Action::CancelSignIn],
            Self::SignedIn { .. } => &[Action::Renew, Action::SignOut],
            Self::ReauthRequired => &[Action::SignIn, Action::SignOut],
            Self::Loading | Self::Unavailable => &[],
        }
    }
}

fn name(user: &User) -> Option<String> {
    let name = user.name.as_deref().or(user.email.as_deref())?;
    // A name is the provider's text: one line, and no longer than a menu bears.
    let mut shown: String =
        name.chars().map(|it| if it.is_control() { ' ' } else { it }).take(NAME).collect();
    if name.chars().nth(NAME).is_some() {
        shown.push('…');
    }
    Some(shown)
}
