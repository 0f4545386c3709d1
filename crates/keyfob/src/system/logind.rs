//! Sleep and waking up, by logind's `PrepareForSleep` on the system bus.

use std::{future::poll_fn, pin::Pin};

use futures_core::Stream;
use tokio::task::JoinHandle;
use zbus::{
    Message, Proxy, connection,
    proxy::{self, CacheProperties, SignalStream},
};

const LOGIND: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SIGNAL: &str = "PrepareForSleep";

/// Reports each time that the machine is awake again; abort the task to end it.
pub(super) fn listen(report: impl Fn() + Send + Sync + 'static) -> JoinHandle<()> {
    tokio::spawn(async move {
        let subscribed = match connection::Builder::system() {
            Ok(bus) => subscribe(bus).await,
            Err(error) => Err(error),
        };
        match subscribed {
            Ok(signals) => hear(signals, report).await,
            Err(error) => tracing::debug!(%error, "the machine's waking up can't be heard"),
        }
    })
}

/// A proxy hears its service only, and again after that one's restart: anybody can send what looks like its signal.
async fn subscribe(bus: connection::Builder<'_>) -> zbus::Result<SignalStream<'static>> {
    let bus = bus.build().await?;
    let logind: Proxy<'static> = proxy::Builder::new(&bus)
        .destination(LOGIND)?
        .path(PATH)?
        .interface(MANAGER)?
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    logind.receive_signal(SIGNAL).await
}

async fn hear(mut signals: SignalStream<'static>, report: impl Fn()) {
    while let Some(signal) = next(&mut signals).await {
        // True before it sleeps, false after.
        if let Ok(false) = signal.body().deserialize() {
            report();
        }
    }
}

async fn next(signals: &mut SignalStream<'static>) -> Option<Message> {
    poll_fn(|context| Pin::new(&mut *signals).poll_next(context)).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use test_desktop::Bus;
    use tokio::sync::mpsc;
    use zbus::Connection;

    use super::*;

    /// Nothing on this machine takes so long.
    const NEVER: Duration = Duration::from_secs(60);

    fn builder(bus: &Bus) -> connection::Builder<'_> {
        connection::Builder::address(bus.address()).unwrap()
    }

    async fn logind_on(bus: &Bus) -> Connection {
        builder(bus).name(LOGIND).unwrap().build().await.unwrap()
    }

    async fn prepare_for_sleep(sender: &Connection, sleeps: bool) {
        sender.emit_signal(None::<&str>, PATH, MANAGER, SIGNAL, &sleeps).await.unwrap();
    }

    async fn within<T>(future: impl Future<Output = Option<T>>) -> T {
        tokio::time::timeout(NEVER, future).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn waking_up_is_reported_and_falling_asleep_is_not() {
        let Some(bus) = Bus::start() else { return };
        let signals = subscribe(builder(&bus)).await.unwrap();
        let (reports, mut reported) = mpsc::unbounded_channel();
        let hearing = tokio::spawn(hear(signals, move || reports.send(()).unwrap()));
        // It may start after us.
        let logind = logind_on(&bus).await;
        prepare_for_sleep(&logind, true).await;
        prepare_for_sleep(&logind, false).await;
        within(reported.recv()).await;
        assert!(reported.is_empty());
        drop(bus);
        tokio::time::timeout(NEVER, hearing).await.unwrap().unwrap();
        assert!(reported.is_empty());
    }

    #[tokio::test]
    async fn only_logind_is_heard_and_also_after_its_restart() {
        let Some(bus) = Bus::start() else { return };
        let logind = logind_on(&bus).await;
        let mut signals = subscribe(builder(&bus)).await.unwrap();
        let anybody = builder(&bus).build().await.unwrap();
        prepare_for_sleep(&anybody, false).await;
        // Answered after the signal is on its way.
        anybody
            .call_method(Some("org.freedesktop.DBus"), "/", Some("org.freedesktop.DBus"), "GetId", &())
            .await
            .unwrap();
        prepare_for_sleep(&logind, true).await;
        let heard = within(next(&mut signals)).await;
        assert_eq!(heard.header().sender(), logind.unique_name().map(|name| &**name));
        logind.release_name(LOGIND).await.unwrap();
        let restarted = logind_on(&bus).await;
        prepare_for_sleep(&logind, false).await;
        prepare_for_sleep(&restarted, false).await;
        let heard = within(next(&mut signals)).await;
        assert_eq!(heard.header().sender(), restarted.unique_name().map(|name| &**name));
    }
}
