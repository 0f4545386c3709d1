//! Generators: a few bytes become hostile documents, URLs and texts.

use arbitrary::Unstructured;
use serde_json::{Map, Value, json};

/// What an input that is taken as it stands begins with.
const AS_IT_STANDS: u8 = b'=';

/// Texts that have broken something, somewhere. The first is harmless, as bytes that run out choose it.
const TEXTS: [&str; 24] = [
    "text",
    "",
    " ",
    "\0",
    "\r\nSet-Cookie: a=b",
    "\u{1b}[31mred",
    "\u{202e}gnp.exe",
    "\u{2028}",
    "\u{feff}",
    "\u{200b}",
    "é",
    "😀",
    "%00%0d%0a",
    "%",
    "+ +",
    "\"",
    "</script><script>",
    "../../etc/passwd",
    "{tenantid}",
    "null",
    "-1",
    "1e999",
    "none",
    "app",
];

const SCHEMES: [&str; 9] =
    ["https:", "http:", "HTTPS:", "file:", "javascript:", "dev.keyfob.desktop:", "data:", "", "ws:"];
const AUTHORITIES: [&str; 18] = [
    "//id.example",
    "//127.0.0.1:9",
    "//localhost",
    "//[::1]",
    "//127.0.0.1.example",
    "//127.1",
    "//0x7f.1",
    "//0.0.0.0",
    "//[::ffff:127.0.0.1]",
    "//localhost.",
    "//user@id.example",
    "//id.example:443@127.0.0.1",
    "//id.example\\@evil.example",
    "//id.example:99999",
    "//xn--",
    "///",
    "//",
    "",
];
const PATHS: [&str; 12] = [
    "/token",
    "",
    "/",
    "/callback",
    "/../x",
    "/a|b^c`d{e}",
    "/%2e%2e/",
    "/a b",
    "?a=b&state=evil",
    "#fragment",
    "\\x",
    "/\t\n",
];

/// Names that documents share.
const NAMES: [&str; 6] = ["iss", "sub", "error", "access_token", "__proto__", "alg"];

/// A source of choices. Whoever mutates or shrinks the bytes changes the choices; where they run out, each choice is
/// the first, and the first is harmless.
pub(crate) struct Input<'a> {
    choices: Unstructured<'a>,
    /// The document itself, where the bytes say that they are it: how seeds come in, and what a fuzzer makes of them.
    pub(crate) as_it_stands: Option<&'a [u8]>,
}

/// A document, and whether it is JSON with the members that were chosen for it.
pub(crate) struct Document {
    pub(crate) bytes: Vec<u8>,
    /// In their order, the repeated ones too; `None` where the bytes are anything.
    pub(crate) members: Option<Vec<(String, Value)>>,
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let as_it_stands = bytes.strip_prefix(&[AS_IT_STANDS]);
        let choices = if as_it_stands.is_some() { &[] } else { bytes };
        Self { choices: Unstructured::new(choices), as_it_stands }
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.choices.int_in_range(0..=limit.saturating_sub(1)).unwrap_or_default()
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// Seldom true.
    pub(crate) fn seldom(&mut self) -> bool {
        self.below(8) == 7
    }

    /// Any number, and often one at an edge.
    pub(crate) fn number(&mut self) -> u64 {
        let any = |input: &mut Self| input.choices.arbitrary().unwrap_or_default();
        match self.below(4) {
            0 => self.below(100_000) as u64,
            1 => any(self),
            2 => self.one_of(&[0, 1, u64::MAX, u64::MAX / 2, 1 << 53, 1 << 31, 253_402_300_800]),
            _ => any(self) >> 24,
        }
    }

    pub(crate) fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        self.choices.bytes(length.min(self.choices.len())).unwrap_or_default().to_vec()
    }

    pub(crate) fn text(&mut self) -> String {
        match self.below(6) {
            0..=2 => self.one_of(&TEXTS).to_owned(),
            3 => String::from_utf8_lossy(&self.bytes(64)).into_owned(),
            4 => self.one_of(&TEXTS).repeat(self.below(400)),
            _ => self.url(),
        }
    }

    pub(crate) fn url(&mut self) -> String {
        let (scheme, authority) = (self.one_of(&SCHEMES), self.one_of(&AUTHORITIES));
        let mut url = [scheme, authority, self.one_of(&PATHS)].concat();
        if self.seldom() {
            url.push_str(&self.one_of(&TEXTS).repeat(self.below(3000)));
        }
        url
    }

    pub(crate) fn json(&mut self) -> Value {
        self.json_within(3)
    }

    fn json_within(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 7 } else { 10 }) {
            0 | 1 => self.text().into(),
            2 => Value::Null,
            3 => self.flag().into(),
            4 => self.number().into(),
            5 => json!(-(self.number().cast_signed() >> 1)),
            6 => json!(self.one_of(&[0.5, -0.5, 1e300, -1e300, 5e-324, 1.8e19, 1_800_000_000.5])),
            7 => self.url().into(),
            8 => (0..self.below(5)).map(|_| self.json_within(depth - 1)).collect(),
            _ => {
                let members = (0..self.below(4)).map(|_| (self.name(), self.json_within(depth - 1)));
                members.collect::<Map<_, _>>().into()
            }
        }
    }

    fn name(&mut self) -> String {
        if self.seldom() { self.text() } else { self.one_of(&NAMES).to_owned() }
    }

    /// A good document in which some members are gone, repeated, of another kind or new; seldom one that isn't JSON.
    pub(crate) fn document(&mut self, good: &Value) -> Document {
        if let Some(text) = self.as_it_stands {
            return Document { bytes: text.to_vec(), members: None };
        }
        let mut members: Vec<_> = good
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for _ in 0..self.below(6) {
            let at = self.below(members.len());
            match self.below(6) {
                _ if members.is_empty() => members.push((self.name(), self.json())),
                0 | 1 => members[at].1 = self.json(),
                2 => drop(members.remove(at)),
                3 => members.push((members[at].0.clone(), self.json())),
                4 => members.insert(0, members[at].clone()),
                _ => members.push((self.name(), self.json())),
            }
        }
        let bytes = written(&members);
        if self.seldom() {
            Document { bytes: self.damaged(bytes), members: None }
        } else {
            Document { bytes, members: Some(members) }
        }
    }

    /// The same bytes with some flipped, cut off, left out or put in.
    pub(crate) fn damaged(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(5) {
                _ if bytes.is_empty() => bytes = self.bytes(64),
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes.truncate(at),
                2 => drop(bytes.remove(at)),
                3 => drop(bytes.splice(at..at, self.bytes(16))),
                _ => bytes[at] = self.one_of(b"\0\"\\{}[],:\xff\n "),
            }
        }
        bytes
    }
}

/// JSON by hand, as a map can't hold a member twice.
fn written(members: &[(String, Value)]) -> Vec<u8> {
    let members: Vec<_> =
        members.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}
