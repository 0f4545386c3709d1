//! Refreshes that fail: what the caller gets, and what becomes of the session.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::time::{Duration, SystemTime};

use common::{API, Scene, ended};
use fake_provider::{Answer, Endpoint, FakeProvider, Fault, Rotation};
use keyfob::{
    AccessTokenError, AccessTokenRequest, ErrorCode, Failure, Mode, ReauthReason, Session, StoreError,
};
use serde_json::json;

const OTHER: &str = "https://other.example";

fn reason(session: &Session) -> Option<ReauthReason> {
    match session {
        Session::ReauthRequired { reason, .. } => Some(*reason),
        _ => None,
    }
}

fn code(answer: common::Answer) -> ErrorCode {
    answer.expect_err("no token").code()
}

#[tokio::test]
async fn a_refresh_token_that_is_rejected_ends_the_session_and_nothing_more_is_sent() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.provider.end_sessions();
    scene.expire();
    assert_eq!(code(scene.token().await), ErrorCode::ReauthRequired);
    let session = scene.keyfob.snapshot().session;
    assert_eq!(reason(&session), Some(ReauthReason::RefreshTokenRejected));
    assert!(matches!(&session, Session::ReauthRequired { user, .. } if user.subject == "fake-sub-ada"));
    assert_eq!(scene.refreshes(), 1);

    assert_eq!(code(scene.token().await), ErrorCode::ReauthRequired);
    assert_eq!(code(scene.keyfob.refresh().await), ErrorCode::ReauthRequired);
    assert_eq!(scene.refreshes(), 1);
    assert_eq!(scene.store.refresh_token(), None, "it is not even kept");

    scene.sign_in().await;
    scene.token().await.expect("a new session");
}

#[tokio::test]
async fn all_who_wait_learn_that_the_session_has_ended() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    scene.provider.token().next(Answer::invalid_grant());
    let gate = scene.provider.at(Endpoint::Token).hold();
    let first = scene.ask(None, Mode::Default).await;
    gate.arrived().await;
    let joined = scene.ask(None, Mode::Default).await;
    let queued = scene.ask(None, Mode::Force).await;
    gate.release();
    for answer in [first, joined, queued] {
        assert_eq!(code(ended(answer).await), ErrorCode::ReauthRequired);
    }
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn s_65_another_audiences_refusal_does_not_end_the_session_and_is_not_asked_for_again() {
    for (refusal, expected) in [
        ("invalid_grant", ErrorCode::InteractionRequired),
        ("consent_required", ErrorCode::InteractionRequired),
        ("invalid_target", ErrorCode::TokenRequestFailed),
    ] {
        let provider = FakeProvider::start().await;
        let resources = json!([{ "origin": provider.origin(), "audience": OTHER }]);
        let mut scene = Scene::at(provider, json!({ "audience": API, "resources": resources }));
        scene.sign_in().await;
        scene.provider.token().next(Answer::oauth_error(refusal));
        for _ in 0..3 {
            let request = AccessTokenRequest { audience: Some(OTHER.to_owned()), ..Default::default() };
            let error = scene.keyfob.access_token(&request).await.expect_err("a refusal");
            assert_eq!(error.code(), expected, "{refusal}");
            assert_eq!(error.oauth().map(|error| error.error.as_str()), Some(refusal));
        }
        let requests = scene.provider.at(Endpoint::Token).requests();
        let for_other = requests.iter().filter(|request| {
            request.form.get("grant_type") == Some("refresh_token")
                && request.form.all("resource").contains(&OTHER.to_owned())
        });
        assert_eq!(for_other.count(), 1, "{refusal}");
        assert!(scene.token().await.is_ok(), "{refusal}: its own token lives");
        scene.expire();
        scene.token().await.expect("and can be renewed");
        scene.sign_in().await;
        let request = AccessTokenRequest { audience: Some(OTHER.to_owned()), ..Default::default() };
        scene.keyfob.access_token(&request).await.expect("a new sign-in asks again");
    }
}

