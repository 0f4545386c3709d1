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
  <listen>unix:dir=HOME</listen>
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
    _daemon: Process,
    home: TempDir,
}

impl Bus {
    /// Starts one that takes connections. `None` where dbus-daemon is missing.
    pub fn start() -> Option<Self> {
        if !is_installed("dbus-daemon") {
            return None;
        }
        let home = TempDir::new().unwrap();
        let configuration = home.path().join("bus.conf");
        fs::write(&configuration, CONFIGURATION.replace("HOME", home.path().to_str().unwrap())).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address", "--config-file"])
            .arg(configuration)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = daemon.stdout.take().unwrap();
        let daemon = Process(daemon);
        let address = BufReader::new(stdout).lines().next().unwrap().unwrap();
        Some(Self { address, _daemon: daemon, home })
    }

    /// What stands in `DBUS_SESSION_BUS_ADDRESS` for those who are to use it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A folder that ends with the bus.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }
}
