//! Checks the configuration, the permissions and the capabilities, and embeds them.

use tauri_build::{AppManifest, Attributes};

fn main() {
    // tauri-build tells cargo of these in their usual place only.
    println!("cargo::rerun-if-changed=src-tauri/capabilities");
    println!("cargo::rerun-if-changed=src-tauri/permissions");
    // Written by hand: generated ones would stand at the root of the repository.
    let permissions = AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*");
    let attributes = Attributes::new()
        .app_manifest(permissions)
        .capabilities_path_pattern("./src-tauri/capabilities/**/*");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
