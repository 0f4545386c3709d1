//! The plugin: the engine in the app's state, its commands, and the plugins that it is composed with.

use std::{error::Error, sync::Arc};

use keyfob::{CallbackOutcome, Config, ConfigError, EndpointUrl, Keyfob, Opener, callback_in_args};
use serde_json::Value;
use tauri::{
    AppHandle, Manager, RunEvent, Runtime, Webview, Window, WindowEvent,
    ipc::Invoke,
    plugin::Plugin,
    webview::{PageLoadEvent, PageLoadPayload},
};

use crate::{
    commands::{self, Subscriptions},
    engine::{Engine, KeyfobExt},
    fetch::Streams,
    registration,
};

type ConfigSource<R> = Box<dyn FnOnce(&AppHandle<R>) -> Result<Config, ConfigError> + Send>;

/// The plugin, configured by `plugins.keyfob` in `tauri.conf.json`.
pub fn init<R: Runtime>() -> impl Plugin<R> {
    Builder::new().build()
}

/// Builds the plugin where [`init`] is not enough.
pub struct Builder<R: Runtime> {
    config: Option<ConfigSource<R>>,
    opener: Opener,
    single_instance: bool,
}

impl<R: Runtime> Builder<R> {
    /// A plugin that reads `plugins.keyfob` and leaves single-instance to the host.
    pub fn new() -> Self {
        Self { config: None, opener: Arc::new(open_in_browser), single_instance: false }
    }

    /// Takes the configuration from the host instead of `plugins.keyfob`.
    #[must_use]
    pub fn config(
        mut self,
        config: impl FnOnce(&AppHandle<R>) -> Result<Config, ConfigError> + Send + 'static,
    ) -> Self {
        self.config = Some(Box::new(config));
        self
    }

    /// Opens the browser in another way than the operating system's.
    #[must_use]
    pub fn opener(mut self, opener: Opener) -> Self {
        self.opener = opener;
        self
    }

    /// Registers single-instance too, for hosts that don't.
    ///
    /// A host that registers it by itself must not: a second registration in one process takes itself for a second
    /// process, and exits.
    #[must_use]
    pub fn single_instance(mut self, register: bool) -> Self {
        self.single_instance = register;
        self
    }

    /// The plugin.
    pub fn build(self) -> impl Plugin<R> {
        KeyfobPlugin {
            config: self.config,
            opener: self.opener,
            single_instance: self.single_instance.then(single_instance),
            deep_link: Box::new(tauri_plugin_deep_link::init()),
            commands: Box::new(commands::handler()),
        }
    }
}

impl<R: Runtime> Default for Builder<R> {
    fn default() -> Self {
        Self::new()
    }
}

type CommandHandler<R> = dyn Fn(Invoke<R>) -> bool + Send + Sync;

/// Composed by hand, not with [`tauri::plugin::Builder`]: registering a plugin in a plugin's set-up hangs.
struct KeyfobPlugin<R: Runtime> {
    config: Option<ConfigSource<R>>,
    opener: Opener,
    single_instance: Option<Box<dyn Plugin<R>>>,
    /// For the registration of the scheme only. Without a configuration it neither emits nor keeps the start argument,
    /// and no event is handed to it: it would tell every webview of each opened URL, the code included.
    deep_link: Box<dyn Plugin<R>>,
    commands: Box<CommandHandler<R>>,
}

