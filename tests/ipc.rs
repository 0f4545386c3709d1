//! The plugin over Tauri's IPC: the app's own configuration and permissions, a window of the mock runtime, and a
//! provider on loopback.

#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use fake_provider::{Endpoint, FakeProvider, Person};
use serde_json::{Value, json};
use tauri::{
    AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    http::{HeaderMap, HeaderName},
    ipc::{CallbackFn, InvokeBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder},
    webview::InvokeRequest,
};
use tauri_plugin_keyfob::{
    KeyfobExt,
    keyfob::{Config, Opener},
};

/// An app with a window, and the links that it would have opened in the browser.
struct Product {
    app: AppHandle<MockRuntime>,
    window: WebviewWindow<MockRuntime>,
    opened: Mutex<mpsc::Receiver<String>>,
    /// Makes the host's own opener panic, once.
    breaks: Arc<AtomicBool>,
    /// All that script ever got.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Product {
    fn start(provider: &FakeProvider) -> Self {
        Self::with(provider, &json!({}))
    }

    /// With more, or other, keys in its configuration.
    fn with(provider: &FakeProvider, keys: &Value) -> Self {
        let mut config = json!({
            "issuer": provider.issuer().to_string(),
            "clientId": provider.client_id().to_string(),
            "keychain": "memory",
            "redirect": "deepLink",
        });
        for (key, value) in keys.as_object().expect("keys") {
            config[key] = value.clone();
        }
        let (link, links) = mpsc::channel();
        let breaks = Arc::new(AtomicBool::new(false));
        let opener: Opener = Arc::new({
            let breaks = breaks.clone();
            move |url| {
                assert!(!breaks.swap(false, Ordering::SeqCst), "the host's opener breaks");
                link.send(url.as_str().to_owned()).map_err(std::io::Error::other)
            }
        });
        let plugin =
            tauri_plugin_keyfob::Builder::new().config(move |_| Config::from_json(config)).opener(opener);
        let app = mock_builder().plugin(plugin.build()).build(tauri::generate_context!()).expect("an app");
        let window = window(app.handle(), "main");
        let handle = app.handle().clone();
        // It never runs, and it can't be shared between threads as its handle can.
        std::mem::forget(app);
        Self { app: handle, window, opened: Mutex::new(links), breaks, heard: Arc::default() }
    }

    fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        self.invoke_in(&self.window, command, arguments)
    }

    fn invoke_in(
        &self,
        window: &WebviewWindow<MockRuntime>,
        command: &str,
        arguments: Value,
    ) -> Result<Value, Value> {
        let answer = invoke(window, command, arguments);
        self.heard.lock().expect("a lock").push(format!("{answer:?}"));
        answer
    }

    fn opened(&self) -> String {
        self.opened.lock().expect("a lock").recv_timeout(Duration::from_secs(20)).expect("a link")
    }

    /// Another window, which has been granted nothing but `permissions`.
    fn window_with(&self, label: &str, permissions: &Value) -> WebviewWindow<MockRuntime> {
        let capability = json!({ "identifier": label, "windows": [label], "permissions": permissions });
        self.app.add_capability(capability.to_string()).expect("a capability");
        window(&self.app, label)
    }

    fn heard(&self) -> String {
        self.heard.lock().expect("a lock").join("\n")
    }

    /// Neither a code, a verifier, a refresh token nor an ID token.
    fn assert_no_secret_was_heard(&self, provider: &FakeProvider) {
        let heard = self.heard();
        let issued = provider.issued();
        let secrets: Vec<&str> = issued.secrets().collect();
        assert!(secrets.len() >= 4, "a code, a verifier, a refresh token and an ID token were issued");
        for secret in secrets {
            assert!(!heard.contains(secret));
        }
    }

    /// Signs in as a person would: a click, the browser, the deep link.
    fn sign_in(&self, provider: &FakeProvider, runtime: &tokio::runtime::Runtime) -> Result<Value, Value> {
        thread::scope(|scope| {
            let signing_in = scope.spawn(|| self.invoke("sign_in", json!({ "options": {} })));
            let callback = runtime.block_on(provider.approve(self.opened()));
            self.app.keyfob().handle_args(&["keyfob-desktop".to_owned(), callback]);
            signing_in.join().expect("an answer")
        })
    }
}

