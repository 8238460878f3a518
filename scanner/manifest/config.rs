//! What the user allows, in the `[declare]` table of their own `tidewaiter.toml`.
//!
//! This is the user's word about a target. A file of that name inside the target is the target's own word and is never
//! read by [`super::read`].

use super::document::{self, Item};
use super::writer::Writer;
use super::{DeclaredKind, Manifests, pattern};
use crate::analysis::facts::Access;

/// Keys, in the order in which they are documented.
const KEYS: &str = "hosts, listen, env, secrets, fs.read, fs.write, fs.delete, exec, databases";

/// Reads the `[declare]` table out of the text of a configuration file; its other tables are not looked at. A key that is
/// there specifies its kind: what it does not list is not allowed. Unknown keys, wrong types and broken syntax are in
/// [`Manifests::problems`]: for a user's configuration those are errors.
pub fn from_config(text: &str, file: &str) -> Manifests {
    let mut manifests = Manifests::default();
    let mut w = Writer::new("tidewaiter.toml", file, text, &mut manifests);
    let (node, errors) = document::toml(text);
    for error in &errors {
        w.problem_at(error.span.clone(), error.message.clone());
    }
    let root = Item::root(&node);
    if let Some(table) = w.map(&root, &["declare"]) {
        for item in table.entries() {
            read_key(&mut w, &item);
        }
    }
    manifests
}

fn read_key(w: &mut Writer<'_>, item: &Item<'_>) {
    use DeclaredKind::{Database, Environment, Filesystem, Network, Process};

    match item.key.unwrap_or_default() {
        "hosts" => hosts(w, item, Access::Connect),
        "listen" => hosts(w, item, Access::Listen),
        "env" => names(w, item, Environment, Access::Read),
        "secrets" => secrets(w, item),
        "exec" => names(w, item, Process, Access::Spawn),
        "databases" => {
            if let Some(list) = list(w, item) {
                w.specify(Database, None);
                for (entry, text) in list {
                    w.declare(&entry, Database, None, text);
                }
            }
        }
        "fs" if item.is_map() => {
            for entry in item.entries() {
                let access = match entry.key.unwrap_or_default() {
                    "read" => Access::Read,
                    "write" => Access::Write,
                    "delete" => Access::Delete,
                    _ => {
                        unknown(w, &entry);
                        continue;
                    }
                };
                if let Some(list) = list(w, &entry) {
                    w.specify(Filesystem, Some(access));
                    for (entry, text) in list {
                        let path = pattern::canonical_path(text);
                        w.declare(&entry, Filesystem, Some(access), if path.is_empty() { "*".to_owned() } else { path });
                    }
                }
            }
        }
        "fs" => w.problem(item, "declare.fs should be a table: write fs.read = […], fs.write = […] or fs.delete = […]"),
        _ => unknown(w, item),
    }

    fn hosts(w: &mut Writer<'_>, item: &Item<'_>, access: Access) {
        let Some(list) = list(w, item) else { return };
        w.specify(Network, Some(access));
        for (entry, text) in list {
            match pattern::canonical_host(text) {
                Some(host) => drop(w.declare(&entry, Network, Some(access), host)),
                None => {
                    w.problem(&entry, format!("{}: “{text}” is not a host; write a name like “api.example.org” or “*.example.org”", dotted(&entry)))
                }
            }
        }
    }

    fn names(w: &mut Writer<'_>, item: &Item<'_>, kind: DeclaredKind, access: Access) {
        let Some(list) = list(w, item) else { return };
        w.specify(kind, Some(access));
        for (entry, text) in list {
            w.declare(&entry, kind, Some(access), text);
        }
    }

    /// A variable, a file of credentials, or an entry of a keyring: all of them may be read, and all are secret.
    fn secrets(w: &mut Writer<'_>, item: &Item<'_>) {
        let Some(list) = list(w, item) else { return };
        w.specify(DeclaredKind::Credential, None);
        for (entry, text) in list {
            let is_path = text.contains(['/', '\\']);
            let target = if is_path { pattern::canonical_path(text) } else { text.to_owned() };
            w.declare(&entry, DeclaredKind::Credential, None, target).secret = true;
            if !is_path {
                w.declare(&entry, Environment, Some(Access::Read), text).secret = true;
            }
        }
    }
}

