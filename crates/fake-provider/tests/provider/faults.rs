//! Faults, gates and forged ID tokens.

use std::io::Read as _;
use std::time::{Duration, Instant, UNIX_EPOCH};

use fake_provider::{Answer, Endpoint, FakeProvider, Fault, IdTokens, Rotation, Signature};
use flate2::read::GzDecoder;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{VERIFIER, get, part, refresh, refresh_raw, sign_in, try_refresh};

#[tokio::test]
async fn a_dropped_request_changes_nothing_and_a_lost_answer_rotates() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    provider.token().next(Fault::ConnectionDropped).next(Fault::AnswerLost);
    assert!(try_refresh(&provider, &refresh_token).await.is_err());
    assert!(!provider.revoked(&refresh_token));
    assert!(try_refresh(&provider, &refresh_token).await.is_err());
    assert_eq!(provider.issued().refresh_tokens.len(), 2, "the second one never arrived");
    assert_eq!(refresh(&provider, &refresh_token).await.member("error"), "invalid_grant");
}

#[tokio::test]
async fn a_truncated_answer_has_a_head_and_half_a_body() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    provider.token().next(Fault::AnswerTruncated);
    let answer = refresh(&provider, &refresh_token).await;
    assert!(answer.head.contains("transfer-encoding: chunked"));
    assert!(
        answer.body.contains("{\"access_token\"") && !answer.body.ends_with("0\r\n\r\n"),
        "{}",
        answer.body
    );
    assert_eq!(provider.issued().refresh_tokens.len(), 2);
}

#[tokio::test]
async fn an_answer_is_reset_at_the_byte_that_was_asked_for_after_the_work_was_done() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    provider.token().rotation(Rotation::Grace);
    for bytes in [0, 1, 100, 600] {
        provider.token().next(Fault::ResetAt(bytes));
        let (received, end) = refresh_raw(&provider, &refresh_token).await;
        assert_eq!(received.len(), bytes);
        assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    }
    assert_eq!(provider.rotations().len(), 1, "the first one rotated, the others were given the same");
    assert_eq!(refresh(&provider, &refresh_token).await.status, 200);
}

#[tokio::test]
async fn a_delayed_answer_comes_late_and_holds_up_nobody_else() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    let delay = Duration::from_millis(300);
    provider.token().next(Fault::AnswerDelayed(delay));
    let began = Instant::now();
    let late = async {
        assert_eq!(refresh(&provider, &refresh_token).await.status, 200);
        began.elapsed()
    };
    let others = async {
        provider.at(Endpoint::Token).arrived(2).await;
        assert_eq!(refresh(&provider, "unknown").await.status, 400);
        began.elapsed()
    };
    let (late, others) = tokio::join!(late, others);
    assert!(late >= delay && others < delay, "{late:?}, {others:?}");
}

#[tokio::test]
async fn an_answer_can_be_labelled_wrongly() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    provider.token().next(Fault::ContentType("text/html"));
    let answer = refresh(&provider, &refresh_token).await;
    assert!(answer.head.contains("content-type: text/html\r\n"));
    assert!(answer.member("refresh_token").starts_with("fake-rt-"));
}

#[tokio::test]
async fn a_decompression_bomb_is_small_until_it_is_inflated() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    provider.token().next(Answer::decompression_bomb());
    let (received, end) = refresh_raw(&provider, &refresh_token).await;
    assert!(end.is_ok() && received.len() < 64 * 1024, "{} bytes", received.len());
    let head = received.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let mut inflated = Vec::new();
    GzDecoder::new(&received[head..]).read_to_end(&mut inflated).unwrap();
    assert!(inflated.len() > 1024 * 1024 && inflated.ends_with(b"x\"}"));
    assert!(!provider.revoked(&refresh_token) && provider.rotations().is_empty());
}

