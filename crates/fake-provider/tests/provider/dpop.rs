//! Proofs of possession (RFC 9449).

use std::time::Duration;

use fake_provider::{AccessTokenFormat, Endpoint, FakeProvider, Proof, fingerprint};
use serde_json::{Value, json};

use crate::client::{Answer, LINK, VERIFIER, authorization_url, exchange, get, parameter, part, send_with};
use crate::proof::{Key, claims, last_reason, post_with};

async fn offering() -> FakeProvider {
    let provider = FakeProvider::start().await;
    provider.dpop().offered();
    provider
}

async fn code(provider: &FakeProvider, more: &[(&str, &str)]) -> String {
    parameter(&provider.approve(&authorization_url(provider, more)).await, "code").unwrap()
}

async fn exchange_with(provider: &FakeProvider, key: &Key, code: &str, more: &Value) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", provider.client_id()),
        ("redirect_uri", LINK),
        ("code_verifier", VERIFIER),
        ("code", code),
    ];
    key.post(&provider.url(Endpoint::Token), &form, more).await
}

async fn sign_in(provider: &FakeProvider, key: &Key) -> Answer {
    let code = code(provider, &[("dpop_jkt", &key.thumbprint())]).await;
    let answer = exchange_with(provider, key, &code, &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

async fn refresh(provider: &FakeProvider, key: &Key, refresh_token: &str, more: &Value) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", provider.client_id()),
        ("refresh_token", refresh_token),
    ];
    key.post(&provider.url(Endpoint::Token), &form, more).await
}

#[tokio::test]
async fn tokens_are_bound_to_the_key_that_was_proved() {
    let provider = offering().await;
    provider.token().access_tokens(AccessTokenFormat::Jwt);
    let metadata = get(&provider.url(Endpoint::Discovery), None).await.json();
    assert_eq!(metadata["dpop_signing_alg_values_supported"], json!(["ES256"]));

    let key = Key::new();
    let tokens = sign_in(&provider, &key).await;
    assert_eq!(tokens.member("token_type"), "DPoP");
    let access_token = tokens.member("access_token");
    assert_eq!(part(&access_token, 1)["cnf"]["jkt"], key.thumbprint());
    assert_eq!(provider.access_token(&access_token).unwrap().jkt.unwrap(), key.thumbprint());

    let address = format!("{}?verbose=1", provider.api_url());
    for url in [address, provider.url(Endpoint::Userinfo)] {
        assert_eq!(key.get(&url, &access_token, &json!({})).await.status, 200, "{url}");
    }
    let [first, api, userinfo]: [Proof; 3] = provider.proofs().try_into().unwrap();
    assert_eq!((first.endpoint, first.htm.as_str(), &first.ath), (Endpoint::Token, "POST", &None));
    assert_eq!((api.htm.as_str(), &api.htu), ("GET", &provider.api_url()));
    assert_eq!(api.ath.unwrap(), fingerprint(&access_token));
    assert_eq!(userinfo.jkt, key.thumbprint());
    assert!(first.jti != api.jti && api.nonce.is_none() && provider.refused_proofs().is_empty());
    provider.forget();
    assert!(provider.proofs().is_empty());
}

#[tokio::test]
async fn without_a_proof_tokens_are_bearer_tokens_unless_it_is_required() {
    let provider = offering().await;
    let tokens = exchange(&provider, &code(&provider, &[]).await, &[]).await;
    assert_eq!(tokens.member("token_type"), "Bearer");
    let access_token = tokens.member("access_token");
    assert_eq!(get(&provider.api_url(), Some(&access_token)).await.status, 200);
    let played_up = Key::new().get(&provider.api_url(), &access_token, &json!({})).await;
    assert_eq!(played_up.status, 401);

    provider.dpop().required();
    let refused = exchange(&provider, &code(&provider, &[]).await, &[]).await;
    assert_eq!((refused.status, refused.member("error").as_str()), (400, "invalid_dpop_proof"));
    assert_eq!(last_reason(&provider), "not exactly one DPoP header");
}

#[tokio::test]
async fn a_provider_that_does_not_speak_it_ignores_proofs() {
    let provider = FakeProvider::start().await;
    let key = Key::new();
    let code = code(&provider, &[("dpop_jkt", &key.thumbprint())]).await;
    let tokens = exchange_with(&provider, &key, &code, &json!({ "htm": "wrong" })).await;
    assert_eq!((tokens.status, tokens.member("token_type").as_str()), (200, "Bearer"));
    assert!(provider.proofs().is_empty());
}

