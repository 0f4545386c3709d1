//! The engine that is in force, and how another takes its place.

use std::{
    ops::Deref,
    sync::{Mutex, PoisonError},
};

use keyfob::{Config, ConfigError, Keychain, KeychainPolicy, Keyfob, Memory, Opener, RedirectKind};
use tauri::{
    AppHandle, Manager, Runtime,
    ipc::{CommandArg, CommandItem, InvokeError},
};

use crate::{fetch::Streams, registration};

/// The engine, from whatever knows the app.
pub trait KeyfobExt<R: Runtime> {
    /// The engine. Cheap; ask again rather than keep it, as [another](Self::reconfigure_keyfob) may take its place.
    ///
    /// # Panics
    ///
    /// If the plugin is not registered.
    fn keyfob(&self) -> Keyfob;

    /// Puts an engine with another configuration in the place of the one that is in force, and gives it. Windows and
    /// whoever else follows the session go on to do so. Sign-ins that wait end as `superseded`, and requests whose answers
    /// are being read as `cancelled`.
    ///
    /// The session goes along where issuer, client id and `keychain` stay the same. Otherwise it is left where it is: sign
    /// out first, or it is there again when they are.
    ///
    /// # Panics
    ///
    /// If the plugin is not registered.
    fn reconfigure_keyfob(&self, config: Result<Config, ConfigError>) -> Keyfob;

    /// What would have to be registered at the provider with this configuration, for this app and its scheme.
    fn redirect_uris(&self, config: &Config) -> Vec<String>;

    /// The private-use scheme (RFC 8252 section 7.1) of this app's deep links: the first under `plugins.deep-link`, from
    /// which installers register it too.
    fn deep_link_scheme(&self) -> Option<String>;
}

impl<R: Runtime, M: Manager<R>> KeyfobExt<R> for M {
    fn keyfob(&self) -> Keyfob {
        self.state::<Engine>().present()
    }

    fn reconfigure_keyfob(&self, config: Result<Config, ConfigError>) -> Keyfob {
        let app = self.app_handle();
        let keyfob = self.state::<Engine>().replace(app, config);
        registration::repair(app, keyfob.deep_link_scheme());
        keyfob
    }

    fn redirect_uris(&self, config: &Config) -> Vec<String> {
        let scheme = self.deep_link_scheme();
        config.redirect_uris(scheme.as_deref(), default_redirect(scheme.as_deref()))
    }

    fn deep_link_scheme(&self) -> Option<String> {
        let plugin = self.app_handle().config().plugins.0.get("deep-link")?;
        let scheme = plugin
            .pointer("/desktop/schemes/0")
            .or_else(|| plugin.pointer("/desktop/0/schemes/0"))?
            .as_str()?;
        Some(scheme.to_owned())
    }
}

/// The engine that is in force, and what every other is made with.
pub(crate) struct Engine {
    present: Mutex<Keyfob>,
    opener: Opener,
    /// Of all that keep the session in memory: it outlives them as a keychain would.
    memory: Memory,
}

impl Engine {
    pub(crate) fn start<R: Runtime>(
        app: &AppHandle<R>,
        config: Result<Config, ConfigError>,
        opener: Opener,
    ) -> Self {
        let memory = Memory::new();
        let present = Mutex::new(start(app, builder(app, opener.clone()), config, memory.clone()));
        Self { present, opener, memory }
    }

    pub(crate) fn present(&self) -> Keyfob {
        self.present.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace<R: Runtime>(&self, app: &AppHandle<R>, config: Result<Config, ConfigError>) -> Keyfob {
        if let Err(error) = &config {
            tracing::error!(%error, "Keyfob has no usable configuration any more");
        }
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let builder = builder(app, self.opener.clone()).in_place_of(&present);
        *present = start(app, builder, config, self.memory.clone());
        // Before any command finds the new one.
        app.state::<Streams>().end_all();
        present.clone()
    }
}

/// The engine that is in force when a command is called.
pub(crate) struct Present(Keyfob);

impl Deref for Present {
    type Target = Keyfob;

