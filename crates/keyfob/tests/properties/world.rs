//! An app, its processes, its provider and its keychain, and what must be true of them.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use fake_provider::{Algorithm, Endpoint, FakeProvider, Gate, Rotation};
use keyfob::{
    AccessTokenRequest, AccountError, ErrorCode, Failure, ManualClock, Mode, ReauthReason, Session,
    SignOutOptions,
};
use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseResult};
use tokio::{task::JoinHandle, time::timeout};

use super::{
    common::{Answer, TestStore, within},
    history::{History, Kind, Trouble},
    op::{Act, Keychain, Moment, NetworkFault, Op, Process, Story, Who},
    process,
};

/// How long access tokens live.
const LIFETIME: u64 = 3600;
/// How long a request that must not come has time to come all the same.
const CHANCE: Duration = Duration::from_millis(30);

pub(crate) struct World {
    provider: FakeProvider,
    store: TestStore,
    clock: ManualClock,
    rotation: Rotation,
    is_alone: bool,
    keychain: Keychain,
    provider_is_down: bool,
    processes: HashMap<Process, process::Process>,
    people: HashMap<Who, Standing>,
    current: Current,
    /// Which processes have signed somebody out, and so must give no token of theirs at all.
    silent: HashSet<(Process, Who)>,
    /// Which processes say that somebody has to sign in again.
    ended: HashSet<Process>,
    given: HashSet<String>,
    troubles: Vec<Trouble>,
}

/// What the app owes to somebody.
#[derive(Clone, Debug)]
enum Standing {
    In {
        since: Instant,
    },
    /// With the access tokens that were out by then: other processes may give them until they are due.
    Out {
        since: Instant,
        tokens: HashSet<String>,
    },
    /// A change was refused or interrupted.
    Unsure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Current {
    Is(Who),
    Nobody,
    Unsure,
}

/// Somebody waits for a token.
struct Caller {
    asked: Asked,
    answer: JoinHandle<Answer>,
}

/// What was true when somebody asked for a token.
struct Asked {
    process: Process,
    /// Who was signed in.
    before: Option<Who>,
    /// Who had signed out in this process.
    silent: Vec<Who>,
}

/// What holds a refresh.
enum Hold {
    Provider(Gate),
    Keychain(process::Connection),
}

impl World {
    pub(crate) async fn tell(story: &Story) -> TestCaseResult {
        let provider = FakeProvider::builder().algorithm(Algorithm::Es256).start().await;
        provider.token().rotation(story.rotation);
        let out = || Standing::Out { since: Instant::now(), tokens: HashSet::new() };
        let mut world = Self {
            provider,
            store: TestStore::default(),
            clock: ManualClock::new(),
            rotation: story.rotation,
            is_alone: story.is_alone,
            keychain: Keychain::Obeys,
            provider_is_down: false,
            processes: HashMap::new(),
            people: Who::ALL.map(|who| (who, out())).into(),
            current: Current::Nobody,
            silent: HashSet::new(),
            ended: HashSet::new(),
            given: HashSet::new(),
            troubles: Vec::new(),
        };
        world.act(Act::SignIn(Process::First, Who::Ada)).await?;
        for op in &story.ops {
            world.happens(op).await?;
            world.settles().await;
            world.check()?;
        }
        world.ends_well().await?;
        world.check()
    }

    async fn happens(&mut self, op: &Op) -> TestCaseResult {
        match *op {
            Op::Do(act) => self.act(act).await?,
            Op::During(process, moment, act) => self.act_during(process, moment, act).await?,
            Op::KilledAtChange(change, act) => self.kill_at_change(change, act).await?,
            Op::AllAsk => self.all_ask().await?,
            Op::Fails(process, fault) => self.fail(process, fault).await?,
            Op::Keychain(keychain) => self.set_keychain(keychain),
            Op::ProviderDown => self.go_down(),
            Op::ProviderUp => self.come_back(),
            Op::Advance(seconds) => self.advance(seconds),
            Op::Jump(seconds) => self.clock.jump(seconds),
        }
        Ok(())
    }

