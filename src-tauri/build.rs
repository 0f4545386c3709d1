//! Checks the configuration and the capabilities, and embeds them.

fn main() {
    // tauri-build tells cargo of capabilities in their usual place only.
    println!("cargo::rerun-if-changed=src-tauri/capabilities");
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
