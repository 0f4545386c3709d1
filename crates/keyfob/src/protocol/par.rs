//! Pushed authorization requests (RFC 9126): the request goes to the provider first, and the browser carries a name of
//! it.

use std::time::SystemTime;

use http::{Request, Response, StatusCode};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::{
    discovery::{ClientEndpoint, ProviderMetadata},
    token,
};
use crate::{config::Config, endpoint::EndpointUrl, error::TokenError};

/// Pushes an authorization request: what its URL would have carried stands in the form (section 2.1).
pub(crate) fn request(
    endpoint: &ClientEndpoint,
    config: &Config,
    metadata: &ProviderMetadata,
    authorization_url: &EndpointUrl,
) -> Request<Vec<u8>> {
    // What the endpoint's own URL brings is the provider's, and comes first.
    let own = metadata.authorization_endpoint.as_url().query_pairs().count();
    let parameters = authorization_url.as_url().query_pairs().skip(own);
    let mut form = Serializer::new(String::new());
    // Who asks is said once, and by whatever proves it.
    form.extend_pairs(parameters.filter(|(name, _)| name != "client_id"));
    super::client_form(&endpoint.url, config, &endpoint.auth_methods, form)
}

#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

/// Judges the answer, and gives the URL for the browser (sections 2.2 and 4). It is good once, and not for long: who
/// opens the browser again pushes again.
pub(crate) fn authorization_url(
    response: &Response<Vec<u8>>,
    config: &Config,
    metadata: &ProviderMetadata,
    now: SystemTime,
) -> Result<EndpointUrl, TokenError> {
    // 201 by the letter; some say 200.
    if !matches!(response.status(), StatusCode::CREATED | StatusCode::OK) {
        return Err(token::refusal(response, now));
    }
    let pushed: Option<Pushed> = serde_json::from_slice(response.body()).ok();
    let pushed = pushed.filter(|pushed| !pushed.request_uri.is_empty());
    let pushed = pushed.ok_or(TokenError::Invalid("it doesn't name the pushed request"))?;
    let mut url = metadata.authorization_endpoint.as_url().clone();
    url.query_pairs_mut()
        .append_pair("client_id", &config.client_id)
        .append_pair("request_uri", &pushed.request_uri);
    EndpointUrl::parse(url.as_str()).map_err(|_| TokenError::Invalid("no URL can be made of it"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;
    use url::form_urlencoded;

    use super::*;
    use crate::{
        error::{ErrorCode, Failure},
        protocol::discovery::tests::{document, judge},
    };

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn scene(secret: Option<&str>) -> Result<(Config, ProviderMetadata), Box<dyn std::error::Error>> {
        let config = json!({ "issuer": "https://id.example", "clientId": "app", "clientSecret": secret });
        let mut document = document();
        document["authorization_endpoint"] = json!("https://id.example/authorize?policy=p");
        document["pushed_authorization_request_endpoint"] = json!("https://id.example/par");
        document["require_pushed_authorization_requests"] = json!(true);
        Ok((Config::from_json(config)?, judge(&document)?))
    }

    #[test]
    fn s_75_what_the_url_would_carry_is_pushed_and_the_client_named_once() -> Outcome {
        let url =
            EndpointUrl::parse("https://id.example/authorize?policy=p&client_id=app&scope=openid+a&state=s")?;
        for (secret, names_itself) in [(None, true), (Some("secret"), false)] {
            let (config, metadata) = scene(secret)?;
            let endpoint = metadata.pushed_authorization.as_ref().ok_or("an endpoint")?;
            let request = request(endpoint, &config, &metadata, &url);
            assert_eq!(
                (request.method().as_str(), request.uri().to_string().as_str()),
                ("POST", "https://id.example/par")
            );
            let form: Vec<_> = form_urlencoded::parse(request.body()).collect();
            let fields: HashMap<_, _> = form.iter().cloned().collect();
            assert_eq!(form.len(), fields.len());
            assert_eq!((&*fields["scope"], &*fields["state"]), ("openid a", "s"));
            assert_eq!(fields.contains_key("client_id"), names_itself);
            assert_eq!(request.headers().contains_key("authorization"), !names_itself);
            assert!(!fields.contains_key("policy") && !fields.contains_key("request_uri"));
        }
        Ok(())
    }

    #[test]
    fn s_76_the_browser_carries_the_client_and_the_name_of_the_request_and_no_more() -> Outcome {
        let (config, metadata) = scene(None)?;
        let body = json!({ "request_uri": "urn:ietf:params:oauth:request_uri:a b", "expires_in": 60 });
        let response = Response::builder().status(201).body(body.to_string().into_bytes())?;
        let url = authorization_url(&response, &config, &metadata, SystemTime::now())?;
        assert_eq!(
            url.as_str(),
            "https://id.example/authorize?policy=p&client_id=app&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Aa+b"
        );
        Ok(())
    }

    #[test]
    fn s_78_every_refusal_has_its_code() -> Outcome {
        let (config, metadata) = scene(None)?;
        for (status, body, code) in [
            (400, r#"{"error":"invalid_request"}"#, ErrorCode::TokenRequestFailed),
            (400, r#"{"error":"invalid_redirect_uri"}"#, ErrorCode::TokenRequestFailed),
            (405, "", ErrorCode::ProviderUnreachable),
            (413, "", ErrorCode::ProviderUnreachable),
            (429, r#"{"error":"slow_down"}"#, ErrorCode::ProviderUnreachable),
            (503, "", ErrorCode::ProviderUnreachable),
            (302, "", ErrorCode::ProviderUnreachable),
            (201, "{}", ErrorCode::InvalidTokenResponse),
            (201, r#"{"request_uri":""}"#, ErrorCode::InvalidTokenResponse),
            (201, r#"{"request_uri":7}"#, ErrorCode::InvalidTokenResponse),
            (201, "<html>", ErrorCode::InvalidTokenResponse),
        ] {
            let response = Response::builder().status(status).body(body.as_bytes().to_vec())?;
            let refused = authorization_url(&response, &config, &metadata, SystemTime::now());
            assert_eq!(refused.map_err(|error| error.code()).err(), Some(code), "{status} {body}");
        }
        Ok(())
    }
}