    async fn act(&mut self, act: Act) -> TestCaseResult {
        match act {
            Act::SignIn(process, who) => self.sign_in(process, who).await,
            Act::SignOut(process) => self.sign_out(process).await,
            Act::Switch(process, who) => self.switch(process, who).await,
            Act::Remove(process, who) => self.remove(process, who).await,
            Act::Ask(process) => self.ask(process, Mode::Default).await,
            Act::Refresh(process) => self.ask(process, Mode::Force).await,
            Act::Reconfigure(process) => {
                self.reconfigure(process).await;
                Ok(())
            }
            Act::Kill(process) => {
                self.kill(process).await;
                Ok(())
            }
            Act::CallerLeaves => Ok(()),
        }
    }
}

/// What people do.
impl World {
    async fn sign_in(&mut self, process: Process, who: Who) -> TestCaseResult {
        let since = Instant::now();
        self.provider.person(who.person());
        let (healthy, down) = (self.is_healthy(), self.provider_is_down);
        self.start(process).await;
        let running = self.processes.get_mut(&process).expect("it was started");
        let opened = self.provider.at(Endpoint::Authorization).count();
        let signed_in = running.sign_in(&self.provider, down).await;
        // Or the keychain was unlocked by the click, and the session was still there.
        let by_browser = self.provider.at(Endpoint::Authorization).count() > opened;
        prop_assert!(signed_in.is_ok() || !healthy, "a sign-in failed: {signed_in:?}");
        if signed_in.is_ok() && by_browser {
            self.people.insert(who, Standing::In { since });
            self.current = Current::Is(who);
            self.silent.retain(|(_, silent)| *silent != who);
            // Of the session before: another process doesn't know of this one yet.
            let ended = Process::ALL.into_iter().filter(|process| self.has_ended(*process).is_some());
            self.ended = ended.collect();
        }
        Ok(())
    }

    async fn sign_out(&mut self, process: Process) -> TestCaseResult {
        let healthy = self.is_healthy();
        let running = self.start(process).await;
        let signed_out =
            running.spawn(|keyfob| async move { keyfob.sign_out(SignOutOptions::default()).await });
        let signed_out = within(signed_out).await.expect("nothing panics");
        prop_assert!(signed_out.is_ok() || !healthy, "a sign-out failed: {signed_out:?}");
        self.silent.extend(Who::ALL.map(|who| (process, who)));
        if signed_out.is_err() {
            self.all_may_be_out();
            return Ok(());
        }
        for who in Who::ALL {
            self.is_out(who);
        }
        self.current = Current::Nobody;
        let mut left: Vec<_> = self.store.copy().into_keys().collect();
        // It says nothing of anybody; who was killed while trying the keychain has left it.
        left.retain(|key| key != "probe");
        prop_assert!(left.is_empty(), "after a sign-out the keychain holds {left:?}");
        let fresh = self.start_one().await;
        let session = fresh.keyfob.snapshot().session;
        fresh.kill().await;
        prop_assert_eq!(session, Session::SignedOut, "a process that starts after a sign-out");
        Ok(())
    }

    async fn switch(&mut self, process: Process, who: Who) -> TestCaseResult {
        let healthy = self.is_healthy();
        let Some(id) = self.account(process, who).await else { return Ok(()) };
        let running = self.start(process).await;
        let switched = running.spawn(|keyfob| async move { keyfob.switch_account(&id).await });
        let switched = within(switched).await.expect("nothing panics");
        let standing = &self.people[&who];
        match switched {
            Ok(_) => {
                prop_assert!(!matches!(standing, Standing::Out { .. }), "{who:?} is signed out");
                self.current = Current::Is(who);
                self.silent.remove(&(process, who));
            }
            Err(AccountError::NotFound) => {
                prop_assert!(!matches!(standing, Standing::In { .. }), "{who:?} is not found");
            }
            Err(error) => prop_assert!(!healthy, "a switch failed: {error:?}"),
        }
        Ok(())
    }

