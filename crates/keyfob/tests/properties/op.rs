//! What can happen to an app and its processes, and how often.

use std::ops::RangeInclusive;

use fake_provider::{Answer, Fault, Person, Rotation};
use keyfob::StoreError;
use proptest::{collection::vec, prelude::*};

/// Ada has signed in, in the first process, and then this happens.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) rotation: Rotation,
    /// There is one process, and a keychain of its own: no lock of the operating system helps.
    pub(crate) is_alone: bool,
    pub(crate) ops: Vec<Op>,
}

/// A process of the app. It is started by whatever needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Process {
    First,
    Second,
}

/// Somebody who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Ada,
    Grace,
}

/// One thing that happens, or two at once.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Do(Act),
    /// While a refresh of this process has come so far.
    During(Process, Moment, Act),
    /// The process is killed when it is about to change the keychain for the nth time in the middle of this.
    KilledAtChange(usize, Act),
    /// The access token expires, and several callers in each process ask for another.
    AllAsk,
    /// The access token expires, and the request for the next meets a fault.
    Fails(Process, NetworkFault),
    Keychain(Keychain),
    ProviderDown,
    ProviderUp,
    /// Seconds pass for everybody.
    Advance(u64),
    /// Somebody sets the machine's clock.
    Jump(i64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    SignIn(Process, Who),
    SignOut(Process),
    Switch(Process, Who),
    Remove(Process, Who),
    Ask(Process),
    Refresh(Process),
    /// Another engine takes the place of the one that it has.
    Reconfigure(Process),
    /// Its end without a word.
    Kill(Process),
    /// Whoever waits for the refresh that is under way goes away.
    CallerLeaves,
}

/// How far a refresh has come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// The provider has the request, and has done nothing.
    Request,
    /// The provider has rotated, and its answer is on its way.
    Answer,
    /// The keychain is about to be changed for the nth time.
    Change(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetworkFault {
    AnswerLost,
    AnswerTruncated,
    ConnectionDropped,
    Unavailable,
    TooManyRequests,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keychain {
    Obeys,
    RefusesChanges,
    RefusesAll,
    IsLocked,
}

impl Process {
    pub(crate) const ALL: [Self; 2] = [Self::First, Self::Second];
}

impl Who {
    pub(crate) const ALL: [Self; 2] = [Self::Ada, Self::Grace];

    pub(crate) fn subject(self) -> &'static str {
        match self {
            Self::Ada => "fake-sub-ada",
            Self::Grace => "fake-sub-grace",
        }
    }

    pub(crate) fn of(subject: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|who| who.subject() == subject)
    }

    pub(crate) fn person(self) -> Person {
        Person::new(self.subject()).name(self.subject()).email("mail@example.com")
    }
}

impl Act {
    /// The process that does it.
    pub(crate) fn process(self) -> Option<Process> {
        match self {
            Self::SignIn(process, _)
            | Self::SignOut(process)
            | Self::Switch(process, _)
            | Self::Remove(process, _)
            | Self::Ask(process)
            | Self::Refresh(process)
            | Self::Reconfigure(process)
            | Self::Kill(process) => Some(process),
            Self::CallerLeaves => None,
        }
    }

    /// Whether it waits for a refresh that is under way.
    pub(crate) fn wants_token(self) -> bool {
        matches!(self, Self::Ask(_) | Self::Refresh(_))
    }
}

impl NetworkFault {
    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::AnswerLost => Fault::AnswerLost,
            Self::AnswerTruncated => Fault::AnswerTruncated,
            Self::ConnectionDropped => Fault::ConnectionDropped,
            Self::Unavailable => Answer::status(503).into(),
            Self::TooManyRequests => Answer::status(429).into(),
        }
    }

    /// Whether the provider rotates all the same.
    pub(crate) fn loses_an_answer(self) -> bool {
        matches!(self, Self::AnswerLost | Self::AnswerTruncated)
    }
}

impl Keychain {
    pub(crate) fn refusal(self) -> Option<StoreError> {
        match self {
            Self::Obeys => None,
            Self::RefusesChanges | Self::RefusesAll => {
                Some(StoreError::Unavailable { reason: "the test says so".to_owned() })
            }
            Self::IsLocked => Some(StoreError::Locked),
        }
    }
}

impl Story {
    pub(crate) fn any(length: RangeInclusive<usize>) -> impl Strategy<Value = Self> {
        let rotation = prop_oneof![
            6 => Just(Rotation::Strict),
            2 => Just(Rotation::Grace),
            1 => Just(Rotation::Sparing),
            1 => Just(Rotation::None),
        ];
        let is_alone = prop_oneof![3 => Just(false), 1 => Just(true)];
        (rotation, is_alone, vec(Op::any(), length)).prop_map(|(rotation, is_alone, ops)| {
            let ops = if is_alone { ops.into_iter().map(Op::in_the_first).collect() } else { ops };
            Self { rotation, is_alone, ops }
        })
    }
}

