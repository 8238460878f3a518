use std::fs;
use std::path::Path;

use super::*;

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn write(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn paths(tree: &Tree) -> Vec<&str> {
    tree.iter().map(|(path, _)| path).collect()
}

fn reason<'t>(tree: &'t Tree, path: &str) -> &'t str {
    tree.skipped.iter().find(|s| s.path == path).map_or("", |s| &s.reason)
}

#[test]
fn keeps_code_and_manifests_and_lists_the_rest() {
    let root = directory();
    let root = root.path();
    for path in ["src/index.ts", "package.json", ".hidden/x.py", ".gitignore", "logo.png", "a.node", "main.rb", "yarn.lock", ".git/config.json"] {
        write(root, path, "x");
    }
    write(root, "bin/run", "#!/usr/bin/env node\n");
    write(root, "bin/data", "data");
    let tree = read(root, &Limits::default()).unwrap();
    assert_eq!(paths(&tree), [".hidden/x.py", "bin/run", "package.json", "src/index.ts"]);
    let listed: Vec<_> = tree.listed().map(|(path, _)| path).collect();
    assert_eq!(listed, [".gitignore", "a.node", "bin/data", "logo.png", "main.rb", "yarn.lock"]);
    assert!(tree.listed().any(|(path, file)| path == "a.node" && file.sha256.is_some() && file.size == 1));
    assert_eq!(other_language("main.rb"), Some("ruby"));
    assert!(tree.skipped.is_empty());
}

#[test]
fn ignore_files_of_the_target_decide_nothing() {
    let root = directory();
    write(root.path(), ".gitignore", "*.js\n");
    write(root.path(), ".ignore", "*\n");
    write(root.path(), "a.js", "1");
    assert_eq!(paths(&read(root.path(), &Limits::default()).unwrap()), ["a.js"]);
}

#[test]
fn digest_speaks_for_paths_and_content() {
    let digest = |entries: &[(&str, &str)]| {
        let mut tree = Tree::default();
        for (path, text) in entries {
            tree.insert(*path, text.as_bytes());
        }
        tree.digest()
    };
    assert_eq!(digest(&[("a", "1"), ("b", "2")]), digest(&[("b", "2"), ("a", "1")]));
    assert_ne!(digest(&[("a", "1")]), digest(&[("a", "2")]));
    assert_ne!(digest(&[("a", "1")]), digest(&[("b", "1")]));
    assert!(digest(&[]).starts_with("sha256:"));
    assert_eq!(digest(&[]).len(), 7 + 64);
}

#[test]
fn limits_hold() {
    let root = directory();
    let root = root.path();
    write(root, "a.js", "12345");
    write(root, "b.js", "12345678901");
    write(root, "c/d/e/f.js", "1");
    write(root, "z.js", "12345");
    let limits = Limits { file_bytes: 10, total_bytes: 8, depth: 2, ..Limits::default() };
    let tree = read(root, &limits).unwrap();
    assert_eq!(paths(&tree), ["a.js"]);
    assert!(reason(&tree, "b.js").contains("limit of 10"), "{:?}", tree.skipped);
    assert!(reason(&tree, "c/d").contains("deeper than 2"));
    assert!(reason(&tree, "z.js").contains("8 bytes in all"));
    assert!(tree.exists("b.js"), "still known of");

    let tree = read(root, &Limits { files: 2, ..Limits::default() }).unwrap();
    assert_eq!(paths(&tree), ["a.js", "b.js"]);
    assert_eq!(tree.skipped.len(), 1);
}

#[test]
fn dependencies_have_a_budget_of_their_own() {
    let root = directory();
    let root = root.path();
    for n in 0..5 {
        write(root, &format!("node_modules/p/{n}.js"), "1");
        write(root, &format!("node_modules/q/{n}.js"), "1");
    }
    write(root, "src/z.js", "1");
    let tree = read(root, &Limits { dependency_files: 3, files: 1, ..Limits::default() }).unwrap();
    assert_eq!(paths(&tree), ["node_modules/p/0.js", "node_modules/p/1.js", "node_modules/p/2.js", "src/z.js"]);
    assert!(reason(&tree, "node_modules/p").starts_with("dependency"));
    assert!(reason(&tree, "node_modules/q").starts_with("dependency"));
}

