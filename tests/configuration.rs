//! What the app lets its window do, as its configuration says it: each line here is a door that has to stay shut.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

use std::{fs, path::Path};

use serde_json::Value;

fn json(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn permissions() -> Vec<String> {
    let capability = json("src-tauri/capabilities/main.json");
    let permissions = capability["permissions"].as_array().expect("a list").clone();
    permissions
        .iter()
        .map(|permission| {
            permission.as_str().or_else(|| permission["identifier"].as_str()).expect("a name").to_owned()
        })
        .collect()
}

#[test]
fn the_content_security_policy_has_no_remote_source_and_no_eval() {
    let config = json("tauri.conf.json");
    let csp = config.pointer("/app/security/csp").and_then(Value::as_object).expect("a policy by directive");
    assert_eq!(csp["default-src"], "'self'");
    assert_eq!(csp["script-src"], "'self'");
    assert_eq!(csp["frame-src"], "'none'");
    assert_eq!(csp["object-src"], "'none'");
    assert_eq!(csp["base-uri"], "'none'");
    assert_eq!(csp["form-action"], "'none'");
    for (directive, sources) in csp {
        for source in sources.as_str().expect("sources").split_whitespace() {
            // `ipc:` and its form on Windows are Tauri's way to Rust; nothing else leaves the window.
            let allowed = ["'self'", "'none'", "data:", "ipc:", "http://ipc.localhost"];
            assert!(allowed.contains(&source), "{directive} allows {source}");
            assert!(source != "data:" || directive == "img-src", "{directive} allows {source}");
        }
    }
}

#[test]
fn script_gets_no_global_tauri_and_a_frozen_prototype() {
    let config = json("tauri.conf.json");
    assert_eq!(config.pointer("/app/withGlobalTauri"), Some(&Value::Bool(false)));
    assert_eq!(config.pointer("/app/security/freezePrototype"), Some(&Value::Bool(true)));
    assert_eq!(config.pointer("/app/security/dangerousDisableAssetCspModification"), None);
}

#[test]
fn there_is_one_capability_and_it_grants_our_commands_and_nothing_else() {
    let config = json("tauri.conf.json");
    assert_eq!(config.pointer("/app/security/capabilities"), Some(&serde_json::json!(["main"])));
    let files =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/capabilities")).expect("a folder");
    assert_eq!(files.count(), 1);

    let capability = json("src-tauri/capabilities/main.json");
    assert!(capability.get("remote").is_none(), "no page from elsewhere may call Rust");
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    assert_eq!(permissions(), ["keyfob:default", "keyfob:tokens", "keyfob:fetch"]);
}

#[test]
fn no_plugin_reads_files_opens_urls_or_listens_for_links_on_behalf_of_script() {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("a manifest");
    for plugin in ["tauri-plugin-shell", "tauri-plugin-http", "tauri-plugin-fs", "devtools"] {
        assert!(!manifest.contains(plugin), "{plugin}");
    }
    // Composed or called from Rust: no command of theirs is registered under their own name.
    for permission in permissions() {
        let (plugin, _) = permission.split_once(':').expect("a plugin's permission");
        assert_eq!(plugin, "keyfob");
    }
}

#[test]
fn the_deep_link_is_a_reversed_domain_and_no_provider_is_baked_in() {
    let config = json("tauri.conf.json");
    let schemes = config.pointer("/plugins/deep-link/desktop/schemes").expect("schemes");
    assert_eq!(schemes, &serde_json::json!(["dev.keyfob.desktop"]));
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
        let entry =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(template)).expect("a template");
        assert!(entry.contains("\nExec={{exec}} %u\n"), "{package}");
        assert!(entry.contains("\nMimeType={{mime_type}}\n"), "{package}");
    }
}
