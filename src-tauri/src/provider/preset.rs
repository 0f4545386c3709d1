//! What is known of providers by name: the files in `providers/`.

use serde::Deserialize;
use serde_json::{Map, Value};
use tauri_plugin_keyfob::keyfob::ConfigError;

const FILES: [(&str, &str); 6] = [
    ("auth0", include_str!("../../../providers/auth0.json")),
    ("entra", include_str!("../../../providers/entra.json")),
    ("google", include_str!("../../../providers/google.json")),
    ("keycloak", include_str!("../../../providers/keycloak.json")),
    ("okta", include_str!("../../../providers/okta.json")),
    ("workos", include_str!("../../../providers/workos.json")),
];

/// As much of a file as makes a configuration.
#[derive(Deserialize)]
pub(super) struct Preset {
    issuers: Vec<Map<String, Value>>,
    config: Map<String, Value>,
}

impl Preset {
    pub(super) fn named(name: &str) -> Result<Self, ConfigError> {
        let (_, text) = FILES
            .iter()
            .find(|(stem, _)| *stem == name)
            .ok_or_else(|| invalid(format!("`preset`: nothing is known of {name:?}")))?;
        serde_json::from_str(text).map_err(|error| invalid(format!("`preset`: {name}: {error}")))
    }

    /// The keys of a configuration for one of its issuers. An issuer of no form that is known, of a custom domain say,
    /// has nothing of its own but its name.
    pub(super) fn keys(self, issuer: &str) -> Result<Map<String, Value>, ConfigError> {
        let is_form = |form: &&Map<String, Value>| form_of(form).is_some_and(|form| matches(form, issuer));
        let is_issuer = |form: &&Map<String, Value>| form_of(form) == Some(issuer);
        // One that stands there as it is also has the form of others: `organizations` is no tenant.
        let form = self.issuers.iter().find(is_issuer).or_else(|| self.issuers.iter().find(is_form)).cloned();
        let mut keys = self.config;
        for (key, value) in form.unwrap_or_default() {
            // A gap in anything else is what the issuer doesn't say.
            if key != "issuer" && has_gap(&value) {
                return Err(invalid(format!(
                    "`issuer`: this one needs `{key}` as well; write it into the file"
                )));
            }
            keys.insert(key, value);
        }
        Ok(keys)
    }
}

fn form_of(form: &Map<String, Value>) -> Option<&str> {
    form.get("issuer")?.as_str()
}

/// Whether an issuer has a form, `https://{tenant}.auth0.com/` say: what is in braces may be anything within one label.
fn matches(form: &str, issuer: &str) -> bool {
    let Some((before, rest)) = form.split_once('{') else {
        return form == issuer;
    };
    let Some((_, after)) = rest.split_once('}') else {
        return false;
    };
    let Some(issuer) = issuer.strip_prefix(before) else {
        return false;
    };
    let end = issuer.find(['/', '.']).unwrap_or(issuer.len());
    end > 0 && matches(after, &issuer[end..])
}

/// `{tenantid}` is no gap but the name that a template has (see [`Config::issuer_template`]).
///
/// [`Config::issuer_template`]: tauri_plugin_keyfob::keyfob::Config::issuer_template
fn has_gap(value: &Value) -> bool {
    match value {
        Value::String(text) => text.replace("{tenantid}", "").contains('{'),
        Value::Array(values) => values.iter().any(has_gap),
        _ => false,
    }
}

fn invalid(reason: String) -> ConfigError {
    ConfigError::Invalid { reason }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use serde_json::json;

    use super::*;

    #[test]
    fn every_file_is_known() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers");
        let mut stems: Vec<_> = fs::read_dir(folder)
            .expect("presets")
            .map(|file| {
                file.expect("a file").path().file_stem().expect("a name").to_string_lossy().into_owned()
            })
            .collect();
        stems.sort();
        assert_eq!(stems, FILES.map(|(stem, _)| stem));
    }

    #[test]
    fn an_issuer_is_told_by_its_form() {
        for (form, issuer, expected) in [
            ("https://{tenant}.auth0.com/", "https://acme.auth0.com/", true),
            ("https://{tenant}.auth0.com/", "https://acme.auth0.com", false),
            ("https://{tenant}.auth0.com/", "https://.auth0.com/", false),
            ("https://{tenant}.auth0.com/", "https://evil.example/.auth0.com/", false),
            ("https://{host}/realms/{realm}", "https://localhost/realms/one", true),
            ("https://accounts.google.com", "https://accounts.google.com", true),
            ("https://accounts.google.com", "https://accounts.google.com/", false),
        ] {
            assert_eq!(matches(form, issuer), expected, "{form} {issuer}");
        }
    }

    #[test]
    fn a_form_brings_what_belongs_to_it_and_is_refused_where_the_issuer_does_not_say_it() {
        let keys = |issuer| Preset::named("entra").expect("a preset").keys(issuer);
        let one = keys("https://login.microsoftonline.com/0a1b/v2.0").expect("keys");
        assert_eq!(one["resourceStyle"], json!("scope"));
        assert!(!one.contains_key("issuerTemplate"));
        let many = keys("https://login.microsoftonline.com/organizations/v2.0");
        assert!(many.is_err_and(|error| error.to_string().contains("allowedTenants")));
        let custom = keys("https://login.acme.example/").expect("keys");
        assert_eq!(custom["resourceStyle"], json!("scope"));
        assert!(Preset::named("../etc").is_err_and(|error| error.to_string().contains("preset")));
    }
}