    async fn remove(&mut self, process: Process, who: Who) -> TestCaseResult {
        let healthy = self.is_healthy();
        let Some(id) = self.account(process, who).await else { return Ok(()) };
        let running = self.start(process).await;
        let removed = running.spawn(|keyfob| async move { keyfob.remove_account(&id).await });
        match within(removed).await.expect("nothing panics") {
            Ok(()) => {
                self.is_out(who);
                self.silent.insert((process, who));
                if self.current == Current::Is(who) {
                    self.current = Current::Nobody;
                }
            }
            Err(AccountError::NotFound) => {
                let standing = &self.people[&who];
                prop_assert!(!matches!(standing, Standing::In { .. }), "{who:?} is not found");
            }
            Err(error) => {
                prop_assert!(!healthy, "a removal failed: {error:?}");
                self.may_be_out(who);
            }
        }
        Ok(())
    }

    /// The id of somebody's account, or of none; `None` where the keychain doesn't say.
    async fn account(&mut self, process: Process, who: Who) -> Option<String> {
        let running = self.start(process).await;
        let accounts = running.spawn(|keyfob| async move { keyfob.accounts().await });
        let accounts = within(accounts).await.expect("nothing panics").ok()?;
        let account = accounts.into_iter().find(|info| info.account.subject == who.subject());
        Some(account.map_or_else(|| "nobody".to_owned(), |info| info.account.id))
    }

    async fn ask(&mut self, process: Process, mode: Mode) -> TestCaseResult {
        let caller = self.call(process, mode).await;
        self.judge(caller).await
    }

    async fn all_ask(&mut self) -> TestCaseResult {
        self.advance(LIFETIME);
        let mut callers = Vec::new();
        let processes = if self.is_alone { &Process::ALL[..1] } else { &Process::ALL };
        for process in processes.iter().cycle().take(6) {
            callers.push(self.call(*process, Mode::Default).await);
        }
        for caller in callers {
            self.judge(caller).await?;
        }
        Ok(())
    }

    async fn call(&mut self, process: Process, mode: Mode) -> Caller {
        self.start(process).await;
        let silent = Who::ALL.into_iter().filter(|who| self.silent.contains(&(process, *who))).collect();
        let asked = Asked { process, before: self.who_is_shown(process), silent };
        let request = AccessTokenRequest { mode, ..AccessTokenRequest::default() };
        let running = &self.processes[&process];
        let answer = running.spawn(|keyfob| async move { keyfob.access_token(&request).await });
        Caller { asked, answer }
    }
}

/// What goes wrong.
impl World {
    /// Starts a refresh, holds it at a moment, and lets something happen meanwhile.
    async fn act_during(&mut self, process: Process, moment: Moment, act: Act) -> TestCaseResult {
        self.advance(LIFETIME);
        let token = self.provider.at(Endpoint::Token);
        let hold = match moment {
            Moment::Request => Hold::Provider(token.hold()),
            Moment::Answer => Hold::Provider(token.hold_answers()),
            Moment::Change(change) => {
                let keychain = self.start(process).await.keychain.clone();
                keychain.hold_after(change);
                Hold::Keychain(keychain)
            }
        };
        let mut caller = self.call(process, Mode::Default).await;
        let answered = tokio::select! {
            () = hold.holds() => None,
            answer = within(&mut caller.answer) => Some(answer.expect("nothing panics")),
        };
        // Only the refresh waits: what comes later finds an open gate.
        drop((self.provider.at(Endpoint::Token).hold(), self.provider.at(Endpoint::Token).hold_answers()));
        if let Some(answer) = answered {
            hold.release();
            self.judge_answer(&caller.asked, answer)?;
            return self.act(act).await;
        }
        if matches!(act, Act::CallerLeaves) {
            caller.answer.abort();
            hold.release();
        } else {
            self.act_before(hold, act).await?;
        }
        self.judge(caller).await
    }

    /// Something happens, and what is held goes on: after it where that is possible, and else at the same time.
    async fn act_before(&mut self, hold: Hold, act: Act) -> TestCaseResult {
        let arrived = self.provider.at(Endpoint::Token).count();
        if act.wants_token() {
            let mode = if matches!(act, Act::Refresh(_)) { Mode::Force } else { Mode::Default };
            let caller = self.call(act.process().expect("somebody wants it"), mode).await;
            let _ = timeout(CHANCE, self.provider.at(Endpoint::Token).arrived(arrived + 1)).await;
            hold.release();
            return self.judge(caller).await;
        }
        match hold {
            Hold::Keychain(keychain) if !matches!(act, Act::Kill(_)) => {
                let (acted, ()) = tokio::join!(self.act(act), async { keychain.release() });
                acted
            }
            hold => {
                let acted = self.act(act).await;
                hold.release();
                acted
            }
        }
    }

