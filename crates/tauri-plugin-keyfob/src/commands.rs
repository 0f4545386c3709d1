//! The commands: each hands its arguments to the engine and its answer back.

#![expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its arguments by value")]

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use keyfob::{AccessTokenRequest, Keyfob, Mode};
use tauri::{
    Runtime, State, Webview,
    async_runtime::JoinHandle,
    ipc::{Channel, Invoke},
};

use crate::{
    answer::{Answer, answer, answer_later},
    engine::Present,
    fetch,
    models::{
        AccessTokenAnswer, AccessTokenOptions, AccountInfo, Check, Diagnostics, DpopProofOptions, Session,
        SessionEvent, SignInOptions, SignOutOptions, Snapshot, Submission, TokenInfo,
    },
    permission_scope::Granted,
};

pub(crate) fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool {
    tauri::generate_handler![
        get_session,
        subscribe,
        sign_in,
        get_authorization_url,
        open_authorization_url,
        cancel_sign_in,
        submit_callback,
        sign_out,
        get_access_token,
        refresh,
        fetch::fetch,
        fetch::fetch_read,
        fetch::fetch_write,
        fetch::fetch_cancel,
        dpop_proof,
        list_accounts,
        switch_account,
        remove_account,
        list_tokens,
        list_events,
        get_diagnostics,
        doctor
    ]
}

/// The session as it is now.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) fn get_session(keyfob: Present) -> Answer<Snapshot> {
    answer("get_session", || Ok(keyfob.snapshot().into()))
}

/// The session as it is now and as it changes, for one webview: a later subscription takes the place of an earlier one.
/// While it lasts the session is in use, and its access token is renewed in good time (`keepFresh: whileUsed`).
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) fn subscribe<R: Runtime>(
    webview: Webview<R>,
    keyfob: Present,
    subscriptions: State<'_, Subscriptions>,
    channel: Channel<Snapshot>,
) -> Answer<()> {
    answer("subscribe", || {
        let in_use = keyfob.keep_fresh();
        let mut snapshots = keyfob.subscribe();
        let task = tauri::async_runtime::spawn(async move {
            let _in_use = in_use;
            loop {
                let snapshot = snapshots.borrow_and_update().clone();
                if channel.send(snapshot.into()).is_err() || snapshots.changed().await.is_err() {
                    break;
                }
            }
        });
        subscriptions.replace(webview.label(), webview.window().label(), task);
        Ok(())
    })
}

/// Signs in, through the browser.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn sign_in(keyfob: Present, options: SignInOptions) -> Answer<Session> {
    answer_later("sign_in", async { Ok(keyfob.sign_in(&options.into()).await?.into()) }).await
}

/// Where the browser was sent.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn get_authorization_url(keyfob: Present) -> Answer<String> {
    answer_later("get_authorization_url", async { Ok(keyfob.authorization_url().await?.as_str().to_owned()) })
        .await
}

/// Opens the browser once more.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn open_authorization_url(keyfob: Present) -> Answer<()> {
    answer_later("open_authorization_url", async { Ok(keyfob.open_authorization_url().await?) }).await
}

/// Ends every sign-in that waits.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn cancel_sign_in(keyfob: Present) -> Answer<()> {
    answer_later("cancel_sign_in", async {
        keyfob.cancel_sign_in().await;
        Ok(())
    })
    .await
}

/// Takes the address of the browser's last page, where the browser didn't come back by itself.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn submit_callback(keyfob: Present, address: String) -> Answer<Submission> {
    answer_later("submit_callback", async { Ok(keyfob.submit_callback(&address).await.into()) }).await
}

/// Signs out.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn sign_out(keyfob: Present, options: SignOutOptions) -> Answer<()> {
    answer_later("sign_out", async { Ok(keyfob.sign_out(options.into()).await?) }).await
}

/// An access token that is valid now.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn get_access_token(
    keyfob: Present,
    granted: Granted,
    options: AccessTokenOptions,
) -> Answer<AccessTokenAnswer> {
    answer_later("get_access_token", async {
        granted.token(&keyfob, options.audience.as_deref(), options.scope.as_deref())?;
        token_for(&keyfob, &options.parse()?).await
    })
    .await
}

/// An access token from a refresh that begins now.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn refresh(
    keyfob: Present,
    granted: Granted,
    options: AccessTokenOptions,
) -> Answer<AccessTokenAnswer> {
    answer_later("refresh", async {
        granted.token(&keyfob, options.audience.as_deref(), options.scope.as_deref())?;
        token_for(&keyfob, &AccessTokenRequest { mode: Mode::Force, ..options.parse()? }).await
    })
    .await
}

static WARNED: Once = Once::new();

fn warn_if_worthless_alone(warned: &Once, token_type: &str) {
    if token_type == "DPoP" {
        warned.call_once(|| {
            tracing::warn!(
                "script has got an access token that is bound to a key (DPoP), and is worth nothing without a proof: use \
                 `createAuthenticatedFetch`, or send a `dpopProof` with each request"
            );
        });
    }
}

async fn token_for(keyfob: &Keyfob, request: &AccessTokenRequest) -> Answer<AccessTokenAnswer> {
    // Read first: a session that ends while the token is taken makes it an older one's.
    let generation = keyfob.snapshot().generation;
    let token = keyfob.access_token(request).await?;
    if cfg!(debug_assertions) {
        warn_if_worthless_alone(&WARNED, token.token_type());
    }
    Ok(AccessTokenAnswer::new(keyfob, token, generation))
}

