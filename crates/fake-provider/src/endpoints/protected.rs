//! What an access token opens: `UserInfo`, and a small API. And a picture, which needs none.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::grants::AccessToken;
use crate::record::Recorded;
use crate::state::{App, Shared};

/// One grey dot.
const PICTURE: &[u8] = include_bytes!("picture.png");

pub(crate) async fn userinfo(State(app): State<App>, Extension(request): Extension<Arc<Recorded>>) -> Answer {
    let Some(token) = access_token(&app, &request) else {
        return unauthorized(&request);
    };
    let edits = app.state().userinfo.clone();
    Answer::json(200, edits.apply(Value::Object(token.person.claims())))
}

pub(crate) async fn api(State(app): State<App>, Extension(request): Extension<Arc<Recorded>>) -> Answer {
    let Some(token) = api_token(&app, &request) else {
        return unauthorized(&request);
    };
    Answer::json(200, json!({ "sub": token.person.sub, "scope": token.scope, "audience": token.audience }))
}

pub(crate) async fn echo(State(app): State<App>, Extension(request): Extension<Arc<Recorded>>) -> Response {
    if api_token(&app, &request).is_none() {
        return unauthorized(&request).into_response();
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

fn api_token(app: &Shared, request: &Recorded) -> Option<AccessToken> {
    let token = access_token(app, request)?;
    let wanted = app.state().api_audience.clone();
    wanted.is_none_or(|audience| token.audience.contains(&audience)).then_some(token)
}

fn access_token(app: &Shared, request: &Recorded) -> Option<AccessToken> {
    let token = request.bearer()?;
    let state = app.state();
    state.grants.good_access_token(token, state.clock.now()).cloned()
}

/// RFC 6750, section 3: an error code only if there was a token.
fn unauthorized(request: &Recorded) -> Answer {
    Answer::challenge(
        401,
        match request.bearer() {
            Some(_) => {
                "Bearer error=\"invalid_token\", error_description=\"unknown, expired or for another audience\""
            }
            None => "Bearer",
        },
    )
}
