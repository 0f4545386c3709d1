//! A crash writes no file with the tokens that were in memory.

/// Forbids core dumps of this process and of the webview's.
///
/// Windows: nothing. It keeps dumps only where somebody has switched them on, and a process can exempt itself only by
/// an entry in the registry that outlives it, or by a call that no safe wrapper offers.
#[cfg(unix)]
pub(crate) fn forbid() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    // The soft limit alone: the browser inherits it too, and may want its own back.
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    if let Err(error) = setrlimit(Resource::Core, limit) {
        tracing::warn!(%error, "a crash may write the app's memory to a file");
    }
    // The limit doesn't bind a program that the kernel pipes dumps to. This does, and also keeps other processes of the
    // same user from attaching a debugger.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        tracing::warn!(%error, "a crash may hand the app's memory to the system's crash reporter");
    }
}

#[cfg(not(unix))]
pub(crate) fn forbid() {}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{
        env, fs,
        os::unix::process::ExitStatusExt,
        process::{Command, ExitStatus, Stdio},
    };

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    use super::*;

    /// What the test tells itself, as the process that is to crash.
    const ROLE: &str = "KEYFOB_TEST_CRASHES";

    #[test]
    fn a_crash_dumps_no_core_once_that_is_forbidden() {
        if let Ok(role) = env::var(ROLE) {
            crash(role == "forbidden");
        }
        assert!(!crashed("forbidden").core_dumped());
        if dumps_into_files() {
            assert!(crashed("allowed").core_dumped());
        }
    }

    /// Whether a crash dumps a core here at all; what a crash reporter does with one is its own affair.
    fn dumps_into_files() -> bool {
        let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
        getrlimit(Resource::Core).maximum != Some(0) && !pattern.starts_with('|')
    }

    fn crashed(role: &str) -> ExitStatus {
        let folder = tempfile::tempdir().expect("a folder");
        let status = Command::new(env::current_exe().expect("this program"))
            .args(["--exact", "core_dumps::tests::a_crash_dumps_no_core_once_that_is_forbidden"])
            .env(ROLE, role)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("it starts");
        assert_eq!(status.signal(), Some(6), "it crashes");
        status
    }

    fn crash(forbidden: bool) -> ! {
        let limit = getrlimit(Resource::Core);
        setrlimit(Resource::Core, Rlimit { current: limit.maximum, ..limit }).expect("up to the hard limit");
        if forbidden {
            forbid();
        }
        std::process::abort();
    }
}
