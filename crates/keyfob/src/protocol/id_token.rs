//! ID token validation (OpenID Connect Core sections 2, 3.1.3.7, 3.1.3.8 and 12.2).

use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    authorization::{AuthorizationValidation, RequestedAuthentication},
    discovery::ProviderMetadata,
    jwks::Jwks,
    sha256,
};
use crate::{
    clock::unix_seconds,
    error::IdTokenError,
    sabotage::off,
    secret::{AccessToken, IdToken},
};

/// For clocks that are a little apart, in seconds.
const LEEWAY: u64 = 60;
/// How far `iat` may be from now, in seconds (the window is the client's to choose; AppAuth takes the same).
const ISSUED_WITHIN: u64 = 600;

const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What an ID token has to fit.
pub(crate) struct Expected<'a> {
    pub(crate) metadata: &'a ProviderMetadata,
    pub(crate) client_id: &'a str,
    pub(crate) occasion: Occasion<'a>,
    pub(crate) access_token: &'a AccessToken,
    pub(crate) now: SystemTime,
}

/// What an ID token answers.
pub(crate) enum Occasion<'a> {
    /// A sign-in.
    SignIn {
        validation: &'a AuthorizationValidation,
        /// Who the browser's answer says it comes from: of several tenants it has to be the same (RFC 9207).
        issuer: Option<&'a str>,
        /// How long ago the browser was sent.
        waited: Duration,
    },
    /// A refresh (section 12.2).
    Refresh(Original<'a>),
}

/// Of the ID token of a session's sign-in, what stands in those that refreshes bring too.
pub(crate) struct Original<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) authentication: &'a Authentication,
}

/// How a person proved who they are, at a session's sign-in; unknown of sessions that an older version has kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Authentication {
    auth_time: Option<u64>,
    /// A hash will do to compare it with.
    nonce_hash: Option<String>,
}

/// The claims that Keyfob uses.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    aud: Audience,
    exp: f64,
    iat: f64,
    nonce: Option<String>,
    azp: Option<String>,
    at_hash: Option<String>,
    tid: Option<String>,
    /// Of the wrong type these are as good as absent, as long as nobody asked for them.
    #[serde(default)]
    acr: Value,
    #[serde(default)]
    auth_time: Value,
    #[serde(flatten)]
    pub(crate) profile: Profile,
}

impl Claims {
    /// What refreshed ID tokens will be compared with.
    pub(crate) fn authentication(&self) -> Authentication {
        Authentication {
            auth_time: self.auth_time(),
            nonce_hash: self.nonce.as_deref().map(|nonce| sha256(nonce.as_bytes())),
        }
    }

    fn auth_time(&self) -> Option<u64> {
        let seconds = Duration::try_from_secs_f64(self.auth_time.as_f64()?);
        seconds.ok().map(|since_epoch| since_epoch.as_secs())
    }
}

/// The standard claims about the person (section 5.1), taken as they come: a wrong type is as good as none.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Profile {
    #[serde(default)]
    name: Value,
    #[serde(default)]
    preferred_username: Value,
    #[serde(default)]
    email: Value,
    #[serde(default)]
    email_verified: Value,
    #[serde(default)]
    picture: Value,
}

impl Profile {
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_str().or_else(|| self.preferred_username.as_str())
    }

    pub(crate) fn email(&self) -> Option<&str> {
        self.email.as_str()
    }

    /// Some providers write it as a string.
    pub(crate) fn email_verified(&self) -> Option<bool> {
        self.email_verified.as_bool().or_else(|| self.email_verified.as_str().map(|text| text == "true"))
    }

    pub(crate) fn picture(&self) -> Option<&str> {
        self.picture.as_str()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(audience) => std::slice::from_ref(audience),
            Self::Many(audiences) => audiences,
        }
    }
}

