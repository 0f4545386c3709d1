//! Writes that are given up on while the service hangs, and the sign-out that must outlast them.

use std::{
    thread,
    time::{Duration, Instant},
};

use fake_provider::{Endpoint, Gate};
use tokio::runtime::Handle;

use super::{app::App, stage::Stage};
use crate::scene::{NEVER, within};

/// So many sign-ins can wait at a time, and each one's session is written.
const AT_ONCE: usize = 4;
/// Each of the ways below comes up once.
pub(super) const LEAST: usize = AT_ONCE * WAYS.len();
const PAUSE: Duration = Duration::from_millis(50);

/// What the service hangs in, and how that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// In a write, and goes on.
    Written,
    /// In a read of a refresh, while somebody is signed in, and goes on.
    Read,
    /// In a write, while somebody is signed in, and dies.
    Killed,
}

const WAYS: [Way; 3] = [Way::Written, Way::Read, Way::Killed];

#[derive(Default)]
pub(super) struct Abandoned {
    /// How many were given up on.
    pub(super) writes: usize,
    /// Items that were still there after the sign-out.
    pub(super) left: usize,
    pub(super) notes: Vec<String>,
}

impl Abandoned {
    pub(super) fn add(&mut self, other: Self) {
        self.writes += other.writes;
        self.left += other.left;
        self.notes.extend(other.notes);
    }
}

/// Goes on until so many were abandoned, or something is left.
pub(super) fn tried(writes: usize) -> Abandoned {
    let mut all = Abandoned::default();
    let mut stage = Stage::start();
    let mut app = stage.launch();
    for way in WAYS.into_iter().cycle() {
        if all.writes >= writes || all.left > 0 {
            break;
        }
        if way != Way::Written {
            stage.sign_in(&mut app);
        }
        all.writes += abandon(&mut stage, &mut app, way);
        all.left = stage.desktop.items(&stage.service).len();
        if all.left > 0 {
            all.notes.push(format!("{way:?}: {} left", all.left));
        }
    }
    all
}

/// Sign-ins that end while the service hangs, and a sign-out before it goes on. Says how many were given up on.
fn abandon(stage: &mut Stage, app: &mut App, way: Way) -> usize {
    let sign_ins: Vec<_> = (0..AT_ONCE).map(|_| app.ask("sign_in", None)).collect();
    let urls: Vec<_> = sign_ins.iter().filter_map(|sign_in| app.opened(*sign_in)).collect();
    assert_eq!(urls.len(), AT_ONCE, "the keychain works");
    let callbacks: Vec<_> = urls.iter().map(|url| stage.approve(url)).collect();
    let refresh = (way == Way::Read).then(|| refresh_under_way(stage, app));
    stage.desktop.signal_keyring("STOP");
    let refresh = refresh.map(|(gate, wish)| {
        gate.release();
        wish
    });
    for callback in &callbacks {
        app.ask("callback", Some(callback));
    }
    let answers: Vec<_> = sign_ins.into_iter().map(|sign_in| app.answer(sign_in)).collect();
    if let Some(refresh) = refresh {
        assert_eq!(app.answer(refresh).code, None, "renewed tokens live on in memory");
    }
    app.call("sign_out", None);
    if way == Way::Killed {
        stage.desktop.kill_keyring();
        stage.desktop.start_keyring(&["--unlock"]);
    } else {
        stage.desktop.signal_keyring("CONT");
    }
    settle(app);
    answers.iter().filter(|answer| answer.code.as_deref() == Some("keychain_unavailable")).count()
}

/// A refresh whose answer waits at the provider.
fn refresh_under_way(stage: &mut Stage, app: &mut App) -> (Gate, u64) {
    let audience = stage.new_audience();
    let gate = stage.provider.at(Endpoint::Token).hold_answers();
    let wish = app.ask("token", Some(&audience));
    Handle::current().block_on(within(gate.arrived()));
    (gate, wish)
}

/// Waits until all is done that was asked of the keychain: a sign-in begins with a probe, which is done after it.
fn settle(app: &mut App) {
    let began = Instant::now();
    loop {
        let sign_in = app.ask("sign_in", None);
        if app.opened(sign_in).is_some() {
            app.call("cancel", None);
            app.answer(sign_in);
            return;
        }
        app.answer(sign_in);
        assert!(began.elapsed() < NEVER, "the keychain never came back");
        thread::sleep(PAUSE);
    }
}
