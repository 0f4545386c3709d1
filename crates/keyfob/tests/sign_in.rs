//! Signing in: the ways back from the browser, and who is signed in afterwards.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, ended, within};
use fake_provider::{Endpoint, Person};
use keyfob::{CallbackOutcome, Freshness, Keyfob, Session, SignInOptions, Snapshot};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};
use url::Url;

fn name(session: &Session) -> Option<&str> {
    match session {
        Session::SignedIn { user, .. } => user.name.as_deref(),
        _ => None,
    }
}

/// Every snapshot that a window would get, until it is one of somebody signed in.
fn watch(keyfob: &Keyfob) -> JoinHandle<Vec<Snapshot>> {
    let mut snapshots = keyfob.subscribe();
    tokio::spawn(async move {
        let mut seen = vec![snapshots.borrow_and_update().clone()];
        while name(&seen[seen.len() - 1].session).is_none() && snapshots.changed().await.is_ok() {
            seen.push(snapshots.borrow_and_update().clone());
        }
        seen
    })
}

/// What stands at a URL, for somebody who waits until the server closes.
async fn get(url: &str) -> String {
    let mut stream = requested(url).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

/// As a browser does it, which closes once it has the whole page.
async fn browse(url: &str) {
    let mut stream = requested(url).await;
    let mut answer = Vec::new();
    while !answer.ends_with(b"</html>") {
        let read = stream.read_buf(&mut answer).await.expect("an answer");
        assert!(read > 0, "the server closed first");
    }
}

async fn requested(url: &str) -> TcpStream {
    let url = Url::parse(url).expect("a URL");
    let address = (url.host_str().expect("a host"), url.port_or_known_default().expect("a port"));
    let mut stream = TcpStream::connect(address).await.expect("somebody listens");
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it listens on");
    stream
}

#[tokio::test]
async fn a_deep_link_signs_the_person_in_as_the_id_token_says() {
    let mut scene = Scene::start().await;
    let session = scene.sign_in().await;
    let Session::SignedIn { user, account, freshness, offline, renewable, storage_degraded, expires_at } =
        session
    else {
        panic!("{session:?}");
    };
    assert_eq!(user.subject, "fake-sub-ada");
    assert_eq!(user.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(user.email.as_deref(), Some("ada@example.com"));
    assert_eq!(user.email_verified, Some(true));
    assert_eq!(
        (account.issuer.as_str(), account.subject.as_str()),
        (scene.provider.issuer(), "fake-sub-ada")
    );
    assert_eq!((freshness, offline, renewable, storage_degraded), (Freshness::Fresh, false, true, false));
    assert!(expires_at.is_some());
    assert_eq!(scene.provider.at(Endpoint::Userinfo).count(), 0, "the ID token has a profile");
    let picture = scene
        .until(
            |snapshot| matches!(&snapshot.session, Session::SignedIn { user, .. } if user.picture.is_some()),
        )
        .await;
    assert!(format!("{:?}", picture.session).contains("data:image/png;base64,"));
}

#[tokio::test]
async fn the_loopback_address_tells_the_browser_and_signs_the_person_in() {
    let mut scene = Scene::with(json!({ "redirect": "loopback" })).await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    let callback = scene.provider.approve(&url).await;
    assert!(callback.starts_with("http://127.0.0.1:"));
    let answer = get(&callback).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("go back to Keyfob"), "{answer}");
    let session = ended(sign_in).await.expect("the provider agrees");
    assert_eq!(name(&session), Some("Ada Lovelace"));
    assert_eq!(
        scene.store.len(),
        2,
        "only the session and the index: no callback could come to a port that is gone"
    );
}

#[tokio::test]
async fn the_only_port_that_a_provider_takes_is_free_again_for_the_next_sign_in() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let mut scene = Scene::with(json!({ "redirect": "loopback", "loopback": { "ports": [port] } })).await;
    for _ in 0..3 {
        let sign_in = scene.click();
        let url = scene.opened().await;
        let callback = scene.provider.approve(&url).await;
        assert!(callback.starts_with(&format!("http://127.0.0.1:{port}/")), "{callback}");
        browse(&callback).await;
        ended(sign_in).await.expect("the provider agrees");
    }
}

#[tokio::test]
async fn snapshots_tell_the_sign_in_in_order_and_each_is_newer_than_the_last() {
    let mut scene = Scene::start().await;
    let watching = watch(&scene.keyfob);
    scene.restored().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    let waiting = scene.until(|snapshot| snapshot.sign_in.is_some()).await;
    assert_eq!(waiting.session, Session::SignedOut);
    assert_eq!(scene.keyfob.authorization_url().await.expect("a URL").as_str(), url);
    let callback = scene.provider.approve(&url).await;
    let is_answered = |keyfob: &Keyfob| keyfob.snapshot().sign_in.map(|sign_in| sign_in.answered);
    assert_eq!(is_answered(&scene.keyfob), Some(false));
    let exchange = scene.provider.at(Endpoint::Token).hold();
    scene.comes_back(&callback).await;
    within(exchange.arrived()).await;
    assert_eq!(is_answered(&scene.keyfob), Some(true));
    exchange.release();
    ended(sign_in).await.expect("the provider agrees");

    let seen = ended(watching).await;
    let generations: Vec<_> = seen.iter().map(|snapshot| snapshot.generation).collect();
    assert!(generations.is_sorted_by(|one, next| one < next), "{generations:?}");
    let steps: Vec<_> =
        seen.iter().map(|snapshot| (name(&snapshot.session).is_some(), snapshot.sign_in.is_some())).collect();
    assert!(
        steps.is_sorted_by_key(|step| match step {
            (false, false) => 0,
            (false, true) => 1,
            (true, false) => 2,
            (true, true) => 3,
        }),
        "{steps:?}"
    );
    assert_eq!(steps.last(), Some(&(true, false)));
}

