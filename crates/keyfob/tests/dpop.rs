//! Tokens that are bound to a key (RFC 9449), at a provider and at APIs that judge each proof.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::collections::HashSet;

use common::{API, Scene, ended};
use fake_provider::{AccessTokenFormat, Answer, Endpoint, FakeProvider, Proof};
use http::{Method, StatusCode};
use keyfob::{
    AccessToken, EndpointUrl, ErrorCode, Failure, FetchError, FetchRequest, Session, SignOutOptions,
};
use serde_json::{Value, json};

/// An app whose tokens are bound, at a provider that binds them and an API that takes no others.
async fn bound(script: impl FnOnce(&FakeProvider)) -> Scene {
    bound_at_two_apis(script).await.0
}

/// The same, and the origin of a second API.
async fn bound_at_two_apis(script: impl FnOnce(&FakeProvider)) -> (Scene, String) {
    let provider = FakeProvider::start().await;
    provider.api_audience(API);
    provider.token().access_tokens(AccessTokenFormat::Jwt);
    provider.dpop().required();
    script(&provider);
    let elsewhere = provider.another_origin();
    let resources = json!([
        { "origin": provider.origin(), "audience": API },
        { "origin": elsewhere, "audience": API },
    ]);
    let settings = json!({ "dpop": true, "audience": API, "resources": resources });
    (Scene::at(provider, settings), elsewhere)
}

async fn status(scene: &Scene) -> StatusCode {
    scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect("an answer").status
}

fn proofs(scene: &Scene, endpoint: Endpoint) -> Vec<Proof> {
    scene.provider.proofs().into_iter().filter(|proof| proof.endpoint == endpoint).collect()
}

#[tokio::test]
async fn s_64_s_73_one_key_binds_the_code_every_refresh_and_the_session_after_a_restart() {
    let mut scene = bound(|_| {}).await;
    scene.sign_in().await;
    let token = scene.token().await.expect("a token");
    assert_eq!(token.token_type(), "DPoP");
    scene.expire();
    scene.token().await.expect("a newer one");
    scene.restart();
    scene.restored().await;
    scene.expire();
    scene.token().await.expect("one after the restart");
    assert_eq!(status(&scene).await, StatusCode::OK);
    assert!(scene.provider.refused_proofs().is_empty());

    let keys: HashSet<_> = scene.provider.proofs().into_iter().map(|proof| proof.jkt).collect();
    assert_eq!(keys.len(), 1);
    let asked = scene.provider.at(Endpoint::Authorization).requests();
    assert_eq!(asked[0].query.get("dpop_jkt"), keys.iter().next().map(String::as_str));

    scene.sign_in().await;
    let keys: HashSet<_> = scene.provider.proofs().into_iter().map(|proof| proof.jkt).collect();
    assert_eq!(keys.len(), 2, "another sign-in has a key of its own");
}

#[tokio::test]
async fn s_67_each_proof_is_of_its_request_and_at_an_api_of_its_token() {
    let mut scene = bound(|_| {}).await;
    scene.sign_in().await;
    for _ in 0..3 {
        assert_eq!(status(&scene).await, StatusCode::OK);
    }
    let all = scene.provider.proofs();
    let ids: HashSet<_> = all.iter().map(|proof| proof.jti.as_str()).collect();
    assert_eq!(ids.len(), all.len());
    for proof in proofs(&scene, Endpoint::Token) {
        assert_eq!((proof.htm.as_str(), proof.htu), ("POST", scene.provider.url(Endpoint::Token)));
        assert_eq!(proof.ath, None);
    }
    let at_api = proofs(&scene, Endpoint::Api);
    assert_eq!(at_api.len(), 3);
    for proof in at_api {
        assert_eq!((proof.htm.as_str(), proof.htu), ("GET", scene.provider.api_url()));
        assert!(proof.ath.is_some());
    }
}

