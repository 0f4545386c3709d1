//! What the session bus tells unasked: that the Secret Service has started, and that a keyring was locked or unlocked.

use std::{convert::Infallible, future::poll_fn, io, pin::Pin, thread, time::Duration};

use futures_core::Stream;
use tokio::{runtime, sync::oneshot, time::sleep};
use zbus::{
    MatchRule, Message, MessageStream,
    fdo::{self, DBusProxy, NameOwnerChanged, PropertiesChanged},
    message::Type,
    names::{BusName, OwnedUniqueName, UniqueName},
    proxy::CacheProperties,
};

use super::bus;

const BUS: &str = "org.freedesktop.DBus";
const SECRETS: &str = "org.freedesktop.secrets";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const LOCKED: &str = "Locked";

/// How long to wait before the first try to reach a bus again; each later pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Listens on a thread of its own until this is dropped.
#[derive(Debug)]
pub(super) struct Watcher {
    _held: oneshot::Sender<Infallible>,
}

impl Watcher {
    pub(super) fn start(address: Option<String>, changed: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (held, dropped) = oneshot::channel();
        let listening = async move {
            tokio::select! {
                _ = dropped => {}
                () = listen(address.as_deref(), changed) => {}
            }
        };
        thread::Builder::new().name("keyfob-keychain".into()).spawn(move || {
            match runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(listening),
                Err(error) => tracing::warn!(%error, "changes of the keychain can't be heard"),
            }
        })?;
        Ok(Self { _held: held })
    }
}

async fn listen(address: Option<&str>, changed: impl Fn()) {
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match Signals::subscribe(address).await {
            Ok(mut signals) => {
                pause = FIRST_PAUSE;
                // It may have changed before anybody listened.
                if signals.judge.owner.is_some() {
                    changed();
                }
                loop {
                    match signals.next_change().await {
                        Ok(()) => changed(),
                        Err(error) => break error,
                    }
                }
            }
            Err(error) => error,
        };
        tracing::debug!(%error, ?pause, "the session bus can't be heard");
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(2 * pause);
    }
}

/// All that arrives on one connection, in its order.
struct Signals {
    messages: MessageStream,
    judge: Judge,
}

