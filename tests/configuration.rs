//! What the app lets its window do, as its configuration says it: each line here is a door that has to stay shut.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

use std::{collections::BTreeMap, fs, path::Path, process::Command, sync::LazyLock};

use serde_json::{Value, json};

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

struct Dependency {
    version: Vec<u64>,
    features: Vec<String>,
}

/// The crates that the app is built of on this platform, as Cargo resolves them: a feature may be switched on by
/// anybody's manifest.
static CRATES: LazyLock<BTreeMap<String, Dependency>> = LazyLock::new(|| {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", "keyfob-desktop", "--features", "custom-protocol"])
        .args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}|{f}|"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("text");
    tree.lines()
        .filter_map(|line| {
            let [package, features, _] = line.split('|').collect::<Vec<_>>().try_into().ok()?;
            let mut words = package.split(' ');
            let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
            Some((
                name.to_owned(),
                Dependency {
                    version: version.split(['.', '-', '+']).map_while(|number| number.parse().ok()).collect(),
                    features: features.split(',').map(str::to_owned).collect(),
                },
            ))
        })
        .collect()
});

fn has_feature(name: &str, feature: &str) -> bool {
    CRATES[name].features.iter().any(|own| own == feature)
}

#[test]
fn the_content_security_policy_has_no_remote_source_and_no_eval() {
    let config = json("tauri.conf.json");
    // Whole: what is not listed here is switched on by nobody.
    let security = json!({
        "freezePrototype": true,
        "csp": {
            "default-src": "'self'",
            // Tauri's way to Rust, and its form on Windows; nothing else leaves the window.
            "connect-src": "ipc: http://ipc.localhost",
            "img-src": "'self' data:",
            "style-src": "'self'",
            "script-src": "'self'",
            "font-src": "'self'",
            // A plugin can't see which frame calls: there are none.
            "frame-src": "'none'",
            "object-src": "'none'",
            "base-uri": "'none'",
            "form-action": "'none'",
        },
        "capabilities": ["main"],
    });
    assert_eq!(config.pointer("/app/security"), Some(&security));
}

#[test]
fn script_gets_no_global_tauri_and_the_window_is_an_ordinary_one() {
    let config = json("tauri.conf.json");
    assert_eq!(keys(&config["app"]), ["security", "windows", "withGlobalTauri"]);
    assert_eq!(config.pointer("/app/withGlobalTauri"), Some(&Value::Bool(false)));
    let windows = config.pointer("/app/windows").and_then(Value::as_array).expect("windows");
    assert_eq!(windows.len(), 1);
    assert_eq!(windows[0]["label"], "main");
    // No page from elsewhere, no developer tools, no extensions, no proxy, no data folder of its own.
    let ordinary = ["label", "create", "title", "width", "height", "minWidth", "minHeight", "center"];
    for key in keys(&windows[0]) {
        assert!(ordinary.contains(&key), "{key}");
    }
}

#[test]
fn there_is_one_capability_and_it_lists_our_commands_by_name_and_nothing_else() {
    let files =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/capabilities")).expect("a folder");
    assert_eq!(files.count(), 1);

    let mut capability = json("src-tauri/capabilities/main.json");
    let description = capability.as_object_mut().and_then(|keys| keys.remove("description"));
    assert!(description.is_some(), "it says what it is for");
    let expected = json!({
        "$schema": "../../gen/schemas/desktop-schema.json",
        "identifier": "main",
        "windows": ["main"],
        // Neither `remote` nor `webviews`: the app's own pages, and no others.
        "permissions": [
            "keyfob:allow-get-session",
            "keyfob:allow-subscribe",
            "keyfob:allow-sign-in",
            "keyfob:allow-get-authorization-url",
            "keyfob:allow-open-authorization-url",
            "keyfob:allow-cancel-sign-in",
            "keyfob:allow-submit-callback",
            "keyfob:allow-sign-out",
            "keyfob:allow-list-accounts",
            "keyfob:allow-switch-account",
            "keyfob:allow-remove-account",
            "keyfob:allow-list-tokens",
            "keyfob:allow-list-events",
            "keyfob:allow-get-diagnostics",
            { "identifier": "keyfob:allow-get-access-token", "allow": [{ "audience": "*" }] },
            { "identifier": "keyfob:allow-refresh", "allow": [{ "audience": "*" }] },
            {
                "identifier": "keyfob:allow-fetch",
                "allow": [
                    { "url": "https://*:*/*" },
                    { "url": "http://127.0.0.1:*/*" },
                    { "url": "http://localhost:*/*" },
                ],
            },
            "keyfob:allow-fetch-read",
            "keyfob:allow-fetch-write",
            "keyfob:allow-fetch-cancel",
            "keyfob:allow-doctor",
            // The app's own.
            "allow-get-app-state",
            "allow-save-settings",
            "allow-check-provider",
            "allow-save-provider",
            "allow-set-keychain-policy",
            "allow-reset",
        ],
    });
    assert_eq!(capability, expected);
}

