//! ID tokens that are not to be trusted, and keys that change.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::Scene;
use fake_provider::{Algorithm, Endpoint, FakeProvider, Signature};
use keyfob::{ErrorCode, Failure, Session};
use serde_json::{Value, json};

/// What a claim of a time should be, seen from now.
fn seconds_from_now(claim: &'static str, seconds: i64) -> impl Fn(&FakeProvider) {
    move |provider| {
        let edit = move |claims: &mut Value| {
            let issued = claims["iat"].as_i64().unwrap_or_default();
            claims[claim] = json!(issued + seconds);
        };
        provider.id_token().claims(edit);
    }
}

#[tokio::test]
async fn s_44_to_s_53_an_id_token_that_cannot_be_trusted_makes_nobody_signed_in() {
    type Fault = Box<dyn Fn(&FakeProvider)>;
    let with = |claim: &'static str, value: Value| -> Fault {
        Box::new(move |provider| {
            provider.id_token().claim(claim, value.clone());
        })
    };
    let without = |claim: &'static str| -> Fault {
        Box::new(move |provider| {
            provider.id_token().without(claim);
        })
    };
    let signed = |signature: Signature| -> Fault {
        Box::new(move |provider| {
            provider.id_token().signature(signature);
        })
    };
    let faults: [(&str, Fault); 23] = [
        ("alg none", signed(Signature::None)),
        ("alg HS256 with the public key", signed(Signature::Hs256)),
        ("another key under the same kid", signed(Signature::WrongKey)),
        (
            "an alg that the provider doesn't list",
            Box::new(|provider| {
                provider.metadata(|document| {
                    document["id_token_signing_alg_values_supported"] = json!(["ES256"]);
                });
            }),
        ),
        ("another issuer", with("iss", json!("https://evil.example"))),
        ("no issuer", without("iss")),
        ("another audience", with("aud", json!("another-client"))),
        ("no audience", without("aud")),
        ("an audience more", with("aud", json!(["fake-client", "another-client"]))),
        ("another authorized party", with("azp", json!("another-client"))),
        ("another nonce", with("nonce", json!("another"))),
        ("no nonce", without("nonce")),
        ("expired", Box::new(seconds_from_now("exp", -61))),
        ("no expiry", without("exp")),
        ("issued long ago", Box::new(seconds_from_now("iat", -700))),
        ("issued in the future", Box::new(seconds_from_now("iat", 700))),
        ("no time of issue", without("iat")),
        ("no subject", without("sub")),
        ("an empty subject", with("sub", json!(""))),
        ("a subject that is no text", with("sub", json!(7))),
        ("a subject of 256 letters", with("sub", json!("s".repeat(256)))),
        ("another access token's hash", with("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA"))),
        (
            "an extension that nobody knows",
            Box::new(|provider| {
                provider.id_token().header(|header| {
                    header["crit"] = json!(["b64"]);
                    header["b64"] = json!(true);
                });
            }),
        ),
    ];
    for (fault, script) in faults {
        let mut scene = Scene::start().await;
        script(&scene.provider);
        let error = scene.try_sign_in().await.expect_err(fault);
        assert_eq!(error.code(), ErrorCode::InvalidIdToken, "{fault}: {error}");
        let snapshot = scene.keyfob.snapshot();
        assert_eq!(snapshot.session, Session::SignedOut, "{fault}");
        let shown = snapshot.sign_in_error.map(|error| error.code);
        assert_eq!(shown, Some(ErrorCode::InvalidIdToken), "{fault}");
        assert_eq!(scene.store.len(), 0, "{fault}: nothing is kept");
        assert_eq!(scene.provider.at(Endpoint::Userinfo).count(), 0, "{fault}");
    }
}

#[tokio::test]
async fn s_46_to_s_54_an_unusual_id_token_that_is_right_is_accepted() {
    type Script = fn(&FakeProvider);
    let scripts: [(&str, Script); 5] = [
        ("an audience in a list", |provider| {
            provider.id_token().claim("aud", json!(["fake-client"]));
        }),
        ("no kid", |provider| {
            provider.id_token().without_kid();
        }),
        ("no kid, and two keys", |provider| {
            provider.add_signing_key();
            provider.id_token().without_kid();
        }),
        ("no hash of the access token", |provider| {
            provider.id_token().without("at_hash");
        }),
        ("a clock half a minute ahead", |provider| {
            provider.advance(std::time::Duration::from_secs(30));
        }),
    ];
    for (name, script) in scripts {
        let mut scene = Scene::start().await;
        script(&scene.provider);
        let session = scene.try_sign_in().await;
        assert!(matches!(session, Ok(Session::SignedIn { .. })), "{name}: {session:?}");
    }
    let es256 = FakeProvider::builder().algorithm(Algorithm::Es256).start().await;
    Scene::at(es256, json!({})).sign_in().await;
}

#[tokio::test]
async fn s_54_keys_are_fetched_anew_when_a_signature_names_an_unknown_one() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.sign_in().await;
    assert_eq!(scene.provider.at(Endpoint::Jwks).count(), 1, "they are remembered");
    scene.provider.rotate_signing_key();
    scene.sign_in().await;
    assert_eq!(scene.provider.at(Endpoint::Jwks).count(), 2);
    scene.provider.rotate_signing_key();
    scene.expire();
    scene.token().await.expect("a refresh fetches them too");
    assert_eq!(scene.provider.at(Endpoint::Jwks).count(), 3);
}

#[tokio::test]
async fn s_54_a_key_that_is_nowhere_to_be_found_ends_the_sign_in_after_one_more_look() {
    let mut scene = Scene::start().await;
    scene.provider.id_token().header(|header| header["kid"] = json!("unknown"));
    let error = scene.try_sign_in().await.expect_err("an unknown key");
    assert_eq!(error.code(), ErrorCode::InvalidIdToken);
    assert_eq!(scene.provider.at(Endpoint::Jwks).count(), 2);
}
