//! The authorization request and its answer (RFC 6749 section 4.1, RFC 7636, RFC 9207, OpenID Connect Core 3.1.2).

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope, basic::BasicClient};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    discovery::ProviderMetadata,
    dpop::{DpopKey, UnusableKey},
    resource,
};
use crate::{
    clock::unix_seconds,
    config::{Config, DEFAULT_SCOPES, IssuerTemplate, RedirectKind, audience_name, each_is_one_word},
    endpoint::EndpointUrl,
    error::{AuthorizationError, ConfigError, DiscoveryError, OauthError, SignInError},
    sabotage::off,
    secret::{AuthorizationCode, PkceVerifier},
};

/// What a host asks of a sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInOptions {
    /// An API that the session is to serve besides the configured ones. It is named in the request as the configuration
    /// says ([`Config::resource_style`]).
    pub audience: Option<String>,
    /// Scopes beyond the configured ones and those that the person has granted before, separated by spaces.
    pub scope: Option<String>,
    /// `prompt` (OpenID Connect Core section 3.1.2.1); `create` is sign-up.
    pub prompt: Option<String>,
    /// `login_hint`: what the person would type, an address for instance.
    pub login_hint: Option<String>,
    /// `acr_values`, by preference: the sign-in fails unless the provider says that one of them was met (`acr`), which
    /// is what a step-up needs (RFC 9470). Empty means the configured ones, which are a wish.
    pub acr_values: Vec<String>,
    /// `max_age`: how long ago the person may have signed in at the provider; the sign-in fails if it was longer ago, or
    /// the provider doesn't say (`auth_time`). By default as configured.
    pub max_age: Option<Duration>,
    /// `ui_locales`: languages of the provider's pages, by preference (BCP 47). Empty means the configured ones.
    pub ui_locales: Vec<String>,
    /// The [id](crate::Account::id) of the account that has to sign in. Somebody else's answer fails the sign-in and
    /// changes nothing. While somebody is signed in it is theirs by default where more is asked of them: `audience`,
    /// `scope`, `acr_values`, `max_age`.
    pub account: Option<String>,
    /// How the browser comes back this time, of the configured forms ([`Config::redirects`]): where the one that is
    /// preferred has failed the person. By default the first, or the one that stands in for it.
    pub redirect: Option<RedirectKind>,
    /// What else stands in the request, by the parameter's name, in the place of a configured extra parameter of the
    /// same name: of those that [`Config::allowed_parameters`] lists.
    pub params: BTreeMap<String, String>,
}

impl SignInOptions {
    /// Errors: `invalid_argument`, naming the option.
    pub(crate) fn check(&self, config: &Config) -> Result<(), SignInError> {
        let bad = |option: &str, reason| {
            Err(SignInError::InvalidArgument { reason: format!("`{option}` {reason}") })
        };
        for (option, list) in [("acrValues", &self.acr_values), ("uiLocales", &self.ui_locales)] {
            if !each_is_one_word(list) {
                return bad(option, "must hold one value in each entry");
            }
        }
        if self.scope.as_deref().is_some_and(|scope| !is_scope(scope)) {
            return bad("scope", "must hold scopes, separated by spaces (RFC 6749 section 3.3)");
        }
        if let Some(audience) = &self.audience
            && let Err(ConfigError::Invalid { reason }) =
                audience_name("audience", audience, config.resource_style)
        {
            return Err(SignInError::InvalidArgument { reason });
        }
        match self.params.keys().find(|name| !config.allowed_parameters.contains(*name)) {
            Some(name) => bad(&format!("params.{name}"), "is not among the configured `allowedParameters`"),
            None => Ok(()),
        }
    }

    /// Whether the same person is to prove or allow more, rather than somebody to sign in. Where the person is to choose
    /// who they are, or to sign up, they may be another.
    pub(crate) fn steps_up(&self) -> bool {
        let asks_more = !self.acr_values.is_empty()
            || self.max_age.is_some()
            || self.audience.is_some()
            || self.scope.is_some();
        let prompts = self.prompt.as_deref().unwrap_or_default();
        let may_be_another = prompts.split(' ').any(|prompt| matches!(prompt, "select_account" | "create"));
        asks_more && !may_be_another
    }
}

