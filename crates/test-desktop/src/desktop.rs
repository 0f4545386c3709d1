//! The real gnome-keyring on a bus of its own.

use std::{
    collections::HashMap,
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use secret_service::{
    EncryptionType,
    blocking::{self, SecretService},
};
use zbus::{
    MatchRule,
    blocking::{Connection, MessageIterator, connection, fdo::DBusProxy},
    message,
    zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Type, Value},
};

use crate::{
    bus::Bus,
    program::{Process, is_installed},
};

const SECRETS: &str = "org.freedesktop.secrets";
const PASSWORD: &str = "pw";

/// An item of the keyring.
pub struct Item {
    /// Its object path, which it keeps for as long as it exists.
    pub path: String,
    /// What it holds; `None` while it is locked.
    pub secret: Option<Vec<u8>>,
}

/// A desktop session.
pub struct Desktop {
    keyring: Option<Process>,
    connection: Connection,
    bus: Bus,
}

impl Desktop {
    /// A desktop with a bus only. `None` where the programs are missing.
    pub fn without_keyring() -> Option<Self> {
        if !is_installed("gnome-keyring-daemon") {
            return None;
        }
        let bus = Bus::start()?;
        Some(Self { keyring: None, connection: connect(&bus), bus })
    }

    /// A desktop whose login keyring is unlocked. `None` where the programs are missing.
    pub fn start() -> Option<Self> {
        let mut desktop = Self::without_keyring()?;
        desktop.start_keyring(&["--unlock"]);
        Some(desktop)
    }

    /// What stands in `DBUS_SESSION_BUS_ADDRESS` for those who are to use it.
    pub fn address(&self) -> &str {
        self.bus.address()
    }

    /// Ends the bus and the keyring, as a session does that breaks down.
    pub fn kill_bus(&mut self) {
        self.kill_keyring();
        self.bus.kill();
    }

    /// Starts both once more, at the same address and with the same items.
    pub fn restart_bus(&mut self) {
        self.bus.restart();
        self.connection = connect(&self.bus);
        self.start_keyring(&["--unlock"]);
    }

    /// Starts the keyring, and waits until it is on the bus. Without `--unlock` among the options there is no login
    /// keyring, or a locked one.
    pub fn start_keyring(&mut self, options: &[&str]) {
        let changes = DBusProxy::new(&self.connection)
            .unwrap()
            .receive_name_owner_changed_with_args(&[(0, SECRETS), (1, "")])
            .unwrap();
        let (owned, is_owned) = mpsc::channel();
        thread::spawn(move || changes.take(1).for_each(|_| owned.send(()).unwrap()));
        let mut keyring = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets"])
            .args(options)
            .env_clear()
            .env("HOME", self.bus.home())
            .env("XDG_RUNTIME_DIR", self.bus.home())
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        keyring.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        self.keyring = Some(Process(keyring));
        is_owned.recv_timeout(Duration::from_secs(30)).unwrap();
    }

    /// Ends the keyring as a crash would.
    pub fn kill_keyring(&mut self) {
        self.keyring = None;
    }

    /// Sends the keyring a signal such as `STOP`.
    pub fn signal_keyring(&self, signal: &str) {
        let pid = self.keyring.as_ref().unwrap().0.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    /// Takes all collections away from the keyring, the default one as well, and starts it anew.
    pub fn hide_collections(&mut self) {
        self.kill_keyring();
        fs::rename(self.collections(), self.hidden_collections()).unwrap();
        self.start_keyring(&[]);
    }

    /// Gives them back, and starts the keyring anew.
    pub fn give_collections_back(&mut self) {
        self.kill_keyring();
        drop(fs::remove_dir_all(self.collections()));
        fs::rename(self.hidden_collections(), self.collections()).unwrap();
        self.start_keyring(&["--unlock"]);
    }

    fn collections(&self) -> PathBuf {
        self.bus.home().join(".local/share/keyrings")
    }

    fn hidden_collections(&self) -> PathBuf {
        self.bus.home().join("hidden")
    }

    /// The keyring, as anybody else on the bus sees it.
    pub fn secret_service(&self) -> SecretService<'static> {
        SecretService::connect_with_existing(EncryptionType::Plain, self.connection.clone()).unwrap()
    }

    /// What the keyring holds under this `service` attribute.
    pub fn items(&self, service: &str) -> Vec<Item> {
        let keyring = self.secret_service();
        let found = keyring.search_items(HashMap::from([("service", service)])).unwrap();
        let path = |item: &blocking::Item<'_>| item.item_path.to_string();
        let unlocked =
            found.unlocked.iter().map(|item| Item { path: path(item), secret: item.get_secret().ok() });
        unlocked.chain(found.locked.iter().map(|item| Item { path: path(item), secret: None })).collect()
    }

    /// Reports from now on the path of every item that is deleted, for as long as the bus lives.
    pub fn watch_deletions(&self) -> mpsc::Receiver<String> {
        let rule = MatchRule::builder()
            .msg_type(message::Type::Signal)
            .interface("org.freedesktop.Secret.Collection")
            .unwrap()
            .member("ItemDeleted")
            .unwrap()
            .build();
        let signals = MessageIterator::for_match_rule(rule, &self.connection, None).unwrap();
        let (report, deletions) = mpsc::channel();
        thread::spawn(move || {
            for signal in signals.map_while(Result::ok) {
                let path: OwnedObjectPath = signal.body().deserialize().unwrap();
                if report.send(path.to_string()).is_err() {
                    return;
                }
            }
        });
        deletions
    }

    /// Locks the login keyring.
    pub fn lock(&self) {
        self.secret_service().get_default_collection().unwrap().lock().unwrap();
    }

    /// Unlocks as PAM does when the person logs in: with the password and no prompt.
    pub fn unlock(&self) {
        let service = self.secret_service();
        let collection = service.get_default_collection().unwrap();
        let (_, session): (OwnedValue, OwnedObjectPath) =
            self.call("org.freedesktop.Secret.Service", "OpenSession", &("plain", Value::from("")));
        let secret = (session, b"".as_slice(), PASSWORD.as_bytes(), "text/plain");
        let interface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        self.call::<()>(interface, "UnlockWithMasterPassword", &(&collection.collection_path, secret));
    }

    /// Takes the place of the dialog that asks for the password, refuses each time, and counts.
    pub fn refuse_prompts(&self) -> Arc<AtomicUsize> {
        let prompter = connection::Builder::address(self.address())
            .unwrap()
            .name("org.gnome.keyring.SystemPrompter")
            .unwrap()
            .build()
            .unwrap();
        let prompts = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&prompts);
        thread::spawn(move || {
            for message in MessageIterator::from(&prompter) {
                let Ok(message) = message else { return };
                if message.header().member().is_some_and(|member| member == "BeginPrompting") {
                    counter.fetch_add(1, Ordering::SeqCst);
                    prompter.reply_error(&message.header(), "org.gnome.keyring.Failed", &"no").unwrap();
                }
            }
        });
        prompts
    }

    fn call<T>(&self, interface: &str, method: &str, body: &(impl serde::Serialize + DynamicType)) -> T
    where
        T: serde::de::DeserializeOwned + Type,
    {
        let path = "/org/freedesktop/secrets";
        let reply = self.connection.call_method(Some(SECRETS), path, Some(interface), method, body).unwrap();
        reply.body().deserialize().unwrap()
    }
}

fn connect(bus: &Bus) -> Connection {
    connection::Builder::address(bus.address()).unwrap().build().unwrap()
}
