//! Codes, refresh-token families and access tokens: who holds what, and what it is still good for. No I/O.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::person::Person;
use crate::record::Rotated;
use crate::secret::{self, challenge, fingerprint};

/// What happens to a refresh token that is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// Each use gives a new one; using an old one again is refused and ends the family with all its tokens.
    #[default]
    Strict,
    /// Each use gives a new one; using an old one again is refused, and the family lives on.
    Sparing,
    /// Each use gives a new one; using the one before again gives the same pair of tokens again.
    Grace,
    /// It stays, and the answer names none.
    None,
}

/// What a person agreed to.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) person: Person,
    pub(crate) scope: String,
    pub(crate) resources: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// Seconds since the epoch.
    pub(crate) auth_time: u64,
}

/// An access token, as the provider remembers it.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// Whose it is.
    pub person: Person,
    /// What it may do, separated by spaces.
    pub scope: String,
    /// The resources for which it is good (RFC 8707); empty where none was asked for.
    pub audience: Vec<String>,
    /// Seconds since the epoch, by the provider's clock.
    pub expires_at: u64,
    /// The thumbprint of the key that has to be proved with it (RFC 9449); `None` for a bearer token.
    pub jkt: Option<String>,
}

/// The request for a code, in so far as the code is bound to it.
pub(crate) struct Binding {
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: String,
    /// The thumbprint of the key that has to be proved with the code (RFC 9449, section 10).
    pub(crate) jkt: Option<String>,
}

/// What a client asks for less of than it was granted.
pub(crate) struct Wish {
    pub(crate) scope: Option<String>,
    /// RFC 8707: no others than were granted.
    pub(crate) resources: Vec<String>,
    /// Named by `audience` (Auth0), where the provider's settings and not the grant say which are allowed.
    pub(crate) audiences: Vec<String>,
}

/// How the provider issues tokens just now.
pub(crate) struct Terms<'a> {
    pub(crate) rotation: Rotation,
    pub(crate) refresh_tokens: bool,
    /// Overrides what was asked for.
    pub(crate) scope: Option<String>,
    /// Overrides what was asked for.
    pub(crate) audience: Option<String>,
    /// Which refreshes are refused, and with which error.
    pub(crate) refused_audiences: &'a HashMap<String, String>,
    pub(crate) expires_at: u64,
    /// The thumbprint of the key that the request has proved.
    pub(crate) jkt: Option<String>,
    /// RFC 9449, section 5: the refresh tokens of public clients are bound to the key too.
    pub(crate) binds_refresh_tokens: bool,
    pub(crate) mint: &'a dyn Fn(&AccessToken) -> String,
}

/// The tokens of one answer.
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) scope: String,
    /// Whether the access token is bound to a key.
    pub(crate) bound: bool,
}

/// An error code of the token endpoint, and why.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: Cow<'static, str>,
    pub(crate) description: Cow<'static, str>,
    /// The nonce that should have been in the proof (RFC 9449, section 8).
    pub(crate) nonce: Option<String>,
}

#[derive(Default)]
pub(crate) struct Grants {
    codes: HashMap<String, Code>,
    families: Vec<Family>,
    /// Which family each refresh token belongs to.
    family_of: HashMap<String, usize>,
    access_tokens: HashMap<String, AccessToken>,
    expired: HashSet<String>,
    revoked: HashSet<String>,
    rotations: Vec<Rotated>,
    replays: usize,
}

struct Code {
    binding: Binding,
    grant: Grant,
    /// The family that it became; a code is good once.
    family: Option<usize>,
}

struct Family {
    grant: Grant,
    alive: bool,
    /// The thumbprint of the key that its refresh tokens are bound to.
    jkt: Option<String>,
    /// The last one is current.
    refresh_tokens: Vec<String>,
    access_tokens: Vec<String>,
    last: Option<Issue>,
}

impl Grants {
    pub(crate) fn add_code(&mut self, binding: Binding, grant: Grant) -> String {
        let code = secret::random(secret::CODE);
        self.codes.insert(code.clone(), Code { binding, grant, family: None });
        code
    }

