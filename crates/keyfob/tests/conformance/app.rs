//! An app in front of the modules, one after the other. The campaign runs it too.

use std::{sync::Arc, time::Duration};

use fake_provider::{ConformanceServer, Endpoint, Expected, FakeProvider, Module, Profile, Recorded};
use http::StatusCode;
use keyfob::{
    AccessTokenRequest, CallbackOutcome, Config, ConfigError, Failure, FetchRequest, Keyfob, ManualClock,
    Memory, Opener, Session, SignInError, SignInOptions, SignOutOptions,
};
use serde_json::json;
use tokio::{sync::mpsc, task::JoinHandle};

/// Nothing on this machine takes so long: what isn't there by then never comes.
const NEVER: Duration = Duration::from_secs(60);

/// The audience of the provider's API.
const API: &str = "https://api.example";

/// What came of a module.
pub(crate) struct Run {
    pub(crate) module: &'static Module,
    /// Why it didn't end as it should.
    pub(crate) wrong: Vec<String>,
    /// What was sent after something bad.
    pub(crate) afterwards: Vec<Recorded>,
}

impl Run {
    pub(crate) fn complaints(&self) -> Vec<String> {
        let sent = self.afterwards.iter().map(|sent| format!("{} {} was sent", sent.method, sent.path));
        let all = self.wrong.iter().cloned().chain(sent);
        all.map(|complaint| format!("{}: {complaint}", self.module.name)).collect()
    }
}

/// Runs modules. What was sent after something bad is looked at when all have ended, so that nothing is sent too late
/// to be seen.
pub(crate) async fn run(server: &ConformanceServer, chosen: impl Fn(&Module) -> bool) -> Vec<Run> {
    let mut all = Vec::new();
    for (module, provider) in server.modules().iter().filter(|(module, _)| chosen(module)) {
        let tried = App::start(provider, module.profile).tries(module).await;
        all.push((*module, provider, tried));
    }
    let judged = all.into_iter().map(|(module, provider, tried)| Run {
        module,
        wrong: tried.err().into_iter().chain(module.complaints(provider)).collect(),
        afterwards: module.sent_afterwards(provider),
    });
    judged.collect()
}

type Tried = Result<(), String>;

/// The app, in front of one module.
struct App<'a> {
    provider: &'a FakeProvider,
    clock: ManualClock,
    keyfob: Keyfob,
    browser: mpsc::UnboundedReceiver<String>,
    /// What the browser brought back last.
    answer: String,
}

impl<'a> App<'a> {
    fn start(provider: &'a FakeProvider, profile: Profile) -> Self {
        let clock = ManualClock::new();
        let (urls, browser) = mpsc::unbounded_channel();
        let opener: Opener = Arc::new(move |url| {
            urls.send(url.as_str().to_owned()).map_err(|_| std::io::Error::other("there is no browser"))
        });
        let keyfob = Keyfob::builder(opener)
            .app_name("Keyfob")
            .deep_link_scheme(Some("dev.keyfob.desktop".to_owned()))
            .clock(clock.clone())
            .start(config(provider, profile), Memory::default());
        Self { provider, clock, keyfob, browser, answer: String::new() }
    }

    async fn tries(&mut self, module: &Module) -> Tried {
        match module.expected {
            Expected::Completes => {
                self.signs_in_as(module, Some("Ada Lovelace")).await?;
                if module.profile == Profile::Fapi2 { self.calls_the_api().await } else { Ok(()) }
            }
            Expected::CompletesWithoutProfile => self.signs_in_as(module, None).await,
            Expected::Stops { code, .. } => self.stops(module, code).await,
            Expected::Ignores => self.ignores(module).await,
            Expected::Refreshes => self.refreshes(module).await,
            Expected::RefreshFails { code } => {
                self.refresh_fails(module, code).await?;
                let session = self.keyfob.snapshot().session;
                wants(matches!(session, Session::SignedIn { .. }), || format!("{session:?}"))
            }
            Expected::RefreshEnds { code } => {
                self.refresh_fails(module, code).await?;
                let session = self.keyfob.snapshot().session;
                wants(matches!(session, Session::ReauthRequired { .. }), || format!("{session:?}"))
            }
            Expected::FetchesKeysAnew => self.fetches_keys_anew(module).await,
            Expected::SignsOut => self.signs_out(module).await,
        }
    }

    async fn signs_in_as(&mut self, module: &Module, name: Option<&str>) -> Tried {
        let session = self.signs_in(module).await.map_err(|error| error.to_string())?;
        let Session::SignedIn { user, .. } = &session else {
            return Err(format!("{session:?}"));
        };
        wants(user.name.as_deref() == name, || format!("{user:?}"))?;
        let again = self.keyfob.handle_callback(&self.answer).await;
        wants(again == CallbackOutcome::Ignored, || "the answer was taken twice".to_owned())
    }

    async fn stops(&mut self, module: &Module, code: &str) -> Tried {
        match self.signs_in(module).await {
            Ok(session) => Err(format!("{session:?}")),
            Err(error) => {
                wants(error.code().as_str() == code, || format!("{}: {error}", error.code().as_str()))?;
                wants(!self.repeats_a_secret(&error), || format!("a secret stands in its error: {error:?}"))
            }
        }?;
        self.is_signed_out()
    }

