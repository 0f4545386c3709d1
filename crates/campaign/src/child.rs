//! A process of its own that is told what to do: `campaign child`, with [`wire`](crate::wire) on its standard streams.

use std::{io::Write as _, sync::Arc, time::Duration};

use keyfob::{Chunked, Failure as _, Keychain, Keyfob, ManualClock, SignInOptions, SignOutOptions};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{
    files::Files,
    scene::{App, Client, wish},
    stops::{Parts, Stopping, Stops},
    wire::{Command, Line, Reply, Request, Seen, Settings, Shelf},
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
    let settings: Settings = serde_json::from_str(&settings).expect("settings");
    let stops = Arc::new(Stops::default());
    let clock = ManualClock::new();
    clock.advance(Duration::from_secs(settings.ahead));
    let client = Client { issuer: &settings.issuer, id: &settings.client_id };
    let nothing = json!({});
    let App { keyfob, mut browser } = match &settings.shelf {
        Shelf::Files(folder) => {
            let items = Parts::new(Files::new(folder), Arc::clone(&stops));
            let store = Stopping::new(Chunked::new(items, LIMIT), Arc::clone(&stops));
            App::start(&client, store, &clock, &nothing)
        }
        Shelf::Keychain { service, .. } => {
            let store = Stopping::new(Keychain::new(service), Arc::clone(&stops));
            App::start(&client, store, &clock, &nothing)
        }
    };
    tokio::spawn(async move {
        while let Some(url) = browser.recv().await {
            say(&Line::Browser { url });
        }
    });
    while let Some(line) = next().await {
        let Request { id, command } = serde_json::from_str(&line).expect("a request");
        let keyfob = keyfob.clone();
        match command {
            Command::StopAt(point) => stops.arm(point),
            Command::Advance { seconds } => clock.advance(Duration::from_secs(seconds)),
            command => {
                tokio::spawn(async move { say(&Line::Reply { id, reply: obey(&keyfob, command).await }) });
                continue;
            }
        }
        say(&Line::Reply { id, reply: Reply::Done });
    }
}

async fn obey(keyfob: &Keyfob, command: Command) -> Reply {
    let done = match command {
        Command::Token => match keyfob.access_token(&wish(None)).await {
            Ok(token) => return Reply::Token(token.access_token.expose().to_owned()),
            Err(error) => Err(error.code()),
        },
        Command::Session => {
            let mut snapshots = keyfob.subscribe();
            let known = snapshots.wait_for(|snapshot| Seen::from(snapshot.session.clone()) != Seen::Loading);
            return Reply::Session(known.await.expect("the engine runs").session.clone().into());
        }
        Command::SignIn => {
            keyfob.sign_in(&SignInOptions::default()).await.map(drop).map_err(|error| error.code())
        }
        Command::Callback { url } => {
            keyfob.handle_callback(&url).await;
            Ok(())
        }
        Command::SignOut => keyfob.sign_out(SignOutOptions::default()).await.map_err(|error| error.code()),
        Command::Advance { .. } | Command::StopAt(_) => Ok(()),
    };
    done.map_or_else(Reply::Refused, |()| Reply::Done)
}

/// One whole line, whoever else is talking; a parent that is gone hears nothing.
pub(crate) fn say(line: &Line) {
    let text = serde_json::to_string(line).expect("a line of plain values") + "\n";
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
