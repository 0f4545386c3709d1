//! What the keychain holds, what waits for a callback, and what becomes of a token response: the doors to what only the
//! session sees. See [`crate::bad_inputs`].

#![expect(clippy::expect_used, reason = "a panic is how a broken promise shows")]

use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice};
use serde_json::{Value, json};

use super::{
    record::{self, Index, PendingRecord},
    sign_ins::{SignIn, SignIns},
    state::{PendingSignIn, Purpose, State},
    token_set::{TokenKey, TokenSet},
};
use crate::{
    bad_inputs::{DEEP_LINK, Input, LOOPBACK, STATE, bound, validation},
    clock::ManualClock,
    config::{Config, RedirectKind},
    protocol::{authorization::Callback, dpop::DpopKey, token::TokenResponse},
    store::StoreError,
};

/// A callback among sign-ins that wait. It claims the one that it answers, once, and changes nothing for the others.
pub(crate) fn claim(callback: &Callback) {
    let mut sign_ins = SignIns::default();
    for (state, redirect_uri) in [(STATE, DEEP_LINK), ("another", DEEP_LINK), ("third", LOOPBACK)] {
        sign_ins.add(state.to_owned(), waiting(state, redirect_uri));
    }
    let before = waiting_states(&sign_ins);
    let claimed = sign_ins.claim(callback);
    let after = waiting_states(&sign_ins);
    match claimed {
        Some((state, validation)) => {
            assert_eq!(callback.state(), Some(state.clone()));
            assert!(callback.arrived_on(&validation.redirect_uri));
            assert!(before.iter().filter(|waiting| **waiting != state).eq(&after), "{before:?} {after:?}");
            assert!(sign_ins.claim(callback).is_none(), "a replay");
        }
        None => assert_eq!(before, after),
    }
}

fn waiting(id: &str, redirect_uri: &str) -> SignIn {
    let redirect = if redirect_uri == DEEP_LINK { RedirectKind::DeepLink } else { RedirectKind::Loopback };
    SignIn {
        shown: PendingSignIn {
            id: id.to_owned(),
            purpose: Purpose::First,
            redirect,
            deep_link_fault: None,
            deadline: 1,
            answered: false,
        },
        url: None,
        validation: validation(redirect_uri, false),
        caller: None,
        tasks: Vec::new(),
    }
}

/// Those that a restart would bring back, in one order.
fn waiting_states(sign_ins: &SignIns) -> Vec<String> {
    let mut states: Vec<_> = sign_ins.records().into_iter().map(|record| record.state).collect();
    states.sort();
    states
}

/// A token that has been taken: clocks can show when it expires, and it is kept as it is.
pub(crate) fn token_set(response: &TokenResponse) {
    let clock = ManualClock::new();
    let token = TokenSet::new(response, "account", TokenKey::plain(None), "openid", &clock);
    check_times(&token, &clock);
}

fn check_times(token: &TokenSet, clock: &ManualClock) {
    let buffer = Duration::from_secs(60);
    for min_ttl in [Duration::ZERO, Duration::MAX] {
        let _ = token.due(buffer, min_ttl, clock);
    }
    let left = token.life_left(clock);
    assert_eq!(token.due_in(buffer, clock).is_some(), left.is_some());
    assert_eq!(token.expired(clock), left == Some(Duration::ZERO));
    if let Some(left) = left {
        clock.advance(left);
        assert!(token.expired(clock) && token.due(buffer, Duration::ZERO, clock));
    }
    let _ = token.expires_at();
}

/// The record of an account, the index of them, or the sign-ins that wait. What was kept is read back as it was; what
/// was damaged since, or never was a record, is refused; and nothing is ever taken for an account that is signed out.
pub fn record(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    if let Some(text) = input.as_it_stands {
        let kept = SecretSlice::from(text.to_vec());
        check_account(restore(&kept));
        check_index(record::restore_index(&kept));
        return check_pending(record::restore_pending(&kept));
    }
    input.one_of(&[account_record, index, pending])(&mut input);
}

fn account_record(input: &mut Input<'_>) {
    let good = account(input);
    let document = input.document(&good);
    let kept = record::encoded(&document.bytes);
    check_account(restore(&kept));
    check_damage(input, &kept, |damaged| restore(damaged).map(drop));
}

