//! The endpoints, and the way to them.

mod authorization;
mod discovery;
mod end_session;
mod par;
mod protected;
mod reception;
mod revocation;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{any, get, post};

use crate::state::{App, Shared};

pub(crate) use authorization::ERROR as AUTHORIZATION_ERROR;

/// Where a request can arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `GET {issuer}/.well-known/openid-configuration`
    Discovery,
    /// `GET {issuer}/jwks`
    Jwks,
    /// `GET {issuer}/authorize`
    Authorization,
    /// `POST {issuer}/par`
    Par,
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
            Self::Par => "/par",
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

    const OF_ISSUER: [Self; 8] = [
        Self::Discovery,
        Self::Jwks,
        Self::Authorization,
        Self::Par,
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
        let base = if Endpoint::OF_ISSUER.contains(&endpoint) { self.base() } else { &self.api_base };
        format!("{base}{}", endpoint.path())
    }

    /// The path of an address on this server.
    fn path<'a>(&self, url: &'a str) -> &'a str {
        &url[self.origin.len()..]
    }

    pub(crate) fn endpoint(&self, path: &str) -> Endpoint {
        let url = format!("{}{path}", self.origin);
        let mut all = Endpoint::OF_ISSUER.into_iter().chain(Endpoint::OF_ORIGIN);
        all.find(|endpoint| self.url(*endpoint) == url).unwrap_or(Endpoint::Unknown)
    }
}

/// A server of one provider.
pub(crate) fn router(app: &App) -> Router {
    let recorded = middleware::from_fn_with_state(Arc::clone(app), reception::receive);
    routes(app).fallback(nothing).layer(recorded).with_state(Arc::clone(app))
}

/// A server of several, each below the path of its issuer.
pub(crate) fn shared_router<'a>(apps: impl IntoIterator<Item = &'a App>) -> Router {
    apps.into_iter().fold(Router::new(), |all, app| {
        let recorded = middleware::from_fn_with_state(Arc::clone(app), reception::receive);
        let anything_else = format!("{}/{{*path}}", app.path(app.base()));
        let one = routes(app).route(&anything_else, any(nothing)).route_layer(recorded);
        all.merge(one.with_state(Arc::clone(app)))
    })
}

fn routes(app: &App) -> Router<App> {
    let route = |endpoint| app.path(&app.url(endpoint)).to_owned();
    Router::new()
        .route(&route(Endpoint::Discovery), get(discovery::metadata))
        .route(&route(Endpoint::Jwks), get(discovery::jwks))
        .route(&route(Endpoint::Authorization), get(authorization::authorize))
        .route(&route(Endpoint::Par), post(par::push))
        .route(&route(Endpoint::Token), post(token::token))
        .route(&route(Endpoint::Userinfo), get(protected::userinfo))
        .route(&route(Endpoint::Revocation), post(revocation::revoke))
        .route(&route(Endpoint::EndSession), get(end_session::end_session))
        .route(&route(Endpoint::Api), get(protected::api))
        .route(&route(Endpoint::ApiEcho), post(protected::echo))
        .route(&route(Endpoint::Picture), get(protected::picture))
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}
