//! The one window.

use tauri::{AppHandle, Manager, Monitor, PhysicalPosition, PhysicalSize, Runtime, WebviewWindowBuilder};

use crate::settings::{Settings, ThemeChoice};

pub(crate) const LABEL: &str = "main";

/// Opens it as it was left, in its theme.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, settings: Settings) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.iter().find(|window| window.label == LABEL) else {
        return Ok(());
    };
    WebviewWindowBuilder::from_config(app, config)?.theme(settings.theme.theme()).build()?;
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
}

/// As far as the desktop allows: on Wayland this becomes a request for attention.
pub(crate) fn bring_to_front<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus())
    {
        tracing::warn!(%error, "the window can't be raised");
    }
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
