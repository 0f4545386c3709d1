//! An engine over any store, as an app has it.

use fake_provider::FakeProvider;
use keyfob::{Config, Keyfob, Opener, Store};
use serde_json::{Value, json};

/// The sign-in's own audience.
const OWN: &str = "https://api.example";
/// How many others there are: each is a refresh of its own.
const OTHERS: usize = 60;

pub(super) fn configuration(provider: &FakeProvider) -> Value {
    let resources: Vec<_> = std::iter::once(OWN.to_owned())
        .chain((0..OTHERS).map(other))
        .map(|audience| json!({ "origin": audience, "audience": audience }))
        .collect();
    json!({
        "issuer": provider.issuer(),
        "clientId": provider.client_id(),
        "redirect": "deepLink",
        "audience": OWN,
        "resources": resources,
    })
}

/// An audience that nobody has asked for before, for as long as there are any.
pub(super) fn other(index: usize) -> String {
    format!("https://api{index}.example")
}

pub(super) fn start(configuration: Value, store: impl Store, opener: Opener) -> Keyfob {
    Keyfob::builder(opener)
        .app_name("Keyfob")
        .deep_link_scheme(Some("dev.keyfob.desktop".to_owned()))
        .start(Config::from_json(configuration), store)
}
