//! What a provider offers, looked at before anybody has saved or used it.

use http::{Response, Uri};

use crate::{
    config::{Config, ResourceStyle},
    error::{DiscoveryError, Failure},
    http::{Http, OTHER_LIMITS},
    protocol::{
        discovery::{self, Document, ProviderMetadata},
        dpop, jwks,
    },
};

/// What a provider offers, one check for each subject and in the order of [`ProviderSubject`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderInspection {
    /// The checks.
    pub checks: Vec<ProviderCheck>,
}

impl ProviderInspection {
    /// Whether nothing was found that keeps people from signing in.
    pub fn is_usable(&self) -> bool {
        self.checks.iter().all(|check| check.status != ProviderStatus::Failed)
    }
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderCheck {
    /// What.
    pub subject: ProviderSubject,
    /// How it is.
    pub status: ProviderStatus,
    /// The same in words, none of which are the provider's.
    pub message: String,
    /// What to do, in a sentence: of a warning or a failure.
    pub fix: Option<String>,
}

/// What a provider may offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderSubject {
    /// Metadata and keys that can be fetched, with endpoints that may be used (OpenID Connect Discovery).
    Metadata,
    /// The issuer by which it calls itself (Discovery section 4.3).
    Issuer,
    /// The authorization code flow (OpenID Connect Core section 3.1).
    CodeFlow,
    /// PKCE with S256 (RFC 7636).
    Pkce,
    /// Refresh tokens, without which people sign in anew with each access token.
    RefreshTokens,
    /// Tokens for APIs, which requests name (RFC 8707).
    Resources,
    /// Tokens that are bound to a key (RFC 9449).
    Dpop,
    /// Requests that are pushed before the browser opens (RFC 9126).
    Par,
    /// Revocation, by which a sign-out ends tokens at once (RFC 7009).
    Revocation,
    /// A page that ends the provider's own session (OpenID Connect RP-Initiated Logout).
    Logout,
    /// Answers that name their issuer (RFC 9207).
    Iss,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderStatus {
    /// As it should be.
    Ok,
    /// It works and could be better, or the metadata doesn't say.
    Warning,
    /// Nobody can sign in.
    Failed,
    /// The provider doesn't offer it, and nothing is wrong with that.
    Absent,
    /// It can't be known, as something before it has failed.
    Skipped,
}

/// Looks at the provider of a configuration: fetches its metadata and its keys, and says what it offers. Nobody is signed
/// in, nothing is kept, and no browser opens.
///
/// ```no_run
/// # async fn run() -> Result<(), keyfob::ConfigError> {
/// let config = keyfob::Config::from_json(serde_json::json!({
///     "issuer": "https://id.example.com",
///     "clientId": "my-desktop-app",
/// }))?;
/// for check in keyfob::inspect_provider(&config).await.checks {
///     println!("{:?}: {:?}: {}", check.subject, check.status, check.message);
/// }
/// # Ok(())
/// # }
/// ```
pub async fn inspect_provider(config: &Config) -> ProviderInspection {
    let checks = match Http::new(&config.extra_roots) {
        Ok(http) => inspect(&http, config, |_| ()).await,
        Err(error) => failed_from_the_start(ProviderSubject::Metadata, &error.into(), config).into(),
    };
    ProviderInspection { checks }
}

/// The same by a client that is there; `heard` gets the answer once it is known to be the provider's.
pub(crate) async fn inspect(
    http: &Http,
    config: &Config,
    heard: impl FnOnce(&Response<Vec<u8>>),
) -> Vec<ProviderCheck> {
    use ProviderSubject::{Issuer, Metadata};

    let (response, document) = match fetch(http, config).await {
        Ok(fetched) => fetched,
        Err(error) => return failed_from_the_start(Metadata, &error, config).into(),
    };
    if let Err(error) = document.is_of_issuer(config) {
        // Another provider's: nothing that it says counts, and none of its addresses is asked for anything.
        let mut checks = failed_from_the_start(Issuer, &error, config);
        checks[0] = Metadata.ok("The provider has metadata.");
        return checks.into();
    }
    heard(&response);
    let judged = Judged::new(&document, config);
    let metadata = match document.metadata(config) {
        Ok(metadata) => keys(http, &metadata).await.map(|()| metadata),
        Err(error) => Err(error),
    };
    judged.with(metadata).into()
}

async fn fetch(http: &Http, config: &Config) -> Result<(Response<Vec<u8>>, Document), DiscoveryError> {
    let response = http.execute(discovery::request(&config.issuer)?, OTHER_LIMITS).await?;
    let document = discovery::read(&response)?;
    Ok((response, document))
}

async fn keys(http: &Http, metadata: &ProviderMetadata) -> Result<(), DiscoveryError> {
    jwks::parse(&http.execute(jwks::request(metadata), OTHER_LIMITS).await?).map(drop)
}

/// What the document alone tells.
struct Judged {
    code_flow: ProviderCheck,
    pkce: ProviderCheck,
    refresh_tokens: ProviderCheck,
    resources: ProviderCheck,
    dpop: ProviderCheck,
    par: ProviderCheck,
}

impl Judged {
    fn new(document: &Document, config: &Config) -> Self {
        Self {
            code_flow: code_flow(document),
            pkce: pkce(document),
            refresh_tokens: refresh_tokens(document),
            resources: resources(document, config),
            dpop: proofs(document, config),
            par: pushed_requests(document, config),
        }
    }