impl Signals {
    async fn subscribe(address: Option<&str>) -> zbus::Result<Self> {
        let connection = bus::connect(address).await?;
        let messages = MessageStream::from(&connection);
        let bus = DBusProxy::builder(&connection).cache_properties(CacheProperties::No).build().await?;
        let signal = || MatchRule::builder().msg_type(Type::Signal);
        let new_owner = signal().sender(BUS)?.interface(BUS)?.member("NameOwnerChanged")?.add_arg(SECRETS)?;
        bus.add_match_rule(new_owner.build()).await?;
        let properties = signal().sender(SECRETS)?.interface("org.freedesktop.DBus.Properties")?;
        bus.add_match_rule(properties.member("PropertiesChanged")?.add_arg(COLLECTION)?.build()).await?;
        let owner = match bus.get_name_owner(BusName::try_from(SECRETS)?).await {
            Ok(owner) => Some(owner),
            Err(fdo::Error::NameHasNoOwner(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { messages, judge: Judge { owner } })
    }

    async fn next_change(&mut self) -> zbus::Result<()> {
        loop {
            let message = poll_fn(|context| Pin::new(&mut self.messages).poll_next(context)).await;
            if self.judge.is_change(&message.ok_or(io::Error::from(io::ErrorKind::BrokenPipe))??) {
                return Ok(());
            }
        }
    }
}

/// Tells real signals from those that anybody can send straight to us, past the rules: the bus vouches for the sender.
struct Judge {
    /// Of the service's name.
    owner: Option<OwnedUniqueName>,
}

impl Judge {
    fn is_change(&mut self, message: &Message) -> bool {
        let header = message.header();
        let sender = header.sender().map(UniqueName::as_str);
        if sender == Some(BUS) {
            self.is_new_owner(message)
        } else {
            sender.is_some()
                && sender == self.owner.as_ref().map(|owner| owner.as_str())
                && is_lock_changed(message)
        }
    }

    fn is_new_owner(&mut self, message: &Message) -> bool {
        let Some(signal) = NameOwnerChanged::from_message(message.clone()) else { return false };
        let Ok(signal) = signal.args() else { return false };
        let owner = signal.new_owner().as_ref().map(|owner| owner.to_owned().into());
        if signal.name() != SECRETS || owner == self.owner {
            return false;
        }
        self.owner = owner;
        self.owner.is_some()
    }
}

fn is_lock_changed(message: &Message) -> bool {
    let Some(signal) = PropertiesChanged::from_message(message.clone()) else { return false };
    signal.args().is_ok_and(|signal| {
        signal.interface_name() == COLLECTION
            && (signal.changed_properties().contains_key(LOCKED)
                || signal.invalidated_properties().contains(&LOCKED))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use zbus::zvariant::Value;

    use super::*;

    const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

    fn owner_changed(sender: &str, name: &str, new_owner: &str) -> Message {
        let signal = Message::signal("/org/freedesktop/DBus", BUS, "NameOwnerChanged").unwrap();
        signal.sender(sender).unwrap().build(&(name, "", new_owner)).unwrap()
    }

    fn property_changed(sender: &str, interface: &str, property: &str) -> Message {
        let signal = Message::signal(LOGIN, "org.freedesktop.DBus.Properties", "PropertiesChanged").unwrap();
        let changed = HashMap::from([(property, Value::from(true))]);
        signal.sender(sender).unwrap().build(&(interface, changed, Vec::<&str>::new())).unwrap()
    }

    fn property_invalidated(sender: &str, property: &str) -> Message {
        let signal = Message::signal(LOGIN, "org.freedesktop.DBus.Properties", "PropertiesChanged").unwrap();
        let changed = HashMap::<&str, Value<'_>>::new();
        signal.sender(sender).unwrap().build(&(COLLECTION, changed, vec![property])).unwrap()
    }

    #[test]
    fn a_new_owner_of_the_name_is_a_change_when_the_bus_says_so() {
        let mut judge = Judge { owner: None };
        for (message, is_change) in [
            (owner_changed(":1.9", SECRETS, ":1.9"), false),
            (owner_changed(BUS, "org.example.other", ":1.5"), false),
            (owner_changed(BUS, SECRETS, ":1.5"), true),
            // Told already when we subscribed.
            (owner_changed(BUS, SECRETS, ":1.5"), false),
            (owner_changed(BUS, SECRETS, ""), false),
            (owner_changed(BUS, SECRETS, ":1.6"), true),
        ] {
            assert_eq!(judge.is_change(&message), is_change, "{message}");
        }
    }

    #[test]
    fn the_lock_of_a_keyring_is_heard_from_the_owner_of_the_name_only() {
        let locked = |sender| property_changed(sender, COLLECTION, LOCKED);
        let mut judge = Judge { owner: None };
        assert!(!judge.is_change(&locked(":1.5")));
        assert!(judge.is_change(&owner_changed(BUS, SECRETS, ":1.5")));
        assert!(judge.is_change(&locked(":1.5")));
        assert!(judge.is_change(&property_invalidated(":1.5", LOCKED)));
        assert!(!judge.is_change(&locked(":1.9")));
        assert!(!judge.is_change(&property_changed(":1.5", COLLECTION, "Items")));
        assert!(!judge.is_change(&property_changed(":1.5", "org.freedesktop.Secret.Item", LOCKED)));

        assert!(judge.is_change(&owner_changed(BUS, SECRETS, ":1.6")));
        assert!(!judge.is_change(&locked(":1.5")), "it was the owner");
        assert!(judge.is_change(&locked(":1.6")));
    }
}
