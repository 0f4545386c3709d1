//! What the hosts of the tests have in common.

use std::{env, fs};

use serde_json::Value;

pub(crate) fn log_to_stderr() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
}

/// That of the file which `KEYFOB_CONFIG` names.
pub(crate) fn configuration() -> Value {
    let file = env::var("KEYFOB_CONFIG").expect("KEYFOB_CONFIG names a file");
    serde_json::from_str(&fs::read_to_string(file).expect("a file")).expect("JSON")
}
