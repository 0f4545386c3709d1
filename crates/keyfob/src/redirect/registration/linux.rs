//! The scheme's registration on freedesktop systems: the default handler's desktop entry (MIME applications
//! specification 1.0.1), and whether its `Exec` (desktop entry specification 1.5) starts this program.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use super::{NotDispatchable, Registration, is_same_file};

/// The programs that `xdg-open` calls on the desktops that it knows; where there is none it does the work itself.
const OPENERS: [&str; 9] = [
    "gio",
    "kde-open",
    "kde-open5",
    "kde-open6",
    "kfmclient",
    "exo-open",
    "mate-open",
    "dde-open",
    "enlightenment_open",
];
/// Those desktops, without the ones on which it does the work itself all the same (LXDE and `LXQt`).
const DESKTOPS: [&str; 10] = [
    "cinnamon",
    "x-cinnamon",
    "enlightenment",
    "gnome",
    "gnome-classic",
    "gnome-flashback",
    "kde",
    "deepin",
    "mate",
    "xfce",
];

pub(super) fn look(scheme: &str) -> Registration {
    match Session::of_this_process() {
        Some(session) => session.look(scheme),
        None => Registration::NotDispatchable { reason: NotDispatchable::Unknown },
    }
}

/// What decides where links go.
struct Session {
    /// This program, or the `AppImage` that it stands in.
    program: PathBuf,
    config_home: PathBuf,
    config_dirs: Vec<PathBuf>,
    data_home: PathBuf,
    data_dirs: Vec<PathBuf>,
    /// `XDG_CURRENT_DESKTOP`, in lower case as the names of lists are.
    desktops: Vec<String>,
    /// What else tells `xdg-open` that there is a desktop.
    has_older_sign: bool,
    has_bus: bool,
    path: Vec<PathBuf>,
}

impl Session {
    fn of_this_process() -> Option<Self> {
        let home = env::home_dir()?;
        let folder = |name, otherwise: &str| absolute(name).unwrap_or_else(|| home.join(otherwise));
        let config_home = folder("XDG_CONFIG_HOME", ".config");
        let data_home = folder("XDG_DATA_HOME", ".local/share");
        let desktops = env::var("XDG_CURRENT_DESKTOP").unwrap_or_default().to_lowercase();
        let session = env::var("DESKTOP_SESSION").unwrap_or_default().to_lowercase();
        let signs = ["KDE_FULL_SESSION", "GNOME_DESKTOP_SESSION_ID", "MATE_DESKTOP_SESSION_ID"];
        let has_older_sign = signs.into_iter().any(is_set) || DESKTOPS.contains(&session.as_str());
        Some(Self {
            program: program()?,
            config_home,
            config_dirs: folders("XDG_CONFIG_DIRS", "/etc/xdg"),
            data_home,
            data_dirs: folders("XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
            desktops: desktops.split(':').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            has_older_sign,
            has_bus: has_bus(),
            path: folders("PATH", "/usr/local/bin:/usr/bin:/bin"),
        })
    }

    fn look(&self, scheme: &str) -> Registration {
        let Some(entry) = self.default_entry(&format!("x-scheme-handler/{}", scheme.to_lowercase())) else {
            return Registration::Missing;
        };
        let Some(named) = entry.program() else {
            return Registration::Other { handler: entry.id };
        };
        let Some(found) = self.find_program(&named) else {
            return Registration::Stale { path: named, is_own: self.is_own(&entry) };
        };
        if !is_same_file(&found, &self.program) && !is_script_for(&found, &self.program) {
            return if self.is_own(&entry) {
                Registration::Stale { path: found, is_own: true }
            } else {
                Registration::Other { handler: entry.id }
            };
        }
        match self.obstacle(&entry) {
            Some(reason) => Registration::NotDispatchable { reason },
            None => Registration::Ours,
        }
    }

    /// The entry that opens a type: the first default that is there, else the first program that says it can.
    fn default_entry(&self, mime_type: &str) -> Option<Entry> {
        let lists: Vec<KeyFile> = self.lists().filter_map(|path| KeyFile::read(&path)).collect();
        let named = |group: &'static str| {
            lists.iter().flat_map(move |list| list.list(group, mime_type)).map(str::to_owned)
        };
        let removed: Vec<_> = named("Removed Associations").collect();
        let caches: Vec<_> = self
            .application_folders()
            .filter_map(|folder| KeyFile::read(&folder.join("mimeinfo.cache")))
            .collect();
        let listed_there =
            caches.iter().flat_map(|cache| cache.list("MIME Cache", mime_type)).map(str::to_owned);
        let capable = named("Added Associations").chain(listed_there).filter(|id| !removed.contains(id));
        named("Default Applications").chain(capable).find_map(|id| self.entry(&id))
    }

