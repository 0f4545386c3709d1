//! Which request follows a redirect, by the rules of the Fetch standard ("HTTP-redirect fetch").

use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use super::{Hop, body::Body};
use crate::{endpoint::EndpointUrl, error::FetchError};

/// As many as browsers follow.
const MOST: usize = 20;

/// What becomes of redirects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RedirectMode {
    /// They are followed. The token is dropped for good where one leads to another origin.
    #[default]
    Follow,
    /// They are failures.
    Error,
    /// They are answers.
    Manual,
}

pub(super) const BODY_IS_SPENT: &str = "it redirects a request whose body can't be sent again";

/// What the body that is left behind was described by.
const OF_THE_BODY: [HeaderName; 4] =
    [header::CONTENT_ENCODING, header::CONTENT_LANGUAGE, header::CONTENT_LOCATION, header::CONTENT_TYPE];

/// Where an answer leads, if it is a redirect.
pub(super) fn location(status: StatusCode, headers: &HeaderMap) -> Option<&[u8]> {
    let is_redirect = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    headers.get(header::LOCATION).filter(|_| is_redirect).map(http::HeaderValue::as_bytes)
}

/// The request that a redirect asks for.
///
/// Errors: `url_not_allowed` if it leads where nobody may go, `network` if it can't be followed.
pub(super) fn follow(
    hop: Hop,
    status: StatusCode,
    location: &[u8],
    followed: usize,
    allowed: &(dyn Fn(&url::Url) -> bool + Send + Sync),
) -> Result<Hop, FetchError> {
    if followed >= MOST {
        return Err(FetchError::Redirect("it redirects too often"));
    }
    let location = std::str::from_utf8(location)
        .ok()
        .and_then(|location| hop.url.as_url().join(location).ok())
        .ok_or(FetchError::Redirect("it redirects to what is no URL"))?;
    let url = EndpointUrl::parse(location.as_str()).map_err(|_| FetchError::RedirectNotAllowed)?;
    if !allowed(url.as_url()) {
        return Err(FetchError::RedirectNotAllowed);
    }
    let becomes_get = match status.as_u16() {
        301 | 302 => hop.method == Method::POST,
        303 => hop.method != Method::GET && hop.method != Method::HEAD,
        _ => false,
    };
    if becomes_get {
        let mut headers = hop.headers;
        for name in &OF_THE_BODY {
            headers.remove(name);
        }
        return Ok(Hop { url, method: Method::GET, headers, body: Body::default() });
    }
    if !hop.body.is_there() {
        return Err(FetchError::Redirect(BODY_IS_SPENT));
    }
    Ok(Hop { url, ..hop })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn hop(method: Method) -> Hop {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/plain")),
            (header::ACCEPT, HeaderValue::from_static("*/*")),
        ];
        Hop {
            url: EndpointUrl::parse("https://api.example/a/b?c").expect("a URL"),
            method,
            headers: HeaderMap::from_iter(headers),
            body: Body::from("body"),
        }
    }

    fn followed(method: Method, status: u16, location: &str) -> Result<Hop, FetchError> {
        let status = StatusCode::from_u16(status).expect("a status");
        follow(hop(method), status, location.as_bytes(), 0, &|_| true)
    }

    #[test]
    fn a_redirect_keeps_method_and_body_or_becomes_a_get_without_one() {
        for (method, status, becomes_get) in [
            (Method::POST, 301, true),
            (Method::POST, 302, true),
            (Method::POST, 303, true),
            (Method::PUT, 303, true),
            (Method::PUT, 301, false),
            (Method::POST, 307, false),
            (Method::DELETE, 308, false),
            (Method::HEAD, 303, false),
        ] {
            let hop = followed(method.clone(), status, "/c").expect("a request");
            let expected = if becomes_get { Method::GET } else { method };
            assert_eq!((hop.method, hop.body.length()), (expected, Some(if becomes_get { 0 } else { 4 })));
            assert_eq!(hop.headers.contains_key(header::CONTENT_TYPE), !becomes_get);
            assert!(hop.headers.contains_key(header::ACCEPT));
            assert_eq!(hop.url.as_str(), "https://api.example/c");
        }
    }

    #[test]
    fn where_nobody_may_go_no_redirect_leads() {
        for location in ["http://evil.example/", "file:///etc/passwd", "https://ada@api.example/", "data:,x"]
        {
            let refused = followed(Method::GET, 302, location);
            assert!(matches!(refused, Err(FetchError::RedirectNotAllowed)), "{location}");
        }
        let refused = follow(hop(Method::GET), StatusCode::FOUND, b"/x", 0, &|url| url.path() != "/x");
        assert!(matches!(refused, Err(FetchError::RedirectNotAllowed)));
        assert!(matches!(followed(Method::GET, 302, "http://["), Err(FetchError::Redirect(_))));
        let endless = follow(hop(Method::GET), StatusCode::FOUND, b"/x", MOST, &|_| true);
        assert!(matches!(endless, Err(FetchError::Redirect(_))));
    }

    #[test]
    fn a_body_that_has_gone_out_and_cannot_again_is_not_sent_as_an_empty_one() {
        let mut spent = Body::once(None, Box::pin(Nothing));
        assert!(spent.outgoing().is_some());
        let hop = Hop { body: spent, ..hop(Method::PUT) };
        let refused = follow(hop, StatusCode::TEMPORARY_REDIRECT, b"/x", 0, &|_| true);
        assert!(matches!(refused, Err(FetchError::Redirect(_))));
    }

    struct Nothing;

    impl futures_core::Stream for Nothing {
        type Item = std::io::Result<bytes::Bytes>;

        fn poll_next(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            std::task::Poll::Ready(None)
        }
    }

    #[test]
    fn an_answer_that_is_no_redirect_leads_nowhere() {
        let to = HeaderMap::from_iter([(header::LOCATION, HeaderValue::from_static("/x"))]);
        assert_eq!(location(StatusCode::FOUND, &to), Some(&b"/x"[..]));
        assert_eq!(location(StatusCode::CREATED, &to), None);
        assert_eq!(location(StatusCode::NOT_MODIFIED, &to), None);
        assert_eq!(location(StatusCode::FOUND, &HeaderMap::new()), None);
    }
}
