//! A second process of the app, real enough to be killed.

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use fake_provider::FakeProvider;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    child,
    scene::{Client, within},
    wire::{Command, Kept, Line, Point, Reply, Request, Seen, Settings, Shelf},
};

/// It ends, by a kill, when it is dropped.
pub(crate) struct Process {
    child: Child,
    stdin: ChildStdin,
    heard: Arc<Heard>,
    reader: JoinHandle<()>,
    browser: mpsc::UnboundedReceiver<String>,
    stopped: mpsc::UnboundedReceiver<()>,
    last_id: u64,
}

#[derive(Default)]
struct Heard {
    asked: Mutex<HashMap<u64, oneshot::Sender<Reply>>>,
    kept: Mutex<Vec<Kept>>,
}

impl Process {
    /// Starts one, and waits until it knows whether somebody is signed in.
    pub(crate) async fn start(provider: &FakeProvider, shelf: &Shelf, ahead: u64) -> Self {
        Self::start_with(&Client::of(provider), shelf, ahead, json!({})).await
    }

    /// The same at any provider, and with more in its configuration.
    pub(crate) async fn start_with(
        client: &Client<'_>,
        shelf: &Shelf,
        ahead: u64,
        configuration: Value,
    ) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let mut command = tokio::process::Command::new(program);
        if let Shelf::Keychain { bus, .. } = shelf {
            command.env("DBUS_SESSION_BUS_ADDRESS", bus);
        }
        let mut child = command
            .arg(child::ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("this program can be started");
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = child.stdout.take().expect("it is piped");
        let heard = Arc::new(Heard::default());
        let (urls, browser) = mpsc::unbounded_channel();
        let (stops, stopped) = mpsc::unbounded_channel();
        let reader = tokio::spawn(listen(stdout, Arc::clone(&heard), urls, stops));
        let mut process = Self { child, stdin, heard, reader, browser, stopped, last_id: 0 };
        let settings = Settings {
            issuer: client.issuer.to_owned(),
            client_id: client.id.to_owned(),
            configuration,
            shelf: shelf.clone(),
            ahead,
        };
        process.write(&serde_json::to_string(&settings).expect("plain values")).await;
        process.session().await;
        process
    }

    /// The sign-in's own token, or `None`.
    pub(crate) async fn token(&mut self) -> Option<String> {
        match self.ask(Command::Token).await {
            Reply::Token(token) => Some(token),
            _ => None,
        }
    }

    pub(crate) async fn session(&mut self) -> Seen {
        match self.ask(Command::Session).await {
            Reply::Session(seen) => Some(seen),
            _ => None,
        }
        .expect("a session")
    }

    /// A whole sign-in, as the person whom the provider has in front of it.
    pub(crate) async fn sign_in(&mut self, provider: &FakeProvider) {
        let (signed_in, url) = self.begin_sign_in().await;
        let callback = provider.approve(&url).await;
        self.finish_sign_in(signed_in, callback).await;
    }

    /// Gives where the browser is sent, and what will say that it has come back.
    pub(crate) async fn begin_sign_in(&mut self) -> (oneshot::Receiver<Reply>, String) {
        let signed_in = self.send(Command::SignIn).await;
        (signed_in, within(self.browser.recv()).await.expect("the process runs"))
    }

    pub(crate) async fn finish_sign_in(&mut self, signed_in: oneshot::Receiver<Reply>, callback: String) {
        self.ask(Command::Callback { url: callback }).await;
        done(&reply(signed_in).await);
    }

    pub(crate) async fn sign_out(&mut self) {
        done(&self.ask(Command::SignOut).await);
    }

    pub(crate) async fn advance(&mut self, seconds: u64) {
        done(&self.ask(Command::Advance { seconds }).await);
    }

    /// The next refresh stops there for ever.
    pub(crate) async fn stop_at(&mut self, point: Point) {
        done(&self.ask(Command::StopAt(point)).await);
    }

    /// Waits until it has stopped.
    pub(crate) async fn stopped(&mut self) {
        within(self.stopped.recv()).await.expect("the process runs");
    }

    /// Sends a command; the answer may be awaited beside others.
    pub(crate) async fn send(&mut self, command: Command) -> oneshot::Receiver<Reply> {
        self.last_id += 1;
        let (sender, receiver) = oneshot::channel();
        lock(&self.heard.asked).insert(self.last_id, sender);
        let request = Request { id: self.last_id, command };
        self.write(&serde_json::to_string(&request).expect("plain values")).await;
        receiver
    }

    async fn ask(&mut self, command: Command) -> Reply {
        reply(self.send(command).await).await
    }

    async fn write(&mut self, line: &str) {
        let written = self.stdin.write_all(format!("{line}\n").as_bytes()).await;
        written.expect("the process reads");
    }

    /// `kill -9`. Gives all that it has kept, from its start on.
    pub(crate) async fn kill(&mut self) -> Vec<Kept> {
        self.child.kill().await.expect("it runs");
        within(&mut self.reader).await.expect("nothing panics");
        std::mem::take(&mut lock(&self.heard.kept))
    }
}

/// What was asked for.
pub(crate) async fn reply(answer: oneshot::Receiver<Reply>) -> Reply {
    within(answer).await.expect("the process runs")
}

fn done(reply: &Reply) {
    assert_eq!(*reply, Reply::Done);
}

async fn listen(
    stdout: ChildStdout,
    heard: Arc<Heard>,
    browser: mpsc::UnboundedSender<String>,
    stopped: mpsc::UnboundedSender<()>,
) {
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await.expect("it writes text") {
        match serde_json::from_str(&line).expect("it speaks as we do") {
            Line::Reply { id, reply } => {
                if let Some(asked) = lock(&heard.asked).remove(&id) {
                    // Nobody may wait for it any more.
                    drop(asked.send(reply));
                }
            }
            Line::Browser { url } => drop(browser.send(url)),
            Line::Kept(kept) => lock(&heard.kept).push(kept),
            Line::Stopped => drop(stopped.send(())),
        }
    }
    // Whoever still waits for an answer waits in vain.
    lock(&heard.asked).clear();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
