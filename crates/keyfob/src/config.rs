//! Configuration, parsed once: what comes out of here needs no further checks.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use http::StatusCode;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;
use url::Url;

use crate::{
    endpoint::{EndpointUrl, IssuerUrl, is_loopback},
    error::ConfigError,
    extra_parameter,
    secret::ClientSecret,
};

/// What is asked for when no scopes are configured, less what the provider doesn't list as supported.
pub(crate) const DEFAULT_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// How Keyfob signs in, and where tokens may go.
///
/// ```
/// let config = keyfob::Config::from_json(serde_json::json!({
///     "issuer": "https://id.example.com",
///     "clientId": "my-desktop-app",
///     "audience": "https://api.example.com",
///     "resources": [{ "origin": "https://api.example.com", "audience": "https://api.example.com" }]
/// }))?;
/// assert_eq!(config.client_id, "my-desktop-app");
/// # Ok::<(), keyfob::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The provider's issuer identifier (OpenID Connect Discovery section 3).
    pub issuer: IssuerUrl,
    /// For providers whose metadata names a template instead of an issuer (Microsoft Entra's `common`).
    pub issuer_template: Option<IssuerTemplate>,
    /// The client identifier (RFC 6749 section 2.2).
    pub client_id: String,
    /// Only for providers that demand one of native apps; it ships with the app and so protects nothing.
    pub client_secret: Option<ClientSecret>,
    /// Scopes to ask for; `None` means the default ones.
    pub scopes: Option<Vec<String>>,
    /// `acr_values` (OpenID Connect Core section 3.1.2.1), by preference: a wish, which the provider may leave
    /// unfulfilled. What has to be fulfilled is asked for by
    /// [`SignInOptions::acr_values`](crate::SignInOptions::acr_values).
    pub acr_values: Vec<String>,
    /// `max_age`: how long ago the person may have signed in at the provider, at a sign-in here.
    pub max_age: Option<Duration>,
    /// `ui_locales`: languages of the provider's pages, by preference (BCP 47).
    pub ui_locales: Vec<String>,
    /// What stands in every authorization request besides, by the parameter's name.
    pub extra_parameters: BTreeMap<String, String>,
    /// Which parameters [`SignInOptions::params`](crate::SignInOptions::params) may add.
    pub allowed_parameters: BTreeSet<String>,
    /// The audience of the sign-in's own access token.
    pub audience: Option<String>,
    /// How requests name an audience.
    pub resource_style: ResourceStyle,
    /// Whether a refresh may ask for more scope than the sign-in was granted.
    pub refresh_scope: RefreshScope,
    /// Which origins get a token, and for which audience. No other origin ever gets one.
    pub resources: Vec<Resource>,
    /// What relative URLs of authenticated requests resolve against.
    pub api_base_url: Option<EndpointUrl>,
    /// Whether tokens are bound to a key that never leaves this machine (RFC 9449). Tokens that aren't are refused then.
    pub dpop: bool,
    /// Whether authorization requests are pushed to the provider first (RFC 9126) even where it doesn't require it.
    pub pushed_authorization_requests: bool,
    /// How the browser may come back: the forms of redirect URI that the provider knows, the one to prefer first. Where
    /// links of the app's scheme don't reach it, a loopback form stands in, if one is listed. None leaves it to the host.
    pub redirects: Vec<RedirectKind>,
    /// The loopback listener's address.
    pub loopback: Loopback,
    /// The page behind which the deep link stands, for [`RedirectKind::ReturnPage`].
    pub return_page: Option<EndpointUrl>,
    /// Where the browser goes after the provider's own session has ended; has to be registered there. Nothing is
    /// concluded from what comes back.
    pub post_logout_redirect_uri: Option<String>,
    /// How the provider is told whose session ends.
    pub end_session_hint: EndSessionHint,
    /// How long before its expiry a token is renewed; never more than a quarter of its lifetime.
    pub token_refresh_buffer: Duration,
    /// When the sign-in's own access token is renewed with nobody asking.
    pub keep_fresh: KeepFresh,
    /// Where the session is kept.
    pub keychain: KeychainPolicy,
    /// Whom to trust besides those whom the operating system trusts; for requests to the provider and to APIs.
    pub extra_roots: Vec<RootCertificate>,
}

