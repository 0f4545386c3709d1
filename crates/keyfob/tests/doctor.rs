//! What the doctor finds: each check where all is well, and where it isn't.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::{net::TcpListener, sync::Arc};

use common::{Scene, TestStore, within};
use fake_provider::{Answer, Endpoint, FakeProvider};
use keyfob::{
    Check, CheckStatus, CheckSubject, Config, ConfigError, Keyfob, NotDispatchable, Registration, StoreError,
};
use serde_json::{Value, json};

async fn check(keyfob: &Keyfob, subject: CheckSubject) -> Check {
    let mut checks = within(keyfob.doctor()).await;
    for check in &checks {
        let needs_fix = matches!(check.status, CheckStatus::Warning | CheckStatus::Failed);
        assert_eq!(check.fix.is_some(), needs_fix, "{check:?}");
        for sentence in check.fix.iter().chain([&check.message]) {
            assert!(sentence.ends_with('.'), "{sentence}");
        }
    }
    checks.retain(|check| check.subject == subject);
    assert_eq!(checks.len(), 1, "one check for each subject");
    checks.remove(0)
}

async fn status(keyfob: &Keyfob, subject: CheckSubject) -> CheckStatus {
    check(keyfob, subject).await.status
}

/// An app with another scheme, or none.
fn with_scheme(provider: &FakeProvider, scheme: Option<&str>, settings: &Value) -> Keyfob {
    let mut config = json!({ "issuer": provider.issuer(), "clientId": provider.client_id() });
    for (key, value) in settings.as_object().expect("settings are an object") {
        config[key] = value.clone();
    }
    Keyfob::builder(Arc::new(|_| Ok(())))
        .deep_link_scheme(scheme.map(str::to_owned))
        .registration(Arc::new(|_| Registration::Ours))
        .start(Config::from_json(config), TestStore::default())
}

fn both() -> Value {
    json!({ "redirect": ["deepLink", "loopback"] })
}

#[tokio::test]
async fn where_all_is_well_every_check_says_so_and_the_person_is_asked_for_nothing() {
    use CheckSubject::{Clock, Configuration, Handler, Keychain, Metadata, Redirect, Scheme};

    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let checks = within(scene.keyfob.doctor()).await;
    let found: Vec<_> = checks.iter().map(|check| (check.subject, check.status)).collect();
    let all = [Configuration, Metadata, Clock, Scheme, Handler, Redirect, Keychain];
    assert_eq!(found, all.map(|subject| (subject, CheckStatus::Ok)));
    assert_eq!((scene.unopened(), scene.store.unlocks()), (0, 0));
    let said = format!("{checks:?}");
    let issued = scene.provider.issued();
    assert!(issued.secrets().all(|secret| !said.contains(secret)), "{said}");
    scene.token().await.expect("the session is as it was");
}

#[tokio::test]
async fn without_a_configuration_nothing_else_is_looked_at() {
    let error = ConfigError::Invalid { reason: "`isuer` is unknown".to_owned() };
    let keyfob = Keyfob::builder(Arc::new(|_| Ok(()))).start(Err(error), TestStore::default());
    let checks = within(keyfob.doctor()).await;
    assert_eq!(checks[0].status, CheckStatus::Failed);
    assert!(checks[0].message.contains("`isuer`") && checks[0].fix.is_some());
    assert_eq!(checks.len(), 7);
    assert!(checks[1..].iter().all(|check| check.status == CheckStatus::Skipped));
}

