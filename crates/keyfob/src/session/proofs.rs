//! Requests that carry a proof of possession (RFC 9449): each with a proof of its own, and with the nonce that its server
//! wants.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::{Method, Request, Response};
use url::{Origin, Url};

use super::{Keyfob, Setup};
use crate::{
    endpoint::EndpointUrl,
    error::{AccessTokenError, FetchError, HttpError},
    http::Limits,
    protocol::dpop::{self, Complaint, DpopKey},
    sabotage::off,
    secret::AccessToken,
};

/// What a request proves, if it proves anything.
#[derive(Clone, Copy)]
pub(crate) enum Proof<'a> {
    /// Nothing: its tokens are bearer tokens.
    None,
    /// To the provider, that whoever asks has the key.
    OfKey(&'a DpopKey),
    /// To an API or UserInfo, that whoever has the token has its key.
    OfToken(&'a DpopKey, &'a AccessToken),
}

impl<'a> Proof<'a> {
    /// To the provider, if the session has a key.
    pub(super) fn of(key: Option<&'a DpopKey>) -> Self {
        key.map_or(Self::None, Self::OfKey)
    }

    /// To an API or UserInfo, if the token is bound.
    pub(crate) fn of_token(key: Option<&'a DpopKey>, token: &'a AccessToken) -> Self {
        key.map_or(Self::None, |key| Self::OfToken(key, token))
    }

    /// How a token stands in the `Authorization` header (section 7.1, RFC 6750 section 2.1).
    pub(crate) fn scheme(self) -> &'static str {
        if matches!(self, Self::OfToken(..)) { "DPoP" } else { "Bearer" }
    }

    fn parts(self) -> Option<(&'a DpopKey, Role, Option<&'a AccessToken>)> {
        match self {
            Self::None => None,
            Self::OfKey(key) => Some((key, Role::Provider, None)),
            Self::OfToken(key, token) => Some((key, Role::Api, Some(token))),
        }
    }

    /// What an API says is wrong with the proof.
    pub(crate) fn api_complaint<B>(self, response: &Response<B>) -> Option<Complaint> {
        if matches!(self, Self::OfToken(..)) { dpop::api_complaint(response) } else { None }
    }

    /// What the server says is wrong with the proof.
    fn complaint(self, response: &Response<Vec<u8>>) -> Option<Complaint> {
        match self {
            Self::None => None,
            Self::OfKey(_) => dpop::provider_complaint(response),
            Self::OfToken(..) => dpop::api_complaint(response),
        }
    }
}

/// A provider's nonce is not shown to an API nor the other way round, were they on one origin (section 9).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Role {
    Provider,
    Api,
}

/// The last nonce of each server.
#[derive(Default)]
pub(super) struct Nonces(Mutex<HashMap<(Role, Origin), String>>);

impl Nonces {
    fn by_server(&self) -> MutexGuard<'_, HashMap<(Role, Origin), String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keyfob {
    /// The proof for one request that the caller sends by itself, a WebSocket's handshake or a stream say, with an access
    /// token of this session (RFC 9449 section 4.2). Each one is good once, and for a few minutes. Without a nonce it
    /// carries the last one that its API gave to this process.
    ///
    /// Errors: `not_cached` for a token that isn't at hand any more or never was, `invalid_argument` for one that is bound
    /// to no key or for a nonce that can't be one, `not_authenticated`, `reauth_required`, `loading`, `internal`, and why
    /// the session is unavailable.
    pub fn dpop_proof(
        &self,
        url: &EndpointUrl,
        method: &Method,
        token: &AccessToken,
        nonce: Option<&str>,
    ) -> Result<String, FetchError> {
        let setup = self.setup().map_err(|error| AccessTokenError::unavailable(&error))?;
        if nonce.is_some_and(|nonce| !dpop::is_nonce(nonce)) {
            return Err(FetchError::InvalidArgument("its nonce is none"));
        }
        let key = self.key_of(token)?;
        let server = (Role::Api, url.as_url().origin());
        let known = setup.nonces.by_server().get(&server).cloned();
        let mut request = Request::new(());
        *request.method_mut() = method.clone();
        *request.uri_mut() =
            url.as_str().parse().map_err(|_| FetchError::InvalidArgument("its URL can't be sent"))?;
        let proof = key.proof(&request, Some(token), nonce.or(known.as_deref()), setup.providers_clock());
        let proof = proof.ok().and_then(|proof| proof.to_str().ok().map(str::to_owned));
        Ok(proof.ok_or(AccessTokenError::Internal)?)
    }