    async fn ignores(&mut self, module: &Module) -> Tried {
        let sign_in = self.click();
        let callback = module.approve(self.provider, &self.opened().await).await;
        let outcome = self.keyfob.handle_callback(&callback).await;
        wants(outcome == CallbackOutcome::Ignored, || "the callback was accepted".to_owned())?;
        self.keyfob.cancel_sign_in().await;
        match ended(sign_in).await {
            Err(SignInError::Cancelled) => self.is_signed_out(),
            other => Err(format!("it didn't go on waiting: {other:?}")),
        }
    }

    async fn refreshes(&mut self, module: &Module) -> Tried {
        self.signs_in_as(module, Some("Ada Lovelace")).await?;
        let before = self.token().await?;
        self.expire();
        let after = self.token().await?;
        wants(before != after, || "the old token is used".to_owned())?;
        let known = self.provider.access_token(&after);
        wants(known.is_some(), || "nobody knows the new token".to_owned())
    }

    async fn refresh_fails(&mut self, module: &Module, code: &str) -> Tried {
        self.signs_in_as(module, Some("Ada Lovelace")).await?;
        self.expire();
        match self.token().await {
            Err(found) => wants(found == code, || found),
            Ok(_) => Err("a token was given".to_owned()),
        }
    }

    async fn fetches_keys_anew(&mut self, module: &Module) -> Tried {
        self.signs_in_as(module, Some("Ada Lovelace")).await?;
        let sign_in = self.click();
        let url = self.opened().await;
        self.provider.rotate_signing_key();
        let callback = module.approve(self.provider, &url).await;
        self.keyfob.handle_callback(&callback).await;
        ended(sign_in).await.map_err(|error| error.to_string())?;
        let fetched = self.provider.at(Endpoint::Jwks).count();
        wants(fetched == 2, || format!("keys fetched {fetched} times"))
    }

    async fn signs_out(&mut self, module: &Module) -> Tried {
        self.signs_in_as(module, Some("Ada Lovelace")).await?;
        let options = SignOutOptions { everywhere: true };
        within(self.keyfob.sign_out(options)).await.map_err(|error| error.to_string())?;
        let page = self.opened().await;
        let back = self.provider.visit(&page).await.ok_or("the provider sends nobody back")?;
        let outcome = self.keyfob.handle_callback(&back).await;
        wants(outcome == CallbackOutcome::Ignored, || format!("{back} was taken for an answer"))?;
        self.is_signed_out()
    }

    /// From the click to the end, which may come before the browser opens.
    async fn signs_in(&mut self, module: &Module) -> Result<Session, SignInError> {
        let mut sign_in = self.click();
        let url = tokio::select! {
            ended = within(&mut sign_in) => return ended.expect("nothing panics"),
            url = self.browser.recv() => url.expect("the app runs"),
        };
        self.answer = module.approve(self.provider, &url).await;
        self.keyfob.handle_callback(&self.answer).await;
        ended(sign_in).await
    }

    async fn calls_the_api(&self) -> Tried {
        let url = self.provider.api_url();
        let answer =
            within(self.keyfob.fetch(FetchRequest::get(url))).await.map_err(|error| error.to_string())?;
        wants(answer.status == StatusCode::OK, || format!("the API answers {}", answer.status))
    }

    fn click(&self) -> JoinHandle<Result<Session, SignInError>> {
        let keyfob = self.keyfob.clone();
        tokio::spawn(async move { keyfob.sign_in(&SignInOptions::default()).await })
    }

    async fn opened(&mut self) -> String {
        within(self.browser.recv()).await.expect("the app runs")
    }

    async fn token(&self) -> Result<String, String> {
        let token = within(self.keyfob.access_token(&AccessTokenRequest::default())).await;
        let token = token.map_err(|error| error.code().as_str().to_owned())?;
        Ok(token.access_token.expose().to_owned())
    }

    /// The access tokens that are out expire.
    fn expire(&self) {
        let lifetime = Duration::from_secs(3600);
        self.clock.advance(lifetime);
        self.provider.advance(lifetime);
    }

    /// Whether an error repeats what nobody but the provider may see.
    fn repeats_a_secret(&self, error: &SignInError) -> bool {
        let told = format!("{error} {error:?}");
        let sent = self.provider.at(Endpoint::Token).requests();
        let secrets =
            sent.iter().flat_map(|request| [request.form.get("code"), request.form.get("code_verifier")]);
        secrets.flatten().any(|secret| told.contains(secret))
    }

    fn is_signed_out(&self) -> Tried {
        let session = self.keyfob.snapshot().session;
        wants(session == Session::SignedOut, || format!("{session:?}"))
    }
}

fn config(provider: &FakeProvider, profile: Profile) -> Result<Config, ConfigError> {
    let mut config = json!({
        "issuer": provider.issuer(),
        "clientId": provider.client_id(),
        "redirect": "deepLink",
        "postLogoutRedirectUri": "dev.keyfob.desktop:/callback",
    });
    if let Some(secret) = provider.client_secret() {
        config["clientSecret"] = json!(secret);
    }
    if profile == Profile::Fapi2 {
        config["dpop"] = json!(true);
        config["audience"] = json!(API);
        config["resources"] = json!([{ "origin": provider.origin(), "audience": API }]);
    }
    Config::from_json(config)
}

fn wants(holds: bool, otherwise: impl FnOnce() -> String) -> Tried {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// What a future gives, unless it never does.
async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, future).await.expect("this never came")
}

async fn ended<T>(task: JoinHandle<T>) -> T {
    within(task).await.expect("nothing panics")
}