fn window(app: &AppHandle<MockRuntime>, label: &str) -> WebviewWindow<MockRuntime> {
    WebviewWindowBuilder::new(app, label, WebviewUrl::default()).build().expect("a window")
}

fn head_of_get(url: &str) -> Value {
    json!({ "id": 1, "url": url, "method": "GET", "headers": [], "redirect": "follow" })
}

const OWN_PAGE: &str = if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" };

fn invoke(window: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Result<Value, Value> {
    invoke_from(OWN_PAGE, window, command, arguments)
}

fn invoke_from(
    page: &str,
    window: &WebviewWindow<MockRuntime>,
    command: &str,
    arguments: Value,
) -> Result<Value, Value> {
    // What is said of bytes stands in a header.
    let (body, headers) = if command == "fetch" {
        let head = arguments.to_string().parse().expect("a header");
        let headers = HeaderMap::from_iter([(HeaderName::from_static("keyfob-request"), head)]);
        (InvokeBody::Raw(Vec::new()), headers)
    } else {
        (InvokeBody::Json(arguments), HeaderMap::default())
    };
    let request = InvokeRequest {
        cmd: format!("plugin:keyfob|{command}"),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: page.parse().expect("a URL"),
        body,
        headers,
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().expect("JSON"))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

#[test]
fn a_hundred_windows_worth_of_calls_on_an_expired_token_are_one_token_request() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    provider.token().expires_in(0);
    let product = Product::start(&provider);
    let session = product.sign_in(&provider, &runtime).expect("a session");
    assert_eq!(session["status"], "signed_in");
    assert_eq!(provider.token_requests("refresh_token"), 0);

    provider.token().expires_in(3600);
    let tokens: Vec<Value> = thread::scope(|scope| {
        let calls: Vec<_> = (0..100)
            .map(|_| scope.spawn(|| product.invoke("get_access_token", json!({ "options": {} }))))
            .collect();
        calls.into_iter().map(|call| call.join().expect("an answer").expect("a token")).collect()
    });
    assert_eq!(tokens.len(), 100);
    assert!(tokens.iter().all(|token| token["token"] == tokens[0]["token"]));
    assert_eq!(provider.token_requests("refresh_token"), 1);
    assert_eq!(tokens[0]["expires_at"], tokens[0]["expiresAt"]);
}

#[test]
fn a_token_says_for_how_long_it_may_be_kept_and_of_which_generation_it_is() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    // Without a picture, which would change the snapshot once more when it has come.
    provider.person(Person::new("ada"));
    product.sign_in(&provider, &runtime).expect("a session");
    let generation = |snapshot: &Value| snapshot["generation"].as_u64().expect("a number");
    let before = generation(&product.invoke("get_session", json!({})).expect("a snapshot"));
    let token = product.invoke("get_access_token", json!({ "options": {} })).expect("a token");
    assert_eq!(generation(&token), before);
    // An hour, less the minute before its end in which it is due.
    let fresh_for = token["freshFor"].as_f64().expect("seconds");
    assert!((3000.0..=3540.0).contains(&fresh_for), "{fresh_for}");

    // While it is renewed the snapshot changes: what was read before that is older, never newer.
    let renewed = product.invoke("refresh", json!({ "options": {} })).expect("a token");
    let after = generation(&product.invoke("get_session", json!({})).expect("a snapshot"));
    assert!(before <= generation(&renewed) && generation(&renewed) < after, "{before} {renewed} {after}");

    provider.token().without_expires_in();
    let endless = product.invoke("refresh", json!({ "options": {} })).expect("a token");
    assert_eq!(endless["freshFor"], Value::Null);
}

