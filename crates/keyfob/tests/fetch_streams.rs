//! Requests and answers of any size, in pieces; and where redirects lead.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use common::{Scene, within};
use fake_provider::{Answer, Endpoint, FakeProvider, Fault};
use futures_core::Stream;
use http::{Method, StatusCode};
use keyfob::{
    Body, ErrorCode, Failure, FetchError, FetchOutcome, FetchRequest, FetchResponse, Pieces, RedirectMode,
};

const MIB: usize = 1024 * 1024;

/// So many pieces of one byte's value each.
struct Stack(VecDeque<Bytes>);

impl Stream for Stack {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

fn pieces() -> Pieces {
    Box::pin(Stack((0..16).map(|number| Bytes::from(vec![number; MIB / 16])).collect()))
}

/// A body that says how often it was asked for.
fn again(length: Option<u64>) -> (Body, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let body = Body::again(length, {
        let asked = asked.clone();
        move || {
            asked.fetch_add(1, Ordering::SeqCst);
            pieces()
        }
    });
    (body, asked)
}

fn echo(scene: &Scene, body: Body) -> FetchRequest {
    FetchRequest { body, ..FetchRequest::new(Method::POST, scene.provider.url(Endpoint::ApiEcho)) }
}

async fn fetched(scene: &Scene, request: FetchRequest) -> FetchResponse {
    within(scene.keyfob.fetch(request)).await.expect("an answer")
}

async fn refused(scene: &Scene, request: FetchRequest) -> ErrorCode {
    within(scene.keyfob.fetch(request)).await.expect_err("no answer").code()
}

#[tokio::test]
async fn a_body_in_pieces_arrives_whole_with_its_length_where_that_is_known() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    for (length, said) in [(Some(MIB as u64), Some("1048576")), (None, None)] {
        let response = fetched(&scene, echo(&scene, Body::once(length, pieces()))).await;
        let body = response.bytes().await.expect("a body");
        let expected: Vec<u8> = (0..16).flat_map(|number| vec![number; MIB / 16]).collect();
        assert!(body == expected, "{} bytes came back", body.len());
        let sent = scene.provider.at(Endpoint::ApiEcho).requests();
        assert_eq!(sent.last().expect("a request").header("content-length"), said);
    }
}

#[tokio::test]
async fn a_body_that_can_be_had_again_is_sent_again_with_the_newer_token() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    scene.token().await.expect("a token");
    scene.provider.expire_access_tokens();
    let (body, asked) = again(Some(MIB as u64));
    let response = fetched(&scene, echo(&scene, body)).await;
    assert_eq!((response.status, response.outcome), (StatusCode::OK, FetchOutcome::Replayed));
    assert_eq!(response.bytes().await.expect("a body").len(), MIB);
    assert_eq!((asked.load(Ordering::SeqCst), scene.refreshes()), (2, 1));
}

#[tokio::test]
async fn a_body_that_cannot_be_had_again_is_not_replayed_and_the_next_request_has_a_good_token() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    scene.token().await.expect("a token");
    scene.provider.expire_access_tokens();
    let response = fetched(&scene, echo(&scene, Body::once(None, pieces()))).await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);
    assert_eq!((scene.provider.at(Endpoint::ApiEcho).count(), scene.refreshes()), (1, 1));
    let response = fetched(&scene, echo(&scene, Body::once(None, pieces()))).await;
    assert_eq!((response.status, scene.refreshes()), (StatusCode::OK, 1));
}

#[tokio::test]
async fn a_body_that_fails_on_its_way_is_a_network_error() {
    struct Broken;
    impl Stream for Broken {
        type Item = io::Result<Bytes>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(Some(Err(io::Error::other("it broke"))))
        }
    }
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let request = echo(&scene, Body::once(None, Box::pin(Broken)));
    assert_eq!(refused(&scene, request).await, ErrorCode::Network);
}

