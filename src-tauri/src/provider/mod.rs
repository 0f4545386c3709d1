//! Which provider the app is set up for: looked at, saved, forgotten. What it becomes, the person decides in a dialog of
//! the system, as a script in the window could otherwise send them to a provider of its own.

mod ask;
mod draft;
mod file;
mod preset;
mod questions;
mod report;

use std::{io, path::PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};
use tauri::{AppHandle, Manager, Runtime, Url};
use tauri_plugin_keyfob::{
    KeyfobExt,
    keyfob::{Config, ErrorCode, Keyfob, SignOutOptions, inspect_provider},
};

use self::{ask::Question, draft::Parsed, questions::Accounts};
pub(crate) use self::{draft::ProviderDraft, report::ProviderReport};
use crate::{
    app_state::KeychainChoice,
    config::{self, Configuration},
    current::Current,
    error::CommandError,
    language::Questions,
    settings::Settings,
    window,
};

/// Whether the person agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) enum SaveOutcome {
    /// It is saved, and in force.
    Saved,
    /// Nothing has changed.
    Declined,
}

/// Whether the person agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub(crate) enum ResetOutcome {
    /// The app is as it was before the first start.
    Done,
    /// Nothing has changed.
    Declined,
}

/// One change at a time: two dialogs would ask about one another's file.
#[derive(Default)]
pub(crate) struct Changes(tokio::sync::Mutex<()>);

/// Looks at a provider that nobody has saved yet.
///
/// Errors: `invalid_configuration`, which names the key.
pub(crate) async fn check<R: Runtime>(
    app: &AppHandle<R>,
    draft: &ProviderDraft,
) -> Result<ProviderReport, CommandError> {
    let Parsed { config, .. } = draft.parse(config::load(app).keys.as_ref())?;
    let inspection = inspect_provider(&config).await;
    Ok(ProviderReport::new(inspection, app.redirect_uris(&config)))
}

/// Saves a provider and puts it in force. Who is signed in at another one, or with another client id, is signed out first.
///
/// Errors: `permission_denied`, `busy`, `invalid_configuration`, those of signing out, `internal`.
pub(crate) async fn save<R: Runtime>(
    app: &AppHandle<R>,
    draft: &ProviderDraft,
) -> Result<SaveOutcome, CommandError> {
    let changes = app.state::<Changes>();
    let _one = one_at_a_time(&changes)?;
    let (before, path) = changeable(app)?;
    // Not what is in force: somebody may have written in the file since.
    let kept = config::load(app).keys;
    let Parsed { keys, config } = draft.parse(kept.as_ref())?;
    let same_session = before.config.as_ref().is_ok_and(|before| is_of_the_same_session(before, &config));
    let accounts = accounts_of(&app.keyfob(), same_session).await;
    let question = Question::connect(questions(app), &host(&config), accounts);
    if !question.ask(app).await {
        return Ok(SaveOutcome::Declined);
    }
    if !same_session {
        sign_everybody_out(&app.keyfob()).await?;
    }
    let same_issuer = before.config.is_ok_and(|before| before.issuer == config.issuer);
    let keeps_all = kept.is_some_and(|kept| kept.keys().all(|key| keys.contains_key(key)));
    if !same_issuer || !keeps_all {
        file::set_aside(&path).map_err(|error| unwritable(&error))?;
    }
    put_in_force(app, &path, &keys)?;
    Ok(SaveOutcome::Saved)
}

/// Keeps the session elsewhere from now on; the one that there is ends, as it doesn't move.
///
/// Errors: as [`save`], and `not_configured`.
pub(crate) async fn set_keychain_policy<R: Runtime>(
    app: &AppHandle<R>,
    policy: KeychainChoice,
) -> Result<SaveOutcome, CommandError> {
    let changes = app.state::<Changes>();
    let _one = one_at_a_time(&changes)?;
    let (before, path) = changeable(app)?;
    if KeychainChoice::from(before.config?.keychain) == policy {
        return Ok(SaveOutcome::Saved);
    }
    let Some(mut keys) = config::load(app).keys else {
        return Err(CommandError::new(ErrorCode::InvalidConfiguration, "keyfob.json has become unreadable."));
    };
    keys.insert("keychain".to_owned(), json!(policy));
    let accounts = accounts_of(&app.keyfob(), false).await;
    if !Question::keep_session(questions(app), policy, accounts).ask(app).await {
        return Ok(SaveOutcome::Declined);
    }
    sign_everybody_out(&app.keyfob()).await?;
    put_in_force(app, &path, &keys)?;
    Ok(SaveOutcome::Saved)
}

