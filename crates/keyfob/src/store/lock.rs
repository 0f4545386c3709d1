//! Locks that exclude the other processes of this user, and die with their holder.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use aws_lc_rs::digest;
use tokio::time::{sleep, timeout};

/// How long to wait before the second try, which mostly comes after a short write of the other process.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// How long to wait before every later one.
const PAUSE: Duration = Duration::from_millis(25);

/// A lock on one item of a store, which the operating system keeps: a process that crashes or is killed frees it.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    file_name: String,
}

impl ProcessLock {
    /// Stores of one name (see [`Store::shared_name`](super::Store::shared_name)) share their locks; `kind` tells two
    /// locks on one item apart: "flight" or "record".
    pub(crate) fn new(store_name: &str, item: &str, kind: &'static str) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&u64::try_from(store_name.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(store_name.as_bytes());
        context.update(item.as_bytes());
        Self { file_name: format!("{}.{kind}", hex(&context.finish().as_ref()[..16])) }
    }

    /// Waits until nobody else holds the lock, for no longer than `patience`.
    pub(crate) async fn acquire(&self, patience: Duration) -> Result<LockGuard, LockError> {
        self.acquire_in(&folder()?, patience).await
    }

    async fn acquire_in(&self, folder: &Path, patience: Duration) -> Result<LockGuard, LockError> {
        let path = folder.join(&self.file_name);
        let file = open(&path).map_err(|error| unusable(&path, &error))?;
        timeout(patience, lock(&file))
            .await
            .map_err(|_| LockError::Held)?
            .map_err(|error| unusable(&path, &error))?;
        Ok(LockGuard(file))
    }
}

/// Frees the lock when it is dropped.
#[derive(Debug)]
#[must_use = "the lock is free again as soon as this is dropped"]
pub(crate) struct LockGuard(File);

impl Drop for LockGuard {
    fn drop(&mut self) {
        // Closing alone would not do while a child that was just forked holds a copy.
        drop(self.0.unlock());
    }
}

/// Why a lock was not had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LockError {
    /// Another process held it for as long as could be waited.
    #[error("another process of this app is busy with the session; try again")]
    Held,
    /// The file system doesn't let us have a lock that can be trusted.
    #[error("the lock can't be used: {reason}")]
    Unusable {
        /// What the platform said, and about which path.
        reason: String,
    },
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn unusable(path: &Path, reason: &impl ToString) -> LockError {
    LockError::Unusable { reason: format!("{}: {}", path.display(), reason.to_string()) }
}

async fn lock(file: &File) -> io::Result<()> {
    let mut pause = FIRST_PAUSE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => sleep(pause).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
        pause = PAUSE;
    }
}

/// The file is never deleted: a process that still has the old one open would not exclude those that make a new one.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// By uid and not by `HOME` or an XDG variable: processes of one user would miss one another's locks if these differed.
#[cfg(target_os = "linux")]
fn folder() -> Result<PathBuf, LockError> {
    use std::os::unix::fs::MetadataExt;

    let process = Path::new("/proc/self");
    let uid = fs::metadata(process).map_err(|error| unusable(process, &error))?.uid();
    let runtime = PathBuf::from(format!("/run/user/{uid}"));
    let folder = match fs::symlink_metadata(&runtime) {
        Ok(metadata) if metadata.is_dir() && metadata.uid() == uid => runtime.join("keyfob"),
        _ => std::env::temp_dir().join(format!("keyfob-{uid}")),
    };
    claim(&folder, |metadata| metadata.uid() == uid)?;
    Ok(folder)
}

/// The temporary folder is the user's own here; the name makes sure where somebody has set it to a shared one.
#[cfg(not(target_os = "linux"))]
fn folder() -> Result<PathBuf, LockError> {
    let user = std::env::var_os(if cfg!(windows) { "USERNAME" } else { "USER" }).unwrap_or_default();
    let hash = digest::digest(&digest::SHA256, user.as_encoded_bytes());
    let folder = std::env::temp_dir().join(format!("keyfob-{}", hex(&hash.as_ref()[..8])));
    claim(&folder, |_| true)?;
    Ok(folder)
}

