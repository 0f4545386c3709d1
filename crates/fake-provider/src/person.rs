//! Who sits at the browser.

use serde_json::{Map, Value, json};

/// The person who approves; what they are called ends up in ID tokens and in `UserInfo`.
#[derive(Clone, Debug)]
pub struct Person {
    /// The subject identifier.
    pub sub: String,
    /// Display name.
    pub name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Whether the provider has checked the mail address.
    pub email_verified: Option<bool>,
    /// Where their picture is; [`crate::FakeProvider::picture_url`] serves one.
    pub picture: Option<String>,
}

impl Person {
    /// A person of whom only the subject identifier is known.
    pub fn new(sub: impl Into<String>) -> Self {
        Self { sub: sub.into(), name: None, email: None, email_verified: None, picture: None }
    }

    /// Gives them a name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Gives them a checked mail address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self.email_verified = Some(true);
        self
    }

    /// Gives them a picture.
    #[must_use]
    pub fn picture(mut self, url: impl Into<String>) -> Self {
        self.picture = Some(url.into());
        self
    }

    /// The claims about them; what isn't known is left out.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        let claims = [
            ("sub", json!(self.sub)),
            ("name", json!(self.name)),
            ("email", json!(self.email)),
            ("email_verified", json!(self.email_verified)),
            ("picture", json!(self.picture)),
        ];
        claims
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}