/// A session that is as it should be, or nearly.
fn account(input: &mut Input<'_>) -> Value {
    let number = |input: &mut Input<'_>| if input.flag() { json!(input.number()) } else { Value::Null };
    let token = json!({
        "token": "a", "token_type": "Bearer", "scope": "openid", "audience": null,
        "expires_at": number(input), "lifetime": number(input),
    });
    let reason = input.one_of(&["refresh_token_rejected", "identity_changed", "another"]);
    let live = json!({
        "id": "i", "revision": input.number(), "refresh_token": "r", "in_use_since": number(input),
        "unverified": input.flag(), "dpop_key": dpop_key(input), "access_token": if input.flag() { token } else { Value::Null },
    });
    json!({
        "issuer": "https://id.example",
        "user": { "sub": input.text(), "name": input.text(), "email": null, "email_verified": true, "picture": input.url() },
        "scope": "openid",
        "state": if input.seldom() { json!({ "ended": { "reason": reason } }) } else { json!({ "live": live }) },
    })
}

fn dpop_key(input: &mut Input<'_>) -> Value {
    match input.below(4) {
        0 | 1 => Value::Null,
        2 => bound().kept().into(),
        _ => input.json(),
    }
}

fn restore(kept: &SecretSlice<u8>) -> Result<State, StoreError> {
    let config = json!({ "issuer": "https://id.example", "clientId": "app" });
    record::restore(kept, &Config::from_json(config).expect("a configuration"), &ManualClock::new())
}

fn check_refused(error: &StoreError) {
    assert!(matches!(error, StoreError::Corrupt | StoreError::Newer), "{error:?}");
}

/// What has been read can be used, and is the same after another restart.
fn check_account(read: Result<State, StoreError>) {
    let clock = ManualClock::new();
    match read {
        Ok(State::SignedIn(session)) => {
            for token in session.tokens.values() {
                check_times(token, &clock);
            }
            let own = session.tokens.keys().next().cloned().unwrap_or_default();
            let kept = record::live(&session, &own);
            let Ok(State::SignedIn(again)) = restore(&kept) else {
                unreachable!("what has been read can be kept");
            };
            assert_eq!(format!("{:?}", again.identity), format!("{:?}", session.identity));
            assert_eq!((again.id, again.revision), (session.id, session.revision));
            assert_eq!((again.in_use_since, again.unverified), (session.in_use_since, session.unverified));
            assert_eq!(again.granted_scope, session.granted_scope);
            let exposed = |token: Option<crate::RefreshToken>| token.map(|token| token.expose().to_owned());
            assert_eq!(exposed(again.refresh_token), exposed(session.refresh_token));
            let thumbprint = |key: Option<DpopKey>| key.map(|key| key.thumbprint().to_owned());
            assert_eq!(thumbprint(again.dpop_key), thumbprint(session.dpop_key));
            assert_eq!(again.tokens.len(), session.tokens.len());
        }
        Ok(State::ReauthRequired { identity, reason }) => {
            let again = restore(&record::ended(&identity, reason));
            assert!(matches!(again, Ok(State::ReauthRequired { reason: again, .. }) if again == reason));
        }
        Ok(other) => unreachable!("a record was taken for {other:?}"),
        Err(error) => check_refused(&error),
    }
}

/// Whatever happens to the bytes of a record, it is seen.
fn check_damage(
    input: &mut Input<'_>,
    kept: &SecretSlice<u8>,
    read: impl Fn(&SecretSlice<u8>) -> Result<(), StoreError>,
) {
    let damaged = input.damaged(kept.expose_secret().to_vec());
    if damaged != kept.expose_secret() {
        let read = read(&SecretSlice::from(damaged));
        assert!(matches!(read, Err(StoreError::Corrupt)), "{read:?}");
    }
}

fn index(input: &mut Input<'_>) {
    let accounts: Vec<_> = (0..input.below(4))
        .map(|number| {
            json!({
                "id": number.to_string(), "issuer": input.url(), "subject": input.text(), "name": input.text(),
                "email": null,
            })
        })
        .collect();
    let good = json!({ "current": input.text(), "accounts": accounts });
    let kept = record::encoded(&input.document(&good).bytes);
    check_index(record::restore_index(&kept));
    check_damage(input, &kept, |damaged| record::restore_index(damaged).map(drop));
}

fn check_index(read: Result<Index, StoreError>) {
    let mut index = match read {
        Ok(index) => index,
        Err(error) => return check_refused(&error),
    };
    assert_eq!(record::restore_index(&record::index(&index)).as_ref(), Ok(&index));
    while let Some(id) = index.accounts.first().map(|listed| listed.id.clone()) {
        index.remove(&id);
        assert!(!index.holds(&id));
    }
}

