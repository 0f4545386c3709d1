//! Several accounts: one is the current one, and none is ever mistaken for another.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, ended, within};
use fake_provider::{Endpoint, Person, Rotation};
use keyfob::{AccountInfo, ErrorCode, EventKind, Failure, Mode, Session, SignOutOptions, StoreError};

const ADA: &str = "fake-sub-ada";
const GRACE: &str = "fake-sub-grace";

/// Ada has signed in, and then grace.
async fn two_accounts() -> Scene {
    let mut scene = Scene::start().await;
    scene.provider.token().rotation(Rotation::Strict);
    sign_in_as(&mut scene, ADA).await;
    sign_in_as(&mut scene, GRACE).await;
    scene
}

async fn sign_in_as(scene: &mut Scene, subject: &str) {
    scene.provider.person(Person::new(subject).name(subject).email("mail@example.com"));
    scene.sign_in().await;
}

async fn accounts(scene: &Scene) -> Vec<AccountInfo> {
    within(scene.keyfob.accounts()).await.expect("the store obeys")
}

async fn listed(scene: &Scene) -> Vec<(String, bool)> {
    accounts(scene).await.into_iter().map(|info| (info.account.subject, info.current)).collect()
}

async fn id(scene: &Scene, subject: &str) -> String {
    let mut accounts = accounts(scene).await.into_iter();
    accounts.find(|info| info.account.subject == subject).expect("it is listed").account.id
}

fn subject(session: &Session) -> Option<&str> {
    match session {
        Session::SignedIn { user, .. } => Some(&user.subject),
        _ => None,
    }
}

/// Whose token the engine gives.
async fn token_of(scene: &Scene) -> Option<String> {
    let token = scene.token().await.ok()?;
    Some(scene.provider.access_token(token.access_token.expose())?.person.sub)
}

fn both(current: &str) -> Vec<(String, bool)> {
    [ADA, GRACE].map(|subject| (subject.to_owned(), subject == current)).into()
}

#[tokio::test]
async fn each_account_keeps_its_own_session_and_the_current_one_gives_the_tokens() {
    let mut scene = two_accounts().await;
    assert_eq!(listed(&scene).await, both(GRACE));
    let info = &accounts(&scene).await[0];
    assert_eq!((info.name.as_deref(), info.email.as_deref()), (Some(ADA), Some("mail@example.com")));
    for current in [ADA, GRACE, GRACE, ADA] {
        let account = id(&scene, current).await;
        let session = within(scene.keyfob.switch_account(&account)).await.expect("it is there");
        assert_eq!(subject(&session), Some(current));
        assert_eq!(subject(&scene.keyfob.snapshot().session), Some(current));
        assert_eq!(listed(&scene).await, both(current));
        scene.expire();
        assert_eq!(token_of(&scene).await.as_deref(), Some(current));
    }
    assert_eq!(scene.provider.replays(), 0);
    scene.restart();
    assert_eq!(subject(&scene.restored().await), Some(ADA));
    assert_eq!(listed(&scene).await, both(ADA));
}

#[tokio::test]
async fn the_same_person_again_takes_the_place_of_what_was_there() {
    let mut scene = two_accounts().await;
    let items = scene.store.len();
    sign_in_as(&mut scene, ADA).await;
    assert_eq!(listed(&scene).await, both(ADA));
    assert_eq!(scene.store.len(), items);
    assert_eq!(token_of(&scene).await.as_deref(), Some(ADA));
}

#[tokio::test]
async fn what_is_in_flight_for_the_account_before_is_kept_for_it_and_given_to_nobody() {
    let scene = two_accounts().await;
    let (ada, grace) = (id(&scene, ADA).await, id(&scene, GRACE).await);
    scene.expire();
    let gate = scene.provider.at(Endpoint::Token).hold_answers();
    let answer = scene.ask(None, Mode::Default).await;
    gate.arrived().await;
    within(scene.keyfob.switch_account(&ada)).await.expect("it is there");
    // Only the refresh for grace waits.
    scene.provider.at(Endpoint::Token).hold_answers().release();
    assert_eq!(token_of(&scene).await.as_deref(), Some(ADA), "nobody waits for another account's refresh");
    gate.release();
    assert_eq!(ended(answer).await.expect_err("it was for grace").code(), ErrorCode::Superseded);
    within(scene.keyfob.switch_account(&grace)).await.expect("it is there");
    scene.expire();
    assert_eq!(token_of(&scene).await.as_deref(), Some(GRACE), "its refresh token has been kept");
    assert_eq!(scene.provider.replays(), 0);
}

#[tokio::test]
async fn a_switch_in_another_process_is_followed_and_no_token_of_the_account_before_is_given() {
    let scene = two_accounts().await;
    let second = scene.second_process().await;
    let ada = id(&scene, ADA).await;
    scene.expire();
    let gate = scene.provider.at(Endpoint::Token).hold_answers();
    let answer = scene.ask(None, Mode::Default).await;
    gate.arrived().await;
    within(second.switch_account(&ada)).await.expect("it is there");
    gate.release();
    assert_eq!(ended(answer).await.expect_err("it was for grace").code(), ErrorCode::Superseded);
    assert_eq!(subject(&scene.keyfob.snapshot().session), Some(ADA));
    assert_eq!(token_of(&scene).await.as_deref(), Some(ADA));
}

