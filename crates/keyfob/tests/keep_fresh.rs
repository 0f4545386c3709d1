//! Renewal that nobody asks for.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::time::Duration;

use common::{Scene, within};
use fake_provider::{Answer, Endpoint};
use keyfob::{EventKind, Freshness, Session};
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
    scene.clock.sleep(Duration::from_secs(8 * 3600));
    scene.provider.advance(Duration::from_secs(8 * 3600));
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

/// What the machine and its network did, in its order.
fn of_the_machine(scene: &Scene) -> Vec<EventKind> {
    use EventKind::{CameOnline, ClockChanged, NetworkChanged, WentOffline, WokeUp};

    let events = scene.keyfob.events().into_iter().map(|event| event.kind);
    let all = [WokeUp, ClockChanged, NetworkChanged, WentOffline, CameOnline];
    events.filter(|kind| all.contains(kind)).collect()
}

#[tokio::test]
async fn sleep_the_clock_and_the_network_are_told_apart() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let mut expected = Vec::new();
    let hour = Duration::from_secs(3600);
    let acts: [(&dyn Fn(), EventKind); 4] = [
        (&|| scene.clock.sleep(hour), EventKind::WokeUp),
        (&|| scene.clock.jump(-3600), EventKind::ClockChanged),
        (&|| scene.clock.jump(600), EventKind::ClockChanged),
        (&|| scene.keyfob.network_changed(), EventKind::NetworkChanged),
    ];
    for (act, kind) in acts {
        act();
        expected.push(kind);
        // As at the next tick.
        drop(scene.keyfob.keep_fresh());
        within(async {
            while of_the_machine(&scene).len() < expected.len() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(of_the_machine(&scene), expected);
    }
}

#[tokio::test]
async fn who_goes_offline_and_comes_back_does_so_once() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let offline =
        |snapshot: &keyfob::Snapshot| matches!(snapshot.session, Session::SignedIn { offline: true, .. });
    scene.provider.go_down();
    for _ in 0..3 {
        scene.keyfob.network_changed();
        scene.until(offline).await;
    }
    scene.expire();
    scene.token().await.expect_err("the provider is down");
    scene.provider.come_back();
    scene.keyfob.network_changed();
    scene.until(|snapshot| !offline(snapshot)).await;
    scene.token().await.expect("a token");
    let mut of_the_machine = of_the_machine(&scene);
    of_the_machine.retain(|kind| *kind != EventKind::NetworkChanged);
    assert_eq!(of_the_machine, [EventKind::WentOffline, EventKind::CameOnline]);
}
