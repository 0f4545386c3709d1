//! Refreshes that work: when there is one, who shares it, and what is kept before anybody sees it.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::{collections::HashSet, time::Duration};

use common::{API, Scene, TestStore, ended};
use fake_provider::{Endpoint, FakeProvider, IdTokens, Rotation};
use keyfob::{Freshness, Mode, Session, TokenSet};
use serde_json::json;

const OTHER: &str = "https://other.example";

fn text(token: &TokenSet) -> String {
    token.access_token.expose().to_owned()
}

fn freshness(session: &Session) -> Option<Freshness> {
    match session {
        Session::SignedIn { freshness, .. } => Some(*freshness),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn any_number_of_callers_share_one_refresh_of_an_expired_token() {
    for callers in [100, 1000] {
        let mut scene = Scene::start().await;
        scene.sign_in().await;
        let before = text(&scene.token().await.expect("a token"));
        scene.expire();
        let asking: Vec<_> = (0..callers)
            .map(|_| {
                let keyfob = scene.keyfob.clone();
                tokio::spawn(async move { keyfob.access_token(&keyfob::AccessTokenRequest::default()).await })
            })
            .collect();
        let mut tokens = HashSet::new();
        for answer in asking {
            tokens.insert(text(&ended(answer).await.expect("a token")));
        }
        assert_eq!(tokens.len(), 1, "{callers} callers");
        assert!(!tokens.contains(&before));
        assert_eq!(scene.refreshes(), 1, "{callers} callers");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_has_the_new_token_finds_a_snapshot_that_knows_it() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    for _ in 0..50 {
        scene.expire();
        scene.token().await.expect("a token");
        assert_eq!(freshness(&scene.keyfob.snapshot().session), Some(Freshness::Fresh));
    }
}

#[tokio::test]
async fn a_token_is_renewed_within_the_buffer_and_not_before() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let first = text(&scene.token().await.expect("a token"));
    scene.advance(3539);
    assert_eq!(text(&scene.token().await.expect("a token")), first);
    assert_eq!(scene.refreshes(), 0);
    scene.advance(1);
    assert_ne!(text(&scene.token().await.expect("a token")), first);
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn a_token_that_expired_while_the_machine_slept_is_renewed() {
    let mut scene = Scene::start().await;
    scene.provider.token().id_tokens(IdTokens::CodeOnly);
    scene.sign_in().await;
    scene.clock.sleep(Duration::from_secs(4000));
    scene.token().await.expect("a token");
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn a_refresh_that_is_asked_for_always_happens() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let first = text(&scene.token().await.expect("a token"));
    let second = text(&scene.keyfob.refresh().await.expect("a token"));
    let third = text(&scene.keyfob.refresh().await.expect("a token"));
    assert_eq!(HashSet::from([first, second, third]).len(), 3);
    assert_eq!(scene.refreshes(), 2);
}

#[tokio::test]
async fn a_forced_refresh_joins_only_one_that_begins_after_it() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    let gate = scene.provider.at(Endpoint::Token).hold();
    let due = scene.ask(None, Mode::Default).await;
    gate.arrived().await;
    let late = scene.ask(None, Mode::Default).await;
    let forced = scene.ask(None, Mode::Force).await;
    let forced_too = scene.ask(None, Mode::Force).await;
    gate.release();
    let due = text(&ended(due).await.expect("a token"));
    assert_eq!(text(&ended(late).await.expect("a token")), due, "who only wants a live one joins");
    let forced = text(&ended(forced).await.expect("a token"));
    assert_ne!(forced, due);
    assert_eq!(text(&ended(forced_too).await.expect("a token")), forced);
    assert_eq!(scene.refreshes(), 2);
}

#[tokio::test]
async fn two_audiences_take_turns_and_each_gets_its_own_token() {
    let provider = FakeProvider::start().await;
    let resources = json!([{ "origin": provider.origin(), "audience": OTHER }]);
    // Strict: two refreshes with one refresh token would end the session.
    provider.token().rotation(Rotation::Strict);
    let mut scene = Scene::at(provider, json!({ "audience": API, "resources": resources }));
    scene.sign_in().await;
    scene.expire();
    let gate = scene.provider.at(Endpoint::Token).hold();
    let own = scene.ask(None, Mode::Default).await;
    let other = scene.ask(Some(OTHER), Mode::Default).await;
    gate.arrived().await;
    assert_eq!(gate.arrivals(), 1, "the second waits for the first");
    gate.release();
    for (answer, audience) in [(own, API), (other, OTHER)] {
        let token = ended(answer).await.expect("a token");
        assert_eq!(token.audience.as_deref(), Some(audience));
        let known = scene.provider.access_token(&text(&token)).expect("a token of ours");
        assert_eq!(known.audience, [audience]);
    }
    let sent: HashSet<_> = scene
        .provider
        .at(Endpoint::Token)
        .requests()
        .iter()
        .filter_map(|request| request.form.get("refresh_token").map(str::to_owned))
        .collect();
    assert_eq!(sent.len(), 2, "each with the refresh token of the one before");
}

#[tokio::test]
async fn callers_that_go_away_cancel_nothing_and_the_result_is_kept() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let before = scene.store.refresh_token();
    scene.expire();
    let gate = scene.provider.at(Endpoint::Token).hold();
    let callers = [scene.ask(None, Mode::Default).await, scene.ask(None, Mode::Default).await];
    gate.arrived().await;
    for caller in &callers {
        caller.abort();
    }
    gate.release();
    scene.until(|snapshot| freshness(&snapshot.session) == Some(Freshness::Fresh)).await;
    let after = scene.store.refresh_token().expect("a session is kept");
    assert_ne!(before.as_ref(), Some(&after));
    assert_eq!(scene.provider.issued().refresh_tokens.last(), Some(&after));
    scene.token().await.expect("it is there for whoever comes next");
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn what_is_new_is_kept_before_anybody_sees_it() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    let before = scene.store.refresh_token();
    let writes_before = scene.store.session_writes().len();
    let held = scene.store.hold();
    let answer = scene.ask(None, Mode::Default).await;
    held.arrived().await;
    assert!(!answer.is_finished());
    assert_eq!(freshness(&scene.keyfob.snapshot().session), Some(Freshness::Refreshing));
    drop(held);
    let token = text(&ended(answer).await.expect("a token"));
    let issued = scene.provider.issued();
    let writes = scene.store.session_writes().split_off(writes_before);
    let kept: Vec<_> = writes
        .iter()
        .map(|record| &record["state"]["live"])
        .map(|live| (live["refresh_token"].as_str(), live["access_token"]["token"].as_str()))
        .collect();
    let rotated = issued.refresh_tokens.last().map(String::as_str);
    let old = issued.access_tokens.first().map(String::as_str);
    assert_eq!(
        kept,
        [(before.as_deref(), old), (rotated, old), (rotated, Some(token.as_str()))],
        "that it is being used, then the refresh token, as the old one is dead, then the rest"
    );
}

#[tokio::test]
async fn nobody_gets_a_token_that_is_not_kept_yet() {
    let mut scene = Scene::start().await;
    // So that the access token is in the first write, and no other comes before it.
    scene.provider.token().rotation(Rotation::None);
    scene.sign_in().await;
    scene.expire();
    let held = scene.store.hold();
    let first = scene.ask(None, Mode::Default).await;
    held.arrived().await;
    let second = scene.ask(None, Mode::Default).await;
    drop(held);
    let first = text(&ended(first).await.expect("a token"));
    assert_eq!(text(&ended(second).await.expect("a token")), first);
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn s_61_s_62_a_rotated_refresh_token_replaces_the_old_one_and_an_absent_one_does_not() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let first = scene.store.refresh_token();
    scene.provider.token().rotation(Rotation::None);
    scene.keyfob.refresh().await.expect("a token");
    assert_eq!(scene.store.refresh_token(), first);
    scene.provider.token().rotation(Rotation::Strict);
    scene.keyfob.refresh().await.expect("a token");
    assert_ne!(scene.store.refresh_token(), first);
}

#[tokio::test]
async fn s_41_s_56_a_refresh_needs_no_id_token_and_no_scope() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let granted = scene.token().await.expect("a token").scope;
    scene.provider.token().id_tokens(IdTokens::Never).without("scope");
    let token = scene.keyfob.refresh().await.expect("a token");
    assert_eq!(token.scope, granted);
}

#[tokio::test]
async fn other_audiences_tokens_stay_in_memory() {
    let provider = FakeProvider::start().await;
    let resources = json!([{ "origin": provider.origin(), "audience": OTHER }]);
    let mut scene =
        Scene::over(TestStore::default(), provider, json!({ "audience": API, "resources": resources }));
    scene.sign_in().await;
    let own = text(&scene.token().await.expect("a token"));
    let asked = scene.ask(Some(OTHER), Mode::Default).await;
    let other = text(&ended(asked).await.expect("a token"));
    let session = scene.store.session().expect("a session is kept").to_string();
    assert!(session.contains(&own) && !session.contains(&other));
}