/// How requests name the audience that a token is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResourceStyle {
    /// `resource` (RFC 8707).
    #[default]
    Resource,
    /// `audience`, as Auth0 has it.
    Audience,
    /// In front of each scope, as Microsoft Entra ID has it, which refuses `resource`.
    Scope,
}

/// What a refresh may ask for (RFC 6749 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RefreshScope {
    /// At most what the sign-in was granted; who wants more signs in for it.
    Granted,
    /// Anything: for providers whose refresh tokens are for several APIs, each with scopes of its own (Microsoft Entra
    /// ID; Auth0's multi-resource refresh tokens).
    Wider,
}

/// How a logout request names the person (OpenID Connect RP-Initiated Logout section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndSessionHint {
    /// By their email address, as `logout_hint`.
    #[default]
    LogoutHint,
    /// By the ID token, for providers that want one. It stands in the browser's history and in its arguments then. As
    /// `logout_hint` where there is none, after a restart say.
    IdToken,
    /// Not at all.
    None,
}

/// When the sign-in's own access token is renewed with nobody asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeepFresh {
    /// While somebody uses it: see [`Keyfob::keep_fresh`](crate::Keyfob::keep_fresh).
    #[default]
    WhileUsed,
    /// For as long as somebody is signed in: for apps that work unseen, and refresh tokens that die of idleness.
    Always,
    /// On demand alone.
    Never,
}

/// An issuer with `{tenantid}` in it, and the tenants that may be put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerTemplate {
    template: String,
    allowed_tenants: Vec<String>,
}

impl IssuerTemplate {
    /// The template as the provider's metadata writes it.
    pub fn as_str(&self) -> &str {
        &self.template
    }

    /// The issuer of one tenant; `None` for a tenant that is not allowed.
    pub fn issuer_of(&self, tenant: &str) -> Option<String> {
        self.allowed_tenants
            .iter()
            .any(|allowed| allowed == tenant)
            .then(|| self.template.replace("{tenantid}", tenant))
    }

    /// Those of all allowed tenants.
    pub(crate) fn issuers(&self) -> Vec<String> {
        self.allowed_tenants.iter().filter_map(|tenant| self.issuer_of(tenant)).collect()
    }
}

/// An origin (RFC 6454) and the audience whose token it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The origin.
    pub origin: url::Origin,
    /// The audience.
    pub audience: String,
    /// Statuses besides 401 by which the API says that a token has expired; 403 is the classic.
    pub expired_statuses: Vec<StatusCode>,
}

/// How the browser comes back to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RedirectKind {
    /// A private-use scheme (RFC 8252 section 7.1).
    DeepLink,
    /// A listener on the loopback interface (RFC 8252 section 7.3).
    Loopback,
    /// An `https` page of the app's owner, which opens the deep link and says that the tab can be closed.
    ReturnPage,
}

/// Where the loopback listener listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Loopback {
    /// The host as it stands in the redirect URI; `None` is 127.0.0.1, or `[::1]` where there is no IPv4.
    #[serde(default)]
    pub host: Option<LoopbackHost>,
    /// Ports to try in order, for providers that match ports to the letter; empty means any free one.
    #[serde(default)]
    pub ports: Vec<u16>,
}

/// The host of a loopback redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum LoopbackHost {
    /// What RFC 8252 section 8.3 recommends.
    #[serde(rename = "127.0.0.1")]
    Ipv4,
    /// The same for IPv6.
    #[serde(rename = "[::1]")]
    Ipv6,
    /// For providers that take nothing else; the listener is on 127.0.0.1 and on `[::1]`.
    #[serde(rename = "localhost")]
    Name,
}

impl LoopbackHost {
    /// As it stands in a URL.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ipv4 => "127.0.0.1",
            Self::Ipv6 => "[::1]",
            Self::Name => "localhost",
        }
    }
}

/// Where the session is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeychainPolicy {
    /// In the operating system's keychain; without one nobody can sign in.
    #[default]
    Required,
    /// In memory: the session ends with the process, and a callback that starts the app can't complete.
    Memory,
}

/// A root certificate (RFC 5280 section 6.1), an organisation's own say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootCertificate(CertificateDer<'static>);