#[test]
fn no_message_to_a_window_carries_a_refresh_token_a_code_a_verifier_or_an_id_token() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    product.sign_in(&provider, &runtime).expect("a session");
    product.invoke("get_session", json!({})).expect("a snapshot");
    let token = product.invoke("refresh", json!({ "options": {} })).expect("a token");
    product.invoke("fetch", head_of_get(&provider.api_url())).expect_err("no origin is bound to an audience");
    product.invoke("sign_out", json!({ "options": {} })).expect("signed out");
    product.invoke("get_access_token", json!({ "options": {} })).expect_err("nobody is signed in");

    product.assert_no_secret_was_heard(&provider);
    assert!(provider.issued().secrets().count() >= 5, "the refresh issued more of them");
    // The search would find what does reach the window.
    assert!(product.heard().contains(token["token"].as_str().expect("a token")));
}

#[test]
fn a_window_without_the_capability_gets_no_command() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    let stranger = window(&product.app, "stranger");
    for (command, arguments) in [
        ("get_session", json!({})),
        ("sign_in", json!({ "options": {} })),
        ("get_access_token", json!({ "options": {} })),
        ("fetch", head_of_get("https://a.example")),
        ("dpop_proof", json!({ "options": { "url": "https://a.example", "method": "GET", "token": "x" } })),
        ("list_accounts", json!({})),
        ("switch_account", json!({ "id": "x" })),
        ("remove_account", json!({ "id": "x" })),
        ("list_tokens", json!({})),
        ("list_events", json!({})),
        ("get_diagnostics", json!({})),
        ("doctor", json!({})),
    ] {
        let refusal = invoke(&stranger, command, arguments).expect_err("refused");
        assert!(
            refusal.as_str().is_some_and(|refusal| refusal.contains("not allowed")),
            "{command}: {refusal}"
        );
    }
}

#[test]
fn a_page_from_elsewhere_in_the_apps_own_window_gets_no_command() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    for page in ["https://id.example/", "http://localhost:5173/", "data:text/html,", "file:///tmp/page.html"]
    {
        let refusal =
            invoke_from(page, &product.window, "get_session", json!({})).expect_err("refused").to_string();
        assert!(refusal.contains("not allowed"), "{page}: {refusal}");
    }
    assert!(product.invoke("get_session", json!({})).is_ok());
}

#[test]
fn a_scope_grants_what_it_lists_and_an_empty_one_nothing() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    product.sign_in(&provider, &runtime).expect("a session");
    let tokens = json!({ "identifier": "keyfob:tokens", "allow": [{ "audience": "urn:listed" }] });
    let narrow = product.window_with("narrow", &json!(["keyfob:default", "keyfob:fetch", tokens]));
    let before = provider.token_requests("refresh_token");

    invoke(&narrow, "get_session", json!({})).expect("a snapshot");
    for audience in [json!({}), json!({ "audience": "urn:other" })] {
        let refusal =
            invoke(&narrow, "get_access_token", json!({ "options": audience })).expect_err("refused");
        assert_eq!(refusal["code"], "permission_denied");
        let refusal = invoke(&narrow, "refresh", json!({ "options": audience })).expect_err("refused");
        assert_eq!(refusal["code"], "permission_denied");
    }
    let refusal = invoke(&narrow, "fetch", head_of_get(&provider.api_url())).expect_err("refused");
    assert_eq!(refusal["code"], "url_not_allowed");
    assert_eq!(provider.token_requests("refresh_token"), before, "nothing was sent");

    // What is listed gets as far as the provider, which has not been asked for it at the sign-in.
    let listed = json!({ "options": { "audience": "urn:listed" } });
    let refusal = invoke(&narrow, "get_access_token", listed).expect_err("refused by the provider");
    assert_eq!(refusal["oauthError"], "invalid_target");
}

