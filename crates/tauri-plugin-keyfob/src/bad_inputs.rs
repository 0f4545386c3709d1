//! What script sends over the IPC: generated, and handed to the types that commands take. A target of cargo-fuzz takes
//! this file in too (`npm run fuzz -- ipc`), without Tauri.

// The engine's generators, which its own build has for tests alone.
#[path = "../../keyfob/src/bad_inputs/input.rs"]
mod input;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::input::{Document, Input};
use crate::{
    error::KeyfobErrorPayload,
    models::{AccessTokenOptions, DpopProofOptions, FetchRequest, SignInOptions, SignOutOptions},
};

/// Arguments of any kind. What is taken has the members that it may have and no other, and the engine gets them as they
/// were sent and can use them: a time that clocks can show, a method, headers that are one line each.
pub(crate) fn ipc(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    input.one_of(&[access_token, fetch, sign_in, sign_out, dpop_proof])(&mut input);
}

fn access_token(input: &mut Input<'_>) {
    let good = json!({ "audience": "urn:api", "scope": "read", "minTtl": input.number(), "refresh": true });
    let Some((options, sent)) = taken::<AccessTokenOptions>(input, &good) else { return };
    let least = sent["minTtl"].as_f64();
    match options.parse() {
        Ok(request) => {
            assert_eq!(request.min_ttl, least.map(Duration::from_secs_f64));
            assert_eq!(request.audience.as_deref(), sent["audience"].as_str());
        }
        Err(error) => {
            assert!(least.is_some_and(|least| Duration::try_from_secs_f64(least).is_err()));
            check_error(&error);
        }
    }
}

fn fetch(input: &mut Input<'_>) {
    let methods = ["GET", "PATCH", "get", "", "GET /", "TRACE\r\n", "CONNECT"];
    let names = ["accept", "Authorization", "host", "x y", "", "\r\nx", "x-\u{e9}"];
    let headers: Vec<_> = (0..input.below(4)).map(|_| json!([input.one_of(&names), input.text()])).collect();
    let redirect = input.one_of(&["follow", "error", "manual", "Follow", ""]);
    let good = json!({
        "id": input.number(), "url": input.url(), "method": input.one_of(&methods), "headers": headers,
        "redirect": redirect, "audience": input.text(), "scope": input.text(),
        "pieces": { "length": input.number(), "repeatable": input.flag() },
    });
    let Some((request, sent)) = taken::<FetchRequest>(input, &good) else { return };
    match request.parse(keyfob::Body::default()) {
        Ok(request) => {
            assert_eq!(sent["method"], request.method.as_str());
            assert!(request.method.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            assert_eq!(sent["headers"].as_array().map(Vec::len), Some(request.headers.len()));
            let bytes: Vec<_> = request.headers.values().flat_map(http::HeaderValue::as_bytes).collect();
            assert!(!bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n' | b'\0')), "{sent}");
        }
        Err(error) => check_error(&error.into()),
    }
}

fn sign_in(input: &mut Input<'_>) {
    let good = json!({
        "prompt": input.text(), "loginHint": input.text(), "audience": input.text(), "scope": input.text(),
        "account": input.text(), "acrValues": [input.text()], "maxAge": input.number(), "params": { "hd": input.text() },
        "redirect": "loopback",
    });
    let Some((options, sent)) = taken::<SignInOptions>(input, &good) else { return };
    let options = keyfob::SignInOptions::from(options);
    assert_eq!(options.prompt.as_deref(), sent["prompt"].as_str());
    assert_eq!(options.login_hint.as_deref(), sent["loginHint"].as_str());
    assert_eq!(options.audience.as_deref(), sent["audience"].as_str());
    assert_eq!(options.scope.as_deref(), sent["scope"].as_str());
    assert_eq!(options.account.as_deref(), sent["account"].as_str());
    // An error carries them to script, which hands them back.
    let carried = serde_json::to_value(SignInOptions::from(options.clone())).unwrap_or_default();
    let back: Option<SignInOptions> = serde_json::from_value(carried).ok();
    assert_eq!(back.map(keyfob::SignInOptions::from), Some(options));
}

fn dpop_proof(input: &mut Input<'_>) {
    let methods = ["GET", "PATCH", "get", "", "GET /", "TRACE\r\n", "CONNECT"];
    let method = input.one_of(&methods);
    let good = json!({ "url": input.url(), "method": method, "token": input.text(), "nonce": input.text() });
    let Some((options, sent)) = taken::<DpopProofOptions>(input, &good) else { return };
    match options.parse() {
        Ok((method, token, nonce)) => {
            assert_eq!(sent["method"], method.as_str());
            assert_eq!(sent["token"], token.expose());
            assert_eq!(nonce.as_deref(), sent["nonce"].as_str());
        }
        Err(error) => check_error(&error.into()),
    }
}

fn sign_out(input: &mut Input<'_>) {
    let good = json!({ "everywhere": input.flag() });
    let Some((options, sent)) = taken::<SignOutOptions>(input, &good) else { return };
    assert_eq!(keyfob::SignOutOptions::from(options).everywhere, sent["everywhere"] == true);
}

/// What a command would get, and what was sent.
fn taken<T: DeserializeOwned>(input: &mut Input<'_>, good: &Value) -> Option<(T, Value)> {
    let Document { bytes, members } = input.document(good);
    let taken = serde_json::from_slice(&bytes).ok()?;
    for (name, _) in members.into_iter().flatten() {
        assert!(good.get(&name).is_some(), "`{name}` is none of its members");
    }
    Some((taken, serde_json::from_slice(&bytes).ok()?))
}

fn check_error(error: &KeyfobErrorPayload) {
    let error = serde_json::to_value(error).unwrap_or_default();
    assert_eq!(error["code"], "invalid_argument");
    assert!(error["message"].as_str().is_some_and(|message| message.len() <= 200), "{error}");
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        prelude::any,
        test_runner::{Config, RngSeed, TestRunner},
    };

    /// The inputs are the same in every run; `PROPTEST_CASES` asks for more of them, `PROPTEST_RNG_SEED` for others.
    #[test]
    fn of_hostile_arguments_only_what_the_engine_can_use_is_taken() {
        let asked = Config::default();
        let config = Config {
            cases: if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { 1000 },
            rng_seed: if asked.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { asked.rng_seed },
            failure_persistence: None,
            ..asked
        };
        let held = TestRunner::new(config).run(&vec(any::<u8>(), 0..1024), |bytes| {
            super::ipc(&bytes);
            Ok(())
        });
        if let Err(failure) = held {
            panic!("{failure}");
        }
    }
}
