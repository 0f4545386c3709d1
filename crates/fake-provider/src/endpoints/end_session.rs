//! RP-initiated logout.

use std::sync::Arc;

use axum::Extension;
use url::Url;

use crate::answer::Answer;
use crate::record::Recorded;

pub(crate) async fn end_session(Extension(request): Extension<Arc<Recorded>>) -> Answer {
    let Some(redirect_uri) = request.query.get("post_logout_redirect_uri") else {
        return Answer::text(200, "text/html", "<!doctype html><title>Signed out</title>");
    };
    let Ok(mut redirect_uri) = Url::parse(redirect_uri) else {
        return Answer::text(400, "text/plain", "post_logout_redirect_uri is no URI");
    };
    if let Some(state) = request.query.get("state") {
        redirect_uri.query_pairs_mut().append_pair("state", state);
    }
    Answer::status(303).header("location", redirect_uri.as_str())
}
