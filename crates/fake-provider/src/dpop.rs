//! Proofs of possession (RFC 9449), as a strict server judges them. No I/O.

use std::collections::{HashMap, HashSet, VecDeque};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::endpoints::Endpoint;
use crate::grants::Refusal;
use crate::record::Recorded;
use crate::script::{DpopBehaviour, Proofs};
use crate::secret::{self, fingerprint};

/// How far a proof's `iat` may be from the server's clock, in seconds.
const WINDOW: u64 = 300;
/// Nonces that were given out and not used yet; more than any client has requests under way.
const NONCES: usize = 256;

/// A proof that was good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Where it was sent.
    pub endpoint: Endpoint,
    /// The proof's own identifier.
    pub jti: String,
    /// The method for which it was made.
    pub htm: String,
    /// The address for which it was made.
    pub htu: String,
    /// Seconds since the epoch, by the client's clock.
    pub iat: u64,
    /// The hash of the access token with which it was sent.
    pub ath: Option<String>,
    /// The server's nonce.
    pub nonce: Option<String>,
    /// The thumbprint of its key (RFC 7638).
    pub jkt: String,
}

/// A request that was refused for its proof, or for the lack of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedProof {
    /// Where it was sent.
    pub endpoint: Endpoint,
    /// `invalid_dpop_proof` or `use_dpop_nonce`.
    pub error: &'static str,
    /// What was wrong.
    pub reason: &'static str,
}

/// What the provider knows about proofs.
#[derive(Default)]
pub(crate) struct Dpop {
    pub(crate) behaviour: DpopBehaviour,
    proofs: Vec<Proof>,
    refused: Vec<RefusedProof>,
    /// Of all proofs ever seen: none is good twice.
    jtis: HashSet<String>,
    /// Of each origin its own.
    nonces: HashMap<String, Nonces>,
}

impl Dpop {
    /// At the provider's own endpoints: the thumbprint of the key that the request proves; `None` without a proof,
    /// where none is required.
    pub(crate) fn of_client(&mut self, request: &Recorded, now: u64) -> Result<Option<String>, Refusal> {
        match self.behaviour.proofs {
            Proofs::Ignored => Ok(None),
            Proofs::Offered if !request.headers.contains_key("dpop") => Ok(None),
            Proofs::Offered | Proofs::Required => self.judge(request, None, now).map(Some),
        }
    }

    /// At a resource: whether the request proves the key that its access token is bound to.
    pub(crate) fn of_token(
        &mut self,
        request: &Recorded,
        access_token: &str,
        bound_to: &str,
        now: u64,
    ) -> Result<(), Refusal> {
        let jkt = self.judge(request, Some(access_token), now)?;
        if jkt == bound_to { Ok(()) } else { Err(self.refuse(request, "another key than the token's")) }
    }

    pub(crate) fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    pub(crate) fn refused(&self) -> &[RefusedProof] {
        &self.refused
    }

    /// The identifiers of proofs stay.
    pub(crate) fn forget(&mut self) {
        self.proofs = Vec::new();
        self.refused = Vec::new();
    }

    pub(crate) fn expire_nonces(&mut self) {
        self.nonces = HashMap::new();
    }

    /// A new nonce for the answer to a request with a proof, where nonces are good once.
    pub(crate) fn next_nonce(&mut self, request: &Recorded) -> Option<String> {
        let gives = self.behaviour.rotates_nonces
            && self.behaviour.nonces_at.contains(&request.endpoint)
            && request.headers.contains_key("dpop");
        gives.then(|| self.nonce(&request.origin))
    }

    fn judge(&mut self, request: &Recorded, access_token: Option<&str>, now: u64) -> Result<String, Refusal> {
        let proof = match read(request, access_token) {
            Ok(proof) => proof,
            Err(reason) => return Err(self.refuse(request, reason)),
        };
        if !self.jtis.insert(proof.jti.clone()) {
            return Err(self.refuse(request, "a jti that was seen before"));
        }
        // A nonce of this server says when the proof was made, whatever the client's clock says (section 11.1).
        if !self.nonce_is_good(request, proof.nonce.as_deref())? && proof.iat.abs_diff(now) > WINDOW {
            return Err(self.refuse(request, "an iat too far from the server's clock"));
        }
        let jkt = proof.jkt.clone();
        self.proofs.push(proof);
        Ok(jkt)
    }

    /// Whether the proof carries a nonce that is good; an error if it has to and doesn't.
    fn nonce_is_good(&mut self, request: &Recorded, nonce: Option<&str>) -> Result<bool, Refusal> {
        let demanded = self.behaviour.nonces_at.contains(&request.endpoint);
        let foreign = nonce.is_some_and(|nonce| !nonce.starts_with(&prefix(&request.origin)));
        let DpopBehaviour { rotates_nonces: rotates, never_satisfied, .. } = self.behaviour;
        let known = self.nonces.entry(request.origin.clone()).or_default();
        let good = nonce.is_some_and(|nonce| known.take(nonce, rotates));
        match (demanded, foreign) {
            _ if demanded && never_satisfied => {
                Err(self.ask_for_nonce(request, "no nonce, as none is ever enough"))
            }
            (true, true) => Err(self.ask_for_nonce(request, "a nonce of another server")),
            (true, false) if !good && nonce.is_some() => {
                Err(self.ask_for_nonce(request, "a nonce that is no longer good"))
            }
            (true, false) if !good => Err(self.ask_for_nonce(request, "no nonce")),
            (false, true) => Err(self.refuse(request, "a nonce of another server")),
            _ => Ok(good),
        }
    }