    /// Every `mimeapps.list`, the one that counts most first.
    fn lists(&self) -> impl Iterator<Item = PathBuf> {
        let configured = std::iter::once(&self.config_home).chain(&self.config_dirs).cloned();
        configured.chain(self.application_folders()).flat_map(|folder| {
            let of_desktops =
                self.desktops.iter().map(|desktop| format!("{desktop}-mimeapps.list")).collect::<Vec<_>>();
            of_desktops.into_iter().chain(["mimeapps.list".to_owned()]).map(move |name| folder.join(name))
        })
    }

    fn application_folders(&self) -> impl Iterator<Item = PathBuf> {
        std::iter::once(&self.data_home).chain(&self.data_dirs).map(|folder| folder.join("applications"))
    }

    /// A dash in an entry's name may stand for a folder.
    fn entry(&self, id: &str) -> Option<Entry> {
        let dashes = id.matches('-').count();
        self.application_folders().find_map(|folder| {
            (0..=dashes).find_map(|count| {
                let path = folder.join(id.replacen('-', "/", count));
                let file = KeyFile::read(&path)?;
                (file.value("Desktop Entry", "Hidden") != Some("true")).then(|| Entry {
                    id: id.to_owned(),
                    path,
                    file,
                })
            })
        })
    }

    fn find_program(&self, named: &Path) -> Option<PathBuf> {
        let is_there = |path: &PathBuf| path.is_file();
        if named.components().count() > 1 {
            return Some(named.to_owned()).filter(is_there);
        }
        self.path.iter().map(|folder| folder.join(named)).find(is_there)
    }

    /// The entry that tauri-plugin-deep-link writes for an `AppImage`, or an unpacked build.
    fn is_own(&self, entry: &Entry) -> bool {
        let Some(name) = current_program().and_then(|program| program.file_name().map(OsString::from)) else {
            return false;
        };
        let own = format!("{}-handler.desktop", name.to_string_lossy());
        entry.path == self.data_home.join("applications").join(own)
    }

    /// What keeps a link from this program though it is registered.
    fn obstacle(&self, entry: &Entry) -> Option<NotDispatchable> {
        let is_there = |program: &&str| self.find_program(Path::new(program)).is_some();
        if !self.has_bus {
            return Some(NotDispatchable::NoSessionBus);
        }
        if !is_there(&"xdg-open") {
            return Some(NotDispatchable::NoOpener);
        }
        let known = self.has_older_sign || self.desktops.iter().any(|name| DESKTOPS.contains(&name.as_str()));
        let is_left_to_xdg_open = !known || !OPENERS.iter().any(is_there);
        (is_left_to_xdg_open && entry.exec().starts_with('"')).then_some(NotDispatchable::QuotedExec)
    }
}

/// A desktop entry.
struct Entry {
    id: String,
    path: PathBuf,
    file: KeyFile,
}

impl Entry {
    fn exec(&self) -> &str {
        self.file.value("Desktop Entry", "Exec").unwrap_or_default()
    }

    /// What it starts, as it is written there: beyond `env` and the variables that it sets.
    fn program(&self) -> Option<PathBuf> {
        let mut words = words(&unescape(self.exec())).into_iter();
        let first = words.next()?;
        let is_env = Path::new(&first).file_name().is_some_and(|name| name == "env");
        let program = if is_env { words.find(|word| !word.contains('=')) } else { Some(first) };
        program.filter(|program| !program.is_empty()).map(PathBuf::from)
    }
}

