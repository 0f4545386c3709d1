//! The smallest host: no window, a deep link, and what becomes of callbacks on stderr.
//!
//! With `HOST_SINGLE_INSTANCE=own` it registers single-instance by itself, as an app does that needs it for more than
//! sign-in; otherwise the plugin does.

use serde_json::json;
use tauri_plugin_keyfob::{
    Builder, KeyfobExt,
    keyfob::{Config, Session},
};

fn main() -> tauri::Result<()> {
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(std::io::stderr).init();
    let config = json!({ "issuer": "https://id.example.com", "clientId": "host", "keychain": "memory" });
    let plugin = Builder::new().config(move |_| Config::from_json(config));
    let mut context = tauri::test::mock_context(tauri::test::noop_assets());
    "dev.keyfob.host".clone_into(&mut context.config_mut().identifier);
    context
        .config_mut()
        .plugins
        .0
        .insert("deep-link".to_owned(), json!({ "desktop": { "schemes": ["dev.keyfob.host"] } }));

    let app = tauri::Builder::default();
    let app = if std::env::var_os("HOST_SINGLE_INSTANCE").is_some_and(|whose| whose == "own") {
        let single_instance =
            tauri_plugin_single_instance::init(|app, argv, _| app.keyfob().handle_args(&argv));
        app.plugin(single_instance).plugin(plugin.build())
    } else {
        app.plugin(plugin.single_instance(true).build())
    };
    app.setup(|app| {
        let mut snapshots = app.keyfob().subscribe();
        tauri::async_runtime::spawn(async move {
            if snapshots.wait_for(|snapshot| snapshot.session == Session::SignedOut).await.is_ok() {
                tracing::info!("the host is ready");
            }
        });
        Ok(())
    })
    .run(context)
}
