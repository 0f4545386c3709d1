//! What people see who look for the cause of something, and that no secret stands in it.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{API, Scene, within};
use fake_provider::{Answer, IdTokens};
use keyfob::{
    AccessTokenRequest, ErrorCode, Event, EventKind, EventReason, FetchRequest, ReauthReason, Session,
    SignOutOptions,
};
use serde_json::json;

fn kinds(scene: &Scene) -> Vec<EventKind> {
    scene.keyfob.events().into_iter().map(|event| event.kind).collect()
}

fn last(scene: &Scene, kind: EventKind) -> Option<Event> {
    scene.keyfob.events().into_iter().rfind(|event| event.kind == kind)
}

#[tokio::test]
async fn what_happens_is_told_in_its_order_with_audience_and_reason() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    scene.token().await.expect("a token");
    scene.expire();
    scene.provider.token().next(Answer::status(503));
    scene.token().await.expect_err("it is down");
    scene.wait_out();
    scene.token().await.expect("a token");
    scene.provider.end_sessions();
    scene.expire();
    scene.token().await.expect_err("it has ended");
    within(scene.keyfob.sign_out(SignOutOptions::default())).await.expect("the store obeys");
    assert_eq!(
        kinds(&scene),
        [
            EventKind::Restored,
            EventKind::SignInStarted,
            EventKind::SignedIn,
            EventKind::RefreshFailed,
            EventKind::Refreshed,
            EventKind::SessionEnded,
            EventKind::RefreshFailed,
            EventKind::SignedOut,
        ]
    );
    let until: Vec<_> = scene.keyfob.events().iter().map(|event| event.expires_at.is_some()).collect();
    assert_eq!(
        until,
        [false, false, true, false, true, false, false, false],
        "what brings a token says its end"
    );
    let failed = scene.keyfob.events().swap_remove(3);
    assert_eq!(failed.audience.as_deref(), Some(API));
    assert_eq!(failed.reason, Some(EventReason::Error(ErrorCode::ProviderUnreachable)));
    let ended = last(&scene, EventKind::SessionEnded).expect("it ended");
    assert_eq!(ended.reason, Some(EventReason::Reauth(ReauthReason::RefreshTokenRejected)));
    assert!(scene.keyfob.events().is_sorted_by_key(|event| event.at));
}

#[tokio::test]
async fn what_brings_a_token_says_when_it_expires() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let expiry = |scene: &Scene, kind| last(scene, kind).expect("it happened").expires_at;
    let own = |scene: &Scene| match scene.keyfob.snapshot().session {
        Session::SignedIn { expires_at, .. } => expires_at,
        _ => None,
    };
    assert!(own(&scene).is_some());
    assert_eq!(expiry(&scene, EventKind::SignedIn), own(&scene));
    scene.expire();
    scene.token().await.expect("a token");
    assert_eq!(expiry(&scene, EventKind::Refreshed), own(&scene));
    scene.restart();
    scene.restored().await;
    assert!(own(&scene).is_some());
    assert_eq!(expiry(&scene, EventKind::Restored), own(&scene));
}

#[tokio::test]
async fn a_request_that_was_sent_again_is_told_and_a_token_at_hand_is_not() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let before = kinds(&scene);
    for _ in 0..3 {
        assert!(scene.token().await.expect("a token").from_cache);
    }
    assert_eq!(kinds(&scene), before);
    scene.provider.expire_access_tokens();
    within(scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url()))).await.expect("an answer");
    assert_eq!(kinds(&scene)[before.len()..], [EventKind::Refreshed, EventKind::Replayed]);
}

#[tokio::test]
async fn tokens_are_listed_without_their_secrets() {
    let scopes = ["openid", "offline_access", "read", "write"];
    let mut scene = Scene::with(json!({ "scopes": scopes, "refreshScope": "wider" })).await;
    scene.provider.token().grant_scope("openid offline_access read");
    assert_eq!(scene.keyfob.tokens(), []);
    scene.sign_in().await;
    scene.provider.token().grant_scope("openid offline_access read write");
    let request = AccessTokenRequest { scope: Some("write".to_owned()), ..AccessTokenRequest::default() };
    let token = within(scene.keyfob.access_token(&request)).await.expect("a token");
    let tokens = scene.keyfob.tokens();
    let [own, more] = &tokens[..] else { panic!("{tokens:?}") };
    assert_eq!((own.scope.as_str(), own.requested_scope.as_deref()), ("openid offline_access read", None));
    assert_eq!((more.scope.as_str(), more.requested_scope.as_deref()), (&*token.scope, Some("write")));
    assert_eq!((more.expires_at, more.token_type.as_str()), (token.expires_at(), "Bearer"));
    assert!(!format!("{tokens:?}").contains(token.access_token.expose()));
}

#[tokio::test]
async fn the_id_token_is_that_of_this_run() {
    let mut scene = Scene::start().await;
    assert!(scene.keyfob.id_token().is_none());
    scene.sign_in().await;
    let first = scene.keyfob.id_token().expect("sign-in brings one").expose().to_owned();
    scene.provider.token().id_tokens(IdTokens::CodeOnly);
    scene.expire();
    scene.token().await.expect("a token");
    assert_eq!(scene.keyfob.id_token().expect("the refresh brought none").expose(), first);
    scene.restart();
    assert!(matches!(scene.restored().await, Session::SignedIn { .. }));
    assert!(scene.keyfob.id_token().is_none(), "it is kept nowhere");
}

#[tokio::test]
async fn diagnostics_tell_the_set_up_and_the_providers_clock() {
    let mut scene = Scene::start().await;
    let diagnostics = scene.keyfob.diagnostics().expect("it is configured");
    assert_eq!(diagnostics.issuer, scene.provider.issuer());
    assert_eq!(diagnostics.deep_link_scheme.as_deref(), Some("dev.keyfob.desktop"));
    assert_eq!((diagnostics.proxy, diagnostics.clock_offset), (None, None));
    scene.sign_in().await;
    scene.clock.jump(-600);
    scene.expire();
    scene.token().await.expect("a token");
    let ahead = scene.keyfob.diagnostics().expect("it is configured").clock_offset.expect("it has said so");
    assert!((595..=605).contains(&ahead), "{ahead}");
}
