//! Refreshes for other audiences, and what a revocation takes along.

use fake_provider::{Endpoint, FakeProvider, Person, Rotation};

use crate::client::{post, refresh, refresh_with, sign_in};

const ONE: &str = "https://one.example";
const TWO: &str = "https://two.example";

async fn audience(provider: &FakeProvider, refresh_token: &str, more: &[(&str, &str)]) -> Vec<String> {
    let answer = refresh_with(provider, refresh_token, more).await;
    let access_token = answer.member("access_token");
    provider.access_token(&access_token).map(|token| token.audience).unwrap_or_default()
}

#[tokio::test]
async fn an_audience_can_be_named_in_three_ways() {
    let provider = FakeProvider::start().await;
    provider.token().rotation(Rotation::None);
    let resources = [("resource", ONE), ("resource", TWO)];
    let refresh_token = sign_in(&provider, &resources).await.member("refresh_token");
    let scope = format!("openid {TWO}/read {TWO}/.default");
    for wish in [("resource", TWO), ("audience", TWO), ("scope", scope.as_str())] {
        let audience = audience(&provider, &refresh_token, &[wish]).await;
        assert!(!audience.is_empty() && audience.iter().all(|each| each == TWO), "{wish:?}: {audience:?}");
    }
    provider.token().grant_audience(ONE);
    assert_eq!(audience(&provider, &refresh_token, &[("audience", TWO)]).await, [ONE]);
}

#[tokio::test]
async fn an_audience_that_the_sign_in_named_is_that_of_its_tokens() {
    let provider = FakeProvider::start().await;
    let tokens = sign_in(&provider, &[("audience", ONE)]).await;
    assert_eq!(provider.access_token(&tokens.member("access_token")).unwrap().audience, [ONE]);
    let other = audience(&provider, &tokens.member("refresh_token"), &[("audience", TWO)]).await;
    assert_eq!(other, [TWO], "the provider's settings allow it, not the grant");
}

#[tokio::test]
async fn a_refused_audience_is_refused_however_it_is_named_and_the_refresh_token_stays_good() {
    let provider = FakeProvider::start().await;
    provider.token().refuse_audience(TWO, "consent_required");
    let resources = [("resource", ONE), ("resource", TWO)];
    let refresh_token = sign_in(&provider, &resources).await.member("refresh_token");
    let scope = format!("{TWO}/read");
    for wish in [("resource", TWO), ("audience", TWO), ("scope", scope.as_str())] {
        let refused = refresh_with(&provider, &refresh_token, &[wish]).await;
        assert_eq!((refused.status, refused.member("error").as_str()), (400, "consent_required"), "{wish:?}");
    }
    assert!(!provider.revoked(&refresh_token) && provider.rotations().is_empty());
    assert_eq!(refresh_with(&provider, &refresh_token, &resources[..1]).await.status, 200);
}

#[tokio::test]
async fn a_revocation_ends_one_sign_in_or_all_of_the_person() {
    for all in [false, true] {
        let provider = FakeProvider::start().await;
        if all {
            provider.token().revokes_grants();
        }
        let first = sign_in(&provider, &[]).await.member("refresh_token");
        let second = sign_in(&provider, &[]).await.member("refresh_token");
        provider.person(Person::new("somebody-else"));
        let other = sign_in(&provider, &[]).await.member("refresh_token");
        let form = [("client_id", provider.client_id()), ("token", &first)];
        assert_eq!(post(&provider.url(Endpoint::Revocation), &form).await.status, 200);
        assert_eq!(refresh(&provider, &first).await.status, 400);
        assert_eq!(refresh(&provider, &second).await.status, if all { 400 } else { 200 });
        assert_eq!(refresh(&provider, &other).await.status, 200);
    }
}
