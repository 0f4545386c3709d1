//! What the operating system says that a session should hear: the machine woke up, the network is another.
//!
//! Hints and no more: where nothing can be heard, what is due is seen when it is next looked at.

#[cfg(target_os = "linux")]
mod logind;
mod network;

use tokio::task::JoinHandle;

/// Something that makes it worth to look at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SystemSignal {
    /// The machine slept and is awake again. Heard on Linux, of logind; elsewhere the clocks tell, by drifting apart.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only logind says so"))]
    Resumed,
    /// An interface or an address came or went; several times in a row, as a network comes up in steps.
    NetworkChanged,
}

/// Listens for as long as it lives.
#[must_use = "dropping it stops the listening"]
pub(crate) struct Watch {
    _network: network::Listener,
    sleep: Option<JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(sleep) = &self.sleep {
            sleep.abort();
        }
    }
}

/// Reports signals until the watch is dropped. Returns at once; needs a tokio runtime around it. What can't be listened
/// to stands in the log and is otherwise silent.
pub(crate) fn watch(report: impl Fn(SystemSignal) + Send + Sync + Clone + 'static) -> Watch {
    let network = network::listen({
        let report = report.clone();
        move || report(SystemSignal::NetworkChanged)
    });
    #[cfg(target_os = "linux")]
    let sleep = Some(logind::listen(move || report(SystemSignal::Resumed)));
    #[cfg(not(target_os = "linux"))]
    let sleep = None;
    Watch { _network: network, sleep }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_watch_can_be_dropped_at_any_time() {
        drop(watch(|_| {}));
        let watch = watch(|_| {});
        tokio::task::yield_now().await;
        drop(watch);
    }
}
