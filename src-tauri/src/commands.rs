//! The app's own commands, for its window alone.

use tauri::{AppHandle, Manager, Runtime, ipc::Invoke};
use tauri_plugin_keyfob::keyfob::ErrorCode;

use crate::{
    app_state::{AppState, KeychainChoice},
    current::Current,
    error::CommandError,
    provider::{self, ProviderDraft, ProviderReport, ResetOutcome, SaveOutcome},
    settings::Settings,
    window,
};

pub(crate) fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool {
    tauri::generate_handler![
        get_app_state,
        save_settings,
        check_provider,
        save_provider,
        set_keychain_policy,
        reset
    ]
}

/// How the app is set up.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn get_app_state<R: Runtime>(app: AppHandle<R>) -> Result<AppState, CommandError> {
    Ok(AppState::of(&app))
}

/// Keeps the settings, and brings them into force.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn save_settings<R: Runtime>(
    app: AppHandle<R>,
    settings: Settings,
) -> Result<Settings, CommandError> {
    settings.save(&app).map_err(|error| {
        CommandError::new(ErrorCode::Internal, format!("The settings can't be kept: {error}."))
    })?;
    app.state::<Current<Settings>>().replace(settings);
    window::set_theme(&app, settings.theme);
    Ok(settings)
}

/// Looks at a provider that nobody has saved yet.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn check_provider<R: Runtime>(
    app: AppHandle<R>,
    draft: ProviderDraft,
) -> Result<ProviderReport, CommandError> {
    provider::check(&app, &draft).await
}

/// Saves a provider and puts it in force, if the person agrees in a dialog.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn save_provider<R: Runtime>(
    app: AppHandle<R>,
    draft: ProviderDraft,
) -> Result<SaveOutcome, CommandError> {
    provider::save(&app, &draft).await
}

/// Keeps the session elsewhere from now on, if the person agrees in a dialog.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn set_keychain_policy<R: Runtime>(
    app: AppHandle<R>,
    policy: KeychainChoice,
) -> Result<SaveOutcome, CommandError> {
    provider::set_keychain_policy(&app, policy).await
}

/// Puts the app back to what it was before the first start, if the person agrees in a dialog.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn reset<R: Runtime>(app: AppHandle<R>) -> Result<ResetOutcome, CommandError> {
    provider::reset(&app).await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tauri::{
        WebviewUrl, WebviewWindow, WebviewWindowBuilder,
        ipc::{CallbackFn, InvokeBody},
        test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder},
        webview::InvokeRequest,
    };
    use tauri_plugin_keyfob::keyfob::Config;

    use super::*;
    use crate::{
        config::{Configuration, ProviderSource},
        provider::Changes,
    };

    /// The app as somebody has set it up for the person, with its own capability.
    fn app() -> AppHandle<MockRuntime> {
        let keys = json!({ "issuer": "http://127.0.0.1:9", "clientId": "app", "keychain": "memory", "redirect": "loopback" });
        let config = Config::from_json(keys.clone());
        let configuration = Configuration {
            source: ProviderSource::Environment,
            can_change: false,
            preset: None,
            keys: keys.as_object().cloned(),
            config: config.clone(),
        };
        let plugin = tauri_plugin_keyfob::Builder::new().config(move |_| config).build();
        let app = mock_builder().plugin(plugin).invoke_handler(handler());
        let app = app.build(tauri::generate_context!()).expect("an app");
        app.manage(Current::new(configuration));
        app.manage(Current::new(Settings::default()));
        app.manage(Changes::default());
        let handle = app.handle().clone();
        // It never runs.
        std::mem::forget(app);
        handle
    }

    fn window(app: &AppHandle<MockRuntime>, label: &str) -> WebviewWindow<MockRuntime> {
        WebviewWindowBuilder::new(app, label, WebviewUrl::default()).build().expect("a window")
    }

    fn invoke(window: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Result<Value, Value> {
        let own_page = if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" };
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: own_page.parse().expect("a URL"),
            body: InvokeBody::Json(arguments),
            headers: tauri::http::HeaderMap::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(window, request).map(|body| body.deserialize().expect("JSON"))
    }

    #[test]
    fn the_window_is_told_how_the_app_is_set_up_and_no_other_window_is() {
        let app = app();
        let state = invoke(&window(&app, "main"), "get_app_state", json!({})).expect("a state");
        assert_eq!(state["providerSource"], "environment");
        assert_eq!(state["canChangeProvider"], false);
        assert_eq!(state["provider"]["clientId"], "app");
        assert_eq!(state["provider"]["redirectUris"], json!(["http://127.0.0.1/callback"]));
        assert_eq!(state["settings"]["theme"], "system");

        let other = window(&app, "other");
        for command in ["get_app_state", "save_settings", "check_provider", "save_provider", "reset"] {
            let refusal = invoke(&other, command, json!({})).expect_err("refused").to_string();
            assert!(refusal.contains("not allowed"), "{command}: {refusal}");
        }
    }

    #[test]
    fn what_was_set_up_for_the_person_is_changed_by_nobody() {
        let window = window(&app(), "main");
        let draft =
            json!({ "preset": null, "issuer": "https://id.example", "clientId": "x", "clientSecret": null });
        let code =
            |command, arguments| invoke(&window, command, arguments).expect_err("refused")["code"].take();
        assert_eq!(code("save_provider", json!({ "draft": draft })), "permission_denied");
        assert_eq!(code("set_keychain_policy", json!({ "policy": "required" })), "permission_denied");
    }

    #[test]
    fn a_draft_that_is_no_configuration_is_told_apart_from_a_provider_that_fails() {
        let window = window(&app(), "main");
        let check = |issuer| {
            let draft = json!({ "preset": null, "issuer": issuer, "clientId": "x", "clientSecret": null });
            invoke(&window, "check_provider", json!({ "draft": draft }))
        };
        let wrong = check("http://id.example").expect_err("no configuration");
        assert_eq!(wrong["code"], "invalid_configuration");
        assert!(wrong["message"].as_str().is_some_and(|message| message.contains("`issuer`")));
        let nobody = check("http://127.0.0.1:9").expect("a report");
        assert_eq!(nobody["canSave"], false);
        assert_eq!(nobody["checks"][0]["status"], "failed");
    }
}