    async fn kill_at_change(&mut self, change: usize, act: Act) -> TestCaseResult {
        let Some(process) = act.process() else { return Ok(()) };
        if act.wants_token() {
            self.advance(LIFETIME);
        }
        let keychain = self.start(process).await.keychain.clone();
        keychain.hold_after(change);
        let is_cut_short = tokio::select! {
            acted = self.act(act) => {
                acted?;
                false
            }
            () = keychain.holds() => true,
        };
        if !is_cut_short {
            keychain.release();
            return Ok(());
        }
        self.kill(process).await;
        match act {
            Act::SignIn(_, who) => {
                self.current = Current::Unsure;
                if matches!(self.people[&who], Standing::Out { .. }) {
                    self.people.insert(who, Standing::Unsure);
                }
            }
            Act::SignOut(_) => self.all_may_be_out(),
            Act::Switch(..) => self.current = Current::Unsure,
            Act::Remove(_, who) => self.may_be_out(who),
            Act::Ask(_) | Act::Refresh(_) | Act::Reconfigure(_) | Act::Kill(_) | Act::CallerLeaves => {}
        }
        Ok(())
    }

    /// What a keychain without a name has refused is known to no engine but the one before: there is none that may refuse.
    async fn reconfigure(&mut self, process: Process) {
        if self.is_alone && self.troubles.iter().any(Trouble::is_the_keychains) {
            return;
        }
        let Some(running) = self.processes.get_mut(&process) else { return };
        running.reconfigure(&self.provider, &self.clock).await;
        self.ended.remove(&process);
    }

    async fn kill(&mut self, process: Process) {
        let Some(running) = self.processes.remove(&process) else { return };
        let from = Instant::now();
        if running.kill().await {
            let until = Some(Instant::now());
            self.troubles.push(Trouble { kind: Kind::KilledInRefresh, from, until });
        }
        self.silent.retain(|(silent, _)| *silent != process);
        self.ended.remove(&process);
    }

    async fn fail(&mut self, process: Process, fault: NetworkFault) -> TestCaseResult {
        self.advance(LIFETIME);
        self.start(process).await;
        let from = Instant::now();
        self.provider.token().next(fault.fault());
        let asked = self.ask(process, Mode::Default).await;
        self.provider.at(Endpoint::Token).heal();
        if fault.loses_an_answer() {
            self.troubles.push(Trouble { kind: Kind::AnswerLost, from, until: Some(Instant::now()) });
        }
        asked
    }

    fn set_keychain(&mut self, keychain: Keychain) {
        self.store.accept();
        self.end_trouble(&[Kind::KeychainRefusesChanges, Kind::KeychainRefusesAll]);
        self.keychain = keychain;
        match (keychain, keychain.refusal()) {
            (_, None) => {}
            (Keychain::RefusesChanges, Some(refusal)) => {
                self.begin_trouble(Kind::KeychainRefusesChanges);
                self.store.refuse_changes(refusal);
            }
            (_, Some(refusal)) => {
                self.begin_trouble(Kind::KeychainRefusesAll);
                self.store.refuse(refusal);
            }
        }
        for running in self.processes.values() {
            running.keychain.tell();
        }
    }

    fn go_down(&mut self) {
        if !self.provider_is_down {
            self.provider_is_down = true;
            self.begin_trouble(Kind::ProviderDown);
            self.provider.go_down();
        }
    }

    fn come_back(&mut self) {
        self.provider.come_back();
        self.provider_is_down = false;
        self.end_trouble(&[Kind::ProviderDown]);
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.provider.advance(Duration::from_secs(seconds));
    }

    fn begin_trouble(&mut self, kind: Kind) {
        self.troubles.push(Trouble { kind, from: Instant::now(), until: None });
    }