    /// With what its endpoints tell.
    fn with(self, metadata: Result<ProviderMetadata, DiscoveryError>) -> [ProviderCheck; 11] {
        use ProviderSubject::{Iss, Issuer, Logout, Metadata, Revocation};

        let Self { code_flow, pkce, refresh_tokens, resources, dpop, par } = self;
        let issuer = Issuer.ok("The provider calls itself by the issuer that is configured.");
        let (metadata, revocation, logout, iss) = match metadata {
            Ok(metadata) => (
                Metadata.ok("The provider's metadata and keys have all that is needed."),
                Revocation.offered(
                    metadata.revocation_endpoint.is_some(),
                    "A sign-out ends the session's tokens at once.",
                    "After a sign-out tokens live on at the provider until they expire; the app forgets them at once.",
                ),
                Logout.offered(
                    metadata.end_session_endpoint.is_some(),
                    "Who signs out everywhere is signed out in the browser too.",
                    "Signing out everywhere leaves the provider's own session in the browser as it is.",
                ),
                Iss.offered(
                    metadata.authorization_response_iss_parameter_supported,
                    "Answers name their issuer (RFC 9207).",
                    "Answers don't name their issuer (RFC 9207); with one provider nothing is lost.",
                ),
            ),
            Err(error) => (
                Metadata.failure(&error),
                Revocation.skipped(),
                Logout.skipped(),
                Iss.skipped(),
            ),
        };
        [metadata, issuer, code_flow, pkce, refresh_tokens, resources, dpop, par, revocation, logout, iss]
    }
}

fn code_flow(document: &Document) -> ProviderCheck {
    let subject = ProviderSubject::CodeFlow;
    match document.offers_code_flow() {
        Err(error) => subject.failure(&error),
        Ok(()) if document.response_types_supported.is_none() => subject.warning(
            "The provider doesn't say that it offers the authorization code flow.",
            "Have the provider list `code` under `response_types_supported` in its metadata.",
        ),
        Ok(()) => subject.ok("The provider offers the authorization code flow."),
    }
}

fn pkce(document: &Document) -> ProviderCheck {
    let subject = ProviderSubject::Pkce;
    match document.offers_s256() {
        Err(error) => subject.failure(&error),
        Ok(()) if document.code_challenge_methods_supported.is_none() => subject.warning(
            "The provider doesn't say that it takes PKCE with S256 (RFC 7636).",
            "Have the provider list `S256` under `code_challenge_methods_supported` in its metadata.",
        ),
        Ok(()) => subject.ok("The provider takes PKCE with S256."),
    }
}

fn refresh_tokens(document: &Document) -> ProviderCheck {
    let subject = ProviderSubject::RefreshTokens;
    let lists = |list: &Option<Vec<String>>, value: &str| {
        list.as_ref().is_some_and(|list| list.iter().any(|entry| entry == value))
    };
    let fix = "Allow this app refresh tokens at the provider, or people sign in again whenever an access token expires.";
    if lists(&document.grant_types_supported, "refresh_token")
        || lists(&document.scopes_supported, "offline_access")
    {
        subject.ok("The provider gives refresh tokens, if it allows this app to have them.")
    } else if document.grant_types_supported.is_some() {
        subject.warning("The provider lists no refresh tokens among its grants.", fix)
    } else {
        subject.warning("The provider doesn't say whether it gives refresh tokens.", fix)
    }
}

/// No metadata says how a provider wants APIs to be named, nor mostly which it knows.
fn resources(document: &Document, config: &Config) -> ProviderCheck {
    let subject = ProviderSubject::Resources;
    let style = match config.resource_style {
        ResourceStyle::Resource => "by `resource` (RFC 8707)",
        ResourceStyle::Audience => "by `audience`",
        ResourceStyle::Scope => "in front of their scopes",
    };
    let audiences = config.audiences();
    let unknown = document
        .protected_resources
        .as_ref()
        .and_then(|known| audiences.iter().find(|audience| !known.iter().any(|known| known == *audience)));
    match unknown {
        Some(audience) => subject.warning(
            format!("The provider doesn't list `{audience}` among the APIs that it knows."),
            "Register the API at the provider, or correct its audience in the configuration.",
        ),
        None if audiences.is_empty() => {
            subject.ok(format!("No API is configured; requests would name APIs {style}."))
        }
        None => subject.ok(format!("Requests name APIs {style}; a sign-in shows whether they are known.")),
    }
}

fn proofs(document: &Document, config: &Config) -> ProviderCheck {
    let subject = ProviderSubject::Dpop;
    let listed = document.dpop_signing_alg_values_supported.as_ref();
    let is_offered = listed.is_some_and(|listed| listed.iter().any(|name| name == dpop::ALGORITHM));
    match document.offers_proofs(config) {
        Err(error) => subject.failure(&error),
        Ok(()) if config.dpop && is_offered => subject.ok("Tokens are bound to a key of this machine."),
        Ok(()) if config.dpop => subject.warning(
            "The provider doesn't say that it binds tokens to keys, and tokens that aren't bound are refused.",
            "Have the provider list `ES256` under `dpop_signing_alg_values_supported`, or leave `dpop` out.",
        ),
        Ok(()) => subject.offered(
            is_offered,
            "The provider can bind tokens to a key of this machine, if `dpop` is configured.",
            "The provider doesn't say that it binds tokens to keys (RFC 9449).",
        ),
    }
}

fn pushed_requests(document: &Document, config: &Config) -> ProviderCheck {
    let subject = ProviderSubject::Par;
    match document.offers_pushed_requests(config) {
        Err(error) => subject.failure(&error),
        Ok(()) if document.wants_pushed_requests(config) => {
            subject.ok("Requests are pushed to the provider before the browser opens.")
        }
        Ok(()) => subject.offered(
            document.pushed_authorization_request_endpoint.is_some(),
            "Requests can be pushed to the provider, if `pushedAuthorizationRequests` is configured.",
            "The provider takes no pushed requests (RFC 9126).",
        ),
    }
}

/// One check has failed, and nothing after it can be known.
fn failed_from_the_start(
    failed: ProviderSubject,
    error: &DiscoveryError,
    config: &Config,
) -> [ProviderCheck; 11] {
    ProviderSubject::ALL.map(|subject| {
        if subject == failed { subject.failed(error, fix(error, config)) } else { subject.skipped() }
    })
}

/// The issuer with a slash at its end, or without: what is mistyped most, and judged to the letter.
fn other_spelling(config: &Config) -> String {
    let issuer = config.issuer.as_str();
    issuer.strip_suffix('/').map_or_else(|| format!("{issuer}/"), str::to_owned)
}

fn fix(error: &DiscoveryError, config: &Config) -> String {
    match error {
        DiscoveryError::IssuerMismatch if config.issuer_template.is_none() => {
            format!("Copy the issuer from the provider; it may be `{}`.", other_spelling(config))
        }
        DiscoveryError::Status(_) => {
            let request = discovery::request(&config.issuer);
            let url = request.map_or_else(|_| String::new(), |request| Uri::to_string(request.uri()));
            format!("Check the issuer: the provider's metadata has to be at `{url}`.")
        }
        error => error.code().advice().to_owned(),
    }
}

impl ProviderSubject {
    const ALL: [Self; 11] = [
        Self::Metadata,
        Self::Issuer,
        Self::CodeFlow,
        Self::Pkce,
        Self::RefreshTokens,
        Self::Resources,
        Self::Dpop,
        Self::Par,
        Self::Revocation,
        Self::Logout,
        Self::Iss,
    ];

    fn ok(self, message: impl Into<String>) -> ProviderCheck {
        ProviderCheck { subject: self, status: ProviderStatus::Ok, message: message.into(), fix: None }
    }

    fn offered(self, is_offered: bool, offered: &str, absent: &str) -> ProviderCheck {
        if is_offered {
            self.ok(offered)
        } else {
            ProviderCheck { status: ProviderStatus::Absent, ..self.ok(absent) }
        }
    }

    fn warning(self, message: impl Into<String>, fix: impl Into<String>) -> ProviderCheck {
        ProviderCheck { status: ProviderStatus::Warning, fix: Some(fix.into()), ..self.ok(message) }
    }

    fn failed(self, error: &DiscoveryError, fix: impl Into<String>) -> ProviderCheck {
        ProviderCheck { status: ProviderStatus::Failed, ..self.warning(error.to_string(), fix) }
    }

    fn failure(self, error: &DiscoveryError) -> ProviderCheck {
        self.failed(error, error.code().advice())
    }

    fn skipped(self) -> ProviderCheck {
        let message = "It can't be known, as something before it has failed.";
        ProviderCheck { status: ProviderStatus::Skipped, ..self.ok(message) }
    }
}