impl std::fmt::Debug for Story {
    /// One operation a line, to be read from top to bottom.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let alone = if self.is_alone { ", alone" } else { "" };
        write!(formatter, "Rotation::{:?}{alone}", self.rotation)?;
        self.ops.iter().try_for_each(|op| write!(formatter, "\n  {op:?}"))
    }
}

impl Op {
    fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            12 => Act::any().prop_map(Self::Do),
            8 => (process(), Moment::any(), Act::any_beside_a_refresh())
                .prop_map(|(process, moment, act)| Self::During(process, moment, act)),
            3 => (0..7_usize, Act::any_killed()).prop_map(|(change, act)| Self::KilledAtChange(change, act)),
            2 => Just(Self::AllAsk),
            5 => (process(), NetworkFault::any()).prop_map(|(process, fault)| Self::Fails(process, fault)),
            3 => Keychain::any().prop_map(Self::Keychain),
            1 => Just(Self::ProviderDown),
            2 => Just(Self::ProviderUp),
            3 => prop_oneof![Just(5), Just(30), Just(3570), Just(3600), Just(100_000)].prop_map(Self::Advance),
            1 => prop_oneof![Just(-86_400), Just(-40), Just(40), Just(3600)].prop_map(Self::Jump),
        ]
    }

    fn in_the_first(self) -> Self {
        match self {
            Self::Do(act) => Self::Do(act.in_the_first()),
            Self::During(_, moment, act) => Self::During(Process::First, moment, act.in_the_first()),
            Self::KilledAtChange(change, act) => Self::KilledAtChange(change, act.in_the_first()),
            Self::Fails(_, fault) => Self::Fails(Process::First, fault),
            op => op,
        }
    }
}

impl Act {
    fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            4 => sign_in(),
            2 => process().prop_map(Self::SignOut),
            3 => (process(), who()).prop_map(|(process, who)| Self::Switch(process, who)),
            1 => (process(), who()).prop_map(|(process, who)| Self::Remove(process, who)),
            6 => process().prop_map(Self::Ask),
            1 => process().prop_map(Self::Refresh),
            1 => process().prop_map(Self::Reconfigure),
            2 => process().prop_map(Self::Kill),
        ]
    }

    fn in_the_first(self) -> Self {
        let first = Process::First;
        match self {
            Self::SignIn(_, who) => Self::SignIn(first, who),
            Self::SignOut(_) => Self::SignOut(first),
            Self::Switch(_, who) => Self::Switch(first, who),
            Self::Remove(_, who) => Self::Remove(first, who),
            Self::Ask(_) => Self::Ask(first),
            Self::Refresh(_) => Self::Refresh(first),
            Self::Reconfigure(_) => Self::Reconfigure(first),
            Self::Kill(_) => Self::Kill(first),
            Self::CallerLeaves => self,
        }
    }

    fn any_beside_a_refresh() -> impl Strategy<Value = Self> {
        prop_oneof![
            2 => sign_in(),
            3 => process().prop_map(Self::SignOut),
            2 => (process(), who()).prop_map(|(process, who)| Self::Switch(process, who)),
            1 => (process(), who()).prop_map(|(process, who)| Self::Remove(process, who)),
            1 => process().prop_map(Self::Ask),
            2 => process().prop_map(Self::Refresh),
            2 => process().prop_map(Self::Reconfigure),
            3 => process().prop_map(Self::Kill),
            1 => Just(Self::CallerLeaves),
        ]
    }

    fn any_killed() -> impl Strategy<Value = Self> {
        prop_oneof![
            2 => sign_in(),
            1 => process().prop_map(Self::SignOut),
            1 => (process(), who()).prop_map(|(process, who)| Self::Switch(process, who)),
            1 => (process(), who()).prop_map(|(process, who)| Self::Remove(process, who)),
            3 => process().prop_map(Self::Refresh),
        ]
    }
}

impl Moment {
    fn any() -> impl Strategy<Value = Self> {
        prop_oneof![Just(Self::Request), Just(Self::Answer), (0..3_usize).prop_map(Self::Change)]
    }
}

impl NetworkFault {
    fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            Just(Self::AnswerLost),
            Just(Self::AnswerTruncated),
            Just(Self::ConnectionDropped),
            Just(Self::Unavailable),
            Just(Self::TooManyRequests),
        ]
    }
}

impl Keychain {
    fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            3 => Just(Self::Obeys),
            1 => Just(Self::RefusesChanges),
            1 => Just(Self::RefusesAll),
            1 => Just(Self::IsLocked),
        ]
    }
}

fn sign_in() -> impl Strategy<Value = Act> {
    (process(), who()).prop_map(|(process, who)| Act::SignIn(process, who))
}

fn process() -> impl Strategy<Value = Process> {
    prop_oneof![Just(Process::First), Just(Process::Second)]
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![Just(Who::Ada), Just(Who::Grace)]
}
