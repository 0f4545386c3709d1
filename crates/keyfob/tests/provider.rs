//! What is said of a provider before anybody signs in there, each subject in each way.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

use std::time::Duration;

use fake_provider::{Answer, Endpoint, FakeProvider, Fault};
use keyfob::{
    Config, ProviderCheck, ProviderInspection, ProviderStatus, ProviderSubject, RedirectKind,
    inspect_provider,
};
use serde_json::{Value, json};

use ProviderStatus::{Absent, Failed, Ok, Skipped, Warning};
use ProviderSubject::{
    CodeFlow, Dpop, Iss, Issuer, Logout, Metadata, Par, Pkce, RefreshTokens, Resources, Revocation,
};

/// The order in which people read them.
const ALL: [ProviderSubject; 11] =
    [Metadata, Issuer, CodeFlow, Pkce, RefreshTokens, Resources, Dpop, Par, Revocation, Logout, Iss];

/// More than any address or sentence of ours takes.
const LONG: usize = 400;

fn config(issuer: &str, settings: &Value) -> Config {
    let mut config = json!({ "issuer": issuer, "clientId": "app" });
    for (key, value) in settings.as_object().expect("settings are an object") {
        config[key] = value.clone();
    }
    Config::from_json(config).expect("a configuration")
}

/// Looks at it as somebody would who is about to save it.
async fn look(provider: &FakeProvider, settings: Value) -> ProviderInspection {
    look_at(provider.issuer(), settings).await
}

async fn look_at(issuer: &str, settings: Value) -> ProviderInspection {
    let config = config(issuer, &settings);
    let inspected = tokio::time::timeout(Duration::from_secs(60), inspect_provider(&config)).await;
    let inspected = inspected.expect("this never came");
    assert_eq!(inspected.checks.iter().map(|check| check.subject).collect::<Vec<_>>(), ALL);
    for check in &inspected.checks {
        let needs_fix = matches!(check.status, Warning | Failed);
        assert_eq!(check.fix.is_some(), needs_fix, "{check:?}");
        for sentence in check.fix.iter().chain([&check.message]) {
            assert!(sentence.ends_with('.') && sentence.len() < LONG, "{sentence}");
            assert!(!sentence.contains(|character: char| character.is_control()), "{sentence}");
        }
    }
    inspected
}

fn check(inspected: &ProviderInspection, subject: ProviderSubject) -> &ProviderCheck {
    inspected.checks.iter().find(|check| check.subject == subject).expect("one for each subject")
}

fn statuses(inspected: &ProviderInspection) -> Vec<ProviderStatus> {
    inspected.checks.iter().map(|check| check.status).collect()
}

/// A provider whose metadata says something else under one name; null takes it out.
async fn saying(member: &'static str, value: Value) -> FakeProvider {
    let provider = FakeProvider::start().await;
    provider.metadata(move |document: &mut Value| {
        let document = document.as_object_mut().expect("an object");
        if value.is_null() {
            document.remove(member);
        } else {
            document.insert(member.to_owned(), value.clone());
        }
    });
    provider
}

#[tokio::test]
async fn an_honest_provider_has_all_that_is_needed_and_is_asked_for_its_metadata_and_keys_alone() {
    let provider = FakeProvider::start().await;
    let inspected = look(&provider, json!({})).await;
    assert_eq!(statuses(&inspected), [Ok, Ok, Ok, Ok, Ok, Ok, Absent, Absent, Ok, Ok, Ok]);
    assert!(inspected.is_usable());
    let paths: Vec<_> = provider.requests().into_iter().map(|request| request.endpoint).collect();
    assert_eq!(paths, [Endpoint::Discovery, Endpoint::Jwks]);
}

