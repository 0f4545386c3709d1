//! No secret that the provider gives out stands in a log, a snapshot, an error or anything's `Debug`.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::{
    fmt::{Debug, Display},
    io::Write,
    sync::{Arc, Mutex},
};

use common::{Scene, ended};
use fake_provider::{Answer, Endpoint, Fault, Person};
use keyfob::{FetchRequest, Mode, SignInOptions, SignOutOptions, StoreError};
use tracing_subscriber::filter::LevelFilter;

const MARKER: &str = "a marker that the log has to hold";

/// What was logged, by whichever crate, and what anybody could print.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<u8>>>);

impl Seen {
    fn debug(&self, thing: &impl Debug) {
        writeln!(self.clone(), "{thing:?} {thing:#?}").expect("memory");
    }

    fn error(&self, error: &(impl Debug + Display)) {
        writeln!(self.clone(), "{error}").expect("memory");
        self.debug(error);
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no test panics in here")).into_owned()
    }
}

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test panics in here").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The whole of a person's day, with everything that can go wrong in it.
async fn a_day(seen: &Seen) -> Scene {
    let mut scene = Scene::with_api().await;
    let mut snapshots = scene.keyfob.subscribe();
    let watching = tokio::spawn({
        let seen = seen.clone();
        async move {
            while snapshots.changed().await.is_ok() {
                seen.debug(&*snapshots.borrow_and_update());
            }
        }
    });
    sign_ins_that_fail(&mut scene, seen).await;
    seen.debug(&scene.sign_in().await);
    seen.debug(&scene.token().await.expect("a token"));
    seen.debug(&scene.keyfob);
    seen.debug(&scene.keyfob.config().expect("a configuration"));
    requests(&mut scene, seen).await;
    refreshes_that_fail(&mut scene, seen).await;
    scene.sign_in().await;
    a_cold_start(&mut scene).await;
    scene.store.refuse_changes(StoreError::Locked);
    let sign_out = scene.keyfob.sign_out(SignOutOptions { everywhere: true }).await;
    seen.error(&sign_out.expect_err("the keychain is locked"));
    scene.store.accept();
    let sign_out = scene.keyfob.sign_out(SignOutOptions::default()).await;
    sign_out.expect("the store obeys");
    scene.provider.at(Endpoint::Revocation).arrived(2).await;
    watching.abort();
    scene
}

async fn sign_ins_that_fail(scene: &mut Scene, seen: &Seen) {
    let faults: [Fault; 5] = [
        Fault::AnswerLost,
        Answer::invalid_grant().into(),
        Answer::not_json().into(),
        Answer::html_page().into(),
        Answer::oversized().into(),
    ];
    for fault in faults {
        scene.provider.token().next(fault);
        seen.error(&scene.try_sign_in().await.expect_err("a fault"));
    }
    for script in ["token_type", "access_token", "id_token"] {
        scene.provider.token().member(script, "no-such-thing");
        seen.error(&scene.try_sign_in().await.expect_err(script));
        scene.provider.token().reset();
    }
    scene.provider.token().refuse_repeating("invalid_grant");
    seen.error(&scene.try_sign_in().await.expect_err("refused"));
    scene.provider.token().reset();
    scene.provider.id_token().claim("aud", "another-client");
    seen.error(&scene.try_sign_in().await.expect_err("another's"));
    scene.provider.id_token().reset();

    let sign_in = scene.click_with(SignInOptions::default());
    let url = scene.opened().await;
    seen.debug(&scene.keyfob.authorization_url().await);
    let forged =
        scene.provider.approve_with(&url, |callback| callback.set("iss", "https://evil.example")).await;
    let unasked = scene.provider.approve_with(&url, |callback| callback.set("state", "unknown")).await;
    scene.keyfob.handle_callback(&unasked).await;
    scene.comes_back(&forged).await;
    seen.error(&ended(sign_in).await.expect_err("forged"));
}

async fn requests(scene: &mut Scene, seen: &Seen) {
    let api = scene.provider.api_url();
    seen.debug(&scene.keyfob.fetch(FetchRequest::get(api.clone())).await.expect("an answer"));
    scene.provider.expire_access_tokens();
    seen.debug(&scene.keyfob.fetch(FetchRequest::get(api.clone())).await.expect("an answer"));
    scene.provider.at(Endpoint::Api).next(Fault::ConnectionDropped);
    seen.error(&scene.keyfob.fetch(FetchRequest::get(api)).await.expect_err("dropped"));
    let elsewhere = scene.keyfob.fetch(FetchRequest::get("https://evil.example/".to_owned())).await;
    seen.error(&elsewhere.expect_err("not bound"));
}

async fn refreshes_that_fail(scene: &mut Scene, seen: &Seen) {
    scene.expire();
    let faults: [Fault; 4] = [
        Answer::not_json().into(),
        Answer::html_page().into(),
        Answer::status(503).retry_after(1).into(),
        Answer::oauth_error("invalid_client").into(),
    ];
    for fault in faults {
        scene.provider.token().next(fault);
        seen.error(&scene.token().await.expect_err("a fault"));
        scene.wait_out();
    }
    scene.provider.token().refuse_repeating("invalid_client");
    seen.error(&scene.token().await.expect_err("refused"));
    scene.provider.token().reset();
    scene.wait_out();
    scene.store.refuse_changes(StoreError::Locked);
    scene.token().await.expect("in memory");
    scene.store.accept();
    scene.provider.id_token().claim("aud", "another-client");
    let refresh = scene.ask(None, Mode::Force).await;
    seen.error(&ended(refresh).await.expect_err("another's"));
    scene.provider.id_token().reset();
    scene.wait_out();
    scene.token().await.expect("the wait is over");
    scene.expire();
    // The provider rotates strictly: what it doesn't hear of is taken for a theft.
    scene.provider.token().next(Fault::AnswerLost);
    seen.error(&scene.token().await.expect_err("the session has ended"));
    seen.debug(&scene.keyfob.snapshot());
}

async fn a_cold_start(scene: &mut Scene) {
    let _given_up = scene.click();
    let url = scene.opened().await;
    scene.restart();
    scene.provider.person(Person::new("fake-sub-grace"));
    scene.comes_back(&scene.provider.approve(&url).await).await;
    scene.until(|snapshot| format!("{snapshot:?}").contains("fake-sub-grace")).await;
}

#[tokio::test]
async fn no_secret_is_ever_logged_or_printed() {
    let seen = Seen::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer({
            let seen = seen.clone();
            move || seen.clone()
        })
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("this is the only test of its process");

    let scene = a_day(&seen).await;
    tracing::trace!("{MARKER}");

    let text = seen.text();
    for expected in [
        MARKER,
        "keyfob::session: a sign-in failed",
        "keyfob::session: a refresh failed",
        "SignedIn {",
        "AccessToken(redacted)",
        // The crates underneath are heard too.
        "TRACE hyper",
    ] {
        assert!(text.contains(expected), "{expected} is not in the log");
    }
    let issued = scene.provider.issued();
    for (kind, secrets) in [
        ("code", &issued.codes),
        ("verifier", &issued.code_verifiers),
        ("refresh token", &issued.refresh_tokens),
        ("ID token", &issued.id_tokens),
        ("access token", &issued.access_tokens),
    ] {
        assert!(secrets.len() > 3, "too few to look for: {kind}");
        for secret in secrets {
            assert!(!text.contains(secret), "a {kind} leaks");
            // The signature of a token, or the end of it, is as telling as the whole.
            let end = &secret[secret.len() - 20..];
            assert!(!text.contains(end), "the end of a {kind} leaks");
        }
    }
}
