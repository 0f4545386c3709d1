//! The same check with its guard switched off, by a program that was built so that it can be.

use std::{fs, process::Command};

use serde_json::Value;

use crate::check::Check;

/// Names that program: an engine that could be disarmed must never be the one that ships.
const BINARY: &str = "CAMPAIGN_CONTROL_BINARY";
/// Tells it which guard to switch off.
const GUARD: &str = "KEYFOB_SABOTAGE";

/// What a check finds without its guard.
pub(crate) struct Control {
    pub(crate) guard: &'static str,
    pub(crate) figure: Value,
    pub(crate) holds: bool,
    /// Why there is no figure; a control that can't be run proves nothing.
    pub(crate) problem: Option<String>,
}

/// Runs the short form without its guard; `None` where there is no such program.
pub(crate) fn run(check: &Check) -> Option<Control> {
    let binary = std::env::var_os(BINARY)?;
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let ended = Command::new(&binary)
        .args(["--only", check.id, "--short", "--no-control", "--json"])
        .arg(file.path())
        .env(GUARD, check.guard)
        .env_remove(BINARY)
        .output();
    let written = fs::read(file.path()).unwrap_or_default();
    let result = serde_json::from_slice::<Vec<Value>>(&written).ok().and_then(|mut results| results.pop());
    let found = match (result, ended) {
        // Anything but a clear "no" is no failure.
        (Some(result), _) if !result["figure"].is_null() => {
            Ok((result["figure"].clone(), result["holds"] != false))
        }
        (Some(result), _) => Err(format!("its control gave no figure: {}", result["note"])),
        (None, Ok(output)) => Err(format!("its control gave no figure ({})", output.status)),
        (None, Err(error)) => Err(format!("its control did not start: {error}")),
    };
    let guard = check.guard;
    Some(match found {
        Ok((figure, holds)) => Control { guard, figure, holds, problem: None },
        Err(problem) => Control { guard, figure: Value::Null, holds: true, problem: Some(problem) },
    })
}
