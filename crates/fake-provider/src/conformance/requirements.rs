//! Modules of our own, for what the specifications ask of a client and the suites don't try. Each is named by its
//! number in `SECURITY.md`.

use serde_json::{Value, json};

use super::fapi2::of_fapi;
use super::openid::{refreshed_with, without_profile};
use super::{Artefact, BAD_ID_TOKEN, Expected, HONEST, Module, check, stops};
use crate::answer::Answer;
use crate::endpoints::Endpoint;
use crate::fault::Fault;
use crate::provider::FakeProvider;
use crate::script::Signature;

pub(super) const REQUIREMENTS: &[Module] = &[
    Module {
        name: "s-4-plain-pkce-only",
        script: |provider| metadata(provider, "code_challenge_methods_supported", &json!(["plain"])),
        ..BAD_METADATA
    },
    Module {
        name: "s-2-implicit-flow-only",
        script: |provider| metadata(provider, "response_types_supported", &json!(["id_token token"])),
        ..BAD_METADATA
    },
    Module {
        name: "s-26-iss-of-another-on-an-error",
        callback: |callback| {
            refused(callback);
            callback.set("iss", "https://another.example");
        },
        ..MIXED_UP
    },
    Module {
        name: "s-27-iss-missing-on-an-error",
        callback: |callback| {
            refused(callback);
            callback.remove("iss");
        },
        ..MIXED_UP
    },
    Module {
        name: "s-26-iss-with-a-slash",
        callback: |callback| {
            let slashed = format!("{}/", callback.get("iss").unwrap_or_default());
            callback.set("iss", &slashed);
        },
        ..MIXED_UP
    },
    Module { name: "s-27-iss-missing", callback: |callback| callback.remove("iss"), ..MIXED_UP },
    Module {
        name: "s-28-iss-of-another-where-none-is-promised",
        script: |provider| {
            metadata(provider, "authorization_response_iss_parameter_supported", &json!(false));
        },
        callback: |callback| callback.set("iss", "https://another.example"),
        ..MIXED_UP
    },
    Module {
        name: "s-23-another-path",
        expected: Expected::Ignores,
        callback: |callback| {
            callback.url().set_path("/callback/more");
        },
        ..HONEST
    },
    Module { name: "s-30-two-codes", callback: |callback| callback.append("code", "another"), ..BAD_ANSWER },
    Module {
        name: "s-30-two-states",
        expected: Expected::Ignores,
        callback: |callback| callback.append("state", "another"),
        ..HONEST
    },
    Module {
        name: "s-31-unknown-parameters",
        callback: |callback| callback.append("session_state", "whatever"),
        ..HONEST
    },
    Module {
        name: "s-34-a-code-beside-an-error",
        callback: |callback| callback.append("error", "access_denied"),
        ..BAD_ANSWER
    },
    Module {
        name: "s-34-hybrid-id-token",
        callback: |callback| callback.append("id_token", "e30.e30.x"),
        ..BAD_ANSWER
    },
    Module {
        name: "s-34-implicit-token",
        callback: |callback| callback.append("access_token", "x"),
        ..BAD_ANSWER
    },
    Module { name: "s-34-jarm", callback: |callback| callback.append("response", "e30.e30.x"), ..BAD_ANSWER },
    Module {
        name: "s-34-all-in-the-fragment",
        // Not even a `state` is looked for there.
        expected: Expected::Ignores,
        callback: |callback| {
            let query = callback.url().query().map(str::to_owned);
            callback.url().set_fragment(query.as_deref());
            callback.url().set_query(None);
        },
        ..HONEST
    },
    Module {
        name: "s-38-token-type-unknown",
        script: |provider| _ = provider.token().token_type("mac"),
        ..BAD_TOKENS
    },
    Module {
        name: "s-38-token-type-in-capitals",
        script: |provider| _ = provider.token().token_type("BEARER"),
        ..HONEST
    },
    Module {
        name: "s-39-unknown-members",
        script: |provider| _ = provider.token().member("surprise", json!({ "a": [1] })),
        ..HONEST
    },
    Module {
        name: "s-44-id-token-missing",
        script: |provider| _ = provider.token().without("id_token"),
        ..BAD_TOKENS
    },
    Module {
        name: "s-42-code-refused",
        script: |provider| _ = provider.at(Endpoint::Token).always(Answer::invalid_grant()),
        ..stops("token_request_failed", Artefact::TokenResponse)
    },
    Module {
        name: "s-36-metadata-is-a-page",
        script: |provider| _ = provider.at(Endpoint::Discovery).always(Answer::html_page()),
        ..BAD_METADATA
    },
    Module {
        name: "s-36-token-response-is-a-page",
        script: |provider| _ = provider.at(Endpoint::Token).always(Answer::html_page()),
        ..stops("provider_unreachable", Artefact::TokenResponse)
    },
    Module {
        name: "s-36-token-response-is-endless",
        script: |provider| _ = provider.at(Endpoint::Token).always(Fault::EndlessBody),
        ..stops("provider_unreachable", Artefact::TokenResponse)
    },
    Module {
        name: "s-44-iss-with-a-slash",
        script: |provider| {
            let slashed = format!("{}/", provider.issuer());
            provider.id_token().claim("iss", slashed);
        },
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-45-nonce-missing",
        script: |provider| _ = provider.id_token().without("nonce"),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-46-aud-empty",
        script: |provider| _ = provider.id_token().claim("aud", json!([])),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-46-aud-of-two",
        script: |provider| {
            let aud = json!([provider.client_id(), "another-client"]);
            provider.id_token().claim("aud", aud);
        },
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-43-code-and-verifier-repeated-in-an-error",
        script: |provider| _ = provider.token().refuse_repeating("invalid_grant"),
        ..stops("token_request_failed", Artefact::TokenResponse)
    },
    Module {
        name: "s-47-azp-of-another",
        script: |provider| _ = provider.id_token().claim("azp", "another-client"),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-48-none-in-another-case",
        script: |provider| {
            provider.id_token().signature(Signature::None).header(|header| header["alg"] = json!("nOnE"));
        },
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-48-symmetric-key-in-the-jwks",
        script: |provider| {
            provider.id_token().signature(Signature::Hs256);
            provider.jwks(|jwks| {
                let kid = jwks["keys"][0]["kid"].clone();
                jwks["keys"] = json!([{ "kty": "oct", "kid": kid, "alg": "HS256", "k": "c2VjcmV0" }]);
            });
        },
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-48-key-for-encryption",
        script: |provider| provider.jwks(|jwks| jwks["keys"][0]["use"] = json!("enc")),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-49-issued-in-the-future",
        script: |provider| {
            provider.id_token().claims(|claims| {
                let issued = claims["iat"].as_u64().unwrap_or_default();
                claims["iat"] = json!(issued + 3600);
                claims["exp"] = json!(issued + 7200);
            });
        },
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-49-issued-long-ago",
        script: |provider| {
            provider.id_token().claims(|claims| {
                let issued = claims["iat"].as_u64().unwrap_or_default();
                claims["iat"] = json!(issued - 3600);
            });
        },
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-50-sub-too-long",
        script: |provider| _ = provider.id_token().claim("sub", "s".repeat(256)),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-51-no-at-hash",
        script: |provider| _ = provider.id_token().without("at_hash"),
        ..HONEST
    },
    Module {
        name: "s-53-crit",
        script: |provider| {
            provider.id_token().header(|header| {
                header["crit"] = json!(["b64"]);
                header["b64"] = json!(true);
            });
        },
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-53-encrypted",
        script: |provider| _ = provider.token().member("id_token", JWE),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-53-small-rsa-key",
        // 1024 bits.
        script: |provider| {
            provider.jwks(|jwks| jwks["keys"][0]["n"] = json!(format!("_{}", "A".repeat(170))));
        },
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-54-kid-unknown",
        script: |provider| _ = provider.id_token().header(|header| header["kid"] = json!("nowhere")),
        wants: |provider| {
            check(provider.at(Endpoint::Jwks).count() == 2, "not exactly one more look for keys")
        },
        ..BAD_ID_TOKEN
    },
    Module {
        name: "s-55-userinfo-is-a-page",
        script: |provider| userinfo(provider, Answer::html_page()),
        ..NO_PROFILE
    },
    Module {
        name: "s-55-userinfo-refused",
        script: |provider| userinfo(provider, Answer::status(403)),
        ..NO_PROFILE
    },
    Module {
        name: "s-55-userinfo-oversized",
        script: |provider| userinfo(provider, Answer::oversized()),
        ..NO_PROFILE
    },
    Module {
        name: "s-55-userinfo-without-sub",
        script: |provider| userinfo(provider, Answer::json(200, json!({ "name": "Eve" }))),
        ..NO_PROFILE
    },
    Module {
        name: "s-56-refreshed-with-another-auth-time",
        script: |provider| refreshed_with(provider, "auth_time", json!(1_000_000_000)),
        ..BAD_REFRESH
    },
    Module {
        name: "s-56-refreshed-with-another-nonce",
        script: |provider| refreshed_with(provider, "nonce", json!("another")),
        ..BAD_REFRESH
    },
    Module {
        name: "s-56-refreshed-for-another-client",
        script: |provider| refreshed_with(provider, "aud", json!("another-client")),
        ..BAD_REFRESH
    },
    Module {
        name: "s-58-issuer-with-a-slash",
        script: |provider| {
            let slashed = json!(format!("{}/", provider.issuer()));
            metadata(provider, "issuer", &slashed);
        },
        ..stops("issuer_mismatch", Artefact::Metadata)
    },
    Module {
        name: "s-60-authorization-endpoint-is-a-program",
        script: |provider| metadata(provider, "authorization_endpoint", &json!("file:///usr/bin/true")),
        ..BAD_METADATA
    },
    Module {
        name: "s-60-authorization-endpoint-without-tls",
        script: |provider| {
            metadata(provider, "authorization_endpoint", &json!("http://id.example/authorize"));
        },
        ..BAD_METADATA
    },
    Module {
        name: "s-60-token-endpoint-without-tls",
        script: |provider| metadata(provider, "token_endpoint", &json!("http://id.example/token")),
        ..BAD_METADATA
    },
    Module {
        name: "s-69-a-nonce-is-never-enough",
        script: |provider| _ = provider.dpop().never_satisfied(),
        wants: |provider| check(provider.at(Endpoint::Par).count() <= 2, "more than one retry"),
        ..of_fapi(stops("authorization_failed", Artefact::PushedRequest))
    },
    Module {
        name: "s-72-bearer-where-dpop-was-required",
        script: |provider| _ = provider.token().token_type("Bearer"),
        ..of_fapi(BAD_TOKENS)
    },
    Module {
        name: "s-75-pushed-and-no-request-uri",
        script: |provider| {
            provider.dpop().reset().required();
            provider.at(Endpoint::Par).always(Answer::json(201, json!({ "expires_in": 60 })));
        },
        ..of_fapi(stops("invalid_token_response", Artefact::PushedRequest))
    },
    Module {
        name: "s-78-pushed-request-refused",
        script: |provider| {
            provider.dpop().reset().required();
            provider.at(Endpoint::Par).always(Answer::oauth_error("invalid_request"));
        },
        ..of_fapi(stops("authorization_failed", Artefact::PushedRequest))
    },
];

