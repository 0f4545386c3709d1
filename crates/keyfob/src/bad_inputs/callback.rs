//! Callbacks and argument vectors.

use serde_json::json;
use url::form_urlencoded;

use super::{SECRET, check_words, input::Input};
use crate::{
    callback_in_args,
    protocol::authorization::{self, AuthorizationValidation, Callback, StoredValidation},
};

const ISSUER: &str = "https://id.example";
const SCHEME: &str = "dev.keyfob.desktop";
pub(crate) const STATE: &str = "known";
pub(crate) const DEEP_LINK: &str = "dev.keyfob.desktop:/callback";
pub(crate) const LOOPBACK: &str = "http://127.0.0.1:4411/callback";

/// What is none of the two, however much it looks like one.
const ELSEWHERE: [&str; 16] = [
    "dev.keyfob.desktop:/callback/",
    "dev.keyfob.desktop:/Callback",
    "dev.keyfob.desktop:callback",
    "dev.keyfob.desktop://callback",
    "dev.keyfob.desktop://id.example/callback",
    "dev.keyfob.other:/callback",
    "https://dev.keyfob.desktop/callback",
    "http://127.0.0.1:4412/callback",
    "http://127.0.0.1/callback",
    "https://127.0.0.1:4411/callback",
    "http://localhost:4411/callback",
    "http://[::1]:4411/callback",
    "http://u@127.0.0.1:4411/callback",
    "http://127.0.0.1:4411/callback/x",
    "http://127.0.0.1:4411//callback",
    "http://127.0.0.1:4411/callback%2f",
];

const NAMES: [&str; 14] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "response",
    "id_token",
    "access_token",
    "token",
    "session_state",
    "Code",
    "code[]",
    "code\0",
    "",
];

/// A URL that says it is a callback.
pub(crate) struct Hostile {
    pub(crate) url: String,
    /// The redirect URI that it was made for, if it is one.
    arrives_on: Option<&'static str>,
    parameters: Vec<(String, String)>,
}

impl Hostile {
    /// Where a sign-in with this `state` waits.
    pub(crate) fn generate(input: &mut Input<'_>, state: &str) -> Self {
        let (place, arrives_on) = match input.below(4) {
            0 => (DEEP_LINK, Some(DEEP_LINK)),
            1 => (LOOPBACK, Some(LOOPBACK)),
            2 => ("dev.keyfob.desktop:///callback", Some(DEEP_LINK)),
            _ => (input.one_of(&ELSEWHERE), None),
        };
        let good = [("code", SECRET), ("state", state), ("iss", ISSUER)];
        let mut parameters = good.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        for _ in 0..input.below(5) {
            let at = input.below(parameters.len());
            match input.below(5) {
                0 => parameters.push((input.one_of(&NAMES).to_owned(), input.text())),
                _ if parameters.is_empty() => {}
                1 => drop(parameters.remove(at)),
                2 => parameters[at].1 = input.text(),
                3 => parameters.push(parameters[at].clone()),
                _ => parameters[at].1.push_str(&input.text()),
            }
        }
        let encoded = if input.flag() { spelt_out(&parameters) } else { usual(&parameters) };
        let fragment = if input.seldom() { "#code=f&state=known" } else { "" };
        Self { url: format!("{place}?{encoded}{fragment}"), arrives_on, parameters }
    }

    fn as_it_stands(text: &str) -> Self {
        // What a parser of URLs leaves out.
        let text = text.trim_matches(|end: char| end <= ' ').replace(['\t', '\n', '\r'], "");
        let query =
            text.split('#').next().and_then(|text| text.split_once('?')).map_or("", |(_, query)| query);
        Self {
            arrives_on: None,
            parameters: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            url: text,
        }
    }

    /// Whether it answers the sign-in that waits at a redirect URI with this `state`, hostile or not.
    #[cfg(test)]
    pub(crate) fn answers(&self, redirect_uri: &str, state: &str) -> bool {
        self.arrives_on == Some(redirect_uri) && self.values("state") == [state]
    }

