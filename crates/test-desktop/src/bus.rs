//! A D-Bus session bus that nobody else is on.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::program::{Process, is_installed};

/// Without the directories that let a bus start services: whether one runs is for the test to say.
const CONFIGURATION: &str = r#"<busconfig>
  <type>session</type>
  <listen>ADDRESS</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

/// A session bus.
pub struct Bus {
    address: String,
    daemon: Option<Process>,
    home: TempDir,
}

impl Bus {
    /// Starts one that takes connections. `None` where dbus-daemon is missing.
    pub fn start() -> Option<Self> {
        if !is_installed("dbus-daemon") {
            return None;
        }
        let home = TempDir::new().unwrap();
        let address = format!("unix:path={}/bus", home.path().to_str().unwrap());
        fs::write(home.path().join("bus.conf"), CONFIGURATION.replace("ADDRESS", &address)).unwrap();
        let mut bus = Self { address, daemon: None, home };
        bus.restart();
        Some(bus)
    }

    /// What stands in `DBUS_SESSION_BUS_ADDRESS` for those who are to use it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Ends it as a crash would: nothing is at its address any more.
    pub(crate) fn kill(&mut self) {
        self.daemon = None;
    }

    /// Starts it once more, at the same address.
    pub(crate) fn restart(&mut self) {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address", "--config-file"])
            .arg(self.home.path().join("bus.conf"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = daemon.stdout.take().unwrap();
        self.daemon = Some(Process(daemon));
        // It says its address once it listens there.
        BufReader::new(stdout).lines().next().unwrap().unwrap();
    }

    /// A folder that ends with the bus.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }
}
