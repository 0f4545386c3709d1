//! The app's configuration: three layers, the last of which replaces the others whole.
//!
//! 1. what is baked into the installer, under `plugins.keyfob` in `tauri.conf.json`; with `locked: true` it is the last
//! 2. `keyfob.json` in the app's configuration folder
//! 3. the file that `KEYFOB_CONFIG` names
//!
//! They replace each other whole: an issuer of one layer with the client id of another would be nobody's.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::{Map, Value};
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_keyfob::keyfob::{Config, ConfigError};

const VARIABLE: &str = "KEYFOB_CONFIG";
const FILE: &str = "keyfob.json";

/// The configuration in force, and where it is from.
// No `Debug`: a client's secret may stand in the keys.
#[derive(Clone)]
pub(crate) struct Configuration {
    pub(crate) source: ProviderSource,
    /// Whether what is saved by the app would be the last layer.
    pub(crate) can_change: bool,
    /// The stem of the file in `providers/` that it was begun with.
    pub(crate) preset: Option<String>,
    /// What stands there, where it is an object.
    pub(crate) keys: Option<Map<String, Value>>,
    /// Errors: `not_configured`, which says where to put one; `invalid_configuration`, which names the file and the key.
    pub(crate) config: Result<Config, ConfigError>,
}

/// Which layer is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) enum ProviderSource {
    /// What came with the installer.
    Baked,
    /// The app's own `keyfob.json`.
    File,
    /// The file that `KEYFOB_CONFIG` names.
    Environment,
    /// There is none.
    None,
}

/// Reads the configuration.
pub(crate) fn load<R: Runtime>(app: &AppHandle<R>) -> Configuration {
    let baked = app.config().plugins.0.get("keyfob").cloned();
    let named = env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    choose(baked, own_file(app).as_deref(), named.as_deref())
}

/// The app's own file, whether it is there or not.
pub(crate) fn own_file<R: Runtime>(app: &AppHandle<R>) -> Option<PathBuf> {
    app.path().app_config_dir().ok().map(|folder| folder.join(FILE))
}