    fn end_trouble(&mut self, kinds: &[Kind]) {
        let lasting = self.troubles.iter_mut().filter(|trouble| trouble.until.is_none());
        for trouble in lasting.filter(|trouble| kinds.contains(&trouble.kind)) {
            trouble.until = Some(Instant::now());
        }
    }
}

/// What must be true.
impl World {
    /// Whose token it is, and whether it may be given.
    async fn judge(&mut self, caller: Caller) -> TestCaseResult {
        // Else the process was killed, or the caller has gone away.
        match within(caller.answer).await {
            Ok(answer) => self.judge_answer(&caller.asked, answer),
            Err(_) => Ok(()),
        }
    }

    fn judge_answer(&mut self, asked: &Asked, answer: Answer) -> TestCaseResult {
        let Ok(token) = answer else { return Ok(()) };
        let access_token = token.access_token.expose();
        let known = self.provider.access_token(access_token).expect("the provider has given it");
        let owner = Who::of(&known.person.sub).expect("one of the two");
        let shown = [asked.before, self.who_is_shown(asked.process)];
        prop_assert!(shown.contains(&Some(owner)), "a token of {owner:?} under {shown:?}");
        let kept = History::of(&self.provider, &self.store).kept_access_tokens();
        let trusted = !self.troubles.iter().any(Trouble::is_the_keychains);
        prop_assert!(kept.contains(access_token) || !trusted, "a token was given before it was kept");
        if let Standing::Out { since, tokens } = &self.people[&owner] {
            // A process that can't look goes on with what it has, until the provider has heard of the end.
            let could_look = !self.troubles.iter().any(|trouble| trouble.hides_the_keychain_after(*since));
            prop_assert!(
                tokens.contains(access_token) || !could_look,
                "a new token of {owner:?}, who is signed out"
            );
        }
        prop_assert!(!asked.silent.contains(&owner), "a token of {owner:?}, who had signed out here");
        self.given.insert(access_token.to_owned());
        Ok(())
    }

    fn check(&mut self) -> TestCaseResult {
        let at_once = self.provider.most_uses_at_once();
        prop_assert!(at_once <= 1, "{at_once} uses of a refresh token at once");
        let fell = self.processes.values().any(process::Process::generations_fell);
        prop_assert!(!fell, "a snapshot's generation didn't grow");
        let history = History::of(&self.provider, &self.store);
        let too_late = history.used_after_its_successor_was_kept(&self.troubles);
        prop_assert!(!too_late, "a refresh token was used after its successor was kept");
        for who in Who::ALL {
            let is_out = matches!(self.people[&who], Standing::Out { .. });
            let kept = self.store.holds(who.subject());
            prop_assert!(!(is_out && kept), "{who:?} is signed out, and still in the keychain");
        }
        for process in Process::ALL {
            match self.has_ended(process) {
                Some((who, reason)) if self.ended.insert(process) => {
                    prop_assert!(self.may_have_ended(who), "{who:?} has to sign in again: {reason:?}");
                }
                Some(_) => {}
                None => drop(self.ended.remove(&process)),
            }
        }
        Ok(())
    }

    /// All is mended, and all waits are over: what should be there is there.
    async fn ends_well(&mut self) -> TestCaseResult {
        self.set_keychain(Keychain::Obeys);
        self.come_back();
        self.advance(2 * LIFETIME);
        for process in Process::ALL {
            let session = self.processes.get(&process).map(|running| running.keyfob.snapshot().session);
            if matches!(session, Some(Session::SignedIn { .. } | Session::Unavailable { .. })) {
                self.gives_what_it_should(process).await?;
            }
        }
        self.settles().await;
        self.check()?;
        for process in Process::ALL {
            self.kill(process).await;
        }
        self.settles().await;
        self.starts_as_it_should().await?;
        for who in Who::ALL {
            if matches!(self.people[&who], Standing::In { .. }) {
                self.switch(Process::First, who).await?;
                prop_assert_eq!(self.current, Current::Is(who));
                self.gives_what_it_should(Process::First).await?;
            }
        }
        Ok(())
    }

