//! Which versions of its libraries a target asks for, where that rules out newer ones.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::input::Tree;

/// Bytes of a lockfile that are read.
const MAX_BYTES: u64 = 16 << 20;

/// For each library the newest version that the target admits, where it says so.
#[derive(Debug, Default)]
pub(crate) struct Versions(BTreeMap<String, Limit>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u64, u64, u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// This version.
    Exactly(Version),
    /// Any older one.
    Below(Version),
}

impl Versions {
    pub(crate) fn of(tree: &Tree) -> Self {
        let mut versions = Versions::default();
        let mut locks = Vec::new();
        for (path, _) in tree.iter() {
            if crate::input::is_dependency(path) || tree.size(path) > MAX_BYTES {
                continue;
            }
            let name = path.rsplit('/').next().unwrap_or(path);
            match name {
                "package.json" | "pyproject.toml" | "METADATA" | "PKG-INFO" | "Cargo.toml" | "go.mod" => versions.requirements(tree, path),
                _ if name.starts_with("requirements") && name.ends_with(".txt") => versions.requirements(tree, path),
                "uv.lock" | "poetry.lock" | "Cargo.lock" | "package-lock.json" | "npm-shrinkwrap.json" | "yarn.lock" | "pnpm-lock.yaml" => {
                    locks.push(path)
                }
                _ => {}
            }
        }
        // What is locked is what is installed.
        let mut locked = Versions::default();
        for path in locks {
            locked.lock(tree, path);
        }
        versions.0.extend(locked.0);
        versions
    }

    /// Whether a version at or after `since` (`package 1.2.3`) can be the one that is used.
    pub(crate) fn may_be_since(&self, since: &str) -> bool {
        let Some((package, since)) = since.rsplit_once(' ') else { return true };
        let Some(since) = version(since) else { return true };
        match self.0.get(&canonical(package)) {
            Some(Limit::Exactly(version)) => *version >= since,
            Some(Limit::Below(limit)) => *limit > since,
            None => true,
        }
    }

    fn requirements(&mut self, tree: &Tree, path: &str) {
        let Some(text) = tree.text(path) else { return };
        for line in text.lines().take(200_000) {
            let Some(found) = REQUIREMENT.captures(line) else { continue };
            let limit = limit(found.name("range").map_or("", |m| m.as_str()), path.ends_with("package.json") || path.ends_with("Cargo.toml"));
            if let (Some(name), Some(limit)) = (found.name("name"), limit) {
                self.0.entry(canonical(name.as_str())).or_insert(limit);
            }
        }
    }

    fn lock(&mut self, tree: &Tree, path: &str) {
        let Some(text) = tree.text(path) else { return };
        let mut name: Option<String> = None;
        for line in text.lines().take(2_000_000) {
            if let Some(found) = LOCKED_NAME.captures(line) {
                name = found.iter().skip(1).flatten().next().map(|m| canonical(m.as_str()));
            } else if let Some(found) = LOCKED_VERSION.captures(line)
                && let Some(name) = name.take()
                && let Some(version) = version(&found[1])
            {
                // Of several copies the oldest decides.
                let older = matches!(self.0.get(&name), Some(Limit::Exactly(known)) if *known <= version);
                if !older {
                    self.0.insert(name, Limit::Exactly(version));
                }
            }
        }
    }
}

/// `"mcp": "^1.2.3"`, `mcp[cli]>=1.2,<2`, `Requires-Dist: mcp (==1.2)`, `mcp = "1.2"`, `require example.org/mcp v1.2.3`.
static REQUIREMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^\s*(?:Requires-Dist:\s*|require\s+)?["']?(?P<name>@?[A-Za-z][A-Za-z0-9_./-]*?)(?:\[[^\]]*\])?["']?\s*(?:[:=]\s*(?:\{.*version\s*=\s*)?["'])?\s*\(?(?P<range>(?:[\^~<>=!v]|\d).*)$"#,
    )
    .expect("a constant pattern")
});

static LOCKED_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:name = "([^"]+)"|\s+"node_modules/((?:@[^/"]+/)?[^/"]+)": \{|"?((?:@[^/@"]+/)?[^@"\s]+)@[^:]*:\s*$)"#)
        .expect("a constant pattern")
});

