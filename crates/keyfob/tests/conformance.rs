//! The modules of the OpenID Foundation's suites, and those of our own, each run from the click to its end. What was
//! sent after a bad thing is looked at when all have ended, so that nothing is sent too late to be seen.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use std::{collections::BTreeSet, time::Duration};

use common::{API, TestStore, ended, start, within};
use fake_provider::{ConformanceServer, Endpoint, Expected, FakeProvider, Module, Profile};
use http::{HeaderMap, Method, StatusCode};
use keyfob::{
    AccessTokenRequest, CallbackOutcome, Failure, FetchRequest, Keyfob, ManualClock, Session, SignInError,
    SignInOptions, SignOutOptions,
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinHandle};

#[tokio::test]
async fn every_module_of_openid_connect_ends_as_it_should_and_nothing_is_sent_after_something_bad() {
    run_all(Profile::OpenId).await;
}

#[test]
fn every_module_has_a_name_of_its_own() {
    let names: Vec<_> = Module::all().map(|module| module.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

async fn run_all(profile: Profile) {
    let server = ConformanceServer::start().await;
    let modules = || server.modules().iter().filter(|(module, _)| module.profile == profile);
    let mut wrong = Vec::new();
    for (module, provider) in modules() {
        if let Err(why) = App::start(provider, profile).tries(module).await {
            wrong.push(format!("{}: {why}", module.name));
        }
    }
    for (module, provider) in modules() {
        let complaints = module.complaints(provider).into_iter();
        wrong.extend(complaints.map(|complaint| format!("{}: {complaint}", module.name)));
        for sent in module.sent_afterwards(provider) {
            wrong.push(format!("{}: {} {} was sent", module.name, sent.method, sent.path));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

type Tried = Result<(), String>;

/// The app, in front of one module.
struct App<'a> {
    provider: &'a FakeProvider,
    clock: ManualClock,
    keyfob: Keyfob,
    browser: mpsc::UnboundedReceiver<String>,
}

impl<'a> App<'a> {
    fn start(provider: &'a FakeProvider, profile: Profile) -> Self {
        let clock = ManualClock::new();
        let (keyfob, browser) = start(provider, TestStore::default(), &clock, &settings(provider, profile));
        Self { provider, clock, keyfob, browser }
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
            Expected::RefreshFails { code, ends } => self.refresh_fails(module, code, ends).await,
            Expected::FetchesKeysAnew => self.fetches_keys_anew(module).await,
            Expected::SignsOut => self.signs_out(module).await,
        }
    }

    async fn signs_in_as(&mut self, module: &Module, name: Option<&str>) -> Tried {
        let session = self.signs_in(module).await.map_err(|error| error.to_string())?;
        let Session::SignedIn { user, .. } = &session else {
            return Err(format!("{session:?}"));
        };
        wants(user.name.as_deref() == name, || format!("{user:?}"))
    }

    async fn stops(&mut self, module: &Module, code: &str) -> Tried {
        match self.signs_in(module).await {
            Ok(session) => Err(format!("{session:?}")),
            Err(error) => {
                wants(error.code().as_str() == code, || format!("{}: {error}", error.code().as_str()))
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

    async fn refresh_fails(&mut self, module: &Module, code: &str, ends: bool) -> Tried {
        self.signs_in_as(module, Some("Ada Lovelace")).await?;
        self.expire();
        match self.token().await {
            Err(found) => wants(found == code, || found),
            Ok(_) => Err("a token was given".to_owned()),
        }?;
        let session = self.keyfob.snapshot().session;
        let ended = matches!(session, Session::ReauthRequired { .. });
        wants(ended == ends, || format!("{session:?}"))
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
        if let Some(back) = self.provider.visit(&page).await {
            self.keyfob.handle_callback(&back).await;
        }
        let visits = self.provider.at(Endpoint::EndSession).count();
        wants(visits == 1, || "the provider's session lives".to_owned())?;
        self.is_signed_out()
    }

    /// From the click to the end, which may come before the browser opens.
    async fn signs_in(&mut self, module: &Module) -> Result<Session, SignInError> {
        let mut sign_in = self.click();
        let url = tokio::select! {
            ended = within(&mut sign_in) => return ended.expect("nothing panics"),
            url = self.browser.recv() => url.expect("the app runs"),
        };
        let callback = module.approve(self.provider, &url).await;
        self.keyfob.handle_callback(&callback).await;
        ended(sign_in).await
    }

    async fn calls_the_api(&self) -> Tried {
        let url = self.provider.api_url();
        let request = FetchRequest { url, method: Method::GET, headers: HeaderMap::new(), body: Vec::new() };
        let answer = within(self.keyfob.fetch(request)).await.map_err(|error| error.to_string())?;
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

    fn is_signed_out(&self) -> Tried {
        let session = self.keyfob.snapshot().session;
        wants(session == Session::SignedOut, || format!("{session:?}"))
    }
}

fn settings(provider: &FakeProvider, profile: Profile) -> Value {
    let mut settings = json!({});
    if let Some(secret) = provider.client_secret() {
        settings["clientSecret"] = json!(secret);
    }
    if profile == Profile::Fapi2 {
        settings["audience"] = json!(API);
        settings["resources"] = json!([{ "origin": provider.origin(), "audience": API }]);
    }
    settings
}

fn wants(holds: bool, otherwise: impl FnOnce() -> String) -> Tried {
    if holds { Ok(()) } else { Err(otherwise()) }
}
