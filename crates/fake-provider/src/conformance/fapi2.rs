//! The modules of the suite for FAPI 2.0 clients that apply to one with pushed requests and proofs of possession.
//! Every endpoint demands a nonce in its proofs, and each is good once.

use serde_json::json;

use super::{Artefact, BAD_ID_TOKEN, Expected, HONEST, Module, Profile, check, stops};
use crate::endpoints::Endpoint;
use crate::keys::Algorithm;
use crate::provider::FakeProvider;
use crate::script::Signature;

pub(super) const FAPI2: &[Module] = &[
    Module { name: "fapi2-security-profile-final-client-test-happy-path", ..FAPI },
    Module {
        name: "fapi2-security-profile-final-client-test-happy-path-no-dpop-nonce",
        script: |provider| _ = provider.dpop().reset().required(),
        wants: |provider| check(provider.refused_proofs().is_empty(), "a proof was refused"),
        ..FAPI
    },
    Module {
        name: "fapi2-security-profile-final-client-test-token-type-case-insensitivity",
        script: |provider| _ = provider.token().token_type("dPOp"),
        ..FAPI
    },
    Module {
        name: "fapi2-security-profile-final-client-test-rs-dpop-auth-scheme-case-insensitivity",
        script: |provider| _ = provider.dpop().challenge_scheme("dPOp"),
        ..FAPI
    },
    Module {
        name: "fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in",
        script: |provider| _ = provider.token().without_expires_in(),
        ..FAPI
    },
    Module {
        name: "fapi2-security-profile-final-client-test-valid-aud-as-array",
        script: |provider| {
            let aud = json!([provider.client_id()]);
            provider.id_token().claim("aud", aud);
        },
        ..FAPI
    },
    Module {
        name: "fapi2-security-profile-final-client-test-discovery-issuer-mismatch",
        script: |provider| {
            provider.metadata(|document| document["issuer"] = json!("https://another.example"));
        },
        ..of_fapi(stops("issuer_mismatch", Artefact::Metadata))
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-authorization-response-iss",
        callback: |callback| callback.set("iss", "https://another.example"),
        ..of_fapi(stops("issuer_mismatch", Artefact::AuthorizationResponse))
    },
    Module {
        name: "fapi2-security-profile-final-client-test-remove-authorization-response-iss",
        callback: |callback| callback.remove("iss"),
        ..of_fapi(stops("issuer_mismatch", Artefact::AuthorizationResponse))
    },
    Module {
        name: "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails",
        expected: Expected::Ignores,
        callback: |callback| callback.set("state", "another"),
        ..FAPI
    },
    Module {
        name: "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails",
        expected: Expected::Ignores,
        callback: |callback| callback.remove("state"),
        ..FAPI
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-expired-exp",
        script: |provider| {
            provider.id_token().claims(|claims| {
                let issued = claims["iat"].as_u64().unwrap_or_default();
                claims["exp"] = json!(issued - 300);
            });
        },
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-missing-exp",
        script: |provider| _ = provider.id_token().without("exp"),
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-nonce",
        script: |provider| _ = provider.id_token().claim("nonce", "another"),
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-missing-nonce",
        script: |provider| _ = provider.id_token().without("nonce"),
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-iss",
        script: |provider| _ = provider.id_token().claim("iss", "https://another.example"),
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-missing-iss",
        script: |provider| _ = provider.id_token().without("iss"),
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-aud",
        script: |provider| _ = provider.id_token().claim("aud", "another-client"),
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-missing-aud",
        script: |provider| _ = provider.id_token().without("aud"),
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-secondary-aud",
        script: |provider| {
            let aud = json!([provider.client_id(), "another-client"]);
            provider.id_token().claim("aud", aud);
        },
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-null-alg",
        script: |provider| _ = provider.id_token().signature(Signature::None),
        ..BAD
    },
    Module {
        name: "fapi2-security-profile-final-client-test-invalid-alternate-alg",
        script: |provider| {
            provider
                .metadata(|document| document["id_token_signing_alg_values_supported"] = json!(["PS256"]));
        },
        ..BAD
    },
];

const FAPI: Module = of_fapi(HONEST);
const BAD: Module = of_fapi(BAD_ID_TOKEN);

pub(super) const fn of_fapi(module: Module) -> Module {
    Module { profile: Profile::Fapi2, build: |builder| builder.algorithm(Algorithm::Es256), ..module }
}

/// What the provider does in all of them, before each adds its own.
pub(super) fn speak(provider: &FakeProvider) {
    provider.par().required();
    provider.dpop().required().nonces().rotating_nonces();
}

/// Whether the client speaks it: nothing but a reference in the browser, and no proof refused but for its nonce.
pub(super) fn is_spoken(provider: &FakeProvider) -> Result<(), String> {
    for request in provider.at(Endpoint::Authorization).requests() {
        let names: Vec<_> = request.query.0.iter().map(|(name, _)| name.as_str()).collect();
        check(names == ["client_id", "request_uri"], "more than a request_uri in the browser")?;
    }
    match provider.refused_proofs().iter().find(|refused| !refused.reason.starts_with("no nonce")) {
        Some(refused) => Err(format!("a proof was refused at {:?}: {}", refused.endpoint, refused.reason)),
        None => Ok(()),
    }
}
