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
use axum::routing::{get, post};

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
        let base = if Endpoint::OF_ISSUER.contains(&endpoint) { self.base() } else { &self.origin };
        format!("{base}{}", endpoint.path())
    }

    pub(crate) fn endpoint(&self, path: &str) -> Endpoint {
        let url = format!("{}{path}", self.origin);
        let mut all = Endpoint::OF_ISSUER.into_iter().chain(Endpoint::OF_ORIGIN);
        all.find(|endpoint| self.url(*endpoint) == url).unwrap_or(Endpoint::Unknown)
    }
}

pub(crate) fn router(app: App) -> Router {
    let of_issuer = Router::new()
        .route(Endpoint::Discovery.path(), get(discovery::metadata))
        .route(Endpoint::Jwks.path(), get(discovery::jwks))
        .route(Endpoint::Authorization.path(), get(authorization::authorize))
        .route(Endpoint::Par.path(), post(par::push))
        .route(Endpoint::Token.path(), post(token::token))
        .route(Endpoint::Userinfo.path(), get(protected::userinfo))
        .route(Endpoint::Revocation.path(), post(revocation::revoke))
        .route(Endpoint::EndSession.path(), get(end_session::end_session));
    let of_origin = Router::new()
        .route(Endpoint::Api.path(), get(protected::api))
        .route(Endpoint::ApiEcho.path(), post(protected::echo))
        .route(Endpoint::Picture.path(), get(protected::picture));
    let path = app.base()[app.origin.len()..].to_owned();
    let all = if path.is_empty() { of_origin.merge(of_issuer) } else { of_origin.nest(&path, of_issuer) };
    all.fallback(|| async { StatusCode::NOT_FOUND })
        .layer(middleware::from_fn_with_state(Arc::clone(&app), reception::receive))
        .with_state(app)
}
