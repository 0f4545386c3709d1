//! The least that a Tauri app can be: no plugin, one page, one line of script. What `npm run bench -- start` measures
//! the app against.

/// `generate_context!` doesn't tell cargo what it reads.
const _: &str = include_str!("blank/tauri.conf.json");

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!("src-tauri/examples/blank/tauri.conf.json"))
}
