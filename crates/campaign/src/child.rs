//! A process of its own that is told what to do: `campaign child`, with [`wire`](crate::wire) on its standard streams.

use std::{io::Write as _, sync::Arc, time::Duration};

use keyfob::{Chunked, Failure, Keychain, Keyfob, ManualClock, Session, SignInOptions, SignOutOptions};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{
    files::Files,
    scene::{App, Client, wish},
    stops::{Parts, Stopping, Stops},
    wire::{Command, Line, Reply, Request, Settings, Shelf},
};

/// The first argument of such a process.
pub(crate) const ARGUMENT: &str = "child";

/// How many bytes a file holds: so few that every session takes several.
const LIMIT: usize = 256;

/// Obeys until nobody is there to command.
pub(crate) async fn run() {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut next = async || lines.next_line().await.expect("the parent writes text");
    let Some(settings) = next().await else { return };
    let child = Child::start(&serde_json::from_str(&settings).expect("settings"));
    while let Some(line) = next().await {
        let Request { id, command } = serde_json::from_str(&line).expect("a request");
        let child = child.clone();
        tokio::spawn(async move { say(&Line::Reply { id, reply: child.obey(command).await }) });
    }
}

#[derive(Clone)]
struct Child {
    keyfob: Keyfob,
    clock: ManualClock,
    stops: Arc<Stops>,
}

impl Child {
    fn start(settings: &Settings) -> Self {
        let stops = Arc::new(Stops::default());
        let clock = ManualClock::new();
        clock.advance(Duration::from_secs(settings.ahead));
        let client = Client { issuer: &settings.issuer, id: &settings.client_id };
        let App { keyfob, mut browser } = match &settings.shelf {
            Shelf::Files(folder) => {
                let items = Parts::new(Files::new(folder), Arc::clone(&stops));
                let store = Stopping::new(Chunked::new(items, LIMIT), Arc::clone(&stops));
                App::start(&client, store, &clock, &settings.configuration)
            }
            Shelf::Keychain { service, .. } => {
                let store = Stopping::new(Keychain::new(service), Arc::clone(&stops));
                App::start(&client, store, &clock, &settings.configuration)
            }
        };
        tokio::spawn(async move {
            while let Some(url) = browser.recv().await {
                say(&Line::Browser { url });
            }
        });
        Self { keyfob, clock, stops }
    }

    async fn obey(&self, command: Command) -> Reply {
        match command {
            Command::Token => match self.keyfob.access_token(&wish(None)).await {
                Ok(token) => Reply::Token(token.access_token.expose().to_owned()),
                Err(error) => Reply::Refused(error.code()),
            },
            Command::Session => Reply::Session(self.session().await.into()),
            Command::SignIn => done(self.keyfob.sign_in(&SignInOptions::default()).await),
            Command::Callback { url } => {
                self.keyfob.handle_callback(&url).await;
                Reply::Done
            }
            Command::SignOut => done(self.keyfob.sign_out(SignOutOptions::default()).await),
            Command::Advance { seconds } => {
                self.clock.advance(Duration::from_secs(seconds));
                Reply::Done
            }
            Command::StopAt(point) => {
                self.stops.arm(point);
                Reply::Done
            }
        }
    }

    async fn session(&self) -> Session {
        let mut snapshots = self.keyfob.subscribe();
        let known = snapshots.wait_for(|snapshot| snapshot.session != Session::Loading).await;
        known.expect("the engine runs").session.clone()
    }
}

fn done<T, E: Failure>(result: Result<T, E>) -> Reply {
    result.map_or_else(|error| Reply::Refused(error.code()), |_| Reply::Done)
}

/// One whole line, whoever else is talking; a parent that is gone hears nothing.
pub(crate) fn say(line: &Line) {
    let text = serde_json::to_string(line).expect("a line of plain values") + "\n";
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
