//! An audience that lacks the person's consent, beside the sign-in's own.

use fake_provider::Endpoint;
use keyfob::{ErrorCode, Failure};
use serde_json::json;

use crate::{
    check::{Check, Figure, Outcome, Scale},
    scene::Scene,
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "refresh-consent",
    target: "200 refreshes for an audience that answers invalid_grant or consent_required among 200 for the sign-in's own: 0 sign-outs, 1 request to that audience, interaction_required each time",
    guard: "latch",
    n_full: 800,
    body: |scale| Box::pin(consent(scale)),
}];

const OWN: &str = "https://api.example";
const OTHER: &str = "https://other.example";

async fn consent(scale: Scale) -> Outcome {
    let rounds = scale.of(200);
    let (mut endings, mut requests, mut wrong, mut failed) = (0, 0, 0, 0);
    for refusal in ["invalid_grant", "consent_required"] {
        let resources = json!([
            { "origin": OWN, "audience": OWN },
            { "origin": OTHER, "audience": OTHER },
        ]);
        let mut scene = Scene::with(json!({ "audience": OWN, "resources": resources })).await;
        scene.provider.token().refuse_audience(OTHER, refusal);
        scene.sign_in().await;
        let ends = scene.app.endings();
        for _ in 0..rounds {
            scene.expire();
            let refused = scene.app.token_for(Some(OTHER)).await;
            let told = refused.is_err_and(|error| error.code() == ErrorCode::InteractionRequired);
            wrong += usize::from(!told);
            failed += usize::from(scene.app.token().await.is_err());
        }
        endings += ends.count().await;
        let sent = scene.provider.at(Endpoint::Token).requests();
        let to_other = |form: &fake_provider::Parameters| {
            form.get("grant_type") == Some("refresh_token") && form.get("resource") == Some(OTHER)
        };
        requests = requests.max(sent.iter().filter(|request| to_other(&request.form)).count());
    }
    Outcome::new(
        rounds * 4,
        [
            Figure::none(endings, "sign-outs"),
            Figure::exactly(1, requests, "requests to that audience"),
            Figure::none(wrong, "other answers than interaction_required"),
            Figure::none(failed, "failures of the sign-in's own"),
        ],
    )
}
