//! The certified provider, in a process of Node's, with a person in front of it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::node::Node;
use crate::scene::Client;

/// It ends when it is dropped.
pub(super) struct OidcProvider {
    node: Node,
    greeting: Greeting,
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
        let mut node = Node::start("provider.mjs");
        let greeting = node.hear().await;
        Self { node, greeting }
    }

    pub(super) fn client(&self) -> Client<'_> {
        Client { issuer: &self.greeting.issuer, id: &self.greeting.client_id }
    }

    /// The person allows everything; gives the callback.
    pub(super) async fn approve(&mut self, url: &str) -> String {
        self.node.say(&json!({ "approve": url })).await;
        let answer = self.hear("callback").await;
        answer.as_str().expect("a URL").to_owned()
    }

    /// The next token requests are held until [`release`](Self::release).
    pub(super) async fn hold(&mut self, hold: Hold) {
        let at = match hold {
            Hold::Request => "request",
            Hold::Answer => "answer",
        };
        self.node.say(&json!({ "hold": at })).await;
    }

    /// Waits until one is held.
    pub(super) async fn arrived(&mut self) {
        self.hear("arrived").await;
    }

    pub(super) async fn release(&mut self) {
        self.node.say(&json!({ "release": true })).await;
    }

    async fn hear(&mut self, name: &str) -> Value {
        loop {
            let mut message: Value = self.node.hear().await;
            if !message[name].is_null() {
                return message[name].take();
            }
        }
    }
}