/// Checks the signature, then every claim. [`IdTokenError::UnknownKey`] means: fetch the keys once more and try again.
pub(crate) fn validate(
    token: &IdToken,
    keys: &Jwks,
    expected: &Expected<'_>,
) -> Result<Claims, IdTokenError> {
    let (claims, algorithm) = verify(token, keys, expected.metadata)?;
    if off("id_token") {
        return Ok(claims);
    }
    let now = unix_seconds(expected.now);
    if let Occasion::Refresh(original) = &expected.occasion {
        // First of all: whatever else is wrong with a token of somebody else's, the session has to end.
        check_identity(&claims, original)?;
    }
    check_issuer(&claims, expected.metadata)?;
    check_audience(&claims, expected.client_id)?;
    check_times(&claims, now)?;
    match &expected.occasion {
        Occasion::SignIn { validation, issuer, waited } => {
            if issuer.is_some_and(|issuer| issuer != claims.iss) {
                return Err(IdTokenError::Invalid(
                    "another issuer stands in it than in the browser's answer",
                ));
            }
            check_nonce(&claims, &validation.nonce)?;
            check_requested_authentication(&claims, &validation.authentication, *waited, now)?;
        }
        Occasion::Refresh(original) => check_authentication(&claims, original.authentication)?,
    }
    check_access_token_hash(&claims, algorithm, expected.access_token)?;
    // Section 2: at most 255 ASCII characters.
    if claims.sub.is_empty() || claims.sub.len() > 255 || !claims.sub.is_ascii() {
        return Err(IdTokenError::Invalid("its subject is not one"));
    }
    Ok(claims)
}

fn verify(
    token: &IdToken,
    keys: &Jwks,
    metadata: &ProviderMetadata,
) -> Result<(Claims, Algorithm), IdTokenError> {
    // An `alg` of `none`, or any that jsonwebtoken doesn't know, ends here.
    let header =
        decode_header(token.expose()).map_err(|_| IdTokenError::Invalid("its header can't be read"))?;
    if header.crit.is_some() {
        return Err(IdTokenError::Invalid("it demands an extension that Keyfob doesn't know"));
    }
    let listed = metadata.id_token_signing_alg_values_supported.as_ref();
    let name = format!("{:?}", header.alg);
    if !ALGORITHMS.contains(&header.alg) || listed.is_some_and(|listed| !listed.contains(&name)) {
        return Err(IdTokenError::Invalid("it is signed by an algorithm that may not be used"));
    }
    let candidates = keys.candidates(header.kid.as_deref(), header.alg);
    if candidates.is_empty() {
        return Err(IdTokenError::UnknownKey);
    }
    let validation = signature_only(header.alg);
    // A key without a name shows in no other way that it has been replaced.
    let mut error = match header.kid {
        Some(_) => IdTokenError::Invalid("its signature is wrong"),
        None => IdTokenError::UnknownKey,
    };
    for key in &candidates {
        match decode::<Claims>(token.expose(), key, &validation) {
            Ok(data) => return Ok((data.claims, header.alg)),
            Err(failed) if matches!(failed.kind(), jsonwebtoken::errors::ErrorKind::Json(_)) => {
                error = IdTokenError::Invalid("a claim is missing or of the wrong type");
            }
            Err(_) => {}
        }
    }
    Err(error)
}

/// The claims are ours to check: jsonwebtoken's audience check passes if any value matches.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims = HashSet::new();
    validation
}

fn check_issuer(claims: &Claims, metadata: &ProviderMetadata) -> Result<(), IdTokenError> {
    let right = match &metadata.issuer_template {
        None => claims.iss == metadata.issuer,
        Some(template) => claims
            .tid
            .as_ref()
            .and_then(|tenant| template.issuer_of(tenant))
            .is_some_and(|issuer| issuer == claims.iss),
    };
    if right { Ok(()) } else { Err(IdTokenError::Invalid("another issuer stands in it")) }
}

fn check_audience(claims: &Claims, client_id: &str) -> Result<(), IdTokenError> {
    let audiences = claims.aud.as_slice();
    // Additional audiences are trusted by nobody here, so the client has to be the only one.
    if audiences.is_empty() || audiences.iter().any(|audience| audience != client_id) {
        return Err(IdTokenError::Invalid("it was issued for another client"));
    }
    if claims.azp.as_ref().is_some_and(|party| party != client_id) {
        return Err(IdTokenError::Invalid("it was issued to another client"));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "seconds since the epoch fit a double exactly")]
