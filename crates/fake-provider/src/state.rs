//! All that a provider knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::watch;

use crate::clock::Clock;
use crate::dpop::Dpop;
use crate::endpoints::Endpoint;
use crate::grants::Grants;
use crate::keys::Keyring;
use crate::person::Person;
use crate::pushed::PushedRequests;
use crate::record::{Issued, Recorded, Traffic, Uses};
use crate::script::{Edits, EndpointScript, IdTokenBehaviour, ParBehaviour, Plan, TokenBehaviour};

/// Shared by the server's handlers and the test's handle.
pub(crate) type App = Arc<Shared>;

pub(crate) struct Shared {
    /// `http://127.0.0.1:{port}`.
    pub(crate) origin: String,
    /// Below what the API stands.
    pub(crate) api_base: String,
    pub(crate) issuer: String,
    pub(crate) client: Client,
    /// Says that a request was recorded, or is over.
    pub(crate) traffic: watch::Sender<()>,
    pub(crate) state: Mutex<State>,
}

/// The one client that is registered.
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uris: Vec<String>,
}

pub(crate) struct State {
    pub(crate) person: Person,
    pub(crate) clock: Clock,
    pub(crate) keys: Keyring,
    pub(crate) grants: Grants,
    pub(crate) pushed: PushedRequests,
    pub(crate) par: ParBehaviour,
    pub(crate) dpop: Dpop,
    pub(crate) token: TokenBehaviour,
    pub(crate) id_token: IdTokenBehaviour,
    pub(crate) metadata: Edits,
    pub(crate) jwks: Edits,
    pub(crate) userinfo: Edits,
    pub(crate) api_audience: Option<String>,
    pub(crate) scripts: HashMap<Endpoint, EndpointScript>,
    pub(crate) requests: Vec<Recorded>,
    pub(crate) traffic: HashMap<Endpoint, Traffic>,
    pub(crate) uses: Uses,
    /// How many requests of each `grant_type`.
    pub(crate) grant_types: HashMap<String, usize>,
    pub(crate) issued: Issued,
}

impl Shared {
    /// Never held across an await, nor while a test's closure runs.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while the state is locked")
    }

    /// Remembers a request, and says what happens to it and which family's refresh token it uses.
    pub(crate) fn receive(&self, request: Recorded) -> (Plan, Option<usize>) {
        let planned = {
            let mut state = self.state();
            let endpoint = request.endpoint;
            if let Some(grant_type) = request.form.get("grant_type").filter(|_| endpoint == Endpoint::Token) {
                *state.grant_types.entry(grant_type.to_owned()).or_default() += 1;
            }
            // With the log, under one lock: whoever has waited for a count finds the request.
            state.traffic.entry(endpoint).or_default().begins();
            let refresh_token = request.form.get("refresh_token").filter(|_| endpoint == Endpoint::Token);
            let family = refresh_token.and_then(|refresh_token| state.grants.family(refresh_token));
            if let Some(family) = family {
                state.uses.begins(family);
            }
            state.requests.push(request);
            (state.scripts.get_mut(&endpoint).map(EndpointScript::plan).unwrap_or_default(), family)
        };
        self.traffic.send_replace(());
        planned
    }
}

impl State {
    pub(crate) fn new(person: Person, keys: Keyring) -> Self {
        Self {
            person,
            clock: Clock::new(),
            keys,
            grants: Grants::default(),
            pushed: PushedRequests::default(),
            par: ParBehaviour::default(),
            dpop: Dpop::default(),
            token: TokenBehaviour::default(),
            id_token: IdTokenBehaviour::default(),
            metadata: Edits::default(),
            jwks: Edits::default(),
            userinfo: Edits::default(),
            api_audience: None,
            scripts: HashMap::new(),
            requests: Vec::new(),
            traffic: HashMap::new(),
            uses: Uses::default(),
            grant_types: HashMap::new(),
            issued: Issued::default(),
        }
    }
}
