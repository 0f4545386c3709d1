//! What happens to a request before it reaches its endpoint, and to the answer afterwards.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::connection::Scissors;
use crate::endpoints::Endpoint;
use crate::fault::Fault;
use crate::record::{Parameters, Recorded};
use crate::script::Plan;
use crate::state::{App, Shared};

/// RFC 9449, section 8.
pub(crate) const DPOP_NONCE: &str = "dpop-nonce";
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
    let (plan, family) = app.receive(recorded.clone());
    let in_flight = InFlight { app: Arc::clone(&app), endpoint: recorded.endpoint, family };
    let resets_at = match &plan.fault {
        Some(Fault::ResetAt(bytes)) => Some(*bytes),
        _ => None,
    };
    // As a task, since a client that goes away would take its request back, and real servers go on.
    let answer = tokio::spawn(follow(plan, next.run(request), in_flight)).await.ok().flatten();
    let mut answer = answer.unwrap_or_else(|| cut(&scissors));
    if let Some(bytes) = resets_at {
        scissors.cut_after(bytes);
        // It must not come back to life for the next request.
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let mut state = app.state();
    let date = httpdate::fmt_http_date(state.clock.time());
    answer.headers_mut().insert(header::DATE, HeaderValue::from_str(&date).expect("plain text"));
    if !answer.headers().contains_key(DPOP_NONCE)
        && let Some(nonce) = state.dpop.next_nonce(&recorded)
    {
        answer.headers_mut().insert(DPOP_NONCE, HeaderValue::from_str(&nonce).expect("plain text"));
    }
    answer
}

/// The answer; `None` when the connection breaks instead.
async fn follow(plan: Plan, work: impl Future<Output = Response>, _in_flight: InFlight) -> Option<Response> {
    if let Some(gate) = plan.before {
        gate.pass().await;
    }
    let works = plan.fault.as_ref().is_none_or(Fault::spares_the_work);
    let honest = if works { Some(work.await) } else { None };
    if let Some(gate) = plan.after {
        gate.pass().await;
    }
    if let Some(Fault::AnswerDelayed(delay)) = plan.fault {
        tokio::time::sleep(delay).await;
    }
    match plan.fault {
        Some(fault) => fault.answer(honest),
        None => honest,
    }
}

/// A request that has arrived, until its answer is ready to be sent.
struct InFlight {
    app: App,
    endpoint: Endpoint,
    /// Whose refresh token it uses.
    family: Option<usize>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        // A handler that panics is reported by itself; a second panic here would end the whole process.
        if let Ok(mut state) = self.app.state.lock() {
            state.traffic.entry(self.endpoint).or_default().ends();
            if let Some(family) = self.family {
                state.uses.ends(family);
            }
        }
        self.app.traffic.send_replace(());
    }
}

/// `None` if the client went away in the middle of it.
async fn record(app: &Shared, request: Request) -> Option<(Request, Recorded)> {
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.ok()?;
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let recorded = Recorded {
        at: Instant::now(),
        endpoint: app.endpoint(parts.uri.path()),
        origin: format!("http://{host}"),
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
