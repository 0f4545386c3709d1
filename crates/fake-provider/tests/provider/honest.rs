//! An honest provider, from discovery to revocation.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fake_provider::{AccessTokenFormat, Algorithm, Endpoint, FakeProvider, Person, Rotation};
use serde_json::{Value, json};

use crate::client::{
    LINK, authorization_url, exchange, get, parameter, part, post, refresh, refresh_with, send, sign_in,
};

#[tokio::test]
async fn a_person_signs_in_calls_the_api_and_signs_out() {
    let provider = FakeProvider::start().await;
    let metadata = get(&format!("{}/.well-known/openid-configuration", provider.issuer()), None).await.json();
    assert_eq!(metadata["issuer"], provider.issuer());

    let callback = provider.approve(&authorization_url(&provider, &[])).await;
    assert!(callback.starts_with("dev.keyfob.desktop:/callback?code=fake-code-"));
    assert_eq!(parameter(&callback, "state").as_deref(), Some("some-state"));
    assert_eq!(parameter(&callback, "iss").as_deref(), Some(provider.issuer()));

    let tokens = exchange(&provider, &parameter(&callback, "code").unwrap(), &[]).await;
    let claims = part(&tokens.member("id_token"), 1);
    assert_eq!((&claims["nonce"], &claims["name"]), (&json!("some-nonce"), &json!("Ada Lovelace")));

    let access_token = tokens.member("access_token");
    let answer = get(&provider.api_url(), Some(&access_token)).await;
    assert_eq!((answer.status, answer.json()["sub"].clone()), (200, claims["sub"].clone()));
    let echo = send("POST", &provider.url(Endpoint::ApiEcho), Some(&access_token), "hello").await.unwrap();
    assert_eq!(echo.body, "hello");
    let userinfo = get(&provider.url(Endpoint::Userinfo), Some(&access_token)).await.json();
    assert_eq!(userinfo["picture"], provider.picture_url());
    assert_eq!(provider.token_requests("authorization_code"), 1);

    let refresh_token = tokens.member("refresh_token");
    let form = [("client_id", provider.client_id()), ("token", &refresh_token)];
    assert_eq!(post(&provider.url(Endpoint::Revocation), &form).await.status, 200);
    assert!(provider.revoked(&refresh_token) && provider.revoked(&access_token));
    assert_eq!(get(&provider.api_url(), Some(&access_token)).await.status, 401);

    let logout = format!(
        "{}?post_logout_redirect_uri=dev.keyfob.desktop:/bye&state=x",
        metadata["end_session_endpoint"].as_str().unwrap()
    );
    assert!(get(&logout, None).await.head.contains("location: dev.keyfob.desktop:/bye?state=x"));
}

#[tokio::test]
async fn id_tokens_are_signed_with_the_published_key() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        let provider = FakeProvider::builder().algorithm(algorithm).start().await;
        provider.rotate_signing_key();
        let id_token = sign_in(&provider, &[]).await.member("id_token");
        let jwks = get(&provider.url(Endpoint::Jwks), None).await.json();
        assert_eq!(jwks["keys"].as_array().unwrap().len(), 1);
        assert_eq!(jwks["keys"][0]["kid"], part(&id_token, 0)["kid"]);
        assert!(verifies(&id_token, &jwks["keys"][0]));
    }
}

fn verifies(jwt: &str, jwk: &Value) -> bool {
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    if jwk["kty"] == "RSA" {
        let key = RsaPublicKeyComponents { n: bytes("n"), e: bytes("e") };
        return key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).is_ok();
    }
    let point = [vec![4], bytes("x"), bytes("y")].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message.as_bytes(), &signature).is_ok()
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_its_verifier() {
    let provider = FakeProvider::start().await;
    let url = authorization_url(&provider, &[]);
    let code = parameter(&provider.approve(&url).await, "code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", provider.client_id()),
        ("redirect_uri", LINK),
        ("code_verifier", "another-verifier"),
        ("code", &code),
    ];
    assert_eq!(post(&provider.url(Endpoint::Token), &form).await.member("error"), "invalid_grant");

    let tokens = exchange(&provider, &code, &[]).await;
    assert_eq!(exchange(&provider, &code, &[]).await.member("error"), "invalid_grant");
    assert!(provider.revoked(&tokens.member("access_token")), "a code that is used twice was stolen");
}

#[tokio::test]
async fn a_refusal_comes_back_with_state_and_issuer() {
    let provider = FakeProvider::start().await;
    let callback = provider.deny(&authorization_url(&provider, &[])).await;
    assert_eq!(parameter(&callback, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&callback, "state").as_deref(), Some("some-state"));
    let url = authorization_url(&provider, &[]);
    let tampered = provider.approve_with(&url, |callback| {
        callback.set("state", "forged");
        callback.remove("iss");
    });
    let tampered = tampered.await;
    assert_eq!(parameter(&tampered, "state").as_deref(), Some("forged"));
    assert_eq!(parameter(&tampered, "iss"), None);
}

#[tokio::test]
async fn strict_rotation_ends_the_family_when_a_token_is_used_again() {
    let provider = FakeProvider::start().await;
    let first = sign_in(&provider, &[]).await.member("refresh_token");
    let second = refresh(&provider, &first).await;
    assert!(part(&second.member("id_token"), 1)["nonce"].is_null());
    assert_eq!(refresh(&provider, &first).await.member("error"), "invalid_grant");
    assert_eq!(refresh(&provider, &second.member("refresh_token")).await.member("error"), "invalid_grant");
    assert!(provider.revoked(&second.member("access_token")));
}

