//! Sign-outs and sign-ins that come while a refresh is under way: they win.

#[expect(dead_code, reason = "each file of tests uses a part of it")]
mod common;

use common::{Scene, ended, waits};
use fake_provider::{Endpoint, Person};
use keyfob::{ErrorCode, Failure, Mode, Session, SignOutOptions};

#[tokio::test]
async fn a_sign_out_during_a_refresh_wins_and_what_the_refresh_brings_is_revoked() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    let gate = scene.provider.at(Endpoint::Token).hold_answers();
    let answer = scene.ask(None, Mode::Default).await;
    gate.arrived().await;
    scene.keyfob.sign_out(SignOutOptions::default()).await.expect("the store obeys");
    assert_eq!(scene.keyfob.snapshot().session, Session::SignedOut);
    let generation = scene.keyfob.snapshot().generation;
    gate.release();
    let error = ended(answer).await.expect_err("nobody is signed in");
    assert_eq!(error.code(), ErrorCode::NotAuthenticated);

    scene.provider.at(Endpoint::Revocation).arrived(2).await;
    let revoked = scene.provider.at(Endpoint::Revocation).requests();
    for token in scene.provider.issued().refresh_tokens {
        assert!(revoked.iter().any(|request| request.form.get("token") == Some(token.as_str())));
    }
    let snapshot = scene.keyfob.snapshot();
    assert_eq!((snapshot.session, snapshot.generation), (Session::SignedOut, generation));
    assert_eq!(scene.store.len(), 0, "nothing comes back");
    scene.restart();
    assert_eq!(scene.restored().await, Session::SignedOut);
}

#[tokio::test]
async fn a_sign_out_while_new_tokens_are_being_kept_takes_them_away_again() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    let held = scene.store.hold();
    let answer = scene.ask(None, Mode::Default).await;
    held.arrived().await;
    let keyfob = scene.keyfob.clone();
    let sign_out = waits(async move { keyfob.sign_out(SignOutOptions::default()).await }).await;
    drop(held);
    ended(sign_out).await.expect("the store obeys");
    let error = ended(answer).await.expect_err("nobody is signed in");
    assert_eq!(error.code(), ErrorCode::NotAuthenticated);
    assert_eq!(scene.store.len(), 0);
    let rotated = scene.provider.issued().refresh_tokens.pop().expect("it was rotated");
    scene.provider.at(Endpoint::Revocation).arrived(1).await;
    let requests = scene.provider.at(Endpoint::Revocation).requests();
    assert!(requests.iter().any(|request| request.form.get("token") == Some(rotated.as_str())));
}

#[tokio::test]
async fn a_refresh_for_the_person_before_is_given_to_nobody_and_kept_for_them() {
    let mut scene = Scene::start().await;
    scene.sign_in().await;
    scene.expire();
    let sign_in = scene.click();
    let url = scene.opened().await;
    scene.provider.person(Person::new("fake-sub-grace").name("Grace Hopper"));
    let callback = scene.provider.approve(&url).await;
    let gate = scene.provider.at(Endpoint::Token).hold_answers();
    let answer = scene.ask(None, Mode::Default).await;
    gate.arrived().await;
    // Only the refresh waits: the sign-in's own exchange finds an open gate.
    scene.provider.at(Endpoint::Token).hold_answers().release();
    scene.comes_back(&callback).await;
    let session = ended(sign_in).await.expect("the provider agrees");
    assert!(matches!(&session, Session::SignedIn { user, .. } if user.subject == "fake-sub-grace"));
    gate.release();
    let error = ended(answer).await.expect_err("it was for ada");
    assert_eq!(error.code(), ErrorCode::Superseded);
    assert_eq!(scene.provider.at(Endpoint::Revocation).count(), 0);
    let [_, rotated, graces] = &scene.provider.issued().refresh_tokens[..] else { panic!("three") };
    assert_eq!(scene.store.refresh_token_of("fake-sub-ada").as_ref(), Some(rotated));
    assert_eq!(scene.store.refresh_token_of("fake-sub-grace").as_ref(), Some(graces));
    let token = scene.token().await.expect("a token");
    let known = scene.provider.access_token(token.access_token.expose());
    assert_eq!(known.map(|token| token.person.sub).as_deref(), Some("fake-sub-grace"));
}
