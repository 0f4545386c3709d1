//! What an access token opens: `UserInfo`, and a small API. And a picture, which needs none.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::endpoints::reception::DPOP_NONCE;
use crate::grants::{AccessToken, Refusal};
use crate::record::Recorded;
use crate::state::{App, Shared};

/// One grey dot.
const PICTURE: &[u8] = include_bytes!("picture.png");

pub(crate) async fn userinfo(State(app): State<App>, Extension(request): Extension<Arc<Recorded>>) -> Answer {
    match access_token(&app, &request, None) {
        Ok(token) => {
            let edits = app.state().userinfo.clone();
            Answer::json(200, edits.apply(Value::Object(token.person.claims())))
        }
        Err(unauthorized) => unauthorized,
    }
}

pub(crate) async fn api(State(app): State<App>, Extension(request): Extension<Arc<Recorded>>) -> Answer {
    match api_token(&app, &request) {
        Ok(token) => Answer::json(
            200,
            json!({ "sub": token.person.sub, "scope": token.scope, "audience": token.audience }),
        ),
        Err(unauthorized) => unauthorized,
    }
}

pub(crate) async fn echo(State(app): State<App>, Extension(request): Extension<Arc<Recorded>>) -> Response {
    if let Err(unauthorized) = api_token(&app, &request) {
        return unauthorized.into_response();
    }
    let mut response = request.body.clone().into_response();
    if let Some(content_type) = request.headers.get(header::CONTENT_TYPE) {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type.clone());
    }
    response
}

pub(crate) async fn picture() -> Response {
    ([(header::CONTENT_TYPE, "image/png")], PICTURE).into_response()
}

fn api_token(app: &Shared, request: &Recorded) -> Result<AccessToken, Answer> {
    let wanted = app.state().api_audience.clone();
    access_token(app, request, wanted.as_deref())
}

fn access_token(app: &Shared, request: &Recorded, audience: Option<&str>) -> Result<AccessToken, Answer> {
    let mut state = app.state();
    let now = state.clock.now();
    let (scheme, given) = match (request.dpop(), request.bearer()) {
        (Some(token), _) => ("DPoP", token),
        (None, Some(token)) => ("Bearer", token),
        // RFC 6750, section 3: an error code only if there was a token.
        (None, None) => return Err(Answer::challenge(401, "Bearer")),
    };
    let token = state.grants.good_access_token(given, now).cloned();
    let token = token
        .filter(|token| audience.is_none_or(|audience| token.audience.iter().any(|each| each == audience)));
    let token = token.ok_or_else(|| unauthorized(scheme, "unknown, expired or for another audience"))?;
    match (&token.jkt, scheme) {
        (Some(jkt), "DPoP") => {
            state
                .dpop
                .of_token(request, given, jkt, now)
                .map_err(|refusal| unproved(state.dpop.behaviour.challenge_scheme, &refusal))?;
        }
        // A stolen token is not to be played down to a bearer token (RFC 9449, section 7.2).
        (Some(_), _) => return Err(unauthorized("DPoP", "bound to a key, and no bearer token")),
        (None, "DPoP") => return Err(unauthorized("DPoP", "a bearer token")),
        (None, _) => {}
    }
    Ok(token)
}

fn unauthorized(scheme: &str, description: &str) -> Answer {
    let challenge = format!("{scheme} error=\"invalid_token\", error_description=\"{description}\"");
    Answer::challenge(401, &challenge)
}

/// RFC 9449, sections 7.1 and 9.
fn unproved(scheme: &str, refusal: &Refusal) -> Answer {
    let Refusal { error, description, nonce } = refusal;
    let challenge =
        format!("{scheme} error=\"{error}\", error_description=\"{description}\", algs=\"ES256\"");
    let answer = Answer::challenge(401, &challenge);
    match nonce {
        Some(nonce) => answer.header(DPOP_NONCE, nonce),
        None => answer,
    }
}