fn check_times(claims: &Claims, now: u64) -> Result<(), IdTokenError> {
    if now as f64 >= claims.exp + LEEWAY as f64 {
        return Err(IdTokenError::Invalid("it has expired; is this machine's clock right?"));
    }
    if (now as f64 - claims.iat).abs() > ISSUED_WITHIN as f64 {
        return Err(IdTokenError::Invalid("it was not issued just now; is this machine's clock right?"));
    }
    Ok(())
}

fn check_nonce(claims: &Claims, sent: &str) -> Result<(), IdTokenError> {
    if claims.nonce.as_deref() == Some(sent) {
        Ok(())
    } else {
        Err(IdTokenError::Invalid("it answers another sign-in"))
    }
}

/// Section 3.1.3.7, 12 and 13.
fn check_requested_authentication(
    claims: &Claims,
    requested: &RequestedAuthentication,
    waited: Duration,
    now: u64,
) -> Result<(), IdTokenError> {
    if let Some(max_age) = requested.max_age {
        let at = claims.auth_time().ok_or(IdTokenError::Invalid(
            "it doesn't say when the person signed in at the provider, which was asked for (`max_age`)",
        ))?;
        let allowed = max_age.saturating_add(waited.as_secs()).saturating_add(LEEWAY);
        if now.saturating_sub(at) > allowed || at.saturating_sub(now) > LEEWAY {
            return Err(IdTokenError::Invalid(
                "the person didn't sign in at the provider as recently as was asked for (`max_age`)",
            ));
        }
    }
    let acr = claims.acr.as_str();
    let met = requested.acr_values.iter().any(|value| acr == Some(value));
    if met || requested.acr_values.is_empty() {
        Ok(())
    } else {
        Err(IdTokenError::Invalid("the person didn't sign in in the way that was asked for (`acr_values`)"))
    }
}

fn check_identity(claims: &Claims, original: &Original<'_>) -> Result<(), IdTokenError> {
    if claims.iss == original.issuer && claims.sub == original.subject {
        Ok(())
    } else {
        Err(IdTokenError::IdentityChanged)
    }
}

/// Section 12.2. `auth_time` is still that of the sign-in; a nonce should not be there, and is the sign-in's if it is.
fn check_authentication(claims: &Claims, original: &Authentication) -> Result<(), IdTokenError> {
    if original.auth_time.zip(claims.auth_time()).is_some_and(|(then, now)| then != now) {
        return Err(IdTokenError::Invalid("it names another time of sign-in than the session's"));
    }
    let nonces = original.nonce_hash.as_ref().zip(claims.nonce.as_deref());
    if nonces.is_some_and(|(original, nonce)| *original != sha256(nonce.as_bytes())) {
        return Err(IdTokenError::Invalid("it answers another sign-in than the session's"));
    }
    Ok(())
}

