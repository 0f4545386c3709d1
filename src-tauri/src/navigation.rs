//! The window shows the app's own pages and no others, wherever a link or a script would lead it: a page from elsewhere
//! would ask for passwords in the app's name.

use tauri::{
    Manager, Runtime, Url,
    plugin::{self, TauriPlugin},
};

pub(crate) fn own_pages_only<R: Runtime>() -> TauriPlugin<R> {
    plugin::Builder::new("own-pages")
        .on_navigation(|webview, url| {
            let development = webview.config().build.dev_url.as_ref().filter(|_| tauri::is_dev());
            let own = is_own(url, development);
            if !own {
                tracing::warn!(origin = %url.origin().ascii_serialization(), "the window was not led away");
            }
            own
        })
        .build()
}

/// Whether a page is the app's own: Tauri's protocol, which on Windows is called by a name, or the development server.
fn is_own(url: &Url, development: Option<&Url>) -> bool {
    match development {
        Some(server) => url.origin() == server.origin(),
        None if cfg!(windows) => url.scheme() == "http" && url.host_str() == Some("tauri.localhost"),
        None => url.scheme() == "tauri" && url.host_str() == Some("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    #[test]
    fn only_the_apps_own_pages_are_its_own() {
        let own = if cfg!(windows) { "http://tauri.localhost/" } else { "tauri://localhost/" };
        assert!(is_own(&url(own), None));
        for elsewhere in [
            "https://tauri.localhost.example/",
            "tauri://localhost.example/",
            "http://localhost:5173/",
            "https://id.example/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "blob:tauri://localhost/2f1c",
            "about:blank",
        ] {
            assert!(!is_own(&url(elsewhere), None), "{elsewhere}");
        }
    }

    #[test]
    fn under_development_the_pages_come_from_the_development_server() {
        let server = url("http://localhost:5173");
        assert!(is_own(&url("http://localhost:5173/index.html"), Some(&server)));
        assert!(!is_own(&url("http://localhost:5174/"), Some(&server)));
        assert!(!is_own(&url("tauri://localhost/"), Some(&server)));
    }
}
