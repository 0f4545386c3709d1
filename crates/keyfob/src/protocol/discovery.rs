//! Provider metadata (OpenID Connect Discovery 1.0).

use http::{Request, Response, StatusCode};
use serde::Deserialize;

use super::dpop;
use crate::{
    config::{Config, IssuerTemplate},
    endpoint::{EndpointUrl, IssuerUrl},
    error::DiscoveryError,
};

/// The part of a provider's metadata that Keyfob uses, judged.
#[derive(Clone, Debug)]
pub(crate) struct ProviderMetadata {
    pub(crate) issuer: String,
    pub(crate) issuer_template: Option<IssuerTemplate>,
    pub(crate) authorization_endpoint: EndpointUrl,
    pub(crate) token_endpoint: EndpointUrl,
    pub(crate) jwks_uri: EndpointUrl,
    pub(crate) userinfo_endpoint: Option<EndpointUrl>,
    /// Where authorization requests are pushed to, if they are.
    pub(crate) pushed_authorization: Option<ClientEndpoint>,
    pub(crate) revocation_endpoint: Option<ClientEndpoint>,
    pub(crate) end_session_endpoint: Option<EndpointUrl>,
    pub(crate) scopes_supported: Option<Vec<String>>,
    pub(crate) prompt_values_supported: Option<Vec<String>>,
    pub(crate) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    pub(crate) id_token_signing_alg_values_supported: Option<Vec<String>>,
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

/// Where a client names itself, besides the token endpoint.
#[derive(Clone, Debug)]
pub(crate) struct ClientEndpoint {
    pub(crate) url: EndpointUrl,
    /// How a client with a secret proves itself there: as at the token endpoint, where nothing else is said.
    pub(crate) auth_methods: Vec<String>,
}

/// A provider's metadata as it stands in its document: nothing of it is judged.
#[derive(Deserialize)]
pub(crate) struct Document {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    jwks_uri: Option<String>,
    userinfo_endpoint: Option<String>,
    pub(crate) pushed_authorization_request_endpoint: Option<String>,
    require_pushed_authorization_requests: Option<bool>,
    pub(crate) dpop_signing_alg_values_supported: Option<Vec<String>>,
    revocation_endpoint: Option<String>,
    revocation_endpoint_auth_methods_supported: Option<Vec<String>>,
    end_session_endpoint: Option<String>,
    pub(crate) scopes_supported: Option<Vec<String>>,
    pub(crate) response_types_supported: Option<Vec<String>>,
    pub(crate) grant_types_supported: Option<Vec<String>>,
    prompt_values_supported: Option<Vec<String>>,
    pub(crate) code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
    /// RFC 9728 section 4.
    pub(crate) protected_resources: Option<Vec<String>>,
}

/// The request for the metadata: the issuer with the well-known path appended (Discovery section 4.1).
pub(crate) fn request(issuer: &IssuerUrl) -> Result<Request<Vec<u8>>, DiscoveryError> {
    let url = format!("{}/.well-known/openid-configuration", issuer.as_str().trim_end_matches('/'));
    Ok(super::get_json(&endpoint("issuer", &url)?))
}

/// Judges the metadata (Discovery section 4.3).
pub(crate) fn parse(
    response: &Response<Vec<u8>>,
    config: &Config,
) -> Result<ProviderMetadata, DiscoveryError> {
    let document = read(response)?;
    document.is_of_issuer(config)?;
    document.offers_code_flow()?;
    document.offers_s256()?;
    document.offers_proofs(config)?;
    document.offers_pushed_requests(config)?;
    document.metadata(config)
}

/// Reads the metadata, and judges nothing of it.
pub(crate) fn read(response: &Response<Vec<u8>>) -> Result<Document, DiscoveryError> {
    if response.status() != StatusCode::OK {
        return Err(DiscoveryError::Status(response.status().as_u16()));
    }
    serde_json::from_slice(response.body())
        .map_err(|_| DiscoveryError::Invalid("it is not the JSON document that it should be"))
}

impl Document {
    pub(crate) fn is_of_issuer(&self, config: &Config) -> Result<(), DiscoveryError> {
        let expected = config.issuer_template.as_ref().map_or(config.issuer.as_str(), IssuerTemplate::as_str);
        if self.issuer == expected { Ok(()) } else { Err(DiscoveryError::IssuerMismatch) }
    }

    pub(crate) fn offers_code_flow(&self) -> Result<(), DiscoveryError> {
        unless(
            lacks(self.response_types_supported.as_ref(), "code"),
            "it doesn't offer the authorization code flow",
        )
    }

    /// RFC 7636 section 7.2: never fall back to `plain`.
    pub(crate) fn offers_s256(&self) -> Result<(), DiscoveryError> {
        unless(
            lacks(self.code_challenge_methods_supported.as_ref(), "S256"),
            "it doesn't offer PKCE with S256",
        )
    }