#[tokio::test]
async fn s_55_userinfo_gives_the_profile_that_the_id_token_lacks_unless_it_is_about_another() {
    for (subject, expected) in [("fake-sub-ada", Some("Ada Lovelace")), ("fake-sub-eve", None)] {
        let mut scene = Scene::start().await;
        scene.provider.id_token().without("name").without("email");
        scene.provider.userinfo(move |userinfo| userinfo["sub"] = json!(subject));
        let session = scene.sign_in().await;
        assert_eq!(name(&session), expected, "{subject}");
        assert_eq!(scene.provider.at(Endpoint::Userinfo).count(), 1);
    }
}

#[tokio::test]
async fn a_callback_that_starts_the_app_completes_the_sign_in() {
    let mut scene = Scene::start().await;
    let given_up = scene.click();
    let url = scene.opened().await;
    given_up.abort();
    scene.restart();
    let callback = scene.provider.approve(&url).await;
    scene.keyfob.handle_args(&["keyfob-desktop", &callback]);
    let snapshot = scene.until(|snapshot| name(&snapshot.session) == Some("Ada Lovelace")).await;
    assert_eq!(snapshot.sign_in_error, None);
    assert!(scene.token().await.is_ok());

    assert_eq!(scene.keyfob.handle_callback(&callback).await, CallbackOutcome::Ignored);
    scene.restart();
    assert_eq!(scene.keyfob.handle_callback(&callback).await, CallbackOutcome::Ignored);
    assert_eq!(scene.provider.token_requests("authorization_code"), 1);
}

#[tokio::test]
async fn a_refusal_that_starts_the_app_is_told_to_whoever_looks() {
    let mut scene = Scene::start().await;
    let given_up = scene.click();
    let url = scene.opened().await;
    given_up.abort();
    scene.restart();
    let callback = scene.provider.deny(&url).await;
    scene.comes_back(&callback).await;
    let snapshot = scene.until(|snapshot| snapshot.sign_in_error.is_some()).await;
    assert_eq!(snapshot.sign_in_error.map(|error| error.code.as_str()), Some("access_denied"));
    assert_eq!(snapshot.session, Session::SignedOut);
}

#[tokio::test]
async fn another_person_becomes_the_current_one_and_the_one_before_stays_signed_in() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let of_ada = scene.token().await.expect("a token");
    scene.provider.person(Person::new("fake-sub-grace").name("Grace Hopper"));
    let session = scene.sign_in().await;
    assert_eq!(name(&session), Some("Grace Hopper"));
    let token = scene.token().await.expect("a token");
    assert_ne!(token.access_token.expose(), of_ada.access_token.expose());
    assert_eq!(scene.provider.at(Endpoint::Revocation).count(), 0);
    scene.restart();
    assert_eq!(name(&scene.restored().await), Some("Grace Hopper"));
}

#[tokio::test]
async fn after_a_sign_out_and_for_another_account_the_provider_asks_whom_to_sign_in() {
    let mut scene = Scene::start().await;
    let prompt = |url: &str| {
        let url = Url::parse(url).expect("a URL");
        url.query_pairs().find(|(name, _)| name == "prompt").map(|(_, value)| value.into_owned())
    };
    let sign_in = scene.click();
    let url = scene.opened().await;
    assert_eq!(prompt(&url), None);
    scene.comes_back(&scene.provider.approve(&url).await).await;
    ended(sign_in).await.expect("the provider agrees");

    within(scene.keyfob.sign_out(keyfob::SignOutOptions::default())).await.expect("the store obeys");
    let sign_in = scene.click();
    let url = scene.opened().await;
    assert_eq!(prompt(&url).as_deref(), Some("select_account"));
    scene.comes_back(&scene.provider.approve(&url).await).await;
    ended(sign_in).await.expect("the provider agrees");

    let _waiting = scene.click();
    assert_eq!(prompt(&scene.opened().await).as_deref(), Some("select_account"), "for another account");

    scene.provider.end_sessions();
    scene.expire();
    scene.token().await.expect_err("the session has ended");
    let _waiting = scene.click();
    assert_eq!(prompt(&scene.opened().await), None, "it is known who has to sign in again");
}

#[tokio::test]
async fn what_the_host_asks_for_stands_in_the_request() {
    let mut scene = Scene::start().await;
    let _waiting = scene.click_with(SignInOptions {
        prompt: Some("create".to_owned()),
        login_hint: Some("ada@example.com".to_owned()),
        ..SignInOptions::default()
    });
    let url = Url::parse(&scene.opened().await).expect("a URL");
    let query: Vec<_> = url.query_pairs().into_owned().collect();
    assert!(query.contains(&("prompt".to_owned(), "create".to_owned())));
    assert!(query.contains(&("login_hint".to_owned(), "ada@example.com".to_owned())));
}