    async fn gives_what_it_should(&mut self, process: Process) -> TestCaseResult {
        let (asked, answer) = loop {
            let mut caller = self.call(process, Mode::Default).await;
            let answer = within(&mut caller.answer).await.expect("nothing panics");
            let is_superseded = matches!(&answer, Err(error) if error.code() == ErrorCode::Superseded);
            if !is_superseded {
                break (caller.asked, answer);
            }
        };
        self.judge_answer(&asked, answer.clone())?;
        let owner = answer.map(|token| {
            let known = self.provider.access_token(token.access_token.expose());
            Who::of(&known.expect("the provider has given it").person.sub)
        });
        match self.current {
            Current::Is(who) if matches!(self.people[&who], Standing::In { .. }) => {
                prop_assert!(
                    owner == Ok(Some(who)) || (owner.is_err() && self.may_have_ended(who)),
                    "{process:?} has {owner:?} for {who:?}"
                );
            }
            Current::Nobody => {
                prop_assert!(owner.is_err(), "{process:?} has a token, and nobody is signed in");
            }
            Current::Is(_) | Current::Unsure => {}
        }
        Ok(())
    }

    async fn starts_as_it_should(&mut self) -> TestCaseResult {
        let session = self.start(Process::First).await.keyfob.snapshot().session;
        match self.current {
            Current::Is(who) if matches!(self.people[&who], Standing::In { .. }) => {
                let is_kept = match &session {
                    Session::SignedIn { user, .. } => user.subject == who.subject(),
                    Session::ReauthRequired { user, .. } => {
                        user.subject == who.subject() && self.may_have_ended(who)
                    }
                    _ => false,
                };
                prop_assert!(is_kept, "after a start {who:?} finds {session:?}");
            }
            Current::Nobody => prop_assert_eq!(session, Session::SignedOut),
            Current::Is(_) | Current::Unsure => {}
        }
        Ok(())
    }

    /// Who has to sign in again, as a process says.
    fn has_ended(&self, process: Process) -> Option<(Who, ReauthReason)> {
        match self.processes.get(&process)?.keyfob.snapshot().session {
            Session::ReauthRequired { user, reason, .. } => Some((Who::of(&user.subject)?, reason)),
            _ => None,
        }
    }

    fn may_have_ended(&self, who: Who) -> bool {
        let Standing::In { since } = self.people[&who] else { return true };
        let history = History::of(&self.provider, &self.store);
        history.explains_the_end(who, since, self.rotation, &self.troubles)
            || history.was_blind_to_a_sign_in(who, since, &self.troubles)
    }
}

impl World {
    async fn start(&mut self, process: Process) -> &process::Process {
        if !self.processes.contains_key(&process) {
            let running = self.start_one().await;
            self.processes.insert(process, running);
        }
        &self.processes[&process]
    }

    async fn start_one(&self) -> process::Process {
        let keychain = process::Connection::to(&self.store, !self.is_alone);
        process::Process::start(&self.provider, keychain, &self.clock).await
    }

    /// What is under way comes to its end: an answer that was minutes on its way is another story.
    async fn settles(&self) {
        self.provider.at(Endpoint::Token).idle().await;
        for running in self.processes.values() {
            running.is_at_rest().await;
        }
    }

    fn is_healthy(&self) -> bool {
        self.keychain == Keychain::Obeys && !self.provider_is_down
    }

    /// Whose session a process shows.
    fn who_is_shown(&self, process: Process) -> Option<Who> {
        match self.processes.get(&process)?.keyfob.snapshot().session {
            Session::SignedIn { user, .. } => Who::of(&user.subject),
            _ => None,
        }
    }

    fn is_out(&mut self, who: Who) {
        let kept = History::of(&self.provider, &self.store).kept_access_tokens();
        let tokens = kept.into_iter().chain(self.given.iter().cloned()).collect();
        self.people.insert(who, Standing::Out { since: Instant::now(), tokens });
    }

    fn all_may_be_out(&mut self) {
        for who in Who::ALL {
            self.may_be_out(who);
        }
        self.current = Current::Unsure;
    }

    fn may_be_out(&mut self, who: Who) {
        if matches!(self.people[&who], Standing::In { .. }) {
            self.people.insert(who, Standing::Unsure);
        }
        if self.current == Current::Is(who) {
            self.current = Current::Unsure;
        }
    }
}

impl Hold {
    async fn holds(&self) {
        match self {
            Self::Provider(gate) => gate.arrived().await,
            Self::Keychain(keychain) => keychain.holds().await,
        }
    }

    fn release(self) {
        match self {
            Self::Provider(gate) => gate.release(),
            Self::Keychain(keychain) => keychain.release(),
        }
    }
}