    pub(crate) fn offers_proofs(&self, config: &Config) -> Result<(), DiscoveryError> {
        unless(
            config.dpop && lacks(self.dpop_signing_alg_values_supported.as_ref(), dpop::ALGORITHM),
            "it doesn't offer DPoP with ES256",
        )
    }

    pub(crate) fn offers_pushed_requests(&self, config: &Config) -> Result<(), DiscoveryError> {
        unless(
            self.wants_pushed_requests(config) && self.pushed_authorization_request_endpoint.is_none(),
            "it has no endpoint for pushed authorization requests",
        )
    }

    /// Whether the provider, or else the configuration, wants requests to be pushed.
    pub(crate) fn wants_pushed_requests(&self, config: &Config) -> bool {
        self.require_pushed_authorization_requests.unwrap_or(false) || config.pushed_authorization_requests
    }

    /// What is used of it, once all else has been judged.
    pub(crate) fn metadata(self, config: &Config) -> Result<ProviderMetadata, DiscoveryError> {
        let issuer = &config.issuer;
        let auth_methods = self.token_endpoint_auth_methods_supported.clone().unwrap_or_default();
        let revocation_methods =
            self.revocation_endpoint_auth_methods_supported.clone().unwrap_or_else(|| auth_methods.clone());
        let pushed = self.wants_pushed_requests(config);
        let push_to = self.pushed_authorization_request_endpoint.filter(|_| pushed);
        Ok(ProviderMetadata {
            issuer: self.issuer,
            issuer_template: config.issuer_template.clone(),
            authorization_endpoint: required(issuer, "authorization_endpoint", self.authorization_endpoint)?,
            token_endpoint: required(issuer, "token_endpoint", self.token_endpoint)?,
            jwks_uri: required(issuer, "jwks_uri", self.jwks_uri)?,
            userinfo_endpoint: optional(issuer, "userinfo_endpoint", self.userinfo_endpoint)?,
            pushed_authorization: optional(issuer, "pushed_authorization_request_endpoint", push_to)?
                .map(|url| ClientEndpoint { url, auth_methods }),
            revocation_endpoint: optional(issuer, "revocation_endpoint", self.revocation_endpoint)?
                .map(|url| ClientEndpoint { url, auth_methods: revocation_methods }),
            end_session_endpoint: optional(issuer, "end_session_endpoint", self.end_session_endpoint)?,
            scopes_supported: self.scopes_supported,
            prompt_values_supported: self.prompt_values_supported,
            token_endpoint_auth_methods_supported: self.token_endpoint_auth_methods_supported,
            id_token_signing_alg_values_supported: self.id_token_signing_alg_values_supported,
            authorization_response_iss_parameter_supported: self
                .authorization_response_iss_parameter_supported
                .unwrap_or(false),
        })
    }
}

fn unless(is_bad: bool, reason: &'static str) -> Result<(), DiscoveryError> {
    if is_bad { Err(DiscoveryError::Invalid(reason)) } else { Ok(()) }
}

/// A list that is there and does not hold the value; an absent list says nothing.
fn lacks(list: Option<&Vec<String>>, value: &str) -> bool {
    list.is_some_and(|list| !list.iter().any(|entry| entry == value))
}

fn required(
    issuer: &IssuerUrl,
    field: &'static str,
    url: Option<String>,
) -> Result<EndpointUrl, DiscoveryError> {
    optional(issuer, field, url)?.ok_or(DiscoveryError::Invalid("it lacks an endpoint that sign-in needs"))
}

fn optional(
    issuer: &IssuerUrl,
    field: &'static str,
    url: Option<String>,
) -> Result<Option<EndpointUrl>, DiscoveryError> {
    let Some(url) = url else { return Ok(None) };
    let url = endpoint(field, &url)?;
    // Or whatever listens on the person's machine would get requests, with codes and refresh tokens in the clear.
    if url.is_loopback() && !issuer.is_loopback() {
        return Err(DiscoveryError::Invalid("it names an endpoint on this machine"));
    }
    Ok(Some(url))
}

fn endpoint(field: &'static str, url: &str) -> Result<EndpointUrl, DiscoveryError> {
    EndpointUrl::parse(url).map_err(|reason| DiscoveryError::Url { field, reason })
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;

    pub(crate) fn document() -> Value {
        json!({
            "issuer": "https://id.example",
            "authorization_endpoint": "https://id.example/authorize",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/jwks",
            "code_challenge_methods_supported": ["plain", "S256"],
        })
    }

    pub(crate) fn judge(document: &Value) -> Result<ProviderMetadata, DiscoveryError> {
        let config = Config::from_json(json!({ "issuer": "https://id.example", "clientId": "app" }))
            .map_err(|_| DiscoveryError::Invalid("configuration"))?;
        parse(&Response::new(document.to_string().into_bytes()), &config)
    }

    fn with(key: &str, value: Value) -> Result<ProviderMetadata, DiscoveryError> {
        let mut document = document();
        document[key] = value;
        judge(&document)
    }

    #[test]
    fn s_58_the_issuer_is_compared_to_the_letter() {
        assert!(judge(&document()).is_ok());
        for other in ["https://id.example/", "https://ID.example", "https://id.example:443"] {
            assert!(matches!(with("issuer", json!(other)), Err(DiscoveryError::IssuerMismatch)), "{other}");
        }
    }

    #[test]
    fn s_59_the_well_known_path_is_appended_to_the_issuers_own() -> Result<(), Box<dyn std::error::Error>> {
        for issuer in ["https://id.example/tenant", "https://id.example/tenant/"] {
            let request = request(&IssuerUrl::parse(issuer)?)?;
            assert_eq!(request.uri(), "https://id.example/tenant/.well-known/openid-configuration");
        }
        Ok(())
    }

    #[test]
    fn s_77_requests_are_pushed_where_the_provider_or_the_configuration_wants_it() {
        let at = |settings: &Value, field: &str, value: Value| {
            let mut document = document();
            document[field] = value;
            let mut config = json!({ "issuer": "https://id.example", "clientId": "app" });
            for (key, entry) in settings.as_object().into_iter().flatten() {
                config[key] = entry.clone();
            }
            let config = Config::from_json(config).expect("a configuration");
            parse(&Response::new(document.to_string().into_bytes()), &config)
                .map(|metadata| metadata.pushed_authorization.is_some())
        };
        let endpoint = "pushed_authorization_request_endpoint";
        let pushes = json!({ "pushedAuthorizationRequests": true });
        let url = json!("https://id.example/par");
        assert!(matches!(at(&pushes, endpoint, url.clone()), Ok(true)));
        assert!(matches!(at(&json!({}), endpoint, url), Ok(false)));
        assert!(matches!(at(&pushes, endpoint, Value::Null), Err(DiscoveryError::Invalid(_))));
        let requires = at(&json!({}), "require_pushed_authorization_requests", json!(true));
        assert!(matches!(requires, Err(DiscoveryError::Invalid(_))));
    }

    #[test]
    fn what_is_null_is_not_said() {
        for field in
            ["require_pushed_authorization_requests", "authorization_response_iss_parameter_supported"]
        {
            assert!(with(field, Value::Null).is_ok(), "{field}");
        }
    }

    #[test]
    fn s_4_a_provider_without_s256_is_refused() {
        let only_plain = with("code_challenge_methods_supported", json!(["plain"]));
        assert!(matches!(only_plain, Err(DiscoveryError::Invalid(_))));
    }

    #[test]
    fn s_60_an_endpoint_that_may_not_be_opened_is_refused() {
        for endpoint in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
            "revocation_endpoint",
            "end_session_endpoint",
        ] {
            for bad in ["http://id.example/x", "file:///etc/passwd", "javascript:alert(1)", "calc.exe"] {
                let judged = with(endpoint, json!(bad));
                assert!(
                    matches!(judged, Err(DiscoveryError::Url { field, .. }) if field == endpoint),
                    "{endpoint} {bad}"
                );
            }
        }
    }

