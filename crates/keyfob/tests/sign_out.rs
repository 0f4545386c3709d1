//! Signing out: here at once and for good, at the provider a little later.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, ended, waits, within};
use fake_provider::{Answer, Endpoint};
use keyfob::{CallbackOutcome, ErrorCode, Failure, Session, SignOutOptions, StoreError};
use serde_json::json;
use url::Url;

#[tokio::test]
async fn nothing_is_left_in_the_keychain_and_the_refresh_token_is_revoked() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let refresh_token = scene.store.refresh_token().expect("a session is kept");
    let sign_out = scene.keyfob.sign_out(SignOutOptions::default()).await;
    sign_out.expect("the store obeys");
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    assert_eq!(scene.store.len(), 0);
    let error = scene.token().await.expect_err("nobody is signed in");
    assert_eq!(error.code(), ErrorCode::NotAuthenticated);

    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    let requests = scene.provider.at(Endpoint::Revocation).requests();
    assert_eq!(requests[0].form.get("token"), Some(refresh_token.as_str()));
    assert_eq!(requests[0].form.get("token_type_hint"), Some("refresh_token"));
    assert_eq!(scene.unopened(), 0, "the provider's own session is nobody's business");
    scene.restart();
    assert_eq!(scene.restored().await, Session::SignedOut);
}

#[tokio::test]
async fn a_provider_that_is_down_or_refuses_keeps_nobody_signed_in() {
    for down in [true, false] {
        let mut scene = Scene::start().await;
        scene.sign_in().await;
        if down {
            scene.provider.go_down();
        } else {
            scene.provider.at(Endpoint::Revocation).always(Answer::status(503));
        }
        let sign_out = scene.keyfob.sign_out(SignOutOptions::default()).await;
        sign_out.expect("the store obeys");
        assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
        assert_eq!(scene.store.len(), 0);
    }
}

#[tokio::test]
async fn a_revocation_that_found_no_connection_is_made_once_there_is_one() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let refresh_token = scene.store.refresh_token().expect("a session is kept");
    scene.provider.go_down();
    within(scene.keyfob.sign_out(SignOutOptions::default())).await.expect("the store obeys");
    assert_eq!(scene.store.len(), 0);
    // Once more while there is still no connection, and then with one.
    scene.keyfob.network_changed();
    scene.provider.come_back();
    scene.advance(600);
    scene.keyfob.network_changed();
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    scene.provider.at(Endpoint::Revocation).idle().await;
    assert!(scene.provider.revoked(&refresh_token));
}

#[tokio::test]
async fn a_keychain_that_keeps_the_session_is_reported_and_the_app_is_signed_out_all_the_same() {
    for refusal in [StoreError::Locked, StoreError::Unavailable { reason: "gone".to_owned() }] {
        let mut scene = Scene::start().await;
        scene.sign_in().await;
        scene.store.refuse_changes(refusal.clone());
        let sign_out = scene.keyfob.sign_out(SignOutOptions::default()).await;
        assert_eq!(sign_out.expect_err("it is still there").code(), refusal.code());
        assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
        assert!(scene.token().await.is_err());
        scene.provider.at(Endpoint::Revocation).arrived(1).await;

        scene.store.accept();
        // As at the next tick.
        scene.keyfob.network_changed();
        within(scene.store.emptied()).await;
        let again = scene.keyfob.sign_out(SignOutOptions::default()).await;
        again.expect("there is nothing left to do");
    }
}

#[tokio::test]
async fn signing_out_everywhere_opens_the_providers_page_without_a_token_in_it() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let sign_out = scene.keyfob.sign_out(SignOutOptions { everywhere: true }).await;
    sign_out.expect("the store obeys");
    let url = Url::parse(&scene.opened().await).expect("a URL");
    assert!(url.as_str().starts_with(&scene.provider.url(Endpoint::EndSession)));
    let query: Vec<_> = url.query_pairs().into_owned().collect();
    assert!(query.contains(&("client_id".to_owned(), scene.provider.client_id().to_owned())));
    assert!(query.contains(&("logout_hint".to_owned(), "ada@example.com".to_owned())));
    assert!(!query.iter().any(|(name, _)| name == "id_token_hint"));
}

