//! The token endpoint.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::answer::Answer;
use crate::endpoints::reception::DPOP_NONCE;
use crate::grants::{AccessToken, Grant, Issue, Refusal, Terms, Wish};
use crate::record::Recorded;
use crate::script::{AccessTokenFormat, IdTokens, TokenBehaviour, signed};
use crate::secret::{self, half_hash};
use crate::state::{App, Client, Shared, State as Provider};

/// How long an ID token is good, in seconds.
const ID_TOKEN_LIFETIME: u64 = 3600;

pub(crate) async fn token(State(app): State<App>, Extension(request): Extension<Arc<Recorded>>) -> Answer {
    match authenticate(&request, &app.client).and_then(|()| issue(&app, &request)) {
        Ok(issued) => Answer::json(200, body(&app, issued)),
        Err(refusal) => refuse(&refusal),
    }
}

/// A public client names itself; one with a secret proves that it knows it, in one way (RFC 6749, section 2.3).
pub(crate) fn authenticate(request: &Recorded, client: &Client) -> Result<(), Refusal> {
    let named = request.form.get("client_id") == Some(&client.id);
    let good = match (&client.secret, basic(request), request.form.get("client_secret")) {
        (None, None, None) => named,
        (Some(secret), Some((id, password)), None) => id == client.id && password == *secret,
        (Some(secret), None, Some(password)) => named && password == secret,
        _ => false,
    };
    if good { Ok(()) } else { Err(Refusal::new("invalid_client", "who are you?")) }
}

pub(crate) fn refuse(refusal: &Refusal) -> Answer {
    let status = if refusal.error == "invalid_client" { 401 } else { 400 };
    let answer =
        Answer::json(status, json!({ "error": refusal.error, "error_description": refusal.description }));
    match &refusal.nonce {
        Some(nonce) => answer.header(DPOP_NONCE, nonce),
        None => answer,
    }
}

struct Issued {
    grant: Grant,
    issue: Issue,
    behaviour: TokenBehaviour,
    /// Whether the answer is to a code: only then the nonce belongs into the ID token.
    first: bool,
}

fn issue(app: &Shared, request: &Recorded) -> Result<Issued, Refusal> {
    let form = &request.form;
    let mut state = app.state();
    state.issued.code_verifiers.extend(form.get("code_verifier").map(str::to_owned));
    if let Some(error) = state.token.refuses_repeating {
        return Err(Refusal::new(error, format!("not good: {}", String::from_utf8_lossy(&request.body))));
    }
    let now = state.clock.now();
    let jkt = state.dpop.of_client(request, now)?;
    let Provider { token: behaviour, grants, keys, issued, .. } = &mut *state;
    let mint = |token: &AccessToken| match behaviour.format {
        AccessTokenFormat::Opaque => secret::random(secret::ACCESS_TOKEN),
        AccessTokenFormat::Jwt => signed("at+jwt", &access_token_claims(app, token, now), keys),
    };
    let terms = Terms {
        rotation: behaviour.rotation,
        refresh_tokens: behaviour.refresh_tokens,
        scope: behaviour.scope.clone(),
        audience: behaviour.audience.clone(),
        refused_audiences: &behaviour.refused_audiences,
        expires_at: now.saturating_add(behaviour.lifetime()),
        jkt,
        binds_refresh_tokens: app.client.secret.is_none(),
        mint: &mint,
    };
    let wish = Wish {
        scope: form.get("scope").map(str::to_owned),
        resources: if behaviour.ignores_resources { Vec::new() } else { form.all("resource") },
        audiences: form.all("audience"),
    };
    let needed = |name| form.get(name).ok_or_else(|| Refusal::new("invalid_request", name));
    let first = needed("grant_type")? == "authorization_code";
    let (grant, issue) = match needed("grant_type")? {
        "authorization_code" => {
            let verifier = needed("code_verifier")?;
            grants.exchange(needed("code")?, needed("redirect_uri")?, verifier, &wish, &terms)?
        }
        "refresh_token" => grants.refresh(needed("refresh_token")?, &wish, &terms)?,
        _ => {
            return Err(Refusal::new("unsupported_grant_type", "a code or a refresh token"));
        }
    };
    issued.access_tokens.push(issue.access_token.clone());
    issued.refresh_tokens.extend(issue.refresh_token.clone());
    Ok(Issued { grant, issue, behaviour: behaviour.clone(), first })
}

/// Outside the state's lock, as the test's edits run here.
fn body(app: &Shared, issued: Issued) -> Value {
    let Issued { grant, issue, behaviour, first } = issued;
    let mut body = json!({
        "access_token": issue.access_token,
        "token_type": behaviour.token_type.as_deref().unwrap_or(if issue.bound { "DPoP" } else { "Bearer" }),
        "scope": issue.scope,
    });
    if let Some(expires_in) = behaviour.expires_in {
        body["expires_in"] = expires_in;
    }
    if let Some(refresh_token) = issue.refresh_token {
        body["refresh_token"] = json!(refresh_token);
    }
    if behaviour.id_tokens == IdTokens::Always || (first && behaviour.id_tokens == IdTokens::CodeOnly) {
        body["id_token"] = json!(id_token(app, &grant, &issue.access_token, first));
    }
    behaviour.edits.apply(body)
}

fn id_token(app: &Shared, grant: &Grant, access_token: &str, first: bool) -> String {
    let (behaviour, keys, now) = {
        let state = app.state();
        (state.id_token.clone(), state.keys.clone(), state.clock.now())
    };
    let mut claims = Value::Object(grant.person.claims());
    claims["iss"] = json!(app.issuer);
    claims["aud"] = json!(app.client.id);
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + ID_TOKEN_LIFETIME);
    claims["auth_time"] = json!(grant.auth_time);
    claims["at_hash"] = json!(half_hash(access_token));
    // A refreshed ID token should have none (OpenID Connect Core, section 12.2).
    if let Some(nonce) = grant.nonce.as_ref().filter(|_| first) {
        claims["nonce"] = json!(nonce);
    }
    let id_token = behaviour.sign(claims, &keys);
    app.state().issued.id_tokens.push(id_token.clone());
    id_token
}

/// RFC 9068, section 2.2.
fn access_token_claims(app: &Shared, token: &AccessToken, now: u64) -> Value {
    let mut claims = json!({
        "iss": app.issuer,
        "sub": token.person.sub,
        "name": token.person.name,
        "client_id": app.client.id,
        "aud": token.audience,
        "scope": token.scope,
        "iat": now,
        "exp": token.expires_at,
        "jti": secret::random("fake-jti-"),
    });
    // RFC 9449, section 6.1.
    if let Some(jkt) = &token.jkt {
        claims["cnf"] = json!({ "jkt": jkt });
    }
    claims
}

/// RFC 6749, section 2.3.1: both halves are form-encoded before they are put together.
fn basic(request: &Recorded) -> Option<(String, String)> {
    let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}