const NO_PROFILE: Module = Module { expected: Expected::CompletesWithoutProfile, ..HONEST };
const BAD_REFRESH: Module =
    Module { expected: Expected::RefreshFails { code: "invalid_id_token" }, ..HONEST };
const BAD_METADATA: Module = stops("invalid_metadata", Artefact::Metadata);
const MIXED_UP: Module = stops("issuer_mismatch", Artefact::AuthorizationResponse);
const BAD_ANSWER: Module = stops("invalid_callback", Artefact::AuthorizationResponse);
const BAD_TOKENS: Module = stops("invalid_token_response", Artefact::TokenResponse);

/// Five parts: `{"alg":"RSA-OAEP","enc":"A256GCM"}` and four that nobody can read.
const JWE: &str = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA";

fn metadata(provider: &FakeProvider, name: &'static str, value: &Value) {
    let value = value.clone();
    provider.metadata(move |document| document[name] = value.clone());
}

/// The ID token doesn't say what the person is called, and `UserInfo` answers this.
fn userinfo(provider: &FakeProvider, answer: Answer) {
    without_profile(provider);
    provider.at(Endpoint::Userinfo).always(answer);
}

fn refused(callback: &mut crate::Callback) {
    callback.remove("code");
    callback.set("error", "access_denied");
}
