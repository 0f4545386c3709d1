//! Sign-ins that end without a session.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, ended};
use fake_provider::{Answer, Endpoint, FakeProvider, Fault, Person};
use keyfob::{
    CallbackOutcome, ErrorCode, Failure, Keyfob, Memory, Session, SignInError, SignOutOptions, StoreError,
};
use serde_json::json;

fn code<T: std::fmt::Debug>(outcome: Result<T, SignInError>) -> ErrorCode {
    outcome.expect_err("no session").code()
}

fn shown(keyfob: &Keyfob) -> Option<ErrorCode> {
    keyfob.snapshot().sign_in_error.map(|error| error.code)
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { reason: "there is none".to_owned() }
}

#[tokio::test]
async fn a_cancelled_sign_in_changes_nothing_and_is_no_failure() {
    let mut scene = Scene::start().await;
    scene.restored().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    let callback = scene.provider.approve(&url).await;
    scene.keyfob.cancel_sign_in().await;
    assert_eq!(code(ended(sign_in).await), ErrorCode::Cancelled);
    let snapshot = scene.keyfob.snapshot();
    assert_eq!(
        (snapshot.session, snapshot.sign_in, snapshot.sign_in_error),
        (Session::SignedOut, None, None)
    );
    assert_eq!(scene.store.len(), 0);
    assert_eq!(
        scene.keyfob.handle_callback(&callback).await,
        CallbackOutcome::Ignored,
        "the tab is too late"
    );
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 0);
}

#[tokio::test]
async fn cancelling_while_the_code_is_exchanged_throws_the_tokens_away() {
    let mut scene = Scene::start().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    let callback = scene.provider.approve(&url).await;
    let gate = scene.provider.at(Endpoint::Token).hold_answers();
    scene.comes_back(&callback).await;
    gate.arrived().await;
    scene.keyfob.cancel_sign_in().await;
    assert_eq!(code(ended(sign_in).await), ErrorCode::Cancelled);
    gate.release();
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    assert_eq!(scene.store.len(), 0);
}

#[tokio::test]
async fn a_refusal_leaves_the_session_as_it_was_and_says_so() {
    let mut scene = Scene::start().await;
    let before = scene.sign_in().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    scene.comes_back(&scene.provider.deny(&url).await).await;
    let error = ended(sign_in).await.expect_err("a refusal");
    assert_eq!(error.code(), ErrorCode::AccessDenied);
    assert_eq!(error.oauth().map(|error| error.error.as_str()), Some("access_denied"));
    assert_eq!(shown(&scene.keyfob), Some(ErrorCode::AccessDenied));
    let (Session::SignedIn { account: then, .. }, Session::SignedIn { account: now, .. }) =
        (before, scene.keyfob.snapshot().session)
    else {
        panic!("{:?}", scene.keyfob.snapshot());
    };
    assert_eq!(then, now);
    assert!(scene.token().await.is_ok());

    let _waiting = scene.click();
    scene.opened().await;
    assert_eq!(shown(&scene.keyfob), None, "the next sign-in clears it");
}

#[tokio::test]
async fn a_locked_keychain_is_unlocked_for_a_click_and_only_then() {
    let mut scene = Scene::start().await;
    scene.restored().await;
    scene.store.lock(true);
    assert_eq!(scene.store.unlocks(), 0);
    assert!(matches!(scene.sign_in().await, Session::SignedIn { .. }));
    assert_eq!(scene.store.unlocks(), 1);
}

#[tokio::test]
async fn no_browser_opens_for_a_session_that_could_not_be_kept() {
    let mut scene = Scene::start().await;
    scene.restored().await;
    scene.store.lock(false);
    assert_eq!(code(ended(scene.click()).await), ErrorCode::KeychainLocked);
    scene.store.accept();
    scene.store.refuse_changes(unavailable());
    assert_eq!(code(ended(scene.click()).await), ErrorCode::KeychainUnavailable);
    assert_eq!(shown(&scene.keyfob), Some(ErrorCode::KeychainUnavailable));
    assert_eq!(scene.unopened(), 0);
    scene.store.accept();
    scene.sign_in().await;
}

