//! What the body of every command runs in: a panic is answered as `internal`, where the caller would wait for ever.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use keyfob::ErrorCode;

use crate::error::KeyfobErrorPayload;

pub(crate) type Answer<T> = Result<T, KeyfobErrorPayload>;

/// Answers at once, on the thread of the window system.
pub(crate) fn answer<T>(command: &'static str, body: impl FnOnce() -> Answer<T>) -> Answer<T> {
    caught(command, body)?
}

/// Answers when the engine does. Tauri runs it as a task, so that a window which goes away cancels nothing.
pub(crate) async fn answer_later<T>(
    command: &'static str,
    body: impl Future<Output = Answer<T>>,
) -> Answer<T> {
    let mut body = pin!(body);
    poll_fn(|context| {
        caught(command, || body.as_mut().poll(context)).unwrap_or_else(|panicked| Poll::Ready(Err(panicked)))
    })
    .await
}

/// What the engine shares is behind locks that don't mind a panic, and the body itself is never looked at again.
fn caught<T>(command: &'static str, body: impl FnOnce() -> T) -> Result<T, KeyfobErrorPayload> {
    let body = AssertUnwindSafe(|| {
        #[cfg(test)]
        failpoint::pass(command);
        body()
    });
    catch_unwind(body).map_err(|_| {
        tracing::error!(command, "a command panicked");
        KeyfobErrorPayload::new(ErrorCode::Internal, "Something went wrong inside Keyfob.")
    })
}

/// Makes the next call of a command panic.
#[cfg(test)]
mod failpoint {
    use std::{panic::resume_unwind, sync::Mutex};

    static ARMED: Mutex<Option<String>> = Mutex::new(None);

    pub(super) fn arm(command: &str) {
        *ARMED.lock().expect("a lock") = Some(command.to_owned());
    }

