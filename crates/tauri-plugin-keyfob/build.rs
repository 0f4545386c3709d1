//! Makes the permissions of the plugin's commands.

const COMMANDS: &[&str] = &[
    "get_session",
    "subscribe",
    "sign_in",
    "get_authorization_url",
    "open_authorization_url",
    "cancel_sign_in",
    "submit_callback",
    "sign_out",
    "get_access_token",
    "refresh",
    "fetch",
    "fetch_read",
    "fetch_write",
    "fetch_cancel",
    "dpop_proof",
    "list_accounts",
    "switch_account",
    "remove_account",
    "list_tokens",
    "list_events",
    "get_diagnostics",
    "doctor",
];

fn main() {
    tauri_plugin::Builder::new(COMMANDS).build();
}
