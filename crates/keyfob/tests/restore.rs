//! Starting again: what comes back, and what is said where nobody can know.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::sync::Arc;

use common::{Scene, TestStore, ended};
use fake_provider::FakeProvider;
use keyfob::{
    AccessTokenRequest, Config, ConfigError, ErrorCode, Failure, FetchRequest, Freshness, Keyfob,
    ReauthReason, Session, SignInOptions, SignOutOptions, StoreError,
};
use serde_json::json;

/// A record of version 3, as it will be: of this version only the first line is known.
const NEWER: &str = "keyfob 3 vYixiwoAOH8pCvYhVzsFGAAdJRHfkHq5LzoGPJwSZ8k\n{\"then\":1}";

fn code(session: &Session) -> Option<ErrorCode> {
    match session {
        Session::Unavailable { code, .. } => Some(*code),
        _ => None,
    }
}

#[tokio::test]
async fn the_session_and_its_own_token_come_back_without_a_word_to_the_provider() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let token = scene.token().await.expect("a token");
    scene.until(|snapshot| format!("{snapshot:?}").contains("data:image/png")).await;
    scene.restart();
    scene.provider.go_down();
    let requests = scene.provider.requests().len();
    let session = scene.restored().await;
    let Session::SignedIn { user, freshness, renewable, expires_at, .. } = session else {
        panic!("{session:?}");
    };
    assert_eq!(user.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!((freshness, renewable), (Freshness::Fresh, true));
    assert_eq!(expires_at, token.expires_at());
    let restored = scene.token().await.expect("a token");
    assert_eq!(restored.access_token.expose(), token.access_token.expose());
    assert_eq!((restored.scope, restored.audience), (token.scope, token.audience));
    assert_eq!(scene.provider.requests().len(), requests);
}

#[tokio::test]
async fn a_token_that_died_meanwhile_is_renewed_with_what_was_kept() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    scene.restart();
    assert!(matches!(scene.restored().await, Session::SignedIn { freshness: Freshness::Stale, .. }));
    scene.token().await.expect("a token");
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn a_session_that_has_ended_stays_so_and_knows_whose_it_was() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.provider.end_sessions();
    scene.expire();
    scene.token().await.expect_err("it has ended");
    scene.restart();
    let session = scene.restored().await;
    let Session::ReauthRequired { user, reason, .. } = session else {
        panic!("{session:?}");
    };
    assert_eq!(user.email.as_deref(), Some("ada@example.com"));
    assert_eq!(reason, ReauthReason::RefreshTokenRejected);
    assert_eq!(scene.token().await.expect_err("ended").code(), ErrorCode::ReauthRequired);
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn a_damaged_record_is_never_taken_for_a_sign_out_and_a_new_sign_in_heals_it() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 5] = [
        ("cut", |bytes| bytes.truncate(bytes.len() / 2)),
        ("emptied", Vec::clear),
        ("flipped", |bytes| bytes[0] ^= 1),
        ("of an older version", |bytes| {
            *bytes = String::from_utf8_lossy(bytes).replace("keyfob 2", "keyfob 1").into_bytes();
        }),
        ("not of ours", |bytes| *bytes = b"{}".to_vec()),
    ];
    for (name, damage) in damages {
        let mut scene = Scene::start().await;
        scene.sign_in().await;
        scene.store.tamper(damage);
        scene.restart();
        assert_eq!(code(&scene.restored().await), Some(ErrorCode::KeychainCorrupt), "{name}");
        let error = scene.token().await.expect_err("nobody knows");
        assert_eq!(error.code(), ErrorCode::KeychainCorrupt, "{name}");
        assert_eq!(scene.store.len(), 2, "{name}: nothing is thrown away");
        assert!(matches!(scene.sign_in().await, Session::SignedIn { .. }), "{name}");
        scene.restart();
        assert!(matches!(scene.restored().await, Session::SignedIn { .. }), "{name}");
    }
}

#[tokio::test]
async fn a_locked_keychain_is_looked_into_again_once_it_is_open() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.store.lock(true);
    scene.restart();
    assert_eq!(code(&scene.restored().await), Some(ErrorCode::KeychainLocked));
    assert_eq!(scene.token().await.expect_err("locked").code(), ErrorCode::KeychainLocked);
    assert_eq!(scene.store.unlocks(), 0, "nobody clicked");
    scene.store.accept();
    scene.token().await.expect("it is open");
    assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }));
    assert_eq!(scene.refreshes(), 0);
}

#[tokio::test]
async fn a_click_unlocks_the_keychain_and_needs_no_browser_if_a_session_is_in_it() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.store.lock(true);
    scene.restart();
    scene.restored().await;
    let session = ended(scene.click()).await.expect("the person unlocks it");
    assert!(matches!(session, Session::SignedIn { .. }));
    assert_eq!((scene.store.unlocks(), scene.unopened()), (1, 0));
}

#[tokio::test]
async fn a_keychain_that_comes_late_is_found_without_a_restart() {
    let store = TestStore::default();
    store.refuse(StoreError::Unavailable { reason: "there is none yet".to_owned() });
    let mut scene = Scene::over(store, FakeProvider::start().await, json!({}));
    assert_eq!(code(&scene.restored().await), Some(ErrorCode::KeychainUnavailable));
    scene.store.accept();
    assert_eq!(scene.token().await.expect_err("nobody").code(), ErrorCode::NotAuthenticated);
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    scene.sign_in().await;
}

#[tokio::test]
async fn another_providers_session_is_not_this_ones() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let elsewhere = Scene::over(scene.store.clone(), FakeProvider::start().await, json!({}));
    assert_eq!(elsewhere.restored().await, Session::SignedOut);
}

#[tokio::test]
async fn without_a_configuration_every_call_says_so() {
    let missing = ConfigError::Missing { hint: "Write one.".to_owned() };
    let invalid = Config::from_json(json!({ "issuer": "https://id.example", "clientId": "app", "isuer": 1 }));
    let cases = [(Err(missing), ErrorCode::NotConfigured), (invalid, ErrorCode::InvalidConfiguration)];
    for (config, expected) in cases {
        let keyfob = Keyfob::builder(Arc::new(|_| Ok(()))).start(config, TestStore::default());
        let sign_in = keyfob.sign_in(&SignInOptions::default()).await;
        assert_eq!(sign_in.expect_err("no provider").code(), expected);
        let token = keyfob.access_token(&AccessTokenRequest::default()).await;
        assert_eq!(token.expect_err("no provider").code(), expected);
        assert_eq!(keyfob.refresh().await.expect_err("no provider").code(), expected);
        let request = FetchRequest::get("https://api.example/");
        assert_eq!(keyfob.fetch(request).await.expect_err("no provider").code(), expected);
        assert_eq!(code(&keyfob.snapshot().session), Some(expected));
        keyfob.cancel_sign_in().await;
        keyfob.sign_out(SignOutOptions::default()).await.expect("there is nothing to do");
    }
}

#[tokio::test]
async fn what_a_newer_version_has_kept_is_left_as_it_is_by_a_click_too() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.store.tamper(|record| *record = NEWER.as_bytes().to_vec());
    scene.restart();
    assert_eq!(code(&scene.restored().await), Some(ErrorCode::KeychainNewer));
    let error = ended(scene.click()).await.expect_err("the app is too old");
    assert_eq!(error.code(), ErrorCode::KeychainNewer);
    assert_eq!(scene.unopened(), 0, "nobody typed a password in vain");
    assert_eq!(scene.store.session(), Some(json!({ "then": 1 })));
}
