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
