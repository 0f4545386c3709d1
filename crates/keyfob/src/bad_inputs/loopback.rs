//! Requests to the loopback listener.

use super::input::Input;
use crate::redirect::{Head, NoRequest};

const AUTHORITY: &str = "127.0.0.1:4411";
const CALLBACK: &str = "/callback?code=c&state=s";

/// What a local process or a page in the browser sends. A URL comes out of a GET for the callback's path with this host
/// in its one `Host` header, however it is cut into packets, and out of nothing else.
pub fn loopback(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let (request, expected) = match input.as_it_stands {
        Some(text) => (text.to_vec(), None),
        None => generate(&mut input),
    };
    let cut = input.below(request.len() + 1);
    let head = match (Head::parse(&request[..cut]), Head::parse(&request)) {
        // The rest is a body, or nobody's.
        (Ok(Some(early)), whole) => {
            let whole = whole.ok().flatten().expect("more doesn't take back what was complete");
            assert_eq!(early.url(AUTHORITY), whole.url(AUTHORITY));
            whole
        }
        (Ok(None), Ok(Some(whole))) => whole,
        (Ok(None), Ok(None) | Err(NoRequest)) => return,
        (Err(NoRequest), whole) => return assert!(whole.is_err(), "what was no request has become one"),
    };
    let url = head.url(AUTHORITY);
    if let Some(url) = &url {
        check_is_for_us(&request, url);
    }
    if let Some(expected) = expected {
        assert_eq!(url.is_some(), expected, "{}", String::from_utf8_lossy(&request));
    }
}

fn check_is_for_us(request: &[u8], url: &str) {
    let text = String::from_utf8_lossy(request);
    let mut lines = text.lines().skip_while(|line| line.is_empty());
    let target = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    assert!(lines.clone().count() <= 4096);
    assert_eq!(url, format!("http://{AUTHORITY}{target}"), "{text}");
    assert!(target == "/callback" || target.starts_with("/callback?"), "{text}");
    let hosts: Vec<_> = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        .collect();
    assert!(matches!(hosts[..], [(_, host)] if host.trim() == AUTHORITY), "{text}");
}

/// A request, and whether it is one to answer, where that is known.
fn generate(input: &mut Input<'_>) -> (Vec<u8>, Option<bool>) {
    let methods = ["GET", "get", "POST", "HEAD", "OPTIONS", "CONNECT", "GET\t", ""];
    let targets = [
        CALLBACK,
        "/callback",
        "/callback?",
        "/callback/",
        "/callback/?state=s",
        "/callback#x",
        "/Callback?state=s",
        "//callback?state=s",
        "http://127.0.0.1:4411/callback?state=s",
        "/favicon.ico",
        "/./callback?state=s",
        "/%63allback?state=s",
        "*",
        "",
    ];
    let hosts = [
        AUTHORITY,
        "localhost:4411",
        "127.0.0.1",
        "127.0.0.1:4412",
        "evil.example",
        "127.0.0.1:4411.evil.example",
        "evil.example@127.0.0.1:4411",
        "127.0.0.1:4411, evil.example",
        "",
    ];
    let (method, target, host) =
        (input.below(methods.len()), input.below(targets.len()), input.below(hosts.len()));
    let mut headers = vec![format!("Host: {}", hosts[host])];
    let mut is_one_host = true;
    for _ in 0..input.below(4) {
        let at = input.below(headers.len() + 1);
        match input.below(5) {
            0 => headers.insert(at, "Accept: text/html".to_owned()),
            1 => {
                is_one_host = false;
                headers.insert(at, format!("hOsT: {}", input.one_of(&hosts)));
            }
            2 => {
                is_one_host = false;
                headers.clear();
            }
            3 => headers.insert(at, "Purpose: prefetch".to_owned()),
            _ => headers.extend((0..input.below(80)).map(|number| format!("x-{number}: x"))),
        }
    }
    let end = input.one_of(&["\r\n", "\n"]);
    let version = input.one_of(&["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", ""]);
    let line = format!("{} {} {version}", methods[method], targets[target]);
    let text = [line].into_iter().chain(headers.iter().cloned()).collect::<Vec<_>>().join(end);
    let request = format!("{text}{end}{end}").into_bytes();
    if input.seldom() {
        return (input.damaged(request), None);
    }
    let looks_ahead = headers.iter().any(|header| header == "Purpose: prefetch");
    let is_bad = method != 0 || target >= 3 || looks_ahead || (is_one_host && host != 0);
    let is_good = !is_bad && version == "HTTP/1.1" && headers.len() <= 64;
    let known = is_good && is_one_host || is_bad;
    (request, known.then_some(is_good))
}
