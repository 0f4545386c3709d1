//! The app in a process of its own, as its desktop is one of the process's environment: `campaign redirect-app JSON`.

use std::{
    process::{ExitCode, Stdio},
    sync::Arc,
    time::Instant,
};

use keyfob::{Config, DeepLinkFault, Keyfob, Memory, Opener, SignInOptions};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    sync::mpsc,
};

use crate::{report, scene::within};

pub(crate) const APP: &str = "redirect-app";
pub(super) const SCHEME: &str = "dev.keyfob.desktop";

/// What it says.
#[derive(Serialize, Deserialize)]
pub(super) enum Said {
    /// The browser is sent there, so many milliseconds after the click.
    Browser { url: String, after: u32, fault: Option<DeepLinkFault> },
    /// How the sign-in ended, and how many tabs it opened.
    Ended { signed_in: bool, tabs: usize },
}

/// Signs in twice, and says so of the second time: the first, which is cancelled, fetches what is fetched once.
pub(crate) async fn sign_in(configuration: &str) -> ExitCode {
    let configuration: Value = serde_json::from_str(configuration).expect("JSON");
    let (urls, mut browser) = mpsc::unbounded_channel();
    let opener: Opener =
        Arc::new(move |url| urls.send(url.as_str().to_owned()).map_err(std::io::Error::other));
    let keyfob = Keyfob::builder(opener)
        .deep_link_scheme(Some(SCHEME.to_owned()))
        .start(Config::from_json(configuration), Memory::new());
    let click = || {
        let keyfob = keyfob.clone();
        tokio::spawn(async move { keyfob.sign_in(&SignInOptions::default()).await })
    };
    drop(click());
    within(browser.recv()).await.expect("the app runs");
    keyfob.cancel_sign_in().await;

    let clicked = Instant::now();
    let signing_in = click();
    let url = within(browser.recv()).await.expect("the app runs");
    let after = u32::try_from(clicked.elapsed().as_millis()).unwrap_or(u32::MAX);
    let fault = keyfob.snapshot().sign_in.and_then(|pending| pending.deep_link_fault);
    say(&Said::Browser { url, after, fault });
    let signed_in = within(signing_in).await.is_ok_and(|outcome| outcome.is_ok());
    say(&Said::Ended { signed_in, tabs: 1 + browser.len() });
    // A look at a folder that hangs never ends, and is waited for otherwise.
    std::process::exit(0);
}

fn say(said: &Said) {
    report::line(&serde_json::to_string(said).expect("plain values"));
}

/// Such a process, from outside.
pub(super) struct Running {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts it by a command that ends in this program.
    pub(super) fn start(command: &mut Command, configuration: &Value) -> Self {
        let mut child = command
            .arg(APP)
            .arg(configuration.to_string())
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("it can be started");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Self { _child: child, lines }
    }

    pub(super) async fn says(&mut self) -> Said {
        let line = within(self.lines.next_line()).await.expect("it writes text").expect("it goes on");
        serde_json::from_str(&line).expect("it speaks as we do")
    }
}
