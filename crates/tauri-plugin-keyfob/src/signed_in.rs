//! What a command of the host's own takes that needs somebody to be signed in.

use keyfob::{AccessTokenError, Account, Keyfob, Session, User};
use tauri::{
    Runtime,
    ipc::{CommandArg, CommandItem, InvokeError},
};

use crate::{engine::KeyfobExt, error::KeyfobErrorPayload};

/// Somebody is signed in. A command that takes it is rejected where nobody is, with the error that `getAccessToken` gives
/// too: `not_authenticated`, `reauth_required`, or why the session is unavailable.
///
/// ```
/// use tauri_plugin_keyfob::{SignedIn, keyfob::AccessTokenRequest};
///
/// #[tauri::command]
/// async fn greeting(session: SignedIn) -> Result<String, String> {
///     let token = session.keyfob.access_token(&AccessTokenRequest::default()).await;
///     token.map(|_| format!("Hello, {}", session.user.subject)).map_err(|error| error.to_string())
/// }
/// ```
///
/// Tauri builds the arguments of a command at once, so that nothing can be waited for here: in the moments after the start
/// in which the session is still being restored the command is rejected with `loading`, which is retryable. A command that
/// a window calls so early takes the app's handle instead, and [waits](Self::wait).
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// By which provider.
    pub account: Account,
    /// For a token, a request or a sign-out.
    pub keyfob: Keyfob,
}

impl SignedIn {
    /// Who is signed in now.
    ///
    /// Errors: `not_authenticated`, `reauth_required`, `loading`, and why the session is unavailable.
    pub fn now(keyfob: &Keyfob) -> Result<Self, AccessTokenError> {
        Self::by(keyfob, keyfob.snapshot().session)
    }

    /// Who is signed in as soon as that is known, which takes ten seconds at most.
    ///
    /// Errors: as [`now`](Self::now).
    pub async fn wait(keyfob: &Keyfob) -> Result<Self, AccessTokenError> {
        Self::by(keyfob, keyfob.restored_session().await)
    }

    fn by(keyfob: &Keyfob, session: Session) -> Result<Self, AccessTokenError> {
        match session {
            Session::SignedIn { user, account, .. } => Ok(Self { user, account, keyfob: keyfob.clone() }),
            Session::Loading => Err(AccessTokenError::Loading),
            Session::SignedOut => Err(AccessTokenError::NotAuthenticated),
            Session::ReauthRequired { .. } => Err(AccessTokenError::ReauthRequired),
            Session::Unavailable { code, message } => Err(AccessTokenError::Unavailable { code, message }),
        }
    }
}