    /// The key that a token of the live session is bound to.
    fn key_of(&self, token: &AccessToken) -> Result<DpopKey, FetchError> {
        let core = self.core();
        let session = core.session()?;
        let mut held = session.tokens.values();
        let held = held.find(|held| held.access_token.expose() == token.expose());
        let key = &held.ok_or(AccessTokenError::NotCached)?.bound_to;
        key.clone().ok_or(FetchError::InvalidArgument("its token is bound to no key, and needs no proof"))
    }
}

/// A request that is being proved, and proved once more to a server that wants a nonce of its own (sections 8 and 9).
pub(crate) struct Exchange<'a> {
    setup: &'a Setup,
    proof: Proof<'a>,
    server: Option<(Role, Origin)>,
    nonce: Option<String>,
    is_second: bool,
}

impl Exchange<'_> {
    /// Gives the request a fresh proof, if it has anything to prove.
    pub(crate) fn prove<B>(&self, request: &mut Request<B>) -> Result<(), HttpError> {
        let Some((key, _, access_token)) = self.proof.parts() else { return Ok(()) };
        // By the provider's clock: it judges the age of a proof, and this machine's may be wrong.
        let now = self.setup.providers_clock();
        let header = key.proof(request, access_token, self.nonce.as_deref(), now);
        let header = header.map_err(|error| HttpError::NotSent { reason: error.to_string() })?;
        request.headers_mut().insert(dpop::PROOF, header);
        Ok(())
    }

    /// Takes the server's nonce from its answer, and says whether the request, if it can be, is to be sent again with it.
    pub(crate) fn learn<B>(
        &mut self,
        response: &Response<B>,
        complaint: Option<Complaint>,
        is_repeatable: bool,
    ) -> bool {
        let Some(server) = self.server.clone() else { return false };
        let given = dpop::nonce_of(response).map(str::to_owned);
        let again =
            is_repeatable && !self.is_second && given.is_some() && complaint == Some(Complaint::Nonce);
        let learned = given.or_else(|| self.nonce.take().filter(|_| self.is_second));
        if again {
            // Nobody else is told of it until then: some servers take each nonce once.
            (self.nonce, self.is_second) = (learned, true);
        } else if let Some(nonce) = learned
            && !(off("dpop_nonce") && response.status().is_success())
        {
            self.setup.nonces.by_server().insert(server, nonce);
        }
        again
    }
}

impl Setup {
    /// Begins to prove a request.
    pub(crate) fn exchange<'a, B>(&'a self, request: &Request<B>, proof: Proof<'a>) -> Exchange<'a> {
        let role = proof.parts().map(|(_, role, _)| role);
        let server = role.zip(origin(request));
        let nonce = server.as_ref().and_then(|server| self.nonces.by_server().get(server).cloned());
        Exchange { setup: self, proof, server, nonce, is_second: false }
    }

    /// Sends a request with its proof, if it has anything to prove.
    pub(crate) async fn send(
        &self,
        mut request: Request<Vec<u8>>,
        limits: Limits,
        proof: Proof<'_>,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let mut exchange = self.exchange(&request, proof);
        loop {
            exchange.prove(&mut request)?;
            let response = self.http.execute(request.clone(), limits).await?;
            if !exchange.learn(&response, proof.complaint(&response), true) {
                return Ok(response);
            }
        }
    }
}

fn origin<B>(request: &Request<B>) -> Option<Origin> {
    Url::parse(&request.uri().to_string()).ok().map(|url| url.origin())
}