#[tokio::test]
async fn s_69_to_s_71_a_nonce_is_learned_once_for_each_server_and_shown_to_no_other() {
    let (mut scene, elsewhere) = bound_at_two_apis(|provider| {
        provider.dpop().nonces().rotating_nonces();
    })
    .await;
    scene.sign_in().await;
    for _ in 0..5 {
        assert_eq!(status(&scene).await, StatusCode::OK);
        scene.expire();
    }
    let elsewhere = scene.provider.api_url().replace(scene.provider.origin(), &elsewhere);
    let response = scene.keyfob.fetch(FetchRequest::get(elsewhere)).await.expect("an answer");
    assert_eq!(response.status, StatusCode::OK);
    // One at the provider, and one at each API: from then on each answer's nonce serves the next request.
    let refused = scene.provider.refused_proofs();
    assert_eq!(refused.len(), 3, "{refused:?}");
    let used: Vec<_> = scene.provider.proofs().into_iter().filter_map(|proof| proof.nonce).collect();
    let distinct: HashSet<_> = used.iter().collect();
    assert_eq!(distinct.len(), used.len(), "each nonce is good once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_69_many_requests_at_once_do_not_take_each_others_nonces() {
    let mut scene = bound(|provider| {
        provider.dpop().nonces().rotating_nonces();
    })
    .await;
    scene.sign_in().await;
    for _ in 0..10 {
        let gate = scene.provider.at(Endpoint::Api).hold();
        let calls: Vec<_> = (0..40)
            .map(|_| {
                let (keyfob, request) = (scene.keyfob.clone(), FetchRequest::get(scene.provider.api_url()));
                tokio::spawn(async move { keyfob.fetch(request).await })
            })
            .collect();
        gate.arrived_times(40).await;
        gate.release();
        for call in calls {
            assert_eq!(ended(call).await.expect("an answer").status, StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn s_69_a_nonce_that_has_run_out_is_replaced_in_the_same_call() {
    let mut scene = bound(|provider| {
        provider.dpop().nonces();
    })
    .await;
    scene.sign_in().await;
    assert_eq!(status(&scene).await, StatusCode::OK);
    scene.provider.dpop().expire_nonces();
    assert_eq!(status(&scene).await, StatusCode::OK);
    scene.expire();
    scene.provider.dpop().expire_nonces();
    scene.token().await.expect("a token");
}

#[tokio::test]
async fn s_69_a_server_that_no_nonce_satisfies_is_asked_twice_and_costs_no_session() {
    let mut scene = bound(|provider| {
        provider.dpop().nonces();
    })
    .await;
    scene.sign_in().await;
    scene.provider.dpop().never_satisfied();
    scene.provider.forget();
    let refused =
        scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect_err("no answer");
    assert_eq!(refused.code(), ErrorCode::ProofRefused);
    assert_eq!(scene.provider.at(Endpoint::Api).count(), 2);
    assert_eq!(scene.refreshes(), 0, "another token would fare no better");
    scene.expire();
    let refused = scene.token().await.expect_err("no token");
    assert_eq!(refused.code(), ErrorCode::TokenRequestFailed);
    assert_eq!(scene.refreshes(), 2);
    assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }));
    scene.provider.dpop().reset().required();
    scene.wait_out();
    scene.token().await.expect("the session lives");
}

#[tokio::test]
async fn s_72_a_token_that_is_not_bound_though_it_should_be_is_not_used() {
    let mut scene = bound(|provider| {
        provider.token().token_type("Bearer");
    })
    .await;
    let refused = scene.try_sign_in().await.expect_err("nobody signed in");
    assert_eq!(refused.code(), ErrorCode::InvalidTokenResponse);
    scene.provider.token().token_type("dPoP");
    scene.sign_in().await;
    assert_eq!(status(&scene).await, StatusCode::OK);
}

#[tokio::test]
async fn s_72_a_token_that_is_bound_to_another_key_is_not_used() {
    let mut scene = bound(|_| {}).await;
    scene.sign_in().await;
    scene.expire();
    let body = json!({
        "access_token": "e30.eyJjbmYiOnsiamt0IjoiYW5vdGhlciJ9fQ.x",
        "token_type": "DPoP",
        "expires_in": 3600,
    });
    scene.provider.token().next(Answer::json(200, body));
    assert_eq!(scene.token().await.expect_err("no token").code(), ErrorCode::InvalidTokenResponse);
}

#[tokio::test]
async fn s_74_a_proof_is_dated_by_the_providers_clock() {
    let mut scene = bound(|_| {}).await;
    // This machine is a day behind.
    scene.provider.advance(std::time::Duration::from_secs(86_400));
    scene.sign_in().await;
    assert_eq!(status(&scene).await, StatusCode::OK);
    assert!(scene.provider.refused_proofs().is_empty());
}

#[tokio::test]
async fn userinfo_gets_a_proof_of_the_token() {
    let provider = FakeProvider::start().await;
    provider.dpop().required().nonces();
    provider.id_token().without("name");
    provider.id_token().without("email");
    let mut scene = Scene::at(provider, json!({ "dpop": true }));
    let Session::SignedIn { user, .. } = scene.sign_in().await else { panic!("nobody signed in") };
    assert_eq!(user.name.as_deref(), Some("Ada Lovelace"));
    assert!(proofs(&scene, Endpoint::Userinfo).iter().all(|proof| proof.ath.is_some()));
}

#[tokio::test]
async fn a_sign_in_that_a_callback_finishes_after_a_restart_still_has_its_key() {
    let mut scene = bound(|_| {}).await;
    drop(scene.click());
    let url = scene.opened().await;
    let callback = scene.provider.approve(&url).await;
    scene.restart();
    scene.comes_back(&callback).await;
    scene.until(|snapshot| matches!(snapshot.session, Session::SignedIn { .. })).await;
    assert_eq!(status(&scene).await, StatusCode::OK);
}

#[tokio::test]
async fn a_provider_without_dpop_is_refused_before_the_browser_opens() {
    let provider = FakeProvider::start().await;
    provider
        .metadata(|metadata: &mut Value| metadata["dpop_signing_alg_values_supported"] = json!(["RS256"]));
    let scene = Scene::at(provider, json!({ "dpop": true }));
    let refused = ended(scene.click()).await.expect_err("nobody signed in");
    assert_eq!(refused.code(), ErrorCode::InvalidMetadata);
    assert_eq!(scene.unopened(), 0);
}

/// A proof for a request that the app sends by itself.
fn own_proof(scene: &Scene, token: &AccessToken, nonce: Option<&str>) -> Result<String, FetchError> {
    let url = EndpointUrl::parse(&format!("{}?page=2", scene.provider.api_url())).expect("a URL");
    scene.keyfob.dpop_proof(&url, &Method::GET, token, nonce)
}

async fn sent(scene: &Scene, token: &AccessToken, proof: &str) -> StatusCode {
    let request = reqwest::Client::new()
        .get(scene.provider.api_url())
        .header("authorization", format!("DPoP {}", token.expose()))
        .header("dpop", proof);
    request.send().await.expect("an answer").status()
}

#[tokio::test]
async fn s_67_s_74_a_proof_for_the_apps_own_request_is_taken_once() {
    let mut scene = bound(|_| {}).await;
    // This machine is a day behind.
    scene.provider.advance(std::time::Duration::from_secs(86_400));
    scene.sign_in().await;
    let token = scene.token().await.expect("a token").access_token;
    let proof = own_proof(&scene, &token, None).expect("a proof");
    assert_eq!(sent(&scene, &token, &proof).await, StatusCode::OK);
    assert_eq!(sent(&scene, &token, &proof).await, StatusCode::UNAUTHORIZED, "each is good once");
    let proved = &proofs(&scene, Endpoint::Api)[0];
    assert_eq!((proved.htm.as_str(), proved.htu.as_str()), ("GET", scene.provider.api_url().as_str()));
    assert!(proved.ath.is_some());
}

#[tokio::test]
async fn s_70_a_proof_for_the_apps_own_request_carries_the_nonce_that_is_given_or_known() {
    let mut scene = bound(|provider| {
        provider.dpop().nonces();
    })
    .await;
    scene.sign_in().await;
    let token = scene.token().await.expect("a token").access_token;
    let without = own_proof(&scene, &token, None).expect("a proof");
    assert_eq!(sent(&scene, &token, &without).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&scene).await, StatusCode::OK);
    let known = own_proof(&scene, &token, None).expect("a proof");
    assert_eq!(sent(&scene, &token, &known).await, StatusCode::OK);
    let nonce = proofs(&scene, Endpoint::Api).last().and_then(|proof| proof.nonce.clone()).expect("a nonce");

    scene.restart();
    scene.restored().await;
    let given = own_proof(&scene, &token, Some(&nonce)).expect("a proof");
    assert_eq!(sent(&scene, &token, &given).await, StatusCode::OK);
    let error = own_proof(&scene, &token, Some("\"")).expect_err("no nonce");
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn s_72_nothing_is_proved_of_a_token_that_is_not_at_hand_or_not_bound() {
    let mut scene = bound(|_| {}).await;
    let refused =
        |scene: &Scene, token: &AccessToken| own_proof(scene, token, None).expect_err("no proof").code();
    assert_eq!(scene.restored().await, Session::SignedOut);
    assert_eq!(refused(&scene, &AccessToken::new("x")), ErrorCode::NotAuthenticated);
    scene.sign_in().await;
    let older = scene.token().await.expect("a token").access_token;
    own_proof(&scene, &older, None).expect("a proof");
    scene.keyfob.refresh().await.expect("a newer one");
    assert_eq!(refused(&scene, &older), ErrorCode::NotCached);
    assert_eq!(refused(&scene, &AccessToken::new("")), ErrorCode::NotCached);
    let newer = scene.token().await.expect("a token").access_token;
    scene.keyfob.sign_out(SignOutOptions::default()).await.expect("signed out");
    assert_eq!(refused(&scene, &newer), ErrorCode::NotAuthenticated);

    let mut bearer = Scene::start().await;
    bearer.sign_in().await;
    let token = bearer.token().await.expect("a token").access_token;
    assert_eq!(refused(&bearer, &token), ErrorCode::InvalidArgument);
}
