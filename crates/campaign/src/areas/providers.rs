//! The presets under `providers/`, each at a provider with the quirks of the one that it is for.

use std::{sync::Arc, time::Duration};

use fake_provider::{AccessTokenFormat, Answer, FakeProvider, IdTokens, Rotation};
use keyfob::{
    CallbackOutcome, ErrorCode, Failure, ManualClock, ProviderStatus, SignInOptions, SignOutOptions,
    inspect_provider,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    check::{Check, Figure, Outcome},
    scene::{Scene, ended, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "provider-quirks",
    target: "each preset at a provider with its quirks, by each way back that it registers: nothing is found that keeps people from signing in, sign in, 10 refreshes (one answered 400 without a word), second audience, sign out: all complete",
    guard: "transient",
    n_full: 10,
    body: |_| Box::pin(quirks()),
}];

const REFRESHES: usize = 10;
/// A sign-in that fails at once opens no browser.
const PATIENCE: Duration = Duration::from_secs(10);
const TENANT: &str = "t-1";
const UNCONSENTED: &str = "https://unconsented.example";

/// A provider as one preset finds it.
struct Profile {
    preset: &'static str,
    /// Which of the preset's forms of issuer.
    issuer: usize,
    script: fn(&FakeProvider),
    /// An audience beside the sign-in's own.
    second: &'static str,
    /// One that the person has not agreed to.
    without_consent: Option<&'static str>,
    /// What names the person at its logout page; `None` where there is no such page.
    logout: Option<&'static [&'static str]>,
}

const PROFILES: [Profile; 6] = [
    Profile {
        preset: include_str!("../../../../providers/auth0.json"),
        issuer: 0,
        script: |provider| _ = provider.token().access_tokens(AccessTokenFormat::Jwt),
        second: "https://orders.example",
        without_consent: None,
        logout: Some(&[]),
    },
    Profile {
        preset: include_str!("../../../../providers/entra.json"),
        issuer: 1,
        script: |provider| {
            let template = format!("{}/{{tenantid}}/v2.0", provider.origin());
            provider.id_token().claim("iss", template.replace("{tenantid}", TENANT)).claim("tid", TENANT);
            provider.metadata(move |document| {
                document["issuer"] = json!(template);
                without(document, "revocation_endpoint");
            });
            // An API stands in its tokens by an id that nobody has configured.
            let token = provider.token().access_tokens(AccessTokenFormat::Jwt).grant_audience("0000-0003");
            token.refuse_audience(UNCONSENTED, "invalid_grant");
        },
        second: "https://orders.example",
        without_consent: Some(UNCONSENTED),
        logout: Some(&["logout_hint"]),
    },
    Profile {
        preset: include_str!("../../../../providers/google.json"),
        issuer: 0,
        script: |provider| {
            provider.metadata(|document| without(document, "end_session_endpoint"));
            provider.token().rotation(Rotation::None).ignores_resources();
        },
        second: "https://www.googleapis.com/",
        without_consent: None,
        logout: None,
    },
    Profile {
        preset: include_str!("../../../../providers/keycloak.json"),
        issuer: 0,
        // An audience mapper of the realm puts the API into every token.
        script: |provider| {
            let token = provider.token().access_tokens(AccessTokenFormat::Jwt).ignores_resources();
            token.rotation(Rotation::None).grant_audience("https://orders.example");
        },
        second: "https://orders.example",
        without_consent: None,
        logout: Some(&[]),
    },
    Profile {
        preset: include_str!("../../../../providers/okta.json"),
        issuer: 0,
        // An authorization server has one audience.
        script: |provider| {
            let token = provider.token().access_tokens(AccessTokenFormat::Jwt).ignores_resources();
            token.rotation(Rotation::Grace).grant_audience("api://default");
        },
        second: "api://default",
        without_consent: None,
        logout: Some(&["id_token_hint"]),
    },
    Profile {
        preset: include_str!("../../../../providers/workos.json"),
        issuer: 0,
        script: |provider| {
            let token = provider.token().token_type("bearer").id_tokens(IdTokens::CodeOnly);
            token.ignores_resources();
        },
        second: "https://orders.example",
        without_consent: None,
        logout: Some(&[]),
    },
];

fn without(document: &mut Value, name: &str) {
    document.as_object_mut().and_then(|document| document.remove(name));
}

async fn quirks() -> Outcome {
    let (mut runs, mut unfinished, mut endings) = (0, 0, 0);
    let mut notes = Vec::new();
    for profile in &PROFILES {
        let preset: Value = serde_json::from_str(profile.preset).expect("a preset");
        let redirect = &preset["config"]["redirect"];
        let redirects = redirect.as_array().map_or(std::slice::from_ref(redirect), Vec::as_slice);
        for redirect in redirects {
            let redirect = redirect.as_str().expect("a kind");
            let run = Run::start(profile, &preset, redirect).await;
            let (missed, ended) = run.through().await;
            runs += 1;
            endings += ended;
            unfinished += usize::from(!missed.is_empty());
            let name = preset["name"].as_str().expect("a name");
            notes.extend(missed.iter().map(|missed| format!("{name} by {redirect}: {missed}")));
        }
    }
    let figures =
        [Figure::none(unfinished, "runs that didn't complete"), Figure::none(endings, "sessions that ended")];
    Outcome::new(runs, figures).note(&notes)
}

/// One preset, one provider, one way back.
struct Run<'a> {
    profile: &'a Profile,
    scene: Scene,
    missed: Vec<String>,
}