/// Makes the folder, or makes sure that the one which is there is ours alone: in a shared one somebody else could hold
/// our locks, or put other files in their place.
fn claim(folder: &Path, is_ours: impl FnOnce(&fs::Metadata) -> bool) -> Result<(), LockError> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has a mode to set"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(unusable(folder, &error)),
        _ => {}
    }
    // Not following symlinks: one would let its owner choose the folder.
    let metadata = fs::symlink_metadata(folder).map_err(|error| unusable(folder, &error))?;
    if !metadata.is_dir() {
        return Err(unusable(folder, &"is not a directory"));
    }
    if !is_ours(&metadata) {
        return Err(unusable(folder, &"belongs to another user"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(unusable(folder, &"is open to other users"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    fn flight(store: &str, item: &str) -> ProcessLock {
        ProcessLock::new(store, item, "flight")
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_handles_only_one_has_the_lock_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (flight("store", "session"), flight("store", "session"));
        let guard = one.acquire_in(folder.path(), SHORT).await.unwrap();

        let began = tokio::time::Instant::now();
        assert_eq!(other.acquire_in(folder.path(), SHORT).await.unwrap_err(), LockError::Held);
        assert_eq!(began.elapsed(), SHORT);

        drop(guard);
        let _guard = other.acquire_in(folder.path(), Duration::ZERO).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_gets_the_lock_once_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let lock = flight("store", "session");
        let guard = lock.acquire_in(folder.path(), SHORT).await.unwrap();
        let (waited, ()) = tokio::join!(lock.acquire_in(folder.path(), SHORT), async {
            sleep(SHORT / 2).await;
            drop(guard);
        });
        drop(waited.unwrap());
    }

    #[tokio::test]
    async fn other_stores_items_and_kinds_have_locks_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let locks = [
            flight("store", "session"),
            flight("storese", "ssion"),
            flight("store", "other"),
            ProcessLock::new("store", "session", "record"),
        ];
        let mut guards = Vec::new();
        for lock in &locks {
            guards.push(lock.acquire_in(folder.path(), Duration::ZERO).await.unwrap());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), locks.len());
    }

    #[tokio::test]
    async fn the_user_has_a_folder_for_locks() {
        let lock = flight("dev.keyfob.test", &std::process::id().to_string());
        let guard = lock.acquire(Duration::ZERO).await.unwrap();
        let path = folder().unwrap().join(&lock.file_name);
        assert!(path.exists());
        drop(guard);
        fs::remove_file(path).unwrap();
    }

    #[cfg(unix)]
    mod on_unix {
        use std::{
            io::{BufRead, BufReader},
            os::unix::fs::{MetadataExt, PermissionsExt, symlink},
            process::{Command, Stdio},
        };

        use super::*;

        fn is_unusable(result: &Result<(), LockError>) -> bool {
            matches!(result, Err(LockError::Unusable { .. }))
        }

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        }

        #[cfg(target_os = "linux")]
        #[tokio::test]
        async fn a_holder_that_is_killed_frees_the_lock() {
            let folder = tempfile::tempdir().unwrap();
            let lock = flight("store", "session");
            let mut holder = Command::new("flock")
                .arg("--no-fork")
                .arg(folder.path().join(&lock.file_name))
                .args(["sh", "-c", "echo held; exec cat"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
            assert_eq!(line, "held\n");
            assert_eq!(lock.acquire_in(folder.path(), Duration::ZERO).await.unwrap_err(), LockError::Held);

            holder.kill().unwrap();
            holder.wait().unwrap();
            drop(lock.acquire_in(folder.path(), Duration::ZERO).await.unwrap());
        }

        #[test]
        fn a_folder_is_made_for_its_user_alone_and_so_are_the_files() {
            let parent = tempfile::tempdir().unwrap();
            let folder = parent.path().join("keyfob");
            claim(&folder, |_| true).unwrap();
            claim(&folder, |_| true).unwrap();
            assert_eq!(mode(&folder), 0o700);
            let file = folder.join("file");
            open(&file).unwrap();
            assert_eq!(mode(&file), 0o600);
        }

        #[test]
        fn a_folder_of_somebody_else_is_unusable() {
            let parent = tempfile::tempdir().unwrap();
            let folder = parent.path().join("keyfob");
            claim(&folder, |_| true).unwrap();
            let owner = fs::metadata(&folder).unwrap().uid();
            claim(&folder, |metadata| metadata.uid() == owner).unwrap();
            assert!(is_unusable(&claim(&folder, |metadata| metadata.uid() == owner + 1)));
        }

        #[test]
        fn a_symlink_a_file_and_a_folder_open_to_others_are_unusable() {
            let parent = tempfile::tempdir().unwrap();
            let (folder, link, file) =
                (parent.path().join("folder"), parent.path().join("link"), parent.path().join("file"));
            claim(&folder, |_| true).unwrap();
            symlink(&folder, &link).unwrap();
            File::create(&file).unwrap();
            assert!(is_unusable(&claim(&link, |_| true)));
            assert!(is_unusable(&claim(&file, |_| true)));

            fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
            assert!(is_unusable(&claim(&folder, |_| true)));
        }
    }
}
