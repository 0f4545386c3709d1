//! The modules of the OpenID Foundation's relying-party suites, rebuilt: each is an issuer of its own on one server,
//! `/{name}`, with what it does and what the client has to make of it. And some more, for requirements that those
//! suites don't look at.

mod fapi2;
mod openid;
mod requirements;

use crate::browser::Callback;
use crate::endpoints::{self, Endpoint};
use crate::provider::{Builder, FakeProvider, origin};
use crate::record::Recorded;
use crate::server::{Server, bind};

use self::fapi2::FAPI2;
use self::openid::OPENID;
use self::requirements::REQUIREMENTS;

/// What a module does, and what the client has to make of it.
#[derive(Clone, Copy)]
pub struct Module {
    /// As the suite calls it; also the path of its issuer.
    pub name: &'static str,
    /// What the client is to speak.
    pub profile: Profile,
    /// What has to come of it.
    pub expected: Expected,
    build: fn(Builder) -> Builder,
    script: fn(&FakeProvider),
    callback: fn(&mut Callback),
    wants: fn(&FakeProvider) -> Result<(), String>,
}

/// What the client is to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// `OpenID` Connect.
    OpenId,
    /// The same with pushed requests and proofs of possession, for an API (FAPI 2.0 Security Profile).
    Fapi2,
}

/// What the client has to make of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The person is signed in, and their name is known.
    Completes,
    /// The person is signed in, and nothing is taken from `UserInfo`.
    CompletesWithoutProfile,
    /// The browser's answer belongs to no request: nothing is sent, and the sign-in goes on waiting.
    Ignores,
    /// The sign-in ends with this error, and nothing more is sent.
    Stops {
        /// The client's code.
        code: &'static str,
        /// What is bad.
        at: Artefact,
    },
    /// The person is signed in, and the token that a refresh brings is used.
    Refreshes,
    /// The person is signed in and stays so; the answer to a refresh is bad, and whoever asked for a token gets this
    /// error.
    RefreshFails {
        /// The client's code.
        code: &'static str,
    },
    /// The person is signed in; the answer to a refresh is bad and ends the session with this error.
    RefreshEnds {
        /// The client's code.
        code: &'static str,
    },
    /// The person signs in, and once more when the provider has changed its keys, which are fetched anew.
    FetchesKeysAnew,
    /// The person signs in, and is signed out whatever comes back from the provider.
    SignsOut,
}

/// What a client can be given that is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Artefact {
    /// The provider's metadata.
    Metadata,
    /// The answer to a pushed request.
    PushedRequest,
    /// What the browser brings back.
    AuthorizationResponse,
    /// The token endpoint's answer.
    TokenResponse,
    /// An ID token, which keys are needed to judge.
    IdToken,
}

impl Module {
    /// How many there are.
    pub const COUNT: usize = OPENID.len() + FAPI2.len() + REQUIREMENTS.len();

    /// All there are.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        [OPENID, FAPI2, REQUIREMENTS].into_iter().flatten()
    }

    /// Where the browser goes, with what the module changes on the way.
    pub async fn approve(&self, provider: &FakeProvider, authorization_url: &str) -> String {
        provider.approve_with(authorization_url, self.callback).await
    }

    /// What the client did wrong besides; nothing, if all is well.
    pub fn complaints(&self, provider: &FakeProvider) -> Vec<String> {
        let of_profile = match self.profile {
            Profile::OpenId => Ok(()),
            Profile::Fapi2 => fapi2::is_spoken(provider),
        };
        [of_profile, (self.wants)(provider)].into_iter().filter_map(Result::err).collect()
    }

    /// What was sent after the bad thing had arrived, but for what is needed to judge it or to clear up.
    pub fn sent_afterwards(&self, provider: &FakeProvider) -> Vec<Recorded> {
        let (last, allowed): (_, &[Endpoint]) = match self.expected {
            Expected::Stops { at, .. } => match at {
                Artefact::Metadata => (Endpoint::Discovery, &[]),
                Artefact::PushedRequest => (Endpoint::Par, &[]),
                Artefact::AuthorizationResponse => (Endpoint::Authorization, &[]),
                Artefact::TokenResponse => (Endpoint::Token, &[]),
                Artefact::IdToken => (Endpoint::Token, &[Endpoint::Jwks]),
            },
            Expected::Ignores => (Endpoint::Authorization, &[]),
            Expected::RefreshFails { .. } => (Endpoint::Token, &[Endpoint::Jwks]),
            Expected::RefreshEnds { .. } => (Endpoint::Token, &[Endpoint::Jwks, Endpoint::Revocation]),
            Expected::Completes
            | Expected::CompletesWithoutProfile
            | Expected::Refreshes
            | Expected::FetchesKeysAnew
            | Expected::SignsOut => return Vec::new(),
        };
        let requests = provider.requests();
        let after =
            requests.iter().rposition(|request| request.endpoint == last).map_or(0, |index| index + 1);
        let sent = requests[after..].iter();
        sent.filter(|request| !allowed.contains(&request.endpoint)).cloned().collect()
    }
}

/// All modules on one server.
pub struct ConformanceServer {
    modules: Vec<(&'static Module, FakeProvider)>,
    _server: Server,
}

impl ConformanceServer {
    /// Starts it.
    pub async fn start() -> Self {
        let listener = bind(0).expect("a free port");
        let origin = origin(&listener);
        let mut modules = Vec::new();
        for module in Module::all() {
            let path = format!("/{}", module.name);
            let builder = (module.build)(FakeProvider::builder().issuer_path(&path));
            let app = builder.app(&origin, &format!("{origin}{path}")).await;
            let provider = FakeProvider::served_elsewhere(app);
            if module.profile == Profile::Fapi2 {
                fapi2::speak(&provider);
            }
            (module.script)(&provider);
            modules.push((module, provider));
        }
        let router = endpoints::shared_router(modules.iter().map(|(_, provider)| provider.app()));
        Self { modules, _server: Server::start(listener, router) }
    }

    /// Every module, and the provider that is it.
    pub fn modules(&self) -> &[(&'static Module, FakeProvider)] {
        &self.modules
    }
}

/// What all of them do unless they say otherwise: nothing unusual.
const HONEST: Module = Module {
    name: "",
    profile: Profile::OpenId,
    expected: Expected::Completes,
    build: |builder| builder,
    script: |_| {},
    callback: |_| {},
    wants: |_| Ok(()),
};

/// A bad ID token ends the sign-in.
const BAD_ID_TOKEN: Module = stops("invalid_id_token", Artefact::IdToken);

const fn stops(code: &'static str, at: Artefact) -> Module {
    Module { expected: Expected::Stops { code, at }, ..HONEST }
}

fn check(holds: bool, complaint: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(complaint.to_owned()) }
}
