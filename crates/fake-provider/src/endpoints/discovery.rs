//! The discovery document and the keys.

use axum::extract::State;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::endpoints::Endpoint;
use crate::script::Proofs;
use crate::state::{App, Shared, State as Provider};

pub(crate) async fn metadata(State(app): State<App>) -> Answer {
    let (edits, document) = {
        let state = app.state();
        (state.metadata.clone(), document(&app, &state))
    };
    Answer::json(200, edits.apply(document))
}

pub(crate) async fn jwks(State(app): State<App>) -> Answer {
    let (edits, jwks) = {
        let state = app.state();
        (state.jwks.clone(), state.keys.jwks())
    };
    Answer::json(200, edits.apply(jwks))
}

fn document(app: &Shared, state: &Provider) -> Value {
    let authentication = if app.client.secret.is_some() {
        json!(["client_secret_basic", "client_secret_post"])
    } else {
        json!(["none"])
    };
    let mut document = json!({
        "issuer": app.issuer,
        "authorization_endpoint": app.url(Endpoint::Authorization),
        "token_endpoint": app.url(Endpoint::Token),
        "userinfo_endpoint": app.url(Endpoint::Userinfo),
        "jwks_uri": app.url(Endpoint::Jwks),
        "revocation_endpoint": app.url(Endpoint::Revocation),
        "end_session_endpoint": app.url(Endpoint::EndSession),
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [state.keys.active().algorithm.name()],
        "token_endpoint_auth_methods_supported": authentication,
        "revocation_endpoint_auth_methods_supported": authentication,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    });
    if state.par.offered {
        document["pushed_authorization_request_endpoint"] = json!(app.url(Endpoint::Par));
    }
    if state.par.required {
        document["require_pushed_authorization_requests"] = json!(true);
    }
    if state.dpop.behaviour.proofs != Proofs::Ignored {
        document["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    }
    document
}