#[tokio::test]
async fn switching_to_the_account_that_another_process_has_left_makes_it_the_current_one_again() {
    let scene = two_accounts().await;
    let (ada, grace) = (id(&scene, ADA).await, id(&scene, GRACE).await);
    let second = scene.second_process().await;
    within(second.switch_account(&ada)).await.expect("it is there");
    let session = within(scene.keyfob.switch_account(&grace)).await.expect("it is there");
    assert_eq!(subject(&session), Some(GRACE));
    assert_eq!(listed(&scene).await, both(GRACE));
    scene.expire();
    assert_eq!(token_of(&scene).await.as_deref(), Some(GRACE));
}

#[tokio::test]
async fn removing_an_account_leaves_the_others_and_removing_the_current_one_leaves_nobody_current() {
    let mut scene = two_accounts().await;
    let (ada, grace) = (id(&scene, ADA).await, id(&scene, GRACE).await);
    within(scene.keyfob.remove_account(&ada)).await.expect("the store obeys");
    assert_eq!(listed(&scene).await, [(GRACE.to_owned(), true)]);
    assert_eq!(token_of(&scene).await.as_deref(), Some(GRACE));
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    for gone in [&ada, "no-such-account"] {
        let switched = within(scene.keyfob.switch_account(gone)).await;
        assert_eq!(switched.expect_err("it is gone").code(), ErrorCode::AccountNotFound);
        let removed = within(scene.keyfob.remove_account(gone)).await;
        assert_eq!(removed.expect_err("it is gone").code(), ErrorCode::AccountNotFound);
    }

    sign_in_as(&mut scene, ADA).await;
    within(scene.keyfob.remove_account(&ada)).await.expect("the store obeys");
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    assert_eq!(listed(&scene).await, [(GRACE.to_owned(), false)]);
    scene.restart();
    assert_eq!(scene.restored().await, Session::SignedOut);
    within(scene.keyfob.switch_account(&grace)).await.expect("it is there");
    assert_eq!(token_of(&scene).await.as_deref(), Some(GRACE));
    within(scene.keyfob.remove_account(&grace)).await.expect("the store obeys");
    assert_eq!(scene.store.len(), 0);
}

#[tokio::test]
async fn a_sign_out_ends_them_all() {
    let mut scene = two_accounts().await;
    within(scene.keyfob.sign_out(SignOutOptions::default())).await.expect("the store obeys");
    assert_eq!(scene.store.len(), 0);
    assert_eq!(accounts(&scene).await, []);
    scene.provider.at(Endpoint::Revocation).arrived(2).await;
    scene.restart();
    assert_eq!(scene.restored().await, Session::SignedOut);
}

#[tokio::test]
async fn an_account_that_has_to_sign_in_again_is_still_listed_and_can_be_left() {
    let scene = two_accounts().await;
    let ada = id(&scene, ADA).await;
    scene.provider.end_sessions();
    scene.expire();
    assert_eq!(scene.token().await.expect_err("it has ended").code(), ErrorCode::ReauthRequired);
    assert_eq!(listed(&scene).await, both(GRACE));
    let session = within(scene.keyfob.switch_account(&ada)).await.expect("it is there");
    assert_eq!(subject(&session), Some(ADA));
}

#[tokio::test]
async fn a_keychain_that_refuses_leaves_the_current_account_as_it_is() {
    let scene = two_accounts().await;
    let ada = id(&scene, ADA).await;
    scene.store.refuse_changes(StoreError::Locked);
    let switched = within(scene.keyfob.switch_account(&ada)).await;
    assert_eq!(switched.expect_err("it is locked").code(), ErrorCode::KeychainLocked);
    assert_eq!(subject(&scene.keyfob.snapshot().session), Some(GRACE));
    scene.store.refuse(StoreError::Locked);
    assert_eq!(scene.keyfob.accounts().await.map_err(|error| error.code()), Err(ErrorCode::KeychainLocked));
    scene.store.accept();
    assert_eq!(listed(&scene).await, both(GRACE));
}

#[tokio::test]
async fn what_the_keychain_did_not_take_of_the_current_account_is_kept_before_it_is_left() {
    let scene = two_accounts().await;
    let (ada, grace) = (id(&scene, ADA).await, id(&scene, GRACE).await);
    scene.expire();
    scene.store.refuse_changes(StoreError::Unavailable { reason: "full".to_owned() });
    scene.token().await.expect("a token");
    let degraded = |session: &Session| matches!(session, Session::SignedIn { storage_degraded: true, .. });
    scene.until(|snapshot| degraded(&snapshot.session)).await;
    scene.keyfob.switch_account(&ada).await.expect_err("grace's session would be lost");
    scene.store.accept();
    within(scene.keyfob.switch_account(&ada)).await.expect("it is there");
    within(scene.keyfob.switch_account(&grace)).await.expect("it is there");
    scene.expire();
    assert_eq!(token_of(&scene).await.as_deref(), Some(GRACE));
    assert_eq!(scene.provider.replays(), 0);
    let kinds: Vec<_> = scene.keyfob.events().into_iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::StorageDegraded) && kinds.contains(&EventKind::AccountSwitched));
}

#[tokio::test]
async fn the_one_session_of_an_earlier_version_becomes_the_first_account() {
    let mut scene = Scene::start().await;
    sign_in_as(&mut scene, ADA).await;
    let items = scene.store.copy();
    let named = |prefix: &str| items.iter().find(|(key, _)| key.starts_with(prefix)).expect("an item");
    let (index, _) = named("accounts-");
    let (account, session) = named("account-");
    let before = index.replace("accounts-", "session-");
    scene.store.restore([(before.clone(), session.clone())].into());
    scene.restart();
    assert_eq!(subject(&scene.restored().await), Some(ADA));
    assert_eq!(listed(&scene).await, [(ADA.to_owned(), true)]);
    let now = scene.store.copy();
    assert!(now.contains_key(account) && now.contains_key(index) && !now.contains_key(&before));
}
