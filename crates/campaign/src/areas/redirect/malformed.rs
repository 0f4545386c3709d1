//! Callbacks that are none, or almost one.

use keyfob::{CallbackOutcome, SignInOptions};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::{Scene, ended, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "redirect-malformed",
    target: "10,000 generated malformed callbacks to the handler: 0 panics, 0 token requests, 0 state changes, then the pending sign-in completes",
    guard: "redirect_uri",
    n_full: 10_000,
    body: |scale| Box::pin(malformed(scale)),
}];

async fn malformed(scale: Scale) -> Outcome {
    let rounds = scale.of(10_000);
    let mut scene = Scene::start().await;
    let keyfob = scene.app.keyfob.clone();
    let sign_in = tokio::spawn({
        let keyfob = keyfob.clone();
        async move { keyfob.sign_in(&SignInOptions::default()).await }
    });
    let url = within(scene.app.browser.recv()).await.expect("the app runs");
    let right = scene.provider.approve(&url).await;
    let (before, requests) = (keyfob.snapshot(), scene.requests());
    let generated = generated(&right);
    // The same ones each time, so that what falls short once can be looked at.
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut panics, mut changes, mut accepted) = (0, 0, Vec::new());
    for _ in 0..rounds {
        let callback = generated.new_tree(&mut runner).expect("a callback").current();
        let handled = tokio::spawn({
            let (keyfob, callback) = (keyfob.clone(), callback.clone());
            async move { keyfob.handle_callback(&callback).await }
        });
        match within(handled).await {
            Ok(CallbackOutcome::Ignored) => {}
            Ok(CallbackOutcome::Accepted) => accepted.push(callback),
            Err(_) => panics += 1,
        }
        changes += usize::from(keyfob.snapshot() != before);
    }
    let sent = scene.requests() - requests;
    let outcome = keyfob.handle_callback(&right).await;
    let completed = outcome == CallbackOutcome::Accepted && ended(sign_in).await.is_ok();
    accepted.truncate(3);
    Outcome::new(
        rounds,
        [
            Figure::none(panics, "panics"),
            Figure::none(changes, "state changes"),
            Figure::none(sent, "requests sent"),
            Figure::exactly(1, usize::from(completed), "sign-in completed"),
        ],
    )
    .note(&accepted)
}

/// What the right callback is made of.
struct Parts {
    place: String,
    query: String,
    /// Everything but the state.
    rest: String,
    state: String,
}

impl Parts {
    fn of(right: &str) -> Self {
        let (place, query) = right.split_once('?').expect("a query");
        let is_state = |pair: &&str| pair.starts_with("state=");
        let (states, rest): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_state);
        let state = states.first().and_then(|pair| pair.strip_prefix("state=")).expect("a state");
        Self { place: place.into(), query: query.into(), rest: rest.join("&"), state: state.into() }
    }
}

/// None of these carries the right state to the right place.
fn generated(right: &str) -> impl Strategy<Value = String> + use<> {
    let Parts { place, query, rest, state } = Parts::of(right);
    let (place_again, with_state) = (place.clone(), query.clone());
    let elsewhere = prop_oneof![
        "[a-z][a-z0-9+.-]{0,20}:/{0,4}[a-zA-Z0-9%._~-]{0,20}",
        "dev\\.keyfob\\.desktop:(//[a-z0-9.:@\\[\\]]{1,12})?/(callback/|Callback|callback[a-z%;:]{1,8}|[a-z]{0,7})",
        "https?://(127\\.0\\.0\\.1|localhost|\\[::1\\])(:[0-9]{1,7})?/callback",
        "(javascript|data|file|blob):[a-z/,;(]{0,12}",
    ]
    .prop_filter("the right place", move |elsewhere| *elsewhere != place_again)
    .prop_map(move |elsewhere| format!("{elsewhere}?{with_state}"));
    let in_fragment = Just(format!("{place}#{query}"));
    let in_place = move |query: String| format!("{place}?{query}");
    let wrong_state = wrong_state(state.clone()).prop_map({
        let (in_place, rest) = (in_place.clone(), rest.clone());
        move |state| in_place(format!("{rest}&{state}"))
    });
    let noise = prop_oneof![
        any::<String>(),
        vec(any::<u8>(), 0..300).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        "\\PC{0,80}",
    ];
    let noisy_query = noise.clone().prop_map({
        let in_place = in_place.clone();
        move |noise| in_place(noise)
    });
    let endless = (64..300_usize).prop_map({
        let in_place = in_place.clone();
        let query = query.clone();
        move |kibibytes| in_place(format!("{query}&x={}", "x".repeat(kibibytes * 1024)))
    });
    prop_oneof![
        8 => elsewhere,
        8 => wrong_state,
        4 => noise,
        4 => noisy_query,
        1 => endless,
        1 => in_fragment,
    ]
}

/// Parameters that say which sign-in is answered, and don't.
fn wrong_state(state: String) -> impl Strategy<Value = String> {
    let length = state.len();
    let once = state.clone();
    let changed = (0..length, select(b"abcXYZ019-_".to_vec())).prop_filter_map("it is the same", {
        let state = state.clone();
        move |(at, byte)| {
            let mut bytes = state.clone().into_bytes();
            bytes[at] = byte;
            let changed = String::from_utf8(bytes).expect("ASCII");
            (changed != state).then(|| format!("state={changed}"))
        }
    });
    let cut = (0..length).prop_map({
        let state = state.clone();
        move |at| format!("state={}", &state[..at])
    });
    let longer = "[a-zA-Z0-9%+._~-]{1,40}".prop_map(move |more| format!("state={state}{more}"));
    let twice = "[a-zA-Z0-9]{0,10}".prop_map(move |other| format!("state={once}&state={other}"));
    prop_oneof![
        changed,
        cut,
        longer,
        twice,
        "(State|STATE|state%00|st%61te%20)=[a-z0-9]{1,20}",
        Just(String::new())
    ]
}