fn choose(baked: Option<Value>, own: Option<&Path>, named: Option<&Path>) -> Configuration {
    let (baked, locked) = match unlock(baked) {
        Ok(baked) => baked,
        Err(error) => return Configuration::broken(ProviderSource::Baked, error),
    };
    if locked && let Some(baked) = baked {
        return Configuration { can_change: false, ..Configuration::new(ProviderSource::Baked, baked) };
    }
    if let Some(path) = named {
        // Somebody named it, so it has to be there.
        let named = fs::read_to_string(path).map_or_else(
            |error| Configuration::broken(ProviderSource::Environment, unreadable(path, &error)),
            |text| Configuration::parse(ProviderSource::Environment, path, &text),
        );
        return Configuration { can_change: false, ..named };
    }
    if let Some(path) = own {
        match fs::read_to_string(path) {
            Ok(text) => return Configuration::parse(ProviderSource::File, path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Configuration::broken(ProviderSource::File, unreadable(path, &error)),
        }
    }
    match baked {
        Some(baked) => Configuration::new(ProviderSource::Baked, baked),
        None => Configuration::broken(ProviderSource::None, missing(own)),
    }
}

/// Takes `locked` out: it is the app's key, not the engine's.
fn unlock(baked: Option<Value>) -> Result<(Option<Value>, bool), ConfigError> {
    let Some(mut baked) = baked else {
        return Ok((None, false));
    };
    let locked = match baked.as_object_mut().and_then(|keys| keys.remove("locked")) {
        None => false,
        Some(Value::Bool(locked)) => locked,
        Some(_) => {
            return Err(ConfigError::Invalid { reason: "`locked` must be true or false".to_owned() });
        }
    };
    Ok((Some(baked), locked))
}

impl Configuration {
    fn new(source: ProviderSource, mut value: Value) -> Self {
        let keys = value.as_object().cloned();
        // The app's key too.
        let preset = value.as_object_mut().and_then(|keys| keys.remove("preset"));
        let preset = preset.and_then(|preset| preset.as_str().map(str::to_owned));
        Self { source, can_change: true, preset, keys, config: Config::from_json(value) }
    }

    fn parse(source: ProviderSource, path: &Path, text: &str) -> Self {
        let in_file =
            |reason: String| ConfigError::Invalid { reason: format!("{}: {reason}", path.display()) };
        let configuration = match serde_json::from_str(text) {
            Ok(keys) => Self::new(source, keys),
            Err(error) => return Self::broken(source, in_file(format!("it is not JSON: {error}"))),
        };
        let config = configuration.config.map_err(|error| match error {
            ConfigError::Invalid { reason } => in_file(reason),
            error @ (ConfigError::Missing { .. } | ConfigError::Superseded) => error,
        });
        Self { config, ..configuration }
    }

    fn broken(source: ProviderSource, error: ConfigError) -> Self {
        Self { source, can_change: true, preset: None, keys: None, config: Err(error) }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    ConfigError::Invalid { reason: format!("{} can't be read: {error}", path.display()) }
}

fn missing(own: Option<&Path>) -> ConfigError {
    let hint = own.map_or_else(
        || format!("Name a file in the environment variable {VARIABLE}."),
        |path| format!("Put `issuer` and `clientId` into {}.", path.display()),
    );
    ConfigError::Missing { hint }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(client_id: &str) -> Value {
        json!({ "issuer": "https://id.example", "clientId": client_id })
    }

    fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    }

    fn chosen(baked: Option<Value>, own: Option<&Path>, named: Option<&Path>) -> Result<String, String> {
        let config = choose(baked, own, named).config;
        config.map(|config| config.client_id).map_err(|error| error.to_string())
    }

    #[test]
    fn a_later_layer_replaces_the_earlier_ones_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = file(&folder, FILE, &config("own").to_string());
        let named = file(&folder, "named.json", &config("named").to_string());
        let baked = || Some(config("baked"));
        assert_eq!(chosen(baked(), None, None).as_deref(), Ok("baked"));
        assert_eq!(chosen(baked(), Some(&own), None).as_deref(), Ok("own"));
        assert_eq!(chosen(baked(), Some(&own), Some(&named)).as_deref(), Ok("named"));
        let half = file(&folder, "half.json", r#"{ "clientId": "half" }"#);
        assert!(chosen(baked(), None, Some(&half)).is_err_and(|reason| reason.contains("issuer")));
    }

    #[test]
    fn a_locked_baked_layer_is_the_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let named = file(&folder, "named.json", &config("named").to_string());
        let mut baked = config("baked");
        baked["locked"] = json!(true);
        assert_eq!(chosen(Some(baked.clone()), None, Some(&named)).as_deref(), Ok("baked"));
        baked["locked"] = json!(false);
        assert_eq!(chosen(Some(baked.clone()), None, Some(&named)).as_deref(), Ok("named"));
        baked["locked"] = json!("yes");
        assert!(chosen(Some(baked), None, None).is_err_and(|reason| reason.contains("locked")));
    }

    #[test]
    fn an_error_names_the_file_and_the_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let broken = file(&folder, "broken.json", r#"{ "issuer": "https://id.example", "clientID": "x" }"#);
        let reason = chosen(None, Some(&broken), None).expect_err("an error");
        assert!(reason.contains("broken.json") && reason.contains("clientID"), "{reason}");
        let absent = folder.path().join("absent.json");
        assert!(chosen(None, None, Some(&absent)).is_err_and(|reason| reason.contains("absent.json")));
        let nothing = chosen(None, Some(&absent), None).expect_err("an error");
        assert!(nothing.contains("No sign-in provider") && nothing.contains("absent.json"), "{nothing}");
    }

    #[test]
    fn what_the_app_would_save_is_in_force_unless_it_is_locked_or_somebody_named_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = file(&folder, FILE, &config("own").to_string());
        let named = file(&folder, "named.json", &config("named").to_string());
        let mut locked = config("baked");
        locked["locked"] = json!(true);
        let absent = folder.path().join("absent.json");
        for (baked, own, named, source, can_change) in [
            (Some(config("baked")), Some(&absent), None, ProviderSource::Baked, true),
            (Some(config("baked")), Some(&own), None, ProviderSource::File, true),
            (Some(locked), Some(&own), None, ProviderSource::Baked, false),
            (None, Some(&own), Some(&named), ProviderSource::Environment, false),
            (None, Some(&own), Some(&absent), ProviderSource::Environment, false),
            (None, Some(&absent), None, ProviderSource::None, true),
        ] {
            let chosen = choose(baked, own.map(PathBuf::as_path), named.map(PathBuf::as_path));
            assert_eq!((chosen.source, chosen.can_change), (source, can_change));
        }
    }

    #[test]
    fn the_preset_is_the_apps_key_and_not_the_engines() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut keys = config("own");
        keys["preset"] = json!("keycloak");
        let own = file(&folder, FILE, &keys.to_string());
        let chosen = choose(None, Some(&own), None);
        assert!(chosen.config.is_ok());
        assert_eq!(chosen.preset.as_deref(), Some("keycloak"));
    }
}