#[tokio::test]
async fn faults_wait_in_line() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    let token = provider.at(Endpoint::Token);
    token
        .next(Answer::html_page())
        .next(Answer::not_json())
        .next(Answer::status(400))
        .next(Answer::status(429).retry_after(7))
        .next(Answer::status(503).retry_at(UNIX_EPOCH + Duration::from_secs(1_000_000_000)))
        .next(Answer::invalid_grant())
        .next(Answer::oversized())
        .always(Answer::status(500));
    let page = refresh(&provider, &refresh_token).await;
    assert!(page.status == 200 && page.head.contains("text/html"));
    let half = refresh(&provider, &refresh_token).await;
    assert!(
        half.head.contains("application/json")
            && serde_json::from_str::<serde_json::Value>(&half.body).is_err()
    );
    let empty = refresh(&provider, &refresh_token).await;
    assert_eq!((empty.status, empty.body.as_str()), (400, ""));
    assert!(refresh(&provider, &refresh_token).await.head.contains("retry-after: 7"));
    let unavailable = refresh(&provider, &refresh_token).await;
    assert!(unavailable.head.contains("retry-after: Sun, 09 Sep 2001 01:46:40 GMT"));
    assert_eq!(refresh(&provider, &refresh_token).await.member("error"), "invalid_grant");
    assert!(refresh(&provider, &refresh_token).await.body.len() > 1024 * 1024);
    for _ in 0..2 {
        assert_eq!(refresh(&provider, &refresh_token).await.status, 500);
    }
    token.heal();
    assert_eq!(refresh(&provider, &refresh_token).await.status, 200);
    assert_eq!(provider.token_requests("refresh_token"), 10);
}

#[tokio::test]
async fn an_endless_body_goes_on() {
    let provider = FakeProvider::start().await;
    provider.at(Endpoint::Jwks).next(Fault::EndlessBody);
    let mut stream = TcpStream::connect(provider.origin().trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET /jwks HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    stream.read_exact(&mut vec![0; 4 * 1024 * 1024]).await.unwrap();
}

#[tokio::test]
async fn a_gate_holds_requests_until_it_opens() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    let gate = provider.at(Endpoint::Token).hold();
    let test = async {
        gate.arrived().await;
        assert_eq!(provider.issued().refresh_tokens.len(), 1, "nothing happens before the gate opens");
        gate.release();
    };
    let (answer, ()) = tokio::join!(refresh(&provider, &refresh_token), test);
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_gate_for_answers_holds_when_the_work_is_done() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    let gate = provider.at(Endpoint::Token).hold_answers();
    let test = async {
        gate.arrived().await;
        assert_eq!(provider.issued().refresh_tokens.len(), 2);
        provider.go_down();
    };
    let (answer, ()) = tokio::join!(try_refresh(&provider, &refresh_token), test);
    assert!(answer.is_err());
}

#[tokio::test]
async fn the_server_goes_on_when_the_client_goes_away() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    let before = provider.at(Endpoint::Token).hold();
    let after = provider.at(Endpoint::Token).hold_answers();
    tokio::select! {
        _ = try_refresh(&provider, &refresh_token) => unreachable!("the gate is shut"),
        () = before.arrived() => {}
    }
    before.release();
    after.arrived().await;
    assert_eq!(provider.issued().refresh_tokens.len(), 2);
    after.release();
    provider.at(Endpoint::Token).idle().await;
}

#[tokio::test]
async fn it_is_idle_once_it_has_done_what_those_wanted_who_went_away() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    let token = provider.at(Endpoint::Token);
    let gate = token.hold();
    tokio::select! {
        _ = try_refresh(&provider, &refresh_token) => unreachable!("the gate is shut"),
        () = gate.arrived() => {}
    }
    let mut idle = std::pin::pin!(token.idle());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(idle.as_mut().poll(&mut context).is_pending());
    gate.release();
    idle.await;
    assert_eq!(provider.rotations().len(), 1);
}

