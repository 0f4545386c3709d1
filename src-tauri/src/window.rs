//! The one window.

use tauri::{
    AppHandle, LogicalSize, Manager, Monitor, PhysicalPosition, PhysicalSize, Runtime, Theme,
    WebviewWindowBuilder, Window, WindowEvent,
};

use crate::{
    current::Current,
    menu,
    settings::{Settings, ThemeChoice},
    tray,
};

pub(crate) const LABEL: &str = "main";

/// Opens it as it was left, in its theme.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, settings: Settings) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.iter().find(|window| window.label == LABEL) else {
        return Ok(());
    };
    let window = WebviewWindowBuilder::from_config(app, config)?.theme(settings.theme.theme()).build()?;
    menu::give_to(&window, settings.language.texts())?;
    // On Linux the window comes in the desktop's theme, whatever its builder was told; here nothing is drawn yet.
    if settings.theme != ThemeChoice::System {
        set_theme(app, settings.theme);
    }
    Ok(())
}

/// Where a monitor has gone since, a window that was left there comes to the middle of one that is there.
pub(crate) fn keep_within_reach<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(LABEL) else {
        return Ok(());
    };
    let monitors = window.available_monitors()?;
    let screens = monitors.iter().map(Area::from).collect::<Vec<_>>();
    let place = Area { position: window.outer_position()?, size: window.outer_size()? };
    if place.can_be_grabbed(&screens) { Ok(()) } else { window.center() }
}

pub(crate) fn set_theme<R: Runtime>(app: &AppHandle<R>, choice: ThemeChoice) {
    app.set_theme(choice.theme());
    // On Linux that the system is to decide means light, unless it is asked.
    if cfg!(target_os = "linux") && choice == ThemeChoice::System {
        app.set_theme(system_theme(app));
    }
}

fn system_theme<R: Runtime>(app: &AppHandle<R>) -> Option<Theme> {
    let window = app.get_webview_window(LABEL)?;
    window.set_theme(None).ok()?;
    window.theme().ok()
}

/// As far as the desktop allows: on Wayland this becomes a request for attention.
pub(crate) fn bring_to_front<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus())
    {
        tracing::warn!(%error, "the window can't be raised");
    }
}

/// As it came: its theme, its size and its place, which are remembered when the app ends.
pub(crate) fn forget<R: Runtime>(app: &AppHandle<R>) {
    set_theme(app, ThemeChoice::default());
    let config = app.config().app.windows.iter().find(|window| window.label == LABEL);
    if let (Some(window), Some(config)) = (app.get_webview_window(LABEL), config)
        && let Err(error) = window
            .unmaximize()
            .and_then(|()| window.set_size(LogicalSize::new(config.width, config.height)))
            .and_then(|()| window.center())
    {
        tracing::warn!(%error, "the window stays as it is");
    }
}

/// Closing leaves the app in the tray, where a person wants that and there is one: nobody could get at it otherwise.
pub(crate) fn on_event<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else {
        return;
    };
    if window.label() != LABEL || !window.state::<Current<Settings>>().get().keep_in_tray {
        return;
    }
    api.prevent_close();
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        let gone = if tray::is_shown(window.app_handle()).await { window.hide() } else { window.destroy() };
        if let Err(error) = gone {
            tracing::warn!(%error, "the window can't be closed");
        }
    });
}

/// As its own button does.
#[cfg(not(target_os = "macos"))]
pub(crate) fn close<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.close()
    {
        tracing::warn!(%error, "the window can't be closed");
    }
}

/// The page listens.
#[cfg(target_os = "macos")]
pub(crate) fn show_settings<R: Runtime>(app: &AppHandle<R>) {
    bring_to_front(app);
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.eval("window.dispatchEvent(new Event('keyfob:settings'))")
    {
        tracing::warn!(%error, "the settings can't be shown");
    }
}

pub(crate) fn is_focused<R: Runtime>(app: &AppHandle<R>) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| window.is_focused().unwrap_or(false))
}

#[derive(Clone, Copy)]
struct Area {
    position: PhysicalPosition<i32>,
    size: PhysicalSize<u32>,
}

impl Area {
    /// Whether enough of a window's upper edge, by which people move it, lies on a screen.
    fn can_be_grabbed(self, screens: &[Self]) -> bool {
        const HEIGHT: i64 = 24;
        const WIDTH: i64 = 120;
        let (left, right) = self.horizontal();
        let (top, _) = self.vertical();
        screens.iter().any(|screen| {
            let (from, to) = screen.horizontal();
            let (upper, lower) = screen.vertical();
            right.min(to) - left.max(from) >= WIDTH && top >= upper - HEIGHT / 2 && top + HEIGHT <= lower
        })
    }

    fn horizontal(self) -> (i64, i64) {
        let from = i64::from(self.position.x);
        (from, from + i64::from(self.size.width))
    }

    fn vertical(self) -> (i64, i64) {
        let from = i64::from(self.position.y);
        (from, from + i64::from(self.size.height))
    }
}

impl From<&Monitor> for Area {
    fn from(monitor: &Monitor) -> Self {
        Self { position: *monitor.position(), size: *monitor.size() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(x: i32, y: i32, width: u32, height: u32) -> Area {
        Area { position: PhysicalPosition { x, y }, size: PhysicalSize { width, height } }
    }

    #[test]
    fn a_window_is_within_reach_where_its_upper_edge_can_be_grabbed() {
        let screens = [area(0, 0, 1280, 900), area(1280, 100, 1920, 1080)];
        for (x, y, within_reach) in [
            (0, 0, true),
            (190, 130, true),
            (-700, 0, true),
            (-800, 0, false),
            (0, 890, false),
            (0, -600, false),
            (2900, 200, true),
            (3100, 200, false),
            (1290, 0, false),
            (1200, 0, false),
            (10_000, 10_000, false),
        ] {
            assert_eq!(area(x, y, 900, 640).can_be_grabbed(&screens), within_reach, "{x}, {y}");
        }
        assert!(!area(0, 0, 900, 640).can_be_grabbed(&[]));
    }
}