static LOCKED_VERSION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"^\s*"?version"?\s*[:=]?\s*"?(\d[^",\s]*)"#).expect("a constant pattern"));

fn canonical(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

fn version(text: &str) -> Option<Version> {
    let mut numbers = text.trim_start_matches(['v', '=', ' ']).split(['.', '-', '+']).map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().ok()
    });
    let first = numbers.next()??;
    let mut next = || numbers.next().flatten().unwrap_or(0);
    Some(Version(first, next(), next()))
}

/// What a range rules out at its upper end. `carets`: a bare version admits newer ones in Cargo, and only itself in npm.
fn limit(range: &str, quoted: bool) -> Option<Limit> {
    let range = range.split(['"', '\'', ';', ')', '#', '}']).next().unwrap_or_default().trim();
    if range.contains("||") {
        return None;
    }
    for part in range.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        if let Some(exact) = part.strip_prefix("==").or_else(|| part.strip_prefix('=')) {
            return version(exact).filter(|_| !exact.contains('*')).map(Limit::Exactly);
        }
        if let Some(below) = part.strip_prefix('<').filter(|below| !below.starts_with('=')) {
            return version(below).map(Limit::Below);
        }
        if let Some(upto) = part.strip_prefix("<=") {
            return version(upto).map(Limit::Exactly);
        }
        if let Some(compatible) = part.strip_prefix("~=") {
            let Version(major, minor, _) = version(compatible)?;
            let next = if compatible.matches('.').count() > 1 { Version(major, minor + 1, 0) } else { Version(major + 1, 0, 0) };
            return Some(Limit::Below(next));
        }
        if let Some(patch) = part.strip_prefix('~') {
            let Version(major, minor, _) = version(patch)?;
            return Some(Limit::Below(Version(major, minor + 1, 0)));
        }
        if let Some(caret) = part.strip_prefix('^') {
            let Version(major, minor, patch) = version(caret)?;
            return Some(Limit::Below(match (major, minor) {
                (0, 0) => Version(0, 0, patch + 1),
                (0, minor) => Version(0, minor + 1, 0),
                (major, _) => Version(major + 1, 0, 0),
            }));
        }
        if part.starts_with(|c: char| c.is_ascii_digit() || c == 'v') && !part.contains(['x', '*']) && (quoted || part.starts_with('v')) {
            return version(part).map(Limit::Exactly);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(files: &[(&str, &str)]) -> Versions {
        let mut tree = Tree::default();
        for (name, text) in files {
            tree.insert((*name).to_owned(), text.as_bytes());
        }
        Versions::of(&tree)
    }

    #[test]
    fn ranges_that_rule_newer_versions_out() {
        for (file, text, may) in [
            ("requirements.txt", "mcp==1.22.0\n", false),
            ("requirements.txt", "mcp>=1.2\n", true),
            ("requirements.txt", "mcp[cli]>=1.2,<1.20\n", false),
            ("requirements.txt", "mcp~=1.22.0\n", false),
            ("requirements.txt", "mcp~=1.22\n", true),
            ("package.json", "{\n  \"dependencies\": {\n    \"mcp\": \"^1.20.0\"\n  }\n}", true),
            ("package.json", "{\n  \"dependencies\": {\n    \"mcp\": \"1.20.0\"\n  }\n}", false),
            ("package.json", "{\n  \"dependencies\": {\n    \"mcp\": \"~1.22.4\"\n  }\n}", false),
            ("a-1.dist-info/METADATA", "Requires-Dist: mcp (==1.9.0)\n", false),
            ("pyproject.toml", "dependencies = [\n  \"mcp>=1.30\",\n]\n", true),
            ("uv.lock", "[[package]]\nname = \"mcp\"\nversion = \"1.12.0\"\n", false),
            ("package-lock.json", "{\n    \"node_modules/mcp\": {\n      \"version\": \"1.24.1\",\n", true),
            ("yarn.lock", "mcp@^1.0.0:\n  version \"1.3.0\"\n", false),
        ] {
            assert_eq!(versions(&[(file, text)]).may_be_since("mcp 1.23.0"), may, "{file}: {text}");
        }
    }

    #[test]
    fn what_is_locked_is_installed() {
        let files = [("pyproject.toml", "\"mcp==1.0\",\n"), ("uv.lock", "name = \"mcp\"\nversion = \"1.30.0\"\n")];
        assert!(versions(&files).may_be_since("mcp 1.23.0"));
        assert!(versions(&[]).may_be_since("mcp 1.23.0"));
    }
}
