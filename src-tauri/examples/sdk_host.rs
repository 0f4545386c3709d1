//! The window that the package is tried in: pages of `tests/window`, which hold the whole SDK, the samples of
//! `tests/seeds` and nothing of the app's own.
//!
//! `SDK_HOST_WINDOWS` names the windows to open, out of `main`, `second` and `tokenless`; by default `main`. With
//! `SDK_HOST_UNFROZEN` script may change `Object.prototype`, without which axios can't be loaded.

#![expect(clippy::expect_used, reason = "for development only: a panic is how it ends that can't go on")]

mod hosting;

use std::env;

use tauri::{AppHandle, WebviewWindowBuilder};
use tauri_plugin_keyfob::{Builder, KeyfobExt, keyfob::Config};

use self::hosting::{configuration, log_to_stderr};

/// `generate_context!` doesn't tell cargo what it reads.
const _: &str = include_str!("../../tests/window/tauri.conf.json");

fn main() -> tauri::Result<()> {
    log_to_stderr();
    let mut context = tauri::generate_context!("tests/window/tauri.conf.json");
    context.config_mut().app.security.freeze_prototype = env::var_os("SDK_HOST_UNFROZEN").is_none();
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, argv, _| app.keyfob().handle_args(&argv)))
        .plugin(Builder::new().config(|_| Config::from_json(configuration())).build())
        .setup(|app| {
            let labels = env::var("SDK_HOST_WINDOWS").unwrap_or_else(|_| "main".to_owned());
            for label in labels.split(',') {
                open(app.handle(), label)?;
            }
            Ok(())
        })
        .run(context)
}

/// Its pages learn from the configuration where the APIs are.
fn open(app: &AppHandle, label: &str) -> tauri::Result<()> {
    let window = app.config().app.windows.iter().find(|window| window.label == label);
    let resources = configuration()["resources"].to_string();
    WebviewWindowBuilder::from_config(app, window.expect("a window of tauri.conf.json"))?
        .initialization_script(format!("window.resources = {resources};"))
        .build()?;
    Ok(())
}
