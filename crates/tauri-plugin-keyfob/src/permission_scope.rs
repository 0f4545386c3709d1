//! What a window has been granted: audiences for tokens, URL patterns for requests. An empty scope grants nothing.

use keyfob::{ErrorCode, Keyfob};
use serde::Deserialize;
use tauri::{
    Runtime,
    ipc::{CommandArg, CommandItem, CommandScope, InvokeError},
};
use url::Url;
use urlpattern::{UrlPattern, UrlPatternInit, UrlPatternMatchInput, UrlPatternOptions};

use crate::error::KeyfobErrorPayload;

/// One entry of a permission's scope.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    /// An audience, or `*`.
    audience: Option<String>,
    /// A URL pattern (WHATWG), `https://api.example.com/*` for instance.
    url: Option<String>,
}

/// The scope of the command that is being called, for the window that calls it.
pub(crate) struct Granted(CommandScope<Grant>);

impl Granted {
    /// Whether the window may have a token for an audience; `None` is the sign-in's own.
    pub(crate) fn audience(&self, keyfob: &Keyfob, asked: Option<&str>) -> Result<(), KeyfobErrorPayload> {
        let own = keyfob.config().ok().and_then(|config| config.audience.as_deref());
        let asked = asked.or(own);
        self.any(|grant| {
            grant.audience.as_deref().is_some_and(|granted| granted == "*" || Some(granted) == asked)
        })
        .then_some(())
        .ok_or_else(|| {
            let message =
                "This window may not have tokens for this audience: list it in the scope of `keyfob:tokens`.";
            KeyfobErrorPayload::new(ErrorCode::PermissionDenied, message)
        })
    }

    /// Whether the window may send requests to a URL.
    pub(crate) fn url(&self, url: &Url) -> Result<(), KeyfobErrorPayload> {
        self.any(|grant| grant.url.as_deref().is_some_and(|pattern| matches(pattern, url)))
            .then_some(())
            .ok_or_else(|| {
                let message =
                    "This window may not send requests to this URL: list it in the scope of `keyfob:fetch`.";
                KeyfobErrorPayload::new(ErrorCode::UrlNotAllowed, message)
            })
    }

    fn any(&self, holds: impl Fn(&Grant) -> bool) -> bool {
        !self.0.denies().iter().any(|grant| holds(grant)) && self.0.allows().iter().any(|grant| holds(grant))
    }
}

impl<'a, R: Runtime> CommandArg<'a, R> for Granted {
    fn from_command(command: CommandItem<'a, R>) -> Result<Self, InvokeError> {
        CommandScope::from_command(command).map(Self)
    }
}

#[cfg(test)]
impl specta::function::FunctionArg for Granted {
    fn to_datatype(_: &mut specta::Types) -> Option<specta::datatype::DataType> {
        None
    }
}

fn matches(pattern: &str, url: &Url) -> bool {
    let init = UrlPatternInit::parse_constructor_string::<regex::Regex>(pattern, None);
    let pattern: Option<UrlPattern> =
        init.ok().and_then(|init| UrlPattern::parse(init, UrlPatternOptions::default()).ok());
    pattern.is_some_and(|pattern| pattern.test(UrlPatternMatchInput::Url(url.clone())).unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(pattern: &str, url: &str) -> bool {
        matches(pattern, &Url::parse(url).expect("a URL"))
    }

    #[test]
    fn a_pattern_matches_the_urls_of_its_origin_only() {
        let pattern = "https://api.example.com/v1/*";
        assert!(matched(pattern, "https://api.example.com/v1/me?x=1"));
        for other in [
            "https://api.example.com/v2/me",
            "https://api.example.com.evil.example/v1/me",
            "https://evil.example/https://api.example.com/v1/me",
            "https://api.example.com:8443/v1/me",
            "http://api.example.com/v1/me",
        ] {
            assert!(!matched(pattern, other), "{other}");
        }
        assert!(matched("http://127.0.0.1:*/*", "http://127.0.0.1:4411/me"));
        assert!(matched("https://*:*/*", "https://api.example.com/me"));
        assert!(!matched("https://*:*/*", "http://api.example.com/me"));
        assert!(!matched("not a pattern (", "https://api.example.com/"));
    }
}