impl<R: Runtime> Plugin<R> for KeyfobPlugin<R> {
    fn name(&self) -> &'static str {
        "keyfob"
    }

    fn initialize(&mut self, app: &AppHandle<R>, config: Value) -> Result<(), Box<dyn Error>> {
        // First: a second process ends here, before it touches anything.
        if let Some(single_instance) = &mut self.single_instance {
            single_instance.initialize(app, Value::Null)?;
        }
        self.deep_link.initialize(app, Value::Null)?;
        let config = match self.config.take() {
            Some(source) => source(app),
            None if config.is_null() => Err(ConfigError::Missing {
                hint: "Put one under `plugins.keyfob` in tauri.conf.json.".to_owned(),
            }),
            None => Config::from_json(config),
        };
        match &config {
            // The host may ask the person for one.
            Err(error @ ConfigError::Missing { .. }) => tracing::info!(%error, "Keyfob is not configured"),
            Err(error) => tracing::error!(%error, "Keyfob has no usable configuration"),
            Ok(_) => {}
        }
        let engine = Engine::start(app, config, self.opener.clone());
        let keyfob = engine.present();
        take_start_callback(&keyfob);
        registration::repair(app, keyfob.deep_link_scheme());
        app.manage(Subscriptions::default());
        app.manage(Streams::default());
        app.manage(engine);
        Ok(())
    }

    fn window_created(&mut self, window: Window<R>) {
        if let Some(single_instance) = &mut self.single_instance {
            single_instance.window_created(window);
        }
    }

    fn webview_created(&mut self, webview: Webview<R>) {
        if let Some(single_instance) = &mut self.single_instance {
            single_instance.webview_created(webview);
        }
    }

    fn on_page_load(&mut self, webview: &Webview<R>, payload: &PageLoadPayload<'_>) {
        if payload.event() == PageLoadEvent::Started {
            webview.state::<Streams>().end_page(webview.label());
        }
    }

    fn on_event(&mut self, app: &AppHandle<R>, event: &RunEvent) {
        if let Some(single_instance) = &mut self.single_instance {
            single_instance.on_event(app, event);
        }
        if let RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. } = event {
            app.state::<Subscriptions>().end(label);
            app.state::<Streams>().end_window(label);
        }
        #[cfg(target_os = "macos")]
        if let RunEvent::Opened { urls } = event {
            for url in urls {
                let program = env!("CARGO_PKG_NAME");
                app.keyfob().handle_args(&[program, url.as_str()]);
            }
        }
    }

    fn extend_api(&mut self, invoke: Invoke<R>) -> bool {
        (self.commands)(invoke)
    }
}

fn single_instance<R: Runtime>() -> Box<dyn Plugin<R>> {
    Box::new(tauri_plugin_single_instance::init(|app: &AppHandle<R>, argv, _| {
        app.keyfob().handle_args(&argv);
    }))
}

/// The browser may have started the app: its answer is this process's only argument then.
fn take_start_callback(keyfob: &Keyfob) {
    let args: Vec<_> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let Some(url) = keyfob.deep_link_scheme().and_then(|scheme| callback_in_args(&args, scheme)) else {
        return;
    };
    let (keyfob, url) = (keyfob.clone(), url.to_owned());
    tauri::async_runtime::spawn(async move {
        if keyfob.handle_start_callback(&url).await == CallbackOutcome::Ignored {
            tracing::error!(
                "the browser's answer started a process that waits for none; if the app was running, register \
                 single-instance first of all plugins: .plugin(tauri_plugin_single_instance::init(|app, argv, _| \
                 app.keyfob().handle_args(&argv))). On Linux it needs a session bus."
            );
        }
    });
}

/// From Rust only: a command that opens URLs would be script's to call.
fn open_in_browser(url: &EndpointUrl) -> std::io::Result<()> {
    tauri_plugin_opener::open_url(url.as_str(), None::<&str>).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    /// It would tell every webview of each opened URL, the code included: tauri-plugin-deep-link broadcasts what its
    /// `on_event` gets, and what single-instance hands to it.
    #[test]
    fn deep_link_is_set_up_and_handed_no_event() {
        let source = include_str!("plugin.rs");
        let (code, _) = source.split_once("#[cfg(test)]").expect("these tests");
        let calls: Vec<_> = code
            .match_indices("self.deep_link")
            .map(|(at, name)| code[at + name.len()..].split('(').next().unwrap_or_default())
            .filter(|call| call.starts_with('.'))
            .collect();
        assert_eq!(calls, [".initialize"]);
        assert!(code.contains("self.deep_link.initialize(app, Value::Null)"), "it has no configuration");
        let workspace = include_str!("../../../Cargo.toml");
        let single_instance = workspace.lines().find(|line| line.starts_with("tauri-plugin-single-instance"));
        assert_eq!(single_instance, Some("tauri-plugin-single-instance = \"2.5.4\""), "without features");
    }
}
