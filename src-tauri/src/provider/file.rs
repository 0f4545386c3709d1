//! The app's own `keyfob.json`, written.

use std::{fs, io, io::Write, path::Path};

use serde_json::{Map, Value};
use tempfile::NamedTempFile;

/// What the file was that another provider's has taken the place of.
const PREVIOUS: &str = "keyfob.previous.json";

/// Whole or not at all, and for nobody else's eyes: a client secret may stand in it.
pub(super) fn write(path: &Path, keys: &Map<String, Value>) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, keys)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Keeps beside it what somebody has written by hand, perhaps.
pub(super) fn set_aside(path: &Path) -> io::Result<()> {
    unless_missing(fs::copy(path, path.with_file_name(PREVIOUS)).map(drop))
}

/// The file, and the one that was set aside.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    unless_missing(fs::remove_file(path))?;
    unless_missing(fs::remove_file(path.with_file_name(PREVIOUS)))
}

fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_written_whole_for_its_owner_alone_and_the_one_before_stays_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/keyfob.json");
        let keys = |issuer: &str| Map::from_iter([("issuer".to_owned(), json!(issuer))]);
        let read = |path: &Path| fs::read_to_string(path).expect("a file");

        set_aside(&path).expect("nothing to set aside");
        write(&path, &keys("one")).expect("written");
        set_aside(&path).expect("set aside");
        write(&path, &keys("two")).expect("written");
        assert!(read(&path).contains("two"));
        assert!(read(&path.with_file_name(PREVIOUS)).contains("one"));
        assert_eq!(fs::read_dir(path.parent().expect("a folder")).expect("files").count(), 2);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
        remove(&path).expect("removed");
        remove(&path).expect("nothing to remove");
        assert_eq!(fs::read_dir(path.parent().expect("a folder")).expect("files").count(), 0);
    }
}
