//! Authorization requests that are pushed to the provider first (RFC 9126).

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, ended};
use fake_provider::{Answer, Endpoint, FakeProvider};
use keyfob::{ErrorCode, Failure, Session};
use serde_json::json;
use url::Url;

async fn required() -> Scene {
    let provider = FakeProvider::start().await;
    provider.par().required();
    Scene::at(provider, json!({}))
}

fn parameters(url: &str) -> Vec<String> {
    let url = Url::parse(url).expect("a URL");
    url.query_pairs().map(|(name, _)| name.into_owned()).collect()
}

#[tokio::test]
async fn s_75_s_77_where_the_provider_requires_it_the_browser_carries_a_name_and_nothing_else() {
    let mut scene = required().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    assert_eq!(parameters(&url), ["client_id", "request_uri"]);
    let pushed = scene.provider.at(Endpoint::Par).requests();
    for name in ["state", "nonce", "code_challenge", "redirect_uri", "scope", "response_type", "client_id"] {
        assert!(pushed[0].form.get(name).is_some(), "{name}");
    }
    assert_eq!(pushed[0].form.get("request_uri"), None);
    let callback = scene.provider.approve(&url).await;
    scene.comes_back(&callback).await;
    assert!(matches!(ended(sign_in).await, Ok(Session::SignedIn { .. })));
}

#[tokio::test]
async fn where_it_is_only_offered_the_configuration_decides() {
    for (settings, pushed) in [(json!({}), 0), (json!({ "pushedAuthorizationRequests": true }), 1)] {
        let provider = FakeProvider::start().await;
        provider.par().offered();
        let mut scene = Scene::at(provider, settings);
        scene.sign_in().await;
        assert_eq!(scene.provider.at(Endpoint::Par).count(), pushed);
    }
    let scene = Scene::with(json!({ "pushedAuthorizationRequests": true })).await;
    let refused = ended(scene.click()).await.expect_err("nobody signed in");
    assert_eq!(refused.code(), ErrorCode::InvalidMetadata);
}

#[tokio::test]
async fn s_76_who_opens_the_browser_again_pushes_again() {
    let mut scene = required().await;
    let sign_in = scene.click();
    let first = scene.opened().await;
    // The first one runs out while the person looks for their password.
    scene.advance(61);
    scene.keyfob.open_authorization_url().await.expect("the browser opens");
    let second = scene.opened().await;
    assert_ne!(first, second);
    let copied = scene.keyfob.authorization_url().await.expect("a link");
    assert_ne!(copied.as_str(), second);
    assert_eq!(scene.provider.at(Endpoint::Par).count(), 3);
    let callback = scene.provider.approve(&second).await;
    scene.comes_back(&callback).await;
    assert!(matches!(ended(sign_in).await, Ok(Session::SignedIn { .. })));
}

#[tokio::test]
async fn s_78_what_the_endpoint_answers_ends_the_sign_in_by_its_name_before_the_browser_opens() {
    let json = |status, error| Answer::json(status, json!({ "error": error }));
    for (answer, code) in [
        (json(400, "invalid_request"), ErrorCode::AuthorizationFailed),
        (json(401, "invalid_client"), ErrorCode::AuthorizationFailed),
        (json(405, "invalid_request"), ErrorCode::AuthorizationFailed),
        (json(413, "invalid_request"), ErrorCode::AuthorizationFailed),
        (json(429, "slow_down"), ErrorCode::ProviderUnreachable),
        (json(503, "temporarily_unavailable"), ErrorCode::ProviderUnreachable),
        (Answer::json(201, json!({ "expires_in": 60 })), ErrorCode::InvalidTokenResponse),
    ] {
        let scene = required().await;
        scene.provider.at(Endpoint::Par).next(answer);
        let refused = ended(scene.click()).await.expect_err("nobody signed in");
        assert_eq!(refused.code(), code);
        assert_eq!((scene.unopened(), scene.provider.at(Endpoint::Par).count()), (0, 1));
        assert_eq!(scene.keyfob.snapshot().sign_in, None);
    }
}