/// One scope or more (RFC 6749 section 3.3).
fn is_scope(scope: &str) -> bool {
    let allowed = |byte| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~');
    scope.bytes().all(allowed) && scope.bytes().any(|byte| byte != b' ')
}

/// Who is asked to sign in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    /// The account's id, where nobody else may answer.
    pub(crate) account: Option<String>,
    pub(crate) email: Option<String>,
    /// What they have granted before, which is asked for again: a new grant takes the place of the old one.
    pub(crate) granted: Granted,
    /// They may be another than the one whom the provider remembers, and are asked.
    pub(crate) chooses: bool,
}

/// What a person has granted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Granted {
    pub(crate) scope: String,
    pub(crate) audiences: Vec<String>,
}

/// An authorization request: where the browser goes, and what its answer will be judged by.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) url: EndpointUrl,
    pub(crate) state: String,
    pub(crate) validation: AuthorizationValidation,
}

/// What an answer is judged by. It stays on this machine: in memory, and in the keychain so that a callback which
/// starts the app can be completed.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationValidation {
    pub(crate) issuer: String,
    /// Where `issuer` is a template, the names that may stand in an answer; the template itself is nobody's.
    pub(crate) tenant_issuers: Vec<String>,
    pub(crate) iss_required: bool,
    pub(crate) redirect_uri: String,
    /// Where the answer has to arrive: the redirect URI, or the deep link that a return page opens.
    pub(crate) arrives_on: String,
    pub(crate) nonce: String,
    pub(crate) pkce_verifier: PkceVerifier,
    /// The key that code and tokens are bound to (RFC 9449 section 10).
    pub(crate) dpop_key: Option<DpopKey>,
    pub(crate) requested_scope: String,
    pub(crate) requested_audiences: Vec<String>,
    pub(crate) authentication: RequestedAuthentication,
    pub(crate) wish: Wish,
}

/// Who has to answer, and what this sign-in is for besides what every one is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// The account's id.
    pub(crate) account: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) scope: Option<String>,
}

/// How the person has to have proved who they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestedAuthentication {
    /// When the browser was sent, in seconds since the epoch: the provider counts `max_age` from then on, and the
    /// person may take their time.
    pub(crate) requested_at: u64,
    /// In seconds.
    pub(crate) max_age: Option<u64>,
    /// One of them, if there are any. Only those that the caller asked for: by `acr_values` alone `acr` is a voluntary
    /// claim (Core section 3.1.2.1), and what is configured stays one; a caller's step-up would be worth nothing so, and
    /// makes it an essential one (section 5.5.1.1).
    pub(crate) acr_values: Vec<String>,
}

