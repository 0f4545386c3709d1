//! Token responses, and how long a server wants one to wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::{
    SECRET, bound, check_words,
    input::{Document, Input},
};
use crate::{
    AccessToken, Config, RefreshToken,
    error::{Failure, TokenError},
    http::clock_offset,
    protocol::{dpop::DpopKey, resource, revocation, token},
};

const STATUSES: [u16; 16] = [200, 400, 401, 403, 429, 503, 201, 204, 302, 307, 404, 408, 425, 500, 599, 999];

/// A token response of any kind. One that is taken has a token of the type that was asked for, and a lifetime that
/// clocks can show; what a refusal says is clean, and a refresh token is found wherever there is one.
pub fn token_response(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let status = if input.seldom() { input.one_of(&STATUSES) } else { 200 };
    let document = generate(&mut input, status);
    let secret = document.members.is_some().then_some(SECRET);
    let mut response = Response::new(document.bytes);
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    let rescued = token::refresh_token_of(&response);
    assert!(rescued.is_none() || status == 200);
    let key = input.flag().then(bound);
    match token::parse(&response, key, SystemTime::now()) {
        Ok(tokens) => {
            assert_eq!(status, 200);
            assert!(!tokens.access_token.expose().is_empty());
            assert!(
                tokens.expires_in.is_none_or(|lifetime| lifetime <= Duration::from_secs(10 * 365 * 86_400))
            );
            assert_eq!(
                rescued.as_ref().map(RefreshToken::expose),
                tokens.refresh_token.as_ref().map(RefreshToken::expose)
            );
            if let Some(members) = document.members {
                check_taken(&members, &tokens);
            }
            let bound_to = tokens.bound_to.as_ref().map(DpopKey::thumbprint);
            assert_eq!(bound_to, key.map(DpopKey::thumbprint));
            check_audience(&tokens.access_token, tokens.scope.as_deref());
            crate::session::bad_inputs::token_set(&tokens);
        }
        Err(error) => {
            check_words(&error, secret);
            check_wait(&error);
        }
    }
    if let Err(error) = revocation::judge(&response, SystemTime::now()) {
        assert!(!response.status().is_success());
        check_words(&error, secret);
    }
}

fn generate(input: &mut Input<'_>, status: u16) -> Document {
    let mut good = json!({
        "access_token": SECRET, "token_type": "Bearer", "expires_in": 3600, "refresh_token": SECRET,
        "scope": "openid", "id_token": SECRET,
    });
    if status != 200 {
        good = json!({ "error": input.text(), "error_description": input.text(), "access_token": SECRET });
    }
    match input.below(6) {
        0 => good["expires_in"] = input.json(),
        1 => {
            let lifetime = input.one_of(&["3600", " 7 ", "-1", "NaN", "inf", "1e400", "", "0x10"]);
            good["expires_in"] = lifetime.into();
        }
        2 => good["token_type"] = input.one_of(&["bearer", "BEARER", "DPoP", "mac", "Bearer ", "N_A"]).into(),
        3 => good["access_token"] = jwt(input).into(),
        _ => {}
    }
    input.document(&good)
}

/// What looks like a JWT, or nearly.
fn jwt(input: &mut Input<'_>) -> String {
    let payload = input.document(&json!({ "aud": "urn:api", "cnf": { "jkt": "x" } })).bytes;
    let parts = ["e30".to_owned(), URL_SAFE_NO_PAD.encode(payload), input.text()];
    parts[..=input.below(3)].join(".")
}

fn check_taken(members: &[(String, Value)], tokens: &token::TokenResponse) {
    let is_among = |name: &str, wanted: &dyn Fn(&str) -> bool| {
        members.iter().any(|(member, value)| member == name && value.as_str().is_some_and(wanted))
    };
    assert!(is_among("access_token", &|token| token == tokens.access_token.expose()), "{members:?}");
    let expected = if tokens.bound_to.is_some() { "dpop" } else { "bearer" };
    assert!(is_among("token_type", &|kind| kind.eq_ignore_ascii_case(expected)), "{members:?}");
}

/// Whatever stands in an access token, it can only make us refuse it.
fn check_audience(token: &AccessToken, scope: Option<&str>) {
    for style in ["resource", "audience", "scope"] {
        let config = json!({
            "issuer": "https://id.example", "clientId": "app", "audience": "urn:api", "resourceStyle": style,
        });
        let config = Config::from_json(config).expect("a configuration");
        let judged = resource::judge(&config, Some("urn:api"), Some("read"), token, scope);
        if let Err(error) = judged {
            check_words(&error, None);
        }
    }
}

fn check_wait(error: &TokenError) {
    assert!(error.retry_after().is_none_or(|wait| wait <= Duration::from_secs(3600)));
}

/// Headers that tell the time, or how long to wait: never more than an hour, whatever this machine's clock says.
pub fn retry_after(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let now = UNIX_EPOCH + Duration::from_secs(input.number() % (1 << 40));
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let names = [header::RETRY_AFTER, header::DATE, header::AGE];
    let texts = match input.as_it_stands {
        Some(text) => [text, text, text].map(<[u8]>::to_vec),
        None => [moment(&mut input), moment(&mut input), moment(&mut input)],
    };
    for (name, text) in names.iter().zip(&texts) {
        if let Ok(value) = HeaderValue::from_bytes(text) {
            response.headers_mut().append(name, value);
        }
    }
    let error = token::refusal(&response, now);
    check_wait(&error);
    let asked =
        texts[0].is_ascii().then(|| String::from_utf8_lossy(&texts[0]).trim().parse::<u64>().ok()).flatten();
    if let Some(seconds) = asked.filter(|_| response.headers().contains_key(header::RETRY_AFTER)) {
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds.min(3600))));
    }
    let _ = clock_offset(&response, now);
}

fn moment(input: &mut Input<'_>) -> Vec<u8> {
    match input.below(5) {
        0 => input.number().to_string().into_bytes(),
        // httpdate shows no year after 9999.
        1 => httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(input.number() % 253_402_300_800))
            .into_bytes(),
        2 => {
            let date = b"Sun, 06 Nov 1994 08:49:37 GMT".to_vec();
            input.damaged(date)
        }
        3 => input
            .one_of(&["Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "-1", "1.5", "+7"])
            .into(),
        _ => input.text().into_bytes(),
    }
}