    fn deref(&self) -> &Keyfob {
        &self.0
    }
}

impl<'a, R: Runtime> CommandArg<'a, R> for Present {
    fn from_command(command: CommandItem<'a, R>) -> Result<Self, InvokeError> {
        Ok(Self(command.message.webview_ref().keyfob()))
    }
}

#[cfg(test)]
impl specta::function::FunctionArg for Present {
    fn to_datatype(_: &mut specta::Types) -> Option<specta::datatype::DataType> {
        None
    }
}

fn builder<R: Runtime>(app: &AppHandle<R>, opener: Opener) -> keyfob::Builder {
    let scheme = app.deep_link_scheme();
    warn_of_common_scheme(scheme.as_deref());
    Keyfob::builder(opener)
        .app_name(app.config().product_name.clone().unwrap_or_else(|| app.package_info().name.clone()))
        .default_redirect(default_redirect(scheme.as_deref()))
        .deep_link_scheme(scheme)
        .follow_system()
}

fn start<R: Runtime>(
    app: &AppHandle<R>,
    builder: keyfob::Builder,
    config: Result<Config, ConfigError>,
    memory: Memory,
) -> Keyfob {
    // The engine spawns tasks, and plugins are set up outside the runtime.
    let handle = tauri::async_runtime::handle();
    let _runtime = handle.inner().enter();
    match config.as_ref().map_or(KeychainPolicy::Required, |config| config.keychain) {
        KeychainPolicy::Required => builder.start(config, Keychain::new(&app.config().identifier)),
        KeychainPolicy::Memory => builder.start(config, memory),
    }
}

fn warn_of_common_scheme(scheme: Option<&str>) {
    if let Some(scheme) = scheme.filter(|scheme| !scheme.contains('.')) {
        tracing::warn!(
            scheme,
            "a scheme without a dot may be another app's too: use a domain of yours, reversed (RFC 8252 section 7.1)"
        );
    }
}

/// A build under development must not take the links of the installed app.
fn default_redirect(scheme: Option<&str>) -> RedirectKind {
    if cfg!(debug_assertions) || scheme.is_none() { RedirectKind::Loopback } else { RedirectKind::DeepLink }
}

#[cfg(test)]
mod tests {
    use fake_provider::{Endpoint, Fault};
    use keyfob::{ErrorCode, Failure};
    use serde_json::{Value, json};

    use super::*;
    use crate::answer::tests::{Host, PATIENT, head_of, invoke, raw, request};

    fn code(answer: Result<Value, Value>) -> Value {
        answer.expect_err("an error")["code"].take()
    }

    /// What a window's channel says once the engine in force has restored the session; nothing older comes after newer.
    fn status(host: &Host, heard: &mut u64) -> Value {
        let keyfob = host.app.keyfob();
        tauri::async_runtime::block_on(keyfob.restored_session());
        let (sent, restored) = (host.sent.lock().expect("a lock"), keyfob.snapshot().generation);
        loop {
            let mut snapshot = sent.recv_timeout(PATIENT).expect("the channel goes on");
            let generation = snapshot["generation"].as_u64().expect("a number");
            assert!(generation > *heard, "{generation} after {heard}");
            *heard = generation;
            if generation >= restored {
                return snapshot["session"]["status"].take();
            }
        }
    }

    #[test]
    fn windows_go_on_to_follow_the_session_and_their_commands_speak_to_the_engine_in_force() {
        let host = Host::start();
        host.sign_in();
        let call = |command, arguments| invoke(&host.window, command, arguments, PATIENT);
        let token = || call("get_access_token", json!({ "options": {} }));
        let mut heard = 0;
        call("subscribe", json!({ "channel": "__CHANNEL__:1" })).expect("a channel");
        assert_eq!(status(&host, &mut heard), "signed_in");

        let old = host.app.keyfob();
        let mut config = host.config();
        config["uiLocales"] = json!(["de"]);
        let new = host.app.reconfigure_keyfob(Config::from_json(config));
        assert_eq!(status(&host, &mut heard), "signed_in");
        assert_eq!(old.config().expect_err("it is over").code(), ErrorCode::Superseded);
        assert!(token().is_ok());
        let links = host.app.redirect_uris(new.config().expect("it is in force"));
        assert_eq!(links, ["dev.keyfob.desktop:/callback"]);
        let now = call("get_session", json!({})).expect("a state");
        assert!(now["generation"].as_u64() >= Some(heard), "{now}");

        let missing = ConfigError::Missing { hint: String::new() };
        host.app.reconfigure_keyfob(Err(missing));
        assert_eq!(status(&host, &mut heard), "unavailable");
        assert_eq!(code(token()), "not_configured");
        assert_eq!(code(call("sign_in", json!({ "options": {} }))), "not_configured");
        host.app.reconfigure_keyfob(Config::from_json(host.config()));
        assert_eq!(status(&host, &mut heard), "signed_in");
        token().expect("memory has kept the session");
    }

    #[test]
    fn requests_of_the_engine_before_are_ended_and_the_next_ones_are_answered() {
        let host = Host::start();
        host.sign_in();
        let endless = request(1, "GET", &host.provider.api_url(), &Value::Null);
        host.provider.at(Endpoint::Api).next(Fault::EndlessBody);
        let frame = invoke(&host.window, "fetch", raw(&endless, b""), PATIENT).expect("a frame");
        assert_eq!(head_of(&frame)["ended"], false);

        host.app.reconfigure_keyfob(Config::from_json(host.config()));
        let over = invoke(&host.window, "fetch_read", json!({ "id": 1 }), PATIENT);
        assert_eq!(code(over), "invalid_argument");
        let frame = invoke(&host.window, "fetch", raw(&endless, b""), PATIENT).expect("a frame");
        assert_eq!(head_of(&frame)["status"], 200);
    }
}
