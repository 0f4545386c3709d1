//! The app with a second window, whose script wants to hear and to say what isn't its business: it has `core:default`
//! and nothing of Keyfob's. For `window-isolation` of the campaign, which reads what it tells on stderr.
//!
//! With `TWO_WINDOWS_LEAKY` it is a host that does what hosts mustn't: it tells every window what happens, and believes
//! what any of them says.

#![expect(clippy::expect_used, reason = "for development only: a panic is how it ends that can't go on")]

mod hosting;

use std::env;

use serde_json::json;
use tauri::{AppHandle, Emitter, Listener, Manager, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_keyfob::{Builder, KeyfobExt, keyfob::Config};

use self::hosting::{configuration, log_to_stderr};

/// What the second window tells Rust, which it may.
const REPORT: &str = "eavesdropper";
/// Tells it to start forging.
const FORGE: &str = "forge";
const SNAPSHOT: &str = "keyfob://snapshot";
const LINK: &str = "deep-link://new-url";

fn main() -> tauri::Result<()> {
    log_to_stderr();
    let leaky = env::var_os("TWO_WINDOWS_LEAKY").is_some();
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(move |app, argv, _| {
            if leaky {
                app.emit(LINK, &argv).expect("an event");
            }
            app.keyfob().handle_args(&argv);
        }))
        .plugin(Builder::new().config(|_| Config::from_json(configuration())).build())
        .setup(move |app| {
            let capability =
                json!({ "identifier": "other", "windows": ["other"], "permissions": ["core:default"] });
            app.add_capability(capability.to_string())?;
            let main = &app.config().app.windows[0];
            WebviewWindowBuilder::from_config(app, main)?.build()?;
            app.listen_any(REPORT, |event| tracing::info!("eavesdropper: {}", event.payload()));
            let forgeries = env::var("TWO_WINDOWS_FORGERIES").unwrap_or_else(|_| "1000".to_owned());
            WebviewWindowBuilder::new(app, "other", WebviewUrl::App("index.html".into()))
                .initialization_script(include_str!("eavesdropper.js").replace("FORGERIES", &forgeries))
                .build()?;
            whenever_something_happens(app.handle(), leaky);
            Ok(())
        })
        .run(tauri::generate_context!())
}

/// With each change the second window forges anew; what it forges must not be one.
fn whenever_something_happens(app: &AppHandle, leaky: bool) {
    if leaky {
        let gullible = app.clone();
        app.listen_any(LINK, move |event| {
            let link: Vec<String> = serde_json::from_str(event.payload()).unwrap_or_default();
            gullible.keyfob().handle_args(&link);
        });
    }
    let app = app.clone();
    let mut snapshots = app.keyfob().subscribe();
    tauri::async_runtime::spawn(async move {
        while snapshots.changed().await.is_ok() {
            let snapshot = snapshots.borrow_and_update().clone();
            if leaky {
                let url = app.keyfob().authorization_url().await.map(|url| url.as_str().to_owned());
                app.emit(SNAPSHOT, format!("{snapshot:?} {url:?}")).expect("an event");
            }
            app.emit_to("other", FORGE, snapshot.generation).expect("an event");
        }
    });
}