fn pending(input: &mut Input<'_>) {
    let sign_ins: Vec<_> = (0..input.below(5))
        .map(|number| {
            PendingRecord::new(
                number.to_string(),
                input.text(),
                input.number(),
                &validation(DEEP_LINK, input.flag()),
            )
        })
        .collect();
    let count = sign_ins.len();
    let kept = record::pending(sign_ins);
    let read = record::restore_pending(&kept);
    assert_eq!(read.len(), count);
    check_pending(read);
    let damaged = input.damaged(kept.expose_secret().to_vec());
    if damaged != kept.expose_secret() {
        assert!(record::restore_pending(&SecretSlice::from(damaged)).is_empty());
    }
    let good = json!({ "sign_ins": [good_pending(input)] });
    check_pending(record::restore_pending(&record::encoded(&input.document(&good).bytes)));
}

fn good_pending(input: &mut Input<'_>) -> Value {
    let validation = json!({
        "issuer": input.url(), "iss_required": true, "redirect_uri": input.url(), "nonce": "n", "pkce_verifier": "v",
        "dpop_key": dpop_key(input), "requested_scope": "openid",
    });
    json!({ "id": "i", "state": input.text(), "deadline": input.number(), "validation": validation })
}

fn check_pending(sign_ins: Vec<PendingRecord>) {
    for sign_in in sign_ins {
        let (state, deadline) = (sign_in.state.clone(), sign_in.deadline);
        let Some(validation) = sign_in.into_validation() else { continue };
        let again =
            record::pending(vec![PendingRecord::new("i".into(), state.clone(), deadline, &validation)]);
        let again = record::restore_pending(&again).pop().expect("what has been read can be kept");
        assert_eq!((again.state, again.deadline), (state, deadline));
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use fake_provider::{Endpoint, FakeProvider};
    use proptest::{
        collection::vec,
        prelude::any,
        strategy::{Strategy, ValueTree},
        test_runner::TestRunner,
    };
    use tokio::{sync::mpsc, time::timeout};

    use super::*;
    use crate::{
        CallbackOutcome, EndpointUrl, Keyfob, Memory, Opener, Session, SignInOptions, bad_inputs::Hostile,
    };

    #[tokio::test]
    async fn s_8_s_33_of_a_thousand_hostile_callbacks_none_changes_anything_and_the_right_one_still_counts() {
        let provider = FakeProvider::start().await;
        let (keyfob, mut browser) = start(&provider);
        let sign_in = tokio::spawn({
            let keyfob = keyfob.clone();
            async move { keyfob.sign_in(&SignInOptions::default()).await }
        });
        let url = timeout(Duration::from_secs(60), browser.recv()).await.ok().flatten().expect("a URL");
        let state =
            url.as_url().query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
        let before = keyfob.snapshot();
        for hostile in hostile_callbacks(&state) {
            let outcome = keyfob.handle_callback(&hostile.url).await;
            assert_eq!(outcome, CallbackOutcome::Ignored, "{}", hostile.url);
        }
        assert_eq!(keyfob.snapshot(), before);
        assert_eq!(provider.at(Endpoint::Token).count(), 0);

        let right = provider.approve(url.as_str()).await;
        assert_eq!(keyfob.handle_callback(&right).await, CallbackOutcome::Accepted);
        let session = timeout(Duration::from_secs(60), sign_in).await.expect("an end").expect("no panic");
        assert!(matches!(session, Ok(Session::SignedIn { .. })), "{session:?}");
        assert_eq!(provider.at(Endpoint::Token).count(), 1);
    }

    /// Those that answer nothing: with another `state`, or from elsewhere.
    fn hostile_callbacks(state: &str) -> impl Iterator<Item = Hostile> {
        let mut runner = TestRunner::deterministic();
        let bytes = vec(any::<u8>(), 0..256);
        let generated =
            std::iter::from_fn(move || bytes.new_tree(&mut runner).ok()).map(|tree| tree.current());
        let hostile = generated.map(|bytes| Hostile::generate(&mut Input::new(&bytes), state));
        hostile.filter(|hostile| !hostile.answers(DEEP_LINK, state)).take(1000)
    }

    fn start(provider: &FakeProvider) -> (Keyfob, mpsc::UnboundedReceiver<EndpointUrl>) {
        let config = json!({
            "issuer": provider.issuer(), "clientId": provider.client_id(), "redirect": "deepLink",
        });
        let (urls, browser) = mpsc::unbounded_channel();
        let opener: Opener =
            Arc::new(move |url| urls.send(url.clone()).map_err(|_| std::io::Error::other("nobody looks")));
        let keyfob = Keyfob::builder(opener)
            .deep_link_scheme(Some("dev.keyfob.desktop".to_owned()))
            .start(Config::from_json(config), Memory::default());
        (keyfob, browser)
    }
}