/// Builds a request with fresh `state`, `nonce` and PKCE challenge, 32 random bytes each.
pub(crate) fn request(
    config: &Config,
    metadata: &ProviderMetadata,
    redirect_uri: String,
    options: &SignInOptions,
    person: &Person,
    now: SystemTime,
) -> Result<AuthorizationRequest, SignInError> {
    let unusable = |_| DiscoveryError::Invalid("the authorization request can't be built from it");
    let client = BasicClient::new(ClientId::new(config.client_id.clone()))
        .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.as_url().clone()))
        .set_redirect_uri(RedirectUrl::new(redirect_uri.clone()).map_err(unusable)?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let nonce = if off("nonce") { "nonce".to_owned() } else { CsrfToken::new_random_len(32).into_secret() };
    let wish = Wish {
        account: person.account.clone(),
        audience: options.audience.clone(),
        scope: options.scope.clone(),
    };
    let naming = resource::in_authorization(config, &scopes(config, metadata), &wish, &person.granted);
    let scopes = naming.scopes;
    let prompt = options.prompt.clone().or_else(|| person.chooses.then(|| account_prompt(metadata)));
    let mut request = client
        .authorize_url(|| CsrfToken::new_random_len(32))
        .add_scopes(scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(challenge)
        .add_extra_param("nonce", nonce.clone());
    let dpop_key = config.dpop.then(DpopKey::generate).transpose().map_err(|_| SignInError::Internal)?;
    if let Some(key) = &dpop_key {
        request = request.add_extra_param("dpop_jkt", key.thumbprint().to_owned());
    }
    for (name, value) in naming.parameters {
        request = request.add_extra_param(name, value);
    }
    for (name, value) in optional_parameters(config, options, person, prompt) {
        request = request.add_extra_param(name, value);
    }
    let (url, state) = request.url();
    Ok(AuthorizationRequest {
        url: EndpointUrl::parse(url.as_str())
            .map_err(|reason| DiscoveryError::Url { field: "authorization_endpoint", reason })?,
        state: state.into_secret(),
        validation: AuthorizationValidation {
            issuer: metadata.issuer.clone(),
            tenant_issuers: metadata
                .issuer_template
                .as_ref()
                .map(IssuerTemplate::issuers)
                .unwrap_or_default(),
            iss_required: metadata.authorization_response_iss_parameter_supported,
            arrives_on: redirect_uri.clone(),
            redirect_uri,
            nonce,
            pkce_verifier: PkceVerifier::new(verifier.into_secret()),
            dpop_key,
            requested_scope: scopes.join(" "),
            requested_audiences: resource::requested_audiences(config, &wish, &person.granted),
            authentication: RequestedAuthentication {
                requested_at: unix_seconds(now),
                max_age: max_age(config, options),
                acr_values: options.acr_values.clone(),
            },
            wish,
        },
    })
}

fn max_age(config: &Config, options: &SignInOptions) -> Option<u64> {
    options.max_age.or(config.max_age).map(|age| age.as_secs())
}

/// What stands in a request only because somebody wants it there.
fn optional_parameters(
    config: &Config,
    options: &SignInOptions,
    person: &Person,
    prompt: Option<String>,
) -> BTreeMap<String, String> {
    let list = |own: &[String], configured: &[String]| {
        let list = if own.is_empty() { configured } else { own };
        (!list.is_empty()).then(|| list.join(" "))
    };
    let own = [
        ("prompt", prompt),
        ("login_hint", options.login_hint.as_ref().or(person.email.as_ref()).cloned()),
        ("acr_values", list(&options.acr_values, &config.acr_values)),
        ("max_age", max_age(config, options).map(|seconds| seconds.to_string())),
        ("ui_locales", list(&options.ui_locales, &config.ui_locales)),
    ];
    let extra = config.extra_parameters.iter().chain(&options.params);
    extra
        .map(|(name, value)| (name.clone(), value.clone()))
        .chain(own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))))
        .collect()
}

fn scopes(config: &Config, metadata: &ProviderMetadata) -> Vec<String> {
    if let Some(scopes) = &config.scopes {
        return scopes.clone();
    }
    let supported = metadata.scopes_supported.as_ref();
    DEFAULT_SCOPES
        .iter()
        .filter(|&&scope| {
            scope == "openid" || supported.is_none_or(|list| list.iter().any(|entry| entry == scope))
        })
        .map(|&scope| scope.to_owned())
        .collect()
}

/// After a sign-out the person may be another, and the provider's own session must not decide for them.
fn account_prompt(metadata: &ProviderMetadata) -> String {
    let supported = metadata.prompt_values_supported.as_ref();
    if supported.is_none_or(|list| list.iter().any(|prompt| prompt == "select_account")) {
        "select_account".to_owned()
    } else {
        "login".to_owned()
    }
}

/// A URL that somebody says is a callback: hostile until judged.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    url: Url,
}

/// The parameters that have a meaning to us, each allowed once (RFC 6749 section 3.1).
const KNOWN: [&str; 9] =
    ["state", "code", "iss", "error", "error_description", "response", "id_token", "access_token", "token"];

/// Those of flows that were not asked for: JARM, hybrid, implicit.
const UNASKED: [&str; 4] = ["response", "id_token", "access_token", "token"];

