//! Another configuration, in place: whoever follows the session goes on, and the engine before is over.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::time::Duration;

use common::{Answer, Scene, TestStore, ended, within};
use fake_provider::{Endpoint, FakeProvider, Gate, Rotation};
use keyfob::{
    AccessTokenRequest, CallbackOutcome, CheckStatus, ErrorCode, EventKind, Failure, Freshness, Keyfob, Mode,
    Session, SignInOptions, SignOutOptions, Snapshot, StoreError,
};
use serde_json::json;
use tokio::{sync::watch, task::JoinHandle};

/// A window: every snapshot that it was told of, until one is as wanted.
async fn told(
    snapshots: &mut watch::Receiver<Snapshot>,
    wanted: impl Fn(&Session) -> bool,
) -> Vec<(u64, Session)> {
    let mut told = Vec::new();
    loop {
        let Snapshot { generation, session, .. } = snapshots.borrow_and_update().clone();
        let is_last = wanted(&session);
        told.push((generation, session));
        if is_last {
            return told;
        }
        within(snapshots.changed()).await.expect("somebody publishes");
    }
}

fn grows(told: &[(u64, Session)]) -> bool {
    told.windows(2).all(|pair| pair[0].0 < pair[1].0)
}

fn is_live(session: &Session) -> bool {
    matches!(session, Session::SignedIn { .. })
}

async fn codes(keyfob: &Keyfob) -> Vec<ErrorCode> {
    let request = AccessTokenRequest::default();
    let forced = AccessTokenRequest { mode: Mode::Force, ..request.clone() };
    vec![
        within(keyfob.access_token(&request)).await.expect_err("it is over").code(),
        within(keyfob.access_token(&forced)).await.expect_err("it is over").code(),
        within(keyfob.sign_in(&SignInOptions::default())).await.expect_err("it is over").code(),
        within(keyfob.sign_out(SignOutOptions::default())).await.expect_err("it is over").code(),
        within(keyfob.accounts()).await.expect_err("it is over").code(),
        within(keyfob.switch_account("ada")).await.expect_err("it is over").code(),
        within(keyfob.remove_account("ada")).await.expect_err("it is over").code(),
        within(keyfob.fetch(keyfob::FetchRequest::get("/"))).await.expect_err("it is over").code(),
        keyfob.config().expect_err("it is over").code(),
        keyfob.diagnostics().expect_err("it is over").code(),
    ]
}

/// A refresh whose answer is held, and who waits for it.
async fn refresh_under_way(scene: &Scene) -> (Gate, JoinHandle<Answer>) {
    scene.expire();
    let gate = scene.provider.at(Endpoint::Token).hold_answers();
    let answer = scene.ask(None, Mode::Default).await;
    within(gate.arrived()).await;
    (gate, answer)
}

#[tokio::test]
async fn whoever_follows_the_session_goes_on_and_hears_of_ever_newer_states() {
    let mut scene = Scene::start().await;
    let mut window = scene.keyfob.subscribe();
    scene.sign_in().await;
    let mut heard = told(&mut window, is_live).await;
    for locale in ["en", "de", "fr"] {
        scene.reconfigure(json!({ "uiLocales": [locale] }));
        within(window.changed()).await.expect("somebody publishes");
        heard.extend(told(&mut window, is_live).await);
    }
    assert!(grows(&heard), "{heard:?}");
    assert_eq!(window.borrow().generation, scene.keyfob.snapshot().generation);
    scene.token().await.expect("the session is that of before");
    assert_eq!(scene.refreshes(), 0);
    let kinds: Vec<_> = scene.keyfob.events().into_iter().map(|event| event.kind).collect();
    assert!(kinds.starts_with(&[EventKind::Restored, EventKind::SignInStarted, EventKind::SignedIn]));
}

