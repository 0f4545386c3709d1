//! What happens to a request before it reaches its endpoint, and to the answer afterwards.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::connection::Scissors;
use crate::fault::Fault;
use crate::record::{Parameters, Recorded};
use crate::script::Plan;
use crate::state::{App, Shared};

/// No request of a test is larger.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Records the request, holds it, and lets it fail, as the script says. Handlers find it as an extension.
pub(crate) async fn receive(
    State(app): State<App>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    let Some((request, recorded)) = record(&app, request).await else {
        return cut(&scissors);
    };
    let plan = app.receive(recorded);
    // As a task, since a client that goes away would take its request back, and real servers go on.
    let answer = tokio::spawn(follow(plan, next.run(request))).await.ok().flatten();
    let mut answer = answer.unwrap_or_else(|| cut(&scissors));
    let date = httpdate::fmt_http_date(app.state().clock.time());
    answer.headers_mut().insert(header::DATE, HeaderValue::from_str(&date).expect("plain text"));
    answer
}

/// The answer; `None` when the connection breaks instead.
async fn follow(plan: Plan, work: impl Future<Output = Response>) -> Option<Response> {
    if let Some(gate) = plan.before {
        gate.pass().await;
    }
    let works = plan.fault.as_ref().is_none_or(Fault::spares_the_work);
    let honest = if works { Some(work.await) } else { None };
    if let Some(gate) = plan.after {
        gate.pass().await;
    }
    match plan.fault {
        Some(fault) => fault.answer(honest),
        None => honest,
    }
}

/// `None` if the client went away in the middle of it.
async fn record(app: &Shared, request: Request) -> Option<(Request, Recorded)> {
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.ok()?;
    let recorded = Recorded {
        endpoint: app.endpoint(parts.uri.path()),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        form: if is_form(&parts.headers) { Parameters::parse(&body) } else { Parameters::default() },
        headers: parts.headers.clone(),
        body,
    };
    parts.extensions.insert(Arc::new(recorded.clone()));
    Some((Request::from_parts(parts, Body::empty()), recorded))
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

/// The server can't write the answer any more, and closes the connection.
fn cut(scissors: &Scissors) -> Response {
    scissors.cut();
    ().into_response()
}