#[tokio::test]
async fn an_invalid_grant_for_another_audience_ends_the_session_if_its_own_is_refused_too() {
    let provider = FakeProvider::start().await;
    let resources = json!([{ "origin": provider.origin(), "audience": OTHER }]);
    let mut scene = Scene::at(provider, json!({ "audience": API, "resources": resources }));
    scene.sign_in().await;
    scene.provider.end_sessions();
    let request = AccessTokenRequest { audience: Some(OTHER.to_owned()), ..Default::default() };
    let error = scene.keyfob.access_token(&request).await.expect_err("all is over");
    assert_eq!(error.code(), ErrorCode::ReauthRequired);
    assert_eq!(reason(&scene.keyfob.snapshot().session), Some(ReauthReason::RefreshTokenRejected));
    assert_eq!(scene.refreshes(), 2);
}

#[tokio::test]
async fn after_a_failure_nothing_is_sent_before_its_time_and_whoever_asks_is_told_when() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    scene.provider.at(Endpoint::Token).always(Answer::status(503));
    assert_eq!(code(scene.token().await), ErrorCode::ProviderUnreachable);
    for _ in 0..50 {
        let error = scene.token().await.expect_err("it is down");
        assert_eq!(error.code(), ErrorCode::ProviderUnreachable);
        assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_secs(2)));
    }
    assert_eq!(scene.refreshes(), 1);
    scene.advance(2);
    assert!(scene.token().await.is_err());
    assert_eq!(scene.refreshes(), 2);
}

#[tokio::test]
async fn what_passes_keeps_the_session_and_a_token_that_still_lives_is_given() {
    let faults: [(&str, Fault); 9] = [
        ("dropped", Fault::ConnectionDropped),
        ("500", Answer::status(500).into()),
        ("503 as an OAuth error", Answer::json(503, json!({ "error": "server_error" })).into()),
        ("429", Answer::status(429).retry_after(7).into()),
        ("a captive portal", Answer::html_page().into()),
        ("no JSON", Answer::not_json().into()),
        ("400 without a word", Answer::status(400).into()),
        ("403 without a word", Answer::status(403).into()),
        ("a redirect", Answer::redirect("http://127.0.0.1:1/").into()),
    ];
    for (name, fault) in faults {
        let mut scene = Scene::start().await;
        scene.sign_in().await;
        let first = scene.token().await.expect("a token");
        scene.make_due();
        scene.provider.at(Endpoint::Token).always(fault);
        let still = scene.token().await.expect(name);
        assert_eq!(still.access_token.expose(), first.access_token.expose(), "{name}");
        let forced = scene.keyfob.refresh().await;
        assert!(code(forced).retryable(), "{name}: who asks for a new one is told");
        scene.advance(30);
        assert!(code(scene.token().await).retryable(), "{name}: never a dead token");
        assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }), "{name}");
        scene.provider.at(Endpoint::Token).heal();
        scene.wait_out();
        scene.token().await.expect(name);
    }
}

#[tokio::test]
async fn a_token_that_still_lives_is_given_whatever_is_wrong_with_the_refresh() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let first = scene.token().await.expect("a token");
    scene.make_due();
    for refusal in ["invalid_scope", "interaction_required"] {
        scene.provider.token().next(Answer::oauth_error(refusal));
        let still = scene.token().await.expect(refusal);
        assert_eq!(still.access_token.expose(), first.access_token.expose());
    }
    scene.provider.token().next(Answer::oauth_error("invalid_scope"));
    scene.advance(30);
    assert_eq!(code(scene.token().await), ErrorCode::TokenRequestFailed);
}

#[tokio::test]
async fn a_provider_that_asks_to_wait_is_quoted() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    scene.provider.token().next(Answer::status(429).retry_after(7));
    let error = scene.token().await.expect_err("too many");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.code().retryable());
    scene.advance(6);
    assert_eq!(scene.token().await.expect_err("not yet").retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(scene.refreshes(), 1);
    scene.advance(1);
    let in_two_minutes = SystemTime::now() + Duration::from_secs(3600 + 7 + 120);
    scene.provider.token().next(Answer::status(503).retry_at(in_two_minutes));
    let wait = scene.token().await.expect_err("maintenance").retry_after();
    assert!(wait.is_some_and(|wait| wait.as_secs().abs_diff(120) <= 10), "{wait:?}");
}