impl Callback {
    /// Parses a URL; `None` if it is none, or too long to be a callback.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        const LONGEST: usize = 64 * 1024;
        if url.len() > LONGEST {
            return None;
        }
        Url::parse(url).ok().map(|url| Self { url })
    }

    /// The `state`, if there is exactly one.
    pub(crate) fn state(&self) -> Option<String> {
        self.parameter("state").ok().flatten()
    }

    /// Whether it arrived on the redirect URI of the request, to the letter (RFC 8252 section 8.10), but that KDE and
    /// gio write `scheme:/callback` as `scheme:///callback`.
    pub(crate) fn arrived_on(&self, redirect_uri: &str) -> bool {
        let Ok(expected) = Url::parse(redirect_uri) else {
            return false;
        };
        let place = |url: &Url| {
            (
                url.scheme().to_owned(),
                url.username().to_owned(),
                url.password().map(str::to_owned),
                url.host_str().unwrap_or_default().to_owned(),
                url.port(),
                url.path().to_owned(),
            )
        };
        place(&self.url) == place(&expected)
    }

    /// The same answer on another redirect URI.
    pub(crate) fn moved_to(&self, redirect_uri: &str) -> String {
        format!("{redirect_uri}?{}", self.url.query().unwrap_or_default())
    }

    fn parameter(&self, name: &'static str) -> Result<Option<String>, AuthorizationError> {
        let mut values = self.url.query_pairs().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.into_owned());
        if values.next().is_some() { Err(AuthorizationError::Repeated(name)) } else { Ok(first) }
    }
}

/// The answer to a request, judged.
#[derive(Debug)]
pub(crate) struct AuthorizationResponse {
    pub(crate) code: AuthorizationCode,
    /// Who says so, where it says who.
    pub(crate) issuer: Option<String>,
}

/// Judges the answer to a request whose `state` it carries.
pub(crate) fn judge(
    callback: &Callback,
    validation: &AuthorizationValidation,
) -> Result<AuthorizationResponse, AuthorizationError> {
    for name in KNOWN {
        callback.parameter(name)?;
    }
    // RFC 9207 section 2.4: before anything else in the answer is believed, an error too.
    let issuer = callback.parameter("iss")?;
    let expected = match validation.tenant_issuers.as_slice() {
        [] => std::slice::from_ref(&validation.issuer),
        tenants => tenants,
    };
    let right = issuer.as_ref().map_or(!validation.iss_required, |issuer| expected.contains(issuer));
    if !right {
        return Err(AuthorizationError::IssuerMismatch);
    }
    for name in UNASKED {
        if callback.parameter(name)?.is_some() {
            return Err(AuthorizationError::Unexpected(name));
        }
    }
    let code = callback.parameter("code")?;
    if let Some(error) = callback.parameter("error")? {
        if code.is_some() {
            return Err(AuthorizationError::Unexpected("a code beside an error"));
        }
        let description = callback.parameter("error_description")?;
        return Err(AuthorizationError::Refused(OauthError::new(&error, description.as_deref())));
    }
    let code = code.filter(|code| !code.is_empty()).ok_or(AuthorizationError::NoCode)?;
    Ok(AuthorizationResponse { code: AuthorizationCode::new(code), issuer })
}

/// [`AuthorizationValidation`] as it is kept in the keychain.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredValidation {
    issuer: String,
    #[serde(default)]
    tenant_issuers: Vec<String>,
    iss_required: bool,
    redirect_uri: String,
    /// Where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arrives_on: Option<String>,
    nonce: String,
    pkce_verifier: String,
    #[serde(default)]
    dpop_key: Option<String>,
    requested_scope: String,
    #[serde(default)]
    requested_audiences: Vec<String>,
    #[serde(default)]
    authentication: RequestedAuthentication,
    #[serde(default)]
    wish: Wish,
}

impl From<&AuthorizationValidation> for StoredValidation {
    fn from(validation: &AuthorizationValidation) -> Self {
        Self {
            issuer: validation.issuer.clone(),
            tenant_issuers: validation.tenant_issuers.clone(),
            iss_required: validation.iss_required,
            redirect_uri: validation.redirect_uri.clone(),
            arrives_on: Some(validation.arrives_on.clone()).filter(|uri| *uri != validation.redirect_uri),
            nonce: validation.nonce.clone(),
            pkce_verifier: validation.pkce_verifier.expose().to_owned(),
            dpop_key: validation.dpop_key.as_ref().map(|key| key.kept().to_owned()),
            requested_scope: validation.requested_scope.clone(),
            requested_audiences: validation.requested_audiences.clone(),
            authentication: validation.authentication.clone(),
            wish: validation.wish.clone(),
        }
    }
}

