//! What a window has been granted: audiences and scopes for tokens, URL patterns for requests. An empty scope grants
//! nothing.

use keyfob::{ErrorCode, Keyfob};
use serde::Deserialize;
use serde_json::Value;
use tauri::{
    Runtime,
    ipc::{CommandArg, CommandItem, CommandScope, InvokeError},
};
use url::Url;
use urlpattern::{UrlPattern, UrlPatternInit, UrlPatternMatchInput, UrlPatternOptions};

use crate::error::KeyfobErrorPayload;

/// One entry of a permission's scope.
#[derive(Debug, Deserialize)]
#[serde(from = "Value")]
pub(crate) enum Grant {
    Tokens(TokenGrant),
    Requests(Box<RequestGrant>),
    /// It allows nothing, and denies everything. Why it can't be read.
    Unreadable(String),
}

/// Tokens for an audience, with the scope of the sign-in and what is listed beyond it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenGrant {
    /// An audience, or `*`.
    audience: String,
    /// Scopes, or `*`.
    #[serde(default)]
    scopes: Vec<String>,
}

/// Requests to URLs, with the tokens of the audiences that these are bound to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestGrant {
    url: Pattern,
    /// Audiences; by default all of them.
    #[serde(default)]
    audiences: Option<Vec<String>>,
    /// Scopes beyond that of the sign-in, or `*`.
    #[serde(default)]
    scopes: Vec<String>,
}

/// A URL pattern (WHATWG), `https://api.example.com/*` for instance.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Pattern(UrlPattern);

/// The scope of the command that is being called, for the window that calls it.
pub(crate) struct Granted(CommandScope<Grant>);

impl Granted {
    /// Whether the window may have a token for an audience, by default the sign-in's own, that allows `scope` beyond
    /// what the sign-in was granted.
    pub(crate) fn token(
        &self,
        keyfob: &Keyfob,
        audience: Option<&str>,
        scope: Option<&str>,
    ) -> Result<(), KeyfobErrorPayload> {
        let own = keyfob.config().ok().and_then(|config| config.audience.as_deref());
        let audience = audience.or(own);
        let scopes = words(scope);
        self.judge(
            |grant| Some(grant.tokens()?.allows(audience, &scopes)),
            |grant| Some(grant.tokens()?.denies(audience, &scopes)),
            ErrorCode::PermissionDenied,
            "This window may not have tokens for this audience and scope: list both in the scope of `keyfob:tokens`.",
        )
    }

    /// Whether the window may send a request to a URL, with the token of an audience and with scopes that it names.
    pub(crate) fn request(
        &self,
        url: &Url,
        audience: Option<&str>,
        scope: Option<&str>,
    ) -> Result<(), KeyfobErrorPayload> {
        self.url(url)?;
        let scopes = words(scope);
        self.judge(
            |grant| Some(grant.matches(url)? && grant.requests()?.allows(audience, &scopes)),
            |grant| Some(grant.matches(url)? && grant.requests()?.denies(audience, &scopes)),
            ErrorCode::PermissionDenied,
            "This window may not send requests with a token for this audience and scope: list both with the URL in the \
             scope of `keyfob:fetch`.",
        )
    }

    /// Whether the window may send requests to a URL.
    pub(crate) fn url(&self, url: &Url) -> Result<(), KeyfobErrorPayload> {
        self.judge(
            |grant| grant.matches(url),
            |grant| Some(grant.matches(url)? && grant.requests()?.is_about_the_url()),
            ErrorCode::UrlNotAllowed,
            "This window may not send requests to this URL: list it in the scope of `keyfob:fetch`.",
        )
    }

    /// Whether the window may prove, in requests of its own to a URL, that a token is this app's.
    pub(crate) fn proof(&self, url: &Url) -> Result<(), KeyfobErrorPayload> {
        let matches = |grant: &Grant| grant.matches(url);
        let refusal = "This window may not have proofs for this URL: list it in the scope of `keyfob:dpop`.";
        self.judge(matches, matches, ErrorCode::UrlNotAllowed, refusal)
    }

    /// `None` is an entry that can't be read, or is about something else: it allows nothing, and denies everything.
    fn judge(
        &self,
        allows: impl Fn(&Grant) -> Option<bool>,
        denies: impl Fn(&Grant) -> Option<bool>,
        code: ErrorCode,
        refusal: &str,
    ) -> Result<(), KeyfobErrorPayload> {
        let is_granted = !self.0.denies().iter().any(|grant| denies(grant).unwrap_or(true))
            && self.0.allows().iter().any(|grant| allows(grant).unwrap_or(false));
        if is_granted { Ok(()) } else { Err(self.refusal(code, refusal)) }
    }

