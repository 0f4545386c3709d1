//! Token revocation (RFC 7009).

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use crate::answer::Answer;
use crate::endpoints::token::{authenticate, refuse};
use crate::grants::Refusal;
use crate::record::Recorded;
use crate::state::App;

pub(crate) async fn revoke(State(app): State<App>, Extension(request): Extension<Arc<Recorded>>) -> Answer {
    if let Err(refusal) = authenticate(&request, &app.client) {
        return refuse(&refusal);
    }
    let Some(token) = request.form.get("token") else {
        return refuse(&Refusal::new("invalid_request", "token"));
    };
    // An unknown token is a success too (section 2.2).
    let mut state = app.state();
    if state.token.revokes_grants {
        state.grants.revoke_grant(token);
    } else {
        state.grants.revoke(token);
    }
    Answer::status(200)
}