#[test]
fn an_error_carries_the_sign_in_that_cures_it() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    let session = product.sign_in(&provider, &runtime).expect("a session");
    let window = product.window_with(
        "any",
        &json!(["keyfob:default", { "identifier": "keyfob:tokens", "allow": [{ "audience": "*" }] }]),
    );
    let options = json!({ "options": { "audience": "urn:more" } });
    let error = product.invoke_in(&window, "get_access_token", options.clone()).expect_err("not granted");
    let cure = json!({ "audience": "urn:more", "account": session["account"]["id"] });
    assert_eq!(error["signIn"], cure);

    let answered = thread::scope(|scope| {
        let window = &window;
        let signing_in = scope.spawn(move || invoke(window, "sign_in", json!({ "options": cure })));
        let url = product.opened();
        let snapshot = product.invoke("get_session", json!({})).expect("a snapshot");
        assert_eq!(
            (&snapshot["signIn"]["purpose"], &snapshot["session"]["status"]),
            (&json!("step_up"), &json!("signed_in"))
        );
        let callback = runtime.block_on(provider.approve(url));
        product.app.keyfob().handle_args(&["keyfob-desktop".to_owned(), callback]);
        signing_in.join().expect("an answer")
    });
    assert_eq!(answered.expect("a session")["account"], session["account"]);
    product.invoke_in(&window, "get_access_token", options).expect("a token");
    product.assert_no_secret_was_heard(&provider);

    let nobody = json!({ "options": { "account": "nobody" } });
    let error = product.invoke("sign_in", nobody).expect_err("no such account");
    assert_eq!((&error["code"], &error["signIn"]), (&json!("account_not_found"), &Value::Null));
}

#[test]
fn more_scope_than_the_sign_ins_is_given_where_it_is_listed() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::with(
        &provider,
        &json!({ "scopes": ["openid", "offline_access", "read", "write", "admin"], "refreshScope": "wider" }),
    );
    provider.token().grant_scope("openid offline_access read");
    product.sign_in(&provider, &runtime).expect("a session");
    provider.token().grant_scope("openid offline_access read write");
    let tokens = |allow: Value| json!([{ "identifier": "keyfob:tokens", "allow": allow }]);
    let ask = |scope: &str| json!({ "options": { "scope": scope } });

    let plain = product.window_with("plain", &tokens(json!([{ "audience": "*" }])));
    product.invoke_in(&plain, "get_access_token", json!({ "options": {} })).expect("a token");
    let misspelt = product.window_with("misspelt", &tokens(json!([{ "audience": "*", "scope": ["write"] }])));
    let writer = product.window_with("writer", &tokens(json!([{ "audience": "*", "scopes": ["write"] }])));
    for (window, scope) in
        [(&plain, "write"), (&misspelt, "write"), (&misspelt, ""), (&writer, "write admin")]
    {
        for command in ["get_access_token", "refresh"] {
            let refusal = product.invoke_in(window, command, ask(scope)).expect_err("refused");
            assert_eq!(refusal["code"], "permission_denied", "{}: {scope}", window.label());
        }
    }
    let refusal = product.invoke_in(&misspelt, "get_access_token", ask("")).expect_err("refused");
    assert!(refusal["message"].as_str().is_some_and(|message| message.contains("`scope`")), "{refusal}");
    assert_eq!(provider.token_requests("refresh_token"), 0, "nothing was sent");

    let token = product.invoke_in(&writer, "get_access_token", ask("write")).expect("a token");
    assert_eq!(token["scope"], "openid offline_access read write");
    assert_eq!(provider.token_requests("refresh_token"), 1);
    // The entry that can't be read takes nothing from the others.
    let both = product.window_with("both", &tokens(json!([{ "audiense": "*" }, { "audience": "*" }])));
    product.invoke_in(&both, "get_access_token", json!({ "options": {} })).expect("a token");
}

