//! What is kept in the keychain: each account's session, the index of accounts, and sign-ins that a callback may come
//! back for after a restart.

use std::{collections::HashMap, time::Duration};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{
    state::{Account, Identity, ReauthReason, SignedIn, State, User},
    token_set::{Expiry, TokenKey, TokenSet},
};
use crate::{
    clock::Clock,
    config::Config,
    protocol::{
        authorization::{AuthorizationValidation, StoredValidation},
        dpop::DpopKey,
        id_token::Authentication,
    },
    sabotage::off,
    secret::{AccessToken, RefreshToken},
    store::StoreError,
};

/// Of the records that this version writes. Version 1 was bare JSON.
const VERSION: u32 = 2;
/// Every record from version 2 on begins so; version and digest follow.
const MARK: &[u8] = b"keyfob ";

/// The keychain item of one account's session.
pub(super) fn account_key(id: &str) -> String {
    format!("account-{id}")
}

/// The keychain item that lists the accounts at this provider.
pub(super) fn index_key(config: &Config) -> String {
    format!("accounts-{}", client(config))
}

/// The keychain item of the sign-ins that wait for a callback from this provider.
pub(super) fn pending_key(config: &Config) -> String {
    format!("pending-{}", client(config))
}

/// The one item of the time when there was one account.
pub(super) fn only_session_key(config: &Config) -> String {
    format!("session-{}", client(config))
}

fn client(config: &Config) -> String {
    fingerprint(&[config.issuer.as_str(), &config.client_id])
}

/// An account's id.
pub(super) fn account_id(issuer: &str, client_id: &str, subject: &str) -> String {
    fingerprint(&[issuer, client_id, subject])
}

