//! Every way in which a refresh can fail: what the caller is told, and what becomes of the session.

use std::time::{Duration, SystemTime};

use fake_provider::{Answer, Endpoint, Fault, Rotation, TokenScript};
use keyfob::{ErrorCode, Failure};
use serde_json::{Value, json};

use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::{Scene, within},
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "refresh-faults",
    target: "every fault: session kept where transient, exactly 1 sign-out event where terminal, then 0 requests in the following 10 minutes; documented code each time",
    guard: "transient",
    n_full: 38,
    body: |scale| Box::pin(faults(scale)),
}];

/// What has to come of a fault.
#[derive(Clone, Copy)]
enum Wanted {
    /// A token, by a prompt retry or because nothing is wrong.
    Token,
    /// This code; the session lives, and gives a token once the fault is gone.
    Passing(ErrorCode),
    /// `reauth_required`, once and for all.
    Ending,
}

use Wanted::{Ending, Passing, Token};

const OFFLINE: Wanted = Passing(ErrorCode::Offline);
const UNREACHABLE: Wanted = Passing(ErrorCode::ProviderUnreachable);
const REFUSED: Wanted = Passing(ErrorCode::TokenRequestFailed);
const INTERACTION: Wanted = Passing(ErrorCode::InteractionRequired);

type Script = for<'a> fn(TokenScript<'a>) -> TokenScript<'a>;

/// What goes wrong.
enum Trouble {
    /// With every request.
    Always(Fault),
    /// With one request.
    Once(Fault),
    /// With what an honest answer says.
    Says(Script),
}

struct Case {
    name: String,
    trouble: Trouble,
    rotation: Rotation,
    wanted: Wanted,
}

fn cases() -> Vec<Case> {
    let always = |name: &str, fault: Fault, wanted| Case {
        name: name.to_owned(),
        trouble: Trouble::Always(fault),
        rotation: Rotation::Grace,
        wanted,
    };
    let once = |name: &str, fault: Fault, rotation, wanted| Case {
        name: format!("{name}, once, {rotation:?}"),
        trouble: Trouble::Once(fault),
        rotation,
        wanted,
    };
    let says = |name: &str, script: Script| Case {
        name: name.to_owned(),
        trouble: Trouble::Says(script),
        rotation: Rotation::Strict,
        wanted: Token,
    };
    let refused = |error: &str, wanted| always(error, Answer::oauth_error(error).into(), wanted);
    let status = |status: u16, wanted| always(&status.to_string(), Answer::status(status).into(), wanted);
    let unavailable = || Answer::json(503, json!({ "error": "server_error" }));
    // Within the hour that is believed at most.
    let in_ten_minutes = SystemTime::now() + Duration::from_secs(600);
    vec![
        always("dropped before commit", Fault::ConnectionDropped, OFFLINE),
        always("lost after commit", Fault::AnswerLost, OFFLINE),
        always("truncated", Fault::AnswerTruncated, OFFLINE),
        always("reset at byte 1", Fault::ResetAt(1), OFFLINE),
        always("reset at byte 400", Fault::ResetAt(400), OFFLINE),
        always("delayed beyond the timeout", Fault::AnswerDelayed(Duration::from_secs(11)), OFFLINE),
        once("delayed within it", Fault::AnswerDelayed(Duration::from_secs(2)), Rotation::Strict, Token),
        once("dropped before commit", Fault::ConnectionDropped, Rotation::Strict, Token),
        once("lost after commit", Fault::AnswerLost, Rotation::Grace, Token),
        once("lost after commit", Fault::AnswerLost, Rotation::None, Token),
        once("lost after commit", Fault::AnswerLost, Rotation::Strict, Ending),
        once("truncated", Fault::AnswerTruncated, Rotation::Grace, Token),
        once("reset at byte 400", Fault::ResetAt(400), Rotation::Grace, Token),
        always("HTML 200", Answer::html_page().into(), UNREACHABLE),
        always("no JSON", Answer::not_json().into(), UNREACHABLE),
        always("endless body", Fault::EndlessBody, OFFLINE),
        always("oversized", Answer::oversized().into(), OFFLINE),
        always("decompression bomb", Answer::decompression_bomb().into(), OFFLINE),
        always("429 with seconds", Answer::status(429).retry_after(7).into(), UNREACHABLE),
        always("503 with a date", unavailable().retry_at(in_ten_minutes).into(), UNREACHABLE),
        always("503 as an OAuth error", unavailable().into(), UNREACHABLE),
        status(400, UNREACHABLE),
        status(401, UNREACHABLE),
        status(408, UNREACHABLE),
        status(500, UNREACHABLE),
        status(502, UNREACHABLE),
        refused("invalid_scope", REFUSED),
        refused("invalid_target", REFUSED),
        refused("consent_required", INTERACTION),
        refused("interaction_required", INTERACTION),
        refused("login_required", INTERACTION),
        refused("mfa_required", INTERACTION),
        refused("invalid_grant", Ending),
        says("expires_in as a string", |token| token.expires_in("3600")),
        says("expires_in zero", |token| token.expires_in(0)),
        says("expires_in negative", |token| token.expires_in(-1)),
        says("expires_in huge", |token| token.expires_in(Value::from(u64::MAX))),
        says("no expires_in, bEARER, narrowed scope", |token| {
            token.without_expires_in().token_type("bEARER").grant_scope("openid")
        }),
    ]
}

