//! A throw-away desktop session for tests: a bus of its own, and the real gnome-keyring on it.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use secret_service::{EncryptionType, blocking::SecretService};
use tempfile::TempDir;
use zbus::{
    blocking::{Connection, MessageIterator, connection, fdo::DBusProxy},
    zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Type, Value},
};

use super::super::Keychain;

pub(super) const SECRETS: &str = "org.freedesktop.secrets";
const PASSWORD: &str = "pw";

/// Without the directories that let a bus start services: whether one runs is for the test to say.
const BUS: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:dir=HOME</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

pub(super) struct Desktop {
    keyring: Option<Process>,
    pub(super) connection: Connection,
    pub(super) address: String,
    _bus: Process,
    home: TempDir,
}

impl Desktop {
    /// A desktop with a bus only. None where the programs are missing, which is an error in continuous integration.
    pub(super) fn without_keyring() -> Option<Self> {
        if !is_installed("dbus-daemon") || !is_installed("gnome-keyring-daemon") {
            return None;
        }
        let home = TempDir::new().unwrap();
        let configuration = home.path().join("bus.conf");
        fs::write(&configuration, BUS.replace("HOME", home.path().to_str().unwrap())).unwrap();
        let mut bus = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address", "--config-file"])
            .arg(configuration)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = bus.stdout.take().unwrap();
        let bus = Process(bus);
        let address = BufReader::new(stdout).lines().next().unwrap().unwrap();
        let connection = connection::Builder::address(address.as_str()).unwrap().build().unwrap();
        Some(Self { keyring: None, connection, address, _bus: bus, home })
    }

    /// A desktop whose login keyring is unlocked.
    pub(super) fn start() -> Option<Self> {
        let mut desktop = Self::without_keyring()?;
        desktop.start_keyring(&["--unlock"]);
        Some(desktop)
    }

    pub(super) fn keychain(&self, service: &str) -> Keychain {
        Keychain::at_bus(service, &self.address)
    }

    pub(super) fn start_keyring(&mut self, options: &[&str]) {
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
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        keyring.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        self.keyring = Some(Process(keyring));
        is_owned.recv_timeout(Duration::from_secs(30)).unwrap();
    }

    pub(super) fn kill_keyring(&mut self) {
        self.keyring = None;
    }

    /// Sends the keyring a signal such as `STOP`.
    pub(super) fn signal_keyring(&self, signal: &str) {
        let pid = self.keyring.as_ref().unwrap().0.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    pub(super) fn secret_service(&self) -> SecretService<'static> {
        SecretService::connect_with_existing(EncryptionType::Plain, self.connection.clone()).unwrap()
    }

    pub(super) fn lock(&self) {
        self.secret_service().get_default_collection().unwrap().lock().unwrap();
    }

    /// Unlocks as PAM does when the person logs in: with the password and no prompt.
    pub(super) fn unlock(&self) {
        let service = self.secret_service();
        let collection = service.get_default_collection().unwrap();
        let (_, session): (OwnedValue, OwnedObjectPath) =
            self.call("org.freedesktop.Secret.Service", "OpenSession", &("plain", Value::from("")));
        let secret = (session, b"".as_slice(), PASSWORD.as_bytes(), "text/plain");
        let interface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        self.call::<()>(interface, "UnlockWithMasterPassword", &(&collection.collection_path, secret));
    }

    fn call<T>(&self, interface: &str, method: &str, body: &(impl serde::Serialize + DynamicType)) -> T
    where
        T: serde::de::DeserializeOwned + Type,
    {
        let path = "/org/freedesktop/secrets";
        let reply = self.connection.call_method(Some(SECRETS), path, Some(interface), method, body).unwrap();
        reply.body().deserialize().unwrap()
    }

    /// Takes the place of the dialog that asks for the password, refuses each time, and counts.
    pub(super) fn refuse_prompts(&self) -> Arc<AtomicUsize> {
        let prompter = connection::Builder::address(self.address.as_str())
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
}

/// A child process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn is_installed(program: &str) -> bool {
    if Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok() {
        return true;
    }
    // Past the test runner, which keeps what a passing test prints to itself.
    let advice = "sudo apt-get install dbus gnome-keyring";
    let notice = format!("\nNOT TESTED: the real keychain, as {program} is missing. {advice}\n");
    io::stderr().write_all(notice.as_bytes()).unwrap();
    assert!(std::env::var_os("CI").is_none(), "{program} is missing: {advice}");
    false
}
