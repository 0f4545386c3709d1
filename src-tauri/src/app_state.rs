//! What the window is told about the app: how it is set up, and no secret.

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_keyfob::{
    KeyfobExt,
    keyfob::{KeychainPolicy, Resource},
};

use crate::{
    config::{self, Configuration, ProviderSource},
    current::Current,
    settings::Settings,
};

/// How the app is set up.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppState {
    /// Null: there is none, or one that can't be used; the session says why.
    provider: Option<ProviderSummary>,
    provider_source: ProviderSource,
    /// Whether `save_provider`, `set_keychain_policy` and the provider's part of `reset` are open.
    can_change_provider: bool,
    /// Where the app keeps its own configuration.
    config_file: String,
    /// Of this build's deep links; redirect URIs begin with it.
    deep_link_scheme: Option<String>,
    settings: Settings,
    platform: Platform,
    version: String,
}

/// The provider in force.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderSummary {
    issuer: String,
    client_id: String,
    /// The stem of a file in `providers/`.
    preset: Option<String>,
    /// Empty: the usual ones, less what the provider doesn't know.
    scopes: Vec<String>,
    audience: Option<String>,
    api_base_url: Option<String>,
    resources: Vec<ResourceSummary>,
    dpop: bool,
    keychain: KeychainChoice,
    /// What has to be registered there.
    redirect_uris: Vec<String>,
}

/// An origin that gets tokens.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceSummary {
    origin: String,
    audience: Option<String>,
}

/// Where the session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) enum KeychainChoice {
    /// In the system's keychain.
    Required,
    /// In memory, until the app ends.
    Memory,
}

/// The system that the app runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) enum Platform {
    Linux,
    Macos,
    Windows,
}

impl AppState {
    pub(crate) fn of<R: Runtime>(app: &AppHandle<R>) -> Self {
        let configuration = app.state::<Current<Configuration>>().get();
        Self {
            provider: ProviderSummary::of(app, &configuration),
            provider_source: configuration.source,
            can_change_provider: configuration.can_change,
            config_file: config::own_file(app).map_or_else(String::new, |path| path.display().to_string()),
            deep_link_scheme: app.deep_link_scheme(),
            settings: app.state::<Current<Settings>>().get(),
            platform: Platform::of_this_build(),
            version: app.package_info().version.to_string(),
        }
    }
}

impl ProviderSummary {
    fn of<R: Runtime>(app: &AppHandle<R>, configuration: &Configuration) -> Option<Self> {
        let config = configuration.config.as_ref().ok()?;
        Some(Self {
            issuer: config.issuer.as_str().to_owned(),
            client_id: config.client_id.clone(),
            preset: configuration.preset.clone(),
            scopes: config.scopes.clone().unwrap_or_default(),
            audience: config.audience.clone(),
            api_base_url: config.api_base_url.as_ref().map(|url| url.as_str().to_owned()),
            resources: config.resources.iter().map(ResourceSummary::of).collect(),
            dpop: config.dpop,
            keychain: config.keychain.into(),
            redirect_uris: app.redirect_uris(config),
        })
    }
}

impl ResourceSummary {
    fn of(resource: &Resource) -> Self {
        Self { origin: resource.origin.ascii_serialization(), audience: Some(resource.audience.clone()) }
    }
}

impl From<KeychainPolicy> for KeychainChoice {
    fn from(policy: KeychainPolicy) -> Self {
        match policy {
            KeychainPolicy::Required => Self::Required,
            KeychainPolicy::Memory => Self::Memory,
        }
    }
}

impl Platform {
    const fn of_this_build() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::Macos
        } else {
            Self::Linux
        }
    }
}
