//! The modules of the OpenID Foundation's suites, and those of our own.

#[path = "../../../../keyfob/tests/conformance/app.rs"]
mod app;

use fake_provider::{ConformanceServer, Module};

use crate::check::{Check, Figure, Outcome};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "protocol-modules",
    target: "every module: expected outcome 100 %, 0 requests after a bad artefact",
    guard: "id_token",
    n_full: Module::COUNT,
    body: |_| Box::pin(modules()),
}];

async fn modules() -> Outcome {
    let server = ConformanceServer::start().await;
    let runs = app::run(&server, |_| true).await;
    let as_expected = runs.iter().filter(|run| run.wrong.is_empty()).count();
    let afterwards = runs.iter().map(|run| run.afterwards.len()).sum();
    let figures = [
        Figure::exactly(Module::COUNT, as_expected, "modules as expected"),
        Figure::none(afterwards, "requests after something bad"),
    ];
    let notes: Vec<_> = runs.iter().flat_map(app::Run::complaints).collect();
    Outcome::new(runs.len(), figures).note(&notes)
}
