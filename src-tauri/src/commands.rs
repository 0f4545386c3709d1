//! The app's own commands, for its window alone.

use tauri::{AppHandle, Manager, Runtime, ipc::Invoke};
use tauri_plugin_keyfob::keyfob::ErrorCode;

use crate::{app_state::AppState, current::Current, error::CommandError, settings::Settings, window};

pub(crate) fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool {
    tauri::generate_handler![get_app_state, save_settings]
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
