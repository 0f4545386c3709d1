//! The authorization endpoint. Its person decides at once; a request that a good client doesn't send is refused
//! with a page that says why.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use url::Url;

use crate::answer::Answer;
use crate::grants::{Binding, Grant};
use crate::record::{Parameters, Recorded};
use crate::state::{App, Client, Shared};

/// A header in which a test's browser names the error with which it wants to be sent back.
pub(crate) const ERROR: &str = "fake-provider-error";

pub(crate) async fn authorize(
    State(app): State<App>,
    Extension(request): Extension<Arc<Recorded>>,
) -> Answer {
    let (mut redirect_uri, state) = match check(&request.query, &app.client) {
        Ok(checked) => checked,
        Err(reason) => return Answer::text(400, "text/plain", reason),
    };
    match request.header(ERROR) {
        Some(error) => redirect_uri.query_pairs_mut().append_pair("error", error),
        None => redirect_uri.query_pairs_mut().append_pair("code", &grant(&app, &request.query)),
    };
    redirect_uri.query_pairs_mut().append_pair("state", state).append_pair("iss", &app.issuer);
    Answer::status(303).header("location", redirect_uri.as_str())
}

/// Where to send the person back to, and the state.
fn check<'a>(query: &'a Parameters, client: &Client) -> Result<(Url, &'a str), String> {
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

/// Exactly equal, but for the port of a loopback address (RFC 8252, section 7.3).
fn matches(registered: &str, redirect_uri: &str) -> bool {
    if registered == redirect_uri {
        return true;
    }
    let (Ok(registered), Ok(mut redirect_uri)) = (Url::parse(registered), Url::parse(redirect_uri)) else {
        return false;
    };
    let loopback =
        matches!(registered.host_str(), Some("127.0.0.1" | "[::1]")) && registered.port().is_none();
    loopback && redirect_uri.set_port(None).is_ok() && registered == redirect_uri
}

/// RFC 8707, section 2.
fn is_resource(resource: &str) -> bool {
    Url::parse(resource).is_ok_and(|url| url.fragment().is_none())
}

fn grant(app: &Shared, query: &Parameters) -> String {
    let parameter = |name| query.get(name).unwrap_or_default().to_owned();
    let mut state = app.state();
    let binding =
        Binding { redirect_uri: parameter("redirect_uri"), code_challenge: parameter("code_challenge") };
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