/// Their commands are granted to nobody; what they do is asked of them in Rust.
#[test]
fn there_is_no_plugin_but_these() {
    let plugins: Vec<_> = CRATES.keys().filter_map(|name| name.strip_prefix("tauri-plugin-")).collect();
    let expected = [
        "deep-link",
        "dialog",
        // The types of paths that dialog's own come in; it is registered nowhere.
        "fs",
        "keyfob",
        "opener",
        "single-instance",
        "store",
        "window-state",
    ];
    assert_eq!(plugins, expected);
    assert!(!text("src-tauri/src/lib.rs").contains("tauri_plugin_fs"));
}

#[test]
fn single_instance_hands_links_to_no_event_that_script_can_forge() {
    assert!(!has_feature("tauri-plugin-single-instance", "deep-link"));
}

#[test]
fn no_build_has_developer_tools_beyond_those_of_a_debug_build_or_records_what_crosses_the_ipc() {
    for name in ["tauri", "wry"] {
        for feature in ["devtools", "tracing"] {
            assert!(!has_feature(name, feature), "{name}: {feature}");
        }
    }
    // The list is of what is there.
    assert!(has_feature("tauri", "custom-protocol"));
}

#[test]
fn a_release_build_is_one_for_the_code_too() {
    // The deep link by default, no developer tools, no core dumps: all hang on it.
    let manifest = text("Cargo.toml");
    let (_, profile) = manifest.split_once("[profile.release]").expect("a profile");
    let profile = profile.split("\n[").next().unwrap_or_default();
    assert!(!profile.contains("debug-assertions"), "{profile}");
}

#[test]
fn tauri_and_its_plugins_are_not_older_than_their_last_known_weakness() {
    for (name, oldest) in [
        // CVE-2026-42184.
        ("tauri", [2, 11, 1]),
        // An argument is taken for a link only if it is the sole one.
        ("tauri-plugin-deep-link", [2, 6, 0]),
        // On Windows `|` split arguments.
        ("tauri-plugin-single-instance", [2, 5, 4]),
    ] {
        let version = &CRATES[name].version;
        assert!(version.as_slice() >= oldest.as_slice(), "{name} {version:?}");
    }
}

#[test]
fn the_deep_link_is_a_reversed_domain_and_no_provider_is_baked_in() {
    let config = json("tauri.conf.json");
    let schemes = config.pointer("/plugins/deep-link/desktop/schemes").expect("schemes");
    assert_eq!(schemes, &json!(["dev.keyfob.desktop"]));
    assert_eq!(config["identifier"], "dev.keyfob.desktop");
    assert_eq!(config.pointer("/plugins/keyfob"), None);
}

#[test]
fn packages_hand_the_opened_link_to_the_app() {
    let config = json("tauri.conf.json");
    for package in ["deb", "rpm"] {
        let template = config.pointer(&format!("/bundle/linux/{package}/desktopTemplate"));
        let template =
            template.and_then(Value::as_str).expect("a template, as the bundler's own passes no URL");
        let entry = text(template);
        assert!(entry.contains("\nExec={{exec}} %u\n"), "{package}");
        assert!(entry.contains("\nMimeType={{mime_type}}\n"), "{package}");
    }
}
