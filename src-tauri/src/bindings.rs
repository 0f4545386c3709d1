//! The TypeScript bindings of the app's own commands, generated and committed. With `KEYFOB_WRITE_BINDINGS` set this
//! test writes them (`npm run typegen`).

use std::{fs, path::Path};

use specta_typescript::Typescript;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

use crate::commands;

const BINDINGS: &str = "ui/src/host/bindings.ts";

#[test]
fn the_committed_typescript_bindings_are_those_of_these_types() {
    let builder = Builder::<tauri::Wry>::new()
        .error_handling(ErrorHandlingMode::Result)
        .disable_serde_phases()
        .commands(collect_commands![
            commands::get_app_state::<tauri::Wry>,
            commands::save_settings::<tauri::Wry>,
            commands::check_provider::<tauri::Wry>,
            commands::save_provider::<tauri::Wry>,
            commands::set_keychain_policy::<tauri::Wry>,
            commands::reset::<tauri::Wry>
        ]);
    let generated = tempfile::NamedTempFile::with_suffix(".ts").expect("a file");
    let header = "// Generated from the Rust types by `npm run typegen`. Do not edit.\n";
    builder.export(Typescript::default().header(header), generated.path()).expect("bindings");
    let generated = fs::read_to_string(generated.path()).expect("bindings");

    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join(BINDINGS);
    if std::env::var_os("KEYFOB_WRITE_BINDINGS").is_some() {
        fs::write(&committed, &generated).expect("it is written");
    }
    let differs = "differs from the Rust types: run `npm run typegen` and commit it";
    let same = fs::read_to_string(&committed).is_ok_and(|committed| committed == generated);
    assert!(same, "{BINDINGS} {differs}");
}