#[tokio::test]
async fn a_sign_in_that_waits_is_superseded_and_the_browser_comes_back_to_nothing() {
    let mut scene = Scene::start().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    assert_eq!(scene.store.len(), 1, "it is kept for a cold start");
    scene.reconfigure(json!({}));
    assert_eq!(ended(sign_in).await.expect_err("it has ended").code(), ErrorCode::Superseded);
    assert_eq!(scene.restored().await, Session::SignedOut);
    assert_eq!((scene.keyfob.snapshot().sign_in, scene.store.len()), (None, 0));
    let callback = scene.provider.approve(&url).await;
    assert_eq!(scene.keyfob.handle_callback(&callback).await, CallbackOutcome::Ignored);
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 0);
    scene.sign_in().await;
}

#[tokio::test]
async fn a_sign_in_that_is_being_kept_is_that_of_the_new_engine() {
    let mut scene = Scene::start().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    let callback = scene.provider.approve(&url).await;
    let held = scene.store.hold();
    scene.comes_back(&callback).await;
    within(held.arrived()).await;
    scene.reconfigure(json!({}));
    drop(held);
    assert_eq!(ended(sign_in).await.expect_err("its engine is over").code(), ErrorCode::Superseded);
    assert!(is_live(&scene.restored().await));
    scene.expire();
    scene.token().await.expect("a token");
    assert_eq!(scene.provider.at(Endpoint::Revocation).count(), 0);
}

#[tokio::test]
async fn what_a_refresh_under_way_brings_is_kept_and_used_next() {
    for store in [TestStore::default(), TestStore::private()] {
        let mut scene = Scene::over(store, FakeProvider::start().await, json!({}));
        scene.provider.token().rotation(Rotation::Strict);
        scene.sign_in().await;
        let (gate, answer) = refresh_under_way(&scene).await;
        scene.reconfigure(json!({}));
        assert!(is_live(&scene.restored().await));
        gate.release();
        assert_eq!(ended(answer).await.expect_err("its engine is over").code(), ErrorCode::Superseded);
        for _ in 0..3 {
            scene.expire();
            scene.token().await.expect("the session lives");
        }
        assert_eq!((scene.provider.replays(), scene.provider.most_uses_at_once()), (0, 1));
    }
}

#[tokio::test]
async fn of_several_engines_in_a_row_the_last_one_counts() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let first = scene.reconfigure(json!({}));
    let second = scene.reconfigure(json!({}));
    assert!(is_live(&scene.restored().await));
    // Who still holds the first one takes the place of the present one all the same.
    let third = std::mem::replace(&mut scene.keyfob, first.clone());
    scene.reconfigure(json!({}));
    assert!(is_live(&scene.restored().await));
    for over in [&first, &second, &third] {
        assert_eq!(over.config().expect_err("it is over").code(), ErrorCode::Superseded);
    }
    scene.expire();
    scene.token().await.expect("a token");
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn a_configuration_comes_goes_and_comes_back_and_so_does_the_session() {
    let mut scene = Scene::start().await;
    let mut window = scene.keyfob.subscribe();
    let unconfigured =
        |session: &Session| matches!(session, Session::Unavailable { code: ErrorCode::NotConfigured, .. });
    scene.deconfigure();
    let mut heard = told(&mut window, unconfigured).await;
    scene.reconfigure(json!({}));
    heard.extend(told(&mut window, |session| *session == Session::SignedOut).await.split_off(1));
    scene.sign_in().await;
    heard.extend(told(&mut window, is_live).await.split_off(1));
    scene.deconfigure();
    heard.extend(told(&mut window, unconfigured).await.split_off(1));
    assert_eq!(scene.token().await.expect_err("there is none").code(), ErrorCode::NotConfigured);
    scene.reconfigure(json!({}));
    heard.extend(told(&mut window, is_live).await.split_off(1));
    assert!(grows(&heard), "{heard:?}");
    scene.token().await.expect("the session is that of before");
}

