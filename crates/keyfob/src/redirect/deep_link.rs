//! Deep links as they reach a process: in its arguments.

/// The callback in a process's arguments, the program's own name first: the sole argument, and of the app's scheme.
/// Anything else is an ordinary start of the app.
///
/// ```
/// let args = ["app", "com.example.app:/callback?code=c&state=s"];
/// assert!(keyfob::callback_in_args(&args, "com.example.app").is_some());
/// assert!(keyfob::callback_in_args(&["app", "--flag"], "com.example.app").is_none());
/// ```
pub fn callback_in_args<'a, S: AsRef<str>>(args: &'a [S], scheme: &str) -> Option<&'a str> {
    let [_, url] = args else { return None };
    let (of, _) = url.as_ref().split_once(':')?;
    of.eq_ignore_ascii_case(scheme).then(|| url.as_ref())
}
