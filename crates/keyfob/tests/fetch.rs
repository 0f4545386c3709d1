//! Requests to APIs: which token they carry, and what happens when the API refuses it.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::time::Duration;

use common::{API, Scene, ended, waits};
use fake_provider::{Answer, Endpoint, FakeProvider, Person};
use http::StatusCode;
use keyfob::{ErrorCode, Failure, FetchOutcome, FetchRequest, Session};
use serde_json::{Value, json};

const OTHER: &str = "https://other.example";
const MINUTE: Duration = Duration::from_secs(60);

async fn refused(scene: &Scene, request: FetchRequest) -> ErrorCode {
    scene.keyfob.fetch(request).await.expect_err("no answer").code()
}

#[tokio::test]
async fn a_request_to_a_bound_origin_carries_the_token_for_its_audience() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let response = scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect("an answer");
    assert_eq!((response.status, response.outcome), (StatusCode::OK, FetchOutcome::Cached));
    let body: Value = serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON");
    assert_eq!((&body["sub"], &body["audience"]), (&json!("fake-sub-ada"), &json!([API])));
    scene.expire();
    let response = scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect("an answer");
    assert_eq!((response.status, response.outcome), (StatusCode::OK, FetchOutcome::Refreshed));
    let api = scene.provider.at(Endpoint::Api);
    assert_eq!(api.count(), 2, "no request is made with a token that is known to be dead");
}

#[tokio::test]
async fn another_audiences_token_is_fetched_when_it_is_first_needed() {
    let provider = FakeProvider::start().await;
    provider.api_audience(OTHER);
    let resources = json!([{ "origin": provider.origin(), "audience": OTHER }]);
    let mut scene = Scene::at(provider, json!({ "audience": API, "resources": resources }));
    scene.sign_in().await;
    for expected in [FetchOutcome::Refreshed, FetchOutcome::Cached] {
        let response =
            scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect("an answer");
        assert_eq!((response.status, response.outcome), (StatusCode::OK, expected));
    }
}

#[tokio::test]
async fn fifty_requests_that_the_api_refuses_share_one_refresh_and_each_is_replayed_once() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    scene.token().await.expect("a token");
    scene.provider.expire_access_tokens();
    let gate = scene.provider.at(Endpoint::Token).hold();
    let mut requests = Vec::new();
    for _ in 0..50 {
        let keyfob = scene.keyfob.clone();
        let request = FetchRequest::get(scene.provider.api_url());
        requests.push(waits(async move { keyfob.fetch(request).await }).await);
    }
    scene.provider.at(Endpoint::Api).arrived(50).await;
    gate.arrived().await;
    gate.release();
    for request in requests {
        let response = ended(request).await.expect("an answer");
        assert_eq!((response.status, response.outcome), (StatusCode::OK, FetchOutcome::Replayed));
    }
    assert_eq!(scene.refreshes(), 1);
    assert_eq!(scene.provider.at(Endpoint::Api).count(), 100);
}

#[tokio::test]
async fn a_request_that_is_refused_while_a_refresh_is_under_way_waits_for_that_one() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    scene.provider.expire_access_tokens();
    let fetch = || {
        let keyfob = scene.keyfob.clone();
        let request = FetchRequest::get(scene.provider.api_url());
        waits(async move { keyfob.fetch(request).await })
    };
    let api = scene.provider.at(Endpoint::Api).hold_answers();
    let late = fetch().await;
    api.arrived().await;
    // Only the late one waits at the API.
    scene.provider.at(Endpoint::Api).hold_answers().release();
    let token = scene.provider.at(Endpoint::Token).hold_answers();
    let early = fetch().await;
    token.arrived().await;
    api.release();
    let retried = scene.provider.at(Endpoint::Token).hold();
    token.release();
    for request in [early, late] {
        let response = ended(request).await.expect("an answer");
        assert_eq!((response.status, response.outcome), (StatusCode::OK, FetchOutcome::Replayed));
    }
    assert_eq!(retried.arrivals(), 0);
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn an_api_that_refuses_the_new_token_too_is_not_asked_a_third_time() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    scene.provider.at(Endpoint::Api).always(Answer::challenge(401, "Bearer"));
    let response = scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect("an answer");
    assert_eq!((response.status, response.outcome), (StatusCode::UNAUTHORIZED, FetchOutcome::Replayed));
    assert_eq!(scene.provider.at(Endpoint::Api).count(), 2);
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn what_one_account_has_asked_for_is_not_sent_again_as_another() {
    let mut scene = Scene::with_api().await;
    scene.provider.person(Person::new("ada"));
    let ada = scene.sign_in().await;
    scene.provider.expire_access_tokens();
    let api = scene.provider.at(Endpoint::Api).hold_answers();
    let keyfob = scene.keyfob.clone();
    let request = FetchRequest::get(scene.provider.api_url());
    let waiting = waits(async move { keyfob.fetch(request).await }).await;
    api.arrived().await;
    scene.provider.person(Person::new("grace"));
    assert_ne!(scene.sign_in().await, ada);
    api.release();
    assert_eq!(ended(waiting).await.expect_err("it was ada's").code(), ErrorCode::Superseded);
    assert_eq!(scene.provider.at(Endpoint::Api).count(), 1);
}

