//! What a caller may ask of a token: its scope, its life, and where it may come from.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::time::Duration;

use common::{API, Scene};
use fake_provider::{AccessTokenFormat, FakeProvider};
use keyfob::{AccessTokenRequest, ErrorCode, Failure, Mode};
use serde_json::json;

fn with_scope(scope: &str) -> AccessTokenRequest {
    AccessTokenRequest { scope: Some(scope.to_owned()), ..AccessTokenRequest::default() }
}

#[tokio::test]
async fn a_scope_that_is_granted_already_costs_nothing_and_another_is_a_token_of_its_own() {
    let scopes = ["openid", "offline_access", "read", "write"];
    let mut scene = Scene::with(json!({ "scopes": scopes, "refreshScope": "wider" })).await;
    scene.provider.token().grant_scope("openid offline_access read");
    scene.sign_in().await;
    let own = scene.token().await.expect("a token");
    let same = scene.keyfob.access_token(&with_scope("read")).await.expect("a token");
    assert_eq!(own.access_token.expose(), same.access_token.expose());
    assert_eq!(scene.refreshes(), 0);

    scene.provider.token().grant_scope("openid offline_access read write");
    let more = scene.keyfob.access_token(&with_scope("write")).await.expect("a token");
    assert_eq!(more.requested_scope.as_deref(), Some("write"));
    assert!(!more.from_cache);
    let again = scene.keyfob.access_token(&with_scope(" write  write ")).await.expect("a token");
    assert_eq!(more.access_token.expose(), again.access_token.expose());
    assert!(again.from_cache);
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn a_scope_that_the_provider_leaves_out_is_named_and_not_asked_for_again() {
    let scopes = ["openid", "email", "offline_access", "admin"];
    let mut scene = Scene::with(json!({ "scopes": scopes, "refreshScope": "wider" })).await;
    scene.provider.token().grant_scope("openid");
    scene.sign_in().await;
    for _ in 0..2 {
        let error = scene.keyfob.access_token(&with_scope("openid email admin")).await;
        let error = error.expect_err("not granted");
        assert_eq!(error.code(), ErrorCode::InsufficientScope);
        assert!(error.to_string().contains("admin"), "{error}");
    }
    assert_eq!(scene.refreshes(), 1);
    scene.token().await.expect("the session is fine");
}

#[tokio::test]
async fn s_63_more_than_the_sign_in_was_granted_is_not_asked_for_unless_that_is_configured() {
    let mut scene = Scene::with(json!({ "scopes": ["openid", "offline_access", "read"] })).await;
    scene.sign_in().await;
    for _ in 0..2 {
        let error = scene.keyfob.access_token(&with_scope("read write")).await.expect_err("not granted");
        assert_eq!(error.code(), ErrorCode::InsufficientScope);
        assert!(error.to_string().contains("write") && !error.to_string().contains("read"), "{error}");
    }
    assert_eq!(scene.refreshes(), 0);
    let request = AccessTokenRequest { mode: Mode::Force, ..with_scope("read") };
    scene.keyfob.access_token(&request).await.expect("that was granted");
    scene.expire();
    scene.token().await.expect("and the session is fine");
    let requests = scene.provider.at(fake_provider::Endpoint::Token).requests();
    assert!(requests.iter().all(|request| request.form.get("scope").is_none()));
}

#[tokio::test]
async fn a_jwt_for_another_audience_is_never_given_to_anybody() {
    let provider = FakeProvider::start().await;
    provider.token().access_tokens(AccessTokenFormat::Jwt);
    let resources = json!([{ "origin": provider.origin(), "audience": "urn:other" }]);
    let settings = json!({ "audience": API, "resources": resources, "resourceStyle": "audience" });
    let mut scene = Scene::at(provider, settings);
    scene.sign_in().await;
    scene.provider.token().grant_audience("urn:default");
    let request = AccessTokenRequest { audience: Some("urn:other".into()), ..Default::default() };
    let error = scene.keyfob.access_token(&request).await.expect_err("it is for another");
    assert_eq!(error.code(), ErrorCode::AudienceMismatch);
    let cached = AccessTokenRequest { mode: Mode::CacheOnly, ..request };
    assert_eq!(scene.keyfob.access_token(&cached).await.expect_err("none").code(), ErrorCode::NotCached);
}

#[tokio::test]
async fn a_token_lives_as_long_as_somebody_wants_in_so_far_as_the_provider_gives_it() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let living = |seconds| AccessTokenRequest {
        min_ttl: Some(Duration::from_secs(seconds)),
        ..AccessTokenRequest::default()
    };
    scene.advance(1000);
    assert!(scene.keyfob.access_token(&living(2500)).await.expect("a token").from_cache);
    assert!(!scene.keyfob.access_token(&living(2700)).await.expect("a token").from_cache);
    for _ in 0..5 {
        assert!(scene.keyfob.access_token(&living(u64::MAX)).await.expect("a token").from_cache);
    }
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn a_token_is_fresh_until_the_moment_in_which_the_next_caller_would_renew_it() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let token = scene.token().await.expect("a token");
    let fresh_for = scene.keyfob.fresh_for(&token).expect("it expires");
    let last = Duration::from_millis(1);
    scene.clock.advance(fresh_for.saturating_sub(last));
    assert!(scene.token().await.expect("a token").from_cache);
    scene.clock.advance(last);
    assert_eq!(scene.keyfob.fresh_for(&token), Some(Duration::ZERO));
    assert!(!scene.token().await.expect("a token").from_cache);

    scene.provider.token().without_expires_in();
    let endless = scene.keyfob.refresh().await.expect("a token");
    assert_eq!(scene.keyfob.fresh_for(&endless), None);
}

#[tokio::test]
async fn from_the_cache_alone_means_that_nothing_is_sent() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let cached = AccessTokenRequest { mode: Mode::CacheOnly, ..AccessTokenRequest::default() };
    assert!(scene.keyfob.access_token(&cached).await.expect("a token").from_cache);
    scene.expire();
    assert_eq!(
        scene.keyfob.access_token(&cached).await.expect_err("it is dead").code(),
        ErrorCode::NotCached
    );
    assert_eq!(scene.refreshes(), 0);
}

#[tokio::test]
async fn forced_refreshes_are_two_seconds_apart_and_those_in_between_share_one() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.keyfob.refresh().await.expect("a token");
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let keyfob = scene.keyfob.clone();
            tokio::spawn(async move { keyfob.refresh().await })
        })
        .collect();
    for answer in asking {
        common::ended(answer).await.expect("a token");
    }
    assert_eq!(scene.refreshes(), 2);
}