impl<'a, R: Runtime> CommandArg<'a, R> for SignedIn {
    fn from_command(command: CommandItem<'a, R>) -> Result<Self, InvokeError> {
        Self::now(&command.message.webview_ref().keyfob())
            .map_err(|error| KeyfobErrorPayload::from(error).into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use fake_provider::{FakeProvider, Person};
    use keyfob::{AccessTokenRequest, Config, SignInOptions, SignOutOptions};
    use serde_json::{Value, json};
    use tauri::{
        WebviewUrl, WebviewWindow, WebviewWindowBuilder,
        async_runtime::block_on,
        http::HeaderMap,
        ipc::{CallbackFn, InvokeBody},
        test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets},
        webview::InvokeRequest,
    };

    use super::*;
    use crate::Builder;

    /// The host's own, as in the documentation.
    #[tauri::command]
    async fn who(session: SignedIn) -> Value {
        let token = session.keyfob.access_token(&AccessTokenRequest::default()).await;
        json!([session.user.subject, session.account.subject, token.is_ok()])
    }

    #[tauri::command]
    fn who_now(session: SignedIn) -> String {
        session.user.subject
    }

    fn invoke(window: &WebviewWindow<MockRuntime>, command: &str) -> Result<Value, Value> {
        let page = if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" };
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: page.parse().expect("a URL"),
            body: InvokeBody::Json(json!({})),
            headers: HeaderMap::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(window, request).map(|body| body.deserialize().expect("JSON"))
    }

    #[test]
    fn a_command_of_the_hosts_own_knows_who_is_signed_in_and_is_rejected_where_nobody_is() {
        let provider = block_on(FakeProvider::start());
        provider.person(Person::new("ada"));
        let config = json!({
            "issuer": provider.issuer(),
            "clientId": provider.client_id(),
            "keychain": "memory",
            "redirect": "deepLink",
        });
        let (link, opened) = mpsc::channel();
        let plugin = Builder::new()
            .config(move |_| Config::from_json(config))
            .opener(Arc::new(move |url| link.send(url.as_str().to_owned()).map_err(std::io::Error::other)));
        let mut context = mock_context(noop_assets());
        let scheme = json!({ "desktop": { "schemes": ["dev.keyfob.desktop"] } });
        context.config_mut().plugins.0.insert("deep-link".to_owned(), scheme);
        let app = mock_builder()
            .plugin(plugin.build())
            .invoke_handler(tauri::generate_handler![who, who_now])
            .build(context)
            .expect("an app");
        let window =
            WebviewWindowBuilder::new(&app, "main", WebviewUrl::default()).build().expect("a window");
        let keyfob = app.keyfob();
        let nobody = block_on(SignedIn::wait(&keyfob)).expect_err("nobody has signed in");
        assert_eq!(nobody, AccessTokenError::NotAuthenticated);
        for command in ["who", "who_now"] {
            let error = invoke(&window, command).expect_err("nobody has signed in");
            assert_eq!((&error["code"], &error["retryable"]), (&json!("not_authenticated"), &json!(false)));
        }

        let signing_in = tauri::async_runtime::spawn({
            let keyfob = keyfob.clone();
            async move { keyfob.sign_in(&SignInOptions::default()).await }
        });
        let url = opened.recv_timeout(std::time::Duration::from_secs(20)).expect("a link");
        let callback = block_on(provider.approve(url));
        keyfob.handle_args(&["host", &callback]);
        block_on(signing_in).expect("no panic").expect("a session");
        assert_eq!(invoke(&window, "who"), Ok(json!(["ada", "ada", true])));
        assert_eq!(invoke(&window, "who_now"), Ok(json!("ada")));
        let ada = block_on(SignedIn::wait(&keyfob)).expect("ada");
        assert_eq!(ada.user.subject, "ada");

        block_on(keyfob.sign_out(SignOutOptions::default())).expect("signed out");
        assert_eq!(invoke(&window, "who").expect_err("signed out")["code"], "not_authenticated");
        app.reconfigure_keyfob(Err(keyfob::ConfigError::Missing { hint: String::new() }));
        block_on(app.keyfob().restored_session());
        assert_eq!(invoke(&window, "who").expect_err("nobody can be")["code"], "not_configured");
        // It has not run, and doesn't end as an app does.
        std::mem::forget((app, provider));
    }

    #[test]
    fn every_state_but_one_is_an_error_of_its_own() {
        let _runtime = tauri::async_runtime::handle().inner().enter();
        let opener: keyfob::Opener = Arc::new(|_| Ok(()));
        let missing = keyfob::ConfigError::Missing { hint: String::new() };
        let keyfob = Keyfob::builder(opener).start(Err(missing), keyfob::Memory::new());
        let code =
            |session| SignedIn::by(&keyfob, session).map(drop).map_err(|error| keyfob::Failure::code(&error));
        assert_eq!(code(Session::Loading), Err(keyfob::ErrorCode::Loading));
        assert_eq!(code(Session::SignedOut), Err(keyfob::ErrorCode::NotAuthenticated));
        let user =
            User { subject: "ada".to_owned(), name: None, email: None, email_verified: None, picture: None };
        let account = Account { id: "a".to_owned(), issuer: "i".to_owned(), subject: "ada".to_owned() };
        let reason = keyfob::ReauthReason::NoRefreshToken;
        let ended = Session::ReauthRequired { user, account, reason };
        assert_eq!(code(ended), Err(keyfob::ErrorCode::ReauthRequired));
        let unavailable =
            Session::Unavailable { code: keyfob::ErrorCode::KeychainLocked, message: String::new() };
        assert_eq!(code(unavailable), Err(keyfob::ErrorCode::KeychainLocked));
        let waited =
            block_on(SignedIn::wait(&keyfob)).map(drop).map_err(|error| keyfob::Failure::code(&error));
        assert_eq!(waited, Err(keyfob::ErrorCode::NotConfigured));
    }
}