#[tokio::test]
async fn dates_are_those_of_the_providers_clock() {
    let provider = FakeProvider::start().await;
    provider.set_clock(UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    let metadata = get(&provider.url(Endpoint::Discovery), None).await;
    assert!(metadata.head.contains("date: Sun, 09 Sep 2001 01:4"));
    let claims = part(&sign_in(&provider, &[]).await.member("id_token"), 1);
    assert_eq!(claims["iat"].as_u64().unwrap() / 1000, 1_000_000);
}

#[tokio::test]
async fn a_provider_goes_down_and_comes_back_with_what_it_knew() {
    let provider = FakeProvider::start().await;
    let refresh_token = sign_in(&provider, &[]).await.member("refresh_token");
    provider.go_down();
    let refused = try_refresh(&provider, &refresh_token).await.err().unwrap();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    provider.come_back();
    assert_eq!(refresh(&provider, &refresh_token).await.status, 200);
    provider.at(Endpoint::Token).arrived(2).await;
}

#[tokio::test]
async fn id_tokens_can_be_forged() {
    let provider = FakeProvider::start().await;
    provider.id_token().claim("nonce", "another").without("sub").without_kid().signature(Signature::None);
    let forged = sign_in(&provider, &[]).await.member("id_token");
    assert_eq!(part(&forged, 0), json!({ "alg": "none", "typ": "JWT" }));
    assert_eq!(part(&forged, 1)["nonce"], "another");
    assert!(part(&forged, 1)["sub"].is_null() && forged.ends_with('.'));

    provider.id_token().reset().signature(Signature::Hs256);
    let confused = sign_in(&provider, &[]).await.member("id_token");
    assert_eq!(part(&confused, 0)["alg"], "HS256");

    provider.token().id_tokens(IdTokens::Never);
    assert!(sign_in(&provider, &[]).await.json()["id_token"].is_null());
}

#[tokio::test]
async fn token_answers_can_be_bent() {
    let provider = FakeProvider::start().await;
    provider.token().expires_in("3600").token_type("bEARER").without_refresh_token();
    let answer = sign_in(&provider, &[]).await.json();
    assert_eq!((&answer["expires_in"], &answer["token_type"]), (&json!("3600"), &json!("bEARER")));
    assert!(answer["refresh_token"].is_null());
    provider.token().without_expires_in().member("extra", 1).without("scope");
    let answer = sign_in(&provider, &[]).await.json();
    assert_eq!(answer["extra"], 1);
    assert!(answer["expires_in"].is_null() && answer["scope"].is_null());
}

#[tokio::test]
async fn a_lifetime_is_sent_as_it_was_scripted() {
    let provider = FakeProvider::start().await;
    for lifetime in [json!(0), json!(-1), json!(u64::MAX), json!(1e300), json!("soon"), json!(null)] {
        provider.token().expires_in(lifetime.clone());
        let answer = sign_in(&provider, &[]).await;
        assert_eq!(answer.json()["expires_in"], lifetime);
        assert_eq!(get(&provider.api_url(), Some(&answer.member("access_token"))).await.status, 200);
    }
}

#[tokio::test]
async fn documents_can_be_bent() {
    let provider = FakeProvider::start().await;
    provider.metadata(|document| document["issuer"] = json!("https://elsewhere.example"));
    provider.jwks(|jwks| jwks["keys"] = json!([]));
    let metadata = get(&provider.url(Endpoint::Discovery), None).await;
    assert_eq!(metadata.member("issuer"), "https://elsewhere.example");
    assert_eq!(get(&provider.url(Endpoint::Jwks), None).await.json(), json!({ "keys": [] }));
}

#[tokio::test]
async fn everything_secret_is_remembered_for_a_leak_scan() {
    let provider = FakeProvider::start().await;
    let tokens = sign_in(&provider, &[]).await;
    let issued = provider.issued();
    let secrets: Vec<_> = issued.secrets().collect();
    assert_eq!(secrets.len(), 4);
    assert!(secrets.contains(&VERIFIER) && secrets.contains(&tokens.member("id_token").as_str()));
    assert_eq!(issued.access_tokens, [tokens.member("access_token")]);
}