const SIGNED_OUT: &str = "dev.keyfob.desktop:/signed-out";

#[tokio::test]
async fn s_82_whatever_comes_back_from_the_provider_the_person_stays_signed_out() {
    let mut scene = Scene::with(json!({ "postLogoutRedirectUri": SIGNED_OUT })).await;
    scene.sign_in().await;
    scene.keyfob.sign_out(SignOutOptions { everywhere: true }).await.expect("the store obeys");
    let logout = scene.opened().await;
    let back = scene.provider.approve(&logout).await;
    assert!(back.starts_with(&format!("{SIGNED_OUT}?state=")), "{back}");

    // Somebody begins to sign in again before the browser is back.
    let sign_in = scene.click();
    let url = scene.opened().await;
    let before = scene.keyfob.snapshot();
    for returned in [
        back,
        SIGNED_OUT.to_owned(),
        format!("{SIGNED_OUT}?state=another"),
        format!("{SIGNED_OUT}?error=server_error"),
    ] {
        assert_eq!(scene.keyfob.handle_callback(&returned).await, CallbackOutcome::Ignored, "{returned}");
        scene.keyfob.handle_args(&["keyfob", &returned]);
    }
    assert_eq!(scene.keyfob.snapshot(), before);
    assert_eq!(scene.store.refresh_token(), None);
    scene.comes_back(&scene.provider.approve(&url).await).await;
    ended(sign_in).await.expect("nothing has touched it");
}

#[tokio::test]
async fn s_82_the_id_token_is_the_hint_where_the_configuration_says_so() {
    let mut scene = Scene::with(json!({ "endSessionHint": "idToken" })).await;
    scene.sign_in().await;
    scene.expire();
    scene.token().await.expect("a token");
    scene.keyfob.sign_out(SignOutOptions { everywhere: true }).await.expect("the store obeys");
    let url = Url::parse(&scene.opened().await).expect("a URL");
    let hint =
        url.query_pairs().find(|(name, _)| name == "id_token_hint").map(|(_, value)| value.into_owned());
    assert_eq!(hint.as_ref(), scene.provider.issued().id_tokens.last());
    assert!(!url.query_pairs().any(|(name, _)| name == "logout_hint"));
}

#[tokio::test]
async fn a_session_that_has_ended_by_itself_can_be_signed_out_of() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.provider.end_sessions();
    scene.expire();
    scene.token().await.expect_err("it has ended");
    let sign_out = scene.keyfob.sign_out(SignOutOptions::default()).await;
    sign_out.expect("the store obeys");
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    assert_eq!(scene.store.len(), 0);
}

#[tokio::test]
async fn signing_out_of_nothing_is_no_error() {
    let scene = Scene::start().await;
    for _ in 0..2 {
        let sign_out = scene.keyfob.sign_out(SignOutOptions::default()).await;
        sign_out.expect("the store obeys");
    }
    assert_eq!(scene.provider.requests().len(), 0);
}

#[tokio::test]
async fn nobody_gets_a_token_while_the_keychain_takes_its_time() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let _waiting = scene.click();
    scene.opened().await;
    let held = scene.store.hold();
    let keyfob = scene.keyfob.clone();
    let sign_out = waits(async move { keyfob.sign_out(SignOutOptions::default()).await }).await;
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    let error = scene.token().await.expect_err("nobody is signed in");
    assert_eq!(error.code(), ErrorCode::NotAuthenticated);
    drop(held);
    ended(sign_out).await.expect("the store obeys");
    assert_eq!(scene.store.len(), 0);
}

#[tokio::test]
async fn a_sign_in_that_is_being_kept_just_then_is_signed_out_of_too() {
    let mut scene = Scene::start().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    let callback = scene.provider.approve(&url).await;
    let held = scene.store.hold();
    scene.comes_back(&callback).await;
    held.arrived().await;
    let keyfob = scene.keyfob.clone();
    let sign_out = waits(async move { keyfob.sign_out(SignOutOptions::default()).await }).await;
    drop(held);
    ended(sign_out).await.expect("the store obeys");
    ended(sign_in).await.expect("for a moment");
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    assert_eq!(scene.store.len(), 0);
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
}