/// Signs everybody out, and forgets the provider, where it is the app's to forget, and the settings.
///
/// Errors: as [`save`].
pub(crate) async fn reset<R: Runtime>(app: &AppHandle<R>) -> Result<ResetOutcome, CommandError> {
    let changes = app.state::<Changes>();
    let _one = one_at_a_time(&changes)?;
    let accounts = accounts_of(&app.keyfob(), false).await;
    if !Question::reset(questions(app), accounts).ask(app).await {
        return Ok(ResetOutcome::Declined);
    }
    sign_everybody_out(&app.keyfob()).await?;
    if let Ok((_, path)) = changeable(app) {
        file::remove(&path).map_err(|error| unwritable(&error))?;
        reload(app);
    }
    let settings = Settings::default();
    settings.save(app).map_err(|error| {
        CommandError::new(ErrorCode::Internal, format!("The settings can't be forgotten: {error}."))
    })?;
    app.state::<Current<Settings>>().replace(settings);
    window::forget(app);
    Ok(ResetOutcome::Done)
}

fn one_at_a_time(changes: &Changes) -> Result<tokio::sync::MutexGuard<'_, ()>, CommandError> {
    let busy = "Another change waits for an answer in its dialog.";
    changes.0.try_lock().map_err(|_| CommandError::new(ErrorCode::Busy, busy))
}

/// The configuration in force, and the file in which the app keeps another.
fn changeable<R: Runtime>(app: &AppHandle<R>) -> Result<(Configuration, PathBuf), CommandError> {
    let configuration = app.state::<Current<Configuration>>().get();
    let path = config::own_file(app).filter(|_| configuration.can_change);
    let fixed = "The provider is set by this installation, or by the file that KEYFOB_CONFIG names.";
    let path = path.ok_or_else(|| CommandError::new(ErrorCode::PermissionDenied, fixed))?;
    Ok((configuration, path))
}

/// Whether whoever is signed in stays so.
fn is_of_the_same_session(before: &Config, after: &Config) -> bool {
    before.issuer == after.issuer && before.client_id == after.client_id && before.keychain == after.keychain
}

/// What becomes of who is signed in. A keychain that doesn't tell may hold somebody.
async fn accounts_of(keyfob: &Keyfob, stay: bool) -> Accounts {
    // Nobody can be signed in where nothing is set up.
    if keyfob.config().is_err() {
        return Accounts::Absent;
    }
    match keyfob.accounts().await {
        Ok(accounts) if accounts.is_empty() => Accounts::Absent,
        _ if stay => Accounts::Kept,
        _ => Accounts::SignedOut,
    }
}

/// All accounts. A keychain that refuses leaves everything as it is.
async fn sign_everybody_out(keyfob: &Keyfob) -> Result<(), CommandError> {
    // Nobody can be signed in where nothing is set up.
    if keyfob.config().is_err() {
        return Ok(());
    }
    Ok(keyfob.sign_out(SignOutOptions::default()).await?)
}

fn put_in_force<R: Runtime>(
    app: &AppHandle<R>,
    path: &std::path::Path,
    keys: &Map<String, Value>,
) -> Result<(), CommandError> {
    file::write(path, keys).map_err(|error| unwritable(&error))?;
    reload(app);
    Ok(())
}

fn reload<R: Runtime>(app: &AppHandle<R>) {
    let configuration = config::load(app);
    let config = configuration.config.clone();
    app.state::<Current<Configuration>>().replace(configuration);
    app.reconfigure_keyfob(config);
}

fn questions<R: Runtime>(app: &AppHandle<R>) -> &'static Questions {
    &app.state::<Current<Settings>>().get().language.texts().questions
}

/// In ASCII, as it is looked up: what only looks like another's name doesn't then.
fn host(config: &Config) -> String {
    let url = Url::parse(config.issuer.as_str()).ok();
    let port = url.as_ref().and_then(Url::port).map(|port| format!(":{port}")).unwrap_or_default();
    let host = url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    format!("{host}{port}")
}

fn unwritable(error: &io::Error) -> CommandError {
    CommandError::new(ErrorCode::Internal, format!("The configuration can't be written: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_shown_as_it_is_looked_up() {
        for (issuer, expected) in [
            ("https://id.example.com/realms/main", "id.example.com"),
            ("https://id.example.com:8443/realms/main", "id.example.com:8443"),
            // Its first letter is Cyrillic.
            ("https://\u{430}uth0.com/", "xn--uth0-43d.com"),
        ] {
            let config = Config::from_json(json!({ "issuer": issuer, "clientId": "x" }));
            assert_eq!(host(&config.expect("a configuration")), expected);
        }
    }
}