#[tokio::test]
async fn metadata_is_looked_at_anew_with_its_endpoints_its_keys_and_s256() {
    let edits: [(&str, Value); 3] = [
        ("token_endpoint", Value::Null),
        ("code_challenge_methods_supported", json!(["plain"])),
        ("issuer", json!("https://other.example")),
    ];
    for (member, value) in edits {
        let mut scene = Scene::start().await;
        scene.sign_in().await;
        scene.provider.metadata(move |document: &mut Value| document[member] = value.clone());
        assert_eq!(status(&scene.keyfob, CheckSubject::Metadata).await, CheckStatus::Failed, "{member}");
        assert_eq!(status(&scene.keyfob, CheckSubject::Clock).await, CheckStatus::Skipped);
    }

    let scene = Scene::start().await;
    scene.provider.metadata(|document: &mut Value| {
        document.as_object_mut().expect("an object").remove("code_challenge_methods_supported");
    });
    let silent = check(&scene.keyfob, CheckSubject::Metadata).await;
    assert_eq!(silent.status, CheckStatus::Warning);
    assert!(silent.message.contains("S256"), "{silent:?}");

    let scene = Scene::start().await;
    scene.provider.at(Endpoint::Jwks).always(Answer::status(500));
    assert_eq!(status(&scene.keyfob, CheckSubject::Metadata).await, CheckStatus::Failed);
    scene.provider.at(Endpoint::Jwks).heal();
    assert_eq!(status(&scene.keyfob, CheckSubject::Metadata).await, CheckStatus::Ok);
    scene.provider.go_down();
    let down = check(&scene.keyfob, CheckSubject::Metadata).await;
    assert_eq!(down.status, CheckStatus::Failed);
    assert!(down.message.contains("can't be reached"), "{down:?}");
}

#[tokio::test]
async fn a_clock_may_be_half_a_minute_off_and_is_a_fault_after_five() {
    for (off, expected, side) in [
        (20, CheckStatus::Ok, "behind"),
        (-20, CheckStatus::Ok, "ahead of"),
        (60, CheckStatus::Warning, "behind"),
        (-60, CheckStatus::Warning, "ahead of"),
        (400, CheckStatus::Failed, "behind"),
        (-400, CheckStatus::Failed, "ahead of"),
    ] {
        let scene = Scene::start().await;
        scene.clock.jump(-off);
        let clock = check(&scene.keyfob, CheckSubject::Clock).await;
        assert_eq!(clock.status, expected, "{off}: {clock:?}");
        assert!(clock.message.contains(side), "{off}: {clock:?}");
    }
}

#[tokio::test]
async fn a_scheme_is_needed_for_links_alone_and_has_a_dot() {
    let provider = FakeProvider::start().await;
    let links = json!({ "redirect": "deepLink" });
    let loopback = json!({ "redirect": "loopback" });
    for (scheme, settings, expected) in [
        (Some("com.example.app"), &links, CheckStatus::Ok),
        (Some("myapp"), &links, CheckStatus::Warning),
        (None, &links, CheckStatus::Failed),
        (None, &loopback, CheckStatus::Skipped),
    ] {
        let keyfob = with_scheme(&provider, scheme, settings);
        assert_eq!(status(&keyfob, CheckSubject::Scheme).await, expected, "{scheme:?} {settings}");
    }
    let keyfob = with_scheme(&provider, None, &links);
    assert_eq!(status(&keyfob, CheckSubject::Redirect).await, CheckStatus::Failed);
    assert_eq!(status(&keyfob, CheckSubject::Handler).await, CheckStatus::Skipped);
}

#[tokio::test]
async fn links_that_go_elsewhere_are_a_fault_unless_a_listener_stands_in() {
    let undispatched = |reason| Registration::NotDispatchable { reason };
    for (registration, named) in [
        (Registration::Missing, "No program"),
        (Registration::Stale { path: "/before/app".into(), is_own: true }, "/before/app"),
        (Registration::Other { handler: "other.desktop".to_owned() }, "other.desktop"),
        (undispatched(NotDispatchable::NoOpener), "`xdg-open`"),
        (undispatched(NotDispatchable::QuotedExec), "`Exec`"),
        (undispatched(NotDispatchable::NoSessionBus), "session bus"),
        (undispatched(NotDispatchable::Unknown), "in time"),
    ] {
        for (settings, expected) in [(json!({}), CheckStatus::Failed), (both(), CheckStatus::Warning)] {
            let scene = Scene::registered(registration.clone(), settings).await;
            let handler = check(&scene.keyfob, CheckSubject::Handler).await;
            assert_eq!(handler.status, expected, "{registration:?}");
            assert!(handler.message.contains(named), "{handler:?}");
            assert_eq!(status(&scene.keyfob, CheckSubject::Redirect).await, expected, "{registration:?}");
        }
    }
    let scene = Scene::registered(Registration::Missing, json!({ "redirect": "loopback" })).await;
    assert_eq!(status(&scene.keyfob, CheckSubject::Handler).await, CheckStatus::Skipped);
    assert_eq!(status(&scene.keyfob, CheckSubject::Redirect).await, CheckStatus::Ok);
}

