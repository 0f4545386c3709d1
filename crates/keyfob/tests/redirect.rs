//! Which way back is taken, and addresses that people paste.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, ended};
use fake_provider::{Endpoint, FakeProvider};
use keyfob::{
    DeepLinkFault, ErrorCode, EventKind, EventReason, Failure, NotDispatchable, RedirectKind, Registration,
    Session, SignInError, SignInOptions, Submission,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const DEEP_LINK: &str = "dev.keyfob.desktop:/callback";
const PAGE: &str = "https://app.example/signed-in";

fn faults() -> [(Registration, DeepLinkFault); 4] {
    let reason = NotDispatchable::QuotedExec;
    [
        (Registration::Missing, DeepLinkFault::Missing),
        (Registration::Stale { path: "/gone".into(), is_own: false }, DeepLinkFault::Stale),
        (Registration::Other { handler: "other.desktop".to_owned() }, DeepLinkFault::Other),
        (Registration::NotDispatchable { reason }, DeepLinkFault::NotDispatchable),
    ]
}

fn redirect_uri(url: &str) -> String {
    let url = url::Url::parse(url).expect("a URL");
    let mut parameters = url.query_pairs();
    parameters.find(|(name, _)| name == "redirect_uri").expect("a redirect URI").1.into_owned()
}

async fn with_return_page() -> Scene {
    let provider = FakeProvider::builder().redirect_uri(PAGE).start().await;
    Scene::at(provider, json!({ "redirect": "returnPage", "returnPage": PAGE }))
}

/// The browser follows the redirect.
async fn visit(callback: &str) {
    let url = url::Url::parse(callback).expect("a URL");
    let address = url.socket_addrs(|| None).expect("an address");
    let mut stream = TcpStream::connect(&address[..]).await.expect("a listener");
    let (target, host) =
        (&url[url::Position::BeforePath..], &url[url::Position::BeforeHost..url::Position::AfterPort]);
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    assert!(stream.read(&mut [0; 1024]).await.is_ok_and(|count| count > 0));
}

#[tokio::test]
async fn where_links_do_not_arrive_a_listener_stands_in_and_it_is_said_why() {
    for (registration, fault) in faults() {
        let listed = json!({ "redirect": ["deepLink", "loopback"] });
        let mut scene = Scene::registered(registration.clone(), listed).await;
        let sign_in = scene.click();
        let url = scene.opened().await;
        assert!(redirect_uri(&url).starts_with("http://127.0.0.1:"), "{fault:?}");
        let pending = scene.keyfob.snapshot().sign_in.expect("it waits");
        assert_eq!((pending.redirect, pending.deep_link_fault), (RedirectKind::Loopback, Some(fault)));
        let event =
            scene.keyfob.events().into_iter().find(|event| event.kind == EventKind::DeepLinkUnavailable);
        assert_eq!(event.and_then(|event| event.reason), Some(EventReason::DeepLink(fault)));
        let diagnostics = scene.keyfob.diagnostics().expect("a configuration");
        assert_eq!(
            (diagnostics.redirect, diagnostics.registration),
            (RedirectKind::Loopback, Some(registration))
        );
        visit(&scene.provider.approve(&url).await).await;
        assert!(matches!(ended(sign_in).await, Ok(Session::SignedIn { .. })));
        assert_eq!(scene.unopened(), 0, "one tab");
    }
}

#[tokio::test]
async fn a_listener_stands_in_only_where_the_provider_knows_one_and_is_not_asked_for_alone() {
    let missing = || Registration::Missing;
    for (registration, redirect, shown, fault) in [
        (Registration::Ours, json!(["deepLink", "loopback"]), RedirectKind::DeepLink, None),
        (missing(), json!("deepLink"), RedirectKind::DeepLink, Some(DeepLinkFault::Missing)),
        (missing(), json!("loopback"), RedirectKind::Loopback, None),
    ] {
        let mut scene = Scene::registered(registration, json!({ "redirect": redirect })).await;
        let _waiting = scene.click();
        let url = scene.opened().await;
        assert_eq!(redirect_uri(&url) == DEEP_LINK, shown == RedirectKind::DeepLink, "{redirect}");
        let pending = scene.keyfob.snapshot().sign_in.expect("it waits");
        assert_eq!((pending.redirect, pending.deep_link_fault), (shown, fault), "{redirect}");
    }
}

#[tokio::test]
async fn a_person_whom_a_link_did_not_bring_back_may_take_another_way() {
    let by = |redirect| SignInOptions { redirect: Some(redirect), ..SignInOptions::default() };
    let mut scene = Scene::with(json!({ "redirect": ["deepLink", "loopback"] })).await;
    let first = scene.click();
    assert_eq!(redirect_uri(&scene.opened().await), DEEP_LINK);
    let second = scene.click_with(by(RedirectKind::Loopback));
    let url = scene.opened().await;
    assert!(redirect_uri(&url).starts_with("http://127.0.0.1:"));
    let pending = scene.keyfob.snapshot().sign_in.expect("it waits");
    assert_eq!((pending.redirect, pending.deep_link_fault), (RedirectKind::Loopback, None));
    visit(&scene.provider.approve(&url).await).await;
    assert!(matches!(ended(second).await, Ok(Session::SignedIn { .. })));
    assert_eq!(ended(first).await.expect_err("the other was first").code(), ErrorCode::Superseded);

    let scene = Scene::with(json!({ "redirect": "deepLink" })).await;
    let unknown = ended(scene.click_with(by(RedirectKind::Loopback))).await.expect_err("it isn't configured");
    assert_eq!(unknown.code(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn a_pasted_address_completes_the_sign_in_that_it_belongs_to_and_no_other_does() {
    let mut scene = Scene::with(json!({ "redirect": "loopback" })).await;
    assert_eq!(
        scene.keyfob.submit_callback("http://127.0.0.1:1/callback?code=c&state=s").await,
        Submission::NotAwaited
    );
    let sign_in = scene.click();
    let url = scene.opened().await;
    let right = scene.provider.approve(&url).await;
    let wrong_state = scene.provider.approve_with(&url, |callback| callback.set("state", "wrong")).await;
    for (pasted, expected) in [
        ("", Submission::NotAnAddress),
        ("my code is 123", Submission::NotAnAddress),
        (url.as_str(), Submission::AnotherAddress),
        ("dev.keyfob.desktop:/callback?code=c&state=s", Submission::AnotherAddress),
        (wrong_state.as_str(), Submission::NotAwaited),
    ] {
        assert_eq!(scene.keyfob.submit_callback(pasted).await, expected, "{pasted}");
    }
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 0);
    let as_copied = format!("  {}\n", right.strip_prefix("http://").expect("a scheme"));
    assert_eq!(scene.keyfob.submit_callback(&as_copied).await, Submission::Accepted);
    assert!(matches!(ended(sign_in).await, Ok(Session::SignedIn { .. })));
    assert_eq!(scene.keyfob.submit_callback(&right).await, Submission::NotAwaited);
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 1);
}

#[tokio::test]
async fn s_23_of_a_return_page_the_answer_arrives_on_the_deep_link_and_on_nothing_else() {
    let mut scene = with_return_page().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    assert_eq!(redirect_uri(&url), PAGE);
    assert_eq!(
        scene.keyfob.snapshot().sign_in.map(|pending| pending.redirect),
        Some(RedirectKind::ReturnPage)
    );
    let at_page = scene.provider.approve(&url).await;
    let handed_over = at_page.replace(PAGE, DEEP_LINK);
    for forged in [&at_page, &handed_over.replace("/callback", "/elsewhere")] {
        assert_eq!(scene.keyfob.handle_callback(forged).await, keyfob::CallbackOutcome::Ignored);
    }
    // A cold start: what the app knew of it was kept.
    scene.restart();
    scene.comes_back(&handed_over).await;
    scene.until(|snapshot| matches!(snapshot.session, Session::SignedIn { .. })).await;
    drop(sign_in);
    let sent = scene.provider.at(Endpoint::Token).count();
    assert_eq!(sent, 1);
}

#[tokio::test]
async fn the_address_of_the_return_page_can_be_pasted() {
    let mut scene = with_return_page().await;
    let sign_in = scene.click();
    let url = scene.opened().await;
    let at_page = scene.provider.approve(&url).await;
    assert_eq!(scene.keyfob.submit_callback(&at_page).await, Submission::Accepted);
    assert!(matches!(ended(sign_in).await, Ok(Session::SignedIn { .. })));
}

#[tokio::test]
async fn where_there_is_one_port_a_new_sign_in_takes_it_from_the_one_before() {
    let port = {
        let held = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        held.local_addr().expect("an address").port()
    };
    let settings = json!({ "redirect": "loopback", "loopback": { "ports": [port] } });
    let mut scene = Scene::with(settings).await;
    let first = scene.click();
    let first_url = scene.opened().await;
    let second = scene.click();
    let second_url = scene.opened().await;
    assert_eq!(redirect_uri(&first_url), redirect_uri(&second_url));
    assert_eq!(ended(first).await.expect_err("no session").to_string(), SignInError::Superseded.to_string());
    visit(&scene.provider.approve(&second_url).await).await;
    assert!(matches!(ended(second).await, Ok(Session::SignedIn { .. })));

    scene.keyfob.sign_out(keyfob::SignOutOptions::default()).await.expect("signed out");
    let third = scene.click();
    scene.opened().await;
    scene.keyfob.cancel_sign_in().await;
    ended(third).await.expect_err("cancelled");
    let _fourth = scene.click();
    scene.opened().await;

    let foreign = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = foreign.local_addr().expect("an address").port();
    let settings = json!({ "redirect": "loopback", "loopback": { "ports": [taken] } });
    let other = Scene::with(settings).await;
    let refused = ended(other.click()).await.expect_err("another program has the port");
    assert!(matches!(refused, SignInError::Loopback { .. }));
}
