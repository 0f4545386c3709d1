//! How long the provider's metadata is believed.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, ended};
use fake_provider::{Answer, Endpoint, FakeProvider, Fault};
use keyfob::{ErrorCode, Failure, SignOutOptions};
use serde_json::json;

const HOUR: u64 = 3600;

fn looks(scene: &Scene) -> usize {
    scene.provider.at(Endpoint::Discovery).count()
}

#[tokio::test]
async fn s_15_it_is_remembered_for_an_hour_and_then_fetched_anew() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.advance(HOUR - 1);
    scene.sign_in().await;
    assert_eq!(looks(&scene), 1);
    scene.advance(1);
    scene.sign_in().await;
    assert_eq!(looks(&scene), 2);
    scene.sign_in().await;
    assert_eq!(looks(&scene), 2);
}

#[tokio::test]
async fn s_15_time_that_passes_in_sleep_counts() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.clock.sleep(std::time::Duration::from_secs(HOUR));
    scene.sign_in().await;
    assert_eq!(looks(&scene), 2);
}

#[tokio::test]
async fn s_15_an_endpoint_that_has_moved_is_found_where_it_is_now() {
    let elsewhere = FakeProvider::start().await;
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let moved = elsewhere.url(Endpoint::Token);
    scene.provider.metadata(move |document| document["token_endpoint"] = json!(moved));
    scene.advance(HOUR);
    // Who it is that moved there doesn't know the refresh token.
    scene.token().await.expect_err("nobody knows it there");
    assert_eq!(elsewhere.token_requests("refresh_token"), 1);
    assert_eq!(scene.refreshes(), 0);
}

#[tokio::test]
async fn s_15_a_session_goes_on_with_the_old_where_the_new_can_not_be_had_and_a_sign_in_does_not() {
    let faults: [(&str, Fault); 4] = [
        ("500", Answer::status(500).into()),
        ("a captive portal", Answer::html_page().into()),
        ("another issuer's", Answer::json(200, json!({ "issuer": "https://other.example" })).into()),
        ("dropped", Fault::ConnectionDropped),
    ];
    for (name, fault) in faults {
        let mut scene = Scene::start().await;
        scene.sign_in().await;
        scene.provider.at(Endpoint::Discovery).always(fault);
        scene.advance(HOUR);
        scene.token().await.expect(name);
        assert_eq!(scene.refreshes(), 1, "{name}");
        let error = ended(scene.click()).await.expect_err(name);
        assert!(
            matches!(
                error.code(),
                ErrorCode::ProviderUnreachable | ErrorCode::InvalidMetadata | ErrorCode::IssuerMismatch
            ),
            "{name}: {error}"
        );
        scene.keyfob.sign_out(SignOutOptions::default()).await.expect("the store obeys");
        scene.provider.at(Endpoint::Revocation).arrived(1).await;
    }
}

#[tokio::test]
async fn s_15_a_provider_that_says_nothing_when_it_is_asked_again_delays_no_refresh_for_long() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let gate = scene.provider.at(Endpoint::Discovery).hold();
    scene.advance(HOUR);
    let token = scene.token().await.expect("the old metadata still serves");
    assert!(!token.from_cache);
    gate.release();
}
