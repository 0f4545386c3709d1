//! Desktops on which links of the app's scheme don't arrive.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use fake_provider::FakeProvider;
use keyfob::DeepLinkFault;
use serde_json::json;
use tokio::process::Command;
use url::Url;

use super::{
    app::{Running, SCHEME, Said},
    browser::Place,
};
use crate::check::{Check, Figure, Outcome, Scale, float};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "redirect-unregistered",
    target: "each way in which a link doesn't arrive: loopback in the first authorization URL, decided in 500 ms, one tab, sign-in completes; a link that arrives is kept",
    guard: "registration",
    n_full: 45,
    body: |scale| Box::pin(unregistered(scale)),
}];

/// What is wrong with a desktop.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Desktop {
    Right,
    NobodyRegistered,
    ProgramGone,
    EarlierCopy,
    AnotherProgram,
    QuotedForXdgOpen,
    NoXdgOpen,
    NoBus,
    FolderHangs,
}

const DESKTOPS: [(Desktop, Option<DeepLinkFault>); 9] = [
    (Desktop::Right, None),
    (Desktop::NobodyRegistered, Some(DeepLinkFault::Missing)),
    (Desktop::ProgramGone, Some(DeepLinkFault::Stale)),
    (Desktop::EarlierCopy, Some(DeepLinkFault::Stale)),
    (Desktop::AnotherProgram, Some(DeepLinkFault::Other)),
    (Desktop::QuotedForXdgOpen, Some(DeepLinkFault::NotDispatchable)),
    (Desktop::NoXdgOpen, Some(DeepLinkFault::NotDispatchable)),
    (Desktop::NoBus, Some(DeepLinkFault::NotDispatchable)),
    (Desktop::FolderHangs, Some(DeepLinkFault::NotDispatchable)),
];

#[derive(Default)]
struct Found {
    right: usize,
    completed: usize,
    slowest: u32,
    notes: Vec<String>,
}

async fn unregistered(scale: Scale) -> Outcome {
    let rounds = scale.of(5);
    let provider = FakeProvider::start().await;
    let mut found = Found::default();
    for _ in 0..rounds {
        for (desktop, fault) in DESKTOPS {
            sign_in(&provider, desktop, fault, &mut found).await;
        }
    }
    let runs = rounds * DESKTOPS.len();
    let obstructed = rounds * (DESKTOPS.len() - 1);
    Outcome::new(
        runs,
        [
            Figure::exactly(runs, found.right, "first authorization URLs as they should be, and said why"),
            Figure::exactly(obstructed, found.completed, "sign-ins completed in one tab"),
            Figure::at_most(500.0, float(found.slowest as usize), "ms until decided"),
        ],
    )
    .note(&found.notes)
}

async fn sign_in(provider: &FakeProvider, desktop: Desktop, fault: Option<DeepLinkFault>, found: &mut Found) {
    let home = Home::with(desktop).await;
    let mut running = home.start(provider);
    let Said::Browser { url, after, fault: said } = running.says().await else { return };
    let is_loopback = redirect_uri(&url).starts_with("http://127.0.0.1:");
    if is_loopback == fault.is_some() && said == fault {
        found.right += 1;
    } else {
        found.notes.push(format!("{desktop:?}: {said:?}, {}", redirect_uri(&url)));
    }
    // A folder that hangs takes all the time there is.
    if desktop != Desktop::FolderHangs {
        found.slowest = found.slowest.max(after);
    }
    if is_loopback {
        let shown = Place::of(&provider.approve(&url).await).visit().await;
        let ended = matches!(running.says().await, Said::Ended { signed_in: true, tabs: 1 });
        found.completed += usize::from(shown == Some(200) && ended);
    }
}

fn redirect_uri(url: &str) -> String {
    let url = Url::parse(url).expect("a URL");
    let found = url.query_pairs().find(|(name, _)| name == "redirect_uri");
    found.map(|(_, uri)| uri.into_owned()).unwrap_or_default()
}

/// A home, and what else a desktop keeps, in a folder.
struct Home {
    folder: tempfile::TempDir,
    desktop: Desktop,
}

impl Home {
    async fn with(desktop: Desktop) -> Self {
        let home = Self { folder: tempfile::tempdir().expect("a folder"), desktop };
        let program = std::env::current_exe().expect("this program has a path");
        for folder in ["bin", "config", "run", "data/applications"] {
            fs::create_dir_all(home.at(folder)).expect("a folder");
        }
        home.write("run/bus", "");
        let tools: &[&str] = if desktop == Desktop::NoXdgOpen { &["gio"] } else { &["gio", "xdg-open"] };
        for tool in tools {
            home.write(&format!("bin/{tool}"), "");
        }
        symlink(&program, home.at("bin/keyfob-desktop")).expect("a link");
        let another = home.at("bin/another");
        home.write("bin/another", "");
        let quoted = |program: &Path| format!("\"{}\" %u", program.display());
        match desktop {
            Desktop::NobodyRegistered => {}
            Desktop::ProgramGone => home.register("keyfob.desktop", "/gone/keyfob-desktop %u"),
            Desktop::AnotherProgram => home.register("another.desktop", &quoted(&another)),
            Desktop::EarlierCopy => {
                let own = program.file_name().expect("a name").to_string_lossy();
                home.register(&format!("{own}-handler.desktop"), &quoted(&another));
            }
            Desktop::QuotedForXdgOpen => home.register("keyfob.desktop", &quoted(&program)),
            Desktop::FolderHangs => {
                let made = Command::new("mkfifo").arg(home.at("config/mimeapps.list")).status().await;
                assert!(made.is_ok_and(|status| status.success()));
            }
            Desktop::Right | Desktop::NoXdgOpen | Desktop::NoBus => {
                home.register("keyfob.desktop", "keyfob-desktop %u");
            }
        }
        home
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).expect("a file");
    }

    fn register(&self, id: &str, exec: &str) {
        let entry = format!("[Desktop Entry]\nType=Application\nName=Keyfob\nExec={exec}\n");
        self.write(&format!("data/applications/{id}"), &entry);
        let list = format!("[Default Applications]\nx-scheme-handler/{SCHEME}={id}\n");
        self.write("config/mimeapps.list", &list);
    }

    /// The app on this desktop.
    fn start(&self, provider: &FakeProvider) -> Running {
        let configuration = json!({
            "issuer": provider.issuer(),
            "clientId": provider.client_id(),
            "redirect": ["deepLink", "loopback"],
        });
        let nowhere = self.at("nowhere");
        let current = if self.desktop == Desktop::QuotedForXdgOpen { "sway" } else { "GNOME" };
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command
            .env_clear()
            // The guard that is switched off, if this is a control.
            .envs(std::env::var_os("KEYFOB_SABOTAGE").map(|guard| ("KEYFOB_SABOTAGE", guard)))
            .env("HOME", self.folder.path())
            .env("PATH", self.at("bin"))
            .env("XDG_CONFIG_HOME", self.at("config"))
            .env("XDG_DATA_HOME", self.at("data"))
            .env("XDG_CONFIG_DIRS", &nowhere)
            .env("XDG_DATA_DIRS", &nowhere)
            .env("XDG_CURRENT_DESKTOP", current);
        if self.desktop != Desktop::NoBus {
            command.env("XDG_RUNTIME_DIR", self.at("run"));
        }
        Running::start(&mut command, &configuration)
    }
}