impl TryFrom<StoredValidation> for AuthorizationValidation {
    type Error = UnusableKey;

    fn try_from(stored: StoredValidation) -> Result<Self, UnusableKey> {
        Ok(Self {
            issuer: stored.issuer,
            tenant_issuers: stored.tenant_issuers,
            iss_required: stored.iss_required,
            arrives_on: stored.arrives_on.unwrap_or_else(|| stored.redirect_uri.clone()),
            redirect_uri: stored.redirect_uri,
            nonce: stored.nonce,
            pkce_verifier: PkceVerifier::new(stored.pkce_verifier),
            dpop_key: stored.dpop_key.as_deref().map(DpopKey::restore).transpose()?,
            requested_scope: stored.requested_scope,
            requested_audiences: stored.requested_audiences,
            authentication: stored.authentication,
            wish: stored.wish,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::{HashMap, HashSet};

    use aws_lc_rs::digest;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;
    use crate::protocol::discovery::tests::{document, judge as metadata};

    const REDIRECT: &str = "dev.keyfob.desktop:/callback";

    fn build(config: &Value, options: &SignInOptions, choose_account: bool) -> Option<AuthorizationRequest> {
        let mut value = json!({ "issuer": "https://id.example", "clientId": "app" });
        for (key, entry) in config.as_object()? {
            value[key] = entry.clone();
        }
        let config = Config::from_json(value).ok()?;
        let metadata = metadata(&document()).ok()?;
        let person = Person { chooses: choose_account, ..Person::default() };
        request(&config, &metadata, REDIRECT.to_owned(), options, &person, SystemTime::now()).ok()
    }

    fn query(request: &AuthorizationRequest) -> HashMap<String, String> {
        request.url.as_url().query_pairs().into_owned().collect()
    }

    #[test]
    fn s_3_to_s_16_a_request_carries_what_the_specifications_ask_for() {
        let request = build(&json!({}), &SignInOptions::default(), false).expect("a request");
        let query = query(&request);
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], "app");
        assert_eq!(query["redirect_uri"], REDIRECT);
        assert_eq!(query["scope"], "openid profile email offline_access");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["state"], request.state);
        assert_eq!(query["nonce"], request.validation.nonce);
        assert!(query["state"].len() >= 43 && query["nonce"].len() >= 43);
        let verifier = request.validation.pkce_verifier.expose();
        assert_eq!(verifier.len(), 43);
        assert_eq!(
            query["code_challenge"],
            URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
        );
        assert!(!request.url.as_str().contains(verifier));
        assert!(!query.contains_key("prompt") && !query.contains_key("resource"));
    }

    #[test]
    fn s_14_s_16_what_the_provider_does_not_offer_is_not_asked_for_but_openid_is() {
        let mut document = document();
        document["scopes_supported"] = json!(["email", "phone"]);
        let config = Config::from_json(json!({ "issuer": "https://id.example", "clientId": "app" }));
        let metadata = metadata(&document).expect("metadata");
        assert_eq!(scopes(&config.expect("a configuration"), &metadata), ["openid", "email"]);
    }

    #[test]
    fn s_6_state_nonce_and_challenge_are_never_used_twice() {
        let requests: Vec<_> =
            (0..1000).filter_map(|_| build(&json!({}), &SignInOptions::default(), false)).collect();
        assert_eq!(requests.len(), 1000);
        for parameter in ["state", "nonce", "code_challenge"] {
            let distinct: HashSet<_> =
                requests.iter().map(|request| query(request)[parameter].clone()).collect();
            assert_eq!(distinct.len(), 1000, "{parameter}");
        }
    }

