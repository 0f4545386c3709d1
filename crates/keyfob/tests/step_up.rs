//! Sign-ins that ask one person for more: another audience, another scope, a stronger or newer proof of who they are.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{API, Scene, ended};
use fake_provider::{Endpoint, FakeProvider, Person};
use keyfob::{
    AccessTokenRequest, ErrorCode, Failure, Mode, Purpose, Session, SignInError, SignInOptions, TokenSet,
};
use serde_json::json;
use url::Url;

const MORE: &str = "https://more.example";

fn ada() -> Person {
    Person::new("ada").email("ada@example.com")
}

fn gold() -> SignInOptions {
    SignInOptions { acr_values: vec!["gold".to_owned()], ..SignInOptions::default() }
}

fn scope(scope: &str) -> SignInOptions {
    SignInOptions { scope: Some(scope.to_owned()), ..SignInOptions::default() }
}

fn audience(audience: &str) -> SignInOptions {
    SignInOptions { audience: Some(audience.to_owned()), ..SignInOptions::default() }
}

fn account(id: &str) -> SignInOptions {
    SignInOptions { account: Some(id.to_owned()), ..SignInOptions::default() }
}

fn all(url: &str, name: &str) -> Vec<String> {
    let url = Url::parse(url).expect("a URL");
    url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect()
}

fn account_of(session: &Session) -> String {
    let account = match session {
        Session::SignedIn { account, .. } => Some(account.id.clone()),
        _ => None,
    };
    account.expect("somebody is signed in")
}

async fn answered(scene: &mut Scene, options: SignInOptions) -> Result<Session, SignInError> {
    let sign_in = scene.click_with(options);
    let url = scene.opened().await;
    scene.comes_back(&scene.provider.approve(&url).await).await;
    ended(sign_in).await
}

async fn token(scene: &Scene, audience: &str) -> Result<TokenSet, keyfob::AccessTokenError> {
    let audience = Some(audience.to_owned());
    common::within(scene.keyfob.access_token(&AccessTokenRequest { audience, ..Default::default() })).await
}

#[tokio::test]
async fn somebody_elses_answer_to_a_step_up_changes_nothing_and_is_revoked() {
    for options in [gold(), scope("write"), audience(MORE), account("")] {
        let mut scene = Scene::start().await;
        scene.provider.person(ada());
        scene.provider.id_token().claim("acr", "gold");
        let session = scene.sign_in().await;
        let before = scene.token().await.expect("a token");
        let kept = scene.store.refresh_token();
        let options = match options.account {
            Some(_) => account(&account_of(&session)),
            None => options,
        };

        scene.provider.person(Person::new("grace"));
        let error = answered(&mut scene, options.clone()).await.expect_err("somebody else");
        assert_eq!(error.code(), ErrorCode::AccountMismatch, "{options:?}");
        let snapshot = scene.keyfob.snapshot();
        assert_eq!(account_of(&snapshot.session), account_of(&session));
        assert_eq!(
            snapshot.sign_in_error.map(|failure| failure.code),
            Some(ErrorCode::AccountMismatch),
            "who looks later is told"
        );
        let after = scene.token().await.expect("a token");
        assert_eq!(after.access_token.expose(), before.access_token.expose());
        assert_eq!(scene.store.refresh_token(), kept);
        let accounts = scene.keyfob.accounts().await.expect("a list");
        assert_eq!(accounts.len(), 1, "nobody was added");
        common::within(scene.provider.at(Endpoint::Revocation).arrived(1)).await;
        let revoked = scene.provider.at(Endpoint::Revocation).requests();
        let issued = scene.provider.issued().refresh_tokens;
        assert_eq!(revoked[0].form.get("token"), issued.last().map(String::as_str));
    }
}

