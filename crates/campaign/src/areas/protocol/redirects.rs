//! Endpoints that send the client elsewhere, with what it has in its hands.

use std::sync::Arc;

use fake_provider::{Answer, Endpoint, FakeProvider, Recorded};
use keyfob::ManualClock;
use serde_json::json;

use crate::{
    check::{Check, Figure, Outcome},
    scene::Scene,
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "protocol-redirects",
    target: "301, 302, 303, 307, 308 from discovery, JWKS, PAR, token (code, refresh), UserInfo, revocation: not followed; 0 bytes of credentials at the second host",
    guard: "redirects",
    n_full: 35,
    body: |_| Box::pin(redirects()),
}];

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// When the client is sent elsewhere.
#[derive(Clone, Copy, Debug)]
enum When {
    SigningOut,
    Refreshing,
    SigningIn(Endpoint),
}

/// Unseen work first, so that it is done when all is looked at.
const MOMENTS: [When; 7] = [
    When::SigningOut,
    When::Refreshing,
    When::SigningIn(Endpoint::Discovery),
    When::SigningIn(Endpoint::Jwks),
    When::SigningIn(Endpoint::Par),
    When::SigningIn(Endpoint::Token),
    When::SigningIn(Endpoint::Userinfo),
];

impl When {
    fn endpoint(self) -> Endpoint {
        match self {
            Self::SigningOut => Endpoint::Revocation,
            Self::Refreshing => Endpoint::Token,
            Self::SigningIn(endpoint) => endpoint,
        }
    }
}

/// The provider that sends the client elsewhere, and the one to which it does.
struct Hosts {
    first: Arc<FakeProvider>,
    second: FakeProvider,
    /// How many requests were answered with a redirect.
    redirected: usize,
}

async fn redirects() -> Outcome {
    let mut all = Vec::new();
    for when in MOMENTS {
        for status in STATUSES {
            all.push((when, status, sent_elsewhere(when, status).await));
        }
    }
    let (mut followed, mut credentials, mut unreached) = (0, 0, 0);
    let mut notes = Vec::new();
    for (when, status, hosts) in &all {
        let arrived = hosts.second.requests();
        followed += arrived.len();
        credentials += arrived.iter().map(|request| credentials_in(request, &hosts.first)).sum::<usize>();
        unreached += usize::from(hosts.redirected == 0);
        notes.extend(
            arrived.iter().map(|request| format!("{when:?} {status}: {} {}", request.method, request.path)),
        );
    }
    let figures = [
        Figure::none(followed, "requests at the second host"),
        Figure::none(credentials, "bytes of credentials there"),
        Figure::none(unreached, "redirects that were never met"),
    ];
    Outcome::new(all.len(), figures).note(&notes)
}

async fn sent_elsewhere(when: When, status: u16) -> Hosts {
    let (first, second) = (Arc::new(FakeProvider::start().await), FakeProvider::start().await);
    first.par().offered();
    // UserInfo is asked for what the ID token doesn't say.
    first.id_token().without("name").without("email");
    let settings = json!({ "pushedAuthorizationRequests": true });
    let mut scene = Scene::at(Arc::clone(&first), ManualClock::new(), settings);
    let endpoint = first.at(when.endpoint());
    let elsewhere = Answer::status(status).header("location", &second.url(when.endpoint()));
    let before = match when {
        When::SigningIn(_) => {
            endpoint.always(elsewhere);
            drop(scene.app.try_sign_in(&first).await);
            0
        }
        When::Refreshing => {
            scene.sign_in().await;
            scene.expire();
            let before = endpoint.count();
            endpoint.always(elsewhere);
            drop(scene.app.token().await);
            before
        }
        When::SigningOut => {
            scene.sign_in().await;
            endpoint.always(elsewhere);
            scene.app.sign_out().await;
            endpoint.arrived(1).await;
            0
        }
    };
    let redirected = endpoint.count() - before;
    Hosts { first, second, redirected }
}

/// How many bytes of a request are the first host's secrets.
fn credentials_in(request: &Recorded, first: &FakeProvider) -> usize {
    let issued = first.issued();
    let text =
        format!("{:?} {:?} {}", request.headers, request.query, String::from_utf8_lossy(&request.body));
    let secrets = issued.secrets().chain(issued.access_tokens.iter().map(String::as_str));
    secrets.filter(|secret| text.contains(*secret)).map(str::len).sum()
}
