//! Whether everything is as a sign-in needs it, and what to do where it isn't. No secret stands in any of it.

use http::Response;

use super::{Keyfob, Setup};
use crate::{
    config::{KeychainPolicy, RedirectKind},
    error::{ErrorCode, Failure, SignInError},
    provider::{self, ProviderCheck, ProviderStatus, ProviderSubject},
    redirect::{self, NotDispatchable, Redirect, Registration, in_time},
};

/// In seconds. ID tokens and proofs are judged by the provider's clock, so that a difference does no harm yet.
const NOTICEABLE: u64 = 30;
/// In seconds. Certificates, records and other programs' tokens go by this machine's clock.
const HARMFUL: u64 = 300;

/// What was looked at, and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub subject: CheckSubject,
    /// How it is.
    pub status: CheckStatus,
    /// The same in words.
    pub message: String,
    /// What to do, in a sentence: of a warning or a failure.
    pub fix: Option<String>,
}

/// What a sign-in needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckSubject {
    /// A configuration without faults.
    Configuration,
    /// A provider that says where its endpoints are, and that it does what Keyfob needs.
    Metadata,
    /// A clock that agrees with the provider's.
    Clock,
    /// A scheme of the app's own, if the browser comes back by a link.
    Scheme,
    /// That links of the scheme come to this program.
    Handler,
    /// A way back that works, and that the provider knows.
    Redirect,
    /// A keychain that keeps the session.
    Keychain,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckStatus {
    /// As it should be.
    Ok,
    /// It works, and could be better.
    Warning,
    /// It doesn't work.
    Failed,
    /// It doesn't matter here, or can't be looked at.
    Skipped,
}

impl Keyfob {
    /// Looks at everything that a sign-in needs, one check for each subject. It asks the provider for its metadata and its
    /// keys, and the keychain to keep something for a moment; it asks the person for nothing.
    pub async fn doctor(&self) -> Vec<Check> {
        let setup = match self.setup() {
            Ok(setup) => setup,
            Err(error) => return without_configuration(&error),
        };
        let registration = setup.look_at_registration().await;
        let metadata = setup.check_metadata().await;
        vec![
            CheckSubject::Configuration.ok("The configuration has no fault."),
            metadata.clone(),
            setup.check_clock(&metadata),
            setup.check_scheme(),
            setup.check_handler(registration.as_ref()),
            self.check_redirect(setup, registration.as_ref()),
            setup.check_keychain().await,
        ]
    }

    fn check_redirect(&self, setup: &Setup, registration: Option<&Registration>) -> Check {
        let subject = CheckSubject::Redirect;
        let (kind, fault) = setup.choose_redirect(registration);
        let Some(uri) = setup.redirect_uri(kind) else {
            let fix = "Give the app a scheme, or add `loopback` to `redirect` in the configuration.";
            return subject.failed("The browser is to come back by a link, and the app has no scheme.", fix);
        };
        if let Err(message) = self.check_listener(setup, kind) {
            return subject.failed(message, ErrorCode::LoopbackUnavailable.advice());
        }
        let known: Vec<_> = setup.redirects.iter().filter_map(|kind| setup.redirect_uri(*kind)).collect();
        let known = known.join(", ");
        match fault {
            None => subject.ok(format!(
                "The browser comes back to {uri}. At the provider has to be registered: {known}."
            )),
            Some(_) if kind == RedirectKind::Loopback => subject.warning(
                format!("Links don't reach this program, so the browser comes back to {uri}."),
                format!("See that links reach it, and that {known} are registered at the provider."),
            ),
            Some(_) => {
                let loopback = setup.redirect_uri(RedirectKind::Loopback).unwrap_or_default();
                subject.failed(
                    format!("The browser is to come back to {uri}, and links don't reach this program."),
                    format!("Add `loopback` to `redirect` in the configuration, and register {loopback} at the provider."),
                )
            }
        }
    }