#[tokio::test]
async fn another_provider_has_its_own_accounts_and_the_one_before_keeps_its_own() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let before = std::mem::replace(&mut scene.provider, FakeProvider::start().await);
    scene.reconfigure(json!({}));
    assert_eq!(scene.restored().await, Session::SignedOut);
    scene.sign_in().await;
    scene.token().await.expect("a token");
    let between = std::mem::replace(&mut scene.provider, before);
    scene.reconfigure(json!({}));
    assert!(is_live(&scene.restored().await));
    assert_eq!(within(scene.keyfob.accounts()).await.expect("the store obeys").len(), 1);
    assert_eq!(between.at(Endpoint::Revocation).count(), 0);
}

#[tokio::test]
async fn the_engine_before_fails_every_call_sends_nothing_and_publishes_nothing() {
    let mut scene = Scene::with(json!({ "keepFresh": "always" })).await;
    scene.sign_in().await;
    let old = scene.reconfigure(json!({ "keepFresh": "never" }));
    assert!(is_live(&scene.restored().await));
    scene.expire();
    scene
        .until(|snapshot| !matches!(snapshot.session, Session::SignedIn { freshness: Freshness::Fresh, .. }))
        .await;
    let (sent, before) = (sent_but_for_pictures(&scene), scene.keyfob.snapshot());

    assert!(codes(&old).await.iter().all(|code| *code == ErrorCode::Superseded));
    old.network_changed();
    within(old.cancel_sign_in()).await;
    let callback = "dev.keyfob.desktop:/callback?code=c&state=s";
    assert_eq!(within(old.handle_start_callback(callback)).await, CallbackOutcome::Ignored);
    let checks = within(old.doctor()).await;
    assert_eq!((checks[0].status, checks[1].status), (CheckStatus::Failed, CheckStatus::Skipped));
    assert_eq!((old.tokens(), old.id_token().map(|_| ())), (vec![], None));
    assert_eq!((sent_but_for_pictures(&scene), scene.keyfob.snapshot()), (sent, before));
    scene.token().await.expect("the session is as it was");
}

/// The engine in force fetches the person's picture when it finds the time.
fn sent_but_for_pictures(scene: &Scene) -> usize {
    scene.provider.requests().iter().filter(|request| request.endpoint != Endpoint::Picture).count()
}

