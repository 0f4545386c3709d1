//! What the specifications ask of a client and no other file shows; SECURITY.md says which test holds what.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::time::Duration;

use common::{API, Scene, ended, within};
use fake_provider::{Answer, Endpoint, FakeProvider, Rotation, Signature};
use keyfob::{
    Config, ErrorCode, Failure, FetchRequest, Mode, ReauthReason, Session, SignInError, SignOutOptions,
};
use serde_json::json;
use url::Url;

#[tokio::test]
async fn s_11_the_deep_link_is_written_with_a_single_slash() {
    let mut scene = Scene::start().await;
    let _waiting = scene.click();
    let url = Url::parse(&scene.opened().await).expect("a URL");
    let redirect_uri = url.query_pairs().find(|(name, _)| name == "redirect_uri");
    assert_eq!(redirect_uri.expect("a redirect URI").1, "dev.keyfob.desktop:/callback");
}

/// A port on which nobody listens any more, though a connection of before is still winding down.
#[cfg(target_os = "linux")]
async fn just_used_port() -> u16 {
    use tokio::{
        io::AsyncReadExt,
        net::{TcpListener, TcpStream},
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut client = TcpStream::connect(address).await.expect("a connection");
    drop(listener.accept().await.expect("a connection"));
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.expect("the server has closed first");
    address.port()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn s_20_a_port_that_only_so_reuseaddr_would_give_is_not_taken() {
    let port = just_used_port().await;
    // As Tokio does it, with SO_REUSEADDR.
    let reused = tokio::net::TcpListener::bind(("127.0.0.1", port)).await;
    drop(reused.expect("nobody listens there"));
    let scene = Scene::with(json!({ "redirect": "loopback", "loopback": { "ports": [port] } })).await;
    let error = ended(scene.click()).await.expect_err("the port is not free");
    assert_eq!(error.code(), ErrorCode::LoopbackUnavailable);
}

#[tokio::test]
async fn s_24_a_code_is_not_sent_where_another_issuer_has_taken_the_place_of_the_one_asked() {
    let mut scene = Scene::start().await;
    let _given_up = scene.click();
    let url = scene.opened().await;
    let callback = scene.provider.approve(&url).await;
    let Scene { provider, store, .. } = scene;
    let template = template(&provider);
    let scene =
        Scene::over(store, provider, json!({ "issuerTemplate": template, "allowedTenants": ["t-1"] }));
    scene.comes_back(&callback).await;
    let ended = scene.until(|snapshot| snapshot.sign_in_error.is_some()).await;
    assert_eq!(ended.sign_in_error.map(|error| error.code), Some(ErrorCode::IssuerMismatch));
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 0);
}

#[tokio::test]
async fn s_35_every_error_that_the_browser_brings_back_ends_the_sign_in_by_its_name() {
    let mut scene = Scene::start().await;
    for (name, expected) in [
        ("access_denied", ErrorCode::AccessDenied),
        ("invalid_request", ErrorCode::AuthorizationFailed),
        ("unauthorized_client", ErrorCode::AuthorizationFailed),
        ("unsupported_response_type", ErrorCode::AuthorizationFailed),
        ("invalid_scope", ErrorCode::AuthorizationFailed),
        ("server_error", ErrorCode::AuthorizationFailed),
        ("temporarily_unavailable", ErrorCode::AuthorizationFailed),
        ("login_required", ErrorCode::AuthorizationFailed),
        ("interaction_required", ErrorCode::AuthorizationFailed),
        ("consent_required", ErrorCode::AuthorizationFailed),
        ("account_selection_required", ErrorCode::AuthorizationFailed),
        ("request_not_supported", ErrorCode::AuthorizationFailed),
        ("one_that_nobody_knows", ErrorCode::AuthorizationFailed),
    ] {
        let sign_in = scene.click();
        let url = scene.opened().await;
        scene.comes_back(&scene.provider.refuse(&url, name).await).await;
        let error = ended(sign_in).await.expect_err(name);
        assert_eq!(error.code(), expected, "{name}");
        assert_eq!(error.oauth().map(|error| error.error.as_str()), Some(name));
    }
    assert_eq!(scene.provider.at(Endpoint::Token).count(), 0);
}

#[tokio::test]
async fn s_36_no_redirect_of_the_provider_is_followed() {
    let elsewhere = FakeProvider::start().await;
    for endpoint in [Endpoint::Discovery, Endpoint::Jwks, Endpoint::Token] {
        let mut scene = Scene::start().await;
        scene.provider.at(endpoint).always(Answer::redirect(&elsewhere.url(endpoint)));
        let sign_in = scene.click();
        if endpoint != Endpoint::Discovery {
            let url = scene.opened().await;
            scene.comes_back(&scene.provider.approve(&url).await).await;
        }
        let error = ended(sign_in).await.expect_err("no answer");
        assert_eq!(error.code(), ErrorCode::ProviderUnreachable, "{endpoint:?}");
    }
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    let revocation = scene.provider.at(Endpoint::Revocation);
    revocation.next(Answer::redirect(&elsewhere.url(Endpoint::Revocation)));
    scene.keyfob.sign_out(SignOutOptions::default()).await.expect("the store obeys");
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    until_revoked(&scene, 1).await;
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn s_41_of_two_scopes_the_one_that_was_granted_counts() {
    let mut scene = Scene::start().await;
    scene.provider.token().grant_scope("openid email");
    scene.sign_in().await;
    assert_eq!(scene.token().await.expect("a token").scope, "openid email");
}

#[tokio::test]
async fn s_43_s_83_secrets_stand_in_the_forms_and_headers_that_are_theirs_and_in_no_url() {
    let provider = FakeProvider::start().await;
    provider.api_audience(API);
    provider.id_token().without("name").without("email");
    let resources = json!([{ "origin": provider.origin(), "audience": API }]);
    let mut scene = Scene::at(provider, json!({ "resources": resources }));
    scene.sign_in().await;
    scene.keyfob.fetch(FetchRequest::get(scene.provider.api_url())).await.expect("an answer");
    scene.keyfob.refresh().await.expect("a token");
    scene.keyfob.sign_out(SignOutOptions { everywhere: true }).await.expect("the store obeys");
    let logout = scene.opened().await;
    scene.provider.at(Endpoint::Revocation).arrived(1).await;

    let issued = scene.provider.issued();
    let kinds: [(&str, &[String], &[Endpoint]); 5] = [
        ("a code", &issued.codes, &[Endpoint::Token]),
        ("a verifier", &issued.code_verifiers, &[Endpoint::Token]),
        ("a refresh token", &issued.refresh_tokens, &[Endpoint::Token, Endpoint::Revocation]),
        ("an ID token", &issued.id_tokens, &[]),
        ("an access token", &issued.access_tokens, &[]),
    ];
    let mut seen = Vec::new();
    for (kind, secrets, in_forms_of) in kinds {
        for secret in secrets {
            assert!(!logout.contains(secret), "{kind}");
            for request in scene.provider.requests() {
                let endpoint = request.endpoint;
                seen.push(endpoint);
                let url = format!("{} {:?}", request.path, request.query);
                let body = String::from_utf8_lossy(&request.body);
                let as_bearer = kind == "an access token" && request.bearer() == Some(secret);
                let bearer_wanted = matches!(endpoint, Endpoint::Userinfo | Endpoint::Api);
                assert!(!url.contains(secret), "{kind} in the URL of {endpoint:?}");
                assert!(in_forms_of.contains(&endpoint) || !body.contains(secret), "{kind} for {endpoint:?}");
                let in_headers = format!("{:?}", request.headers).contains(secret);
                assert!(!in_headers || (as_bearer && bearer_wanted), "{kind} in a header for {endpoint:?}");
            }
        }
    }
    for endpoint in [Endpoint::Userinfo, Endpoint::Api, Endpoint::Token, Endpoint::Revocation] {
        assert!(seen.contains(&endpoint), "{endpoint:?}");
    }
}

/// A provider whose metadata names a template instead of an issuer; each tenant has an issuer of its own.
fn template(provider: &FakeProvider) -> String {
    let template = format!("{}/{{tenantid}}", provider.issuer().trim_end_matches('/'));
    let issuer = template.clone();
    provider.metadata(move |document| {
        document["issuer"] = json!(issuer);
        document["authorization_response_iss_parameter_supported"] = json!(false);
    });
    template
}

fn answers_for(scene: &Scene, tenant: &str) {
    let issuer = format!("{}/{tenant}", scene.provider.issuer().trim_end_matches('/'));
    scene.provider.id_token().reset().claim("iss", issuer).claim("tid", tenant);
}

async fn sign_in_at(scene: &mut Scene, tenant: &str) -> Result<Session, SignInError> {
    answers_for(scene, tenant);
    let sign_in = scene.click();
    let url = scene.opened().await;
    scene.comes_back(&scene.provider.approve_with(&url, |callback| callback.remove("iss")).await).await;
    ended(sign_in).await
}

#[tokio::test]
async fn s_44_s_56_s_57_one_subject_of_two_tenants_is_two_people() {
    let provider = FakeProvider::start().await;
    let template = template(&provider);
    let settings = json!({ "issuerTemplate": template, "allowedTenants": ["t-1", "t-2"] });
    let mut scene = Scene::at(provider, settings);
    for tenant in ["t-1", "t-2", "t-1"] {
        let session = sign_in_at(&mut scene, tenant).await.expect(tenant);
        assert!(matches!(session, Session::SignedIn { account, .. } if account.issuer.ends_with(tenant)));
    }
    let accounts = within(scene.keyfob.accounts()).await.expect("the store obeys");
    assert_eq!(accounts.len(), 2);

    let refused = sign_in_at(&mut scene, "t-3").await.expect_err("another's tenant");
    assert_eq!(refused.code(), ErrorCode::InvalidIdToken);

    answers_for(&scene, "t-2");
    scene.keyfob.refresh().await.expect_err("another person's token");
    let session = scene.keyfob.snapshot().session;
    assert!(
        matches!(session, Session::ReauthRequired { reason: ReauthReason::IdentityChanged, .. }),
        "{session:?}"
    );
}

#[tokio::test]
async fn s_26_s_44_an_answer_may_name_the_tenants_own_issuer_and_then_the_id_token_is_of_that_one() {
    let provider = FakeProvider::start().await;
    let template = template(&provider);
    let settings = json!({ "issuerTemplate": template, "allowedTenants": ["t-1", "t-2"] });
    let mut scene = Scene::at(provider, settings);
    answers_for(&scene, "t-1");
    for (named, outcome) in [
        ("t-1", Ok(())),
        ("t-2", Err(ErrorCode::InvalidIdToken)),
        ("t-3", Err(ErrorCode::IssuerMismatch)),
        ("{tenantid}", Err(ErrorCode::IssuerMismatch)),
    ] {
        let issuer = template.replace("{tenantid}", named);
        let sign_in = scene.click();
        let url = scene.opened().await;
        let requests = scene.provider.at(Endpoint::Token).count();
        let callback = scene.provider.approve_with(&url, |callback| callback.set("iss", &issuer)).await;
        scene.comes_back(&callback).await;
        let ended = ended(sign_in).await.map(drop).map_err(|error| error.code());
        assert_eq!(ended, outcome, "{named}");
        let sent = scene.provider.at(Endpoint::Token).count() - requests;
        assert_eq!(sent == 0, outcome == Err(ErrorCode::IssuerMismatch), "{named}");
    }
}

#[tokio::test]
async fn s_54_keys_without_a_name_are_fetched_anew_when_none_of_them_fits() {
    let mut scene = Scene::start().await;
    scene.provider.id_token().without_kid();
    scene.sign_in().await;
    scene.provider.rotate_signing_key();
    scene.sign_in().await;
    assert_eq!(scene.provider.at(Endpoint::Jwks).count(), 2);

    scene.provider.id_token().signature(Signature::WrongKey);
    let error = scene.try_sign_in().await.expect_err("a key that is nobody's");
    assert_eq!(error.code(), ErrorCode::InvalidIdToken);
    assert_eq!(scene.provider.at(Endpoint::Jwks).count(), 3, "one more look, and no further one");
}

#[test]
fn s_79_an_audience_is_an_absolute_uri_without_a_fragment() {
    let config = |audience: &str| {
        Config::from_json(json!({ "issuer": "https://id.example", "clientId": "app", "audience": audience }))
    };
    for right in ["https://api.example", "https://api.example/notes?v=1", "urn:notes"] {
        assert!(config(right).is_ok(), "{right}");
    }
    for wrong in ["https://api.example/#notes", "urn:notes#", "/notes", "api.example", ""] {
        assert!(config(wrong).is_err(), "{wrong}");
    }
}

/// Waits for what nobody announces.
async fn until_revoked(scene: &Scene, tokens: usize) {
    // That which is due is tried again; what has failed just now is not lost by it.
    scene.advance(3600);
    scene.keyfob.network_changed();
    let watched = async {
        let issued = scene.provider.issued().refresh_tokens;
        while issued.iter().filter(|token| scene.provider.revoked(token)).count() < tokens {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    within(watched).await;
}

#[tokio::test]
async fn s_81_a_provider_that_has_no_time_to_revoke_is_asked_again() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.provider.at(Endpoint::Revocation).next(Answer::status(503).retry_after(7));
    scene.keyfob.sign_out(SignOutOptions::default()).await.expect("the store obeys");
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    until_revoked(&scene, 1).await;
    assert_eq!(scene.provider.at(Endpoint::Revocation).count(), 2);
}

#[tokio::test]
async fn s_65_a_refusal_of_a_refresh_token_that_has_a_successor_ends_nothing() {
    let mut scene = Scene::start().await;
    scene.provider.token().rotation(Rotation::Sparing);
    scene.sign_in().await;
    let before = scene.store.copy();
    let second = scene.second_process().await;
    second.refresh().await.expect("a token");
    let after = scene.store.copy();
    let successor = scene.store.refresh_token();

    // As if the second process had refreshed while the first one did, without the lock that both should have.
    scene.store.restore(before);
    let gate = scene.provider.at(Endpoint::Token).hold();
    let first = scene.ask(None, Mode::Force).await;
    gate.arrived().await;
    scene.store.restore(after);
    gate.release();
    assert_eq!(ended(first).await.expect_err("it was used").code(), ErrorCode::Superseded);
    assert!(matches!(scene.keyfob.snapshot().session, Session::SignedIn { .. }));
    assert_eq!(scene.store.refresh_token(), successor);
    scene.wait_out();
    scene.keyfob.refresh().await.expect("the successor is good");
}

#[tokio::test]
async fn s_37_a_client_with_a_secret_revokes_where_only_the_header_is_taken() {
    let provider = FakeProvider::builder().client_secret("fake-client-secret").start().await;
    provider.metadata(|document| {
        document["token_endpoint_auth_methods_supported"] = json!(["client_secret_basic"]);
        document["revocation_endpoint_auth_methods_supported"] = json!(["client_secret_basic"]);
    });
    let mut scene = Scene::at(provider, json!({ "clientSecret": "fake-client-secret" }));
    scene.sign_in().await;
    scene.keyfob.sign_out(SignOutOptions::default()).await.expect("the store obeys");
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    until_revoked(&scene, 1).await;
    let request = &scene.provider.at(Endpoint::Revocation).requests()[0];
    assert!(request.headers.contains_key("authorization") && request.form.get("client_secret").is_none());
}