    /// Whether a port can be had. A sign-in that waits may hold the one that there is.
    fn check_listener(&self, setup: &Setup, kind: RedirectKind) -> Result<(), String> {
        if kind != RedirectKind::Loopback || self.sign_ins().newest().is_some() {
            return Ok(());
        }
        let bound = Redirect::loopback(&setup.config.loopback, &setup.app_name);
        bound.map(drop).map_err(|error| SignInError::Loopback { reason: error.to_string() }.to_string())
    }
}

fn without_configuration(error: &impl Failure) -> Vec<Check> {
    use CheckSubject::{Clock, Configuration, Handler, Keychain, Metadata, Redirect, Scheme};
    let skipped = [Metadata, Clock, Scheme, Handler, Redirect, Keychain];
    let skipped = skipped.map(|subject| subject.skipped("There is no configuration to go by."));
    [Configuration.failure(error)].into_iter().chain(skipped).collect()
}

impl Setup {
    async fn look_at_registration(&self) -> Option<Registration> {
        let scheme = self.deep_link_scheme.clone()?;
        let check = self.registration.clone();
        Some(in_time(move || check(&scheme)).await)
    }

    async fn check_metadata(&self) -> Check {
        let subject = CheckSubject::Metadata;
        let heard = |response: &Response<Vec<u8>>| {
            self.providers_time(response);
        };
        let checks = provider::inspect(&self.http, &self.config, heard).await;
        let failed = checks.iter().find(|check| check.status == ProviderStatus::Failed);
        let is_unsaid = |check: &&ProviderCheck| {
            check.subject == ProviderSubject::Pkce && check.status == ProviderStatus::Warning
        };
        match failed.or_else(|| checks.iter().find(is_unsaid)) {
            Some(ProviderCheck { status, message, fix, .. }) => Check {
                subject,
                status: match status {
                    ProviderStatus::Failed => CheckStatus::Failed,
                    _ => CheckStatus::Warning,
                },
                message: message.clone(),
                fix: fix.clone(),
            },
            None => subject.ok("The provider's metadata and keys have all that is needed."),
        }
    }

    /// By the answer that the metadata came in.
    fn check_clock(&self, metadata: &Check) -> Check {
        let subject = CheckSubject::Clock;
        let offset = self.clock_offset().filter(|_| metadata.status != CheckStatus::Failed);
        let Some(offset) = offset else {
            return subject.skipped("The provider hasn't said what time it is there.");
        };
        let seconds = offset.unsigned_abs();
        let side = if offset < 0 { "ahead of" } else { "behind" };
        let message = format!("This machine's clock is {seconds} s {side} the provider's.");
        let fix = "Set this machine's clock, best by a time server.";
        if seconds <= NOTICEABLE {
            subject.ok(message)
        } else if seconds <= HARMFUL {
            subject.warning(message, fix)
        } else {
            subject.failed(message, fix)
        }
    }

    fn check_scheme(&self) -> Check {
        let subject = CheckSubject::Scheme;
        let fix = "Give the app a scheme that begins with a domain of yours, reversed: `com.example.app` (RFC 8252 section 7.1).";
        match &self.deep_link_scheme {
            Some(scheme) if scheme.contains('.') => subject.ok(format!("The app's scheme is `{scheme}`.")),
            Some(scheme) => subject
                .warning(format!("The scheme `{scheme}` has no dot, and may be another app's too."), fix),
            None if self.takes_links() => {
                subject.failed("The browser is to come back by a link, and the app has no scheme.", fix)
            }
            None => subject.skipped("The app has no scheme, and the browser comes back without one."),
        }
    }

    fn check_handler(&self, registration: Option<&Registration>) -> Check {
        let subject = CheckSubject::Handler;
        let Some((scheme, registration)) = self.deep_link_scheme.as_ref().zip(registration) else {
            return subject.skipped("The app has no scheme that could be registered.");
        };
        if !self.takes_links() {
            return subject.skipped("The browser comes back without a link.");
        }
        let Some((fault, fix)) = fault(scheme, registration) else {
            return subject.ok(format!("Links of `{scheme}:` come to this program."));
        };
        if self.redirects.contains(&RedirectKind::Loopback) {
            subject.warning(fault, fix)
        } else {
            subject.failed(fault, fix)
        }
    }

