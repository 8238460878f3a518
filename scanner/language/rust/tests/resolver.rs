use super::super::resolve::Crates;
use crate::input::Tree;
use crate::language::{Resolution, Resolver};

fn tree(files: &[(&str, &str)]) -> Crates {
    let mut tree = Tree::default();
    for (path, text) in files {
        tree.insert(*path, text.as_bytes().to_vec());
    }
    Crates::of(&tree)
}

fn file(path: &str) -> Resolution {
    Resolution::File(path.into())
}

fn external(name: &str) -> Resolution {
    Resolution::External(name.into())
}

#[test]
fn modules_of_a_crate() {
    let crates = tree(&[
        ("Cargo.toml", "[package]\nname = \"a-b\"\n[dependencies]\nmcp = { package = \"rmcp\", version = \"1\" }\n"),
        ("src/main.rs", "mod cli;\n"),
        ("src/lib.rs", "pub mod tools;\n"),
        ("src/cli.rs", ""),
        ("src/tools/mod.rs", "mod git;"),
        ("src/tools/git.rs", ""),
        ("src/tools/git/log.rs", ""),
    ]);
    assert_eq!(crates.resolve("src/main.rs", "self::cli"), file("src/cli.rs"));
    assert_eq!(crates.resolve("src/main.rs", "a_b::tools"), file("src/tools/mod.rs"));
    assert_eq!(crates.resolve("src/cli.rs", "crate"), file("src/main.rs"));
    assert_eq!(crates.resolve("src/tools/git.rs", "crate::tools"), file("src/tools/mod.rs"));
    assert_eq!(crates.resolve("src/tools/git.rs", "self::log"), file("src/tools/git/log.rs"));
    assert_eq!(crates.resolve("src/tools/git/log.rs", "super"), file("src/tools/git.rs"));
    assert_eq!(crates.resolve("src/tools/git/log.rs", "super::super"), file("src/tools/mod.rs"));
    assert_eq!(crates.resolve("src/tools/mod.rs", "super"), file("src/lib.rs"));
    assert_eq!(crates.resolve("src/main.rs", "super"), external("super"));
    assert_eq!(crates.resolve("src/main.rs", "mcp::model"), external("rmcp::model"));
    assert_eq!(crates.resolve("src/main.rs", "std"), external("std"));
    assert_eq!(crates.submodule("src/tools/mod.rs", "git"), Some("src/tools/git.rs".into()));
    assert_eq!(crates.submodule("src/tools/mod.rs", "../x"), None);
}

#[test]
fn crates_of_a_workspace() {
    let crates = tree(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
        ("crates/server/Cargo.toml", "[package]\nname = \"server\"\n[[bin]]\nname = \"s\"\npath = \"bin/s.rs\"\n"),
        ("crates/server/bin/s.rs", "mod x;"),
        ("crates/server/bin/x.rs", ""),
        ("crates/server/src/bin/other.rs", ""),
        ("crates/core/Cargo.toml", "[package]\nname = \"my-core\"\n[lib]\nname = \"core_lib\"\n"),
        ("crates/core/src/lib.rs", "pub mod api;"),
        ("crates/core/src/api.rs", ""),
        ("broken/Cargo.toml", "[package\n"),
    ]);
    assert_eq!(crates.resolve("crates/server/bin/s.rs", "core_lib::api"), file("crates/core/src/api.rs"));
    assert_eq!(crates.resolve("crates/server/bin/x.rs", "super"), file("crates/server/bin/s.rs"));
    assert_eq!(crates.resolve("crates/server/bin/x.rs", "crate::x"), file("crates/server/bin/x.rs"));
    assert_eq!(crates.resolve("crates/server/src/bin/other.rs", "crate"), file("crates/server/src/bin/other.rs"));
    assert_eq!(crates.resolve("crates/server/bin/s.rs", "my_core"), external("my_core"));
}
