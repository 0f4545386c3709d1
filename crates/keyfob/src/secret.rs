//! Secrets as types with one door each: [`expose`](AccessToken::expose).
//!
//! None of them has `Display`, `Serialize` or `PartialEq`, their `Debug` prints the type's name alone, and their memory
//! is overwritten when they are dropped.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Takes the secret in.
            pub fn new(secret: impl Into<String>) -> Self {
                Self(SecretString::from(secret.into()))
            }

            /// The one door out: the secret itself, for the request that needs it.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )*};
}

secrets! {
    /// An access token (RFC 6749 section 1.4): for the API that it was issued for, and nobody else.
    AccessToken
    /// A refresh token (RFC 6749 section 1.5): for the token endpoint alone; never leaves the engine.
    RefreshToken
    /// An authorization code (RFC 6749 section 1.3.1): once, for the token endpoint.
    AuthorizationCode
    /// A PKCE code verifier (RFC 7636 section 4.1).
    PkceVerifier
    /// An ID token as it was received (OpenID Connect Core section 2).
    IdToken
    /// What some providers call a client secret and demand of native apps. It ships with the app and so is no secret
    /// (RFC 8252 section 8.5); it is treated as one all the same, so that it stands in no log.
    ClientSecret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_type_and_nothing_of_the_secret() {
        assert_eq!(format!("{:?}", RefreshToken::new("hunter2")), "RefreshToken(redacted)");
    }
}
