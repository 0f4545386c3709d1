//! Machines that have one kind of address only: a network namespace of its own for each, `campaign redirect-alone FAMILY`.

use std::process::{ExitCode, Stdio};

use keyfob::SignInOptions;
use serde_json::json;
use tokio::process::Command;

use super::browser::Place;
use crate::{
    check::{Check, Figure, Outcome, Scale},
    report,
    scene::{Scene, ended, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "redirect-loopback-family",
    target: "machines with IPv4 only and with IPv6 only: sign-in completes",
    guard: "other_family",
    n_full: 12,
    body: |scale| Box::pin(families(scale)),
}];

pub(crate) const ALONE: &str = "redirect-alone";
const IPV4: &str = "ipv4";
const IPV6: &str = "ipv6";

async fn families(scale: Scale) -> Outcome {
    let rounds = scale.of(6);
    let mut completed = 0;
    let mut notes = Vec::new();
    for _ in 0..rounds {
        for family in [IPV4, IPV6] {
            let output = Command::new("unshare")
                .args(["--map-root-user", "--net"])
                .arg(std::env::current_exe().expect("this program has a path"))
                .args([ALONE, family])
                .stdin(Stdio::null())
                .output();
            let output = within(output).await.expect("unshare is installed");
            if output.status.success() {
                completed += 1;
            } else {
                notes.push(format!("{family}: {}", String::from_utf8_lossy(&output.stderr).trim()));
            }
        }
    }
    notes.truncate(2);
    Outcome::new(rounds * 2, [Figure::exactly(rounds * 2, completed, "sign-ins completed")]).note(&notes)
}

/// One sign-in in a namespace that is this process's own. The provider knows IPv4 only, so where the app has to do
/// without, it is missing while the app looks for a way back, and there again when the browser comes back.
pub(crate) async fn sign_in_alone(family: &str) -> ExitCode {
    set_up(family).await;
    let mut scene = Scene::with(json!({ "redirect": "loopback" })).await;
    let keyfob = scene.app.keyfob.clone();
    let click = || {
        let keyfob = keyfob.clone();
        tokio::spawn(async move { keyfob.sign_in(&SignInOptions::default()).await })
    };
    // Fetches the provider's metadata.
    drop(click());
    within(scene.app.browser.recv()).await.expect("the app runs");
    keyfob.cancel_sign_in().await;

    if family == IPV6 {
        ip("addr del 127.0.0.1/8 dev lo").await;
    }
    let mut signing_in = click();
    let url = tokio::select! {
        _ = &mut signing_in => return ExitCode::FAILURE,
        url = within(scene.app.browser.recv()) => url.expect("the app runs"),
    };
    if family == IPV6 {
        ip("addr add 127.0.0.1/8 dev lo").await;
    }
    let place = Place::of(&scene.provider.approve(&url).await);
    let address = if family == IPV6 { "[::1]:" } else { "127.0.0.1:" };
    assert!(place.host().starts_with(address), "{}", place.host());
    assert_eq!(place.visit().await, Some(200));
    report::line(place.host());
    if ended(signing_in).await.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn set_up(family: &str) {
    ip("link set lo up").await;
    if family == IPV4 {
        ip("addr del ::1/128 dev lo").await;
    }
}

async fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status().await;
    assert!(status.is_ok_and(|status| status.success()), "ip {arguments}");
}
