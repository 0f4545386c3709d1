//! The modules on their one server.

use std::collections::BTreeSet;

use fake_provider::{Artefact, ConformanceServer, Endpoint, Expected, FakeProvider, Module};

use crate::client::{authorization_url, exchange, get, parameter, part};

fn named<'a>(server: &'a ConformanceServer, name: &str) -> (&'static Module, &'a FakeProvider) {
    let (module, provider) = server.modules().iter().find(|(module, _)| module.name == name).unwrap();
    (module, provider)
}

#[tokio::test]
async fn each_module_is_an_issuer_of_its_own_with_a_record_of_its_own() {
    let server = ConformanceServer::start().await;
    let origins: BTreeSet<_> = server.modules().iter().map(|(_, provider)| provider.origin()).collect();
    assert_eq!(origins.len(), 1);
    for (module, provider) in server.modules() {
        assert_eq!(provider.issuer(), format!("{}/{}", provider.origin(), module.name));
        get(&provider.url(Endpoint::Discovery), None).await;
        get(&format!("{}/anything/else", provider.issuer()), None).await;
        let seen: Vec<_> = provider.requests().iter().map(|request| request.endpoint).collect();
        assert_eq!(seen, [Endpoint::Discovery, Endpoint::Unknown], "{}", module.name);
    }
    let (_, honest) = named(&server, "oidcc-client-test");
    let metadata = get(&honest.url(Endpoint::Discovery), None).await;
    assert!(metadata.member("jwks_uri").starts_with(honest.issuer()));
    let url = authorization_url(honest, &[]);
    let code = parameter(&honest.approve(&url).await, "code").unwrap();
    let access_token = exchange(honest, &code, &[]).await.member("access_token");
    assert_eq!(get(&honest.api_url(), Some(&access_token)).await.status, 200);
    let (_, other) = named(&server, "oidcc-client-test-invalid-aud");
    assert_eq!(get(&other.api_url(), Some(&access_token)).await.status, 401);
}

#[tokio::test]
async fn what_is_sent_after_something_bad_is_seen_and_what_is_needed_to_judge_it_is_not_counted() {
    let server = ConformanceServer::start().await;
    let (module, provider) = named(&server, "oidcc-client-test-invalid-aud");
    assert!(matches!(module.expected, Expected::Stops { at: Artefact::IdToken, .. }));
    let callback = module.approve(provider, &authorization_url(provider, &[])).await;
    let tokens = exchange(provider, &parameter(&callback, "code").unwrap(), &[]).await;
    assert_eq!(part(&tokens.member("id_token"), 1)["aud"], "another-client");
    get(&provider.url(Endpoint::Jwks), None).await;
    assert!(module.sent_afterwards(provider).is_empty());
    get(&provider.url(Endpoint::Userinfo), Some(&tokens.member("access_token"))).await;
    let [sent] = module.sent_afterwards(provider).try_into().unwrap();
    assert_eq!(sent.endpoint, Endpoint::Userinfo);
}

#[tokio::test]
async fn a_client_that_does_not_do_what_a_module_wants_is_told() {
    let server = ConformanceServer::start().await;
    let (module, provider) = named(&server, "oidcc-client-test-discovery-jwks-uri-keys");
    assert_eq!(module.complaints(provider), ["the keys weren't fetched"]);
    get(&provider.url(Endpoint::Jwks), None).await;
    assert!(module.complaints(provider).is_empty());
    let (module, provider) = named(&server, "fapi2-security-profile-final-client-test-happy-path");
    get(&authorization_url(provider, &[]), None).await;
    assert_eq!(module.complaints(provider), ["more than a request_uri in the browser"]);
}