#[tokio::test]
async fn who_has_the_session_in_use_still_has() {
    let mut scene = Scene::start().await;
    let in_use = scene.keyfob.keep_fresh();
    scene.sign_in().await;
    scene.reconfigure(json!({}));
    assert!(is_live(&scene.restored().await));
    scene.make_due();
    scene.keyfob.network_changed();
    within(scene.provider.at(Endpoint::Token).arrived(2)).await;

    drop(in_use);
    scene
        .until(|snapshot| matches!(snapshot.session, Session::SignedIn { freshness: Freshness::Fresh, .. }))
        .await;
    scene.make_due();
    scene.keyfob.network_changed();
    scene
        .until(|snapshot| matches!(snapshot.session, Session::SignedIn { freshness: Freshness::Stale, .. }))
        .await;
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn what_the_keychain_did_not_take_goes_over_and_is_kept_as_soon_as_it_does() {
    let mut scene = Scene::start().await;
    scene.provider.token().rotation(Rotation::Strict);
    scene.sign_in().await;
    scene.expire();
    scene.store.refuse_changes(StoreError::Locked);
    scene.token().await.expect("a token");
    scene.reconfigure(json!({}));
    let degraded = |session: &Session| matches!(session, Session::SignedIn { storage_degraded: true, .. });
    assert!(degraded(&scene.restored().await));
    scene.expire();
    scene.token().await.expect("memory has the newest refresh token");
    scene.store.accept();
    scene.keyfob.network_changed();
    scene.until(|snapshot| is_live(&snapshot.session) && !degraded(&snapshot.session)).await;
    scene.restart();
    scene.restored().await;
    scene.expire();
    scene.token().await.expect("a token");
    assert_eq!(scene.provider.replays(), 0);
}

#[tokio::test]
async fn what_a_refresh_under_way_brings_is_not_lost_to_a_keychain_that_refuses() {
    for refuse in [TestStore::refuse, TestStore::refuse_changes] {
        let mut scene = Scene::start().await;
        scene.provider.token().rotation(Rotation::Strict);
        scene.sign_in().await;
        let (gate, answer) = refresh_under_way(&scene).await;
        refuse(&scene.store, StoreError::Locked);
        scene.reconfigure(json!({}));
        scene.restored().await;
        gate.release();
        assert_eq!(ended(answer).await.expect_err("its engine is over").code(), ErrorCode::Superseded);
        scene.token().await.expect("the session is in memory");
        scene.store.accept();
        scene.keyfob.network_changed();
        let is_kept =
            |session: &Session| matches!(session, Session::SignedIn { storage_degraded: false, .. });
        scene.until(|snapshot| is_kept(&snapshot.session)).await;
        scene.restart();
        scene.restored().await;
        scene.expire();
        scene.token().await.expect("a token");
        assert_eq!((scene.provider.replays(), scene.provider.at(Endpoint::Revocation).count()), (0, 0));
    }
}

#[tokio::test]
async fn a_refresh_that_was_under_way_brings_nobody_back_who_had_signed_out() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let (gate, answer) = refresh_under_way(&scene).await;
    scene.store.refuse(StoreError::Locked);
    let sign_out = scene.keyfob.sign_out(SignOutOptions::default()).await;
    assert_eq!(sign_out.expect_err("it is still there").code(), ErrorCode::KeychainLocked);
    scene.reconfigure(json!({}));
    scene.restored().await;
    gate.release();
    assert_eq!(ended(answer).await.expect_err("its engine is over").code(), ErrorCode::Superseded);
    assert!(!is_live(&scene.keyfob.snapshot().session));
}

#[tokio::test]
async fn until_the_keychain_has_it_no_other_process_uses_the_refresh_token_before() {
    let mut scene = Scene::start().await;
    scene.provider.token().rotation(Rotation::Strict);
    scene.sign_in().await;
    let second = scene.second_process().await;
    scene.expire();
    scene.store.refuse_changes(StoreError::Locked);
    scene.token().await.expect("a token");
    scene.reconfigure(json!({}));
    scene.restored().await;
    let asked = tokio::spawn(async move { second.access_token(&AccessTokenRequest::default()).await });
    scene.store.accept();
    scene.keyfob.network_changed();
    ended(asked).await.expect("it waits, and goes on with the newer one");
    assert_eq!(scene.provider.replays(), 0);
}

#[tokio::test]
async fn a_sign_out_that_the_keychain_refused_is_done_before_anything_is_restored() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.store.refuse_changes(StoreError::Locked);
    let sign_out = scene.keyfob.sign_out(SignOutOptions::default()).await;
    assert_eq!(sign_out.expect_err("it is still there").code(), ErrorCode::KeychainLocked);
    scene.store.accept();
    scene.reconfigure(json!({}));
    assert_eq!(scene.restored().await, Session::SignedOut);
    assert_eq!(scene.store.len(), 0);
}

#[tokio::test]
async fn a_revocation_that_waits_is_made_though_nobody_holds_its_engine() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let refresh_token = scene.store.refresh_token().expect("it is kept");
    scene.provider.go_down();
    scene.keyfob.sign_out(SignOutOptions::default()).await.expect("the store obeys");
    drop(scene.deconfigure());
    scene.until(|snapshot| matches!(snapshot.session, Session::Unavailable { .. })).await;
    scene.provider.come_back();
    // The first attempt may still be about to fail, and each pass is a minute later.
    for _ in 0..100 {
        if scene.provider.revoked(&refresh_token) {
            return;
        }
        scene.advance(600);
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(61)).await;
        tokio::time::resume();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it was never made");
}
