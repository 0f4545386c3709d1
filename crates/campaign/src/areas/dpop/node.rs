//! A program of Node's, with lines of JSON on its standard streams.

use std::process::Stdio;

use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::scene::within;

/// It ends when it is dropped.
pub(super) struct Node {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Node {
    /// Starts a program of this folder.
    pub(super) fn start(program: &str) -> Self {
        let mut child = Command::new("node")
            .arg(format!("{}/src/areas/dpop/{program}", env!("CARGO_MANIFEST_DIR")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node can be started");
        let stdin = child.stdin.take().expect("it is piped");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Self { child, stdin, lines }
    }

    pub(super) async fn say(&mut self, message: &impl Serialize) {
        let line = serde_json::to_string(message).expect("plain values") + "\n";
        self.stdin.write_all(line.as_bytes()).await.expect("it reads");
    }

    pub(super) async fn hear<T: DeserializeOwned>(&mut self) -> T {
        let line = within(self.lines.next_line()).await.expect("it writes text").expect("it runs");
        serde_json::from_str(&line).expect("it speaks as we do")
    }

    /// Says that there is no more, and gives its last words.
    pub(super) async fn end<T: DeserializeOwned>(self) -> T {
        let Self { mut child, stdin, mut lines } = self;
        drop(stdin);
        let line = lines.next_line().await.expect("it writes text").expect("last words");
        within(child.wait()).await.expect("it ends");
        serde_json::from_str(&line).expect("it speaks as we do")
    }
}
