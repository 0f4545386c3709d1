//! What a person has typed of a provider, and the configuration that it makes.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tauri_plugin_keyfob::keyfob::{Config, ConfigError};

use super::preset::Preset;

/// What stays of the file before where the issuer does: the app never writes them by itself, as they say who gets tokens
/// and whom to trust.
const OF_THE_ISSUER: [&str; 4] = ["resources", "apiBaseUrl", "audience", "extraRoots"];
/// What stays whoever the provider is.
const OF_THE_PERSON: [&str; 1] = ["keychain"];

/// A provider that nobody has saved yet. It says nothing of who gets tokens: no origin, no audience.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProviderDraft {
    /// The stem of a file in `providers/`; null for a provider that isn't known by name.
    preset: Option<String>,
    issuer: String,
    client_id: String,
    /// For the few providers that demand one of desktop apps.
    client_secret: Option<String>,
}

/// The keys of `keyfob.json`, and what they mean.
pub(super) struct Parsed {
    pub(super) keys: Map<String, Value>,
    pub(super) config: Config,
}

impl ProviderDraft {
    /// Errors: `invalid_configuration`, which names the key.
    pub(super) fn parse(&self, before: Option<&Map<String, Value>>) -> Result<Parsed, ConfigError> {
        let mut keys = match &self.preset {
            Some(name) => Preset::named(name)?.keys(&self.issuer)?,
            // Both ways back, so that links which don't arrive strand nobody.
            None => Map::from_iter([("redirect".to_owned(), json!(["deepLink", "loopback"]))]),
        };
        keys.insert("issuer".to_owned(), json!(self.issuer));
        keys.insert("clientId".to_owned(), json!(self.client_id));
        if let Some(secret) = &self.client_secret {
            keys.insert("clientSecret".to_owned(), json!(secret));
        }
        let before = before.cloned().unwrap_or_default();
        let same_issuer = before.get("issuer") == keys.get("issuer");
        let kept = OF_THE_ISSUER.iter().filter(|_| same_issuer).chain(&OF_THE_PERSON);
        for key in kept {
            if let Some(value) = before.get(*key) {
                keys.insert((*key).to_owned(), value.clone());
            }
        }
        let config = Config::from_json(Value::Object(keys.clone()))?;
        // The app's own key, which the engine doesn't know.
        if let Some(name) = &self.preset {
            keys.insert("preset".to_owned(), json!(name));
        }
        Ok(Parsed { keys, config })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(preset: Option<&str>, issuer: &str) -> ProviderDraft {
        ProviderDraft {
            preset: preset.map(str::to_owned),
            issuer: issuer.to_owned(),
            client_id: "keyfob".to_owned(),
            client_secret: None,
        }
    }

    fn keys(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).expect("an object")
    }

    #[test]
    fn a_draft_can_not_say_who_gets_tokens() {
        for key in ["resources", "apiBaseUrl", "audience", "extraRoots", "redirect"] {
            let mut typed = json!({ "preset": null, "issuer": "https://id.example", "clientId": "x", "clientSecret": null });
            typed[key] = json!("https://evil.example");
            let error = serde_json::from_value::<ProviderDraft>(typed).err().expect("an error").to_string();
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn who_gets_tokens_stays_with_the_issuer_and_goes_with_it() {
        let before = keys(json!({
            "issuer": "https://id.example",
            "clientId": "before",
            "audience": "https://api.example",
            "resources": [{ "origin": "https://api.example", "audience": "https://api.example" }],
            "apiBaseUrl": "https://api.example/v1/",
            "keychain": "memory",
        }));
        let same = draft(None, "https://id.example").parse(Some(&before)).expect("a configuration").keys;
        for key in ["audience", "resources", "apiBaseUrl", "keychain"] {
            assert_eq!(same[key], before[key]);
        }
        assert_eq!(same["clientId"], "keyfob");
        let other = draft(None, "https://other.example").parse(Some(&before)).expect("a configuration").keys;
        assert_eq!(other.get("keychain"), Some(&json!("memory")));
        for key in ["audience", "resources", "apiBaseUrl"] {
            assert!(!other.contains_key(key), "{key}");
        }
    }

    #[test]
    fn a_preset_is_remembered_and_no_key_of_the_engine() {
        let parsed =
            draft(Some("google"), "https://accounts.google.com").parse(None).expect("a configuration");
        assert_eq!(parsed.keys["preset"], "google");
        assert_eq!(parsed.keys["extraParameters"]["access_type"], "offline");
    }

    #[test]
    fn what_is_no_configuration_names_the_key() {
        for (issuer, client_id, key) in [
            ("http://id.example", "x", "issuer"),
            ("javascript:alert(1)", "x", "issuer"),
            ("https://id.example", "", "clientId"),
        ] {
            let draft = ProviderDraft { client_id: client_id.to_owned(), ..draft(None, issuer) };
            let error = draft.parse(None).err().expect("no configuration").to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
