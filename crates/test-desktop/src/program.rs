//! The programs that a desktop is made of.

use std::{
    io::{self, Write},
    process::{Child, Command, Stdio},
};

/// A child process that ends with this value.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Whether a program can be run; one that is missing is an error in continuous integration.
pub(crate) fn is_installed(program: &str) -> bool {
    if Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok() {
        return true;
    }
    // Past the test runner, which keeps what a passing test prints to itself.
    let advice = "sudo apt-get install dbus gnome-keyring";
    let notice = format!("\nNOT TESTED: what needs {program}, which is missing. {advice}\n");
    io::stderr().write_all(notice.as_bytes()).unwrap();
    assert!(std::env::var_os("CI").is_none(), "{program} is missing: {advice}");
    false
}
