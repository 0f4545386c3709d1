//! One trouble after another, at the start of the app or while it runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::Receiver,
    },
    thread,
    time::{Duration, Instant},
};

use test_desktop::Desktop;

use super::{
    app::{Answer, App},
    stage::Stage,
};
use crate::scene::NEVER;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    NoBus,
    NoService,
    Locked,
    NoDefaultCollection,
    Restarted,
    Hung,
}

/// Since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    /// Before the app starts.
    Start,
    /// A moment when the app is running, and somebody signed in.
    Later,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Trial(Trouble, Since);

pub(super) const TRIALS: [Trial; 11] = [
    Trial(Trouble::NoBus, Since::Start),
    Trial(Trouble::NoBus, Since::Later),
    Trial(Trouble::NoService, Since::Start),
    Trial(Trouble::NoService, Since::Later),
    Trial(Trouble::Locked, Since::Start),
    Trial(Trouble::Locked, Since::Later),
    Trial(Trouble::NoDefaultCollection, Since::Start),
    Trial(Trouble::NoDefaultCollection, Since::Later),
    Trial(Trouble::Restarted, Since::Later),
    Trial(Trouble::Hung, Since::Start),
    Trial(Trouble::Hung, Since::Later),
];

/// How long the app may take by itself to find the keychain again.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a caller may wait, in seconds.
pub(super) const LONGEST_WAIT: f64 = 3.0;
const LOOK_EVERY: Duration = Duration::from_millis(20);

impl Trouble {
    fn begin(self, desktop: &mut Desktop) {
        match self {
            Self::NoBus => desktop.kill_bus(),
            Self::NoService => desktop.kill_keyring(),
            Self::Locked => desktop.lock(),
            Self::NoDefaultCollection => desktop.hide_collections(),
            Self::Restarted => {
                desktop.kill_keyring();
                desktop.start_keyring(&["--unlock"]);
            }
            Self::Hung => desktop.signal_keyring("STOP"),
        }
    }

    fn end(self, desktop: &mut Desktop) {
        match self {
            Self::NoBus => desktop.restart_bus(),
            Self::NoService => desktop.start_keyring(&["--unlock"]),
            Self::Locked => desktop.unlock(),
            Self::NoDefaultCollection => desktop.give_collections_back(),
            Self::Restarted => {}
            Self::Hung => desktop.signal_keyring("CONT"),
        }
    }

    /// What those are told who need the keychain.
    fn code(self) -> &'static str {
        if self == Self::Locked { "keychain_locked" } else { "keychain_unavailable" }
    }
}

/// The worst of what was seen.
#[derive(Default)]
pub(super) struct Found {
    pub(super) start: f64,
    pub(super) wait: f64,
    pub(super) wrong: usize,
    pub(super) prompts: usize,
    pub(super) deletions: usize,
    pub(super) endings: usize,
    pub(super) recovery: f64,
    /// How often the keychain was used again only when somebody asked.
    pub(super) asked: usize,
    /// Of a processor.
    pub(super) load: f64,
    pub(super) notes: Vec<String>,
}

impl Found {
    pub(super) fn add(&mut self, other: Self) {
        self.start = self.start.max(other.start);
        self.wait = self.wait.max(other.wait);
        self.wrong += other.wrong;
        self.prompts += other.prompts;
        self.deletions += other.deletions;
        self.endings += other.endings;
        self.recovery = self.recovery.max(other.recovery);
        self.asked += other.asked;
        self.load = self.load.max(other.load);
        self.notes.extend(other.notes);
    }

    fn judge(&mut self, trial: Trial, answer: &Answer, expected: Option<&str>) {
        self.wait = self.wait.max(answer.seconds);
        if answer.seconds > LONGEST_WAIT {
            self.notes.push(format!("{trial:?}: waited {:.1} s", answer.seconds));
        }
        if answer.code.as_deref() != expected {
            self.wrong += 1;
            self.notes.push(format!("{trial:?}: told {:?}", answer.code));
        }
    }
}

/// What the app does behind the person's back.
struct Watch {
    items: Vec<String>,
    prompts: Vec<Arc<AtomicUsize>>,
    deletions: Vec<Receiver<String>>,
}

impl Watch {
    fn start(stage: &Stage) -> Self {
        let items = stage.desktop.items(&stage.service).into_iter().map(|item| item.path).collect();
        let mut watch = Self { items, prompts: Vec::new(), deletions: Vec::new() };
        watch.follow(&stage.desktop);
        watch
    }

    /// Also on a bus that was started anew.
    fn follow(&mut self, desktop: &Desktop) {
        self.prompts.push(desktop.refuse_prompts());
        self.deletions.push(desktop.watch_deletions());
    }