#[tokio::test]
async fn what_has_to_be_registered_at_the_provider_is_spelt_out() {
    let page = "https://app.example.com/return";
    for (settings, named) in [
        (json!({ "redirect": "deepLink" }), vec!["`dev.keyfob.desktop:/callback`"]),
        (both(), vec!["`dev.keyfob.desktop:/callback`", "`http://127.0.0.1/callback` with any port"]),
        (
            json!({ "redirect": "loopback", "loopback": { "host": "localhost", "ports": [47001, 47002] } }),
            vec!["`http://localhost:47001/callback`", "`http://localhost:47002/callback`"],
        ),
        (
            json!({ "redirect": "loopback", "loopback": { "host": "[::1]" } }),
            vec!["`http://[::1]/callback` with any port"],
        ),
        (json!({ "redirect": "returnPage", "returnPage": page }), vec!["`https://app.example.com/return`"]),
    ] {
        let scene = Scene::with(settings.clone()).await;
        let redirect = check(&scene.keyfob, CheckSubject::Redirect).await;
        assert_eq!(redirect.status, CheckStatus::Ok, "{redirect:?}");
        for uri in named {
            assert!(redirect.message.contains(uri), "{settings}: {redirect:?}");
        }
    }
}

#[tokio::test]
async fn a_port_that_another_program_holds_is_a_fault_and_one_that_a_sign_in_holds_is_none() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let settings = json!({ "redirect": "loopback", "loopback": { "host": "127.0.0.1", "ports": [port] } });
    let mut scene = Scene::with(settings).await;
    assert_eq!(status(&scene.keyfob, CheckSubject::Redirect).await, CheckStatus::Failed);
    drop(taken);
    assert_eq!(status(&scene.keyfob, CheckSubject::Redirect).await, CheckStatus::Ok);
    let _waiting = scene.click();
    scene.opened().await;
    assert_eq!(status(&scene.keyfob, CheckSubject::Redirect).await, CheckStatus::Ok);
}

#[tokio::test]
async fn a_keychain_that_is_locked_or_gone_is_a_fault_and_memory_a_warning() {
    let scene = Scene::start().await;
    scene.restored().await;
    let unavailable = StoreError::Unavailable { reason: "it is gone".to_owned() };
    for error in [StoreError::Locked, unavailable] {
        scene.store.refuse(error.clone());
        let keychain = check(&scene.keyfob, CheckSubject::Keychain).await;
        assert_eq!(keychain.status, CheckStatus::Failed);
        scene.store.accept();
        scene.store.refuse_changes(error);
        assert_eq!(
            status(&scene.keyfob, CheckSubject::Keychain).await,
            CheckStatus::Failed,
            "reading is not enough"
        );
        scene.store.accept();
    }
    assert_eq!(status(&scene.keyfob, CheckSubject::Keychain).await, CheckStatus::Ok);
    assert_eq!((scene.store.len(), scene.store.unlocks()), (0, 0));

    let scene = Scene::with(json!({ "keychain": "memory" })).await;
    assert_eq!(status(&scene.keyfob, CheckSubject::Keychain).await, CheckStatus::Warning);
}