#[derive(Default)]
struct Found {
    lost: usize,
    wrong_codes: usize,
    wrong_endings: usize,
    afterwards: usize,
    notes: Vec<String>,
}

async fn faults(_: Scale) -> Outcome {
    let cases: Vec<_> = cases().into_iter().map(|case| tokio::spawn(tried(case))).collect();
    let n = cases.len();
    let mut all = Found::default();
    for case in cases {
        let found = within(case).await.expect("nothing panics");
        all.lost += found.lost;
        all.wrong_codes += found.wrong_codes;
        all.wrong_endings += found.wrong_endings;
        all.afterwards += found.afterwards;
        all.notes.extend(found.notes);
    }
    let figures = [
        Figure::none(all.lost, "sessions lost"),
        Figure::none(all.wrong_codes, "other codes than documented"),
        Figure::none(all.wrong_endings, "ends without exactly one sign-out event"),
        Figure::none(all.afterwards, "requests after the end"),
    ];
    Outcome::new(n, figures).note(&all.notes)
}

async fn tried(case: Case) -> Found {
    let mut scene = Scene::start().await;
    scene.provider.token().rotation(case.rotation);
    scene.sign_in().await;
    scene.expire();
    let endings = scene.app.endings();
    match case.trouble {
        Trouble::Always(fault) => drop(scene.provider.at(Endpoint::Token).always(fault)),
        Trouble::Once(fault) => drop(scene.provider.at(Endpoint::Token).next(fault)),
        Trouble::Says(script) => {
            script(scene.provider.token());
        }
    }
    let code = scene.app.token().await.err().map(|error| error.code());
    let mut found = Found::default();
    let as_wanted = match case.wanted {
        Token => code.is_none(),
        Passing(wanted) => code == Some(wanted),
        Ending => code == Some(ErrorCode::ReauthRequired),
    };
    if !as_wanted {
        found.wrong_codes += 1;
        let told = code.map_or("a token", ErrorCode::as_str);
        found.notes.push(format!("{}: {told}", case.name));
    }
    if matches!(case.wanted, Ending) {
        let before = scene.refreshes();
        for _ in 0..60 {
            scene.advance(10);
            drop(scene.app.token().await);
        }
        found.afterwards = scene.refreshes() - before;
        found.wrong_endings = usize::from(endings.count().await != 1);
        return found;
    }
    let is_alive = scene.app.signed_in() && endings.count().await == 0;
    scene.provider.at(Endpoint::Token).heal();
    scene.provider.token().reset().rotation(case.rotation);
    // Any pause is over by then, also one that the server asked for; what is latched stays so.
    scene.advance(2 * 3600);
    let is_latched = as_wanted && code.is_some_and(|code| !code.retryable());
    let gives = scene.app.token().await.is_ok() || is_latched;
    if !is_alive || !gives {
        found.lost += 1;
        found.notes.push(format!("{}: lost", case.name));
    }
    found
}
