//! What a person sets up to their taste: kept in `settings.json`, in force at once.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tauri::{AppHandle, Runtime, Theme};
use tauri_plugin_store::StoreExt;

pub(crate) const FILE: &str = "settings.json";

/// What a person has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    pub(crate) theme: ThemeChoice,
    pub(crate) language: LanguageChoice,
    /// Whether closing the window leaves the app running.
    pub(crate) keep_in_tray: bool,
    /// Whether the system says so when a new sign-in is needed.
    pub(crate) notifications: bool,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) enum ThemeChoice {
    /// As the system is.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// The language of the window, the tray, dialogs and notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) enum LanguageChoice {
    /// The system's, or English.
    #[default]
    System,
    /// English.
    En,
    /// German.
    De,
}

impl ThemeChoice {
    /// `None` leaves it to the system.
    pub(crate) fn theme(self) -> Option<Theme> {
        match self {
            Self::System => None,
            Self::Light => Some(Theme::Light),
            Self::Dark => Some(Theme::Dark),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            language: LanguageChoice::default(),
            keep_in_tray: false,
            notifications: true,
        }
    }
}

impl Settings {
    /// A file that is damaged or not there means the defaults.
    pub(crate) fn load<R: Runtime>(app: &AppHandle<R>) -> Self {
        match app.store(FILE) {
            Ok(store) => Self::of(|key| store.get(key)),
            Err(error) => {
                tracing::warn!(%error, "the settings can't be read");
                Self::default()
            }
        }
    }

    pub(crate) fn save<R: Runtime>(self, app: &AppHandle<R>) -> tauri_plugin_store::Result<()> {
        let store = app.store(FILE)?;
        for (key, value) in [
            ("theme", json!(self.theme)),
            ("language", json!(self.language)),
            ("keepInTray", json!(self.keep_in_tray)),
            ("notifications", json!(self.notifications)),
        ] {
            store.set(key, value);
        }
        // At once: a crash would take what is saved by and by with it.
        store.save()
    }

    /// A value that another version has written means its default, and no other's.
    fn of(value: impl Fn(&str) -> Option<Value>) -> Self {
        let default = Self::default();
        Self {
            theme: known(value("theme")).unwrap_or(default.theme),
            language: known(value("language")).unwrap_or(default.language),
            keep_in_tray: known(value("keepInTray")).unwrap_or(default.keep_in_tray),
            notifications: known(value("notifications")).unwrap_or(default.notifications),
        }
    }
}

fn known<T: DeserializeOwned>(value: Option<Value>) -> Option<T> {
    serde_json::from_value(value?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_means_its_default_and_leaves_the_rest() {
        let kept = json!({ "theme": "sepia", "language": "de", "keepInTray": true, "notifications": 1 });
        let settings = Settings::of(|key| kept.get(key).cloned());
        let expected = Settings { language: LanguageChoice::De, keep_in_tray: true, ..Settings::default() };
        assert_eq!(settings, expected);
        assert_eq!(Settings::of(|_| None), Settings::default());
    }
}