#[test]
fn a_window_that_follows_the_session_has_its_token_renewed_unasked() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    provider.token().expires_in(0);
    product.sign_in(&provider, &runtime).expect("a session");
    provider.token().expires_in(3600);
    assert_eq!(provider.token_requests("refresh_token"), 0);

    product.invoke("subscribe", json!({ "channel": "__CHANNEL__:1" })).expect("a subscription");
    let renewed = runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(20), provider.at(Endpoint::Token).arrived(2)).await
    });
    renewed.expect("a renewal");
    assert_eq!(provider.token_requests("refresh_token"), 1);
}

#[test]
fn a_host_that_panics_in_the_middle_of_a_command_is_internal_and_the_next_call_works() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    for (command, arguments) in [("sign_in", json!({ "options": {} })), ("open_authorization_url", json!({}))]
    {
        product.breaks.store(true, Ordering::SeqCst);
        let error = product.invoke(command, arguments).expect_err("a panic");
        assert_eq!(error["code"], "internal", "{command}");
    }
    product.invoke("open_authorization_url", json!({})).expect("the browser opens");
    product.opened();
    product.sign_in(&provider, &runtime).expect("a session");
    let snapshot = product.invoke("get_session", json!({})).expect("a snapshot");
    assert_eq!(snapshot["session"]["status"], "signed_in");
    assert_eq!(snapshot["signIn"], Value::Null);
}

#[test]
fn accounts_are_listed_switched_and_removed() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    provider.person(Person::new("ada").name("Ada Lovelace").email("ada@example.com"));
    product.sign_in(&provider, &runtime).expect("a session");
    provider.person(Person::new("grace"));
    let session = product.sign_in(&provider, &runtime).expect("a session");
    assert_eq!(session["account"]["subject"], "grace");

    let accounts = product.invoke("list_accounts", json!({})).expect("a list");
    let listed = |index: usize| (&accounts[index]["account"]["subject"], &accounts[index]["current"]);
    assert_eq!(listed(0), (&json!("ada"), &json!(false)));
    assert_eq!(listed(1), (&json!("grace"), &json!(true)));
    assert_eq!(accounts[0]["name"], "Ada Lovelace");
    assert_eq!(accounts[0]["email"], "ada@example.com");
    let ada = &accounts[0]["account"]["id"];

    let session = product.invoke("switch_account", json!({ "id": ada })).expect("a session");
    assert_eq!(session["account"]["subject"], "ada");
    let nobody = product.invoke("switch_account", json!({ "id": "nobody" })).expect_err("no such account");
    assert_eq!(nobody["code"], "account_not_found");

    let looker = product.window_with("looker", &json!(["keyfob:default"]));
    let refusal = product.invoke_in(&looker, "remove_account", json!({ "id": ada })).expect_err("refused");
    assert!(refusal.as_str().is_some_and(|refusal| refusal.contains("not allowed")), "{refusal}");
    let remover = product.window_with("remover", &json!(["keyfob:accounts"]));
    product.invoke_in(&remover, "remove_account", json!({ "id": ada })).expect("removed");
    runtime.block_on(async {
        let revoked = provider.at(Endpoint::Revocation).arrived(1);
        tokio::time::timeout(Duration::from_secs(20), revoked).await.expect("a revocation");
    });
    let snapshot = product.invoke("get_session", json!({})).expect("a snapshot");
    assert_eq!(snapshot["session"]["status"], "signed_out");
    let accounts = product.invoke("list_accounts", json!({})).expect("a list");
    assert_eq!(accounts.as_array().map(Vec::len), Some(1));
    product.assert_no_secret_was_heard(&provider);
}

