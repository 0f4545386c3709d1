//! What is kept in the keychain: the session, and sign-ins that a callback may come back for after a restart.

use std::time::Duration;

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{
    state::{Account, Identity, ReauthReason, SignedIn, State, User},
    token_set::{Expiry, TokenSet},
};
use crate::{
    clock::Clock,
    config::Config,
    protocol::authorization::{AuthorizationValidation, StoredValidation},
    secret::{AccessToken, RefreshToken},
    store::StoreError,
};

const VERSION: u32 = 1;

/// The keychain item of the session with this provider.
pub(super) fn session_key(config: &Config) -> String {
    format!("session-{}", fingerprint(&[config.issuer.as_str(), &config.client_id]))
}

/// The keychain item of the sign-ins that wait for a callback from this provider.
pub(super) fn pending_key(config: &Config) -> String {
    format!("pending-{}", fingerprint(&[config.issuer.as_str(), &config.client_id]))
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
    version: u32,
    issuer: String,
    user: UserRecord,
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
    Live { refresh_token: Option<String>, access_token: Option<TokenRecord> },
    Ended { reason: ReasonRecord },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReasonRecord {
    RefreshTokenRejected,
    NoRefreshToken,
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
pub(super) fn live(session: &SignedIn, own_audience: Option<&String>) -> SecretSlice<u8> {
    let own = session.tokens.get(&own_audience.cloned());
    let state = StateRecord::Live {
        refresh_token: session.refresh_token.as_ref().map(|token| token.expose().to_owned()),
        access_token: own.map(token_record),
    };
    encode(&session_record(&session.identity, state))
}

/// The record of a session that has ended, so that a restart doesn't forget who has to sign in again.
pub(super) fn ended(identity: &Identity, reason: ReauthReason) -> SecretSlice<u8> {
    let reason = match reason {
        ReauthReason::RefreshTokenRejected => ReasonRecord::RefreshTokenRejected,
        ReauthReason::NoRefreshToken => ReasonRecord::NoRefreshToken,
        ReauthReason::IdentityChanged => ReasonRecord::IdentityChanged,
    };
    encode(&session_record(identity, StateRecord::Ended { reason }))
}

/// Reads a record back. What can't be read is [`StoreError::Corrupt`], never "absent".
pub(super) fn restore(
    record: &SecretSlice<u8>,
    config: &Config,
    clock: &dyn Clock,
) -> Result<State, StoreError> {
    let record: SessionRecord = decode(record)?;
    if record.version != VERSION {
        return Err(StoreError::Corrupt);
    }
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
        StateRecord::Live { refresh_token, access_token } => State::SignedIn(SignedIn {
            identity,
            refresh_token: refresh_token.map(RefreshToken::new),
            tokens: access_token
                .map(|token| token_set(token, clock))
                .transpose()?
                .into_iter()
                .map(|token| (token.audience.clone(), token))
                .collect(),
            offline: false,
        }),
        StateRecord::Ended { reason } => State::ReauthRequired {
            identity,
            reason: match reason {
                ReasonRecord::RefreshTokenRejected => ReauthReason::RefreshTokenRejected,
                ReasonRecord::NoRefreshToken => ReauthReason::NoRefreshToken,
                ReasonRecord::IdentityChanged => ReauthReason::IdentityChanged,
            },
        },
    })
}

fn session_record(identity: &Identity, state: StateRecord) -> SessionRecord {
    SessionRecord {
        version: VERSION,
        issuer: identity.account.issuer.clone(),
        user: UserRecord {
            sub: identity.user.subject.clone(),
            name: identity.user.name.clone(),
            email: identity.user.email.clone(),
            email_verified: identity.user.email_verified,
            picture: identity.picture_url.clone(),
        },
        state,
    }
}

fn token_record(token: &TokenSet) -> TokenRecord {
    TokenRecord {
        token: token.access_token.expose().to_owned(),
        token_type: token.token_type.clone(),
        scope: token.scope.clone(),
        audience: token.audience.clone(),
        expires_at: token.expires_at(),
        lifetime: token.expiry.map(|expiry| expiry.lifetime().as_secs()),
    }
}

fn token_set(record: TokenRecord, clock: &dyn Clock) -> Result<TokenSet, StoreError> {
    let expiry = match record.expires_at.zip(record.lifetime) {
        Some((at, lifetime)) => {
            Some(Expiry::restored(at, Duration::from_secs(lifetime), clock).ok_or(StoreError::Corrupt)?)
        }
        None => None,
    };
    Ok(TokenSet {
        access_token: AccessToken::new(record.token),
        token_type: record.token_type,
        scope: record.scope,
        audience: record.audience,
        expiry,
    })
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

    pub(super) fn into_validation(self) -> AuthorizationValidation {
        self.validation.into()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PendingRecords {
    version: u32,
    sign_ins: Vec<PendingRecord>,
}

/// The record of sign-ins that wait.
pub(super) fn pending(sign_ins: Vec<PendingRecord>) -> SecretSlice<u8> {
    encode(&PendingRecords { version: VERSION, sign_ins })
}

/// Reads the sign-ins that wait; what can't be read is as good as none, as only a sign-in is lost.
pub(super) fn restore_pending(record: &SecretSlice<u8>) -> Vec<PendingRecord> {
    decode::<PendingRecords>(record)
        .ok()
        .filter(|records| records.version == VERSION)
        .map(|records| records.sign_ins)
        .unwrap_or_default()
}

fn encode(record: &impl Serialize) -> SecretSlice<u8> {
    // Strings, numbers and maps with string keys: there is nothing in a record that can fail to serialise.
    let bytes = Zeroizing::new(serde_json::to_vec(record).unwrap_or_default());
    SecretSlice::from(bytes.to_vec())
}

fn decode<T: DeserializeOwned>(record: &SecretSlice<u8>) -> Result<T, StoreError> {
    serde_json::from_slice(record.expose_secret()).map_err(|_| StoreError::Corrupt)
}