impl RootCertificate {
    /// All that stand in a PEM text (RFC 7468 section 5), one or a bundle; `None` if one can't be used, or there is none.
    fn parse_pem(text: &str) -> Option<Vec<Self>> {
        let mut roots = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
            let certificate = certificate.ok()?;
            RootCertStore::empty().add(certificate.clone()).ok()?;
            roots.push(Self(certificate));
        }
        (!roots.is_empty()).then_some(roots)
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawConfig {
    issuer: String,
    issuer_template: Option<String>,
    #[serde(default)]
    allowed_tenants: Vec<String>,
    client_id: String,
    client_secret: Option<String>,
    scopes: Option<Vec<String>>,
    #[serde(default)]
    acr_values: Vec<String>,
    max_age: Option<u32>,
    #[serde(default)]
    ui_locales: Vec<String>,
    #[serde(default)]
    extra_parameters: BTreeMap<String, String>,
    #[serde(default)]
    allowed_parameters: BTreeSet<String>,
    audience: Option<String>,
    #[serde(default)]
    resources: Vec<RawResource>,
    api_base_url: Option<String>,
    #[serde(default)]
    dpop: bool,
    #[serde(default)]
    pushed_authorization_requests: bool,
    #[serde(default, deserialize_with = "one_or_more")]
    redirect: Vec<RedirectKind>,
    #[serde(default)]
    loopback: Loopback,
    return_page: Option<String>,
    post_logout_redirect_uri: Option<String>,
    #[serde(default)]
    end_session_hint: EndSessionHint,
    token_refresh_buffer: Option<u32>,
    #[serde(default)]
    resource_style: ResourceStyle,
    refresh_scope: Option<RefreshScope>,
    #[serde(default)]
    keep_fresh: KeepFresh,
    #[serde(default)]
    keychain: KeychainPolicy,
    #[serde(default)]
    extra_roots: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawResource {
    origin: String,
    audience: String,
    #[serde(default)]
    expired_statuses: Vec<u16>,
}

impl Config {
    /// Parses a configuration with camelCase keys.
    ///
    /// Errors: `invalid_configuration`, naming the key.
    pub fn from_json(value: Value) -> Result<Self, ConfigError> {
        let raw: RawConfig = serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            let reason = error.into_inner();
            if path == "." { invalid(reason.to_string()) } else { invalid(format!("`{path}`: {reason}")) }
        })?;
        raw.parse()
    }

    /// Every audience that a token may be asked for, the sign-in's own first.
    pub(crate) fn audiences(&self) -> Vec<&str> {
        let mut audiences: Vec<&str> = Vec::new();
        let bound = self.resources.iter().map(|resource| resource.audience.as_str());
        for audience in self.audience.as_deref().into_iter().chain(bound) {
            if !audiences.contains(&audience) {
                audiences.push(audience);
            }
        }
        audiences
    }
}

impl RawConfig {
    fn parse(self) -> Result<Config, ConfigError> {
        if self.client_id.trim().is_empty() {
            return Err(bad("clientId", "must not be empty"));
        }
        if let Some(scopes) = &self.scopes {
            if !scopes.iter().any(|scope| scope == "openid") {
                return Err(bad("scopes", "must contain `openid`"));
            }
            if !each_is_one_word(scopes) {
                return Err(bad("scopes", "must hold one scope in each entry"));
            }
        }
        for (key, list) in [("acrValues", &self.acr_values), ("uiLocales", &self.ui_locales)] {
            if !each_is_one_word(list) {
                return Err(bad(key, "must hold one value in each entry"));
            }
        }
        let extra = self.extra_parameters.keys().map(|name| ("extraParameters", name));
        let allowed = self.allowed_parameters.iter().map(|name| ("allowedParameters", name));
        for (key, name) in extra.chain(allowed) {
            extra_parameter::check(name).map_err(|error| bad(&format!("{key}.{name}"), error))?;
        }
        Ok(Config {
            issuer: IssuerUrl::parse(&self.issuer).map_err(|error| bad("issuer", error))?,
            issuer_template: issuer_template(self.issuer_template, self.allowed_tenants)?,
            client_id: self.client_id,
            client_secret: self.client_secret.map(ClientSecret::new),
            scopes: self.scopes,
            acr_values: self.acr_values,
            max_age: self.max_age.map(|seconds| Duration::from_secs(seconds.into())),
            ui_locales: self.ui_locales,
            extra_parameters: self.extra_parameters,
            allowed_parameters: self.allowed_parameters,
            audience: self
                .audience
                .map(|audience| audience_name("audience", &audience, self.resource_style))
                .transpose()?,
            resources: self
                .resources
                .into_iter()
                .map(|resource| resource.parse(self.resource_style))
                .collect::<Result<_, _>>()?,
            resource_style: self.resource_style,
            refresh_scope: self.refresh_scope.unwrap_or(match self.resource_style {
                ResourceStyle::Resource | ResourceStyle::Audience => RefreshScope::Granted,
                // Only so does it name any audience but the sign-in's own.
                ResourceStyle::Scope => RefreshScope::Wider,
            }),
            keep_fresh: self.keep_fresh,
            api_base_url: self
                .api_base_url
                .map(|url| EndpointUrl::parse(&url).map_err(|error| bad("apiBaseUrl", error)))
                .transpose()?,
            dpop: self.dpop,
            pushed_authorization_requests: self.pushed_authorization_requests,
            return_page: return_page(self.return_page, &self.redirect)?,
            redirects: self.redirect,
            loopback: self.loopback,
            post_logout_redirect_uri: self
                .post_logout_redirect_uri
                .map(post_logout_redirect_uri)
                .transpose()?,
            end_session_hint: self.end_session_hint,
            token_refresh_buffer: Duration::from_secs(self.token_refresh_buffer.unwrap_or(60).into()),
            keychain: self.keychain,
            extra_roots: extra_roots(&self.extra_roots)?,
        })
    }
}