#[tokio::test]
async fn every_fault_of_a_proof_is_found() {
    let provider = offering().await;
    let key = Key::new();
    let url = provider.url(Endpoint::Token);
    let mut private = key.jwk();
    private["d"] = json!("c2VjcmV0");
    let with = |name: &str, value: Value| {
        let mut header = key.header();
        header[name] = value;
        key.sign(&header, &claims("POST", &url, &json!({})))
    };
    let saying = |more: Value| key.proof("POST", &url, &more);
    let [foreign, good] = [Key::new(), Key::new()];
    let bad = [
        ("no JWT", "abc".to_owned()),
        ("a typ other than dpop+jwt", with("typ", json!("JWT"))),
        ("an alg other than ES256", with("alg", json!("none"))),
        ("no jwk", with("jwk", Value::Null)),
        ("a private key", with("jwk", private)),
        ("a key that isn't on P-256", with("jwk", json!({ "kty": "RSA" }))),
        ("a key without its coordinates", with("jwk", json!({ "kty": "EC", "crv": "P-256", "x": "AA" }))),
        ("a signature by another key", with("jwk", foreign.jwk())),
        ("no jti", saying(json!({ "jti": null }))),
        ("a jti that can be guessed", saying(json!({ "jti": "1" }))),
        ("no iat", saying(json!({ "iat": "soon" }))),
        ("an iat too far from the server's clock", saying(json!({ "iat": 1_000_000_000 }))),
        ("an htm for another method", saying(json!({ "htm": "post" }))),
        (
            "an htu for another address, or with a query or a fragment",
            saying(json!({ "htu": format!("{url}?x") })),
        ),
        (
            "an htu for another address, or with a query or a fragment",
            saying(json!({ "htu": provider.origin() })),
        ),
        ("an ath that isn't of the access token", saying(json!({ "ath": "x" }))),
        ("a nonce of another server", saying(json!({ "nonce": "fake-nonce-1-x" }))),
    ];
    for (reason, proof) in bad {
        let answer = post_with(&url, &[("client_id", provider.client_id())], &[("DPoP", &proof)]).await;
        assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_dpop_proof"), "{reason}");
        assert_eq!(last_reason(&provider), reason);
    }
    let proofs = [good.proof("POST", &url, &json!({})), good.proof("POST", &url, &json!({}))];
    let twice = [("DPoP", proofs[0].as_str()), ("DPoP", proofs[1].as_str())];
    let form = [("client_id", provider.client_id())];
    assert_eq!(post_with(&url, &form, &twice).await.member("error"), "invalid_dpop_proof");
    assert_eq!(post_with(&url, &form, &twice[..1]).await.member("error"), "invalid_request");
    assert_eq!(post_with(&url, &form, &twice[..1]).await.member("error"), "invalid_dpop_proof");
    assert_eq!(last_reason(&provider), "a jti that was seen before");
}

#[tokio::test]
async fn codes_refresh_tokens_and_access_tokens_are_good_with_their_own_key_alone() {
    let provider = offering().await;
    let [key, thief] = [Key::new(), Key::new()];
    let bound = code(&provider, &[("dpop_jkt", &key.thumbprint())]).await;
    let stolen = exchange_with(&provider, &thief, &bound, &json!({})).await;
    assert_eq!(stolen.member("error"), "invalid_grant");
    assert_eq!(exchange(&provider, &bound, &[]).await.member("error"), "invalid_grant");
    let tokens = exchange_with(&provider, &key, &bound, &json!({})).await;

    let refresh_token = tokens.member("refresh_token");
    let stolen = refresh(&provider, &thief, &refresh_token, &json!({})).await;
    assert_eq!(stolen.member("error"), "invalid_grant");
    let access_token = refresh(&provider, &key, &refresh_token, &json!({})).await.member("access_token");

    let stolen = thief.get(&provider.api_url(), &access_token, &json!({})).await;
    assert!(stolen.status == 401 && stolen.head.contains("DPoP error=\"invalid_dpop_proof\""));
    let bearer = get(&provider.api_url(), Some(&access_token)).await;
    assert!(bearer.status == 401 && bearer.head.contains("DPoP error=\"invalid_token\""));
    let bare = [("Authorization", &*format!("DPoP {access_token}"))];
    assert_eq!(send_with("GET", &provider.api_url(), &bare, "").await.unwrap().status, 401);
    let other = key.get(&provider.api_url(), &access_token, &json!({ "ath": fingerprint("other") })).await;
    assert_eq!((other.status, last_reason(&provider)), (401, "an ath that isn't of the access token"));
    assert_eq!(key.get(&provider.api_url(), &access_token, &json!({})).await.status, 200);
}

#[tokio::test]
async fn a_client_with_a_secret_may_change_its_key() {
    let provider = FakeProvider::builder().client_secret("s3cret").start().await;
    provider.dpop().offered();
    let [key, next] = [Key::new(), Key::new()];
    let url = provider.url(Endpoint::Token);
    let code = code(&provider, &[]).await;
    let secret = [("client_id", provider.client_id()), ("client_secret", "s3cret")];
    let first = [("grant_type", "authorization_code"), ("redirect_uri", LINK), ("code", &code)];
    let first = [&first[..], &secret, &[("code_verifier", VERIFIER)]].concat();
    let refresh_token = key.post(&url, &first, &json!({})).await.member("refresh_token");
    let second = [("grant_type", "refresh_token"), ("refresh_token", &refresh_token)];
    let tokens = next.post(&url, &[&second[..], &secret].concat(), &json!({})).await;
    let access_token = tokens.member("access_token");
    assert_eq!(provider.access_token(&access_token).unwrap().jkt.unwrap(), next.thumbprint());
}

