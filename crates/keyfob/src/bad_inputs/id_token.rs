//! ID tokens, most of them signed as they should be, and UserInfo.

use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    SECRET,
    callback::{DEEP_LINK, validation},
    check_words, decoded,
    input::{Document, Input},
    keys::{self, Signer},
};
use crate::{
    Config,
    protocol::{
        discovery::{self, ProviderMetadata},
        id_token::{self, Authentication, Expected, Occasion, Original},
        jwks::{self, Jwks},
        userinfo,
    },
    secret::{AccessToken, IdToken},
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";

/// A token as it was made.
struct Made {
    token: String,
    algorithm: &'static str,
    /// Whether the provider signed it, by an algorithm that may be used, and with nothing in its header to refuse.
    is_the_providers: bool,
    /// Whether its header has only what it should.
    is_plain: bool,
    /// `None` where the payload may be anything.
    claims: Option<Vec<(String, Value)>>,
}

/// An ID token of any kind. One that is taken is the provider's, by an algorithm that may be used, for this client, of
/// this sign-in, of now, and about somebody; and a good one is taken.
pub fn id_token(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let made = match input.as_it_stands {
        Some(text) => Made {
            token: String::from_utf8_lossy(text).into_owned(),
            algorithm: "none",
            is_the_providers: false,
            is_plain: false,
            claims: None,
        },
        None => make(&mut input),
    };
    let is_refresh = input.seldom();
    let access_token = AccessToken::new(SECRET);
    let (validation, authentication) = (validation(DEEP_LINK, false), Authentication::default());
    let original = Original { issuer: ISSUER, subject: "ada", authentication: &authentication };
    let expected = Expected {
        metadata: &metadata(),
        client_id: "app",
        occasion: if is_refresh {
            Occasion::Refresh(original)
        } else {
            Occasion::SignIn { validation: &validation, issuer: None, waited: Duration::ZERO }
        },
        access_token: &access_token,
        now: UNIX_EPOCH + Duration::from_secs(NOW),
    };
    let keys = published(&mut input);
    match id_token::validate(&IdToken::new(&*made.token), &keys, &expected) {
        Ok(claims) => {
            assert!(made.is_the_providers, "{}", made.token);
            let told = made.claims.unwrap_or_else(|| payload(&made.token));
            assert!(is_right(&told, made.algorithm, is_refresh), "{told:?}");
            assert_eq!(Some(claims.sub.as_str()), claim(&told, "sub").and_then(Value::as_str));
        }
        Err(error) => {
            check_words(&error, Some(SECRET));
            let is_good = made.claims.is_some_and(|told| told == members(&good()));
            assert!(!(is_good && made.is_the_providers && made.is_plain), "{}: {error}", made.token);
        }
    }
}

fn make(input: &mut Input<'_>) -> Made {
    let algorithm = input.one_of(&["ES256", "EdDSA", "HS256", "none", "RS256", "ES384", "es256"]);
    let kid = if algorithm == "EdDSA" { "ed" } else { "es" };
    let mut header = json!({ "alg": algorithm, "kid": kid }).to_string();
    let is_plain = !input.seldom();
    let mut demands = false;
    if !is_plain {
        let name = input.one_of(&["typ", "crit", "jwk", "jku", "x5c", "b64", "zip", "enc", "cty", "kid"]);
        let value = if input.flag() { json!(["exp"]) } else { input.json() };
        demands = name == "crit" && !value.is_null();
        header = json!({ "alg": algorithm, name: value }).to_string();
    }
    let Document { bytes: payload, members: claims } = claims(input);
    let [header, payload] = [header.into_bytes(), payload].map(|part| URL_SAFE_NO_PAD.encode(part));
    let message = format!("{header}.{payload}");
    let is_the_providers = !input.seldom();
    let signer = if is_the_providers { Signer::provider() } else { Signer::attacker() };
    let is_signed = !input.seldom();
    let signature = if is_signed { signer.sign(algorithm, message.as_bytes()) } else { input.bytes(64) };
    let mut token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
    let is_damaged = input.seldom();
    if is_damaged {
        let damaged = input.damaged(token.clone().into_bytes());
        token = String::from_utf8_lossy(&damaged).into_owned();
    }
    let may_be_used = matches!(algorithm, "ES256" | "EdDSA");
    Made {
        // Damage may undo itself, by putting in what it took out.
        is_the_providers: is_the_providers && is_signed && may_be_used && !demands,
        is_plain: is_plain && !is_damaged,
        token,
        algorithm,
        claims,
    }
}

/// Good claims but for some, which are at their edges or of another kind.
fn claims(input: &mut Input<'_>) -> Document {
    let mut claims = good();
    for _ in 0..input.below(3) {
        let (name, value) = match input.below(8) {
            0 => ("exp", json!(NOW - 61 + input.below(3) as u64)),
            1 => ("iat", json!(NOW + 599 + input.below(3) as u64)),
            2 => ("iat", json!(NOW - 601 + input.below(3) as u64)),
            3 => ("aud", input.one_of(&["app", "App", "other"]).into()),
            4 => ("aud", (0..input.below(4)).map(|_| input.one_of(&["app", "other"])).collect()),
            5 => ("azp", input.one_of(&["app", "other"]).into()),
            6 => (
                "at_hash",
                at_hash(input.one_of(&["ES256", "EdDSA"]), input.one_of(&[SECRET, "another"])).into(),
            ),
            _ => ("sub", "s".repeat(input.one_of(&[255, 0, 1, 256])).into()),
        };
        claims[name] = value;
    }
    if input.flag() { input.document(&claims) } else { whole(&claims) }
}

fn whole(claims: &Value) -> Document {
    Document { bytes: claims.to_string().into_bytes(), members: Some(members(claims)) }
}

fn members(claims: &Value) -> Vec<(String, Value)> {
    claims.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn payload(token: &str) -> Vec<(String, Value)> {
    members(&token.split('.').nth(1).and_then(decoded).unwrap_or_default())
}

fn good() -> Value {
    json!({ "iss": ISSUER, "sub": "ada", "aud": "app", "exp": NOW + 300, "iat": NOW, "nonce": "n", "name": "Ada" })
}

/// The only claim of a name; a name that is there twice says nothing.
fn claim<'a>(claims: &'a [(String, Value)], name: &str) -> Option<&'a Value> {
    let values: Vec<_> = claims.iter().filter(|(member, _)| member == name).collect();
    if let [(_, value)] = values[..] { Some(value) } else { None }
}