impl RawResource {
    fn parse(self, style: ResourceStyle) -> Result<Resource, ConfigError> {
        let url = EndpointUrl::parse(&self.origin).map_err(|error| bad("resources.origin", error))?;
        let url = url.as_url();
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(bad("resources.origin", "must be an origin: scheme, host and port, nothing more"));
        }
        Ok(Resource {
            origin: url.origin(),
            audience: audience_name("resources.audience", &self.audience, style)?,
            expired_statuses: self
                .expired_statuses
                .into_iter()
                .map(|status| StatusCode::from_u16(status).ok().filter(StatusCode::is_client_error))
                .collect::<Option<_>>()
                .ok_or_else(|| bad("resources.expiredStatuses", "must hold statuses between 400 and 499"))?,
        })
    }
}

/// Whether a list can be written with spaces between its entries.
pub(crate) fn each_is_one_word(list: &[String]) -> bool {
    list.iter().all(|entry| !entry.is_empty() && !entry.contains(char::is_whitespace))
}

/// RFC 8707 section 2: an absolute URI without a fragment. Other styles have names that are none.
pub(crate) fn audience_name(key: &str, audience: &str, style: ResourceStyle) -> Result<String, ConfigError> {
    if style != ResourceStyle::Resource {
        let usable = !audience.is_empty() && !audience.contains(char::is_whitespace);
        return if usable { Ok(audience.to_owned()) } else { Err(bad(key, "must be a name without spaces")) };
    }
    match Url::parse(audience) {
        Ok(url) if url.fragment().is_none() => Ok(audience.to_owned()),
        _ => Err(bad(key, "must be an absolute URI without a fragment (RFC 8707)")),
    }
}

/// RP-Initiated Logout section 3.1: `http` for native apps only, which means to this machine.
fn post_logout_redirect_uri(uri: String) -> Result<String, ConfigError> {
    let usable = Url::parse(&uri)
        .is_ok_and(|url| url.fragment().is_none() && (url.scheme() != "http" || is_loopback(&url)));
    if usable {
        Ok(uri)
    } else {
        let rule = "must be an absolute URI without a fragment, and `http` on loopback only";
        Err(bad("postLogoutRedirectUri", rule))
    }
}

/// `"loopback"`, or `["deepLink", "loopback"]`.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RedirectKind>, D::Error> {
    let listed = match Value::deserialize(deserializer)? {
        Value::Array(listed) => listed,
        one => vec![one],
    };
    let kinds = listed.into_iter().map(RedirectKind::deserialize).collect::<Result<Vec<_>, _>>();
    let kinds = kinds.map_err(D::Error::custom)?;
    if kinds.is_empty() {
        return Err(D::Error::custom("lists nothing"));
    }
    Ok(kinds)
}

