//! What the provider saw: requests at once, rotations, replays; and that a long run doesn't slow it down.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fake_provider::{Endpoint, FakeProvider, Rotation, fingerprint};

use crate::client::{post, refresh, sign_in};

#[tokio::test]
async fn requests_at_once_are_counted() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    let token = provider.at(Endpoint::Token);
    assert_eq!((token.count(), token.most_at_once()), (1, 1));
    provider.token().rotation(Rotation::None);
    for _ in 0..3 {
        assert_eq!(refresh(&provider, &refresh_token).await.status, 200);
    }
    assert_eq!(token.most_at_once(), 1, "one after the other");
    let gate = token.hold();
    let opens = async {
        gate.arrived_times(3).await;
        gate.release();
    };
    let one = || refresh(&provider, &refresh_token);
    tokio::join!(one(), one(), one(), opens);
    assert_eq!((token.count(), token.most_at_once()), (7, 3));
    assert_eq!(provider.token_requests("refresh_token"), 6);
    assert_eq!(provider.at(Endpoint::Jwks).most_at_once(), 0);
}

#[tokio::test]
async fn uses_at_once_are_counted_for_each_family_of_refresh_tokens() {
    let provider = FakeProvider::start().await;
    provider.token().rotation(Rotation::Grace);
    let before = Instant::now();
    let first = sign_in(&provider, &[]).await.member("refresh_token");
    let second = refresh(&provider, &first).await.member("refresh_token");
    let of_another = sign_in(&provider, &[]).await.member("refresh_token");
    let token = provider.at(Endpoint::Token);
    let gate = token.hold();
    let opens = async {
        gate.arrived_times(2).await;
        gate.release();
    };
    tokio::join!(refresh(&provider, &second), refresh(&provider, &of_another), opens);
    assert_eq!(provider.most_uses_at_once(), 1, "two families");
    let gate = token.hold_answers();
    let opens = async {
        gate.arrived_times(2).await;
        gate.release();
    };
    tokio::join!(refresh(&provider, &second), refresh(&provider, &second), opens);
    assert_eq!(provider.most_uses_at_once(), 2);
    let arrivals: Vec<_> = provider.requests().into_iter().map(|request| request.at).collect();
    assert!(arrivals.is_sorted() && arrivals[0] > before);
}

#[tokio::test]
async fn each_rotation_is_logged_with_its_moment() {
    let provider = FakeProvider::start().await;
    // The provider's own clock is not the one that counts here.
    provider.set_clock(UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    let now = || u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap();
    let first = sign_in(&provider, &[]).await.member("refresh_token");
    assert!(provider.rotations().is_empty());
    let before = now();
    let second = refresh(&provider, &first).await.member("refresh_token");
    let [rotated] = provider.rotations().try_into().unwrap();
    assert!(before <= rotated.at && rotated.at <= now());
    assert_eq!((rotated.used, rotated.refresh_token), (fingerprint(&first), second));
}

#[tokio::test]
async fn a_replay_is_counted_whatever_comes_of_it() {
    let provider = FakeProvider::start().await;
    provider.token().rotation(Rotation::Grace);
    let first = sign_in(&provider, &[]).await.member("refresh_token");
    let second = refresh(&provider, &first).await.member("refresh_token");
    assert_eq!(provider.replays(), 0);
    assert_eq!(refresh(&provider, &first).await.status, 200);
    assert_eq!(provider.replays(), 1);
    provider.token().rotation(Rotation::Strict);
    assert_eq!(refresh(&provider, &first).await.status, 400);
    assert_eq!(provider.replays(), 2);
    assert_eq!(refresh(&provider, &second).await.status, 400, "the family has ended");
    assert_eq!(provider.replays(), 2, "and yet this one was never replaced");
}

#[tokio::test]
async fn what_is_forgotten_is_no_longer_there_and_the_session_goes_on() {
    let provider = FakeProvider::start().await;
    let mut refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    for _ in 0..3 {
        refresh_token = refresh(&provider, &refresh_token).await.member("refresh_token");
    }
    provider.forget();
    assert!(provider.requests().is_empty() && provider.rotations().is_empty());
    assert_eq!(provider.issued().secrets().count(), 0);
    assert_eq!(provider.token_requests("refresh_token"), 3);
    let next = refresh(&provider, &refresh_token).await;
    assert_eq!(next.status, 200);
    assert_eq!(refresh(&provider, &refresh_token).await.status, 400, "a replay is known for one");
    assert_eq!(provider.replays(), 1);
    assert!(provider.revoked(&next.member("access_token")));
}

#[tokio::test]
async fn many_sessions_and_many_refreshes_are_quick() {
    let provider = FakeProvider::start().await;
    let mut sessions = Vec::new();
    for _ in 0..50 {
        sessions.push(sign_in(&provider, &[]).await.member("refresh_token"));
    }
    let round = async |sessions: &mut Vec<String>| {
        let began = Instant::now();
        for refresh_token in sessions {
            *refresh_token = refresh(&provider, refresh_token).await.member("refresh_token");
        }
        began.elapsed()
    };
    let first = round(&mut sessions).await;
    for _ in 0..8 {
        round(&mut sessions).await;
    }
    let last = round(&mut sessions).await;
    // Ten times the tokens; a busy machine is allowed for.
    assert!(last < first * 4 + Duration::from_secs(1), "{first:?}, then {last:?}");
    let form = [("client_id", provider.client_id()), ("token", &sessions[0])];
    assert_eq!(post(&provider.url(Endpoint::Revocation), &form).await.status, 200);
}
