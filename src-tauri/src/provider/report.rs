//! What was found of a provider, as the window gets it.

use serde::Serialize;
use tauri_plugin_keyfob::keyfob::{
    ProviderCheck as Found, ProviderInspection, ProviderStatus as Status, ProviderSubject as Subject,
};

/// What a provider offers, and what has to be done there.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderReport {
    checks: Vec<ProviderCheck>,
    /// What has to be registered at the provider, to the letter.
    redirect_uris: Vec<String>,
    /// Whether nothing was found that keeps people from signing in.
    can_save: bool,
}

impl ProviderReport {
    pub(super) fn new(inspection: ProviderInspection, redirect_uris: Vec<String>) -> Self {
        let can_save = inspection.is_usable();
        Self { checks: inspection.checks.into_iter().map(Into::into).collect(), redirect_uris, can_save }
    }
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderCheck {
    subject: ProviderSubject,
    status: ProviderStatus,
    /// In words, none of which are the provider's.
    message: String,
    /// What to do: of a warning or a failure.
    fix: Option<String>,
}

impl From<Found> for ProviderCheck {
    fn from(Found { subject, status, message, fix }: Found) -> Self {
        Self { subject: subject.into(), status: status.into(), message, fix }
    }
}

/// What a provider may offer.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProviderSubject {
    Metadata,
    Issuer,
    CodeFlow,
    Pkce,
    RefreshTokens,
    Resources,
    Dpop,
    Par,
    Revocation,
    Logout,
    Iss,
}

impl From<Subject> for ProviderSubject {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Metadata => Self::Metadata,
            Subject::Issuer => Self::Issuer,
            Subject::CodeFlow => Self::CodeFlow,
            Subject::Pkce => Self::Pkce,
            Subject::RefreshTokens => Self::RefreshTokens,
            Subject::Resources => Self::Resources,
            Subject::Dpop => Self::Dpop,
            Subject::Par => Self::Par,
            Subject::Revocation => Self::Revocation,
            Subject::Logout => Self::Logout,
            Subject::Iss => Self::Iss,
        }
    }
}

/// How it is.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProviderStatus {
    /// As it should be.
    Ok,
    /// It works and could be better, or the metadata doesn't say.
    Warning,
    /// Nobody can sign in.
    Failed,
    /// The provider doesn't offer it, and nothing is wrong with that.
    Absent,
    /// It can't be known.
    Skipped,
}

impl From<Status> for ProviderStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => Self::Ok,
            Status::Warning => Self::Warning,
            Status::Failed => Self::Failed,
            Status::Absent => Self::Absent,
            Status::Skipped => Self::Skipped,
        }
    }
}