/// Not a loopback address: the page has to be there when the app is not.
fn return_page(url: Option<String>, redirects: &[RedirectKind]) -> Result<Option<EndpointUrl>, ConfigError> {
    let is_listed = redirects.contains(&RedirectKind::ReturnPage);
    let url = match url {
        None if is_listed => {
            return Err(bad("returnPage", "must be the page's address where `redirect` lists it"));
        }
        None => return Ok(None),
        Some(url) => EndpointUrl::parse(&url).map_err(|error| bad("returnPage", error))?,
    };
    if url.as_url().scheme() != "https" || url.as_url().query().is_some() || url.as_url().fragment().is_some()
    {
        return Err(bad("returnPage", "must be an https URL without a query or a fragment"));
    }
    Ok(Some(url))
}

fn extra_roots(texts: &[String]) -> Result<Vec<RootCertificate>, ConfigError> {
    let mut roots = Vec::new();
    for text in texts {
        let parsed = RootCertificate::parse_pem(text);
        roots.extend(parsed.ok_or_else(|| {
            bad("extraRoots", "must hold certificates as PEM texts (-----BEGIN CERTIFICATE-----…)")
        })?);
    }
    Ok(roots)
}

fn issuer_template(
    template: Option<String>,
    tenants: Vec<String>,
) -> Result<Option<IssuerTemplate>, ConfigError> {
    let Some(template) = template else {
        return if tenants.is_empty() {
            Ok(None)
        } else {
            Err(bad("allowedTenants", "needs `issuerTemplate`"))
        };
    };
    if template.matches("{tenantid}").count() != 1 {
        return Err(bad("issuerTemplate", "must contain `{tenantid}` once"));
    }
    // Without a list anybody's tenant could sign in: whoever can make one writes its claims.
    if tenants.is_empty() {
        return Err(bad("allowedTenants", "must list at least one tenant when `issuerTemplate` is set"));
    }
    if tenants.iter().any(|tenant| !tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')) {
        return Err(bad("allowedTenants", "must be tenant ids"));
    }
    IssuerUrl::parse(&template.replace("{tenantid}", "tenant"))
        .map_err(|error| bad("issuerTemplate", error))?;
    Ok(Some(IssuerTemplate { template, allowed_tenants: tenants }))
}

fn bad(key: &str, reason: impl std::fmt::Display) -> ConfigError {
    invalid(format!("`{key}` {reason}"))
}

