//! Renewal that nobody asks for.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, within};
use fake_provider::{Answer, Endpoint};
use keyfob::{Freshness, Session};
use serde_json::json;

fn is(freshness: Freshness) -> impl Fn(&keyfob::Snapshot) -> bool {
    move |snapshot| matches!(snapshot.session, Session::SignedIn { freshness: now, .. } if now == freshness)
}

#[tokio::test]
async fn what_is_in_use_is_renewed_in_good_time_and_what_is_not_is_left() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.make_due();
    scene.keyfob.network_changed();
    scene.until(is(Freshness::Stale)).await;
    assert_eq!(scene.refreshes(), 0);

    let _in_use = scene.keyfob.keep_fresh();
    scene.until(is(Freshness::Fresh)).await;
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn an_app_that_works_unseen_has_a_fresh_token_at_its_start() {
    let mut scene = Scene::with(json!({ "keepFresh": "always" })).await;
    scene.sign_in().await;
    scene.expire();
    scene.restart();
    within(scene.provider.at(Endpoint::Token).arrived(2)).await;
    scene.until(is(Freshness::Fresh)).await;
}

#[tokio::test]
async fn a_wake_up_after_sleep_renews_what_is_in_use_and_does_so_once() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let _in_use = scene.keyfob.keep_fresh();
    scene.clock.sleep(std::time::Duration::from_secs(8 * 3600));
    scene.provider.advance(std::time::Duration::from_secs(8 * 3600));
    scene.keyfob.network_changed();
    within(scene.provider.at(Endpoint::Token).arrived(2)).await;
    scene.until(is(Freshness::Fresh)).await;
    for _ in 0..5 {
        scene.keyfob.network_changed();
        scene.token().await.expect("a token");
    }
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn an_unasked_renewal_that_fails_is_not_repeated_at_once() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.provider.at(Endpoint::Token).always(Answer::status(503));
    scene.make_due();
    let in_use = scene.keyfob.keep_fresh();
    within(scene.provider.at(Endpoint::Token).arrived(2)).await;
    scene.until(is(Freshness::Stale)).await;
    for _ in 0..20 {
        scene.keyfob.network_changed();
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.refreshes(), 1);
    drop(in_use);
}

#[tokio::test]
async fn a_start_without_a_network_is_signed_in_and_says_so() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.provider.go_down();
    scene.restart();
    let offline =
        |snapshot: &keyfob::Snapshot| matches!(snapshot.session, Session::SignedIn { offline: true, .. });
    let snapshot = scene.until(offline).await;
    assert!(matches!(&snapshot.session, Session::SignedIn { user, .. } if user.name.is_some()));
    scene.provider.come_back();
    scene.keyfob.network_changed();
    scene.until(|snapshot| !offline(snapshot)).await;
    scene.token().await.expect("a token");
}