    async fn check_keychain(&self) -> Check {
        let subject = CheckSubject::Keychain;
        if self.config.keychain == KeychainPolicy::Memory {
            let fix = "Configure `keychain: \"required\"` to have sessions kept.";
            return subject.warning("The session is kept in memory, and ends with the app.", fix);
        }
        match self.vault.probe().await {
            Ok(()) => subject.ok("The keychain keeps, gives back and deletes."),
            Err(error) => {
                subject.failed(format!("The session can't be kept: {error}."), error.code().advice())
            }
        }
    }

    fn takes_links(&self) -> bool {
        self.redirects.iter().any(|kind| *kind != RedirectKind::Loopback)
    }

    /// What the provider has to know for a way back; `None` where the app lacks what it takes.
    fn redirect_uri(&self, kind: RedirectKind) -> Option<String> {
        let uris = redirect::uris(&self.config, kind, self.deep_link_scheme.as_deref())?;
        let quoted = uris.iter().map(|uri| format!("`{uri}`")).collect::<Vec<_>>().join(", ");
        let any_port = kind == RedirectKind::Loopback && self.config.loopback.ports.is_empty();
        Some(if any_port { format!("{quoted} with any port") } else { quoted })
    }
}

/// What is wrong with a registration, and what to do.
fn fault(scheme: &str, registration: &Registration) -> Option<(String, String)> {
    let (fault, fix) = match registration {
        Registration::Ours => return None,
        Registration::Missing => (
            format!("No program is registered for links of `{scheme}:`."),
            "Install the app, whose installer registers it.".to_owned(),
        ),
        Registration::Stale { path, .. } => (
            format!("Links of `{scheme}:` go to {}, which is gone or another copy.", path.display()),
            "Install this copy of the app, or remove the other one.".to_owned(),
        ),
        Registration::Other { handler } => (
            format!("Links of `{scheme}:` go to another program: {handler}."),
            "Choose this app for such links in the system's settings, or give it a scheme of its own."
                .to_owned(),
        ),
        Registration::NotDispatchable { reason } => {
            let (why, fix) = undispatched(*reason);
            (
                format!("Links of `{scheme}:` are registered for this program and don't arrive: {why}."),
                fix.to_owned(),
            )
        }
    };
    Some((fault, fix))
}

fn undispatched(reason: NotDispatchable) -> (&'static str, &'static str) {
    match reason {
        NotDispatchable::NoOpener => ("there is no `xdg-open`", "Install xdg-utils."),
        NotDispatchable::QuotedExec => (
            "`xdg-open` knows no desktop here, and can't run a quoted `Exec`",
            "Put the app where its path needs no quotes, or run it in a desktop.",
        ),
        NotDispatchable::NoSessionBus => (
            "there is no session bus by which the running app could be found",
            "Run the app in a session with a D-Bus session bus.",
        ),
        NotDispatchable::Unknown => {
            ("it couldn't be found out in time", "Look once more when the machine is less busy.")
        }
    }
}

impl CheckSubject {
    fn ok(self, message: impl Into<String>) -> Check {
        Check { subject: self, status: CheckStatus::Ok, message: message.into(), fix: None }
    }

    fn skipped(self, message: &str) -> Check {
        Check { subject: self, status: CheckStatus::Skipped, message: message.to_owned(), fix: None }
    }

    fn warning(self, message: impl Into<String>, fix: impl Into<String>) -> Check {
        let (message, fix) = (message.into(), Some(fix.into()));
        Check { subject: self, status: CheckStatus::Warning, message, fix }
    }

    fn failed(self, message: impl Into<String>, fix: impl Into<String>) -> Check {
        Check { status: CheckStatus::Failed, ..self.warning(message, fix) }
    }

    fn failure(self, error: &impl Failure) -> Check {
        self.failed(error.to_string(), error.code().advice())
    }
}
