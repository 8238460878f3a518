//! Every format over files as they are found outside.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::input::{self, Limits};

/// Real manifests, when somebody has put some somewhere (`TIDEWAITER_EXAMPLES`, one directory for each format): none may
/// panic, and those of a known format must be known.
#[test]
fn real_manifests_are_recognised() {
    let Some(root) = std::env::var_os("TIDEWAITER_EXAMPLES") else { return };
    let tree = input::read(Path::new(&root), &Limits::default()).unwrap();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (path, file) in tree.iter() {
        let mut one = Tree::default();
        one.insert(path, file.bytes.clone());
        let _ = read(&one);
        let folder = path.split('/').next().unwrap_or_default();
        let (name, reader): (_, Reader) = match folder {
            "mcp-registry-server-json" => ("server.json", registry::read),
            "mcpb" => ("manifest.json", mcpb::read),
            "toolhive-legacy-spec" => ("spec.yaml", toolhive::read_spec),
            "toolhive-upstream-ext" => ("server.json", registry::read),
            _ => continue,
        };
        let mut manifests = Manifests::default();
        let known = reader(&one, name, &one.text(path).unwrap(), &mut manifests);
        let count = counts.entry(folder).or_default();
        count.0 += 1;
        count.1 += usize::from(known);
        // Counter-examples, and files of other formats that lie beside them.
        if !known && !["invalid", "gateway", "input", "remote_to_server_expected"].iter().any(|word| path.contains(word)) {
            unknown.push(path.to_owned());
        }
        assert!(!known || manifests.problems.is_empty() || path.contains("invalid"), "{path}: {:?}", manifests.problems);
    }
    assert!(unknown.is_empty(), "not recognised: {unknown:?}; (files, recognised): {counts:?}");
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

/// Files made to be slow: many values, long keys, many scripts over many files.
#[test]
fn large_manifests_end() {
    let many = |piece: &str, count: usize| vec![piece; count].join(",");
    let mut tree = Tree::default();
    for n in 0..3_000 {
        tree.insert(format!("p{n}/q.py"), &b""[..]);
    }
    let numbers = many("1", 300_000);
    let key = "k".repeat(500_000);
    tree.insert("server.json", format!("{{\"name\": \"a.b/c\", \"packages\": [{{\"environmentVariables\": [{numbers}]}}]}}").into_bytes());
    let variables: Vec<String> = (0..100_000).map(|n| format!("\"V{n}\":\"\"")).collect();
    let overrides = format!("{{\"{key}\": {{\"env\": {{{}}}}}}}", variables.join(","));
    tree.insert(
        "manifest.json",
        format!("{{\"manifest_version\": \"0.3\", \"server\": {{\"mcp_config\": {{\"platform_overrides\": {overrides}}}}}}}").into_bytes(),
    );
    let names: Vec<String> = (0..200_000).map(|n| format!("\"d{n}\":\"1\"")).collect();
    tree.insert("package.json", format!("{{\"dependencies\": {{{}}}}}", names.join(",")).into_bytes());
    let scripts: String = (0..100_000).map(|n| format!("s{n} = \"m{n}.n:main\"\n")).collect();
    tree.insert("pyproject.toml", format!("[project]\nname = \"x\"\n[project.scripts]\n{scripts}").into_bytes());
    let manifests = read(&tree);
    assert_eq!(manifests.packages.iter().find(|p| p.ecosystem == "npm").unwrap().dependencies.len(), 200_000);
    assert_eq!(manifests.declarations.len(), 5_000);
    assert!(manifests.problems.len() < 300);
}
