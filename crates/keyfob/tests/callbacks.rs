//! Callbacks: which sign-in they answer, and those that are not what they say.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, ended};
use fake_provider::Endpoint;
use keyfob::{CallbackOutcome, ErrorCode, Failure, Keyfob, Session, SignInError};

fn code<T: std::fmt::Debug>(outcome: Result<T, SignInError>) -> ErrorCode {
    outcome.expect_err("no session").code()
}

fn shown(keyfob: &Keyfob) -> Option<ErrorCode> {
    keyfob.snapshot().sign_in_error.map(|error| error.code)
}

#[tokio::test]
async fn the_first_sign_in_to_complete_wins_whichever_was_begun_first() {
    let mut scene = Scene::start().await;
    let first = scene.click();
    let first_url = scene.opened().await;
    let second = scene.click();
    let second_url = scene.opened().await;
    let late = scene.provider.approve(&second_url).await;
    scene.comes_back(&scene.provider.approve(&first_url).await).await;
    assert!(matches!(ended(first).await, Ok(Session::SignedIn { .. })));
    assert_eq!(code(ended(second).await), ErrorCode::Superseded);
    assert_eq!(shown(&scene.keyfob), None);
    assert_eq!(scene.keyfob.handle_callback(&late).await, CallbackOutcome::Ignored);
}

#[tokio::test]
async fn two_answers_at_once_make_one_session_which_the_end_of_the_other_leaves_alone() {
    let mut scene = Scene::start().await;
    let first = scene.click();
    let first_url = scene.opened().await;
    let second = scene.click();
    let second_url = scene.opened().await;
    let gate = scene.provider.at(Endpoint::Token).hold();
    scene.comes_back(&scene.provider.approve(&second_url).await).await;
    scene.comes_back(&scene.provider.approve(&first_url).await).await;
    gate.arrived_times(2).await;
    gate.release();
    let outcomes = [ended(first).await, ended(second).await];
    let signed_in = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(signed_in, 1, "{outcomes:?}");
    // Both are one person's: to revoke the other's tokens would end this session too, where grants are revoked whole.
    assert_eq!(scene.provider.at(Endpoint::Revocation).count(), 0);
    scene.keyfob.refresh().await.expect("the session that is kept lives");
}

#[tokio::test]
async fn four_sign_ins_wait_and_a_fifth_takes_the_place_of_the_oldest() {
    let mut scene = Scene::start().await;
    let mut waiting = Vec::new();
    let mut urls = Vec::new();
    for _ in 0..5 {
        waiting.push(scene.click());
        urls.push(scene.opened().await);
    }
    let oldest = waiting.remove(0);
    assert_eq!(code(ended(oldest).await), ErrorCode::Superseded);
    let callback = scene.provider.approve(&urls[0]).await;
    assert_eq!(scene.keyfob.handle_callback(&callback).await, CallbackOutcome::Ignored);
    scene.comes_back(&scene.provider.approve(&urls[1]).await).await;
    assert!(ended(waiting.remove(0)).await.is_ok());
}

#[tokio::test]
async fn s_8_s_23_a_callback_that_answers_no_request_is_ignored_and_sends_nothing() {
    let mut scene = Scene::start().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    let right = scene.provider.approve(&url).await;
    let edits: [fn(&mut fake_provider::Callback); 3] = [
        |callback| callback.set("state", "wrong"),
        |callback| callback.remove("state"),
        |callback| callback.append("state", "twice"),
    ];
    let mut forged = vec![
        right.replace(":/callback", ":/elsewhere"),
        right.replace("dev.keyfob.desktop:", "dev.keyfob.other:"),
        "no URL".to_owned(),
    ];
    for edit in edits {
        forged.push(scene.provider.approve_with(&url, edit).await);
    }
    for forged in forged {
        let outcome = scene.keyfob.handle_callback(&forged).await;
        assert_eq!(outcome, CallbackOutcome::Ignored, "{forged}");
    }
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 0);

    scene.comes_back(&right).await;
    let replayed = scene.keyfob.handle_callback(&right).await;
    assert_eq!(replayed, CallbackOutcome::Ignored);
    assert!(ended(sign_in).await.is_ok(), "the real one still counts");
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 1);
}

#[tokio::test]
async fn s_26_s_27_s_34_an_answer_that_is_not_the_providers_ends_the_sign_in_before_anything_is_sent() {
    type Edit = fn(&mut fake_provider::Callback);
    let cases: [(Edit, ErrorCode); 6] = [
        (|callback| callback.set("iss", "https://evil.example"), ErrorCode::IssuerMismatch),
        (|callback| callback.remove("iss"), ErrorCode::IssuerMismatch),
        (|callback| callback.remove("code"), ErrorCode::InvalidCallback),
        (|callback| callback.append("code", "another"), ErrorCode::InvalidCallback),
        (|callback| callback.append("error", "access_denied"), ErrorCode::InvalidCallback),
        (|callback| callback.append("id_token", "e.y.j"), ErrorCode::InvalidCallback),
    ];
    let mut scene = Scene::start().await;
    for (number, (edit, expected)) in cases.into_iter().enumerate() {
        let sign_in = scene.click();
        let url = scene.opened().await;
        let callback = scene.provider.approve_with(&url, edit).await;
        scene.comes_back(&callback).await;
        assert_eq!(code(ended(sign_in).await), expected, "case {number}");
        assert_eq!(shown(&scene.keyfob), Some(expected));
    }
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 0);
    assert_eq!(scene.store.len(), 0);
}

#[tokio::test]
async fn a_callback_that_comes_ten_minutes_late_starts_the_app_and_nothing_else() {
    let mut scene = Scene::start().await;
    let _given_up = scene.click();
    let url = scene.opened().await;
    let callback = scene.provider.approve(&url).await;
    scene.restart();
    scene.advance(600);
    assert_eq!(scene.keyfob.handle_callback(&callback).await, CallbackOutcome::Ignored);
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 0);
}

#[tokio::test]
async fn what_is_to_stay_in_memory_leaves_nothing_for_a_cold_start_to_find() {
    let mut scene = Scene::with(serde_json::json!({ "keychain": "memory" })).await;
    let _given_up = scene.click();
    let url = scene.opened().await;
    assert_eq!(scene.store.len(), 0);
    let callback = scene.provider.approve(&url).await;
    scene.restart();
    assert_eq!(scene.keyfob.handle_callback(&callback).await, CallbackOutcome::Ignored);
}

#[tokio::test]
async fn a_callback_that_starts_a_process_which_waits_for_none_is_told_and_does_nothing_else() {
    let mut scene = Scene::start().await;
    let _waits_elsewhere = scene.click();
    let url = scene.opened().await;
    let callback = scene.provider.approve(&url).await;
    let provider = fake_provider::FakeProvider::start().await;
    let other = Scene::at(provider, serde_json::json!({}));
    assert_eq!(other.keyfob.handle_start_callback(&callback).await, CallbackOutcome::Ignored);
    assert_eq!(shown(&other.keyfob), Some(ErrorCode::InvalidCallback));
    assert_eq!(other.keyfob.snapshot().session, Session::SignedOut);
    assert_eq!(other.provider.at(Endpoint::Token).count(), 0);
    assert_eq!(other.store.len(), 0);

    // A cold start that finds its sign-in in the keychain completes, and has nothing to tell.
    scene.restart();
    assert_eq!(scene.keyfob.handle_start_callback(&callback).await, CallbackOutcome::Accepted);
    scene.until(|snapshot| matches!(snapshot.session, Session::SignedIn { .. })).await;
    assert_eq!(shown(&scene.keyfob), None);
}