#[test]
fn whoever_may_inspect_sees_tokens_events_and_the_set_up_without_any_token() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    product.sign_in(&provider, &runtime).expect("a session");
    let commands = ["list_tokens", "list_events", "get_diagnostics", "doctor"];
    let looker = product.window_with("looker", &json!(["keyfob:default"]));
    for command in commands {
        let refusal = product.invoke_in(&looker, command, json!({})).expect_err("refused");
        assert!(refusal.as_str().is_some_and(|refusal| refusal.contains("not allowed")), "{refusal}");
    }

    let inspector = product.window_with("inspector", &json!(["keyfob:inspect"]));
    let [tokens, events, diagnostics, checks] =
        commands.map(|command| product.invoke_in(&inspector, command, json!({})).expect("an answer"));
    assert_eq!(tokens.as_array().map(Vec::len), Some(1));
    assert_eq!(tokens[0]["tokenType"], "Bearer");
    assert!(tokens[0]["expiresAt"].is_u64());
    let kinds: Vec<_> = events.as_array().expect("a list").iter().map(|event| &event["kind"]).collect();
    // Whatever opens the app's links on this machine, it is not the program of these tests.
    assert_eq!(kinds, ["restored", "deep_link_unavailable", "sign_in_started", "signed_in"]);
    assert_eq!(events[1]["reason"]["type"], "deep_link");
    assert_eq!(diagnostics["registration"]["status"], events[1]["reason"]["fault"]);
    assert_eq!(diagnostics["issuer"], provider.issuer());
    assert_eq!(diagnostics["redirect"], "deep_link");
    assert_eq!(diagnostics["keychain"], "memory");
    let checks: Vec<_> = checks.as_array().expect("a list").iter().map(|check| &check["subject"]).collect();
    let subjects = ["configuration", "metadata", "clock", "scheme", "handler", "redirect", "keychain"];
    assert_eq!(checks, subjects);
    product.assert_no_secret_was_heard(&provider);

    // Nor the access token, which the window has no permission for.
    let issued = provider.issued();
    assert!(!product.heard().contains(&issued.access_tokens[0]));
}

#[test]
fn unusable_arguments_are_refused_by_name() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    let product = Product::start(&provider);
    let refusal =
        product.invoke("get_access_token", json!({ "options": { "audiense": "x" } })).expect_err("refused");
    assert!(refusal.as_str().is_some_and(|refusal| refusal.contains("audiense")), "{refusal}");
    let refusal = product.invoke("refresh", json!({ "options": { "minTtl": -1 } })).expect_err("refused");
    assert_eq!(refusal["code"], "invalid_argument");
    assert!(refusal["message"].as_str().is_some_and(|message| message.contains("minTtl")), "{refusal}");
}

#[test]
fn a_proof_is_for_a_token_of_this_session_and_for_the_urls_that_are_listed() {
    let runtime = runtime();
    let provider = runtime.block_on(FakeProvider::start());
    provider.dpop().required();
    let product = Product::with(&provider, &json!({ "dpop": true }));
    product.sign_in(&provider, &runtime).expect("a session");
    let pattern = format!("{}/*", provider.origin());
    let dpop = json!({ "identifier": "keyfob:dpop", "allow": [{ "url": pattern }] });
    let tokens = json!({ "identifier": "keyfob:tokens", "allow": [{ "audience": "*" }] });
    let window = product.window_with("prover", &json!([tokens, dpop]));
    let plain = product.window_with("plain", &json!(["keyfob:tokens", "keyfob:dpop"]));
    let token = product.invoke_in(&window, "get_access_token", json!({ "options": {} })).expect("a token");
    assert_eq!(token["token_type"], "DPoP");
    let options =
        |url: &str, token: &Value| json!({ "options": { "url": url, "method": "POST", "token": token } });

    let good = options(&provider.api_url(), &token["token"]);
    let proof = product.invoke_in(&window, "dpop_proof", good.clone()).expect("a proof");
    assert_eq!(proof.as_str().map(|proof| proof.split('.').count()), Some(3));
    let elsewhere = options("https://evil.example/api", &token["token"]);
    for (window, options, code) in [
        (&window, elsewhere, "url_not_allowed"),
        (&plain, good, "url_not_allowed"),
        (&window, options(&provider.api_url(), &json!("another")), "not_cached"),
        (&window, options("relative", &token["token"]), "relative_url"),
    ] {
        let error = product.invoke_in(window, "dpop_proof", options).expect_err(code);
        assert_eq!(error["code"], code);
    }
    product.assert_no_secret_was_heard(&provider);
}
