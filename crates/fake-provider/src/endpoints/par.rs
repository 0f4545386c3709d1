//! Pushed authorization requests (RFC 9126).

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use serde_json::json;

use crate::answer::Answer;
use crate::endpoints::authorization::check;
use crate::endpoints::token::{authenticate, refuse};
use crate::grants::Refusal;
use crate::pushed::Pushed;
use crate::record::Recorded;
use crate::state::{App, Shared};

pub(crate) async fn push(State(app): State<App>, Extension(request): Extension<Arc<Recorded>>) -> Answer {
    let behaviour = app.state().par;
    if !behaviour.offered {
        return Answer::status(404);
    }
    match authenticate(&request, &app.client).and_then(|()| pushed(&app, &request, behaviour.lifetime)) {
        Ok(pushed) => {
            let request_uri = app.state().pushed.add(pushed);
            Answer::json(201, json!({ "request_uri": request_uri, "expires_in": behaviour.lifetime }))
        }
        Err(refusal) => refuse(&refusal),
    }
}

fn pushed(app: &Shared, request: &Recorded, lifetime: u64) -> Result<Pushed, Refusal> {
    if request.form.get("request_uri").is_some() {
        return Err(Refusal::new("invalid_request", "a request_uri in a pushed request"));
    }
    check(&request.form, &app.client).map_err(|reason| Refusal::new("invalid_request", reason))?;
    let mut state = app.state();
    let now = state.clock.now();
    let jkt = state.dpop.of_client(request, now)?;
    if jkt.as_deref().zip(request.form.get("dpop_jkt")).is_some_and(|(proved, named)| proved != named) {
        return Err(state.dpop.refuse(request, "a dpop_jkt of another key than the proof's"));
    }
    Ok(Pushed { parameters: request.form.clone(), jkt, expires_at: now + lifetime })
}
