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
    use std::{
        fs,
        io::{self, BufRead, BufReader, Write},
        process::{Child, Command, Stdio},
        time::Duration,
    };

    use tempfile::TempDir;
    use tokio::sync::mpsc;
    use zbus::Connection;

    use super::*;

    /// Nothing on this machine takes so long.
    const NEVER: Duration = Duration::from_secs(60);

    const CONFIGURATION: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:dir=HOME</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

    /// A bus that ends with the test.
    struct Bus {
        daemon: Child,
        address: String,
        _home: TempDir,
    }

    impl Bus {
        /// None where the program is missing, which is an error in continuous integration.
        fn start() -> Option<Self> {
            let home = TempDir::new().unwrap();
            let configuration = home.path().join("bus.conf");
            fs::write(&configuration, CONFIGURATION.replace("HOME", home.path().to_str().unwrap())).unwrap();
            let daemon = Command::new("dbus-daemon")
                .args(["--nofork", "--print-address", "--config-file"])
                .arg(configuration)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn();
            let Ok(mut daemon) = daemon else {
                // Past the test runner, which keeps what a passing test prints to itself.
                io::stderr()
                    .write_all(b"\nNOT TESTED: logind's signal, as dbus-daemon is missing.\n")
                    .unwrap();
                assert!(
                    std::env::var_os("CI").is_none(),
                    "dbus-daemon is missing: sudo apt-get install dbus"
                );
                return None;
            };
            let stdout = daemon.stdout.take().unwrap();
            let address = BufReader::new(stdout).lines().next().unwrap().unwrap();
            Some(Self { daemon, address, _home: home })
        }

        fn builder(&self) -> connection::Builder<'_> {
            connection::Builder::address(self.address.as_str()).unwrap()
        }

        async fn logind(&self) -> Connection {
            self.builder().name(LOGIND).unwrap().build().await.unwrap()
        }
    }

    impl Drop for Bus {
        fn drop(&mut self) {
            drop(self.daemon.kill());
            drop(self.daemon.wait());
        }
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
        let signals = subscribe(bus.builder()).await.unwrap();
        let (reports, mut reported) = mpsc::unbounded_channel();
        let hearing = tokio::spawn(hear(signals, move || reports.send(()).unwrap()));
        // It may start after us.
        let logind = bus.logind().await;
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
        let logind = bus.logind().await;
        let mut signals = subscribe(bus.builder()).await.unwrap();
        let anybody = bus.builder().build().await.unwrap();
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
        let restarted = bus.logind().await;
        prepare_for_sleep(&logind, false).await;
        prepare_for_sleep(&restarted, false).await;
        let heard = within(next(&mut signals)).await;
        assert_eq!(heard.header().sender(), restarted.unique_name().map(|name| &**name));
    }
}