fn invalid(reason: String) -> ConfigError {
    ConfigError::Invalid { reason }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn minimal() -> Value {
        json!({ "issuer": "https://id.example", "clientId": "app" })
    }

    fn with(key: &str, value: Value) -> Result<Config, ConfigError> {
        let mut config = minimal();
        config[key] = value;
        Config::from_json(config)
    }

    fn pem(body: &str) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    #[test]
    fn issuer_and_client_id_are_enough() -> Result<(), ConfigError> {
        let config = Config::from_json(minimal())?;
        assert_eq!(config.token_refresh_buffer, Duration::from_secs(60));
        assert_eq!(config.keychain, KeychainPolicy::Required);
        assert!(config.scopes.is_none());
        Ok(())
    }

    #[test]
    fn an_error_names_the_key() {
        let cases = [
            ("isuer", json!("x"), "isuer"),
            ("issuer", json!("http://id.example"), "issuer"),
            ("issuer", json!(7), "issuer"),
            ("clientId", json!(" "), "clientId"),
            ("scopes", json!(["profile"]), "scopes"),
            ("scopes", json!(["openid profile"]), "scopes"),
            ("acrValues", json!("silver"), "acrValues"),
            ("acrValues", json!(["silver gold"]), "acrValues"),
            ("maxAge", json!(-1), "maxAge"),
            ("uiLocales", json!(["de", ""]), "uiLocales"),
            ("extraParameters", json!({ "access_type": 1 }), "extraParameters"),
            ("extraParameters", json!({ "state": "x" }), "extraParameters.state"),
            ("extraParameters", json!({ "Redirect_URI": "x" }), "extraParameters.Redirect_URI"),
            ("allowedParameters", json!(["hd", "nonce"]), "allowedParameters.nonce"),
            ("allowedParameters", json!(["h d"]), "allowedParameters.h d"),
            ("audience", json!("no uri"), "audience"),
            (
                "resources",
                json!([{ "origin": "https://a.example/path", "audience": "urn:a" }]),
                "resources.origin",
            ),
            ("resources", json!([{ "origin": "https://a.example", "audience": "" }]), "resources.audience"),
            ("resources", json!([{ "origin": "https://a.example" }]), "audience"),
            ("apiBaseUrl", json!("ftp://a.example"), "apiBaseUrl"),
            ("redirect", json!("webview"), "redirect"),
            ("redirect", json!(["loopback", "webview"]), "redirect"),
            ("redirect", json!([]), "redirect"),
            ("redirect", json!("returnPage"), "returnPage"),
            ("returnPage", json!("http://127.0.0.1/back"), "returnPage"),
            ("returnPage", json!("https://app.example/back?x"), "returnPage"),
            ("loopback", json!({ "host": "0.0.0.0" }), "loopback.host"),
            ("loopback", json!({ "port": 1 }), "port"),
            ("tokenRefreshBuffer", json!(-1), "tokenRefreshBuffer"),
            ("keychain", json!("file"), "keychain"),
            ("resourceStyle", json!("body"), "resourceStyle"),
            ("keepFresh", json!(true), "keepFresh"),
            ("refreshScope", json!("all"), "refreshScope"),
            ("postLogoutRedirectUri", json!("/signed-out"), "postLogoutRedirectUri"),
            ("postLogoutRedirectUri", json!("http://id.example/"), "postLogoutRedirectUri"),
            ("postLogoutRedirectUri", json!("https://id.example/#a"), "postLogoutRedirectUri"),
            ("endSessionHint", json!("id_token"), "endSessionHint"),
            ("extraRoots", json!(["/etc/ssl/root.pem"]), "extraRoots"),
            ("extraRoots", json!([pem("AAAA")]), "extraRoots"),
            ("extraRoots", json!([pem("not base64")]), "extraRoots"),
            ("issuerTemplate", json!("https://id.example/{tenantid}"), "allowedTenants"),
            ("issuerTemplate", json!("https://id.example/"), "issuerTemplate"),
            ("allowedTenants", json!(["a"]), "issuerTemplate"),
        ];
        for (key, value, named) in cases {
            match with(key, value) {
                Err(ConfigError::Invalid { reason }) => assert!(reason.contains(named), "{key}: {reason}"),
                other => panic!("{key}: {other:?}"),
            }
        }
        assert!(matches!(Config::from_json(json!({ "issuer": "https://id.example" })),
            Err(ConfigError::Invalid { reason }) if reason.contains("clientId")));
    }

    #[test]
    fn the_ways_back_are_one_or_a_list() -> Result<(), ConfigError> {
        assert_eq!(Config::from_json(minimal())?.redirects, []);
        assert_eq!(with("redirect", json!("loopback"))?.redirects, [RedirectKind::Loopback]);
        let both = with("redirect", json!(["deepLink", "loopback"]))?.redirects;
        assert_eq!(both, [RedirectKind::DeepLink, RedirectKind::Loopback]);
        Ok(())
    }

    #[test]
    fn a_client_secret_stands_in_no_debug_output() -> Result<(), ConfigError> {
        let config = with("clientSecret", json!("not-really-secret"))?;
        assert!(!format!("{config:?}").contains("not-really-secret"));
        Ok(())
    }

    #[test]
    fn an_extra_root_may_be_a_bundle() -> Result<(), Box<dyn std::error::Error>> {
        let root = rcgen::generate_simple_self_signed(["root".to_owned()])?.cert;
        let config = with("extraRoots", json!([root.pem(), format!("{0}# again\n{0}", root.pem())]))?;
        assert_eq!(config.extra_roots.len(), 3);
        assert!(config.extra_roots.iter().all(|extra| extra.der() == &root.der()[..]));
        Ok(())
    }

    #[test]
    fn only_allowed_tenants_have_an_issuer() -> Result<(), ConfigError> {
        let template =
            issuer_template(Some("https://id.example/{tenantid}/v2.0".into()), vec!["t-1".into()])?;
        let issuer = template.as_ref().and_then(|template| template.issuer_of("t-1"));
        assert_eq!(issuer.as_deref(), Some("https://id.example/t-1/v2.0"));
        assert_eq!(template.and_then(|template| template.issuer_of("t-2")), None);
        Ok(())
    }
}