fn fingerprint(parts: &[&str]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        // The length goes first, or "a" + "bc" and "ab" + "c" would be one.
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(&context.finish().as_ref()[..16])
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionRecord {
    issuer: String,
    user: UserRecord,
    /// What sign-in granted.
    #[serde(default)]
    scope: String,
    state: StateRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserRecord {
    sub: String,
    name: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
    picture: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StateRecord {
    Live(Box<LiveRecord>),
    Ended { reason: ReasonRecord },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LiveRecord {
    #[serde(default)]
    id: String,
    #[serde(default)]
    authentication: Authentication,
    #[serde(default)]
    requested_audiences: Vec<String>,
    #[serde(default)]
    revision: u64,
    refresh_token: Option<String>,
    /// The refresh token was sent at this time, in seconds since the epoch, and nothing has come of it yet.
    #[serde(default)]
    in_use_since: Option<u64>,
    /// The answer that brought the refresh token has not been validated yet.
    #[serde(default)]
    unverified: bool,
    /// What the tokens are bound to.
    #[serde(default)]
    dpop_key: Option<String>,
    access_token: Option<TokenRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReasonRecord {
    RefreshTokenRejected,
    NoRefreshToken,
    RefreshResponseLost,
    IdentityChanged,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRecord {
    token: String,
    token_type: String,
    scope: String,
    audience: Option<String>,
    expires_at: Option<u64>,
    lifetime: Option<u64>,
}

/// The record of a live session: of its access tokens only the sign-in's own is kept.
pub(super) fn live(session: &SignedIn, own: &TokenKey) -> SecretSlice<u8> {
    let own = session.tokens.get(own);
    let state = StateRecord::Live(Box::new(LiveRecord {
        id: session.id.clone(),
        authentication: session.authentication.clone(),
        requested_audiences: session.requested_audiences.clone(),
        revision: session.revision,
        refresh_token: session.refresh_token.as_ref().map(|token| token.expose().to_owned()),
        in_use_since: session.in_use_since,
        unverified: session.unverified,
        dpop_key: session.dpop_key.as_ref().filter(|_| !off("dpop_key")).map(|key| key.kept().to_owned()),
        access_token: own.map(token_record),
    }));
    encode(&session_record(&session.identity, session.granted_scope.clone(), state))
}

/// The record of a session that has ended, so that a restart doesn't forget who has to sign in again.
pub(super) fn ended(identity: &Identity, reason: ReauthReason) -> SecretSlice<u8> {
    let reason = match reason {
        ReauthReason::RefreshTokenRejected => ReasonRecord::RefreshTokenRejected,
        ReauthReason::NoRefreshToken => ReasonRecord::NoRefreshToken,
        ReauthReason::RefreshResponseLost => ReasonRecord::RefreshResponseLost,
        ReauthReason::IdentityChanged => ReasonRecord::IdentityChanged,
    };
    encode(&session_record(identity, String::new(), StateRecord::Ended { reason }))
}

/// Reads a record back. What can't be read is [`StoreError::Corrupt`], never "absent".
pub(super) fn restore(
    record: &SecretSlice<u8>,
    config: &Config,
    clock: &dyn Clock,
) -> Result<State, StoreError> {
    let record: SessionRecord = decode(record)?;
    let identity = Identity {
        account: Account {
            id: account_id(&record.issuer, &config.client_id, &record.user.sub),
            issuer: record.issuer,
            subject: record.user.sub.clone(),
        },
        user: User {
            subject: record.user.sub,
            name: record.user.name,
            email: record.user.email,
            email_verified: record.user.email_verified,
            picture: None,
        },
        picture_url: record.user.picture,
    };
    Ok(match record.state {
        StateRecord::Live(live) => {
            State::SignedIn(Box::new(signed_in(identity, record.scope, *live, clock)?))
        }
        StateRecord::Ended { reason } => State::ReauthRequired {
            identity,
            reason: match reason {
                ReasonRecord::RefreshTokenRejected => ReauthReason::RefreshTokenRejected,
                ReasonRecord::NoRefreshToken => ReauthReason::NoRefreshToken,
                ReasonRecord::RefreshResponseLost => ReauthReason::RefreshResponseLost,
                ReasonRecord::IdentityChanged => ReauthReason::IdentityChanged,
            },
        },
    })
}

fn signed_in(
    identity: Identity,
    granted_scope: String,
    live: LiveRecord,
    clock: &dyn Clock,
) -> Result<SignedIn, StoreError> {
    let dpop_key = live.dpop_key.as_deref().map(DpopKey::restore).transpose();
    let dpop_key = dpop_key.map_err(|_| StoreError::Corrupt)?;
    let token = live
        .access_token
        .map(|token| token_set(token, &identity.account.id, dpop_key.clone(), clock))
        .transpose()?;
    Ok(SignedIn {
        identity,
        id: live.id,
        authentication: live.authentication,
        revision: live.revision,
        in_use_since: live.in_use_since,
        answer_lost: live.in_use_since.is_some(),
        unverified: live.unverified,
        unkept: false,
        flight_lock: None,
        granted_scope,
        requested_audiences: live.requested_audiences,
        refresh_token: live.refresh_token.map(RefreshToken::new),
        dpop_key,
        tokens: token.into_iter().map(|token| (TokenKey::plain(token.audience.clone()), token)).collect(),
        refused: HashMap::new(),
        offline: false,
    })
}

fn session_record(identity: &Identity, scope: String, state: StateRecord) -> SessionRecord {
    SessionRecord {
        issuer: identity.account.issuer.clone(),
        user: UserRecord {
            sub: identity.user.subject.clone(),
            name: identity.user.name.clone(),
            email: identity.user.email.clone(),
            email_verified: identity.user.email_verified,
            picture: identity.picture_url.clone(),
        },
        scope,
        state,
    }
}

fn token_record(token: &TokenSet) -> TokenRecord {
    TokenRecord {
        token: token.access_token.expose().to_owned(),
        token_type: token.token_type().to_owned(),
        scope: token.scope.clone(),
        audience: token.audience.clone(),
        expires_at: token.expires_at(),
        lifetime: token.expiry.map(|expiry| expiry.lifetime().as_secs()),
    }
}

fn token_set(
    record: TokenRecord,
    account: &str,
    dpop_key: Option<DpopKey>,
    clock: &dyn Clock,
) -> Result<TokenSet, StoreError> {
    let expiry = match record.expires_at.zip(record.lifetime) {
        Some((at, lifetime)) => {
            Some(Expiry::restored(at, Duration::from_secs(lifetime), clock).ok_or(StoreError::Corrupt)?)
        }
        None => None,
    };
    Ok(TokenSet {
        access_token: AccessToken::new(record.token),
        bound_to: dpop_key,
        account: account.to_owned(),
        id_token: None,
        scope: record.scope,
        requested_scope: None,
        audience: record.audience,
        from_cache: false,
        expiry,
    })
}

/// The accounts at a provider, and which of them is the current one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    pub(super) current: Option<String>,
    pub(super) accounts: Vec<Listed>,
}

/// An account as the index knows it: enough to choose it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
}

impl Index {
    pub(super) fn holds(&self, id: &str) -> bool {
        self.accounts.iter().any(|listed| listed.id == id)
    }

    /// Makes it the current account.
    pub(super) fn adopt(&mut self, identity: &Identity) {
        self.list(identity);
        self.current = Some(identity.account.id.clone());
    }

    /// Lists an account, in the place of what was known of the same person.
    pub(super) fn list(&mut self, identity: &Identity) {
        let Identity { account, user, .. } = identity;
        let listed = Listed {
            id: account.id.clone(),
            issuer: account.issuer.clone(),
            subject: account.subject.clone(),
            name: user.name.clone(),
            email: user.email.clone(),
        };
        match self.accounts.iter_mut().find(|known| known.id == account.id) {
            Some(known) => *known = listed,
            None => self.accounts.push(listed),
        }
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.accounts.retain(|listed| listed.id != id);
        self.current.take_if(|current| current == id);
    }
}

/// The record of the index.
pub(super) fn index(index: &Index) -> SecretSlice<u8> {
    encode(index)
}

/// Reads the index back.
pub(super) fn restore_index(record: &SecretSlice<u8>) -> Result<Index, StoreError> {
    decode(record)
}

/// A sign-in that a callback may come back for after a restart.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PendingRecord {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) deadline: u64,
    validation: StoredValidation,
}

impl PendingRecord {
    pub(super) fn new(
        id: String,
        state: String,
        deadline: u64,
        validation: &AuthorizationValidation,
    ) -> Self {
        Self { id, state, deadline, validation: validation.into() }
    }

    /// `None` if its key can't be used.
    pub(super) fn into_validation(self) -> Option<AuthorizationValidation> {
        self.validation.try_into().ok()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PendingRecords {
    sign_ins: Vec<PendingRecord>,
}

/// The record of sign-ins that wait.
pub(super) fn pending(sign_ins: Vec<PendingRecord>) -> SecretSlice<u8> {
    encode(&PendingRecords { sign_ins })
}

/// Reads the sign-ins that wait; what can't be read is as good as none, as only a sign-in is lost.
pub(super) fn restore_pending(record: &SecretSlice<u8>) -> Vec<PendingRecord> {
    decode::<PendingRecords>(record).ok().map(|records| records.sign_ins).unwrap_or_default()
}

fn encode(record: &impl Serialize) -> SecretSlice<u8> {
    // Strings, numbers and maps with string keys: there is nothing in a record that can fail to serialise.
    encoded(&Zeroizing::new(serde_json::to_vec(record).unwrap_or_default()))
}

/// `keyfob {version} {digest}` and a line with the JSON: so that a flipped bit is seen wherever it is, and a version that
/// isn't known is not taken for damage.
pub(super) fn encoded(json: &[u8]) -> SecretSlice<u8> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(json.len() + 64));
    bytes.extend_from_slice(MARK);
    bytes.extend_from_slice(format!("{VERSION} {}\n", digest_of(VERSION, json)).as_bytes());
    bytes.extend_from_slice(json);
    SecretSlice::from(bytes.to_vec())
}

fn decode<T: DeserializeOwned>(record: &SecretSlice<u8>) -> Result<T, StoreError> {
    let bytes = record.expose_secret();
    let json = match bytes.strip_prefix(MARK) {
        Some(rest) => current(rest)?,
        None => return version_1(bytes),
    };
    serde_json::from_slice(json).map_err(|_| StoreError::Corrupt)
}

fn current(rest: &[u8]) -> Result<&[u8], StoreError> {
    let end = rest.iter().position(|byte| *byte == b'\n').ok_or(StoreError::Corrupt)?;
    let (head, json) = (&rest[..end], &rest[end + 1..]);
    let (version, digest) =
        str::from_utf8(head).ok().and_then(|head| head.split_once(' ')).ok_or(StoreError::Corrupt)?;
    let version: u32 = version.parse().map_err(|_| StoreError::Corrupt)?;
    if digest != digest_of(version, json) && !off("checksum") {
        return Err(StoreError::Corrupt);
    }
    match version {
        VERSION => Ok(json),
        newer if newer > VERSION => Err(StoreError::Newer),
        _ => Err(StoreError::Corrupt),
    }
}

/// Version 1 had the same fields, its number among them, and no digest.
fn version_1<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    let mut record: serde_json::Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|_| StoreError::Corrupt)?;
    if record.remove("version") != Some(Value::from(1)) {
        return Err(StoreError::Corrupt);
    }
    serde_json::from_value(Value::Object(record)).map_err(|_| StoreError::Corrupt)
}

fn digest_of(version: u32, json: &[u8]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&version.to_be_bytes());
    context.update(json);
    URL_SAFE_NO_PAD.encode(context.finish())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::SystemClock;

    fn config() -> Config {
        Config::from_json(json!({ "issuer": "https://id.example", "clientId": "app" })).expect("valid")
    }

    fn session() -> SignedIn {
        let record = json!({
            "version": 1,
            "issuer": "https://id.example",
            "user": { "sub": "ada", "name": null, "email": null, "email_verified": null, "picture": null },
            "state": { "live": { "refresh_token": "r", "access_token": null } },
        });
        match restored(record.to_string().as_bytes()) {
            Ok(State::SignedIn(session)) => *session,
            other => panic!("{other:?}"),
        }
    }

    fn restored(bytes: &[u8]) -> Result<State, StoreError> {
        restore(&SecretSlice::from(bytes.to_vec()), &config(), &SystemClock)
    }

    #[test]
    fn a_record_of_version_1_is_read_and_kept_as_the_present_one() {
        let record = live(&session(), &TokenKey::default());
        assert!(record.expose_secret().starts_with(b"keyfob 2 "));
        let again = restored(record.expose_secret());
        assert!(matches!(&again, Ok(State::SignedIn(session)) if session.identity.user.subject == "ada"));
    }

    #[test]
    fn a_record_of_a_newer_version_is_told_from_a_damaged_one() {
        let json = b"{}";
        let newer = format!("keyfob 3 {}\n{{}}", digest_of(3, json));
        assert_eq!(restored(newer.as_bytes()).map(drop), Err(StoreError::Newer));
        let damaged = newer.replace("keyfob 3", "keyfob 4");
        assert_eq!(restored(damaged.as_bytes()).map(drop), Err(StoreError::Corrupt));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        let record = live(&session(), &TokenKey::default());
        let whole = record.expose_secret();
        for length in 0..whole.len() {
            assert_eq!(restored(&whole[..length]).map(drop), Err(StoreError::Corrupt), "cut at {length}");
        }
        for at in 0..whole.len() * 8 {
            let mut flipped = whole.to_vec();
            flipped[at / 8] ^= 1 << (at % 8);
            assert_eq!(restored(&flipped).map(drop), Err(StoreError::Corrupt), "bit {at}");
        }
    }
}
