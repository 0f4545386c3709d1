//! Clients against a provider that is down.

use std::{collections::HashMap, sync::Arc};

use fake_provider::{Answer, Endpoint, FakeProvider};
use keyfob::ManualClock;
use serde_json::json;

use crate::{
    check::{Check, Figure, Outcome, Scale, float},
    scene::{Scene, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "refresh-backoff",
    target: "20 clients against a server that is down: no lock-step (spread at least half the window), each at most 8 token requests in the first minute, 4 in any later one, 40 in 10 minutes with 50 callers polling every second, Retry-After kept to within 1 s",
    guard: "backoff",
    n_full: CLIENTS * POLLERS * SECONDS,
    body: |scale| Box::pin(backoff(scale)),
}];

const CLIENTS: usize = 20;
const POLLERS: usize = 50;
const SECONDS: usize = 600;
/// Full backoff is reached by then: 1, 2, 4, 8, 16 and 30 s.
const STEADY: usize = 120;
/// The random half of an equal jitter of 30 s.
const WINDOW: f64 = 15.0;
/// What the server asks to wait, in seconds.
const RETRY_AFTER: usize = 47;
/// Whoever sends so much has fallen short by far; more only takes time.
const FAR_TOO_MANY: usize = 2000;

async fn backoff(scale: Scale) -> Outcome {
    // All ten minutes in either form: fewer callers poll in the short one.
    let pollers = match scale {
        Scale::Full => POLLERS,
        Scale::Short => POLLERS.div_ceil(10),
    };
    let (down, polled) = attempts(pollers, SECONDS, &Answer::status(503)).await;
    let (told, _) =
        attempts(pollers, 3 * RETRY_AFTER, &Answer::status(503).retry_after(RETRY_AFTER as u64)).await;
    let first_minute = worst(&down, |seconds| count(seconds, 0..60));
    let later_minute = worst(&down, |seconds| {
        (60..SECONDS.saturating_sub(59)).map(|from| count(seconds, from..from + 60)).max().unwrap_or_default()
    });
    Outcome::new(
        CLIENTS * pollers * polled,
        [
            Figure::at_most(8.0, first_minute, "requests in the first minute"),
            Figure::at_most(4.0, later_minute, "in any later one"),
            Figure::at_most(40.0, worst(&down, Vec::len), "in 10 minutes"),
            Figure::at_least(0.5, spread(&down), "of the window is the spread"),
            Figure::at_most(1.0, off_by(&told), "s off Retry-After"),
        ],
    )
}

/// For each client the simulated seconds at which it sent something.
type Attempts = Vec<Vec<usize>>;

/// What they sent, and for how many seconds they were polled.
async fn attempts(pollers: usize, seconds: usize, refusal: &Answer) -> (Attempts, usize) {
    let provider = Arc::new(FakeProvider::start().await);
    let clock = ManualClock::new();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut scene = Scene::at(Arc::clone(&provider), clock.clone(), json!({}));
        scene.sign_in().await;
        clients.push(scene);
    }
    // Nobody gets a new refresh token, so that each client is known by its own.
    let names: HashMap<_, _> = provider.issued().refresh_tokens.into_iter().zip(0..).collect();
    clients[0].expire();
    provider.at(Endpoint::Token).always(refusal.clone());
    let mut attempts = vec![Vec::new(); CLIENTS];
    let mut seen = provider.requests().len();
    for second in 0..seconds {
        let polls: Vec<_> =
            clients.iter().flat_map(|client| (0..pollers).map(|_| client.app.ask(None))).collect();
        for poll in polls {
            // Every one is refused, at once or by the provider.
            drop(within(poll).await);
        }
        let requests = provider.requests();
        for request in &requests[seen..] {
            if let Some(client) = request.form.get("refresh_token").and_then(|token| names.get(token)) {
                attempts[*client].push(second);
            }
        }
        seen = requests.len();
        if seen > FAR_TOO_MANY {
            return (attempts, second + 1);
        }
        clients[0].advance(1);
    }
    (attempts, seconds)
}

fn count(seconds: &[usize], range: std::ops::Range<usize>) -> usize {
    seconds.iter().filter(|second| range.contains(second)).count()
}

fn worst(attempts: &Attempts, of: impl Fn(&Vec<usize>) -> usize) -> f64 {
    float(attempts.iter().map(of).max().unwrap_or_default())
}

/// How far apart the clients' steady pauses lie, as a part of what chance could do: 0 in lock-step.
fn spread(attempts: &Attempts) -> f64 {
    let pauses = || {
        attempts.iter().flat_map(|seconds| {
            seconds.windows(2).filter(|pair| pair[0] >= STEADY).map(|pair| pair[1] - pair[0])
        })
    };
    let (shortest, longest) = (pauses().min().unwrap_or_default(), pauses().max().unwrap_or_default());
    float(longest - shortest) / WINDOW
}

/// How far the worst second attempt lies from the moment that the server named.
fn off_by(attempts: &Attempts) -> f64 {
    worst(attempts, |seconds| {
        // A prompt retry is none of this: the server has answered.
        seconds.get(1).map_or(RETRY_AFTER, |second| (second - seconds[0]).abs_diff(RETRY_AFTER))
    })
}
