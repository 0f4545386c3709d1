//! What a request to an API may not do: leave the bound origins, set the engine's headers.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{API, Scene};
use fake_provider::{Answer, Endpoint, FakeProvider};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use keyfob::{ErrorCode, Failure, FetchRequest};
use serde_json::json;

async fn refused(scene: &Scene, request: FetchRequest) -> ErrorCode {
    scene.keyfob.fetch(request).await.expect_err("no answer").code()
}

#[tokio::test]
async fn no_other_origin_gets_a_token_whatever_its_url_looks_like() {
    let mut scene = Scene::with_api().await;
    let elsewhere = FakeProvider::start().await;
    scene.sign_in().await;
    let api = scene.provider.origin().to_owned();
    let port = api.rsplit(':').next().expect("a port");
    let other = elsewhere.origin().trim_start_matches("http://").to_owned();
    let urls = [
        elsewhere.api_url(),
        format!("{api}@{other}/api"),
        format!("{api}:x@{other}/api"),
        format!("{api}%2f@{other}/api"),
        format!("http://ada:secret@127.0.0.1:{port}/api"),
        format!("http://localhost:{port}/api"),
        format!("https://127.0.0.1:{port}/api"),
        format!("http://127.0.0.1.evil.example:{port}/api"),
        format!("http://[::1]:{port}/api"),
        format!("http:\\\\{other}\\@127.0.0.1:{port}/api"),
        format!("//{other}/api"),
        "http://127.0.0.1/api".to_owned(),
        "file:///etc/passwd".to_owned(),
        "data:text/plain,x".to_owned(),
        "javascript:alert(1)".to_owned(),
    ];
    scene.provider.at(Endpoint::Picture).arrived(1).await;
    let before = scene.provider.requests().len();
    for url in urls {
        let code = refused(&scene, FetchRequest::get(&url)).await;
        let relative = url.starts_with("//");
        let expected = if relative { ErrorCode::RelativeUrl } else { ErrorCode::UrlNotAllowed };
        assert_eq!(code, expected, "{url}");
    }
    assert_eq!(refused(&scene, FetchRequest::get("http://")).await, ErrorCode::InvalidArgument);
    assert_eq!(scene.provider.requests().len(), before);
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn another_spelling_of_a_bound_origin_is_the_same_origin() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let port = scene.provider.origin().rsplit(':').next().expect("a port").to_owned();
    for url in [
        format!("HTTP://127.0.0.1:{port}/api"),
        format!("http://127.0.0.1.:{port}/api"),
        format!("http://2130706433:{port}/x/../api"),
        format!("http:\\\\127.0.0.1:{port}\\api"),
    ] {
        let response = scene.keyfob.fetch(FetchRequest::get(&url)).await.expect("an answer");
        assert_eq!(response.status, StatusCode::OK, "{url}");
    }
}

#[tokio::test]
async fn a_relative_url_needs_a_base_and_cannot_leave_the_bound_origins() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    assert_eq!(refused(&scene, FetchRequest::get("api")).await, ErrorCode::RelativeUrl);

    let provider = FakeProvider::start().await;
    let settings = json!({
        "audience": API,
        "resources": [{ "origin": provider.origin(), "audience": API }],
        "apiBaseUrl": format!("{}/api/", provider.origin()),
    });
    let mut scene = Scene::at(provider, settings);
    scene.sign_in().await;
    for url in ["../api", "/api", "?/../x"] {
        let code = scene.keyfob.fetch(FetchRequest::get(url)).await.map(|response| response.status);
        assert!(code.is_ok(), "{url}: {code:?}");
    }
    assert_eq!(refused(&scene, FetchRequest::get("//evil.example/api")).await, ErrorCode::UrlNotAllowed);
}

#[tokio::test]
async fn headers_that_are_not_the_callers_are_refused_and_others_arrive() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    for name in ["authorization", "cookie", "host", "content-length", "transfer-encoding", "dpop", "proxy-x"]
    {
        let mut request = FetchRequest::get(scene.provider.api_url());
        request.headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
        assert_eq!(refused(&scene, request).await, ErrorCode::InvalidArgument, "{name}");
    }
    assert_eq!(scene.provider.at(Endpoint::Api).count(), 0);

    let url = scene.provider.url(Endpoint::ApiEcho);
    let mut request = FetchRequest { body: "{}".into(), ..FetchRequest::new(Method::POST, url) };
    request.headers.insert("content-type", HeaderValue::from_static("application/json"));
    let api = scene.provider.at(Endpoint::ApiEcho);
    api.next(Answer::json(200, json!({})).header("set-cookie", "session=1"));
    let response = scene.keyfob.fetch(request).await.expect("an answer");
    assert!(response.headers.get("set-cookie").is_none(), "no cookie reaches a window");
    assert_eq!(api.requests()[0].header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn methods_whose_answer_repeats_the_token_or_opens_a_tunnel_are_refused() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    for method in ["TRACE", "trace", "TRACK", "CONNECT", "Connect"] {
        let request = FetchRequest::new(method.parse().expect("a method"), scene.provider.api_url());
        assert_eq!(refused(&scene, request).await, ErrorCode::InvalidArgument, "{method}");
    }
    assert_eq!(scene.provider.at(Endpoint::Api).count(), 0);
}

#[tokio::test]
async fn nobody_signed_in_means_no_request() {
    let scene = Scene::with_api().await;
    assert_eq!(
        refused(&scene, FetchRequest::get(scene.provider.api_url())).await,
        ErrorCode::NotAuthenticated
    );
    assert_eq!(scene.provider.requests().len(), 0);
}