    fn values<'a>(&'a self, name: &str) -> Vec<&'a str> {
        self.parameters.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// What the specifications say, in other words than the engine's own.
    fn code(&self, iss_required: bool) -> Option<&str> {
        let [code] = self.values("code")[..] else { return None };
        let from_the_issuer = match self.values("iss")[..] {
            [] => !iss_required,
            [issuer] => issuer == ISSUER,
            _ => false,
        };
        let unasked = ["response", "id_token", "access_token", "token", "error"];
        let alone = unasked.iter().all(|name| self.values(name).is_empty());
        let once = self.values("state").len() <= 1 && self.values("error_description").len() <= 1;
        (from_the_issuer && alone && once && !code.is_empty()).then_some(code)
    }
}

/// A URL, judged as an answer to one request, and taken to those that wait.
///
/// A code comes out of an answer that has one, of the right issuer and of no other flow; what comes from elsewhere, or
/// with another `state`, claims no sign-in.
pub fn callback(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let text = input.as_it_stands.map(String::from_utf8_lossy);
    let hostile = match &text {
        Some(text) => Hostile::as_it_stands(text),
        None => Hostile::generate(&mut input, STATE),
    };
    let Some(callback) = Callback::parse(&hostile.url) else {
        assert!(text.is_some() || hostile.url.len() > 64 * 1024, "{} is a URL", hostile.url);
        return;
    };
    match (hostile.values("state")[..].try_into() as Result<[&str; 1], _>).ok() {
        Some([state]) => assert_eq!(callback.state().as_deref(), Some(state)),
        None => assert_eq!(callback.state(), None),
    }
    for redirect_uri in [DEEP_LINK, LOOPBACK] {
        let arrived = callback.arrived_on(redirect_uri);
        assert!(text.is_some() || arrived == (hostile.arrives_on == Some(redirect_uri)), "{}", hostile.url);
        let iss_required = input.flag();
        match authorization::judge(&callback, &validation(redirect_uri, iss_required)) {
            Ok(answer) => assert_eq!(Some(answer.code.expose()), hostile.code(iss_required)),
            Err(error) => {
                assert_eq!(hostile.code(iss_required), None, "{} is good", hostile.url);
                check_words(&error, text.is_none().then_some(SECRET));
            }
        }
    }
    crate::session::bad_inputs::claim(&callback);
}

/// What a request to the issuer is judged by.
pub(crate) fn validation(redirect_uri: &str, iss_required: bool) -> AuthorizationValidation {
    let stored: StoredValidation = serde_json::from_value(json!({
        "issuer": ISSUER,
        "iss_required": iss_required,
        "redirect_uri": redirect_uri,
        "nonce": "n",
        "pkce_verifier": SECRET,
        "requested_scope": "openid",
    }))
    .expect("it is what is kept");
    stored.try_into().expect("its key can be used, as it has none")
}

/// The arguments of a process. A callback is the only one beside the program's name, of the app's scheme, and the whole
/// of it.
pub fn argv(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let args: Vec<String> = match input.as_it_stands {
        Some(text) => String::from_utf8_lossy(text).split('\0').map(str::to_owned).collect(),
        None => (0..input.below(5)).map(|_| argument(&mut input)).collect(),
    };
    let found = callback_in_args(&args, SCHEME);
    if let Some(url) = found {
        assert_eq!(args.len(), 2);
        assert_eq!(url, args[1]);
        assert_eq!(url.as_bytes().get(SCHEME.len()), Some(&b':'));
        assert!(url[..SCHEME.len()].eq_ignore_ascii_case(SCHEME));
    } else if let [_, url] = &args[..] {
        assert!(!url.to_ascii_lowercase().starts_with("dev.keyfob.desktop:"), "{url}");
    }
}

fn argument(input: &mut Input<'_>) -> String {
    match input.below(6) {
        0 => Hostile::generate(input, STATE).url,
        1 => input
            .one_of(&["--flag", "-", "--", "/usr/bin/app", "", "DEV.Keyfob.Desktop:/callback"])
            .to_owned(),
        2 => format!("{SCHEME}{}", input.text()),
        3 => format!("{}{DEEP_LINK}", input.text()),
        4 => format!("{DEEP_LINK}|{}", input.text()),
        _ => input.text(),
    }
}

fn usual(parameters: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// Every byte by its number.
fn spelt_out(parameters: &[(String, String)]) -> String {
    let spelt = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let pairs: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{}={}", spelt(name), spelt(value))).collect();
    pairs.join("&")
}