    fn refusal(&self, code: ErrorCode, message: &str) -> KeyfobErrorPayload {
        let mut entries = self.0.denies().iter().chain(self.0.allows());
        let unreadable = entries.find_map(|grant| match &**grant {
            Grant::Unreadable(reason) => Some(reason),
            Grant::Tokens(_) | Grant::Requests(_) => None,
        });
        match unreadable {
            Some(reason) => KeyfobErrorPayload::new(
                code,
                format!("{message} One of its entries can't be read: {reason}."),
            ),
            None => KeyfobErrorPayload::new(code, message),
        }
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

impl Grant {
    fn tokens(&self) -> Option<&TokenGrant> {
        match self {
            Self::Tokens(grant) => Some(grant),
            Self::Requests(_) | Self::Unreadable(_) => None,
        }
    }

    fn matches(&self, url: &Url) -> Option<bool> {
        match self {
            Self::Requests(grant) => grant.url.0.test(UrlPatternMatchInput::Url(url.clone())).ok(),
            Self::Tokens(_) | Self::Unreadable(_) => None,
        }
    }

    fn requests(&self) -> Option<&RequestGrant> {
        match self {
            Self::Requests(grant) => Some(grant),
            Self::Tokens(_) | Self::Unreadable(_) => None,
        }
    }
}

impl From<Value> for Grant {
    fn from(entry: Value) -> Self {
        let read = if entry.get("url").is_some() {
            serde_json::from_value(entry).map(|grant| Self::Requests(Box::new(grant)))
        } else {
            serde_json::from_value(entry).map(Self::Tokens)
        };
        read.unwrap_or_else(|error| Self::Unreadable(error.to_string()))
    }
}

impl TokenGrant {
    fn allows(&self, audience: Option<&str>, scopes: &[&str]) -> bool {
        self.is_for(audience) && scopes.iter().all(|scope| self.lists(scope))
    }

    /// Without scopes it is about the audience as a whole.
    fn denies(&self, audience: Option<&str>, scopes: &[&str]) -> bool {
        self.is_for(audience) && (self.scopes.is_empty() || scopes.iter().any(|scope| self.lists(scope)))
    }

    fn is_for(&self, audience: Option<&str>) -> bool {
        self.audience == "*" || Some(self.audience.as_str()) == audience
    }

    fn lists(&self, scope: &str) -> bool {
        lists(&self.scopes, scope)
    }
}

impl RequestGrant {
    fn allows(&self, audience: Option<&str>, scopes: &[&str]) -> bool {
        let has_audience = match (&self.audiences, audience) {
            (None, _) => true,
            (Some(listed), Some(audience)) => lists(listed, audience),
            // Which one it would be is the configuration's to say, so the window has to name it.
            (Some(_), None) => false,
        };
        has_audience && scopes.iter().all(|scope| lists(&self.scopes, scope))
    }

    /// As with tokens: without scopes it is about all of them, and without audiences too.
    fn denies(&self, audience: Option<&str>, scopes: &[&str]) -> bool {
        let is_for = |listed: &Vec<String>| audience.is_none_or(|audience| lists(listed, audience));
        self.audiences.as_ref().is_none_or(is_for)
            && (self.scopes.is_empty() || scopes.iter().any(|scope| lists(&self.scopes, scope)))
    }

    fn is_about_the_url(&self) -> bool {
        self.audiences.is_none() && self.scopes.is_empty()
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let unusable = |_| format!("`{text}` is no URL pattern");
        let init = UrlPatternInit::parse_constructor_string::<regex::Regex>(&text, None).map_err(unusable)?;
        UrlPattern::parse(init, UrlPatternOptions::default()).map_err(unusable).map(Self)
    }
}

fn words(scope: Option<&str>) -> Vec<&str> {
    scope.unwrap_or_default().split_ascii_whitespace().collect()
}

fn lists(listed: &[String], name: &str) -> bool {
    listed.iter().any(|each| each == "*" || each == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matched(pattern: &str, url: &str) -> bool {
        let grant = Grant::from(json!({ "url": pattern }));
        grant.matches(&Url::parse(url).expect("a URL")) == Some(true)
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
    }

    #[test]
    fn an_entry_grants_the_audiences_and_scopes_that_it_lists_for_its_urls() {
        let allows = |entry: Value, audience, scopes: &[&str]| {
            Grant::from(entry).requests().is_some_and(|grant| grant.allows(audience, scopes))
        };
        let url = "https://api.example.com/*";
        let plain = || json!({ "url": url });
        assert!(allows(plain(), None, &[]) && allows(plain(), Some("urn:api"), &[]));
        assert!(!allows(plain(), None, &["write"]));
        let listed = || json!({ "url": url, "audiences": ["urn:api"], "scopes": ["write"] });
        assert!(allows(listed(), Some("urn:api"), &["write"]));
        assert!(!allows(listed(), Some("urn:api"), &["write", "admin"]));
        assert!(!allows(listed(), Some("urn:other"), &[]));
        assert!(!allows(listed(), None, &[]), "it may be another's by default");
    }

    #[test]
    fn an_entry_that_denies_requests_is_about_what_it_lists_or_about_the_url() {
        let denies = |entry: Value, audience, scopes: &[&str]| {
            Grant::from(entry).requests().map(|grant| grant.denies(audience, scopes))
        };
        let about = |entry: Value| Grant::from(entry).requests().map(RequestGrant::is_about_the_url);
        let (url, api) = ("https://api.example.com/*", Some("urn:api"));
        let plain = || json!({ "url": url });
        assert_eq!((about(plain()), denies(plain(), api, &[])), (Some(true), Some(true)));
        let scope = || json!({ "url": url, "scopes": ["admin"] });
        assert_eq!((about(scope()), denies(scope(), api, &["read"])), (Some(false), Some(false)));
        assert_eq!(denies(scope(), None, &["read", "admin"]), Some(true));
        let audience = || json!({ "url": url, "audiences": ["urn:api"] });
        assert_eq!(
            (about(audience()), denies(audience(), Some("urn:other"), &[])),
            (Some(false), Some(false))
        );
        assert_eq!(denies(audience(), api, &[]), Some(true));
        assert_eq!(denies(audience(), None, &[]), Some(true), "it may be this one's by default");
    }

    #[test]
    fn an_entry_grants_the_scopes_that_it_lists_for_its_audience() {
        let allows = |entry: Value, audience, scopes: &[&str]| {
            Grant::from(entry).tokens().map(|grant| grant.allows(audience, scopes))
        };
        let api = Some("https://api.example.com");
        let plain = || json!({ "audience": "https://api.example.com" });
        assert_eq!(allows(plain(), api, &[]), Some(true));
        assert_eq!(allows(plain(), api, &["read"]), Some(false));
        assert_eq!(allows(plain(), Some("https://other.example.com"), &[]), Some(false));
        assert_eq!(allows(plain(), None, &[]), Some(false));

        let listed = || json!({ "audience": "https://api.example.com", "scopes": ["read", "write"] });
        assert_eq!(allows(listed(), api, &[]), Some(true));
        assert_eq!(allows(listed(), api, &["read", "write"]), Some(true));
        assert_eq!(allows(listed(), api, &["read", "admin"]), Some(false));
        assert_eq!(allows(listed(), api, &["Read"]), Some(false));
        assert_eq!(allows(listed(), Some("https://other.example.com"), &["read"]), Some(false));

        assert_eq!(allows(json!({ "audience": "*", "scopes": ["*"] }), None, &["admin"]), Some(true));
        assert_eq!(allows(json!({ "audience": "*" }), None, &["admin"]), Some(false));
        let joined = json!({ "audience": "*", "scopes": ["read write"] });
        assert_eq!(allows(joined, None, &["read", "write"]), Some(false));
    }

    #[test]
    fn a_denying_entry_is_about_its_scopes_or_about_the_whole_audience() {
        let denies = |entry: Value, scopes: &[&str]| {
            Grant::from(entry).tokens().map(|grant| grant.denies(Some("urn:api"), scopes))
        };
        assert_eq!(denies(json!({ "audience": "urn:api" }), &[]), Some(true));
        assert_eq!(denies(json!({ "audience": "urn:other" }), &[]), Some(false));
        let admin = || json!({ "audience": "urn:api", "scopes": ["admin"] });
        assert_eq!(denies(admin(), &["read"]), Some(false));
        assert_eq!(denies(admin(), &["read", "admin"]), Some(true));
    }

    #[test]
    fn an_entry_that_is_misspelt_grants_nothing_and_says_why() {
        for (entry, reason) in [
            (json!({ "audiense": "*" }), "audiense"),
            (json!({ "audience": "*", "scope": ["read"] }), "scope"),
            (json!({ "audience": "*", "scopes": "read" }), "sequence"),
            (json!({ "audience": "*", "url": "https://*/*" }), "audience"),
            (json!({ "scopes": ["*"] }), "audience"),
            (json!({ "url": ["https://*/*"] }), "string"),
            (json!({ "url": "https://api.example.com/(" }), "no URL pattern"),
            (json!("*"), "expected"),
            (json!({}), "audience"),
        ] {
            let grant = Grant::from(entry.clone());
            assert!(matches!(&grant, Grant::Unreadable(why) if why.contains(reason)), "{entry}: {grant:?}");
            let url = Url::parse("https://api.example.com/").expect("a URL");
            assert!(grant.tokens().is_none() && grant.matches(&url).is_none());
        }
    }
}
