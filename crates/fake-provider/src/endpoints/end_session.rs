//! RP-initiated logout.

use std::sync::Arc;

use axum::Extension;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use url::Url;

use crate::answer;
use crate::record::Recorded;

pub(crate) async fn end_session(Extension(request): Extension<Arc<Recorded>>) -> Response {
    let Some(redirect_uri) = request.query.get("post_logout_redirect_uri") else {
        return answer::page("<!doctype html><title>Signed out</title>");
    };
    let Ok(mut redirect_uri) = Url::parse(redirect_uri) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if let Some(state) = request.query.get("state") {
        redirect_uri.query_pairs_mut().append_pair("state", state);
    }
    Redirect::to(redirect_uri.as_str()).into_response()
}
