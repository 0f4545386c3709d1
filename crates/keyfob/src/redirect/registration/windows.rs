//! The scheme's registration on Windows: a key under `Software\Classes`, or the person's own choice.

use std::path::{Path, PathBuf};

use windows_registry::{CLASSES_ROOT, CURRENT_USER, LOCAL_MACHINE};

use super::{Registration, is_same_file};

pub(super) fn look(scheme: &str) -> Registration {
    let class = chosen(scheme).unwrap_or_else(|| scheme.to_owned());
    let command = CLASSES_ROOT.open(format!("{class}\\shell\\open\\command"));
    let Some(program) = command.and_then(|key| key.get_string("")).ok().and_then(|command| program(&command))
    else {
        return Registration::Missing;
    };
    let own = std::env::current_exe().ok();
    let has_own_name = own.as_deref().and_then(Path::file_name) == program.file_name();
    let is_own = class == scheme && has_own_name && is_of_this_person(scheme);
    if !program.is_file() || (is_own && !own.as_deref().is_some_and(|own| is_same_file(own, &program))) {
        return Registration::Stale { path: program, is_own };
    }
    match own {
        Some(own) if is_same_file(&own, &program) => Registration::Ours,
        _ => Registration::Other { handler: class },
    }
}

/// An installer for everybody writes the machine's part, which takes an administrator to change.
fn is_of_this_person(scheme: &str) -> bool {
    let key = format!("Software\\Classes\\{scheme}");
    CURRENT_USER.open(&key).is_ok() && LOCAL_MACHINE.open(&key).is_err()
}

/// The class that the person chose in the settings, if they did.
fn chosen(scheme: &str) -> Option<String> {
    let choice =
        format!("Software\\Microsoft\\Windows\\Shell\\Associations\\UrlAssociations\\{scheme}\\UserChoice");
    CURRENT_USER.open(choice).and_then(|key| key.get_string("ProgId")).ok()
}

/// The program of a command line: what is quoted, or else the first word.
fn program(command: &str) -> Option<PathBuf> {
    let command = command.trim_start();
    let program = match command.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => command.split_whitespace().next(),
    };
    program.filter(|program| !program.is_empty()).map(Path::new).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_its_program() {
        for (command, expected) in
            [("\"C:\\My App\\app.exe\" \"%1\"", "C:\\My App\\app.exe"), ("C:\\app.exe %1", "C:\\app.exe")]
        {
            assert_eq!(program(command), Some(expected.into()));
        }
        assert_eq!(program("\"\""), None);
    }
}
