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
        if self.grants(|grant| {
            let granted = grant.audience.as_deref()?;
            Some(granted == "*" || Some(granted) == asked)
        }) {
            return Ok(());
        }
        let message =
            "This window may not have tokens for this audience: list it in the scope of `keyfob:tokens`.";
        Err(KeyfobErrorPayload::new(ErrorCode::PermissionDenied, message))
    }

    /// Whether the window may send requests to a URL.
    pub(crate) fn url(&self, url: &Url) -> Result<(), KeyfobErrorPayload> {
        if self.grants(|grant| matches(grant.url.as_deref()?, url)) {
            return Ok(());
        }
        let message =
            "This window may not send requests to this URL: list it in the scope of `keyfob:fetch`.";
        Err(KeyfobErrorPayload::new(ErrorCode::UrlNotAllowed, message))
    }

    /// `None` is an entry that can't be read, or is about something else: it allows nothing, and denies everything.
    fn grants(&self, holds: impl Fn(&Grant) -> Option<bool>) -> bool {
        !self.0.denies().iter().any(|grant| holds(grant).unwrap_or(true))
            && self.0.allows().iter().any(|grant| holds(grant).unwrap_or(false))
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

/// `None` for a pattern that is none.
fn matches(pattern: &str, url: &Url) -> Option<bool> {
    let init = UrlPatternInit::parse_constructor_string::<regex::Regex>(pattern, None).ok()?;
    let pattern: UrlPattern = UrlPattern::parse(init, UrlPatternOptions::default()).ok()?;
    pattern.test(UrlPatternMatchInput::Url(url.clone())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(pattern: &str, url: &str) -> bool {
        matches(pattern, &Url::parse(url).expect("a URL")) == Some(true)
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
        let url = Url::parse("https://api.example.com/").expect("a URL");
        assert_eq!(matches("https://api.example.com/(", &url), None);
    }
}