#[test]
fn a_single_file_is_a_tree() {
    let root = directory();
    write(root.path(), "tools.anything", "[]");
    let tree = read(&root.path().join("tools.anything"), &Limits::default()).unwrap();
    assert_eq!(paths(&tree), ["tools.anything"]);
    let limits = Limits { file_bytes: 1, ..Limits::default() };
    assert!(matches!(read(&root.path().join("tools.anything"), &limits), Err(InputError::TooLarge { size: 2, .. })));
}

#[test]
fn says_what_is_wrong_with_the_target() {
    let root = directory();
    assert!(matches!(read(root.path(), &Limits::default()), Err(InputError::Empty(_))));
    let error = read(&root.path().join("nowhere"), &Limits::default()).unwrap_err();
    assert!(error.to_string().ends_with("nowhere: there is no such file or directory"), "{error}");
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_are_not_followed() {
        let root = directory();
        let outside = directory();
        write(outside.path(), "secret.js", "1");
        write(root.path(), "a.js", "1");
        symlink(root.path(), root.path().join("loop")).unwrap();
        symlink(outside.path(), root.path().join("out")).unwrap();
        symlink(root.path().join("a.js"), root.path().join("b.js")).unwrap();
        symlink("nowhere", root.path().join("dangling")).unwrap();
        let tree = read(root.path(), &Limits::default()).unwrap();
        assert_eq!(paths(&tree), ["a.js"]);
        assert_eq!(tree.skipped.len(), 4);
        assert!(reason(&tree, "loop").contains("symbolic link"));
    }

    #[test]
    fn a_link_the_user_names_is_followed() {
        let root = directory();
        write(root.path(), "real/a.js", "1");
        symlink(root.path().join("real"), root.path().join("link")).unwrap();
        assert_eq!(paths(&read(&root.path().join("link"), &Limits::default()).unwrap()), ["a.js"]);
    }

    #[test]
    fn pipes_are_not_opened() {
        let root = directory();
        write(root.path(), "a.js", "1");
        let pipe = root.path().join("pipe.js");
        if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
            return; // no mkfifo here
        }
        let tree = read(root.path(), &Limits::default()).unwrap();
        assert_eq!(paths(&tree), ["a.js"]);
        assert!(reason(&tree, "pipe.js").contains("not a regular file"));
        assert!(matches!(read(&pipe, &Limits::default()), Err(InputError::Special(_))));
    }

    #[test]
    fn names_that_are_not_text_stay_apart() {
        let root = directory();
        for name in [&b"a\xff.js"[..], b"a\xfe.js", "a\u{fffd}ff.js".as_bytes()] {
            if fs::write(root.path().join(OsStr::from_bytes(name)), "1").is_err() {
                return; // this file system takes only text
            }
        }
        let tree = read(root.path(), &Limits::default()).unwrap();
        assert_eq!(paths(&tree), ["a\u{fffd}fe.js", "a\u{fffd}ff.js", "a\u{fffd}ff~2.js"]);
    }

    #[test]
    fn unreadable_files_are_skipped_with_the_reason() {
        let root = directory();
        write(root.path(), "a.js", "1");
        write(root.path(), "b.js", "1");
        let secret = root.path().join("b.js");
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&secret).is_ok() {
            return; // running as a user whom permissions do not stop
        }
        let tree = read(root.path(), &Limits::default()).unwrap();
        assert_eq!(paths(&tree), ["a.js"]);
        assert_eq!(reason(&tree, "b.js"), "permission denied");
        assert!(read(&secret, &Limits::default()).unwrap_err().to_string().contains("permission denied"));
    }
}