#[tokio::test]
async fn each_subject_is_judged_by_what_the_metadata_says_of_it() {
    let dpop = json!({ "dpop": true });
    let pushes = json!({ "pushedAuthorizationRequests": true });
    let api = json!({ "audience": "urn:api" });
    let none = json!({});
    let algorithms = "dpop_signing_alg_values_supported";
    let par = "pushed_authorization_request_endpoint";
    let endpoint = json!("http://127.0.0.1:9/par");
    for (member, value, settings, subject, expected) in [
        ("token_endpoint", Value::Null, &none, Metadata, Failed),
        ("jwks_uri", json!("file:///etc/passwd"), &none, Metadata, Failed),
        ("revocation_endpoint", json!("javascript:alert(1)"), &none, Metadata, Failed),
        ("revocation_endpoint", json!("javascript:alert(1)"), &none, Revocation, Skipped),
        ("issuer", json!("https://other.example"), &none, Issuer, Failed),
        ("response_types_supported", json!(["token"]), &none, CodeFlow, Failed),
        ("response_types_supported", Value::Null, &none, CodeFlow, Warning),
        ("code_challenge_methods_supported", json!(["plain"]), &none, Pkce, Failed),
        ("code_challenge_methods_supported", Value::Null, &none, Pkce, Warning),
        ("grant_types_supported", json!(["authorization_code"]), &none, RefreshTokens, Ok),
        ("scopes_supported", json!(["openid"]), &none, RefreshTokens, Ok),
        ("protected_resources", json!(["urn:api"]), &api, Resources, Ok),
        ("protected_resources", json!(["urn:other"]), &api, Resources, Warning),
        (algorithms, json!(["ES256"]), &none, Dpop, Ok),
        (algorithms, json!(["RS256"]), &none, Dpop, Absent),
        (algorithms, json!(["ES256"]), &dpop, Dpop, Ok),
        (algorithms, json!(["RS256"]), &dpop, Dpop, Failed),
        (algorithms, Value::Null, &dpop, Dpop, Warning),
        (par, endpoint.clone(), &none, Par, Ok),
        (par, endpoint, &pushes, Par, Ok),
        (par, Value::Null, &pushes, Par, Failed),
        ("require_pushed_authorization_requests", json!(true), &none, Par, Failed),
        ("revocation_endpoint", Value::Null, &none, Revocation, Absent),
        ("end_session_endpoint", Value::Null, &none, Logout, Absent),
        ("authorization_response_iss_parameter_supported", Value::Null, &none, Iss, Absent),
    ] {
        let provider = saying(member, value.clone()).await;
        let inspected = look(&provider, settings.clone()).await;
        assert_eq!(check(&inspected, subject).status, expected, "{member} {value}: {inspected:?}");
        let failed = inspected.checks.iter().any(|check| check.status == Failed);
        assert_eq!(inspected.is_usable(), !failed);
    }
}

#[tokio::test]
async fn refresh_tokens_are_in_doubt_where_neither_grants_nor_scopes_speak_of_them() {
    for (grants, said) in [(json!(["authorization_code"]), "lists no"), (Value::Null, "doesn't say")] {
        let provider = saying("grant_types_supported", grants).await;
        provider.metadata(|document: &mut Value| document["scopes_supported"] = json!(["openid"]));
        let inspected = look(&provider, json!({})).await;
        let found = check(&inspected, RefreshTokens);
        assert_eq!(found.status, Warning);
        assert!(found.message.contains(said), "{found:?}");
    }
}

#[tokio::test]
async fn how_apis_are_named_is_said_for_each_style() {
    let provider = FakeProvider::start().await;
    for (style, named) in [("resource", "`resource`"), ("audience", "`audience`"), ("scope", "scopes")] {
        for audience in [None, Some("https://api.example.com")] {
            let inspected = look(&provider, json!({ "resourceStyle": style, "audience": audience })).await;
            let found = check(&inspected, Resources);
            assert_eq!(found.status, Ok);
            assert!(found.message.contains(named), "{found:?}");
        }
    }
}