    pub(crate) fn exchange(
        &mut self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        wish: &Wish,
        terms: &Terms<'_>,
    ) -> Result<(Grant, Issue), Refusal> {
        let Some(entry) = self.codes.get_mut(code) else {
            return Err(refuse("unknown code"));
        };
        if let Some(family) = entry.family {
            self.end(family);
            return Err(refuse("the code was used before"));
        }
        if entry.binding.redirect_uri != redirect_uri {
            return Err(refuse("another redirect URI than in the authorization request"));
        }
        if entry.binding.code_challenge != challenge(verifier) {
            return Err(refuse("the verifier doesn't match the challenge"));
        }
        if entry.binding.jkt.is_some() && entry.binding.jkt != terms.jkt {
            return Err(refuse("the code is bound to another key"));
        }
        let grant = entry.grant.clone();
        wish.check(&grant)?;
        let family = self.families.len();
        entry.family = Some(family);
        self.families.push(Family {
            grant: grant.clone(),
            alive: true,
            jkt: terms.jkt.clone().filter(|_| terms.binds_refresh_tokens),
            refresh_tokens: Vec::new(),
            access_tokens: Vec::new(),
            last: None,
        });
        let issue = self.issue(family, wish, terms, terms.refresh_tokens);
        Ok((grant, issue))
    }

    pub(crate) fn refresh(
        &mut self,
        refresh_token: &str,
        wish: &Wish,
        terms: &Terms<'_>,
    ) -> Result<(Grant, Issue), Refusal> {
        let Some(index) = self.family_of.get(refresh_token).copied() else {
            return Err(refuse("unknown refresh token"));
        };
        let family = &self.families[index];
        self.replays += usize::from(!family.is_current(refresh_token));
        if !family.alive {
            return Err(refuse("the refresh token was revoked"));
        }
        if family.jkt.is_some() && family.jkt != terms.jkt {
            return Err(refuse("the refresh token is bound to another key"));
        }
        if !family.is_current(refresh_token) {
            return match terms.rotation {
                Rotation::Grace if family.is_previous(refresh_token) => {
                    Ok((family.grant.clone(), family.last.clone().expect("a rotation has given a pair")))
                }
                Rotation::Strict => {
                    self.end(index);
                    Err(refuse("the refresh token was used before: the session ends"))
                }
                _ => Err(refuse("the refresh token was used before")),
            };
        }
        let grant = family.grant.clone();
        wish.check(&grant)?;
        if let Some(error) = wish.audiences().find_map(|each| terms.refused_audiences.get(each)) {
            return Err(Refusal::new(error.clone(), "not for this audience"));
        }
        let rotate = terms.rotation != Rotation::None && terms.refresh_tokens;
        let issue = self.issue(index, wish, terms, rotate);
        if let Some(next) = &issue.refresh_token {
            let (used, refresh_token) = (fingerprint(refresh_token), next.clone());
            self.rotations.push(Rotated { at: microseconds(), used, refresh_token });
        }
        Ok((grant, issue))
    }

    /// RFC 7009: a refresh token takes its whole family along.
    pub(crate) fn revoke(&mut self, token: &str) {
        self.revoked.insert(token.to_owned());
        if let Some(family) = self.family_of.get(token) {
            self.end(*family);
        }
    }

    /// Like [`Self::revoke`], and takes all other families of the person along.
    pub(crate) fn revoke_grant(&mut self, token: &str) {
        self.revoke(token);
        if let Some(family) = self.family_of.get(token) {
            let sub = self.families[*family].grant.person.sub.clone();
            for family in 0..self.families.len() {
                if self.families[family].grant.person.sub == sub {
                    self.end(family);
                }
            }
        }
    }

    /// The provider ends everything, as after a change of password.
    pub(crate) fn end_all(&mut self) {
        (0..self.families.len()).for_each(|family| self.end(family));
    }

    /// Which family a refresh token belongs to.
    pub(crate) fn family(&self, refresh_token: &str) -> Option<usize> {
        self.family_of.get(refresh_token).copied()
    }

    pub(crate) fn rotations(&self) -> &[Rotated] {
        &self.rotations
    }

    pub(crate) fn replays(&self) -> usize {
        self.replays
    }

    /// Of each living family the tokens that count stay: the current refresh token, the one before, and the
    /// last access token.
    pub(crate) fn forget(&mut self) {
        for family in &mut self.families {
            let keep = if family.alive { 2 } else { 0 };
            family.refresh_tokens.drain(..family.refresh_tokens.len().saturating_sub(keep));
            family.access_tokens.drain(..family.access_tokens.len().saturating_sub(keep / 2));
        }
        let kept = |tokens: fn(&Family) -> &[String]| -> HashSet<&str> {
            self.families.iter().flat_map(tokens).map(String::as_str).collect()
        };
        let (refresh_tokens, access_tokens) =
            (kept(|family| &family.refresh_tokens), kept(|family| &family.access_tokens));
        self.family_of.retain(|token, _| refresh_tokens.contains(token.as_str()));
        self.access_tokens.retain(|token, _| access_tokens.contains(token.as_str()));
        self.codes = HashMap::new();
        self.expired = HashSet::new();
        self.revoked = HashSet::new();
        self.rotations = Vec::new();
    }

