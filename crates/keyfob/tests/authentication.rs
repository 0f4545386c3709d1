//! How the person proved who they are: what a sign-in may ask for, and what refreshes have to agree with.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::{collections::HashMap, time::Duration};

use common::{Scene, ended};
use fake_provider::{Endpoint, FakeProvider};
use keyfob::{ErrorCode, Failure, ReauthReason, Session, SignInError, SignInOptions};
use serde_json::{Value, json};
use url::Url;

fn gold() -> SignInOptions {
    SignInOptions { acr_values: vec!["gold".to_owned()], ..SignInOptions::default() }
}

fn within_a_minute() -> SignInOptions {
    SignInOptions { max_age: Some(Duration::from_secs(60)), ..SignInOptions::default() }
}

fn query(url: &str) -> HashMap<String, String> {
    Url::parse(url).expect("a URL").query_pairs().into_owned().collect()
}

async fn sign_in_with(scene: &mut Scene, options: SignInOptions) -> Result<Session, SignInError> {
    let sign_in = scene.click_with(options);
    let url = scene.opened().await;
    scene.comes_back(&scene.provider.approve(&url).await).await;
    ended(sign_in).await
}

/// The provider says that the person signed in there so many seconds ago.
fn signed_in_before(provider: &FakeProvider, seconds: u64) {
    provider.id_token().reset().claims(move |claims| {
        claims["auth_time"] = json!(claims["iat"].as_u64().expect("a time") - seconds);
    });
}

#[tokio::test]
async fn s_52_a_step_up_that_the_provider_does_not_make_fails_and_leaves_the_session_as_it_was() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let before = scene.token().await.expect("a token");
    for acr in [json!("silver"), Value::Null] {
        scene.provider.id_token().reset().claim("acr", acr);
        let error = sign_in_with(&mut scene, gold()).await.expect_err("not as asked for");
        assert_eq!(error.code(), ErrorCode::InvalidIdToken);
    }
    let still = scene.token().await.expect("a token");
    assert_eq!(still.access_token.expose(), before.access_token.expose());

    scene.provider.id_token().reset().claim("acr", "gold");
    sign_in_with(&mut scene, gold()).await.expect("as asked for");
    let after = scene.token().await.expect("a token");
    assert_ne!(after.access_token.expose(), before.access_token.expose());
}

#[tokio::test]
async fn s_52_what_is_configured_as_a_wish_may_stay_one() {
    let mut scene = Scene::with(json!({ "acrValues": ["gold"] })).await;
    scene.provider.id_token().claim("acr", "silver");
    let sign_in = scene.click();
    let url = scene.opened().await;
    assert_eq!(query(&url)["acr_values"], "gold");
    scene.comes_back(&scene.provider.approve(&url).await).await;
    ended(sign_in).await.expect("a wish");
}

#[tokio::test]
async fn s_52_a_person_who_signed_in_at_the_provider_too_long_ago_is_refused() {
    let mut scene = Scene::start().await;
    signed_in_before(&scene.provider, 121);
    let error = sign_in_with(&mut scene, within_a_minute()).await.expect_err("too long ago");
    assert_eq!(error.code(), ErrorCode::InvalidIdToken);
    scene.provider.id_token().reset().without("auth_time");
    sign_in_with(&mut scene, within_a_minute()).await.expect_err("nobody knows when");
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    scene.sign_in().await;

    signed_in_before(&scene.provider, 119);
    sign_in_with(&mut scene, within_a_minute()).await.expect("with a minute of leeway");
}

#[tokio::test]
async fn s_52_the_configured_age_holds_for_every_sign_in() {
    let mut scene = Scene::with(json!({ "maxAge": 60 })).await;
    signed_in_before(&scene.provider, 121);
    let error = scene.try_sign_in().await.expect_err("too long ago");
    assert_eq!(error.code(), ErrorCode::InvalidIdToken);
    let url = &scene.provider.at(Endpoint::Authorization).requests()[0];
    assert_eq!(url.query.get("max_age"), Some("60"));
}

#[tokio::test]
async fn s_52_the_provider_counts_from_when_the_browser_came_to_it() {
    let mut scene = Scene::start().await;
    let options = SignInOptions { max_age: Some(Duration::ZERO), ..SignInOptions::default() };
    let sign_in = scene.click_with(options);
    let url = scene.opened().await;
    // The person signs in at once, and then reads for five minutes what they agree to.
    let callback = scene.provider.approve(&url).await;
    scene.advance(300);
    scene.comes_back(&callback).await;
    ended(sign_in).await.expect("they signed in when they were asked to");
}

