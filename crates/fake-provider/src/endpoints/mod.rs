//! The endpoints, and what happens to a request before it reaches one.

mod authorization;
mod discovery;
mod end_session;
mod protected;
mod revocation;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::connection::Scissors;
use crate::record::{Parameters, Recorded};
use crate::state::{App, Shared};

pub(crate) use authorization::ERROR as AUTHORIZATION_ERROR;

/// No request of a test is larger.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Where a request can arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `GET {issuer}/.well-known/openid-configuration`
    Discovery,
    /// `GET {issuer}/jwks`
    Jwks,
    /// `GET {issuer}/authorize`
    Authorization,
    /// `POST {issuer}/token`
    Token,
    /// `GET {issuer}/userinfo`
    Userinfo,
    /// `POST {issuer}/revoke`
    Revocation,
    /// `GET {issuer}/logout`
    EndSession,
    /// `GET /api`, which tells who the access token is for.
    Api,
    /// `POST /api/echo`, which sends the body back.
    ApiEcho,
    /// `GET /picture`, a small PNG.
    Picture,
    /// Anything else.
    Unknown,
}

impl Endpoint {
    /// Below the issuer, or below the origin for what is not the provider's.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/openid-configuration",
            Self::Jwks => "/jwks",
            Self::Authorization => "/authorize",
            Self::Token => "/token",
            Self::Userinfo => "/userinfo",
            Self::Revocation => "/revoke",
            Self::EndSession => "/logout",
            Self::Api => "/api",
            Self::ApiEcho => "/api/echo",
            Self::Picture => "/picture",
            Self::Unknown => "/",
        }
    }

    const OF_ISSUER: [Self; 7] = [
        Self::Discovery,
        Self::Jwks,
        Self::Authorization,
        Self::Token,
        Self::Userinfo,
        Self::Revocation,
        Self::EndSession,
    ];
    const OF_ORIGIN: [Self; 3] = [Self::Api, Self::ApiEcho, Self::Picture];
}

impl Shared {
    /// The issuer without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        self.issuer.trim_end_matches('/')
    }

    pub(crate) fn url(&self, endpoint: Endpoint) -> String {
        let base = if Endpoint::OF_ISSUER.contains(&endpoint) {
            self.base()
        } else {
            &self.origin
        };
        format!("{base}{}", endpoint.path())
    }

    fn endpoint(&self, path: &str) -> Endpoint {
        let url = format!("{}{path}", self.origin);
        let mut all = Endpoint::OF_ISSUER.into_iter().chain(Endpoint::OF_ORIGIN);
        all.find(|endpoint| self.url(*endpoint) == url)
            .unwrap_or(Endpoint::Unknown)
    }
}

pub(crate) fn router(app: App) -> Router {
    let of_issuer = Router::new()
        .route(Endpoint::Discovery.path(), get(discovery::metadata))
        .route(Endpoint::Jwks.path(), get(discovery::jwks))
        .route(Endpoint::Authorization.path(), get(authorization::authorize))
        .route(Endpoint::Token.path(), post(token::token))
        .route(Endpoint::Userinfo.path(), get(protected::userinfo))
        .route(Endpoint::Revocation.path(), post(revocation::revoke))
        .route(Endpoint::EndSession.path(), get(end_session::end_session));
    let of_origin = Router::new()
        .route(Endpoint::Api.path(), get(protected::api))
        .route(Endpoint::ApiEcho.path(), post(protected::echo))
        .route(Endpoint::Picture.path(), get(protected::picture));
    let path = app.base()[app.origin.len()..].to_owned();
    let all = if path.is_empty() {
        of_origin.merge(of_issuer)
    } else {
        of_origin.nest(&path, of_issuer)
    };
    all.fallback(|| async { axum::http::StatusCode::NOT_FOUND })
        .layer(middleware::from_fn_with_state(Arc::clone(&app), receive))
        .with_state(app)
}

/// Records the request, holds it, and lets it fail, as the script says. Handlers find it as an extension.
async fn receive(
    State(app): State<App>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    let Some((request, recorded)) = record(&app, request).await else {
        return cut(&scissors);
    };
    let plan = app.receive(recorded);
    if let Some(gate) = plan.before {
        gate.pass().await;
    }
    let works = plan.fault.as_ref().is_none_or(crate::Fault::spares_the_work);
    let honest = if works {
        Some(next.run(request).await)
    } else {
        None
    };
    if let Some(gate) = plan.after {
        gate.pass().await;
    }
    let answer = match plan.fault {
        Some(fault) => fault.answer(honest),
        None => honest,
    };
    answer.unwrap_or_else(|| cut(&scissors))
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
        form: if is_form(&parts.headers) {
            Parameters::parse(&body)
        } else {
            Parameters::default()
        },
        headers: parts.headers.clone(),
        body,
    };
    parts.extensions.insert(Arc::new(recorded.clone()));
    Some((Request::from_parts(parts, Body::empty()), recorded))
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

/// The server can't write the answer any more, and closes the connection.
fn cut(scissors: &Scissors) -> Response {
    scissors.cut();
    ().into_response()
}