/// Core sections 2, 3.1.3.7 and 3.1.3.8, in other words than the engine's own.
fn is_right(claims: &[(String, Value)], algorithm: &str, is_refresh: bool) -> bool {
    let text = |name| claim(claims, name).and_then(Value::as_str);
    let seconds = |name| claim(claims, name).and_then(Value::as_f64);
    let is_there = |name: &str| claims.iter().any(|(member, value)| member == name && !value.is_null());
    #[expect(clippy::cast_precision_loss, reason = "seconds since the epoch fit a double exactly")]
    let now = NOW as f64;
    let for_us = match claim(claims, "aud") {
        Some(Value::String(audience)) => audience == "app",
        Some(Value::Array(audiences)) => {
            !audiences.is_empty() && audiences.iter().all(|audience| audience == "app")
        }
        _ => false,
    };
    text("iss") == Some(ISSUER)
        && text("sub").is_some_and(|sub| (1..=255).contains(&sub.len()) && sub.is_ascii())
        && for_us
        && (!is_there("azp") || text("azp") == Some("app"))
        && seconds("exp").is_some_and(|expiry| expiry > now - 60.0)
        && seconds("iat").is_some_and(|issued| (now - 600.0..=now + 600.0).contains(&issued))
        && (is_refresh || text("nonce") == Some("n"))
        && (!is_there("at_hash") || text("at_hash") == Some(&*at_hash(algorithm, SECRET)))
}

fn at_hash(algorithm: &str, token: &str) -> String {
    let algorithm = if algorithm == "EdDSA" { &digest::SHA512 } else { &digest::SHA256 };
    let digest = digest::digest(algorithm, token.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..digest.as_ref().len() / 2])
}

fn metadata() -> ProviderMetadata {
    let config = Config::from_json(json!({ "issuer": ISSUER, "clientId": "app" })).expect("a configuration");
    let document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": "https://id.example/token",
        "jwks_uri": "https://id.example/jwks",
    });
    discovery::parse(&Response::new(document.to_string().into_bytes()), &config).expect("metadata")
}

/// The provider's keys, and beside them whatever else a set may hold.
fn published(input: &mut Input<'_>) -> Jwks {
    let mut keys: Vec<Value> = Signer::provider().published().into();
    for _ in 0..input.below(3) {
        keys.extend(serde_json::from_slice::<Value>(&keys::key(input)));
    }
    let set = json!({ "keys": keys }).to_string();
    jwks::parse(&Response::new(set.into_bytes())).expect("keys")
}

/// A UserInfo response of any kind. A profile comes out of one that is about the right person only.
pub fn userinfo(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let good = json!({
        "sub": "ada", "name": "Ada", "preferred_username": "ada", "email": "ada@id.example", "email_verified": true,
        "picture": "https://id.example/ada.png",
    });
    let Document { bytes: body, members } = input.document(&good);
    let is_signed_in = body.windows(3).any(|window| window == b"ada");
    let mut response = Response::new(body);
    if input.seldom() {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    let profile = userinfo::parse(&response, "ada");
    if profile.is_some() {
        assert!(response.status() == StatusCode::OK && is_signed_in);
        assert!(members.is_none_or(|members| claim(&members, "sub") == Some(&json!("ada"))));
    } else if response.status() == StatusCode::OK {
        // A member that is there twice is a document of nobody's.
        assert!(members.is_none_or(|members| {
            claim(&members, "sub") != Some(&json!("ada"))
                || members.iter().any(|(name, _)| claim(&members, name).is_none())
        }));
    }
    if let Some(profile) = profile {
        let _ = (profile.name(), profile.email(), profile.email_verified(), profile.picture());
    }
}