    fn nonce(&mut self, origin: &str) -> String {
        let rotates = self.behaviour.rotates_nonces;
        self.nonces.entry(origin.to_owned()).or_default().give(origin, rotates)
    }

    pub(crate) fn refuse(&mut self, request: &Recorded, reason: &'static str) -> Refusal {
        self.refused.push(RefusedProof { endpoint: request.endpoint, error: "invalid_dpop_proof", reason });
        Refusal::new("invalid_dpop_proof", reason)
    }

    fn ask_for_nonce(&mut self, request: &Recorded, reason: &'static str) -> Refusal {
        self.refused.push(RefusedProof { endpoint: request.endpoint, error: "use_dpop_nonce", reason });
        let nonce = self.nonce(&request.origin);
        Refusal { nonce: Some(nonce), ..Refusal::new("use_dpop_nonce", reason) }
    }
}

/// The nonces of one origin that are good, the newest last.
#[derive(Default)]
struct Nonces(VecDeque<String>);

impl Nonces {
    fn give(&mut self, origin: &str, rotates: bool) -> String {
        if let Some(nonce) = self.0.back().filter(|_| !rotates) {
            return nonce.clone();
        }
        let nonce = secret::random(&prefix(origin));
        self.0.push_back(nonce.clone());
        if self.0.len() > NONCES {
            self.0.pop_front();
        }
        nonce
    }

    fn take(&mut self, nonce: &str, rotates: bool) -> bool {
        let Some(index) = self.0.iter().position(|each| each == nonce) else {
            return false;
        };
        if rotates {
            self.0.remove(index);
        }
        true
    }
}

/// A nonce says whose it is, so that one that went to the wrong server is known there.
fn prefix(origin: &str) -> String {
    format!("fake-nonce-{}-", origin.rsplit(':').next().unwrap_or_default())
}

/// Section 4.3, but for the clock, the nonce and what was seen before.
fn read(request: &Recorded, access_token: Option<&str>) -> Result<Proof, &'static str> {
    let mut headers = request.headers.get_all("dpop").iter();
    let (Some(header), None) = (headers.next(), headers.next()) else {
        return Err("not exactly one DPoP header");
    };
    let (claims, jkt) = verify(header)?;
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    let proof = Proof {
        endpoint: request.endpoint,
        jti: text("jti").ok_or("no jti")?,
        htm: text("htm").ok_or("no htm")?,
        htu: text("htu").ok_or("no htu")?,
        iat: claims["iat"].as_u64().ok_or("no iat")?,
        ath: text("ath"),
        nonce: text("nonce"),
        jkt,
    };
    // 96 random bits are 16 characters of base64url (section 4.2).
    if proof.jti.len() < 16 {
        return Err("a jti that can be guessed");
    }
    if proof.htm != request.method {
        return Err("an htm for another method");
    }
    // To the letter: a client has no reason to write the address differently than it sends it.
    if proof.htu != format!("{}{}", request.origin, request.path) {
        return Err("an htu for another address, or with a query or a fragment");
    }
    if proof.ath != access_token.map(fingerprint) {
        return Err("an ath that isn't of the access token");
    }
    Ok(proof)
}

/// The claims of a proof that is signed by the key in its header, and the thumbprint of that key.
fn verify(proof: &HeaderValue) -> Result<(Value, String), &'static str> {
    let proof = proof.to_str().map_err(|_| "no text")?;
    let (message, signature) = proof.rsplit_once('.').ok_or("no JWT")?;
    let (header, claims) = message.split_once('.').ok_or("no JWT")?;
    let header = document(header).ok_or("a header that is no JSON")?;
    if header["typ"] != "dpop+jwt" {
        return Err("a typ other than dpop+jwt");
    }
    if header["alg"] != "ES256" {
        return Err("an alg other than ES256");
    }
    let key = &header["jwk"];
    if !key.is_object() {
        return Err("no jwk");
    }
    if ["d", "k", "p", "q"].iter().any(|name| !key[name].is_null()) {
        return Err("a private key");
    }
    if key["kty"] != "EC" || key["crv"] != "P-256" {
        return Err("a key that isn't on P-256");
    }
    let coordinate = |name: &str| {
        let bytes = decode(key[name].as_str()?)?;
        (bytes.len() == 32).then_some(bytes)
    };
    let (Some(x), Some(y)) = (coordinate("x"), coordinate("y")) else {
        return Err("a key without its coordinates");
    };
    // An uncompressed point: 4, x, y (SEC 1, section 2.3.3).
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let signature = decode(signature).ok_or("no signature")?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(message.as_bytes(), &signature)
        .map_err(|_| "a signature by another key")?;
    Ok((document(claims).ok_or("claims that are no JSON")?, thumbprint(key)))
}

/// RFC 7638: the hash of the required members in their alphabetic order.
fn thumbprint(key: &Value) -> String {
    let required = json!({ "crv": key["crv"], "kty": key["kty"], "x": key["x"], "y": key["y"] });
    fingerprint(&required.to_string())
}

fn document(part: &str) -> Option<Value> {
    serde_json::from_slice(&decode(part)?).ok().filter(Value::is_object)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
