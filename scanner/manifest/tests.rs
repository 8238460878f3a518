//! Every format over files as they are found outside.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::input::{self, Limits};

/// Real manifests, when somebody has put some there (`TIDEWAITER_EXAMPLES`): none may panic, and those of a known format
/// must be known.
#[test]
fn real_manifests_are_recognised() {
    let Some(root) = std::env::var_os("TIDEWAITER_EXAMPLES") else { return };
    let tree = input::read(Path::new(&root), &Limits::default()).unwrap();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (path, file) in tree.iter() {
        let mut one = Tree::default();
        one.insert(path, file.bytes.clone());
        let manifests = read(&one);
        let known = manifests != Manifests::default();
        let folder = path.split('/').next().unwrap_or_default();
        let count = counts.entry(folder.to_owned()).or_default();
        count.0 += 1;
        count.1 += usize::from(known);
        let must = ["mcp-registry-server-json", "mcpb", "toolhive-legacy-spec"].contains(&folder) && !path.contains("invalid");
        if must && !known {
            unknown.push(path.to_owned());
        }
    }
    let lines: Vec<String> = counts.iter().map(|(folder, (all, known))| format!("{folder}: {known} of {all}")).collect();
    assert!(unknown.is_empty(), "not recognised: {unknown:?}\n{}", lines.join("\n"));
}

/// Any bytes under any of the names.
#[test]
fn nothing_panics() {
    let names = [
        "package.json",
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "a.dist-info/METADATA",
        "a.dist-info/entry_points.txt",
        "requirements.txt",
        "server.json",
        "manifest.json",
        "spec.yaml",
        "profile.json",
    ];
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\n",
        "a",
        "=",
        "- ",
        "\u{feff}",
        "é",
        "😀",
        "0",
        "name",
        "packages",
        "$schema",
        "modelcontextprotocol.io/schemas/",
        "manifest_version",
        "server",
        "\"outbound\"",
        "&a",
        "*a",
        "|",
        "\\u",
        "\t",
        "null",
        "-e",
        "${",
        "//",
        "/*",
        "#",
        "\r",
        "\0",
    ];
    let mut state = 7u64;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..24 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        let mut tree = Tree::default();
        for name in names {
            tree.insert(name, text.as_bytes());
        }
        let manifests = read(&tree);
        assert!(manifests.problems.iter().all(|(place, _)| place.line >= 1 && place.column >= 1));
        let _ = from_config(&text, "tidewaiter.toml");
        let _ = (canonical_host(&text), canonical_path(&text), is_secret_name(&text), host_matches(&text, &text), path_matches(&text, &text));
    }
}
