//! Pushed authorization requests (RFC 9126).

use std::time::Duration;

use fake_provider::{Answer, Endpoint, FakeProvider};
use serde_json::json;
use url::Url;

use crate::client::{authorization_url, exchange, get, parameter, post};
use crate::proof::{Key, last_reason};

/// The parameters of an authorization request, as a form.
fn request(provider: &FakeProvider, more: &[(&str, &str)]) -> Vec<(String, String)> {
    Url::parse(&authorization_url(provider, more)).unwrap().query_pairs().into_owned().collect()
}

fn borrowed(form: &[(String, String)]) -> Vec<(&str, &str)> {
    form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn push(provider: &FakeProvider, more: &[(&str, &str)]) -> crate::client::Answer {
    post(&provider.url(Endpoint::Par), &borrowed(&request(provider, more))).await
}

fn front_channel(provider: &FakeProvider, request_uri: &str) -> String {
    let mut url = Url::parse(&provider.url(Endpoint::Authorization)).unwrap();
    url.query_pairs_mut()
        .append_pair("client_id", provider.client_id())
        .append_pair("request_uri", request_uri);
    url.into()
}

#[tokio::test]
async fn a_pushed_request_is_good_once_and_for_a_while() {
    let provider = FakeProvider::start().await;
    provider.par().offered();
    let metadata = get(&provider.url(Endpoint::Discovery), None).await.json();
    assert_eq!(metadata["pushed_authorization_request_endpoint"], provider.url(Endpoint::Par));
    assert!(metadata["require_pushed_authorization_requests"].is_null());

    let pushed = push(&provider, &[]).await;
    assert_eq!((pushed.status, &pushed.json()["expires_in"]), (201, &json!(60)));
    let url = front_channel(&provider, &pushed.member("request_uri"));
    let callback = provider.approve(&url).await;
    assert_eq!(parameter(&callback, "state").as_deref(), Some("some-state"));
    let tokens = exchange(&provider, &parameter(&callback, "code").unwrap(), &[]).await;
    assert_eq!(tokens.status, 200);
    assert!(get(&url, None).await.body.contains("was used before"));

    provider.par().expires_in(5);
    let pushed = push(&provider, &[]).await;
    provider.advance(Duration::from_secs(5));
    let late = get(&front_channel(&provider, &pushed.member("request_uri")), None).await;
    assert!(late.status == 400 && late.body.contains("has expired"), "{}", late.body);
}

#[tokio::test]
async fn where_it_is_required_no_other_request_is_taken() {
    let provider = FakeProvider::start().await;
    assert_eq!(push(&provider, &[]).await.status, 404, "not offered");
    provider.par().required();
    let metadata = get(&provider.url(Endpoint::Discovery), None).await.json();
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    let refused = get(&authorization_url(&provider, &[]), None).await;
    assert!(refused.status == 400 && refused.body.contains("have to be pushed"));
    let request_uri = push(&provider, &[]).await.member("request_uri");
    let beside = format!("{}&nonce=other", front_channel(&provider, &request_uri));
    assert!(get(&beside, None).await.body.contains("nonce beside a request_uri"));
    provider.approve(&front_channel(&provider, &request_uri)).await;
}

#[tokio::test]
async fn a_request_that_a_good_client_does_not_push_is_refused() {
    let provider = FakeProvider::start().await;
    provider.par().offered();
    let nested = push(&provider, &[("request_uri", "urn:x")]).await;
    assert_eq!((nested.status, nested.member("error").as_str()), (400, "invalid_request"));
    let twice = push(&provider, &[("state", "twice")]).await;
    assert_eq!(twice.member("error_description"), "state more than once");
    let mut stranger = request(&provider, &[]);
    stranger.retain(|(name, _)| name != "client_id");
    let stranger = post(&provider.url(Endpoint::Par), &borrowed(&stranger)).await;
    assert_eq!((stranger.status, stranger.member("error").as_str()), (401, "invalid_client"));
    for status in [405, 413, 429] {
        provider.at(Endpoint::Par).next(Answer::status(status));
        assert_eq!(push(&provider, &[]).await.status, status);
    }
}

#[tokio::test]
async fn the_code_is_bound_to_the_key_that_was_proved_with_the_request() {
    let provider = FakeProvider::start().await;
    provider.par().required();
    provider.dpop().offered().nonces();
    let [key, thief] = [Key::new(), Key::new()];
    let par = provider.url(Endpoint::Par);
    let form = request(&provider, &[]);
    let asked = key.post(&par, &borrowed(&form), &json!({})).await;
    assert_eq!((asked.status, asked.member("error").as_str()), (400, "use_dpop_nonce"));
    let nonce = json!({ "nonce": asked.header("dpop-nonce").unwrap() });
    let pushed = key.post(&par, &borrowed(&form), &nonce).await;
    assert_eq!(pushed.status, 201);
    let callback = provider.approve(&front_channel(&provider, &pushed.member("request_uri"))).await;
    let code = parameter(&callback, "code").unwrap();
    assert_eq!(exchange(&provider, &code, &[]).await.member("error"), "invalid_grant");

    let named = request(&provider, &[("dpop_jkt", &thief.thumbprint())]);
    let refused = key.post(&par, &borrowed(&named), &nonce).await;
    assert_eq!(refused.member("error"), "invalid_dpop_proof");
    assert_eq!(last_reason(&provider), "a dpop_jkt of another key than the proof's");
}