#[tokio::test]
async fn s_52_a_callback_that_starts_the_app_is_held_to_what_was_asked_for() {
    for (acr, taken) in [("silver", false), ("gold", true)] {
        let mut scene = Scene::start().await;
        scene.provider.id_token().claim("acr", acr);
        let given_up = scene.click_with(gold());
        let url = scene.opened().await;
        given_up.abort();
        scene.restart();
        let callback = scene.provider.approve(&url).await;
        scene.comes_back(&callback).await;
        let over = |snapshot: &keyfob::Snapshot| {
            snapshot.sign_in_error.is_some() || matches!(snapshot.session, Session::SignedIn { .. })
        };
        let snapshot = scene.until(over).await;
        assert_eq!(matches!(snapshot.session, Session::SignedIn { .. }), taken, "{acr}");
    }
}

#[tokio::test]
async fn a_step_up_is_the_same_persons_and_asks_nobody_to_choose() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    for options in [gold(), within_a_minute()] {
        let _waiting = scene.click_with(options);
        assert!(!query(&scene.opened().await).contains_key("prompt"));
    }
    let _waiting = scene.click();
    assert_eq!(query(&scene.opened().await)["prompt"], "select_account");
}

#[tokio::test]
async fn a_parameter_that_the_configuration_does_not_allow_opens_no_browser() {
    let scene = Scene::with(json!({ "allowedParameters": ["hd"] })).await;
    for name in ["organization", "state", "redirect_uri", "request_uri"] {
        let params = [(name.to_owned(), "x".to_owned())].into();
        let options = SignInOptions { params, ..SignInOptions::default() };
        let error = ended(scene.click_with(options)).await.expect_err(name);
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(error.to_string().contains(&format!("`params.{name}`")), "{error}");
    }
    assert_eq!(scene.unopened(), 0);
    assert_eq!(scene.provider.requests().len(), 0);
}

#[tokio::test]
async fn s_56_another_issuer_ends_the_session_and_the_new_refresh_token_is_revoked() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    scene.provider.id_token().claim("iss", "https://other.example");
    let error = scene.token().await.expect_err("another issuer's");
    assert_eq!(error.code(), ErrorCode::ReauthRequired);
    let session = scene.keyfob.snapshot().session;
    assert!(
        matches!(session, Session::ReauthRequired { reason: ReauthReason::IdentityChanged, .. }),
        "{session:?}"
    );
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    let revoked = scene.provider.at(Endpoint::Revocation).requests();
    let issued = scene.provider.issued().refresh_tokens;
    assert_eq!(revoked[0].form.get("token"), issued.last().map(String::as_str));
    assert_eq!(scene.store.refresh_token(), None);
}

#[tokio::test]
async fn s_56_a_refresh_that_tells_of_another_sign_in_is_refused_and_its_refresh_token_stays() {
    for restarts in [false, true] {
        for (claim, value) in
            [("auth_time", json!(1)), ("nonce", json!("another")), ("azp", json!("another"))]
        {
            let mut scene = Scene::start().await;
            scene.sign_in().await;
            if restarts {
                scene.restart();
                scene.restored().await;
            }
            scene.expire();
            scene.provider.id_token().claim(claim, value);
            let error = scene.token().await.expect_err(claim);
            assert_eq!(error.code(), ErrorCode::InvalidIdToken, "{claim}");
            assert_eq!(scene.store.refresh_token(), scene.provider.issued().refresh_tokens.last().cloned());
            assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }), "{claim}");
            scene.provider.id_token().reset();
            scene.wait_out();
            scene.token().await.expect("the session lives");
            assert_eq!(scene.provider.at(Endpoint::Revocation).count(), 0, "{claim}");
        }
    }
}

#[tokio::test]
async fn s_56_the_sign_ins_own_nonce_may_come_again() {
    let mut scene = Scene::start().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    scene.comes_back(&scene.provider.approve(&url).await).await;
    ended(sign_in).await.expect("the provider agrees");
    scene.provider.id_token().claim("nonce", query(&url)["nonce"].clone());
    scene.expire();
    scene.token().await.expect("it is the same");
}
