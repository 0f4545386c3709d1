//! The registration of the app's scheme, where no installer sees to it.

use keyfob::Registration;
use tauri::{AppHandle, Runtime};
use tauri_plugin_deep_link::DeepLinkExt;

/// Writes the registration anew where this app wrote it before and lies somewhere else now, and for an `AppImage` also
/// where there is none. What an installer or another app wrote is left alone. Returns at once.
///
/// A build under development must not take the links of the installed app.
pub(crate) fn repair<R: Runtime>(app: &AppHandle<R>, scheme: Option<&str>) {
    let Some(scheme) = scheme.filter(|_| !cfg!(debug_assertions)) else { return };
    let (app, scheme) = (app.clone(), scheme.to_owned());
    // It reads files, and may start programs.
    std::thread::spawn(move || {
        if is_ours_to_write(&Registration::of(&scheme), is_app_image(&app)) {
            register(&app, &scheme);
        }
    });
}

fn is_ours_to_write(registration: &Registration, is_app_image: bool) -> bool {
    match registration {
        Registration::Stale { is_own, .. } => *is_own,
        Registration::Missing => is_app_image,
        Registration::Ours | Registration::Other { .. } | Registration::NotDispatchable { .. } => false,
    }
}

fn register<R: Runtime>(app: &AppHandle<R>, scheme: &str) {
    match app.deep_link().register(scheme) {
        Ok(()) => tracing::info!(scheme, "the scheme is registered for this copy of the app"),
        Err(error) => tracing::warn!(%error, scheme, "the scheme can't be registered"),
    }
}

#[cfg(target_os = "linux")]
fn is_app_image<R: Runtime>(app: &AppHandle<R>) -> bool {
    use tauri::Manager;

    app.env().appimage.is_some()
}

#[cfg(not(target_os = "linux"))]
fn is_app_image<R: Runtime>(_: &AppHandle<R>) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use keyfob::NotDispatchable;

    use super::*;

    #[test]
    fn only_what_the_app_wrote_itself_is_written_anew() {
        let stale = |is_own| Registration::Stale { path: "/before/app".into(), is_own };
        let unknown = Registration::NotDispatchable { reason: NotDispatchable::Unknown };
        for (registration, is_app_image, expected) in [
            (stale(true), false, true),
            (stale(false), true, false),
            (Registration::Missing, true, true),
            (Registration::Missing, false, false),
            (Registration::Ours, true, false),
            (Registration::Other { handler: "other.desktop".to_owned() }, true, false),
            (unknown, true, false),
        ] {
            assert_eq!(is_ours_to_write(&registration, is_app_image), expected, "{registration:?}");
        }
    }

    /// What tauri-plugin-deep-link really writes, in a home of its own.
    #[cfg(target_os = "linux")]
    mod on_linux {
        use std::{
            env, fs,
            os::unix::net::UnixListener,
            path::{Path, PathBuf},
            process::Command,
        };

        use super::*;

        const SCHEME: &str = "dev.keyfob.desktop";
        const HERE: &str = "registration::tests::on_linux::looks_and_registers";

        /// In a process of its own: the folders stand in the environment.
        fn run(home: &Path) -> String {
            let path = env::join_paths(
                [home.join("bin")].into_iter().chain(env::split_paths(&env::var_os("PATH").expect("a path"))),
            );
            let output = Command::new(env::current_exe().expect("this program"))
                .args(["--ignored", "--exact", HERE, "--nocapture"])
                .env("HOME", home)
                .env("PATH", path.expect("a path"))
                .env("XDG_CONFIG_HOME", home.join("config"))
                .env("XDG_DATA_HOME", home.join("data"))
                .env("XDG_DATA_DIRS", home.join("nowhere"))
                .env("XDG_CONFIG_DIRS", home.join("nowhere"))
                .env("XDG_CURRENT_DESKTOP", "GNOME")
                .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus(home).display()))
                .output()
                .expect("it can be started");
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
            said
        }

        /// Where somebody listens is a bus, as far as anybody looks.
        fn bus(home: &Path) -> PathBuf {
            home.join("bus")
        }

        #[test]
        #[ignore = "run by the test below, in a home of its own"]
        #[expect(clippy::print_stdout, reason = "the test below reads it")]
        fn looks_and_registers() {
            let app = tauri::test::mock_builder()
                .plugin(tauri_plugin_deep_link::init())
                .build(tauri::test::mock_context(tauri::test::noop_assets()))
                .expect("an app");
            println!("before: {:?}", Registration::of(SCHEME));
            app.deep_link().register(SCHEME).expect("registered");
            println!("after: {:?}", Registration::of(SCHEME));
        }

        #[test]
        fn what_is_registered_is_ours_and_a_copy_that_lay_elsewhere_is_written_anew() {
            let home = tempfile::tempdir().expect("a folder");
            let _bus = UnixListener::bind(bus(home.path())).expect("a socket");
            fs::create_dir_all(home.path().join("bin")).expect("a folder");
            for opener in ["gio", "xdg-open"] {
                fs::write(home.path().join("bin").join(opener), "").expect("a file");
            }
            let said = run(home.path());
            assert!(said.contains("before: Missing") && said.contains("after: Ours"), "{said}");

            let folder = home.path().join("data/applications");
            let entry = fs::read_dir(&folder)
                .expect("a folder")
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .find(|path| path.to_string_lossy().ends_with("-handler.desktop"))
                .expect("an entry");
            let before = fs::read_to_string(&entry).expect("an entry");
            let program = env::current_exe().expect("this program").to_string_lossy().into_owned();
            fs::write(&entry, before.replace(&program, "/before/app")).expect("an entry");
            let said = run(home.path());
            let stale = "before: Stale { path: \"/before/app\", is_own: true }";
            assert!(said.contains(stale) && said.contains("after: Ours"), "{said}");
        }
    }
}