    fn prompts(&self) -> usize {
        self.prompts.iter().map(|prompts| prompts.load(Ordering::SeqCst)).sum()
    }

    /// Of items that were there at the start.
    fn deletions(&self, stage: &Stage) -> usize {
        let seen = self.deletions.iter().flat_map(Receiver::try_iter);
        let deleted = seen.filter(|path| self.items.contains(path)).count();
        let there: Vec<_> = stage.desktop.items(&stage.service).into_iter().map(|item| item.path).collect();
        deleted.max(self.items.iter().filter(|path| !there.contains(path)).count())
    }
}

pub(super) fn tried(trial: Trial) -> Found {
    let Trial(trouble, since) = trial;
    let mut found = Found::default();
    let mut stage = Stage::start();
    let mut app = stage.launch();
    stage.sign_in(&mut app);
    let mut watch = Watch::start(&stage);
    // It was signed out before.
    app.endings = 0;
    if since == Since::Start {
        drop(app);
        trouble.begin(&mut stage.desktop);
        app = stage.launch();
        assert!(app.comes(NEVER, |app| app.known_after.is_some()), "the app starts");
        found.start = app.known_after.unwrap_or_default();
    } else {
        trouble.begin(&mut stage.desktop);
    }
    let in_need = (since == Since::Start).then(|| trouble.code());
    call(&mut stage, &mut app, trial, in_need, &mut found);
    found.load = app.load();
    found.prompts = watch.prompts();
    click(trial, &mut app, &watch, &mut found);
    let before = watch.prompts();
    trouble.end(&mut stage.desktop);
    let ended = Instant::now();
    if trouble == Trouble::NoBus {
        watch.follow(&stage.desktop);
    }
    recover(&mut stage, &mut app, trial, ended, &mut found);
    app.catch_up();
    found.endings += app.endings;
    drop(app);
    restart(&mut stage, trial, &mut found);
    found.prompts += watch.prompts() - before;
    found.deletions = watch.deletions(&stage);
    found
}

/// Callers together and one after another, for the token at hand and for new ones.
fn call(stage: &mut Stage, app: &mut App, trial: Trial, expected: Option<&str>, found: &mut Found) {
    for _ in 0..2 {
        let audiences = [None, Some(stage.new_audience()), None, Some(stage.new_audience())];
        let asked: Vec<_> = audiences.iter().map(|audience| app.ask("token", audience.as_deref())).collect();
        for wish in asked {
            let answer = app.answer(wish);
            found.judge(trial, &answer, expected);
        }
    }
}

/// Signing in asks for the password where that helps; nothing else does.
fn click(trial: Trial, app: &mut App, watch: &Watch, found: &mut Found) {
    let Trial(trouble, _) = trial;
    if trouble == Trouble::Restarted {
        return;
    }
    let before = watch.prompts();
    let answer = app.call("sign_in", None);
    let expected = usize::from(trouble == Trouble::Locked);
    if answer.code.as_deref() != Some(trouble.code()) || watch.prompts() - before != expected {
        found.wrong += 1;
        found.notes.push(format!("{trial:?}: a click was told {:?}", answer.code));
    }
}

/// How long it takes until the keychain is used again: without anybody's doing, or else when somebody asks.
fn recover(stage: &mut Stage, app: &mut App, trial: Trial, ended: Instant, found: &mut Found) {
    let Trial(_, since) = trial;
    let is_well = |stage: &Stage, app: &mut App| match since {
        Since::Start => app.comes(LOOK_EVERY, App::is_signed_in),
        Since::Later => stage.is_kept(),
    };
    while ended.elapsed() < PATIENCE {
        if is_well(stage, app) {
            found.recovery = ended.elapsed().as_secs_f64();
            return;
        }
        thread::sleep(LOOK_EVERY);
    }
    found.asked = 1;
    let asked = Instant::now();
    let audience = stage.new_audience();
    let answer = app.call("token", Some(&audience));
    found.judge(trial, &answer, None);
    while !is_well(stage, app) {
        if asked.elapsed() > NEVER {
            found.notes.push(format!("{trial:?}: never found again"));
            break;
        }
        thread::sleep(LOOK_EVERY);
    }
    found.recovery = asked.elapsed().as_secs_f64();
}

/// What was kept is the session, and can be used.
fn restart(stage: &mut Stage, trial: Trial, found: &mut Found) {
    let mut app = stage.launch();
    assert!(app.comes(NEVER, |app| app.known_after.is_some()), "the app starts");
    found.start = found.start.max(app.known_after.unwrap_or_default());
    let audience = stage.new_audience();
    let answer = app.call("token", Some(&audience));
    found.judge(trial, &answer, None);
    app.catch_up();
    found.endings += app.endings;
}