#[tokio::test]
async fn who_answers_for_another_and_has_an_account_here_keeps_it() {
    let mut scene = Scene::start().await;
    scene.provider.person(Person::new("grace"));
    let grace = scene.sign_in().await;
    scene.provider.person(ada());
    let ada = scene.sign_in().await;
    // A provider that ends all that somebody has granted when one token of theirs is revoked.
    scene.provider.token().revokes_grants();
    scene.provider.person(Person::new("grace"));
    let error = answered(&mut scene, scope("write")).await.expect_err("somebody else");
    assert_eq!(error.code(), ErrorCode::AccountMismatch);
    assert_eq!(account_of(&scene.keyfob.snapshot().session), account_of(&ada));

    scene.keyfob.switch_account(&account_of(&grace)).await.expect("a session");
    scene.keyfob.refresh().await.expect("her session lives");
    assert_eq!(scene.provider.at(Endpoint::Revocation).count(), 0);
}

#[tokio::test]
async fn a_callback_that_starts_the_app_is_held_to_whose_it_has_to_be() {
    let mut scene = Scene::start().await;
    scene.provider.person(ada());
    let session = scene.sign_in().await;
    drop(scene.click_with(scope("write")));
    let url = scene.opened().await;
    scene.restart();
    scene.provider.person(Person::new("grace"));
    let callback = scene.provider.approve(&url).await;
    scene.comes_back(&callback).await;
    let snapshot = scene.until(|snapshot| snapshot.sign_in_error.is_some()).await;
    assert_eq!(snapshot.sign_in_error.map(|failure| failure.code), Some(ErrorCode::AccountMismatch));
    assert_eq!(account_of(&snapshot.session), account_of(&session));
}

#[tokio::test]
async fn the_session_stays_while_its_person_is_asked_for_more() {
    let mut scene = Scene::start().await;
    scene.provider.person(ada());
    let session = scene.sign_in().await;
    let own = account(&account_of(&session));
    for options in [gold(), scope("write"), audience(MORE), own] {
        let waiting = scene.click_with(options);
        let url = scene.opened().await;
        let snapshot = scene.keyfob.snapshot();
        assert_eq!(snapshot.sign_in.map(|sign_in| sign_in.purpose), Some(Purpose::StepUp));
        assert_eq!(account_of(&snapshot.session), account_of(&session));
        scene.token().await.expect("a token");
        assert_eq!(all(&url, "login_hint"), ["ada@example.com"]);
        assert!(all(&url, "prompt").is_empty());
        scene.keyfob.cancel_sign_in().await;
        assert_eq!(ended(waiting).await.expect_err("cancelled").code(), ErrorCode::Cancelled);
    }
    let hinted = SignInOptions { login_hint: Some("+43 1 1234".to_owned()), ..gold() };
    let _waiting = scene.click_with(hinted);
    assert_eq!(all(&scene.opened().await, "login_hint"), ["+43 1 1234"], "the caller knows better");
}

#[tokio::test]
async fn who_may_be_another_is_signed_in_as_another() {
    let mut scene = Scene::start().await;
    scene.provider.person(ada());
    scene.sign_in().await;
    scene.provider.person(Person::new("grace"));
    let options = SignInOptions { prompt: Some("select_account".to_owned()), ..scope("write") };
    let session = answered(&mut scene, options).await.expect("another account");
    assert!(matches!(session, Session::SignedIn { user, .. } if user.subject == "grace"));
    assert_eq!(scene.keyfob.accounts().await.expect("a list").len(), 2);
}

#[tokio::test]
async fn an_account_that_is_named_has_to_answer_and_becomes_the_current_one() {
    let mut scene = Scene::start().await;
    scene.provider.person(ada());
    let first = scene.sign_in().await;
    scene.provider.person(Person::new("grace"));
    let second = scene.sign_in().await;
    let options = account(&account_of(&first));
    let error = answered(&mut scene, options.clone()).await.expect_err("not ada");
    assert_eq!(error.code(), ErrorCode::AccountMismatch);
    assert_eq!(account_of(&scene.keyfob.snapshot().session), account_of(&second));

    scene.provider.person(ada());
    let sign_in = scene.click_with(options);
    let url = scene.opened().await;
    assert_eq!(all(&url, "login_hint"), ["ada@example.com"]);
    scene.comes_back(&scene.provider.approve(&url).await).await;
    assert_eq!(account_of(&ended(sign_in).await.expect("ada")), account_of(&first));
}