#[tokio::test]
async fn an_api_that_refused_a_new_token_is_believed_for_a_while_and_costs_the_provider_nothing() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let api = scene.provider.at(Endpoint::Api);
    api.always(Answer::challenge(401, "Bearer"));
    for (status, requests, refreshes) in [(401, 2, 1), (401, 3, 1), (401, 4, 1)] {
        let response =
            scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect("an answer");
        assert_eq!((response.status.as_u16(), api.count(), scene.refreshes()), (status, requests, refreshes));
    }
    scene.clock.advance(Duration::from_secs(31));
    let response = scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect("an answer");
    assert_eq!((response.status.as_u16(), response.outcome), (401, FetchOutcome::Replayed));
    assert_eq!((api.count(), scene.refreshes()), (6, 2));
}

#[tokio::test]
async fn s_83_a_403_is_an_answer_and_no_reason_to_refresh() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let challenge = Answer::challenge(403, "Bearer error=\"insufficient_scope\"");
    scene.provider.at(Endpoint::Api).next(challenge);
    let response = scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect("an answer");
    assert_eq!((response.status, scene.refreshes()), (StatusCode::FORBIDDEN, 0));
}

#[tokio::test]
async fn an_api_that_says_403_to_expired_tokens_is_understood_where_that_is_configured() {
    let provider = FakeProvider::start().await;
    provider.api_audience(API);
    let resource = json!({ "origin": provider.origin(), "audience": API, "expiredStatuses": [403] });
    let mut scene = Scene::at(provider, json!({ "audience": API, "resources": [resource] }));
    scene.sign_in().await;
    let fetch = async || scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await;

    scene.provider.at(Endpoint::Api).next(Answer::status(403));
    let response = fetch().await.expect("an answer");
    assert_eq!((response.status, response.outcome), (StatusCode::OK, FetchOutcome::Replayed));
    assert_eq!(scene.refreshes(), 1);

    let lacking = Answer::challenge(403, "Bearer realm=\"x\", error=\"insufficient_scope\"");
    scene.provider.at(Endpoint::Api).next(lacking);
    let response = fetch().await.expect("an answer");
    assert_eq!((response.status, scene.refreshes()), (StatusCode::FORBIDDEN, 1));
}

#[tokio::test]
async fn an_api_that_wants_more_of_the_person_is_an_error_that_carries_the_sign_in() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let challenge = "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\", max_age=60";
    scene.provider.at(Endpoint::Api).next(Answer::challenge(401, challenge));
    let api = FetchRequest::get(scene.provider.api_url());
    let error = scene.keyfob.fetch(api).await.expect_err("a step-up");
    assert_eq!(error.code(), ErrorCode::InteractionRequired);
    let sign_in = error.sign_in().expect("the options");
    assert_eq!((sign_in.acr_values.as_slice(), sign_in.max_age), (&["gold".to_owned()][..], Some(MINUTE)));
    assert_eq!((scene.provider.at(Endpoint::Api).count(), scene.refreshes()), (1, 0));
    assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }));
}

#[tokio::test]
async fn an_audience_that_is_asked_for_is_one_that_the_origin_is_bound_to() {
    let provider = FakeProvider::start().await;
    provider.api_audience(OTHER);
    let bound = |audience| json!({ "origin": provider.origin(), "audience": audience });
    let resources = json!([bound(API), bound(OTHER)]);
    let mut scene = Scene::at(provider, json!({ "audience": API, "resources": resources }));
    scene.sign_in().await;
    let audience = |audience: &str| FetchRequest {
        audience: Some(audience.to_owned()),
        ..FetchRequest::get(scene.provider.api_url())
    };
    let response = scene.keyfob.fetch(audience(OTHER)).await.expect("an answer");
    assert_eq!((response.status, response.outcome), (StatusCode::OK, FetchOutcome::Refreshed));
    assert_eq!(refused(&scene, audience("https://third.example")).await, ErrorCode::UrlNotAllowed);
}

#[tokio::test]
async fn a_request_of_reqwests_is_sent_with_the_token_and_answered_with_its_response() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let client = reqwest::Client::new();
    let request = client.post(scene.provider.url(Endpoint::ApiEcho)).header("content-type", "text/plain");
    scene.provider.expire_access_tokens();
    let request = request.body("hello").build().expect("a request");
    let response = scene.keyfob.execute(request).await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(response.text().await.expect("a body"), "hello");
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn a_request_of_reqwests_may_say_how_long_its_body_is_as_its_forms_do() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let request = reqwest::Client::new().post(scene.provider.url(Endpoint::ApiEcho));
    let request = request.header("content-type", "text/plain").header("content-length", "5").body("hello");
    let response = scene.keyfob.execute(request.build().expect("a request")).await.expect("an answer");
    assert_eq!(response.text().await.expect("a body"), "hello");
}

#[tokio::test]
async fn an_api_that_cannot_be_reached_is_a_network_error_and_leaves_the_session_alone() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    scene.provider.go_down();
    assert_eq!(refused(&scene, FetchRequest::get(scene.provider.api_url())).await, ErrorCode::Network);
    assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { offline: false, .. }));
}
