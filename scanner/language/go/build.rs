//! Which files the compiler takes: names and constraints that say for what a file is built.

/// Operating systems and processors that a file name can end in.
const SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];
const PROCESSORS: &[&str] =
    &["386", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm"];

/// Parentheses of a constraint that are followed.
const DEPTH: u32 = 32;

/// Whether a file is part of a build for Linux without tags of its own: the one build that is looked at.
pub(crate) fn is_built(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".go").unwrap_or(name);
    if stem.ends_with("_test") || name.starts_with(['_', '.']) {
        return false;
    }
    let mut words = stem.split('_').skip(1).collect::<Vec<_>>().into_iter().rev();
    let foreign = |word: &str| SYSTEMS.contains(&word) || PROCESSORS.contains(&word);
    let (last, before) = (words.next(), words.next());
    if last.is_some_and(foreign) || (last == Some("amd64") && before.is_some_and(foreign)) {
        return false;
    }
    constraint(text).is_none_or(holds)
}

/// The constraint above the package clause.
fn constraint(text: &str) -> Option<&str> {
    let head = text.lines().take(200).take_while(|line| !line.starts_with("package "));
    head.filter_map(|line| line.trim().strip_prefix("//go:build ")).next()
}

fn holds(constraint: &str) -> bool {
    let mut parser = Constraint { rest: constraint };
    parser.either(0)
}

struct Constraint<'t> {
    rest: &'t str,
}

impl Constraint<'_> {
    fn eat(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn either(&mut self, depth: u32) -> bool {
        let mut holds = self.both(depth);
        while self.eat("||") {
            holds |= self.both(depth);
        }
        holds
    }

    fn both(&mut self, depth: u32) -> bool {
        let mut holds = self.one(depth);
        while self.eat("&&") {
            holds &= self.one(depth);
        }
        holds
    }

    fn one(&mut self, depth: u32) -> bool {
        let mut negated = false;
        while self.eat("!") {
            negated = !negated;
        }
        if self.eat("(") {
            let holds = if depth < DEPTH { self.either(depth + 1) } else { true };
            self.eat(")");
            return holds != negated;
        }
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(self.rest.len());
        let (tag, rest) = self.rest.split_at(end);
        self.rest = rest;
        let set = matches!(tag, "linux" | "unix" | "amd64" | "gc" | "cgo") || tag.starts_with("go1.");
        set != negated
    }
}

#[cfg(test)]
mod tests {
    use super::is_built;

    #[test]
    fn files_are_chosen_by_name_and_constraint() {
        for path in ["a.go", "x/open_linux.go", "x/open_unix.go", "tool_amd64.go", "windows.go", "list_files.go"] {
            assert!(is_built(path, "package a\n"), "{path}");
        }
        for path in ["a_test.go", "open_windows.go", "x/open_darwin_arm64.go", "open_windows_amd64.go", "_draft.go"] {
            assert!(!is_built(path, "package a\n"), "{path}");
        }
        assert!(!is_built("a.go", "//go:build ignore\n\npackage main\n"));
        assert!(is_built("a.go", "// Copyright\n\n//go:build !windows && (linux || darwin)\n\npackage main\n"));
        assert!(is_built("a.go", "//go:build go1.21 && !e2e\npackage main\n"));
        assert!(!is_built("a.go", "//go:build darwin || integration\npackage main\n"));
        assert!(is_built("a.go", &format!("//go:build {}\npackage a\n", "(".repeat(100_000))));
    }
}