#[tokio::test]
async fn a_session_that_cannot_be_kept_after_all_is_nobodys() {
    let mut scene = Scene::start().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    scene.store.refuse_changes(unavailable());
    scene.comes_back(&scene.provider.approve(&url).await).await;
    assert_eq!(code(ended(sign_in).await), ErrorCode::KeychainUnavailable);
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
}

#[tokio::test]
async fn a_provider_that_cannot_be_used_ends_the_sign_in_before_the_browser_opens() {
    let down = Scene::start().await;
    down.provider.go_down();
    assert_eq!(code(ended(down.click()).await), ErrorCode::ProviderUnreachable);

    let other = Scene::start().await;
    other.provider.metadata(|document| document["issuer"] = json!("https://evil.example"));
    assert_eq!(code(ended(other.click()).await), ErrorCode::IssuerMismatch);

    let hostile = Scene::start().await;
    hostile.provider.metadata(|document| document["authorization_endpoint"] = json!("file:///usr/bin/true"));
    assert_eq!(code(ended(hostile.click()).await), ErrorCode::InvalidMetadata);
    for scene in [down, other, hostile] {
        assert_eq!(scene.unopened(), 0);
    }
}

#[tokio::test]
async fn an_exchange_that_fails_is_told_by_its_code_and_the_next_sign_in_works() {
    let mut scene = Scene::start().await;
    let token = scene.provider.token();
    token.next(Fault::ConnectionDropped);
    assert_eq!(code(scene.try_sign_in().await), ErrorCode::ProviderUnreachable);
    scene.provider.token().next(Answer::invalid_grant());
    assert_eq!(code(scene.try_sign_in().await), ErrorCode::TokenRequestFailed);
    scene.provider.token().next(Answer::json(200, json!({ "token_type": "Bearer" })));
    assert_eq!(code(scene.try_sign_in().await), ErrorCode::InvalidTokenResponse);
    assert_eq!(scene.store.len(), 0);
    scene.sign_in().await;
}

#[tokio::test]
async fn a_browser_that_cannot_be_opened_leaves_the_link_to_copy() {
    let provider = FakeProvider::start().await;
    let config = keyfob::Config::from_json(json!({
        "issuer": provider.issuer(), "clientId": provider.client_id(), "redirect": "deepLink"
    }));
    let opener: keyfob::Opener = std::sync::Arc::new(|_| Err(std::io::Error::other("there is no browser")));
    let keyfob = Keyfob::builder(opener)
        .deep_link_scheme(Some("dev.keyfob.desktop".to_owned()))
        .start(config, Memory::new());
    let sign_in = tokio::spawn({
        let keyfob = keyfob.clone();
        async move { keyfob.sign_in(&keyfob::SignInOptions::default()).await }
    });
    let mut snapshots = keyfob.subscribe();
    let told = snapshots.wait_for(|snapshot| snapshot.sign_in_error.is_some());
    common::within(told).await.expect("the app runs");
    assert_eq!(shown(&keyfob), Some(ErrorCode::BrowserFailed));
    let url = keyfob.authorization_url().await.expect("the sign-in goes on waiting");
    keyfob.handle_callback(&provider.approve(url.as_str()).await).await;
    assert!(ended(sign_in).await.is_ok());
}

#[tokio::test]
async fn nobody_who_stays_away_for_ten_minutes_is_waited_for() {
    let mut scene = Scene::start().await;
    let sign_in = scene.click();
    scene.opened().await;
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(600)).await;
    tokio::time::resume();
    assert_eq!(code(ended(sign_in).await), ErrorCode::Timeout);
    assert_eq!(shown(&scene.keyfob), Some(ErrorCode::Timeout));
}

#[tokio::test]
async fn a_sign_out_ends_the_sign_ins_that_wait() {
    let mut scene = Scene::start().await;
    let sign_in = scene.click();
    scene.opened().await;
    scene.provider.person(Person::new("fake-sub-grace").name("Grace Hopper"));
    scene.keyfob.sign_out(SignOutOptions::default()).await.expect("the store obeys");
    assert_eq!(code(ended(sign_in).await), ErrorCode::Cancelled);
    assert_eq!(scene.store.len(), 0);
}