/// The proof for one request that script sends by itself with a bound access token (RFC 9449).
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn dpop_proof(
    keyfob: Present,
    granted: Granted,
    options: DpopProofOptions,
) -> Answer<String> {
    answer_later("dpop_proof", async {
        let url = keyfob.resolve(&options.url)?;
        granted.proof(url.as_url())?;
        let (method, token, nonce) = options.parse()?;
        Ok(keyfob.dpop_proof(&url, &method, &token, nonce.as_deref())?)
    })
    .await
}

/// Everybody who has signed in and not out, in the order of their first sign-in.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn list_accounts(keyfob: Present) -> Answer<Vec<AccountInfo>> {
    answer_later("list_accounts", async { Ok(all(keyfob.accounts().await?)) }).await
}

/// Makes another account the current one.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn switch_account(keyfob: Present, id: String) -> Answer<Session> {
    answer_later("switch_account", async { Ok(keyfob.switch_account(&id).await?.into()) }).await
}

/// Signs one account out.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn remove_account(keyfob: Present, id: String) -> Answer<()> {
    answer_later("remove_account", async { Ok(keyfob.remove_account(&id).await?) }).await
}

/// What is known about the access tokens at hand.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn list_tokens(keyfob: Present) -> Answer<Vec<TokenInfo>> {
    answer_later("list_tokens", async { Ok(all(keyfob.tokens())) }).await
}

/// The last thousand things that happened to the session, the oldest first.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn list_events(keyfob: Present) -> Answer<Vec<SessionEvent>> {
    answer_later("list_events", async { Ok(all(keyfob.events())) }).await
}

/// How the engine is set up.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn get_diagnostics(keyfob: Present) -> Answer<Diagnostics> {
    answer_later("get_diagnostics", async { Ok(keyfob.diagnostics()?.into()) }).await
}

/// Whether everything is as a sign-in needs it.
#[tauri::command]
#[cfg_attr(test, specta::specta)]
pub(crate) async fn doctor(keyfob: Present) -> Answer<Vec<Check>> {
    answer_later("doctor", async { Ok(all(keyfob.doctor().await)) }).await
}

fn all<Engine, Wire: From<Engine>>(list: Vec<Engine>) -> Vec<Wire> {
    list.into_iter().map(Into::into).collect()
}

/// Who follows the session: one task for each webview, so that a page which is loaded again leaves none behind.
#[derive(Default)]
pub(crate) struct Subscriptions(Mutex<HashMap<String, Subscription>>);

struct Subscription {
    window: String,
    task: JoinHandle<()>,
}

impl Subscriptions {
    /// Ends those of a window that is gone: to a webview that is no more, messages are sent without an error.
    pub(crate) fn end(&self, window: &str) {
        self.lock().retain(|_, subscription| {
            let stays = subscription.window != window;
            if !stays {
                subscription.task.abort();
            }
            stays
        });
    }

    fn replace(&self, webview: &str, window: &str, task: JoinHandle<()>) {
        let subscription = Subscription { window: window.to_owned(), task };
        if let Some(earlier) = self.lock().insert(webview.to_owned(), subscription) {
            earlier.task.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Subscription>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{
            Arc,
            mpsc::{self, RecvTimeoutError},
        },
        time::Duration,
    };

    use super::*;

    /// A task that goes on until it is ended, and tells so.
    fn task() -> (JoinHandle<()>, mpsc::Receiver<()>) {
        let (alive, ended) = mpsc::channel();
        let task = tauri::async_runtime::spawn(async move {
            let _alive = alive;
            std::future::pending::<()>().await;
        });
        (task, ended)
    }

    fn ends(task: &mpsc::Receiver<()>) -> bool {
        task.recv_timeout(Duration::from_secs(20)) == Err(RecvTimeoutError::Disconnected)
    }

    fn is_alive(task: &mpsc::Receiver<()>) -> bool {
        task.try_recv() == Err(mpsc::TryRecvError::Empty)
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("a lock").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn that_a_bound_token_is_worthless_alone_is_said_once_and_of_no_other() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let warned = Once::new();
        let times = || String::from_utf8_lossy(&log.0.lock().expect("a lock")).matches("`dpopProof`").count();
        tracing::subscriber::with_default(subscriber, || {
            warn_if_worthless_alone(&warned, "Bearer");
            assert_eq!(times(), 0);
            for _ in 0..3 {
                warn_if_worthless_alone(&warned, "DPoP");
                assert_eq!(times(), 1);
            }
        });
    }

    #[test]
    fn a_subscription_ends_with_the_next_one_of_its_webview_and_with_its_window() {
        let subscriptions = Subscriptions::default();
        let [(first, first_ended), (second, second_ended), (other, other_ended)] = [task(), task(), task()];
        subscriptions.replace("main", "main", first);
        subscriptions.replace("other", "other", other);
        subscriptions.replace("main", "main", second);
        assert!(ends(&first_ended));
        assert!(is_alive(&second_ended));
        subscriptions.end("main");
        assert!(ends(&second_ended));
        assert!(is_alive(&other_ended));
    }
}
