//! SECURITY.md's table of what the specifications ask for: complete, and each test that it names is there.

use std::{collections::BTreeSet, fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn rows() -> Vec<[String; 3]> {
    let text = fs::read_to_string(Path::new(ROOT).join("SECURITY.md")).expect("SECURITY.md");
    let rows =
        text.lines().filter_map(|line| line.strip_prefix("| S-")?.strip_suffix(" |").map(str::to_owned));
    rows.map(|row| {
        let cells: Vec<_> = row.splitn(3, " | ").map(str::to_owned).collect();
        cells.try_into().expect("a row has three cells")
    })
    .collect()
}

/// The file that a name stands for: the root's after a slash, else the engine's.
fn file(name: &str) -> String {
    match name.strip_prefix('/') {
        Some(name) => format!("{ROOT}/{name}"),
        None if name.starts_with("tests/") => format!("{ROOT}/crates/keyfob/{name}"),
        None => format!("{ROOT}/crates/keyfob/src/{name}"),
    }
}

#[test]
fn every_requirement_has_a_row() {
    let mut numbers = Vec::new();
    for [number, ..] in rows() {
        numbers.push(number.parse::<u32>().expect("a number"));
    }
    assert_eq!(numbers, (1..=83).collect::<Vec<_>>());
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let mut named = BTreeSet::new();
    for [number, _, held] in rows() {
        let mut last = None;
        for quoted in held.split('`').skip(1).step_by(2) {
            let Some((name, test)) = quoted.split_once("::") else {
                let is_file = quoted.contains('/') && quoted.contains('.');
                assert!(!is_file || Path::new(&file(quoted)).exists(), "S-{number}: {quoted}");
                continue;
            };
            if !name.is_empty() {
                last = Some(file(name));
            }
            let path = last.clone().expect("a file before a test that has none of its own");
            let text = fs::read_to_string(&path).unwrap_or_default();
            assert!(text.contains(&format!("fn {test}(")), "S-{number}: {test} is not in {path}");
            named.insert(test.to_owned());
        }
    }
    assert!(named.len() > 80, "{} tests are named", named.len());
}