    pub(crate) fn is_revoked(&self, token: &str) -> bool {
        self.revoked.contains(token)
    }

    pub(crate) fn expire_access_tokens(&mut self) {
        self.expired.extend(self.access_tokens.keys().cloned());
    }

    pub(crate) fn access_token(&self, token: &str) -> Option<&AccessToken> {
        self.access_tokens.get(token)
    }

    /// The access token, if it is good at this time.
    pub(crate) fn good_access_token(&self, token: &str, now: u64) -> Option<&AccessToken> {
        let good = !self.expired.contains(token) && !self.revoked.contains(token);
        self.access_tokens.get(token).filter(|entry| good && now < entry.expires_at)
    }

    fn issue(&mut self, index: usize, wish: &Wish, terms: &Terms<'_>, with_refresh_token: bool) -> Issue {
        let family = &mut self.families[index];
        let scope =
            [&terms.scope, &wish.scope].into_iter().flatten().next().unwrap_or(&family.grant.scope).clone();
        let wished: Vec<_> = match &terms.audience {
            Some(audience) => vec![audience.clone()],
            None => wish.audiences().map(str::to_owned).collect(),
        };
        let audience = if wished.is_empty() { family.grant.resources.clone() } else { wished };
        let entry = AccessToken {
            person: family.grant.person.clone(),
            scope: scope.clone(),
            audience,
            expires_at: terms.expires_at,
            jkt: terms.jkt.clone(),
        };
        let access_token = (terms.mint)(&entry);
        let refresh_token = with_refresh_token.then(|| secret::random(secret::REFRESH_TOKEN));
        family.refresh_tokens.extend(refresh_token.clone());
        family.access_tokens.push(access_token.clone());
        self.family_of.extend(refresh_token.clone().map(|token| (token, index)));
        let bound = terms.jkt.is_some();
        let issue = Issue { access_token: access_token.clone(), refresh_token, scope, bound };
        family.last = Some(issue.clone());
        self.access_tokens.insert(access_token, entry);
        issue
    }

    fn end(&mut self, index: usize) {
        let family = &mut self.families[index];
        family.alive = false;
        self.revoked.extend(family.refresh_tokens.iter().chain(&family.access_tokens).cloned());
    }
}

impl Family {
    fn is_current(&self, refresh_token: &str) -> bool {
        self.refresh_tokens.last().is_some_and(|current| current == refresh_token)
    }

    fn is_previous(&self, refresh_token: &str) -> bool {
        self.refresh_tokens.iter().rev().nth(1).is_some_and(|previous| previous == refresh_token)
    }
}

impl Wish {
    /// Whom the access token is to be for, however that was said.
    fn audiences(&self) -> impl Iterator<Item = &str> {
        let in_scope = self.scope.iter().flat_map(|scope| scope.split(' ')).filter_map(audience_of);
        self.resources.iter().chain(&self.audiences).map(String::as_str).chain(in_scope)
    }

    /// RFC 6749, section 6, and RFC 8707, section 2: less than was granted, never more.
    fn check(&self, grant: &Grant) -> Result<(), Refusal> {
        let granted: HashSet<_> = grant.scope.split(' ').collect();
        let mut wished = self.scope.iter().flat_map(|scope| scope.split(' '));
        if wished.any(|each| !granted.contains(each) && audience_of(each).is_none()) {
            return Err(Refusal::new("invalid_scope", "more scope than was granted"));
        }
        if self.resources.iter().any(|each| !grant.resources.contains(each)) {
            return Err(Refusal::new("invalid_target", "a resource that was not granted"));
        }
        Ok(())
    }
}

impl Refusal {
    pub(crate) fn new(
        error: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { error: error.into(), description: description.into(), nonce: None }
    }
}

fn refuse(description: &'static str) -> Refusal {
    Refusal::new("invalid_grant", description)
}

/// The audience of a scope `{audience}/{scope}`, as Entra names it.
fn audience_of(scope: &str) -> Option<&str> {
    let (audience, _) = scope.rsplit_once('/')?;
    audience.split_once("://").is_some_and(|(_, rest)| !rest.is_empty()).then_some(audience)
}

fn microseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock stands after 1970");
    u64::try_from(since.as_micros()).expect("the clock stands before the year 500,000")
}
