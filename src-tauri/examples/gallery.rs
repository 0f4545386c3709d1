//! The window that `npm run screens` takes its pictures of: the app's own pages over an engine in memory (`ui/gallery`),
//! so that each state is the same whenever it is taken.
//!
//! `GALLERY_THEME` is `light` or `dark`, `GALLERY_WIDTH` a width other than the app's own.

#![expect(clippy::expect_used, reason = "for development only: a panic is how it ends that can't go on")]

use std::env;

use tauri::{App, Theme, WebviewWindowBuilder};

/// `generate_context!` doesn't tell cargo what it reads.
const _: &str = include_str!("../../ui/gallery/tauri.conf.json");

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| Ok(open(app)?))
        .run(tauri::generate_context!("ui/gallery/tauri.conf.json"))
}

fn open(app: &App) -> tauri::Result<()> {
    let mut config = app.config().app.windows.first().expect("a window in tauri.conf.json").clone();
    if let Ok(width) = env::var("GALLERY_WIDTH") {
        config.width = width.parse().expect("a number");
    }
    WebviewWindowBuilder::from_config(app, &config)?.build()?;
    // A theme of its configuration is not heeded on Linux.
    app.set_theme(match env::var("GALLERY_THEME").as_deref() {
        Ok("dark") => Some(Theme::Dark),
        _ => Some(Theme::Light),
    });
    Ok(())
}
