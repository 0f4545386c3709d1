//! The app's side: an engine over the real keychain, in a process whose environment names the bus.
//!
//! It reads and writes lines of JSON: `{"id", "verb", "value"}` comes in, and out go `{"answer": id, "code", "seconds"}`,
//! `{"session", "code"}` and `{"open": url}`.

use std::{io::BufRead as _, process::ExitCode, sync::Arc, time::Instant};

use keyfob::{
    AccessTokenRequest, ErrorCode, Failure as _, Keychain, Keyfob, Session, SignInOptions, SignOutOptions,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::super::engine;
use crate::report;

/// Runs the app until nobody speaks to it any more.
pub(crate) async fn serve(service: &str, configuration: &str) -> ExitCode {
    let configuration = serde_json::from_str(configuration).expect("a configuration");
    let opener: keyfob::Opener = Arc::new(|url| {
        say(&json!({ "open": url.as_str() }));
        Ok(())
    });
    let keyfob = engine::start(configuration, Keychain::new(service), opener);
    tokio::spawn(show(keyfob.clone()));
    let mut wishes = wishes();
    while let Some(wish) = wishes.recv().await {
        let keyfob = keyfob.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let code = obey(&keyfob, wish["verb"].as_str(), wish["value"].as_str()).await;
            let seconds = began.elapsed().as_secs_f64();
            say(&json!({ "answer": wish["id"], "code": code, "seconds": seconds }));
        });
    }
    ExitCode::SUCCESS
}

async fn show(keyfob: Keyfob) {
    let mut snapshots = keyfob.subscribe();
    loop {
        let (session, code) = match &snapshots.borrow_and_update().session {
            Session::Loading => ("loading", None),
            Session::SignedOut => ("signed_out", None),
            Session::SignedIn { .. } => ("signed_in", None),
            Session::ReauthRequired { .. } => ("reauth_required", None),
            Session::Unavailable { code, .. } => ("unavailable", Some(code.as_str())),
        };
        say(&json!({ "session": session, "code": code }));
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

fn wishes() -> mpsc::UnboundedReceiver<Value> {
    let (sender, wishes) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let wish = serde_json::from_str(&line).expect("a line of JSON");
            if sender.send(wish).is_err() {
                return;
            }
        }
    });
    wishes
}

/// The code of what came of it; none if it worked.
async fn obey(keyfob: &Keyfob, verb: Option<&str>, value: Option<&str>) -> Option<&'static str> {
    let code = match verb {
        Some("token") => {
            let audience = value.map(str::to_owned);
            let request = AccessTokenRequest { audience, ..AccessTokenRequest::default() };
            keyfob.access_token(&request).await.err().map(|error| error.code())
        }
        Some("sign_in") => keyfob.sign_in(&SignInOptions::default()).await.err().map(|error| error.code()),
        Some("callback") => {
            keyfob.handle_callback(value.expect("a URL")).await;
            None
        }
        Some("cancel") => {
            keyfob.cancel_sign_in().await;
            None
        }
        Some("sign_out") => keyfob.sign_out(SignOutOptions::default()).await.err().map(|error| error.code()),
        _ => unreachable!("nobody asks for anything else"),
    };
    code.map(ErrorCode::as_str)
}

fn say(line: &Value) {
    report::line(&line.to_string());
}