    #[test]
    fn s_79_every_configured_audience_is_a_resource_of_the_request() {
        let config = json!({ "audience": "urn:notes", "resources": [
            { "origin": "https://notes.example", "audience": "urn:notes" },
            { "origin": "https://orders.example", "audience": "urn:orders" },
        ] });
        let request = build(&config, &SignInOptions::default(), false).expect("a request");
        let resources: Vec<_> = request
            .url
            .as_url()
            .query_pairs()
            .filter(|(key, _)| key == "resource")
            .map(|(_, value)| value)
            .collect();
        assert_eq!(resources, ["urn:notes", "urn:orders"]);
    }

    fn with_scope(scope: &str, prompt: Option<&str>) -> SignInOptions {
        SignInOptions {
            scope: Some(scope.to_owned()),
            prompt: prompt.map(str::to_owned),
            ..SignInOptions::default()
        }
    }

    #[test]
    fn a_step_up_is_what_asks_for_more_than_a_session() {
        let acr_values = vec!["phr".to_owned()];
        for (options, steps_up) in [
            (SignInOptions::default(), false),
            (SignInOptions { login_hint: Some("ada".to_owned()), ..SignInOptions::default() }, false),
            (SignInOptions { acr_values, ..SignInOptions::default() }, true),
            (SignInOptions { max_age: Some(Duration::ZERO), ..SignInOptions::default() }, true),
            (SignInOptions { audience: Some("urn:x".to_owned()), ..SignInOptions::default() }, true),
            (with_scope("write", Some("login")), true),
            (with_scope("write", Some("login select_account")), false),
            (with_scope("write", Some("create")), false),
        ] {
            assert_eq!(options.steps_up(), steps_up, "{options:?}");
        }
    }

    #[test]
    fn after_a_sign_out_the_person_chooses_the_account() {
        let ask = |options: &SignInOptions| build(&json!({}), options, true).map(|request| query(&request));
        let asked = ask(&SignInOptions::default()).expect("a request");
        assert_eq!(asked["prompt"], "select_account");
        let own = SignInOptions {
            prompt: Some("create".into()),
            login_hint: Some("ada@example.com".into()),
            ..SignInOptions::default()
        };
        let asked = ask(&own).expect("a request");
        assert_eq!((asked["prompt"].as_str(), asked["login_hint"].as_str()), ("create", "ada@example.com"));
    }