    pub(super) fn pass(command: &str) {
        let hit = ARMED.lock().expect("a lock").take_if(|armed| armed == command);
        if let Some(hit) = hit {
            // A panic without the hook: printing a backtrace may take longer than a caller is to wait.
            resume_unwind(Box::new(hit));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        cell::RefCell,
        collections::{BTreeMap, BTreeSet},
        sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
        thread,
        time::Duration,
    };

    use fake_provider::{Answer, Endpoint, FakeProvider, Fault};
    use serde_json::{Value, json};
    use tauri::{
        AppHandle, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
        http::{HeaderMap, HeaderName},
        ipc::{CallbackFn, InvokeBody, InvokeResponse, InvokeResponseBody},
        test::{INVOKE_KEY, MockRuntime, mock_builder, mock_context, noop_assets},
        utils::acl::resolved::{Resolved, ResolvedCommand, ResolvedScope},
        webview::InvokeRequest,
    };

    use super::failpoint;
    use crate::{Builder, KeyfobExt, keyfob::Config};

    const PROMPT: Duration = Duration::from_secs(1);
    const MIB: usize = 1024 * 1024;
    pub(crate) const PATIENT: Duration = Duration::from_secs(20);

    /// A window that may call every command, and the links that would have been opened in the browser.
    pub(crate) struct Host {
        pub(crate) app: AppHandle<MockRuntime>,
        pub(crate) window: WebviewWindow<MockRuntime>,
        pub(crate) provider: FakeProvider,
        opened: Mutex<mpsc::Receiver<String>>,
        /// What was sent over channels.
        pub(crate) sent: Mutex<mpsc::Receiver<Value>>,
        survived: RefCell<BTreeSet<String>>,
        _alone: MutexGuard<'static, ()>,
    }

    /// The failpoint is met by whichever host comes first, so that there is one at a time.
    static ALONE: Mutex<()> = Mutex::new(());

    impl Host {
        pub(crate) fn start() -> Self {
            let everything = [json!({ "audience": "*", "scopes": ["*"] }), json!({ "url": "*://*:*/*" })];
            Self::granted(|_| everything.into())
        }

        /// The same with other entries in the scope of every permission.
        fn granted(entries: impl FnOnce(&FakeProvider) -> Vec<Value>) -> Self {
            let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
            let provider = tauri::async_runtime::block_on(FakeProvider::start());
            provider.api_audience("urn:api");
            provider.dpop().required();
            let config = config(&provider);
            let (link, opened) = mpsc::channel();
            let plugin =
                Builder::new().config(move |_| Config::from_json(config)).opener(Arc::new(move |url| {
                    link.send(url.as_str().to_owned()).map_err(std::io::Error::other)
                }));
            let mut context = mock_context(noop_assets());
            let scheme = json!({ "desktop": { "schemes": ["dev.keyfob.desktop"] } });
            context.config_mut().plugins.0.insert("deep-link".to_owned(), scheme);
            *context.runtime_authority_mut() =
                tauri::runtime_authority!(BTreeMap::default(), resolved(entries(&provider)));
            let (message, sent) = mpsc::channel();
            let app = mock_builder().plugin(plugin.build()).channel_interceptor(move |_, _, _, body| {
                message.send(body.clone().deserialize().expect("JSON")).is_ok()
            });
            let app = app.build(context).expect("an app");
            let window = WebviewWindowBuilder::new(&app, "main", WebviewUrl::default()).build();
            let handle = app.handle().clone();
            // It never runs, and it can't be shared between threads as its handle can.
            std::mem::forget(app);
            Self {
                app: handle,
                window: window.expect("a window"),
                provider,
                opened: Mutex::new(opened),
                sent: Mutex::new(sent),
                survived: RefCell::default(),
                _alone: alone,
            }
        }

        /// The command panics, says so at once, and does its work when it is called again.
        fn survives(&self, command: &str, arguments: impl Into<Call> + Clone) -> Value {
            self.panics(command, arguments.clone());
            invoke(&self.window, command, arguments, PATIENT).expect("an answer")
        }

        fn panics(&self, command: &str, arguments: impl Into<Call>) {
            failpoint::arm(command);
            let error = invoke(&self.window, command, arguments, PROMPT).expect_err("a panic");
            assert_eq!(error["code"], "internal", "{command}: {error}");
            self.survived.borrow_mut().insert(command.to_owned());
        }

        /// A body in pieces, and an answer that never ends.
        fn streams(&self) {
            let pieces = json!({ "length": 2, "repeatable": true });
            let echo = request(2, "POST", &self.provider.url(Endpoint::ApiEcho), &pieces);
            thread::scope(|scope| {
                let window = &self.window;
                let piece = raw(&json!({ "id": 2, "offset": 0, "ended": true }), b"ok");
                self.panics("fetch_write", piece.clone());
                // Whichever comes first.
                let answer = scope.spawn(|| invoke(window, "fetch", raw(&echo, b""), PATIENT));
                invoke(&self.window, "fetch_write", piece, PATIENT).expect("an offset");
                let answer = answer.join().expect("an answer").expect("a frame");
                assert_eq!(head_of(&answer)["ended"], true);
            });

            self.provider.at(Endpoint::Api).next(Fault::EndlessBody);
            let endless = request(3, "GET", &self.provider.api_url(), &Value::Null);
            let frame = invoke(&self.window, "fetch", raw(&endless, b""), PATIENT).expect("a frame");
            assert_eq!(head_of(&frame)["ended"], false);
            let piece = self.survives("fetch_read", json!({ "id": 3 }));
            let piece = piece.as_array().expect("bytes");
            assert_eq!(piece[0], 0, "it isn't the last one");
            // What has come by then, which may be less.
            assert!((2..=MIB + 1).contains(&piece.len()), "{}", piece.len());
            self.survives("fetch_cancel", json!({ "id": 3 }));
            let over = invoke(&self.window, "fetch_read", json!({ "id": 3 }), PATIENT);
            assert_eq!(over.expect_err("it is over")["code"], "invalid_argument");
        }

        /// The configuration that it starts with.
        pub(crate) fn config(&self) -> Value {
            config(&self.provider)
        }

        pub(crate) fn sign_in(&self) -> Value {
            thread::scope(|scope| {
                let window = &self.window;
                let session = scope.spawn(|| invoke(window, "sign_in", json!({ "options": {} }), PATIENT));
                let url = self.opened();
                let callback = tauri::async_runtime::block_on(self.provider.approve(&url));
                self.app.keyfob().handle_args(&["host", &callback]);
                session.join().expect("an answer").expect("a session")
            })
        }

        fn opened(&self) -> String {
            self.opened.lock().expect("a lock").recv_timeout(PATIENT).expect("a link")
        }
    }

    fn config(provider: &FakeProvider) -> Value {
        json!({
            "issuer": provider.issuer(),
            "clientId": provider.client_id(),
            "keychain": "memory",
            "redirect": "deepLink",
            "dpop": true,
            "resources": [{ "origin": provider.origin(), "audience": "urn:api" }],
        })
    }

    pub(crate) fn request(id: u64, method: &str, url: &str, pieces: &Value) -> Value {
        json!({
            "id": id, "method": method, "url": url, "headers": [], "redirect": "follow", "pieces": pieces
        })
    }

    fn resolved(entries: Vec<Value>) -> Resolved {
        let allow =
            entries.into_iter().map(|entry| serde_json::from_value(entry).expect("a value")).collect();
        let every = ResolvedCommand {
            windows: vec!["*".parse().expect("a pattern")],
            scope_id: Some(1),
            ..ResolvedCommand::default()
        };
        Resolved {
            allowed_commands: commands()
                .into_iter()
                .map(|command| (format!("plugin:keyfob|{command}"), vec![every.clone()]))
                .collect(),
            command_scope: [(1, ResolvedScope { allow, ..ResolvedScope::default() })].into(),
            ..Resolved::default()
        }
    }

    /// Every command that a window can be granted.
    fn commands() -> BTreeSet<String> {
        let granted = concat!(env!("CARGO_MANIFEST_DIR"), "/permissions/autogenerated/commands");
        let files = std::fs::read_dir(granted).expect("a folder").map(|file| file.expect("a file").path());
        files.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
    }

    /// What script sends with a command.
    #[derive(Clone)]
    pub(crate) struct Call {
        body: InvokeBody,
        headers: HeaderMap,
    }

    impl From<Value> for Call {
        fn from(arguments: Value) -> Self {
            Self { body: InvokeBody::Json(arguments), headers: HeaderMap::default() }
        }
    }

    /// Bytes, with what is said of them.
    pub(crate) fn raw(head: &Value, body: &[u8]) -> Call {
        let head = head.to_string().parse().expect("a header");
        let headers = HeaderMap::from_iter([(HeaderName::from_static("keyfob-request"), head)]);
        Call { body: InvokeBody::Raw(body.to_vec()), headers }
    }

    /// What a frame says before the bytes.
    pub(crate) fn head_of(frame: &Value) -> Value {
        let frame: Vec<u8> = serde_json::from_value(frame.clone()).expect("bytes");
        let (length, rest) = frame.split_first_chunk().expect("a length");
        let length = usize::try_from(u32::from_be_bytes(*length)).expect("a length");
        serde_json::from_slice(&rest[..length]).expect("JSON")
    }

    pub(crate) fn invoke(
        window: &WebviewWindow<MockRuntime>,
        command: &str,
        arguments: impl Into<Call>,
        within: Duration,
    ) -> Result<Value, Value> {
        let Call { body, headers } = arguments.into();
        let request = InvokeRequest {
            cmd: format!("plugin:keyfob|{command}"),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" }
                .parse()
                .expect("a URL"),
            body,
            headers,
            invoke_key: INVOKE_KEY.to_owned(),
        };
        let (answer, answers) = mpsc::channel();
        let webview: &tauri::Webview<MockRuntime> = window.as_ref();
        webview.clone().on_message(
            request,
            Box::new(move |_, _, response, _, _| answer.send(response).expect("somebody waits")),
        );
        match answers.recv_timeout(within) {
            Ok(InvokeResponse::Ok(InvokeResponseBody::Raw(bytes))) => Ok(json!(bytes)),
            Ok(InvokeResponse::Ok(body)) => Ok(body.deserialize().expect("JSON")),
            Ok(InvokeResponse::Err(error)) => Err(error.0),
            Err(error) => panic!("{command}: {error}"),
        }
    }

    #[test]
    fn a_redirect_takes_the_token_only_where_the_window_may_have_sent_it() {
        let host = Host::granted(|provider| {
            vec![
                json!({ "url": provider.api_url(), "audiences": ["urn:api"] }),
                json!({ "url": provider.url(Endpoint::ApiEcho), "audiences": ["urn:other"] }),
            ]
        });
        host.sign_in();
        host.provider.at(Endpoint::Api).next(Answer::redirect(&host.provider.url(Endpoint::ApiEcho)));
        let mut api = request(1, "GET", &host.provider.api_url(), &Value::Null);
        api["audience"] = json!("urn:api");
        let refused = invoke(&host.window, "fetch", raw(&api, b""), PATIENT).expect_err("refused");
        assert_eq!(refused["code"], "url_not_allowed");
        assert_eq!(host.provider.at(Endpoint::ApiEcho).count(), 0);
    }

    #[test]
    fn a_panic_in_any_command_is_internal_within_a_second_and_the_next_call_works() {
        let host = Host::start();
        assert_eq!(host.survives("list_accounts", json!({})), json!([]));
        host.panics("sign_in", json!({ "options": {} }));
        let session = host.sign_in();
        assert_eq!(session["status"], "signed_in");

        assert_eq!(host.survives("get_session", json!({}))["session"]["account"], session["account"]);
        host.survives("subscribe", json!({ "channel": "__CHANNEL__:1" }));
        let token = host.survives("get_access_token", json!({ "options": {} }));
        let newer = host.survives("refresh", json!({ "options": {} }));
        assert_ne!(token["token"], newer["token"]);
        let api = request(1, "GET", &host.provider.api_url(), &Value::Null);
        assert_eq!(head_of(&host.survives("fetch", raw(&api, b"")))["status"], 200);
        host.streams();
        let (url, token) = (host.provider.api_url(), &newer["token"]);
        let proof = json!({ "options": { "url": url, "method": "GET", "token": token } });
        assert!(host.survives("dpop_proof", proof).is_string());
        assert_eq!(host.survives("list_tokens", json!({})).as_array().map(Vec::len), Some(2));
        assert!(host.survives("list_events", json!({})).as_array().is_some_and(|events| events.len() > 2));
        assert_eq!(host.survives("get_diagnostics", json!({}))["issuer"], host.provider.issuer());
        assert_eq!(host.survives("doctor", json!({})).as_array().map(Vec::len), Some(7));

        thread::scope(|scope| {
            let window = &host.window;
            let waiting = scope.spawn(|| invoke(window, "sign_in", json!({ "options": {} }), PATIENT));
            let url = host.opened();
            assert_eq!(host.survives("get_authorization_url", json!({})), url.as_str());
            host.survives("open_authorization_url", json!({}));
            assert_eq!(host.opened(), url);
            assert_eq!(host.survives("submit_callback", json!({ "address": url })), "another_address");
            host.survives("cancel_sign_in", json!({}));
            let cancelled = waiting.join().expect("an answer").expect_err("cancelled");
            assert_eq!(cancelled["code"], "cancelled");
        });

        let account = json!({ "id": session["account"]["id"] });
        assert_eq!(host.survives("switch_account", account.clone())["account"], session["account"]);
        host.survives("remove_account", account);
        host.survives("sign_out", json!({ "options": {} }));
        assert_eq!(*host.survived.borrow(), commands());
        // The app, which never ends, may not find the provider gone in the middle of the revocation.
        tauri::async_runtime::block_on(host.provider.at(Endpoint::Revocation).arrived(1));
    }
}
