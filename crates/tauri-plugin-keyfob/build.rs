//! Makes the permissions of the plugin's commands.

const COMMANDS: &[&str] = &[
    "get_session",
    "subscribe",
    "sign_in",
    "get_authorization_url",
    "open_authorization_url",
    "cancel_sign_in",
    "sign_out",
    "get_access_token",
    "refresh",
    "fetch",
];

fn main() {
    tauri_plugin::Builder::new(COMMANDS).build();
}
