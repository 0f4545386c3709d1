//! Provider metadata, and the requests that are built from it.

use std::{net::Ipv4Addr, time::UNIX_EPOCH};

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    DEEP_LINK, check_words,
    input::{Document, Input},
};
use crate::{
    Config, EndpointUrl, SignInOptions,
    protocol::{authorization, discovery, end_session, par, resource, revocation, token},
    secret::RefreshToken,
};

const SECURE: &str = "https://id.example";
const LOCAL: &str = "http://127.0.0.1:4410";
const TEMPLATE: &str = "https://id.example/{tenantid}";

/// Metadata of any kind. What is taken names the issuer to the letter, offers the code flow and S256, and has endpoints
/// that are https, or on this machine where the issuer is; and whatever is sent to them goes there.
pub fn metadata(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let setting = input.one_of(&[SECURE, LOCAL, TEMPLATE]);
    let config = config(setting);
    let Document { bytes: body, members } = input.document(&good(setting));
    let mut response = Response::new(body);
    if input.seldom() {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    let judged = match discovery::parse(&response, &config) {
        Ok(judged) => judged,
        Err(error) => return check_words(&error, None),
    };
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(judged.issuer, setting);
    if let Some(members) = members {
        for (name, value) in
            [("response_types_supported", "code"), ("code_challenge_methods_supported", "S256")]
        {
            let listed = members.iter().find(|(member, _)| member == name).map(|(_, list)| list);
            let listed = listed.and_then(Value::as_array);
            assert!(listed.is_none_or(|list| list.contains(&value.into())), "{name}");
        }
    }
    let revocation = judged.revocation_endpoint.as_ref().map(|endpoint| &endpoint.url);
    let pushed = judged.pushed_authorization.as_ref().map(|endpoint| &endpoint.url);
    let (userinfo, end_session) = (judged.userinfo_endpoint.as_ref(), judged.end_session_endpoint.as_ref());
    let required = [&judged.authorization_endpoint, &judged.token_endpoint, &judged.jwks_uri];
    for endpoint in
        required.into_iter().chain([pushed, userinfo, revocation, end_session].into_iter().flatten())
    {
        check_endpoint(endpoint, setting == LOCAL);
    }

    let options = SignInOptions::default();
    let person = authorization::Person { chooses: input.flag(), ..authorization::Person::default() };
    let asked = authorization::request(&config, &judged, DEEP_LINK.to_owned(), &options, &person, UNIX_EPOCH);
    match &asked {
        Ok(request) => {
            check_endpoint(&request.url, setting == LOCAL);
            let has = |name: &str, value: &str| {
                request.url.as_url().query_pairs().any(|(key, held)| key == name && held == value)
            };
            assert!(has("state", &request.state) && has("nonce", &request.validation.nonce));
            assert!(has("code_challenge_method", "S256") && has("response_type", "code"));
        }
        Err(error) => check_words(error, None),
    }
    let refresh_token = RefreshToken::new("r");
    let naming = resource::in_refresh(&config, None, None, "openid").expect("no more than was granted");
    match token::refresh_request(&config, &judged, &refresh_token, naming) {
        Ok(request) => assert_eq!(request.uri(), judged.token_endpoint.as_str()),
        Err(error) => check_words(&error, None),
    }
    if let Some(endpoint) = &judged.revocation_endpoint {
        let request = revocation::request(endpoint, &config, &refresh_token);
        assert_eq!(request.uri(), endpoint.url.as_str());
    }
    if let (Some(endpoint), Ok(request)) = (&judged.pushed_authorization, &asked) {
        let sent = par::request(endpoint, &config, &judged, &request.url);
        assert_eq!(sent.uri(), endpoint.url.as_str());
        let answer =
            Response::new(input.document(&json!({ "request_uri": "urn:x", "expires_in": 60 })).bytes);
        match par::authorization_url(&answer, &config, &judged, UNIX_EPOCH) {
            Ok(url) => check_endpoint(&url, setting == LOCAL),
            Err(error) => check_words(&error, None),
        }
    }
    if let Some(endpoint) = &judged.end_session_endpoint {
        let leaving = end_session::Leaving { email: Some(input.text()), id_token: None };
        let url = end_session::request(endpoint, &config, &leaving);
        check_endpoint(&url.expect("an endpoint with more in its query is one"), setting == LOCAL);
    }
}

/// Read from the text, and not by the parser that the engine uses.
fn check_endpoint(endpoint: &EndpointUrl, is_local: bool) {
    let url = endpoint.as_str();
    let (scheme, rest) = url.split_once("://").expect("a scheme");
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    assert!(!authority.contains('@'), "{url}");
    let host = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let host = host.map_or(authority, |(host, _)| host);
    let is_loopback = host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    let on_this_machine = is_loopback || host == "[::1]" || host == "localhost";
    assert!(
        scheme == "https" && (is_local || !on_this_machine)
            || scheme == "http" && is_local && on_this_machine,
        "{url}"
    );
    assert!(!url.contains(|character: char| character.is_control() || character == ' '), "{url}");
}

fn config(setting: &str) -> Config {
    let mut config = json!({ "issuer": setting, "clientId": "app" });
    if setting == TEMPLATE {
        config = json!({
            "issuer": SECURE,
            "clientId": "app",
            "issuerTemplate": TEMPLATE,
            "allowedTenants": ["t-1"],
        });
    }
    Config::from_json(config).expect("a configuration")
}

fn good(issuer: &str) -> Value {
    let origin = if issuer == LOCAL { LOCAL } else { SECURE };
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "jwks_uri": format!("{origin}/jwks"),
        "userinfo_endpoint": format!("{origin}/userinfo"),
        "revocation_endpoint": format!("{origin}/revoke"),
        "end_session_endpoint": format!("{origin}/logout"),
        "pushed_authorization_request_endpoint": format!("{origin}/par"),
        "require_pushed_authorization_requests": true,
        "dpop_signing_alg_values_supported": ["ES256"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid"],
        "prompt_values_supported": ["login"],
        "token_endpoint_auth_methods_supported": ["none"],
        "id_token_signing_alg_values_supported": ["ES256", "EdDSA"],
        "authorization_response_iss_parameter_supported": true,
    })
}
