//! Two processes of an app that share a keychain, and one that ended in the middle of a refresh.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::Scene;
use fake_provider::{Answer, Fault, Rotation};
use keyfob::{AccessTokenRequest, ErrorCode, Failure, ReauthReason, Session, SignOutOptions, StoreError};

fn reason(session: &Session) -> Option<ReauthReason> {
    match session {
        Session::ReauthRequired { reason, .. } => Some(*reason),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_comes_second_adopts_what_the_first_has_refreshed_and_sends_nothing() {
    let mut scene = Scene::start().await;
    scene.provider.token().rotation(Rotation::Strict);
    scene.sign_in().await;
    let second = scene.second_process().await;
    for round in 1..=20 {
        scene.expire();
        let request = AccessTokenRequest::default();
        let (one, other) = tokio::join!(scene.keyfob.access_token(&request), second.access_token(&request));
        let (one, other) = (one.expect("a token"), other.expect("a token"));
        assert_eq!(one.access_token.expose(), other.access_token.expose());
        assert_eq!(scene.refreshes(), round);
    }
}

#[tokio::test]
async fn a_sign_out_in_one_process_ends_the_session_of_the_other_at_its_next_refresh() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let second = scene.second_process().await;
    second.sign_out(SignOutOptions::default()).await.expect("the store obeys");
    scene.expire();
    let error = scene.token().await.expect_err("nobody is signed in");
    assert_eq!(error.code(), ErrorCode::NotAuthenticated);
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    assert_eq!(scene.store.len(), 0);
    assert_eq!(scene.refreshes(), 0);
}

#[tokio::test]
async fn a_sign_out_in_another_process_while_the_answer_is_on_its_way_wins() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let second = scene.second_process().await;
    scene.expire();
    let gate = scene.provider.at(fake_provider::Endpoint::Token).hold_answers();
    let answer = scene.ask(None, keyfob::Mode::Default).await;
    gate.arrived().await;
    second.sign_out(SignOutOptions::default()).await.expect("the store obeys");
    gate.release();
    assert!(common::ended(answer).await.is_err());
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    assert_eq!(scene.store.len(), 0, "nothing comes back");
}

#[tokio::test]
async fn an_answer_that_was_lost_for_good_is_the_reason_why_the_session_ends() {
    let mut scene = Scene::start().await;
    scene.provider.token().rotation(Rotation::Strict);
    scene.sign_in().await;
    scene.expire();
    scene.provider.token().next(Fault::AnswerLost);
    let error = scene.token().await.expect_err("the provider has no patience");
    assert_eq!(error.code(), ErrorCode::ReauthRequired);
    assert_eq!(reason(&scene.keyfob.snapshot().session), Some(ReauthReason::RefreshResponseLost));
    scene.restart();
    assert_eq!(reason(&scene.restored().await), Some(ReauthReason::RefreshResponseLost));
}

#[tokio::test]
async fn an_app_that_ended_in_the_middle_of_a_refresh_asks_once_more_and_knows_why_it_is_refused() {
    for (rotation, expected) in
        [(Rotation::Grace, None), (Rotation::Strict, Some(ReauthReason::RefreshResponseLost))]
    {
        let mut scene = Scene::start().await;
        scene.provider.token().rotation(rotation);
        scene.sign_in().await;
        scene.expire();
        let gate = scene.provider.at(fake_provider::Endpoint::Token).hold_answers();
        let answer = scene.ask(None, keyfob::Mode::Default).await;
        gate.arrived().await;
        // As it was at that moment: what the first one does later is undone, as if it had been killed.
        let kept = scene.store.copy();
        gate.release();
        common::ended(answer).await.expect("a token");
        scene.store.restore(kept);
        scene.restart();
        if expected.is_none() {
            scene.token().await.expect("a token");
            continue;
        }
        let ended = scene.until(|snapshot| matches!(snapshot.session, Session::ReauthRequired { .. })).await;
        assert_eq!(reason(&ended.session), expected);
    }
}

#[tokio::test]
async fn a_refusal_of_a_refresh_token_that_another_process_has_renewed_unseen_ends_nothing() {
    let mut scene = Scene::start().await;
    scene.provider.token().rotation(Rotation::Sparing);
    scene.sign_in().await;
    let second = scene.second_process().await;
    scene.expire();
    second.access_token(&AccessTokenRequest::default()).await.expect("a token");
    let renewed = scene.store.refresh_token();
    scene.expire();
    scene.store.refuse(StoreError::Locked);
    let gate = scene.provider.at(fake_provider::Endpoint::Token).hold();
    let answer = scene.ask(None, keyfob::Mode::Default).await;
    gate.arrived().await;
    scene.store.accept();
    gate.release();
    let error = common::ended(answer).await.expect_err("its refresh token was replaced");
    assert_eq!(error.code(), ErrorCode::Superseded);
    assert!(renewed.is_some() && scene.store.refresh_token() == renewed);
    scene.token().await.expect("a token");
}

#[tokio::test]
async fn a_refusal_of_a_token_that_was_certainly_not_used_is_no_lost_answer() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    scene.provider.token().next(Answer::status(429));
    assert!(scene.token().await.is_err());
    scene.wait_out();
    scene.provider.end_sessions();
    scene.restart();
    scene.restored().await;
    assert_eq!(scene.token().await.expect_err("it is over").code(), ErrorCode::ReauthRequired);
    assert_eq!(reason(&scene.keyfob.snapshot().session), Some(ReauthReason::RefreshTokenRejected));
}

#[tokio::test]
async fn nobody_uses_a_refresh_token_while_only_another_process_has_its_successor() {
    let mut scene = Scene::start().await;
    scene.provider.token().rotation(Rotation::Strict);
    scene.sign_in().await;
    let second = scene.second_process().await;
    scene.expire();
    scene.store.refuse(StoreError::Unavailable { reason: "hung".to_owned() });
    let first = scene.token().await.expect("kept in memory");
    let answer =
        common::waits(async move { second.access_token(&AccessTokenRequest::default()).await }).await;
    scene.store.accept();
    // As at the next tick.
    scene.keyfob.network_changed();
    let adopted = common::ended(answer).await.expect("a token");
    assert_eq!(adopted.access_token.expose(), first.access_token.expose());
    assert_eq!((scene.refreshes(), scene.provider.replays()), (1, 0));
}

#[tokio::test]
async fn a_refusal_ends_nothing_while_the_keychain_cannot_say_whether_the_refresh_token_is_the_latest() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    scene.provider.end_sessions();
    scene.store.refuse(StoreError::Unavailable { reason: "hung".to_owned() });
    assert_eq!(scene.token().await.expect_err("it hangs").code(), ErrorCode::KeychainUnavailable);
    assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }));
    scene.store.accept();
    scene.wait_out();
    assert_eq!(scene.token().await.expect_err("it is over").code(), ErrorCode::ReauthRequired);
}
