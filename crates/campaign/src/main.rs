//! Puts figures to what the engine promises: `campaign <area>… [--short] [--json FILE] [--only ID] [--no-control]`.
//!
//! One line for each check, and exit code 1 if any falls short. Each check is run once more by the same program with
//! the check's guard switched off (`CAMPAIGN_CONTROL_BINARY`), and must fail there: a check that can't fail is no check.
//! `npm run campaign` builds both programs.

#![expect(clippy::expect_used, reason = "for development only: a panic is how a check ends that can't go on")]

mod areas;
mod check;
mod child;
mod control;
mod files;
mod process;
mod report;
mod scene;
mod shared;
mod stops;
mod wire;

use std::{path::PathBuf, process::ExitCode};

use tokio::runtime::{Builder, Runtime};

use crate::{
    areas::AREAS,
    check::{Check, Scale},
    report::Report,
};

const USAGE: &str = "campaign <area>… [--short] [--json FILE] [--only ID] [--no-control]";

/// Asks for the areas, one a line.
const LIST: &str = "--areas";

struct Arguments {
    areas: Vec<String>,
    scale: Scale,
    json: Option<PathBuf>,
    only: Option<String>,
    control: bool,
}

impl Arguments {
    fn parse(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments =
            Self { areas: Vec::new(), scale: Scale::Full, json: None, only: None, control: true };
        while let Some(argument) = given.next() {
            let mut value = || given.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--short" => arguments.scale = Scale::Short,
                "--no-control" => arguments.control = false,
                "--json" => arguments.json = Some(value()?.into()),
                "--only" => arguments.only = Some(value()?),
                area if AREAS.iter().any(|(name, _)| *name == area) => arguments.areas.push(argument),
                _ => return Err(format!("there is no {argument}")),
            }
        }
        if arguments.areas.is_empty() && arguments.only.is_none() {
            return Err("which area?".to_owned());
        }
        Ok(arguments)
    }

    /// What is to be run; with `--only` alone any area's.
    fn checks(&self) -> Vec<&'static Check> {
        AREAS
            .iter()
            .filter(|(name, _)| self.areas.is_empty() || self.areas.iter().any(|area| area == name))
            .flat_map(|(_, checks)| checks.iter().copied().flatten())
            .filter(|check| self.only.as_ref().is_none_or(|only| only == check.id))
            .collect()
    }
}

fn main() -> ExitCode {
    let given: Vec<_> = std::env::args().skip(1).collect();
    let threads = || runtime(&mut Builder::new_multi_thread());
    match given.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [child::ARGUMENT] => {
            // On one thread, so that what a start sets off comes before the first command, each time.
            runtime(&mut Builder::new_current_thread()).block_on(child::run());
            ExitCode::SUCCESS
        }
        [LIST] => {
            report::line(&area_names().join("\n"));
            ExitCode::SUCCESS
        }
        #[cfg(target_os = "linux")]
        [areas::storage::APP, service, configuration] => {
            threads().block_on(areas::storage::serve(service, configuration))
        }
        #[cfg(target_os = "linux")]
        [areas::redirect::APP, configuration] => threads().block_on(areas::redirect::sign_in(configuration)),
        #[cfg(target_os = "linux")]
        [areas::redirect::ALONE, family] => threads().block_on(areas::redirect::sign_in_alone(family)),
        _ => match Arguments::parse(given.into_iter()) {
            Ok(arguments) => threads().block_on(campaign(&arguments)),
            Err(problem) => usage(&problem),
        },
    }
}

fn runtime(builder: &mut Builder) -> Runtime {
    builder.enable_all().build().expect("threads and sockets")
}

async fn campaign(arguments: &Arguments) -> ExitCode {
    let checks = arguments.checks();
    if checks.is_empty() {
        return usage("there is no such check");
    }
    let mut report = Report::default();
    for check in checks {
        let outcome = check.run(arguments.scale).await;
        let control = if arguments.control { control::run(check) } else { None };
        report.add(check, outcome, control);
        // After each, so that a run which is cut short leaves what it found.
        if let Some(path) = &arguments.json {
            report.write(path);
        }
    }
    report.close();
    if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn area_names() -> Vec<&'static str> {
    AREAS.iter().map(|(name, _)| *name).collect()
}

fn usage(problem: &str) -> ExitCode {
    report::line(&format!("{problem}\n{USAGE}\nareas: {}", area_names().join(", ")));
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(given: &str) -> Result<Arguments, String> {
        Arguments::parse(given.split_whitespace().map(str::to_owned))
    }

    fn ids(given: &str) -> Vec<&'static str> {
        parsed(given).expect("valid").checks().iter().map(|check| check.id).collect()
    }

    #[test]
    fn areas_and_options_come_in_any_order() {
        let arguments = parsed("--short refresh --json out.json time --no-control").expect("valid");
        assert_eq!(arguments.areas, ["refresh", "time"]);
        assert!(arguments.scale == Scale::Short && !arguments.control);
        assert_eq!(arguments.json, Some(PathBuf::from("out.json")));
    }

    #[test]
    fn without_options_all_is_run_in_full_and_controlled() {
        let arguments = parsed("crash").expect("valid");
        assert!(arguments.scale == Scale::Full && arguments.control);
        assert!(arguments.json.is_none() && arguments.only.is_none());
    }

    #[test]
    fn what_cannot_be_run_is_said() {
        for (given, problem) in [
            ("", "which area?"),
            ("--short", "which area?"),
            ("refrsh", "there is no refrsh"),
            ("refresh --shrot", "there is no --shrot"),
            ("refresh --json", "--json needs a value"),
            ("--only", "--only needs a value"),
        ] {
            assert_eq!(parsed(given).err().as_deref(), Some(problem), "{given}");
        }
    }

    #[test]
    fn one_check_is_found_in_any_area_or_in_the_one_that_is_named() {
        assert_eq!(ids("--only time-jumps"), ["time-jumps"]);
        assert_eq!(ids("time --only time-jumps"), ["time-jumps"]);
        assert!(ids("refresh --only time-jumps").is_empty());
        assert!(ids("--only nothing").is_empty());
    }

    #[test]
    fn no_two_checks_have_one_name() {
        let mut all = ids(&area_names().join(" "));
        let checks = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), checks);
    }
}
