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

use serde_json::Value;
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_keyfob::keyfob::{Config, ConfigError};

const VARIABLE: &str = "KEYFOB_CONFIG";
const FILE: &str = "keyfob.json";

/// Reads the configuration.
///
/// Errors: `not_configured`, which says where to put one; `invalid_configuration`, which names the file and the key.
pub(crate) fn load<R: Runtime>(app: &AppHandle<R>) -> Result<Config, ConfigError> {
    let baked = app.config().plugins.0.get("keyfob").cloned();
    let own = app.path().app_config_dir().ok().map(|folder| folder.join(FILE));
    let named = env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    choose(baked, own.as_deref(), named.as_deref())
}

fn choose(baked: Option<Value>, own: Option<&Path>, named: Option<&Path>) -> Result<Config, ConfigError> {
    let (baked, locked) = unlock(baked)?;
    if let Some(baked) = baked.as_ref().filter(|_| locked) {
        return Config::from_json(baked.clone());
    }
    if let Some(path) = named {
        // Somebody named it, so it has to be there.
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        return parse(path, &text);
    }
    if let Some(path) = own {
        match fs::read_to_string(path) {
            Ok(text) => return parse(path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(path, &error)),
        }
    }
    baked.map_or_else(|| Err(missing(own)), Config::from_json)
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

fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let in_file = |reason: String| ConfigError::Invalid { reason: format!("{}: {reason}", path.display()) };
    let value = serde_json::from_str(text).map_err(|error| in_file(format!("it is not JSON: {error}")))?;
    Config::from_json(value).map_err(|error| match error {
        ConfigError::Invalid { reason } => in_file(reason),
        error @ (ConfigError::Missing { .. } | ConfigError::Superseded) => error,
    })
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
        choose(baked, own, named).map(|config| config.client_id).map_err(|error| error.to_string())
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
}