#[tokio::test]
async fn an_answer_is_read_as_far_as_somebody_wants_it() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let api = FetchRequest::get(scene.provider.api_url());
    scene.provider.at(Endpoint::Api).next(Answer::oversized());
    assert!(fetched(&scene, api).await.bytes().await.expect("a body").len() > MIB);

    scene.provider.at(Endpoint::Api).next(Fault::EndlessBody);
    let mut endless = fetched(&scene, FetchRequest::get(scene.provider.api_url())).await;
    let mut read = 0;
    while read < 4 * MIB {
        read += within(endless.chunk()).await.expect("a piece").expect("there is no end").len();
    }

    scene.provider.at(Endpoint::Api).next(Fault::AnswerTruncated);
    let broken = fetched(&scene, FetchRequest::get(scene.provider.api_url())).await;
    let error = within(broken.bytes()).await.expect_err("half an answer");
    assert_eq!(error.code(), ErrorCode::Network);
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_followed_without_the_token_and_never_with_it_again() {
    let mut scene = Scene::with_api().await;
    let elsewhere = FakeProvider::start().await;
    scene.sign_in().await;
    scene.provider.at(Endpoint::Api).next(Answer::redirect(&elsewhere.api_url()));
    elsewhere.at(Endpoint::Api).next(Answer::redirect(&scene.provider.api_url()));
    let response = fetched(&scene, FetchRequest::get(scene.provider.api_url())).await;
    assert_eq!((response.status, response.redirected), (StatusCode::UNAUTHORIZED, true));
    assert_eq!(response.url.as_str(), scene.provider.api_url());
    let has_token = |provider: &FakeProvider| -> Vec<bool> {
        let requests = provider.at(Endpoint::Api).requests();
        requests.iter().map(|request| request.header("authorization").is_some()).collect()
    };
    assert_eq!(has_token(&scene.provider), [true, false]);
    assert_eq!(has_token(&elsewhere), [false]);
    assert_eq!(scene.refreshes(), 0, "the token was not refused: it was not sent");
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_token_and_body() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    scene.provider.at(Endpoint::Api).next(Answer::redirect(&scene.provider.url(Endpoint::ApiEcho)));
    let (body, asked) = again(None);
    let request = FetchRequest { body, ..FetchRequest::new(Method::PUT, scene.provider.api_url()) };
    let response = fetched(&scene, request).await;
    // The echo takes `POST` alone: what counts is what arrived.
    assert!(response.redirected);
    let arrived = scene.provider.requests().pop().expect("a request");
    assert_eq!((arrived.method.as_str(), arrived.body.len()), ("PUT", MIB));
    assert!(arrived.header("authorization").is_some());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn who_may_go_to_some_urls_only_is_not_redirected_to_others() {
    let mut scene = Scene::with_api().await;
    let elsewhere = FakeProvider::start().await;
    scene.sign_in().await;
    let mine = scene.provider.origin().to_owned();
    for to in [elsewhere.api_url(), "http://evil.example/".to_owned(), "file:///etc/passwd".to_owned()] {
        scene.provider.at(Endpoint::Api).next(Answer::redirect(&to));
        let request = FetchRequest::get(scene.provider.api_url());
        let allowed = |url: &url::Url| url.as_str().starts_with(&mine);
        let refused = within(scene.keyfob.fetch_within(request, &allowed)).await;
        assert!(matches!(refused, Err(FetchError::RedirectNotAllowed)), "{to}");
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn a_redirect_is_a_failure_or_an_answer_for_those_who_want_it_so() {
    let mut scene = Scene::with_api().await;
    scene.sign_in().await;
    let api = scene.provider.at(Endpoint::Api);
    let redirect = |redirect| FetchRequest { redirect, ..FetchRequest::get(scene.provider.api_url()) };
    api.next(Answer::redirect("/api"));
    let response = fetched(&scene, redirect(RedirectMode::Manual)).await;
    assert_eq!((response.status, response.redirected), (StatusCode::TEMPORARY_REDIRECT, false));
    api.next(Answer::redirect("/api"));
    assert_eq!(refused(&scene, redirect(RedirectMode::Error)).await, ErrorCode::Network);
    api.always(Answer::redirect("/api"));
    assert_eq!(refused(&scene, redirect(RedirectMode::Follow)).await, ErrorCode::Network);
    assert_eq!(api.count(), 1 + 1 + 21);
}
