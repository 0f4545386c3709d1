//! The modules of the suite for `OpenID` Connect relying parties that apply to a public client with the code flow.

use serde_json::{Value, json};

use super::{Artefact, BAD_ID_TOKEN, Expected, HONEST, Module, check, stops};
use crate::answer::Answer;
use crate::endpoints::Endpoint;
use crate::keys::Algorithm;
use crate::provider::FakeProvider;
use crate::script::Signature;

pub(super) const OPENID: &[Module] = &[
    Module { name: "oidcc-client-test", ..HONEST },
    Module { name: "oidcc-client-test-idtoken-sig-rs256", ..HONEST },
    Module {
        name: "oidcc-client-test-nonce-unless-code-flow",
        wants: |provider| {
            let authorization = provider.at(Endpoint::Authorization).requests();
            check(authorization.iter().all(|request| request.query.get("nonce").is_some()), "no nonce")
        },
        ..HONEST
    },
    Module { name: "oidcc-client-test-scope-userinfo-claims", script: without_profile, ..HONEST },
    Module {
        name: "oidcc-client-test-userinfo-bearer-header",
        script: without_profile,
        wants: |provider| {
            let requests = provider.at(Endpoint::Userinfo).requests();
            let [request] = requests.as_slice() else {
                return Err("not exactly one request to UserInfo".to_owned());
            };
            check(request.bearer().is_some(), "no token in the header")?;
            check(request.query.0.is_empty() && request.body.is_empty(), "more than the header")
        },
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-userinfo-invalid-sub",
        expected: Expected::CompletesWithoutProfile,
        script: |provider| {
            without_profile(provider);
            provider.userinfo(|claims| claims["sub"] = json!("somebody-else"));
        },
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-aggregated-claims",
        script: |provider| {
            without_profile(provider);
            provider.userinfo(|claims| {
                claims["_claim_names"] = json!({ "email": "src1" });
                claims["_claim_sources"] = json!({ "src1": { "JWT": "e30.e30." } });
            });
        },
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-distributed-claims",
        script: |provider| {
            without_profile(provider);
            let endpoint = format!("{}/claims", provider.issuer());
            provider.userinfo(move |claims| {
                claims["_claim_names"] = json!({ "email": "src1" });
                claims["_claim_sources"] = json!({ "src1": { "endpoint": endpoint, "access_token": "x" } });
            });
        },
        wants: |provider| check(provider.at(Endpoint::Unknown).count() == 0, "the claims were fetched"),
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-client-secret-basic",
        build: |builder| builder.client_secret("a-secret-of-the-suite"),
        wants: |provider| {
            let requests = provider.at(Endpoint::Token).requests();
            let in_header = |request: &crate::Recorded| {
                request.header("authorization").is_some_and(|value| value.starts_with("Basic "))
                    && request.form.get("client_secret").is_none()
            };
            check(requests.iter().all(in_header), "the secret isn't in the header alone")
        },
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-mtls-endpoint-aliases",
        script: |provider| {
            let alias = format!("{}/mtls", provider.issuer());
            provider.metadata(move |document| {
                document["mtls_endpoint_aliases"] = json!({ "token_endpoint": alias });
            });
        },
        wants: |provider| check(provider.at(Endpoint::Unknown).count() == 0, "the alias was used"),
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-invalid-iss",
        script: |provider| _ = provider.id_token().claim("iss", "https://another.example"),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-invalid-aud",
        script: |provider| _ = provider.id_token().claim("aud", "another-client"),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-missing-aud",
        script: |provider| _ = provider.id_token().without("aud"),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-missing-sub",
        script: |provider| _ = provider.id_token().without("sub"),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-missing-iat",
        script: |provider| _ = provider.id_token().without("iat"),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-invalid-sig-rs256",
        script: |provider| _ = provider.id_token().signature(Signature::WrongKey),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-invalid-sig-es256",
        build: |builder| builder.algorithm(Algorithm::Es256),
        script: |provider| _ = provider.id_token().signature(Signature::WrongKey),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-invalid-sig-hs256",
        script: |provider| signed_as(provider, "HS256", Signature::Hs256),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-idtoken-sig-none",
        script: |provider| signed_as(provider, "none", Signature::None),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-nonce-invalid",
        script: |provider| _ = provider.id_token().claim("nonce", "another"),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-invalid-athash",
        script: |provider| _ = provider.id_token().claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
        ..BAD_ID_TOKEN
    },
    Module {
        name: "oidcc-client-test-kid-absent-single-jwks",
        script: |provider| _ = provider.id_token().without_kid(),
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-kid-absent-multiple-jwks",
        script: |provider| {
            provider.add_signing_key();
            provider.id_token().without_kid();
        },
        ..HONEST
    },
    Module { name: "oidcc-client-test-refresh-token", expected: Expected::Refreshes, ..HONEST },
    Module {
        name: "oidcc-client-test-refresh-token-invalid-issuer",
        expected: REFRESH_ENDS,
        script: |provider| refreshed_with(provider, "iss", json!("https://another.example")),
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-refresh-token-invalid-sub",
        expected: REFRESH_ENDS,
        script: |provider| refreshed_with(provider, "sub", json!("somebody-else")),
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-discovery-openid-config",
        wants: |provider| check(provider.at(Endpoint::Discovery).count() == 1, "the metadata wasn't fetched"),
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-discovery-jwks-uri-keys",
        wants: |provider| check(provider.at(Endpoint::Jwks).count() == 1, "the keys weren't fetched"),
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-discovery-issuer-mismatch",
        script: |provider| {
            provider.metadata(|document| document["issuer"] = json!("https://another.example"));
        },
        ..stops("issuer_mismatch", Artefact::Metadata)
    },
    Module { name: "oidcc-client-test-signing-key-rotation", expected: Expected::FetchesKeysAnew, ..HONEST },
    Module {
        name: "oidcc-client-test-signing-key-rotation-just-before-signing",
        expected: Expected::FetchesKeysAnew,
        script: |provider| _ = provider.id_token().without("at_hash"),
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-rp-init-logout",
        expected: Expected::SignsOut,
        wants: |provider| {
            let [logout] =
                provider.at(Endpoint::EndSession).requests().try_into().map_err(|_| "not one logout")?;
            check(logout.query.get("post_logout_redirect_uri").is_some(), "no way back")?;
            check(logout.query.get("state").is_some(), "no state")
        },
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-rp-init-logout-no-state",
        expected: Expected::SignsOut,
        script: |provider| sent_back_from_logout(provider, "dev.keyfob.desktop:/callback"),
        ..HONEST
    },
    Module {
        name: "oidcc-client-test-rp-init-logout-other-state",
        expected: Expected::SignsOut,
        script: |provider| sent_back_from_logout(provider, "dev.keyfob.desktop:/callback?state=another"),
        ..HONEST
    },
];

const REFRESH_ENDS: Expected = Expected::RefreshEnds { code: "reauth_required" };

/// The ID token says who the person is and nothing else, so that it has to be asked for.
pub(super) fn without_profile(provider: &FakeProvider) {
    provider.id_token().without("name").without("email").without("picture");
}

/// The metadata offers it, too: a client must not take what the provider would do for another.
fn signed_as(provider: &FakeProvider, algorithm: &'static str, signature: Signature) {
    provider.metadata(move |document| {
        document["id_token_signing_alg_values_supported"] = json!(["RS256", algorithm]);
    });
    provider.id_token().signature(signature);
}

/// The ID tokens of refreshes say this, and that of the sign-in doesn't.
pub(super) fn refreshed_with(provider: &FakeProvider, claim: &'static str, value: Value) {
    provider.id_token().claims(move |claims: &mut Value| {
        // Only the answer to a code has one.
        if claims["nonce"].is_null() {
            claims[claim] = value.clone();
        }
    });
}

fn sent_back_from_logout(provider: &FakeProvider, location: &str) {
    provider.at(Endpoint::EndSession).always(Answer::status(303).header("location", location));
}