/// A file of groups of keys (desktop entry specification, section 3).
struct KeyFile(String);

impl KeyFile {
    fn read(path: &Path) -> Option<Self> {
        fs::read_to_string(path).ok().map(Self)
    }

    fn value(&self, group: &str, key: &str) -> Option<&str> {
        let mut lines = self.0.lines().map(str::trim);
        lines.find(|line| line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) == Some(group))?;
        lines
            .take_while(|line| !line.starts_with('['))
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim_end() == key)
            .map(|(_, value)| value.trim_start())
    }

    fn list(&self, group: &str, key: &str) -> impl Iterator<Item = &str> {
        self.value(group, key).unwrap_or_default().split(';').map(str::trim).filter(|entry| !entry.is_empty())
    }
}

/// A value of the type `string`: the first of the two layers in which `Exec` is written.
fn unescape(value: &str) -> String {
    let mut characters = value.chars();
    let mut plain = String::new();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        plain.extend(characters.next().map(|escaped| match escaped {
            's' => ' ',
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            other => other,
        }));
    }
    plain
}

/// The second layer: words that may be quoted, with a backslash before what has a meaning in quotes.
fn words(exec: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut characters = exec.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' if is_quoted => word.get_or_insert_default().extend(characters.next()),
            ' ' | '\t' if !is_quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// Packages put a script in front of a program, which sets its environment and names it.
fn is_script_for(script: &Path, program: &Path) -> bool {
    const LONGEST: u64 = 64 * 1024;
    let is_short = fs::metadata(script).is_ok_and(|script| script.len() <= LONGEST);
    let text = if is_short { fs::read_to_string(script).unwrap_or_default() } else { String::new() };
    let is_named = |path: &Path| path.to_str().is_some_and(|path| text.contains(path));
    text.starts_with("#!")
        && (is_named(program) || program.canonicalize().is_ok_and(|program| is_named(&program)))
}

/// This program, or the `AppImage` that it was unpacked from for this run.
fn program() -> Option<PathBuf> {
    let program = current_program()?;
    let is_unpacked = env::var_os("APPDIR").is_some_and(|folder| program.starts_with(folder));
    if is_unpacked { absolute("APPIMAGE").or(Some(program)) } else { Some(program) }
}

/// Of a program that was updated while it runs, Linux says that it is deleted.
fn current_program() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let before_update = program.to_str().and_then(|path| path.strip_suffix(" (deleted)")).map(PathBuf::from);
    Some(before_update.unwrap_or(program))
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Relative paths are invalid (base directory specification).
fn absolute(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn folders(name: &str, otherwise: &str) -> Vec<PathBuf> {
    let listed = env::var_os(name).filter(|value| !value.is_empty()).unwrap_or_else(|| otherwise.into());
    env::split_paths(&listed).filter(|path| path.is_absolute()).collect()
}

fn has_bus() -> bool {
    match env::var("DBUS_SESSION_BUS_ADDRESS") {
        Ok(address) if !address.is_empty() => is_there(&address),
        _ => absolute("XDG_RUNTIME_DIR").is_some_and(|folder| folder.join("bus").exists()),
    }
}

/// Of addresses that are no paths nothing is known.
fn is_there(addresses: &str) -> bool {
    addresses.split(';').any(|address| {
        let path = address.strip_prefix("unix:path=").and_then(|path| path.split(',').next());
        path.is_none_or(|path| Path::new(path).exists())
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const SCHEME: &str = "dev.keyfob.desktop";
    const TYPE: &str = "x-scheme-handler/dev.keyfob.desktop";

    /// A home with programs, desktop entries and lists in it.
    struct Home {
        folder: tempfile::TempDir,
        session: Session,
    }

    impl Home {
        /// GNOME, and nothing registered.
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let at = |path: &str| folder.path().join(path);
            let session = Session {
                program: at("opt/keyfob"),
                config_home: at("config"),
                config_dirs: vec![at("xdg")],
                data_home: at("local"),
                data_dirs: vec![at("share"), at("usr/share")],
                desktops: vec!["gnome".to_owned()],
                has_older_sign: false,
                has_bus: true,
                path: vec![at("bin"), at("usr/bin")],
            };
            let home = Self { folder, session };
            for program in ["opt/keyfob", "usr/bin/xdg-open", "usr/bin/gio", "usr/bin/other"] {
                home.write(program, "");
            }
            symlink(home.at("opt/keyfob"), home.at("usr/bin/keyfob-desktop")).expect("a link");
            home
        }

        fn at(&self, path: &str) -> PathBuf {
            self.folder.path().join(path)
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.at(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }

        fn entry(&self, path: &str, exec: &str) {
            let before = "# a comment\n[Desktop Action New]\nExec=usr/bin/other\n";
            self.write(
                path,
                &format!("{before}[Desktop Entry]\nName=App\nExec={exec}\n[Other]\nHidden=true\n"),
            );
        }

        fn list(&self, path: &str, group: &str, ids: &str) {
            self.write(path, &format!("[{group}]\ntext/html=web.desktop\n{TYPE}={ids}\n"));
        }

        fn looks(&self) -> Registration {
            self.session.look(SCHEME)
        }
    }

    fn other(handler: &str) -> Registration {
        Registration::Other { handler: handler.to_owned() }
    }

    #[test]
    fn an_installed_program_is_found_by_the_cache_or_by_a_list() {
        let mut home = Home::new();
        assert_eq!(home.looks(), Registration::Missing);
        home.entry("usr/share/applications/Keyfob.desktop", "keyfob-desktop %u");
        assert_eq!(home.looks(), Registration::Missing, "nothing says that it opens such links");
        home.list("usr/share/applications/mimeinfo.cache", "MIME Cache", "Keyfob.desktop;");
        assert_eq!(home.looks(), Registration::Ours);
        home.list("config/mimeapps.list", "Removed Associations", "Keyfob.desktop");
        assert_eq!(home.looks(), Registration::Missing);
        home.list("config/mimeapps.list", "Default Applications", "gone.desktop;Keyfob.desktop");
        assert_eq!(home.looks(), Registration::Ours);
        home.write(
            "usr/bin/wrapper",
            &format!("#!/bin/sh\nexec \"{}\" \"$@\"\n", home.at("opt/keyfob").display()),
        );
        home.entry("usr/share/applications/Keyfob.desktop", "wrapper %u");
        assert_eq!(home.looks(), Registration::Ours, "by a script");
        home.session.program = home.at("opt/another");
        home.write("opt/another", "");
        assert_eq!(home.looks(), other("Keyfob.desktop"));
    }

    #[test]
    fn the_list_that_counts_most_decides() {
        let home = Home::new();
        home.entry("usr/share/applications/Keyfob.desktop", "/usr/bin/env A=b keyfob-desktop %u");
        home.entry("usr/share/applications/vendor/other.desktop", "other %u");
        let lists = [
            "usr/share/applications/mimeapps.list",
            "share/applications/mimeapps.list",
            "local/applications/mimeapps.list",
            "local/applications/gnome-mimeapps.list",
            "xdg/mimeapps.list",
            "xdg/gnome-mimeapps.list",
            "config/mimeapps.list",
            "config/gnome-mimeapps.list",
        ];
        for (number, list) in lists.into_iter().enumerate() {
            let (id, expected) = match number % 2 {
                0 => ("vendor-other.desktop", other("vendor-other.desktop")),
                _ => ("Keyfob.desktop", Registration::Ours),
            };
            home.list(list, "Default Applications", id);
            assert_eq!(home.looks(), expected, "{list}");
        }
        home.list("config/kde-mimeapps.list", "Default Applications", "vendor-other.desktop");
        assert_eq!(home.looks(), Registration::Ours, "another desktop's list");
    }

    #[test]
    fn a_handler_that_is_gone_or_was_ours_in_another_place_is_stale() {
        let home = Home::new();
        home.list("config/mimeapps.list", "Default Applications", "Keyfob.desktop");
        home.entry("local/applications/Keyfob.desktop", "/gone/keyfob %u");
        assert_eq!(home.looks(), Registration::Stale { path: "/gone/keyfob".into(), is_own: false });

        let test = env::current_exe().expect("this program");
        let own = format!("{}-handler.desktop", test.file_name().expect("a name").to_string_lossy());
        let before = home.at("usr/bin/other");
        home.entry(&format!("local/applications/{own}"), &format!("\"{}\" %u", before.display()));
        home.list("config/mimeapps.list", "Default Applications", &own);
        assert_eq!(home.looks(), Registration::Stale { path: before, is_own: true });
        home.write(
            &format!("local/applications/{own}"),
            "[Desktop Entry]\nHidden=true\nExec=keyfob-desktop\n",
        );
        assert_eq!(home.looks(), Registration::Missing, "what is hidden is deleted");
    }

    #[test]
    fn a_link_that_is_registered_and_cannot_arrive_says_why() {
        let mut home = Home::new();
        let not = |reason| Registration::NotDispatchable { reason };
        home.list("config/mimeapps.list", "Default Applications", "Keyfob.desktop");
        home.entry(
            "local/applications/Keyfob.desktop",
            &format!("\"{}\" %u", home.at("opt/keyfob").display()),
        );
        assert_eq!(home.looks(), Registration::Ours);

        for (desktops, dispatched) in [
            (vec![], false),
            (vec!["sway"], false),
            (vec!["lxqt"], false),
            (vec!["ubuntu", "gnome"], true),
            (vec!["kde"], true),
        ] {
            home.session.desktops = desktops.iter().map(|name| (*name).to_owned()).collect();
            let expected = if dispatched { Registration::Ours } else { not(NotDispatchable::QuotedExec) };
            assert_eq!(home.looks(), expected, "{desktops:?}");
        }
        fs::remove_file(home.at("usr/bin/gio")).expect("removed");
        assert_eq!(home.looks(), not(NotDispatchable::QuotedExec), "the desktop's own opener is missing");
        home.entry("local/applications/Keyfob.desktop", "keyfob-desktop %u");
        assert_eq!(home.looks(), Registration::Ours, "xdg-open can run this one");
        fs::remove_file(home.at("usr/bin/xdg-open")).expect("removed");
        assert_eq!(home.looks(), not(NotDispatchable::NoOpener));
        home.session.has_bus = false;
        assert_eq!(home.looks(), not(NotDispatchable::NoSessionBus));
    }

    #[test]
    fn a_session_bus_that_is_gone_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let bus = format!("unix:path={}", folder.path().display());
        assert!(is_there(&bus) && is_there(&format!("{bus},guid=1")) && is_there("unix:abstract=/tmp/dbus"));
        assert!(!is_there("unix:path=/gone/bus,guid=1") && is_there(&format!("unix:path=/gone/bus;{bus}")));
    }

    #[test]
    fn exec_is_read_as_the_specification_writes_it() {
        let program = |exec: &str| {
            let file = KeyFile(format!("[Desktop Entry]\nExec = {exec}\n"));
            Entry { id: String::new(), path: PathBuf::new(), file }.program()
        };
        for (exec, expected) in [
            ("app %u", "app"),
            ("\"/opt/My App/app\" %u", "/opt/My App/app"),
            (r#""/opt/a\\"b/app" %u"#, r#"/opt/a"b/app"#),
            (r#""/opt/a\\\\b/app" %u"#, r"/opt/a\b/app"),
            (r"/opt/a\sb", "/opt/a"),
            ("env X=1 Y=2 app --flag %u", "app"),
        ] {
            assert_eq!(program(exec), Some(expected.into()), "{exec}");
        }
        for none in ["", "env X=1", "\"\" %u"] {
            assert_eq!(program(none), None, "{none}");
        }
    }
}
