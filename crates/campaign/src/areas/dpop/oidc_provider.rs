//! The certified provider, in a process of Node's, with a person in front of it.

use std::process::Stdio;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::scene::{Client, within};

/// It ends when it is dropped.
pub(super) struct OidcProvider {
    _child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    issuer: String,
    client_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Greeting {
    issuer: String,
    client_id: String,
}

/// Where a token request is held.
#[derive(Clone, Copy)]
pub(super) enum Hold {
    /// Before the provider deals with it.
    Request,
    /// After that.
    Answer,
}

impl OidcProvider {
    pub(super) async fn start() -> Self {
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/areas/dpop/provider.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node can be started");
        let stdin = child.stdin.take().expect("it is piped");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let greeting = within(lines.next_line()).await.expect("it writes text").expect("a greeting");
        let Greeting { issuer, client_id } = serde_json::from_str(&greeting).expect("a greeting");
        Self { _child: child, stdin, lines, issuer, client_id }
    }

    pub(super) fn client(&self) -> Client<'_> {
        Client { issuer: &self.issuer, id: &self.client_id }
    }

    /// The person allows everything; gives the callback.
    pub(super) async fn approve(&mut self, url: &str) -> String {
        self.say(&json!({ "approve": url })).await;
        let answer = self.hear("callback").await;
        answer.as_str().expect("a URL").to_owned()
    }

    /// The next token requests are held until [`release`](Self::release).
    pub(super) async fn hold(&mut self, hold: Hold) {
        let at = match hold {
            Hold::Request => "request",
            Hold::Answer => "answer",
        };
        self.say(&json!({ "hold": at })).await;
    }

    /// Waits until one is held.
    pub(super) async fn arrived(&mut self) {
        self.hear("arrived").await;
    }

    pub(super) async fn release(&mut self) {
        self.say(&json!({ "release": true })).await;
    }

    async fn say(&mut self, message: &Value) {
        self.stdin.write_all(format!("{message}\n").as_bytes()).await.expect("it reads");
    }

    async fn hear(&mut self, name: &str) -> Value {
        loop {
            let line = within(self.lines.next_line()).await.expect("it writes text").expect("it runs");
            let mut message: Value = serde_json::from_str(&line).expect("it speaks as we do");
            if !message[name].is_null() {
                return message[name].take();
            }
        }
    }
}
