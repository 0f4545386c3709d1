//! The authorization endpoint. Its person decides at once; a request that a good client doesn't send is refused
//! with a page that says why.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use url::Url;

use crate::answer::Answer;
use crate::grants::{Binding, Grant};
use crate::record::{Parameters, Recorded};
use crate::script::Proofs;
use crate::state::{App, Client, Shared};

/// A header in which a test's browser names the error with which it wants to be sent back.
pub(crate) const ERROR: &str = "fake-provider-error";

pub(crate) async fn authorize(
    State(app): State<App>,
    Extension(request): Extension<Arc<Recorded>>,
) -> Answer {
    let asked = match asked(&app, &request.query) {
        Ok(asked) => asked,
        Err(reason) => return Answer::text(400, "text/plain", reason),
    };
    let (mut redirect_uri, state) = match check(&asked.parameters, &app.client) {
        Ok(checked) => checked,
        Err(reason) => return Answer::text(400, "text/plain", reason),
    };
    match request.header(ERROR) {
        Some(error) => redirect_uri.query_pairs_mut().append_pair("error", error),
        None => redirect_uri.query_pairs_mut().append_pair("code", &grant(&app, &asked)),
    };
    redirect_uri.query_pairs_mut().append_pair("state", state).append_pair("iss", &app.issuer);
    Answer::status(303).header("location", redirect_uri.as_str())
}

/// What is asked for, and the thumbprint of the key that the code is bound to.
struct Asked {
    parameters: Parameters,
    jkt: Option<String>,
}

/// A request that was pushed takes nothing from the browser but its name and the client's (RFC 9126, section 4).
fn asked(app: &Shared, query: &Parameters) -> Result<Asked, String> {
    let mut state = app.state();
    let Some(request_uri) = query.get("request_uri").filter(|_| state.par.offered) else {
        if state.par.required {
            return Err("requests have to be pushed".to_owned());
        }
        let jkt = query.get("dpop_jkt").map(str::to_owned);
        return Ok(Asked { parameters: query.clone(), jkt });
    };
    if let Some((name, _)) = query.0.iter().find(|(name, _)| name != "request_uri" && name != "client_id") {
        return Err(format!("{name} beside a request_uri"));
    }
    if query.get("client_id") != Some(&app.client.id) {
        return Err("client_id isn't that of the pushed request".to_owned());
    }
    let now = state.clock.now();
    let pushed = state.pushed.take(request_uri, now)?;
    let jkt = pushed.jkt.or_else(|| pushed.parameters.get("dpop_jkt").map(str::to_owned));
    Ok(Asked { parameters: pushed.parameters, jkt })
}

/// Where to send the person back to, and the state.
pub(crate) fn check<'a>(query: &'a Parameters, client: &Client) -> Result<(Url, &'a str), String> {
    let needed = |name: &str| query.get(name).filter(|value| !value.is_empty()).ok_or(format!("no {name}"));
    let equal = |name: &str, value: &str| {
        let found = needed(name)?;
        if found == value { Ok(()) } else { Err(format!("{name} is {found} instead of {value}")) }
    };
    if let Some((name, _)) = query.0.iter().find(|(name, _)| name != "resource" && query.all(name).len() > 1)
    {
        return Err(format!("{name} more than once"));
    }
    equal("client_id", &client.id)?;
    equal("response_type", "code")?;
    equal("code_challenge_method", "S256")?;
    // 43 characters are the 256 bits of a SHA-256 digest.
    if needed("code_challenge")?.len() != 43 {
        return Err("code_challenge is no S256 challenge".to_owned());
    }
    needed("nonce")?;
    if !needed("scope")?.split(' ').any(|scope| scope == "openid") {
        return Err("no openid among the scopes".to_owned());
    }
    if let Some(resource) = query.all("resource").iter().find(|each| !is_resource(each)) {
        return Err(format!("{resource} is no absolute URI without a fragment"));
    }
    let redirect_uri = needed("redirect_uri")?;
    if !client.redirect_uris.iter().any(|registered| matches(registered, redirect_uri)) {
        return Err(format!("the redirect URI {redirect_uri} is not registered"));
    }
    let redirect_uri = Url::parse(redirect_uri).map_err(|error| error.to_string())?;
    Ok((redirect_uri, needed("state")?))
}

/// Exactly equal, but for the port of a loopback address (RFC 8252, section 7.3), or of its name, as Entra has it.
fn matches(registered: &str, redirect_uri: &str) -> bool {
    if registered == redirect_uri {
        return true;
    }
    let (Ok(registered), Ok(mut redirect_uri)) = (Url::parse(registered), Url::parse(redirect_uri)) else {
        return false;
    };
    let loopback = matches!(registered.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
        && registered.port().is_none();
    loopback && redirect_uri.set_port(None).is_ok() && registered == redirect_uri
}

/// RFC 8707, section 2.
fn is_resource(resource: &str) -> bool {
    Url::parse(resource).is_ok_and(|url| url.fragment().is_none())
}

fn grant(app: &Shared, asked: &Asked) -> String {
    let query = &asked.parameters;
    let parameter = |name| query.get(name).unwrap_or_default().to_owned();
    let mut state = app.state();
    let binding = Binding {
        redirect_uri: parameter("redirect_uri"),
        code_challenge: parameter("code_challenge"),
        jkt: asked.jkt.clone().filter(|_| state.dpop.behaviour.proofs != Proofs::Ignored),
    };
    let grant = Grant {
        person: state.person.clone(),
        scope: parameter("scope"),
        resources: [query.all("resource"), query.all("audience")].concat(),
        nonce: query.get("nonce").map(str::to_owned),
        auth_time: state.clock.now(),
    };
    let code = state.grants.add_code(binding, grant);
    state.issued.codes.push(code.clone());
    code
}
