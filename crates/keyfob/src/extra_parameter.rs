//! The one rule about which parameters may stand in an authorization request besides Keyfob's own.

/// What Keyfob sets by itself or by an option of its own, what would put a secret into a URL, and what would make the
/// answer one that nobody asked for.
const RESERVED: [&str; 25] = [
    "acr_values",
    "audience",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "dpop_jkt",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

/// Whether a parameter may be added to an authorization request.
pub(crate) fn check(name: &str) -> Result<(), InvalidParameter> {
    // RFC 6749 section 8.2: the letters that names are made of.
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if name.is_empty() || !name.bytes().all(is_letter) {
        return Err(InvalidParameter::Name);
    }
    // Some servers read names in any case, and a dot as an underscore: `Client.Id` would be a second `client_id`.
    let read = name.to_ascii_lowercase().replace('.', "_");
    if RESERVED.contains(&read.as_str()) { Err(InvalidParameter::Reserved) } else { Ok(()) }
}

/// Why a parameter may not be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidParameter {
    #[error("is not the name of a parameter (RFC 6749 section 8.2)")]
    Name,
    #[error("is a parameter that Keyfob sets itself, or that has no place in its requests")]
    Reserved,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_of_the_protocol_is_nobody_elses_however_it_is_written() {
        for name in RESERVED {
            assert_eq!(check(name), Err(InvalidParameter::Reserved), "{name}");
        }
        for name in ["State", "NONCE", "client.id", "Code.Challenge"] {
            assert_eq!(check(name), Err(InvalidParameter::Reserved), "{name}");
        }
    }

    #[test]
    fn a_name_is_one_of_the_letters_that_names_have() {
        for name in ["access_type", "hd", "domain_hint", "organization", "ext-1", "urn.x"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", " state", "state[]", "state=x&nonce", "stäte", "a b", "state\0"] {
            assert_eq!(check(name), Err(InvalidParameter::Name), "{name}");
        }
    }
}
