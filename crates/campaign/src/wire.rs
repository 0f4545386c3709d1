//! What a campaign and the processes that it starts say to each other: one line of JSON at a time.

use std::path::PathBuf;

use keyfob::{ErrorCode, ReauthReason, Session};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The first line that a process reads.
#[derive(Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// What is configured besides.
    pub(crate) configuration: Value,
    pub(crate) shelf: Shelf,
    /// How far its clock is ahead of the machine's, in seconds.
    pub(crate) ahead: u64,
}

/// What processes share.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Shelf {
    /// A folder with a file for each item, of which none may be large.
    Files(PathBuf),
    /// The items of a service in the keychain that is on this bus.
    Keychain { service: String, bus: String },
}

/// Every later line.
#[derive(Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) command: Command,
}

#[derive(Serialize, Deserialize)]
pub(crate) enum Command {
    /// The sign-in's own token.
    Token,
    /// Who is signed in, once that is known.
    Session,
    /// Sends the browser somewhere, and is answered when the sign-in is over.
    SignIn,
    /// The browser is back.
    Callback {
        url: String,
    },
    SignOut,
    /// Time passes.
    Advance {
        seconds: u64,
    },
    /// The next refresh stops here for ever.
    StopAt(Point),
}

/// A moment in a refresh at which a process can be stopped, by what its store is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Point {
    /// It is kept that the refresh token is being used.
    Journalled,
    /// The answer is here, and nothing of it is kept.
    Committing,
    /// The answer is being kept in parts, and before this one the process stops, the first being 1.
    BeforePart(usize),
    /// The refresh token is kept.
    Committed,
    /// All is kept, and nobody has been told.
    Finished,
}

/// What a process says.
#[derive(Serialize, Deserialize)]
pub(crate) enum Line {
    Reply {
        id: u64,
        reply: Reply,
    },
    /// The browser is sent there.
    Browser {
        url: String,
    },
    Kept(Kept),
    /// It has stopped where it was told to.
    Stopped,
}

/// A refresh token is in the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Microseconds since the epoch, by the machine's clock.
    pub(crate) at: u64,
    /// Of the refresh token.
    pub(crate) fingerprint: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reply {
    Done,
    Token(String),
    Refused(ErrorCode),
    Session(Seen),
}

/// A session, as far as anybody outside its process has to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Seen {
    Loading,
    SignedOut,
    SignedIn { subject: String },
    ReauthRequired { answer_lost: bool },
    Unavailable(ErrorCode),
}

impl From<Session> for Seen {
    fn from(session: Session) -> Self {
        match session {
            Session::Loading => Self::Loading,
            Session::SignedOut => Self::SignedOut,
            Session::SignedIn { user, .. } => Self::SignedIn { subject: user.subject },
            Session::ReauthRequired { reason, .. } => {
                Self::ReauthRequired { answer_lost: reason == ReauthReason::RefreshResponseLost }
            }
            Session::Unavailable { code, .. } => Self::Unavailable(code),
        }
    }
}