#[tokio::test]
async fn sparing_rotation_lets_the_family_live() {
    let provider = FakeProvider::start().await;
    provider.token().rotation(Rotation::Sparing);
    let first = sign_in(&provider, &[]).await.member("refresh_token");
    let second = refresh(&provider, &first).await.member("refresh_token");
    assert_eq!(refresh(&provider, &first).await.status, 400);
    assert_eq!(refresh(&provider, &second).await.status, 200);
}

#[tokio::test]
async fn rotation_with_grace_gives_the_same_pair_again() {
    let provider = FakeProvider::start().await;
    provider.token().rotation(Rotation::Grace);
    let first = sign_in(&provider, &[]).await.member("refresh_token");
    let second = refresh(&provider, &first).await;
    let again = refresh(&provider, &first).await;
    for name in ["access_token", "refresh_token"] {
        assert_eq!(second.member(name), again.member(name));
    }
    let third = refresh(&provider, &second.member("refresh_token")).await;
    assert_eq!(third.status, 200);
    assert_eq!(refresh(&provider, &first).await.status, 400, "only the token before has grace");
}

#[tokio::test]
async fn without_rotation_the_refresh_token_stays_and_is_not_repeated() {
    let provider = FakeProvider::start().await;
    provider.token().rotation(Rotation::None);
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    for _ in 0..2 {
        let answer = refresh(&provider, &refresh_token).await;
        assert_eq!((answer.status, &answer.json()["refresh_token"]), (200, &Value::Null));
    }
}

#[tokio::test]
async fn access_tokens_are_for_the_resource_that_was_asked_for() {
    let provider = FakeProvider::start().await;
    provider.api_audience("https://one.example");
    let resources = [("resource", "https://one.example"), ("resource", "https://two.example")];
    let tokens = sign_in(&provider, &resources).await;
    assert_eq!(provider.access_token(&tokens.member("access_token")).unwrap().audience.len(), 2);

    let two = refresh_with(&provider, &tokens.member("refresh_token"), &resources[1..]).await;
    let access_token = two.member("access_token");
    assert_eq!(provider.access_token(&access_token).unwrap().audience, ["https://two.example"]);
    assert_eq!(get(&provider.api_url(), Some(&access_token)).await.status, 401);

    let three = [("resource", "https://three.example")];
    let refused = refresh_with(&provider, &two.member("refresh_token"), &three).await;
    assert_eq!(refused.member("error"), "invalid_target");
}

#[tokio::test]
async fn scope_can_become_less_and_never_more() {
    let provider = FakeProvider::start().await;
    let tokens = sign_in(&provider, &[]).await;
    let less = refresh_with(&provider, &tokens.member("refresh_token"), &[("scope", "openid")]).await;
    assert_eq!(less.member("scope"), "openid");
    let more = [("scope", "openid admin")];
    let refused = refresh_with(&provider, &less.member("refresh_token"), &more).await;
    assert_eq!(refused.member("error"), "invalid_scope");
    provider.token().grant_scope("openid profile");
    let narrowed = refresh(&provider, &less.member("refresh_token")).await;
    assert_eq!(narrowed.member("scope"), "openid profile");
}

#[tokio::test]
async fn the_api_says_why_it_refuses() {
    let provider = FakeProvider::start().await;
    let nobody = get(&provider.api_url(), None).await;
    assert!(nobody.head.contains("www-authenticate: Bearer\r\n"));
    let access_token = sign_in(&provider, &[]).await.member("access_token");
    provider.expire_access_tokens();
    let expired = get(&provider.api_url(), Some(&access_token)).await;
    assert_eq!(expired.status, 401);
    assert!(expired.head.contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn access_tokens_expire_by_the_clock_of_the_provider() {
    let provider = FakeProvider::start().await;
    provider.token().expires_in(120).access_tokens(AccessTokenFormat::Jwt);
    let access_token = sign_in(&provider, &[]).await.member("access_token");
    let claims = part(&access_token, 1);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 120);
    assert_eq!(get(&provider.api_url(), Some(&access_token)).await.status, 200);
    provider.advance(std::time::Duration::from_secs(121));
    assert_eq!(get(&provider.api_url(), Some(&access_token)).await.status, 401);
}

#[tokio::test]
async fn a_client_with_a_secret_has_to_prove_it() {
    let provider = FakeProvider::builder().client_secret("s3cret").start().await;
    let code = parameter(&provider.approve(&authorization_url(&provider, &[])).await, "code").unwrap();
    let refused = exchange(&provider, &code, &[]).await;
    assert_eq!((refused.status, refused.member("error").as_str()), (401, "invalid_client"));
    assert_eq!(exchange(&provider, &code, &[("client_secret", "s3cret")]).await.status, 200);
}

#[tokio::test]
async fn an_issuer_may_have_a_path() {
    let provider = FakeProvider::builder().issuer_path("/tenant").start().await;
    let metadata = get(&format!("{}/.well-known/openid-configuration", provider.issuer()), None).await;
    assert!(metadata.member("token_endpoint").ends_with("/tenant/token"));
    provider.person(Person::new("somebody-else"));
    let tokens = sign_in(&provider, &[]).await;
    assert_eq!(part(&tokens.member("id_token"), 1)["sub"], "somebody-else");
    assert_eq!(get(&provider.api_url(), Some(&tokens.member("access_token"))).await.status, 200);
}