#[tokio::test]
async fn of_what_is_no_metadata_nothing_more_is_known() {
    let elsewhere = FakeProvider::start().await;
    let there = elsewhere.url(Endpoint::Discovery);
    let answers: [(&str, Fault); 8] = [
        ("not JSON", Answer::not_json().into()),
        ("a captive portal", Answer::html_page().into()),
        ("huge", Answer::oversized().into()),
        ("a bomb", Answer::decompression_bomb().into()),
        ("endless", Fault::EndlessBody),
        ("404", Answer::status(404).into()),
        ("elsewhere", Answer::redirect(&there).into()),
        ("dropped", Fault::ConnectionDropped),
    ];
    for (name, fault) in answers {
        let provider = FakeProvider::start().await;
        provider.at(Endpoint::Discovery).always(fault);
        let inspected = look(&provider, json!({})).await;
        let [first, rest @ ..] = &statuses(&inspected)[..] else { unreachable!("there are checks") };
        assert_eq!(*first, Failed, "{name}");
        assert!(rest.iter().all(|status| *status == Skipped), "{name}: {rest:?}");
        assert!(!inspected.is_usable());
        assert_eq!(provider.at(Endpoint::Jwks).count(), 0, "{name}");
    }
    assert_eq!(elsewhere.requests().len(), 0, "no redirect is followed");

    let gone = FakeProvider::start().await;
    gone.go_down();
    let inspected = look(&gone, json!({})).await;
    assert!(check(&inspected, Metadata).message.contains("can't be reached"), "{inspected:?}");
    let missing = FakeProvider::start().await;
    let inspected = look_at(&format!("{}/nowhere", missing.issuer()), json!({})).await;
    let fix = check(&inspected, Metadata).fix.as_deref().expect("a fix");
    assert!(fix.contains("/nowhere/.well-known/openid-configuration`"), "{fix}");
}

#[tokio::test]
async fn another_issuers_metadata_is_not_believed_in_anything_nor_repeated() {
    let hostile = format!("https://evil.example/\u{202e}\u{1b}[2J{}", "x".repeat(100_000));
    let provider = saying("issuer", json!(hostile)).await;
    let inspected = look(&provider, json!({})).await;
    assert_eq!(statuses(&inspected)[..2], [Ok, Failed]);
    assert!(statuses(&inspected)[2..].iter().all(|status| *status == Skipped));
    assert_eq!(provider.at(Endpoint::Jwks).count(), 0, "none of its addresses is asked");
    assert!(!format!("{inspected:?}").contains("evil"));

    // What people mistype most.
    let inspected = look_at(&format!("{}/", provider.issuer()), json!({})).await;
    let fix = check(&inspected, Issuer).fix.as_deref().expect("a fix");
    assert!(fix.contains(&format!("`{}`", provider.issuer())), "{fix}");
}

#[tokio::test]
async fn keys_that_can_not_be_had_are_a_fault_and_the_rest_is_known_all_the_same() {
    let faults: [Fault; 3] =
        [Answer::status(500).into(), Answer::not_json().into(), Answer::oversized().into()];
    for fault in faults {
        let provider = FakeProvider::start().await;
        provider.at(Endpoint::Jwks).always(fault);
        let inspected = look(&provider, json!({})).await;
        assert_eq!(
            statuses(&inspected),
            [Failed, Ok, Ok, Ok, Ok, Ok, Absent, Absent, Skipped, Skipped, Skipped]
        );
    }
}

#[test]
fn what_has_to_be_registered_is_listed_to_the_letter() {
    let scheme = Some("dev.keyfob.desktop");
    let listed = |settings: Value, scheme, default| {
        config("https://id.example.com", &settings).redirect_uris(scheme, default)
    };
    let link = "dev.keyfob.desktop:/callback";
    assert_eq!(listed(json!({}), scheme, RedirectKind::DeepLink), [link]);
    assert_eq!(listed(json!({}), scheme, RedirectKind::Loopback), ["http://127.0.0.1/callback"]);
    let ports =
        json!({ "redirect": ["deepLink", "loopback"], "loopback": { "host": "localhost", "ports": [1, 2] } });
    let both = ["http://localhost:1/callback", "http://localhost:2/callback"];
    assert_eq!(listed(ports.clone(), scheme, RedirectKind::Loopback), [&[link], &both[..]].concat());
    assert_eq!(listed(ports, None, RedirectKind::Loopback), both);
    let page = json!({ "redirect": "returnPage", "returnPage": "https://app.example.com/back" });
    assert_eq!(listed(page, scheme, RedirectKind::DeepLink), ["https://app.example.com/back"]);
}
