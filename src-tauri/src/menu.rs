//! Menus, and the shortcuts that people press all the same where a window has no menu: on Linux and Windows.

use tauri::{AppHandle, Runtime, WebviewWindow, menu::MenuEvent};

use crate::{language::Texts, status::Action, tray, window};

pub(crate) const SHOW: &str = "show";
pub(crate) const QUIT: &str = "quit";
#[cfg(windows)]
const CLOSE: &str = "close";
#[cfg(target_os = "macos")]
const SETTINGS: &str = "settings";

/// Tauri's usual menu, with the settings where macOS has them.
#[cfg(target_os = "macos")]
pub(crate) fn give_to<R: Runtime>(window: &WebviewWindow<R>, texts: &Texts) -> tauri::Result<()> {
    use tauri::menu::{Menu, MenuItemBuilder};

    let menu = Menu::default(window.app_handle())?;
    let settings = MenuItemBuilder::with_id(SETTINGS, texts.settings).accelerator("Cmd+,").build(window)?;
    if let Some(of_the_app) = menu.items()?.first().and_then(|item| item.as_submenu().cloned()) {
        // After "About".
        of_the_app.insert(&settings, 1)?;
    }
    window.app_handle().set_menu(menu).map(drop)
}

/// A menu that nobody sees: Windows knows its shortcuts.
#[cfg(windows)]
pub(crate) fn give_to<R: Runtime>(window: &WebviewWindow<R>, texts: &Texts) -> tauri::Result<()> {
    use tauri::menu::{MenuBuilder, MenuItemBuilder, SubmenuBuilder};

    let item = |id, text, keys| MenuItemBuilder::with_id(id, text).accelerator(keys).build(window);
    let close = item(CLOSE, texts.close, "Ctrl+W")?;
    let quit = item(QUIT, texts.quit, "Ctrl+Q")?;
    let file = SubmenuBuilder::new(window, "Keyfob").items(&[&close, &quit]).build()?;
    window.set_menu(MenuBuilder::new(window).item(&file).build()?)?;
    window.hide_menu()
}

/// GTK knows no shortcuts of a menu that nobody sees.
#[cfg(target_os = "linux")]
pub(crate) fn give_to<R: Runtime>(window: &WebviewWindow<R>, _: &Texts) -> tauri::Result<()> {
    use gtk::{
        gdk::{ModifierType, keys::constants as key},
        glib::Propagation,
        prelude::WidgetExt,
    };
    use tauri::Manager;

    let app = window.app_handle().clone();
    window.gtk_window()?.connect_key_press_event(move |_, event| {
        if event.state() & gtk::accelerator_get_default_mod_mask() != ModifierType::CONTROL_MASK {
            return Propagation::Proceed;
        }
        match event.keyval().to_lower() {
            key::w => window::close(&app),
            key::q => app.exit(0),
            _ => return Propagation::Proceed,
        }
        Propagation::Stop
    });
    Ok(())
}

pub(crate) fn on_event<R: Runtime>(app: &AppHandle<R>, event: &MenuEvent) {
    match event.id().as_ref() {
        SHOW => window::bring_to_front(app),
        #[cfg(windows)]
        CLOSE => window::close(app),
        QUIT => app.exit(0),
        #[cfg(target_os = "macos")]
        SETTINGS => window::show_settings(app),
        id => {
            if let Some(action) = Action::ALL.into_iter().find(|action| action.id() == id) {
                tauri::async_runtime::spawn(tray::act(app.clone(), action));
            }
        }
    }
}
