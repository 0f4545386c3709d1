//! What is generated from the Rust types and committed: the TypeScript bindings, and the table of errors. With
//! `KEYFOB_WRITE_BINDINGS` set these tests write it (`npm run typegen`).

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use serde::Serialize;
use specta_typescript::Typescript;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

use crate::{
    commands,
    models::{FetchPiece, FetchRequest, FetchResponse},
};

#[test]
fn the_committed_typescript_bindings_are_those_of_these_types() {
    let error_info: BTreeMap<_, _> =
        keyfob::ErrorCode::ALL.iter().map(|code| (code.as_str(), ErrorInfo::of(*code))).collect();
    let builder = Builder::<tauri::Wry>::new()
        .plugin_name("keyfob")
        .error_handling(ErrorHandlingMode::Result)
        .dangerously_cast_bigints_to_number()
        .disable_serde_phases()
        .commands(collect_commands![
            commands::get_session,
            commands::subscribe::<tauri::Wry>,
            commands::sign_in,
            commands::get_authorization_url,
            commands::open_authorization_url,
            commands::cancel_sign_in,
            commands::submit_callback,
            commands::sign_out,
            commands::get_access_token,
            commands::refresh,
            commands::dpop_proof,
            commands::list_accounts,
            commands::switch_account,
            commands::remove_account,
            commands::list_tokens,
            commands::list_events,
            commands::get_diagnostics,
            commands::doctor
        ])
        // Raw bytes are bound by hand.
        .typ::<FetchRequest>()
        .typ::<FetchPiece>()
        .typ::<FetchResponse>()
        .typ::<ErrorInfo>()
        .constant("errorInfo", error_info);
    let generated = tempfile::NamedTempFile::with_suffix(".ts").expect("a file");
    let header = "// Generated from the Rust types by `npm run typegen`. Do not edit.\n";
    builder.export(Typescript::default().header(header), generated.path()).expect("bindings");
    assert_committed("guest-js/bindings.ts", &fs::read_to_string(generated.path()).expect("bindings"));
}

#[test]
fn the_committed_table_of_errors_is_that_of_the_codes() {
    let codes = keyfob::ErrorCode::ALL.iter().map(|code| {
        let retryable = if code.retryable() { "yes" } else { "no" };
        let source = code.source().as_str();
        format!("| `{}` | {} | {retryable} | {source} | {} |", code.as_str(), code.meaning(), code.advice())
    });
    let sources = keyfob::ErrorSource::ALL
        .iter()
        .map(|source| format!("| {} | {} |", source.as_str(), source.meaning()));
    let mut page = String::new();
    writeln!(
        page,
        "<!-- Generated from `crates/keyfob/src/error.rs` by `npm run typegen`. Do not edit. -->

# Errors

Every error has a `code` for programs and a `message` for people. The same table is `errorInfo` of
`tauri-plugin-keyfob-api/error-info`, and stands on `ErrorCode` in Rust. A call whose error is retryable may succeed later, with
nobody changing anything; `retryAfter` says in how many seconds, where that is known. An error that signing in cures carries the
options for it: `await signIn(error.signIn)`.

| code | meaning | retryable | source | what to do |
| --- | --- | --- | --- | --- |
{}

`not_in_tauri` is said by the npm package alone: the page is open in a browser, and there is no engine to ask.

The source says who can do something about it:

| source | what it stands for |
| --- | --- |
{}",
        codes.collect::<Vec<_>>().join("\n"),
        sources.collect::<Vec<_>>().join("\n")
    )
    .expect("a page");
    assert_committed("../../docs/errors.md", &page);
}

fn assert_committed(path: &str, generated: &str) {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("KEYFOB_WRITE_BINDINGS").is_some() {
        fs::create_dir_all(committed.parent().expect("a folder")).expect("a folder");
        fs::write(&committed, generated).expect("it is written");
    }
    let differs = "differs from the Rust types: run `npm run typegen` and commit it";
    assert!(fs::read_to_string(&committed).is_ok_and(|committed| committed == generated), "{path} {differs}");
}

/// What is true of an error code wherever it occurs.
// By the alphabet: `serde_json` sorts keys or not, by what other crates of the build want of it.
#[derive(Serialize, specta::Type)]
struct ErrorInfo {
    /// What the person or the developer can do, in a sentence.
    advice: String,
    /// Whether the same call may succeed later, with nobody changing anything.
    retryable: bool,
    source: ErrorSource,
}

/// Where an error comes from, and so who can do something about it.
#[derive(Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
enum ErrorSource {
    Configuration,
    Provider,
    Network,
    Browser,
    Keychain,
    Session,
    Caller,
    App,
}

impl ErrorInfo {
    fn of(code: keyfob::ErrorCode) -> Self {
        let source = match code.source() {
            keyfob::ErrorSource::Configuration => ErrorSource::Configuration,
            keyfob::ErrorSource::Provider => ErrorSource::Provider,
            keyfob::ErrorSource::Network => ErrorSource::Network,
            keyfob::ErrorSource::Browser => ErrorSource::Browser,
            keyfob::ErrorSource::Keychain => ErrorSource::Keychain,
            keyfob::ErrorSource::Session => ErrorSource::Session,
            keyfob::ErrorSource::Caller => ErrorSource::Caller,
            keyfob::ErrorSource::App => ErrorSource::App,
        };
        Self { advice: code.advice().to_owned(), retryable: code.retryable(), source }
    }
}
