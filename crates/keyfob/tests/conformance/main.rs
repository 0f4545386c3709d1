//! The modules of the OpenID Foundation's suites, and those of our own, each run from the click to its end.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod app;

use std::collections::BTreeSet;

use fake_provider::{ConformanceServer, Module, Profile};

#[tokio::test]
async fn every_module_of_openid_connect_ends_as_it_should_and_nothing_is_sent_after_something_bad() {
    run_all(Profile::OpenId).await;
}

#[tokio::test]
async fn every_module_of_fapi2_ends_as_it_should_and_nothing_is_sent_after_something_bad() {
    run_all(Profile::Fapi2).await;
}

#[test]
fn every_module_has_a_name_of_its_own() {
    let names: Vec<_> = Module::all().map(|module| module.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

async fn run_all(profile: Profile) {
    let server = ConformanceServer::start().await;
    let run = app::run(&server, |module| module.profile == profile).await;
    assert!(!run.is_empty());
    let wrong: Vec<_> = run.iter().flat_map(app::Run::complaints).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
