//! What is said about the checks: a line for each, and a file for machines.

use std::{io::Write as _, path::Path};

use serde_json::{Value, json};

use crate::{
    check::{Check, Outcome},
    control::Control,
};

/// All that was found so far.
#[derive(Default)]
pub(crate) struct Report(Vec<Value>);

impl Report {
    /// Says a check's line and remembers it.
    pub(crate) fn add(&mut self, check: &Check, outcome: Outcome, control: Option<Control>) {
        let cannot_fail = control.as_ref().filter(|control| control.holds).map(|control| {
            let problem = control.problem.clone();
            problem.unwrap_or_else(|| format!("can't fail: it holds without \"{}\" too", control.guard))
        });
        let holds = outcome.holds() && cannot_fail.is_none();
        let (figure, unit) = (outcome.figure(), outcome.unit());
        let notes: Vec<_> = cannot_fail.into_iter().chain(outcome.note).collect();
        let shown = match &figure {
            Value::String(all) => all.clone(),
            Value::Null => "no figure".to_owned(),
            number => format!("{number} {unit}"),
        };
        let verdict = if holds { "holds" } else { "FALLS SHORT" };
        let n = format!("n {} of {}", outcome.n, check.n_full);
        let note = if notes.is_empty() { String::new() } else { format!(" | {}", notes.join("; ")) };
        line(&format!("{} | {} | {shown} | {n} | {verdict}{note}", check.id, check.target));
        let mut result = json!({
            "id": check.id,
            "target": check.target,
            "figure": figure,
            "unit": unit,
            "n": outcome.n,
            "n_full": check.n_full,
            "control": control.map(|control| {
                json!({ "guard": control.guard, "figure": control.figure, "holds": control.holds })
            }),
            "holds": holds,
        });
        if !notes.is_empty() {
            result["note"] = notes.join("; ").into();
        }
        self.0.push(result);
    }

    /// Says what it comes to.
    pub(crate) fn close(&self) {
        let hold = self.0.iter().filter(|result| result["holds"] == true).count();
        line(&format!("campaign: {hold} of {} checks hold", self.0.len()));
    }

    pub(crate) fn holds(&self) -> bool {
        self.0.iter().all(|result| result["holds"] == true)
    }

    pub(crate) fn write(&self, path: &Path) {
        let text = serde_json::to_string_pretty(&self.0).expect("a list of plain values");
        std::fs::write(path, text + "\n").expect("the file can be written");
    }
}

/// A line on the standard output; nobody has to read it.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