    #[test]
    fn s_60_only_a_provider_on_this_machine_has_endpoints_on_it() {
        let at = |origin: &str, endpoint: &str| {
            let mut document = document();
            document["issuer"] = json!(origin);
            document["token_endpoint"] = json!(endpoint);
            let config = Config::from_json(json!({ "issuer": origin, "clientId": "app" }));
            parse(&Response::new(document.to_string().into_bytes()), &config.expect("a configuration"))
        };
        for endpoint in ["http://127.0.0.1:9/token", "http://localhost/token", "https://[::1]/token"] {
            assert!(
                matches!(at("https://id.example", endpoint), Err(DiscoveryError::Invalid(_))),
                "{endpoint}"
            );
            assert!(at("http://127.0.0.1:9", endpoint).is_ok(), "{endpoint}");
        }
    }

    #[test]
    fn s_66_who_binds_tokens_needs_a_provider_that_takes_es256_and_nobody_else_does() {
        let judged = |dpop: bool, listed: Value| {
            let mut document = document();
            document["dpop_signing_alg_values_supported"] = listed;
            let config = json!({ "issuer": "https://id.example", "clientId": "app", "dpop": dpop });
            let config = Config::from_json(config).expect("a configuration");
            parse(&Response::new(document.to_string().into_bytes()), &config).is_ok()
        };
        assert!(judged(true, json!(["ES256"])) && judged(true, Value::Null));
        assert!(judged(false, json!(["RS256"])));
        assert!(!judged(true, json!(["RS256"])));
    }

    #[test]
    fn what_is_no_metadata_is_refused() {
        let config_error = judge(&json!("<html>"));
        assert!(matches!(config_error, Err(DiscoveryError::Invalid(_))));
        assert!(matches!(with("token_endpoint", Value::Null), Err(DiscoveryError::Invalid(_))));
        assert!(matches!(
            with("response_types_supported", json!(["token"])),
            Err(DiscoveryError::Invalid(_))
        ));
    }
}