impl<'a> Run<'a> {
    async fn start(profile: &'a Profile, preset: &Value, redirect: &str) -> Self {
        let issuer = &preset["issuers"][profile.issuer];
        let registered = preset["redirectUris"].as_array().expect("redirects").iter();
        let provider = FakeProvider::builder()
            .issuer_path(&path_of(issuer["issuer"].as_str().expect("an issuer")))
            .only_redirect_uris(
                registered
                    .map(|uri| uri.as_str().expect("a redirect").replace("{scheme}", "dev.keyfob.desktop")),
            )
            .start()
            .await;
        // None of the six advertises RFC 9207, or none has to.
        provider.metadata(|document| without(document, "authorization_response_iss_parameter_supported"));
        (profile.script)(&provider);

        let mut settings = preset["config"].clone();
        // Of those that the preset lists: the one that this run is about.
        settings["redirect"] = json!(redirect);
        if let Some(template) = issuer.get("issuerTemplate").and_then(Value::as_str) {
            settings["issuerTemplate"] = json!(format!("{}{}", provider.origin(), path_of(template)));
            settings["allowedTenants"] = json!([TENANT]);
        }
        let scene = Scene::at(Arc::new(provider), ManualClock::new(), settings);
        Self { profile, scene, missed: Vec::new() }
    }

    /// What didn't go as it should, and how often the session ended by itself.
    async fn through(mut self) -> (Vec<String>, usize) {
        self.look().await;
        self.sign_in().await;
        if self.missed.is_empty() {
            let ends = self.scene.app.endings();
            self.refresh().await;
            self.ask_for_second_audience().await;
            let endings = ends.count().await;
            self.sign_out().await;
            return (self.missed, endings);
        }
        (self.missed, 0)
    }

    /// As somebody does who is about to save the configuration.
    async fn look(&mut self) {
        let config = self.scene.app.keyfob.config().expect("a configuration");
        let failed = inspect_provider(config).await.checks.into_iter();
        let failed = failed.filter(|check| check.status == ProviderStatus::Failed);
        self.missed.extend(failed.map(|check| format!("{:?}: {}", check.subject, check.message)));
    }

    async fn sign_in(&mut self) {
        let keyfob = self.scene.app.keyfob.clone();
        let sign_in = tokio::spawn(async move { keyfob.sign_in(&SignInOptions::default()).await });
        let opened = tokio::time::timeout(PATIENCE, self.scene.app.browser.recv()).await;
        let Ok(Some(url)) = opened else {
            return self.missed.push("no browser was opened".to_owned());
        };
        let callback = self.scene.provider.approve_with(&url, |callback| callback.remove("iss")).await;
        if callback.starts_with("http://") {
            visit(&callback).await;
        } else {
            let outcome = self.scene.app.keyfob.handle_callback(&callback).await;
            assert_eq!(outcome, CallbackOutcome::Accepted);
        }
        self.note("sign in", ended(sign_in).await.map(drop));
    }

    async fn refresh(&mut self) {
        for round in 0..REFRESHES {
            self.scene.expire();
            if round == REFRESHES / 2 {
                self.scene.provider.token().next(Answer::status(400));
                let retryable = self.scene.app.token().await.is_err_and(|error| error.code().retryable());
                if !retryable {
                    self.missed.push("a 400 without a word is for good".to_owned());
                }
                self.scene.advance(30);
            }
            let token = self.scene.app.token().await.map(drop);
            self.note(&format!("refresh {}", round + 1), token);
        }
        if self.scene.refreshes() != REFRESHES + 1 {
            self.missed.push(format!("{} refreshes", self.scene.refreshes()));
        }
    }

    async fn ask_for_second_audience(&mut self) {
        let given = self.scene.app.token_for(Some(self.profile.second)).await.map(drop);
        self.note("second audience", given);
        if let Some(audience) = self.profile.without_consent {
            let refused = self.scene.app.token_for(Some(audience)).await;
            if !refused.is_err_and(|error| error.code() == ErrorCode::InteractionRequired) {
                self.missed.push("an API without consent".to_owned());
            }
        }
        self.scene.expire();
        let own = self.scene.app.token().await.map(drop);
        self.note("a refresh after all that", own);
    }

    async fn sign_out(&mut self) {
        let everywhere = SignOutOptions { everywhere: true };
        let signed_out = within(self.scene.app.keyfob.sign_out(everywhere)).await;
        self.note("sign out", signed_out);
        if self.scene.store.len() != 0 {
            self.missed.push("the keychain holds something".to_owned());
        }
        if let Some(wanted) = self.profile.logout {
            let url = within(self.scene.app.browser.recv()).await.expect("the app runs");
            let hints = ["logout_hint", "id_token_hint"];
            let named: Vec<_> = hints.into_iter().filter(|hint| url.contains(&format!("{hint}="))).collect();
            if named != wanted {
                self.missed.push(format!("logout by {named:?}"));
            }
        }
    }

    fn note(&mut self, step: &str, outcome: Result<(), impl Failure>) {
        if let Err(error) = outcome {
            self.missed.push(format!("{step}: {error}"));
        }
    }
}

/// The path of an issuer, with something in the place of the tenant's own.
fn path_of(issuer: &str) -> String {
    let own = issuer.strip_prefix("https://").expect("https");
    let path = own.find('/').map_or("", |at| &own[at..]);
    path.replace("{realm}", "demo")
}

/// The browser comes back to the loopback listener.
async fn visit(callback: &str) {
    let (authority, path) =
        callback.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
    let mut stream = TcpStream::connect(authority).await.expect("somebody listens");
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    // As a browser does it, which closes once it has the whole page.
    while !answer.ends_with(b"</html>") && stream.read_buf(&mut answer).await.expect("an answer") > 0 {}
}
