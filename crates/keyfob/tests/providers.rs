//! The presets under `providers/`, which are data: what is asserted here is what the documentation of a preset promises.

#![expect(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::{collections::BTreeMap, fs, path::Path};

use keyfob::{Config, RedirectKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Preset {
    name: String,
    date: String,
    /// What belongs to the issuer, in each form that it has; what is in braces is the tenant's own.
    issuers: Vec<Map<String, Value>>,
    config: Map<String, Value>,
    /// Whether the token endpoint demands one of desktop apps.
    #[serde(default)]
    client_secret: bool,
    redirect_uris: Vec<String>,
    notes: Vec<String>,
    sources: Vec<String>,
}

fn presets() -> BTreeMap<String, Preset> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../providers");
    let files = fs::read_dir(folder).expect("presets").map(|file| file.expect("a file").path());
    files
        .map(|path| {
            let text = fs::read(&path).expect("text");
            let preset =
                serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, preset)
        })
        .collect()
}

/// What is in braces, filled in. `{tenantid}` is no gap but the name that a template has.
fn filled_in(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(filled_in).collect(),
        Value::String(text) => {
            let mut text = text.clone();
            while let Some((start, end)) = text
                .find('{')
                .zip(text.find('}'))
                .filter(|(start, _)| text[*start..].get(..10) != Some("{tenantid}"))
            {
                text.replace_range(start..=end, "filled-in");
            }
            text.into()
        }
        other => other.clone(),
    }
}

/// The configuration that a preset gives for one of its forms of issuer.
fn configuration(preset: &Preset, issuer: &Map<String, Value>) -> Config {
    let mut config = preset.config.clone();
    for (key, value) in issuer {
        assert!(!config.contains_key(key), "{key} stands in both");
        config.insert(key.clone(), filled_in(value));
    }
    config.insert("clientId".to_owned(), json!("app"));
    Config::from_json(Value::Object(config)).unwrap_or_else(|error| panic!("{}: {error}", preset.name))
}

#[test]
fn there_is_a_preset_for_each_provider_that_is_named() {
    let names: Vec<_> = presets().into_keys().collect();
    assert_eq!(names, ["auth0", "entra", "google", "keycloak", "okta", "workos"]);
}

#[test]
fn a_preset_is_a_configuration_that_lacks_the_issuer_and_the_client_alone() {
    for preset in presets().values() {
        assert!(!preset.issuers.is_empty(), "{}", preset.name);
        for issuer in &preset.issuers {
            configuration(preset, issuer);
        }
        for own in ["issuer", "clientId", "clientSecret", "audience", "resources"] {
            assert!(!preset.config.contains_key(own), "{}: {own} is the app's", preset.name);
        }
    }
}

#[test]
fn the_redirects_to_register_are_those_that_the_configuration_uses() {
    for preset in presets().values() {
        let config = configuration(preset, &preset.issuers[0]);
        assert!(config.loopback.host.is_some(), "{}: registered by name", preset.name);
        let expected = config.redirect_uris(Some("{scheme}"), RedirectKind::Loopback);
        assert_eq!(preset.redirect_uris, expected, "{}", preset.name);
        // Ports above are handed out by the system, to anybody.
        assert!(config.loopback.ports.iter().all(|port| (1024..32768).contains(port)), "{}", preset.name);
    }
}

#[test]
fn a_preset_says_when_and_from_where_it_knows_what_it_says() {
    for preset in presets().values() {
        let [year, month, day] = preset.date.split('-').collect::<Vec<_>>()[..] else {
            panic!("{}: {}", preset.name, preset.date);
        };
        assert!(
            year.len() == 4
                && [month, day].iter().all(|part| part.len() == 2)
                && [year, month, day].iter().all(|part| part.parse::<u16>().is_ok()),
            "{}: {}",
            preset.name,
            preset.date
        );
        assert!(!preset.sources.is_empty() && !preset.notes.is_empty(), "{}", preset.name);
        for source in &preset.sources {
            let url = Url::parse(source).expect("a URL");
            assert_eq!(url.scheme(), "https", "{source}");
        }
    }
}

#[test]
fn only_google_demands_a_client_secret_of_desktop_apps() {
    let demanding: Vec<_> =
        presets().into_iter().filter(|(_, preset)| preset.client_secret).map(|(name, _)| name).collect();
    assert_eq!(demanding, ["google"]);
}
