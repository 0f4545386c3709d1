//! Whether the operating system brings links of the app's scheme to this program.

#[cfg(all(unix, not(target_os = "macos")))]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(all(unix, not(target_os = "macos")))]
use linux as platform;
#[cfg(target_os = "macos")]
use macos as platform;
#[cfg(windows)]
use windows as platform;

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// Folders may be on a network that hangs, and the person has clicked already.
const PATIENCE: Duration = Duration::from_millis(500);

/// What becomes of a link of the app's scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// It comes to this program.
    Ours,
    /// No program is registered for the scheme.
    Missing,
    /// The registration names a program that is gone, or a copy of this one that was registered before.
    Stale {
        /// What it names.
        path: PathBuf,
        /// Whether the app wrote the registration by itself, and may write it anew; else an installer did.
        is_own: bool,
    },
    /// It goes to another program.
    Other {
        /// Which: the name of its desktop entry, bundle or class.
        handler: String,
    },
    /// It is registered for this program, and doesn't arrive all the same.
    NotDispatchable {
        /// Why.
        reason: NotDispatchable,
    },
}

/// Why a link that is registered doesn't arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDispatchable {
    /// There is no `xdg-open`, through which browsers hand links to the desktop.
    NoOpener,
    /// `xdg-open` finds no desktop that it knows, and by itself can't run a quoted `Exec`.
    QuotedExec,
    /// Without a session bus the process that a link starts can't find the one that waits for it.
    NoSessionBus,
    /// It couldn't be found out in time.
    Unknown,
}

/// The same without names and paths, which no window needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeepLinkFault {
    /// [`Registration::Missing`]
    Missing,
    /// [`Registration::Stale`]
    Stale,
    /// [`Registration::Other`]
    Other,
    /// [`Registration::NotDispatchable`]
    NotDispatchable,
}

impl Registration {
    /// Finds out what becomes of links of a scheme. It reads files (on Windows, the registry), and starts nothing.
    pub fn of(scheme: &str) -> Self {
        platform::look(scheme)
    }

    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<DeepLinkFault> {
        match self {
            Self::Ours => None,
            Self::Missing => Some(DeepLinkFault::Missing),
            Self::Stale { .. } => Some(DeepLinkFault::Stale),
            Self::Other { .. } => Some(DeepLinkFault::Other),
            Self::NotDispatchable { .. } => Some(DeepLinkFault::NotDispatchable),
        }
    }
}

/// What `look` finds, in so far as it finds it in time.
pub(crate) async fn in_time(look: impl FnOnce() -> Registration + Send + 'static) -> Registration {
    let looking = tokio::task::spawn_blocking(look);
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) | Err(_) => Registration::NotDispatchable { reason: NotDispatchable::Unknown },
    }
}

/// The same for callers that are not async.
pub(crate) fn in_time_blocking(look: impl FnOnce() -> Registration + Send + 'static) -> Registration {
    let (found, answer) = mpsc::channel();
    std::thread::spawn(move || {
        // Whoever asked may have given up.
        let _ = found.send(look());
    });
    let unknown = Registration::NotDispatchable { reason: NotDispatchable::Unknown };
    answer.recv_timeout(PATIENCE).unwrap_or(unknown)
}

/// Whether two paths lead to one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_that_hangs_is_not_waited_for() {
        let hangs = || {
            let (release, held) = mpsc::channel::<()>();
            let look = move || {
                let _ = held.recv();
                Registration::Ours
            };
            (release, look)
        };
        let unknown = Registration::NotDispatchable { reason: NotDispatchable::Unknown };
        let ((release, look), (release_blocking, look_blocking)) = (hangs(), hangs());
        assert_eq!(in_time(look).await, unknown);
        assert_eq!(in_time_blocking(look_blocking), unknown);
        drop((release, release_blocking));
        assert_eq!(in_time(|| Registration::Missing).await, Registration::Missing);
        assert_eq!(in_time_blocking(|| Registration::Missing), Registration::Missing);
    }
}