#[tokio::test]
async fn each_origin_has_a_nonce_of_its_own() {
    let provider = offering().await;
    provider.dpop().nonces();
    let elsewhere = provider.another_origin();
    let key = Key::new();
    let code = code(&provider, &[]).await;
    let asked = exchange_with(&provider, &key, &code, &json!({})).await;
    assert_eq!((asked.status, asked.member("error").as_str()), (400, "use_dpop_nonce"));
    let nonce = asked.header("dpop-nonce").unwrap();
    let tokens = exchange_with(&provider, &key, &code, &json!({ "nonce": nonce })).await;
    assert_eq!((tokens.status, tokens.header("dpop-nonce")), (200, None));
    let access_token = tokens.member("access_token");

    let api = format!("{elsewhere}/api");
    let asked = key.get(&api, &access_token, &json!({ "nonce": nonce })).await;
    assert!(asked.status == 401 && asked.head.contains("DPoP error=\"use_dpop_nonce\""));
    assert_eq!(last_reason(&provider), "a nonce of another server");
    let its_own = asked.header("dpop-nonce").unwrap();
    assert_ne!(nonce, its_own);
    for _ in 0..2 {
        assert_eq!(key.get(&api, &access_token, &json!({ "nonce": its_own })).await.status, 200);
    }
    assert_eq!(key.get(&provider.api_url(), &access_token, &json!({ "nonce": nonce })).await.status, 200);
    provider.dpop().expire_nonces();
    assert_eq!(key.get(&api, &access_token, &json!({ "nonce": its_own })).await.status, 401);
    assert_eq!(last_reason(&provider), "a nonce that is no longer good");
    provider.dpop().nonces_at([]);
    assert_eq!(key.get(&api, &access_token, &json!({})).await.status, 200);
    assert_eq!(provider.requests().last().unwrap().origin, elsewhere);
}

#[tokio::test]
async fn rotating_nonces_are_good_once_and_every_answer_brings_the_next() {
    let provider = offering().await;
    provider.dpop().nonces().rotating_nonces();
    let key = Key::new();
    let code = code(&provider, &[]).await;
    let mut nonce = String::new();
    let mut remember = |answer: Answer| {
        answer.header("dpop-nonce").unwrap().clone_into(&mut nonce);
        (nonce.clone(), answer)
    };
    let (nonce, _) = remember(exchange_with(&provider, &key, &code, &json!({})).await);
    let (mut nonce, tokens) =
        remember(exchange_with(&provider, &key, &code, &json!({ "nonce": nonce })).await);
    let access_token = tokens.member("access_token");
    for _ in 0..3 {
        let used = nonce;
        let answer = key.get(&provider.api_url(), &access_token, &json!({ "nonce": used })).await;
        assert_eq!(answer.status, 200);
        (nonce, _) = remember(answer);
        assert_ne!(nonce, used);
        let again = key.get(&provider.api_url(), &access_token, &json!({ "nonce": used })).await;
        assert_eq!((again.status, last_reason(&provider)), (401, "a nonce that is no longer good"));
    }
}

#[tokio::test]
async fn a_nonce_says_when_a_proof_was_made_whatever_its_iat_says() {
    let provider = offering().await;
    provider.dpop().nonces_at([Endpoint::Token]);
    provider.advance(Duration::from_secs(3600));
    let key = Key::new();
    let code = code(&provider, &[]).await;
    let asked = exchange_with(&provider, &key, &code, &json!({})).await;
    let nonce = json!({ "nonce": asked.header("dpop-nonce").unwrap() });
    let tokens = exchange_with(&provider, &key, &code, &nonce).await;
    assert_eq!(tokens.status, 200);
    let late = key.get(&provider.api_url(), &tokens.member("access_token"), &json!({})).await;
    assert_eq!((late.status, last_reason(&provider)), (401, "an iat too far from the server's clock"));
}

#[tokio::test]
async fn a_server_may_never_be_satisfied_and_may_answer_bearer() {
    let provider = offering().await;
    provider.dpop().nonces_at([Endpoint::Token]).never_satisfied();
    let key = Key::new();
    let code = code(&provider, &[]).await;
    let mut more = json!({});
    for _ in 0..3 {
        let answer = exchange_with(&provider, &key, &code, &more).await;
        assert_eq!(answer.member("error"), "use_dpop_nonce");
        more = json!({ "nonce": answer.header("dpop-nonce").unwrap() });
    }
    provider.dpop().reset().offered();
    for token_type in ["Bearer", "dpop"] {
        provider.token().token_type(token_type);
        assert_eq!(sign_in(&provider, &key).await.member("token_type"), token_type);
    }
}