    #[test]
    fn what_is_configured_is_always_asked_for_and_a_caller_may_ask_for_something_else() {
        let config = json!({
            "acrValues": ["silver", "bronze"],
            "maxAge": 3600,
            "uiLocales": ["de-AT", "de"],
            "extraParameters": { "access_type": "offline", "hd": "example.com" },
            "allowedParameters": ["hd", "organization"],
        });
        let asked = |options: &SignInOptions| {
            let query = query(&build(&config, options, false).expect("a request"));
            ["acr_values", "max_age", "ui_locales", "access_type", "hd", "organization"]
                .map(|name| query.get(name).cloned().unwrap_or_default())
        };
        assert_eq!(
            asked(&SignInOptions::default()),
            ["silver bronze", "3600", "de-AT de", "offline", "example.com", ""]
        );
        let own = SignInOptions {
            acr_values: vec!["gold".into()],
            max_age: Some(Duration::ZERO),
            ui_locales: vec!["fr".into()],
            params: [("hd", "other.example"), ("organization", "org 1")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..SignInOptions::default()
        };
        assert_eq!(asked(&own), ["gold", "0", "fr", "offline", "other.example", "org 1"]);
    }

    #[test]
    fn an_option_that_cannot_be_used_is_named() {
        let config = Config::from_json(json!({
            "issuer": "https://id.example", "clientId": "app", "allowedParameters": ["hd"],
        }));
        let config = config.expect("a configuration");
        let parameter = |name: &str| SignInOptions {
            params: [(name.to_owned(), "x".to_owned())].into(),
            ..SignInOptions::default()
        };
        assert_eq!(parameter("hd").check(&config), Ok(()));
        let locales = SignInOptions { ui_locales: vec!["de fr".into()], ..SignInOptions::default() };
        let values = SignInOptions { acr_values: vec![String::new()], ..SignInOptions::default() };
        let with_audience = |audience: &str| SignInOptions {
            audience: Some(audience.to_owned()),
            ..SignInOptions::default()
        };
        for (options, named) in [
            (parameter("HD"), "`params.HD`"),
            (parameter("state"), "`params.state`"),
            (locales, "`uiLocales`"),
            (values, "`acrValues`"),
            (with_scope("", None), "`scope`"),
            (with_scope(" ", None), "`scope`"),
            (with_scope("read\nwrite", None), "`scope`"),
            (with_scope("read \"write\"", None), "`scope`"),
            (with_audience(""), "`audience`"),
            (with_audience("no uri"), "`audience`"),
            (with_audience("https://api.example/#x"), "`audience`"),
        ] {
            match options.check(&config) {
                Err(SignInError::InvalidArgument { reason }) => assert!(reason.contains(named), "{reason}"),
                other => panic!("{named}: {other:?}"),
            }
        }
    }

    pub(crate) fn validation(iss_required: bool) -> AuthorizationValidation {
        AuthorizationValidation {
            issuer: "https://id.example".into(),
            tenant_issuers: Vec::new(),
            iss_required,
            redirect_uri: REDIRECT.into(),
            arrives_on: REDIRECT.into(),
            nonce: "n".into(),
            pkce_verifier: PkceVerifier::new("v"),
            dpop_key: None,
            requested_scope: "openid".into(),
            requested_audiences: Vec::new(),
            authentication: RequestedAuthentication::default(),
            wish: Wish::default(),
        }
    }

    fn answer(query: &str, iss_required: bool) -> Result<AuthorizationCode, AuthorizationError> {
        let callback = Callback::parse(&format!("{REDIRECT}?{query}")).ok_or(AuthorizationError::NoCode)?;
        judge(&callback, &validation(iss_required)).map(|response| response.code)
    }

    #[test]
    fn a_code_is_taken_and_unknown_parameters_are_ignored() {
        let code = answer("code=c1&state=s&session_state=x&scope=y", false).expect("a code");
        assert_eq!(code.expose(), "c1");
    }

    #[test]
    fn s_26_to_s_29_the_issuer_is_checked_on_codes_and_errors_alike() {
        for advertised in [true, false] {
            assert!(answer("code=c&iss=https%3A%2F%2Fid.example", advertised).is_ok());
        }
        for query in [
            "code=c",
            "code=c&iss=https://evil.example",
            "error=access_denied",
            "code=c&iss=https://id.example/",
        ] {
            assert_eq!(answer(query, true).err(), Some(AuthorizationError::IssuerMismatch), "{query}");
        }
        assert_eq!(
            answer("error=x&iss=https://evil.example", false).err(),
            Some(AuthorizationError::IssuerMismatch)
        );
    }

    #[test]
    fn s_26_s_44_of_a_template_an_allowed_tenants_own_issuer_is_right_and_the_template_is_not() {
        let template = "https://id.example/{tenantid}/v2.0";
        let mut document = document();
        document["issuer"] = json!(template);
        document["authorization_response_iss_parameter_supported"] = json!(true);
        let config = Config::from_json(json!({
            "issuer": "https://id.example/common/v2.0",
            "clientId": "app",
            "issuerTemplate": template,
            "allowedTenants": ["t-1", "t-2"],
        }));
        let config = config.expect("a configuration");
        let response = http::Response::new(document.to_string().into_bytes());
        let metadata = crate::protocol::discovery::parse(&response, &config).expect("metadata");
        let options = SignInOptions::default();
        let now = SystemTime::now();
        let request = request(&config, &metadata, REDIRECT.to_owned(), &options, &Person::default(), now);
        let validation = StoredValidation::from(&request.expect("a request").validation);
        let validation = AuthorizationValidation::try_from(validation).expect("a good one");
        let judged = |iss: &str| {
            let callback = Callback::parse(&format!("{REDIRECT}?code=c{iss}")).expect("a URL");
            judge(&callback, &validation).map(|response| response.issuer)
        };
        for tenant in ["t-1", "t-2"] {
            let issuer = format!("https://id.example/{tenant}/v2.0");
            assert_eq!(judged(&format!("&iss={issuer}")), Ok(Some(issuer)));
        }
        for wrong in [
            "",
            "&iss=https://id.example/t-3/v2.0",
            "&iss=https://id.example/%7Btenantid%7D/v2.0",
            "&iss=https://id.example/common/v2.0",
            "&iss=https://id.example/t-1/v2.0/",
        ] {
            assert_eq!(judged(wrong), Err(AuthorizationError::IssuerMismatch), "{wrong}");
        }
    }

    #[test]
    fn s_30_a_repeated_parameter_is_refused() {
        for query in ["code=a&code=b", "code=a&iss=x&iss=x", "error=a&error=b", "code=a&state=s&state=s"] {
            assert!(matches!(answer(query, false), Err(AuthorizationError::Repeated(_))), "{query}");
        }
    }

    #[test]
    fn s_34_answers_of_other_flows_are_refused() {
        for query in [
            "code=a&response=jwt",
            "code=a&id_token=x",
            "code=a&access_token=x",
            "code=a&token=x",
            "code=a&error=b",
        ] {
            assert!(matches!(answer(query, false), Err(AuthorizationError::Unexpected(_))), "{query}");
        }
        for query in ["", "code=", "#code=a&state=s"] {
            assert_eq!(answer(query, false).err(), Some(AuthorizationError::NoCode), "{query}");
        }
    }

    #[test]
    fn s_52_what_was_asked_for_is_kept_and_older_forms_are_read() {
        let options = SignInOptions {
            acr_values: vec!["gold".into()],
            max_age: Some(Duration::from_secs(5)),
            ..SignInOptions::default()
        };
        let request = build(&json!({ "acrValues": ["silver"] }), &options, false).expect("a request");
        let mut stored = json!(StoredValidation::from(&request.validation));
        let restored = |stored: &Value| {
            let stored: StoredValidation = serde_json::from_value(stored.clone()).expect("it can be read");
            AuthorizationValidation::try_from(stored).expect("no key to restore").authentication
        };
        let kept = restored(&stored);
        assert_eq!((kept.max_age, kept.acr_values), (Some(5), vec!["gold".to_owned()]));
        assert_eq!(kept.requested_at, request.validation.authentication.requested_at);
        assert!(kept.requested_at > 1_700_000_000);

        stored.as_object_mut().expect("an object").remove("authentication");
        assert_eq!(restored(&stored).max_age, None);
    }

    #[test]
    fn s_23_redirect_must_match_exactly() {
        let arrived = |url: &str| Callback::parse(url).is_some_and(|callback| callback.arrived_on(REDIRECT));
        assert!(arrived("dev.keyfob.desktop:/callback?code=a"));
        assert!(arrived("dev.keyfob.desktop:///callback?code=a"));
        for other in [
            "dev.keyfob.desktop:/callback/?code=a",
            "dev.keyfob.desktop:/Callback?code=a",
            "dev.keyfob.desktop://callback?code=a",
            "dev.keyfob.desktop://host/callback?code=a",
            "dev.keyfob.desktop:callback?code=a",
            "dev.keyfob.other:/callback?code=a",
            "https://dev.keyfob.desktop/callback?code=a",
        ] {
            assert!(!arrived(other), "{other}");
        }
        let loopback = |url: &str| {
            Callback::parse(url).is_some_and(|callback| callback.arrived_on("http://127.0.0.1:8080/callback"))
        };
        assert!(loopback("http://127.0.0.1:8080/callback?code=a"));
        for other in [
            "http://127.0.0.1:8081/callback",
            "http://localhost:8080/callback",
            "http://u@127.0.0.1:8080/callback",
        ] {
            assert!(!loopback(other), "{other}");
        }
    }

    #[test]
    fn s_8_a_repeated_state_is_no_state() {
        let callback = Callback::parse("dev.keyfob.desktop:/callback?state=a&state=b").expect("a URL");
        assert_eq!(callback.state(), None);
    }

    #[test]
    fn s_32_what_is_no_url_or_endless_is_no_callback() {
        let long = format!("{REDIRECT}?state=s&code={}", "c".repeat(64 * 1024));
        assert!(Callback::parse(&long[..64 * 1024]).is_some());
        for other in [&long, "", "dev.keyfob.desktop", "/callback?code=a&state=s"] {
            assert!(Callback::parse(other).is_none());
        }
    }
}