#[tokio::test]
async fn offline_is_said_and_taken_back() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    let offline = |session: &Session| matches!(session, Session::SignedIn { offline: true, .. });
    scene.provider.go_down();
    assert!(code(scene.token().await).retryable());
    assert!(offline(&scene.keyfob.snapshot().session));
    scene.provider.come_back();
    // Before the wait is over: a connection that can be made ends it.
    scene.advance(5);
    scene.token().await.expect("a token");
    assert!(!offline(&scene.keyfob.snapshot().session));
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_once_more_with_the_same_token() {
    for fault in [Fault::AnswerLost, Fault::AnswerTruncated] {
        let mut scene = Scene::start().await;
        scene.provider.token().rotation(Rotation::Grace);
        scene.sign_in().await;
        scene.expire();
        scene.provider.token().next(fault);
        scene.token().await.expect("the provider has patience");
        let requests = scene.provider.at(Endpoint::Token).requests();
        let sent: Vec<_> = requests.iter().filter_map(|request| request.form.get("refresh_token")).collect();
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[0], sent[1]);
        let current = scene.provider.issued().refresh_tokens.last().cloned();
        assert_eq!(scene.store.refresh_token(), current);
    }
}

#[tokio::test]
async fn a_rotated_refresh_token_is_kept_though_the_id_token_beside_it_is_wrong() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let before = scene.store.refresh_token();
    scene.expire();
    scene.provider.id_token().claim("aud", "another-client");
    assert_eq!(code(scene.token().await), ErrorCode::InvalidIdToken);
    let rotated = scene.store.refresh_token();
    assert_ne!(rotated, before);
    assert_eq!(scene.provider.issued().refresh_tokens.last(), rotated.as_ref());
    scene.provider.id_token().reset();
    scene.wait_out();
    scene.token().await.expect("the session lives");
}

#[tokio::test]
async fn s_56_a_refresh_that_answers_for_somebody_else_ends_the_session_and_is_revoked() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    scene.provider.id_token().claim("sub", "fake-sub-eve");
    assert!(scene.token().await.is_err());
    assert_eq!(reason(&scene.keyfob.snapshot().session), Some(ReauthReason::IdentityChanged));
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    let issued = scene.provider.issued().refresh_tokens;
    let revoked = scene.provider.at(Endpoint::Revocation).requests();
    assert_eq!(revoked[0].form.get("token"), issued.last().map(String::as_str));
    assert_eq!(scene.store.refresh_token(), None);
}

#[tokio::test]
async fn without_a_refresh_token_the_session_lasts_as_long_as_its_access_token() {
    let mut scene = Scene::start().await;
    scene.provider.token().without_refresh_token();
    let session = scene.sign_in().await;
    assert!(matches!(session, Session::SignedIn { renewable: false, .. }));
    scene.make_due();
    scene.token().await.expect("to its end");
    assert_eq!(code(scene.keyfob.refresh().await), ErrorCode::MissingRefreshToken);
    assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }));
    scene.advance(30);
    assert_eq!(code(scene.token().await), ErrorCode::ReauthRequired);
    assert_eq!(reason(&scene.keyfob.snapshot().session), Some(ReauthReason::NoRefreshToken));
    assert_eq!(scene.refreshes(), 0);
}

#[tokio::test]
async fn a_session_that_can_not_be_renewed_ends_by_itself_with_its_access_token() {
    let mut scene = Scene::start().await;
    scene.provider.token().without_refresh_token().expires_in(1);
    scene.sign_in().await;
    scene.advance(1);
    let mut snapshots = scene.keyfob.subscribe();
    let ended = snapshots.wait_for(|snapshot| matches!(snapshot.session, Session::ReauthRequired { .. }));
    let ended = common::within(ended).await.expect("the app runs");
    assert_eq!(reason(&ended.session), Some(ReauthReason::NoRefreshToken));
}

#[tokio::test]
async fn tokens_that_the_keychain_refuses_live_on_in_memory() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    scene.store.refuse_changes(StoreError::Locked);
    let first = scene.token().await.expect("the old ones are dead");
    assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }));
    scene.expire();
    let second = scene.token().await.expect("the rotated refresh token is at hand");
    assert_ne!(first.access_token.expose(), second.access_token.expose());
    scene.store.accept();
    scene.expire();
    scene.token().await.expect("a token");
    assert_eq!(scene.store.refresh_token().as_ref(), scene.provider.issued().refresh_tokens.last());
}

#[tokio::test]
async fn nobody_signed_in_gets_nothing_and_nothing_is_sent() {
    let scene = Scene::start().await;
    assert_eq!(scene.token().await.map(|_| ()), Err(AccessTokenError::NotAuthenticated));
    assert_eq!(scene.provider.requests().len(), 0);
}