/// Section 3.1.3.8: the left half of the hash of the access token.
fn check_access_token_hash(
    claims: &Claims,
    algorithm: Algorithm,
    token: &AccessToken,
) -> Result<(), IdTokenError> {
    let Some(at_hash) = &claims.at_hash else {
        return Ok(());
    };
    let hash = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => &digest::SHA256,
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => &digest::SHA384,
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => &digest::SHA512,
        // `verify` has let no other through.
        _ => {
            return Err(IdTokenError::Invalid("it is signed by an algorithm that may not be used"));
        }
    };
    let digest = digest::digest(hash, token.expose().as_bytes());
    let half = &digest.as_ref()[..digest.as_ref().len() / 2];
    if URL_SAFE_NO_PAD.encode(half) == *at_hash {
        Ok(())
    } else {
        Err(IdTokenError::Invalid("it belongs to another access token"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use aws_lc_rs::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
    };
    use http::Response;
    use serde_json::json;

    use super::*;
    use crate::{
        config::Config,
        protocol::{
            authorization,
            discovery::{self, tests::document},
            jwks,
        },
    };

    const NOW: u64 = 1_800_000_000;
    const TEMPLATE: &str = "https://id.example/{tenantid}/v2.0";

    /// A provider of one key.
    struct Provider {
        key: EcdsaKeyPair,
        metadata: ProviderMetadata,
    }

    impl Provider {
        fn new(settings: &Value) -> Self {
            let mut config = json!({ "issuer": "https://id.example", "clientId": "app" });
            let mut document = document();
            for (name, value) in settings.as_object().expect("settings are an object") {
                config[name] = value.clone();
            }
            if let Some(template) = settings.get("issuerTemplate") {
                document["issuer"] = template.clone();
            }
            let config = Config::from_json(config).expect("a configuration");
            let response = Response::new(document.to_string().into_bytes());
            Self {
                key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"),
                metadata: discovery::parse(&response, &config).expect("metadata"),
            }
        }

        fn keys(&self) -> Jwks {
            // An uncompressed point: a byte that says so, and two coordinates.
            let point = self.key.public_key().as_ref();
            let [x, y] = [&point[1..33], &point[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
            let set = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y }] });
            jwks::parse(&Response::new(set.to_string().into_bytes())).expect("keys")
        }

        fn sign(&self, header: &Value, payload: &str) -> String {
            let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let message = format!("{}.{}", part(&header.to_string()), part(payload));
            let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).expect("a signature");
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
        }

        fn judge(&self, token: String, occasion: Occasion<'_>) -> Result<Claims, IdTokenError> {
            let expected = Expected {
                metadata: &self.metadata,
                client_id: "app",
                occasion,
                access_token: &AccessToken::new("a"),
                now: UNIX_EPOCH + Duration::from_secs(NOW),
            };
            validate(&IdToken::new(token), &self.keys(), &expected)
        }

        fn judge_claims(&self, claims: &Value) -> Result<Claims, IdTokenError> {
            self.judge_signed(&json!({ "alg": "ES256" }), &claims.to_string())
        }

        /// At a sign-in with the nonce "n".
        fn judge_signed(&self, header: &Value, payload: &str) -> Result<Claims, IdTokenError> {
            self.judge_token(self.sign(header, payload))
        }

        fn judge_token(&self, token: String) -> Result<Claims, IdTokenError> {
            let validation = validation(RequestedAuthentication::default());
            let occasion = Occasion::SignIn { validation: &validation, issuer: None, waited: Duration::ZERO };
            self.judge(token, occasion)
        }

        fn judge_requested(
            &self,
            requested: RequestedAuthentication,
            waited: u64,
            other: &Value,
        ) -> Result<Claims, IdTokenError> {
            let (validation, waited) = (validation(requested), Duration::from_secs(waited));
            let token = self.sign(&json!({ "alg": "ES256" }), &claims(other).to_string());
            self.judge(token, Occasion::SignIn { validation: &validation, issuer: None, waited })
        }

        fn judge_refreshed(
            &self,
            authentication: &Authentication,
            other: &Value,
        ) -> Result<Claims, IdTokenError> {
            let original = Original { issuer: "https://id.example", subject: "ada", authentication };
            let token = self.sign(&json!({ "alg": "ES256" }), &claims(other).to_string());
            self.judge(token, Occasion::Refresh(original))
        }
    }

    fn validation(authentication: RequestedAuthentication) -> AuthorizationValidation {
        AuthorizationValidation { authentication, ..authorization::tests::validation(false) }
    }

    /// Good claims, but for some.
    fn claims(other: &Value) -> Value {
        let mut claims = json!({
            "iss": "https://id.example", "sub": "ada", "aud": "app", "exp": NOW + 300, "iat": NOW, "nonce": "n",
        });
        for (name, value) in other.as_object().expect("claims are an object") {
            claims[name] = value.clone();
        }
        claims
    }

    #[test]
    fn s_45_to_s_50_each_claim_is_judged_at_its_limits() {
        let provider = Provider::new(&json!({}));
        for right in [
            json!({}),
            json!({ "aud": ["app"] }),
            json!({ "azp": "app" }),
            json!({ "exp": NOW - 59 }),
            json!({ "iat": NOW - 600 }),
            json!({ "iat": NOW + 600 }),
            json!({ "sub": "s".repeat(255) }),
            json!({ "something": { "new": true } }),
        ] {
            let judged = provider.judge_claims(&claims(&right));
            assert!(judged.is_ok(), "{right}: {judged:?}");
        }
        for wrong in [
            json!({ "iss": "https://id.example/" }),
            json!({ "iss": ["https://id.example"] }),
            json!({ "aud": [] }),
            json!({ "aud": ["app", "another"] }),
            json!({ "aud": ["another", "app"], "azp": "app" }),
            json!({ "aud": "App" }),
            json!({ "aud": { "app": true } }),
            json!({ "azp": "another" }),
            json!({ "azp": 1 }),
            json!({ "nonce": "N" }),
            json!({ "nonce": null }),
            json!({ "nonce": ["n"] }),
            json!({ "exp": NOW - 60 }),
            json!({ "exp": (NOW + 300).to_string() }),
            json!({ "iat": NOW - 601 }),
            json!({ "iat": NOW + 601 }),
            json!({ "iat": null }),
            json!({ "sub": "" }),
            json!({ "sub": "ädä" }),
            json!({ "sub": "s".repeat(256) }),
            json!({ "sub": null }),
        ] {
            assert!(
                matches!(provider.judge_claims(&claims(&wrong)), Err(IdTokenError::Invalid(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn s_44_of_a_template_only_the_allowed_tenants_own_issuer_is_right() {
        let provider =
            Provider::new(&json!({ "issuerTemplate": TEMPLATE, "allowedTenants": ["t-1", "t-2"] }));
        let judged = |iss: &str, tid: Value| {
            provider.judge_claims(&claims(&json!({ "iss": iss, "tid": tid }))).map(|claims| claims.iss)
        };
        for tenant in ["t-1", "t-2"] {
            let issuer = format!("https://id.example/{tenant}/v2.0");
            assert_eq!(judged(&issuer, json!(tenant)), Ok(issuer));
        }
        for (iss, tid) in [
            ("https://id.example/t-3/v2.0", json!("t-3")),
            ("https://id.example/t-1/v2.0", json!("t-2")),
            ("https://id.example/t-1/v2.0", json!("t-3")),
            ("https://id.example/t-1/v2.0", Value::Null),
            ("https://id.example/t-1/v2.0/", json!("t-1")),
            (TEMPLATE, json!("t-1")),
            (TEMPLATE, json!("{tenantid}")),
            ("https://id.example", json!("t-1")),
        ] {
            assert!(matches!(judged(iss, tid.clone()), Err(IdTokenError::Invalid(_))), "{iss} {tid}");
        }
    }

    #[test]
    fn s_26_s_44_the_tenant_that_the_browser_named_is_the_id_tokens() {
        let provider =
            Provider::new(&json!({ "issuerTemplate": TEMPLATE, "allowedTenants": ["t-1", "t-2"] }));
        let issuer = |tenant: &str| TEMPLATE.replace("{tenantid}", tenant);
        let claims = claims(&json!({ "iss": issuer("t-1"), "tid": "t-1" })).to_string();
        let validation = validation(RequestedAuthentication::default());
        let judged = |named: Option<&str>| {
            let token = provider.sign(&json!({ "alg": "ES256" }), &claims);
            let waited = Duration::ZERO;
            let occasion = Occasion::SignIn { validation: &validation, issuer: named, waited };
            provider.judge(token, occasion).map(drop)
        };
        assert_eq!(judged(None), Ok(()));
        assert_eq!(judged(Some(&issuer("t-1"))), Ok(()));
        assert!(matches!(judged(Some(&issuer("t-2"))), Err(IdTokenError::Invalid(_))));
    }

    #[test]
    fn s_48_s_53_what_is_no_signed_json_of_a_kind_that_was_agreed_on_is_refused() {
        let provider = Provider::new(&json!({}));
        let good = claims(&json!({})).to_string();
        let judged = |header: Value, payload: &str| provider.judge_signed(&header, payload);
        assert!(judged(json!({ "alg": "ES256", "typ": "JWT", "new": 1 }), &good).is_ok());
        for payload in ["", "null", "no JSON", "[]", &format!("{good} and more"), &good[1..]] {
            let judged = judged(json!({ "alg": "ES256" }), payload);
            assert!(matches!(judged, Err(IdTokenError::Invalid(_))), "{payload}: {judged:?}");
        }
        for header in [
            json!({ "alg": "none" }),
            json!({ "alg": "HS256" }),
            json!({ "alg": "es256" }),
            json!({ "alg": "RSA-OAEP", "enc": "A256GCM" }),
            json!({ "alg": "ES256", "crit": ["exp"] }),
            json!({ "alg": "ES256", "crit": [] }),
            json!({}),
        ] {
            let judged = judged(header.clone(), &good);
            assert!(matches!(judged, Err(IdTokenError::Invalid(_))), "{header}: {judged:?}");
        }
        let signed = provider.sign(&json!({ "alg": "ES256" }), &good);
        for token in [
            String::new(),
            "opaque".to_owned(),
            format!("{signed}.x.y"),
            format!("{signed}="),
            signed.rsplit_once('.').map(|(message, _)| format!("{message}.")).unwrap_or_default(),
        ] {
            assert!(provider.judge_token(token.clone()).is_err(), "{token}");
        }
    }

    #[test]
    fn s_51_a_hash_of_the_access_token_has_to_be_of_this_one() {
        let provider = Provider::new(&json!({}));
        let half = |token: &str| {
            URL_SAFE_NO_PAD.encode(&digest::digest(&digest::SHA256, token.as_bytes()).as_ref()[..16])
        };
        let judged = |at_hash: Value| provider.judge_claims(&claims(&json!({ "at_hash": at_hash })));
        assert!(judged(json!(half("a"))).is_ok());
        for wrong in [json!(half("b")), json!(""), json!(1), json!(&half("a")[..16])] {
            assert!(matches!(judged(wrong.clone()), Err(IdTokenError::Invalid(_))), "{wrong}");
        }
    }

    #[test]
    fn s_51_the_hash_is_that_of_the_algorithm_which_signs() {
        let by_size = [
            (&digest::SHA256, [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256]),
            (&digest::SHA384, [Algorithm::RS384, Algorithm::PS384, Algorithm::ES384]),
            (&digest::SHA512, [Algorithm::RS512, Algorithm::PS512, Algorithm::EdDSA]),
        ];
        for (hash, _) in &by_size {
            let digest = digest::digest(hash, b"a");
            let at_hash = URL_SAFE_NO_PAD.encode(&digest.as_ref()[..digest.as_ref().len() / 2]);
            let claims = serde_json::from_value(claims(&json!({ "at_hash": at_hash }))).expect("claims");
            for (other, algorithms) in &by_size {
                for algorithm in algorithms {
                    let judged = check_access_token_hash(&claims, *algorithm, &AccessToken::new("a"));
                    assert_eq!(judged.is_ok(), hash == other, "{algorithm:?} {hash:?}");
                }
            }
        }
    }

    #[test]
    fn s_52_a_person_who_signed_in_at_the_provider_too_long_ago_is_not_taken() {
        let provider = Provider::new(&json!({}));
        let asked = |max_age| RequestedAuthentication { max_age, ..RequestedAuthentication::default() };
        let judged = |max_age, waited, auth_time: Value| {
            provider.judge_requested(asked(max_age), waited, &json!({ "auth_time": auth_time })).map(drop)
        };
        for (max_age, waited, auth_time) in [
            (300, 0, json!(NOW)),
            (300, 0, json!(NOW - 360)),
            (300, 0, json!(NOW + 60)),
            (0, 0, json!(NOW - 60)),
            // They signed in when they were asked to, and read the page for consent for long.
            (0, 500, json!(NOW - 560)),
            (u64::MAX, 0, json!(1)),
        ] {
            let judged = judged(Some(max_age), waited, auth_time.clone());
            assert_eq!(judged, Ok(()), "{max_age} {waited} {auth_time}");
        }
        for (max_age, waited, auth_time) in [
            (300, 0, json!(NOW - 361)),
            (0, 0, json!(NOW - 61)),
            (0, 500, json!(NOW - 561)),
            (300, 0, json!(NOW + 61)),
            (300, 0, json!(NOW * 1000)),
            (300, 0, json!(-1)),
            (300, 0, json!(NOW.to_string())),
            (300, 0, Value::Null),
        ] {
            let judged = judged(Some(max_age), waited, auth_time.clone());
            assert!(matches!(judged, Err(IdTokenError::Invalid(_))), "{max_age} {waited} {auth_time}");
        }
        for unasked in [json!(1), json!("yesterday"), Value::Null] {
            assert_eq!(judged(None, 0, unasked.clone()), Ok(()), "{unasked}");
        }
    }

    #[test]
    fn s_52_of_the_ways_to_sign_in_that_a_caller_asked_for_one_has_to_be_met() {
        let provider = Provider::new(&json!({}));
        let judged = |acr_values: &[&str], acr: Value| {
            let acr_values = acr_values.iter().map(|&value| value.to_owned()).collect();
            let asked = RequestedAuthentication { acr_values, ..RequestedAuthentication::default() };
            provider.judge_requested(asked, 0, &json!({ "acr": acr })).map(drop)
        };
        for right in ["silver", "gold"] {
            assert_eq!(judged(&["gold", "silver"], json!(right)), Ok(()));
        }
        for wrong in [json!("bronze"), json!("gold silver"), json!("Gold"), json!(["gold"]), Value::Null] {
            let judged = judged(&["gold", "silver"], wrong.clone());
            assert!(matches!(judged, Err(IdTokenError::Invalid(_))), "{wrong}");
        }
        for unasked in [json!("bronze"), json!(0), Value::Null] {
            assert_eq!(judged(&[], unasked.clone()), Ok(()), "{unasked}");
        }
    }

    #[test]
    fn s_56_a_refreshed_token_is_about_the_same_sign_in() {
        let provider = Provider::new(&json!({}));
        let signed_in = provider.judge_claims(&claims(&json!({ "auth_time": NOW - 9000 })));
        let original = signed_in.expect("a good token").authentication();
        let judged = |other: Value| provider.judge_refreshed(&original, &other).map(drop);
        for right in [
            json!({ "nonce": null, "auth_time": null }),
            json!({ "auth_time": NOW - 9000 }),
            json!({ "auth_time": NOW - 9000, "azp": "app", "aud": ["app"] }),
            json!({ "nonce": null, "acr": "other", "iat": NOW - 600 }),
        ] {
            assert_eq!(judged(right.clone()), Ok(()), "{right}");
        }
        for wrong in [
            json!({ "auth_time": NOW - 8999 }),
            json!({ "auth_time": NOW }),
            json!({ "nonce": "another" }),
            json!({ "nonce": "" }),
            json!({ "aud": "another" }),
            json!({ "aud": ["app", "another"] }),
            json!({ "azp": "another" }),
            json!({ "iat": NOW - 601 }),
            json!({ "iat": null }),
            json!({ "exp": NOW - 60 }),
        ] {
            assert!(matches!(judged(wrong.clone()), Err(IdTokenError::Invalid(_))), "{wrong}");
        }
    }

    #[test]
    fn s_56_a_token_of_somebody_else_is_told_whatever_else_is_wrong_with_it() {
        let provider = Provider::new(&json!({}));
        let unknown = Authentication::default();
        for other in [
            json!({ "sub": "eve" }),
            json!({ "iss": "https://other.example" }),
            json!({ "sub": "eve", "aud": "another", "exp": 1, "nonce": "another", "auth_time": 1 }),
        ] {
            let judged = provider.judge_refreshed(&unknown, &other).map(drop);
            assert_eq!(judged, Err(IdTokenError::IdentityChanged), "{other}");
        }
    }

    #[test]
    fn s_56_a_session_that_was_kept_before_any_of_this_was_is_compared_by_what_is_known() {
        let provider = Provider::new(&json!({}));
        let unknown: Authentication = serde_json::from_value(json!({})).expect("an older form");
        let refreshed = json!({ "nonce": "whichever", "auth_time": 1 });
        assert_eq!(provider.judge_refreshed(&unknown, &refreshed).map(drop), Ok(()));
    }
}