#[tokio::test]
async fn what_cannot_be_asked_for_opens_no_browser() {
    let mut scene = Scene::start().await;
    let nobody = ended(scene.click_with(account("nobody"))).await.expect_err("nobody has signed in");
    assert_eq!(nobody.code(), ErrorCode::AccountNotFound);
    scene.sign_in().await;
    for (options, code) in [
        (account("nobody"), ErrorCode::AccountNotFound),
        (account(""), ErrorCode::AccountNotFound),
        (audience("no uri"), ErrorCode::InvalidArgument),
        (scope("read\u{0}"), ErrorCode::InvalidArgument),
    ] {
        let error = ended(scene.click_with(options.clone())).await.expect_err("it is refused");
        assert_eq!(error.code(), code, "{options:?}");
    }
    assert_eq!(scene.unopened(), 0);
}

#[tokio::test]
async fn a_further_scope_is_asked_for_beside_all_that_was_granted_and_is_there_afterwards() {
    let mut scene = Scene::with(json!({ "scopes": ["openid", "offline_access"] })).await;
    scene.sign_in().await;
    for (more, asked) in
        [("read", "openid offline_access read"), ("write", "openid offline_access read write")]
    {
        let wanted = AccessTokenRequest { scope: Some(more.to_owned()), ..AccessTokenRequest::default() };
        let error = scene.keyfob.access_token(&wanted).await.expect_err("not granted");
        assert_eq!(error.code(), ErrorCode::InsufficientScope);
        let cure = error.sign_in().expect("a sign-in").clone();
        assert_eq!(cure.scope.as_deref(), Some(more));
        let sign_in = scene.click_with(cure);
        let url = scene.opened().await;
        assert_eq!(all(&url, "scope"), [asked]);
        scene.comes_back(&scene.provider.approve(&url).await).await;
        ended(sign_in).await.expect("a session");
        assert!(scene.keyfob.access_token(&wanted).await.expect("a token").from_cache);
    }
    // After a restart too.
    scene.restart();
    scene.restored().await;
    let _waiting = scene.click_with(scope("delete"));
    assert_eq!(all(&scene.opened().await, "scope"), ["openid offline_access read write delete"]);
}

#[tokio::test]
async fn a_further_audience_is_served_after_the_sign_in_and_so_are_the_others() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let error = token(&scene, MORE).await.expect_err("nobody has granted it");
    assert_eq!(error.sign_in().and_then(|cure| cure.audience.as_deref()), Some(MORE));
    answered(&mut scene, SignInOptions { scope: Some("write".to_owned()), ..audience(MORE) })
        .await
        .expect("a session");
    assert_eq!(token(&scene, MORE).await.expect("a token").audience.as_deref(), Some(MORE));
    assert!(token(&scene, API).await.expect("a token").from_cache);

    let third = "https://third.example";
    let sign_in = scene.click_with(audience(third));
    let url = scene.opened().await;
    assert_eq!(all(&url, "resource"), [API, MORE, third]);
    scene.comes_back(&scene.provider.approve(&url).await).await;
    ended(sign_in).await.expect("a session");
    for audience in [MORE, third, API] {
        token(&scene, audience).await.expect(audience);
    }
}

#[tokio::test]
async fn scopes_of_a_further_audience_are_not_forgotten_where_the_provider_names_those_of_one() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    // Of the sign-in's own API; the one that is asked for is another's.
    scene.provider.token().grant_scope("openid offline_access");
    answered(&mut scene, SignInOptions { scope: Some("write".to_owned()), ..audience(MORE) })
        .await
        .expect("a session");
    scene.provider.token().grant_scope("openid write");
    let wanted = AccessTokenRequest {
        audience: Some(MORE.to_owned()),
        scope: Some("write".to_owned()),
        ..AccessTokenRequest::default()
    };
    scene.keyfob.access_token(&wanted).await.expect("a token");
}

