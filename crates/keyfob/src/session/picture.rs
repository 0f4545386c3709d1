//! The person's picture: fetched here, so that a window needs no remote sources, and handed on as a `data:` URL.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, Request, StatusCode, header};

use super::{Keyfob, state::State};
use crate::{
    endpoint::EndpointUrl,
    http::{Http, Limits, OTHER_LIMITS},
};

const LIMITS: Limits = Limits { timeout: OTHER_LIMITS.timeout, body: 512 * 1024 };

/// What browsers show and what can hold no script: no SVG.
const KINDS: [(&[u8], &str); 4] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
];

impl Keyfob {
    /// Fetches the picture of whoever is signed in, unseen; without one people see initials.
    pub(super) fn fetch_picture(&self) {
        let (epoch, url) = {
            let core = self.core();
            match &core.state {
                State::SignedIn(session) if session.identity.user.picture.is_none() => {
                    (core.epoch, session.identity.picture_url.clone())
                }
                _ => return,
            }
        };
        let Some(url) = url else { return };
        let keyfob = self.clone();
        tokio::spawn(async move {
            let Ok(setup) = keyfob.setup() else { return };
            let Some(picture) = fetch(&setup.http, &url, setup.config.issuer.is_loopback()).await else {
                return;
            };
            if let Some(session) = keyfob.core().signed_in(epoch) {
                session.identity.user.picture = Some(picture);
            }
            keyfob.publish();
        });
    }
}

/// Fetches a picture from a URL that the provider wrote: without a token, without following redirects, and never from
/// this machine, unless the provider itself runs on it.
async fn fetch(http: &Http, url: &str, loopback_allowed: bool) -> Option<String> {
    let url = EndpointUrl::parse(url).ok().filter(|url| loopback_allowed || !url.is_loopback())?;
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = url.as_str().parse().ok()?;
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("image/*"));
    let response = http.execute(request, LIMITS).await.ok()?;
    if response.status() != StatusCode::OK {
        return None;
    }
    data_url(response.body())
}

/// What it is, is seen from its first bytes; what the server calls it doesn't count.
fn data_url(image: &[u8]) -> Option<String> {
    let (_, kind) = KINDS.iter().find(|(magic, _)| image.starts_with(magic))?;
    Some(format!("data:{kind};base64,{}", STANDARD.encode(image)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_begins_like_an_image_becomes_a_picture() {
        assert_eq!(data_url(b"GIF89a").as_deref(), Some("data:image/gif;base64,R0lGODlh"));
        assert_eq!(data_url(b"<svg onload=alert(1)>"), None);
        assert_eq!(data_url(b""), None);
    }
}