/// The texts of a list; `None` when it is not a list at all.
fn list<'d>(w: &mut Writer<'_>, item: &Item<'d>) -> Option<Vec<(Item<'d>, &'d str)>> {
    if !item.is_list() {
        w.problem(item, format!("{} should be a list of texts and is {}", dotted(item), item.kind()));
        return None;
    }
    let mut texts = Vec::new();
    for entry in item.items() {
        match entry.text().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => texts.push((entry, text)),
            None => w.problem(&entry, format!("{} should be a text and is {}", dotted(&entry), entry.kind())),
        }
    }
    Some(texts)
}

fn unknown(w: &mut Writer<'_>, item: &Item<'_>) {
    w.problem(item, format!("unknown key {}; the keys of [declare] are {KEYS}", dotted(item)));
}

/// `/declare/fs/read/0` → `declare.fs.read.0`
fn dotted(item: &Item<'_>) -> String {
    item.pointer().trim_start_matches('/').replace('/', ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Tree;

    const TEXT: &str = r#"
[policy]
fail-on = "high"

[declare]
hosts = ["https://api.example.org/v1", "*.example.com"]
listen = []
env = ["HARBOUR_*"]
secrets = ["HARBOUR_LOGIN", "~/.harbour/login"]
fs.read = ["${HOME}/charts"]
fs.delete = []
exec = ["git"]
databases = ["*"]
"#;

    #[test]
    fn reads_the_table() {
        let manifests = from_config(TEXT, "tidewaiter.toml");
        assert!(manifests.problems.is_empty(), "{:?}", manifests.problems);
        let said: Vec<_> = manifests.declarations.iter().map(|d| (d.path.as_str(), d.kind, d.target.as_str(), d.secret, d.location.line)).collect();
        use DeclaredKind::*;
        assert_eq!(
            said,
            [
                ("/declare/hosts/0", Network, "api.example.org", false, 6),
                ("/declare/hosts/1", Network, "*.example.com", false, 6),
                ("/declare/env/0", Environment, "HARBOUR_*", false, 8),
                ("/declare/secrets/0", Credential, "HARBOUR_LOGIN", true, 9),
                ("/declare/secrets/0", Environment, "HARBOUR_LOGIN", true, 9),
                ("/declare/secrets/1", Credential, "~/.harbour/login", true, 9),
                ("/declare/fs/read/0", Filesystem, "~/charts", false, 10),
                ("/declare/exec/0", Process, "git", false, 12),
                ("/declare/databases/0", Database, "*", false, 13),
            ]
        );
        let specified: Vec<_> = manifests.specified.iter().map(|s| (s.kind, s.access)).collect();
        assert_eq!(
            specified,
            [
                (Network, Some(Access::Connect)),
                (Network, Some(Access::Listen)),
                (Environment, Some(Access::Read)),
                (Credential, None),
                (Filesystem, Some(Access::Read)),
                (Filesystem, Some(Access::Delete)),
                (Process, Some(Access::Spawn)),
                (Database, None),
            ]
        );
    }

    #[test]
    fn mistakes_are_named() {
        let manifests = from_config("[declare]\nhost = []\nfs.raed = []\nexec = \"git\"\nenv = [1]\nhosts = [\"a b\"]\n", "t.toml");
        let messages: Vec<_> = manifests.problems.iter().map(|(place, text)| (place.line, text.split([';', ':']).next().unwrap())).collect();
        assert_eq!(
            messages,
            [
                (2, "unknown key declare.host"),
                (3, "unknown key declare.fs.raed"),
                (4, "declare.exec should be a list of texts and is a text"),
                (5, "declare.env.0 should be a text and is a number"),
                (6, "declare.hosts.0"),
            ]
        );
        assert_eq!(from_config("[declare", "t.toml").problems.len(), 1);
        assert_eq!(from_config("declare = 1", "t.toml").problems.len(), 1);
        assert_eq!(from_config("", "t.toml"), Manifests::default());
    }

    #[test]
    fn the_target_has_no_say() {
        let mut tree = Tree::default();
        tree.insert("tidewaiter.toml", TEXT.as_bytes());
        assert_eq!(super::super::read(&tree), Manifests::default());
    }
}