#[tokio::test]
async fn where_a_request_names_one_audience_the_code_brings_its_token_and_the_own_one_is_renewed() {
    let provider = FakeProvider::start().await;
    provider.token().access_tokens(fake_provider::AccessTokenFormat::Jwt);
    let mut scene = Scene::at(provider, json!({ "audience": API, "resourceStyle": "audience" }));
    scene.sign_in().await;
    let sign_in = scene.click_with(audience(MORE));
    let url = scene.opened().await;
    assert_eq!(all(&url, "audience"), [MORE]);
    scene.comes_back(&scene.provider.approve(&url).await).await;
    ended(sign_in).await.expect("a session");
    assert!(token(&scene, MORE).await.expect("a token").from_cache);
    assert_eq!(scene.refreshes(), 0);
    let cached = AccessTokenRequest { mode: Mode::CacheOnly, ..AccessTokenRequest::default() };
    let error = scene.keyfob.access_token(&cached).await.expect_err("the code brought another's");
    assert_eq!(error.code(), ErrorCode::NotCached);
    assert_eq!(token(&scene, API).await.expect("a token").audience.as_deref(), Some(API));
}

#[tokio::test]
async fn consent_that_a_refresh_lacks_is_given_by_the_sign_in_that_its_error_carries() {
    for refusal in
        ["interaction_required", "consent_required", "login_required", "mfa_required", "invalid_grant"]
    {
        let resources = json!([{ "origin": MORE, "audience": MORE }]);
        let mut scene = Scene::with(json!({ "audience": API, "resources": resources })).await;
        scene.provider.person(ada());
        let session = scene.sign_in().await;
        scene.provider.token().refuse_audience(MORE, refusal);
        for _ in 0..2 {
            let error = token(&scene, MORE).await.expect_err("no consent");
            assert_eq!(error.code(), ErrorCode::InteractionRequired, "{refusal}");
            let cure = error.sign_in().expect("a sign-in");
            let account = account_of(&session);
            assert_eq!(*cure, SignInOptions { account: Some(account), ..audience(MORE) }, "{refusal}");
        }
        let error = token(&scene, MORE).await.expect_err("no consent");
        scene.provider.token().reset();
        let cure = error.sign_in().expect("a sign-in").clone();
        let waiting = scene.click_with(cure);
        let url = scene.opened().await;
        let purpose = scene.keyfob.snapshot().sign_in.map(|sign_in| sign_in.purpose);
        assert_eq!(purpose, Some(Purpose::StepUp));
        scene.comes_back(&scene.provider.approve(&url).await).await;
        ended(waiting).await.expect("a session");
        token(&scene, MORE).await.expect("a token");
    }
}

#[tokio::test]
async fn s_79_a_session_that_began_before_an_api_was_configured_is_told_which_sign_in_brings_its_token() {
    let mut scene = Scene::with(json!({ "audience": API })).await;
    let session = scene.sign_in().await;
    let resources = json!([{ "origin": MORE, "audience": MORE }]);
    scene.reconfigure(json!({ "audience": API, "resources": resources }));
    for restarts in [false, true] {
        if restarts {
            scene.restart();
            scene.restored().await;
        }
        let error = token(&scene, MORE).await.expect_err("the sign-in didn't ask for it");
        assert_eq!(error.oauth().map(|oauth| oauth.error.as_str()), Some("invalid_target"));
        let cure = SignInOptions { account: Some(account_of(&session)), ..audience(MORE) };
        assert_eq!(error.sign_in(), Some(&cure), "restarted: {restarts}");
    }
    answered(&mut scene, audience(MORE)).await.expect("a session");
    token(&scene, MORE).await.expect("a token");
    scene.restart();
    scene.restored().await;
    scene.provider.token().refuse_audience(MORE, "invalid_target");
    let error = token(&scene, MORE).await.expect_err("refused");
    assert_eq!(error.sign_in(), None, "the sign-in has named it");
}

#[tokio::test]
async fn what_no_sign_in_cures_carries_none() {
    let mut scene = Scene::with_api().await;
    assert_eq!(scene.token().await.expect_err("nobody is signed in").sign_in(), None);
    scene.sign_in().await;
    for refusal in ["invalid_target", "invalid_client", "server_error"] {
        scene.expire();
        scene.provider.token().refuse_audience(API, refusal);
        let error = scene.token().await.expect_err("refused");
        assert_eq!(error.sign_in(), None, "{refusal}: the sign-in has named it");
    }
}
