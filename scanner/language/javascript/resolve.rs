//! Finds the file that a module specifier means, as Node, TypeScript and the bundlers would, among the files of the
//! target. A build folder that is not in the target stands for the sources it is built from.

use std::collections::{BTreeMap, BTreeSet};

use super::package::{Config, Package, matching};
use crate::input::Tree;
use crate::language::{Resolution, Resolver};

const EXTENSIONS: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "mjs", "cjs", "jsx"];
/// Folders that hold what a build makes.
const BUILT: [&str; 8] = ["dist", "build", "lib", "out", "output", "esm", "cjs", "es"];
/// A chain of `extends` longer than this is not followed.
const MAX_EXTENDS: usize = 8;

/// Modules that Node itself provides: no file of the target can take their place.
const BUILT_IN: [&str; 54] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
    "assert/strict",
    "dns/promises",
    "fs/promises",
    "path/posix",
    "path/win32",
    "readline/promises",
    "stream/consumers",
    "stream/promises",
    "stream/web",
    "timers/promises",
    "util/types",
    "inspector/promises",
];

/// The packages and configurations of one target.
#[derive(Debug, Default)]
pub(super) struct Packages {
    files: BTreeSet<String>,
    /// By folder (empty for the root).
    packages: BTreeMap<String, Package>,
    configs: BTreeMap<String, Config>,
    /// Folders of the target's own packages, by name.
    workspace: BTreeMap<String, String>,
}

impl Packages {
    pub(super) fn read(tree: &Tree) -> Packages {
        let mut packages = Packages::default();
        let mut configs = BTreeMap::new();
        for (path, _) in tree.iter() {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            if super::super::of(path).is_some() {
                packages.files.insert(path.to_owned());
            } else if name == "package.json" {
                let package = Package::read(&tree.text(path).unwrap_or_default());
                if let Some(name) = package.name.clone().filter(|_| !path.contains("node_modules/")) {
                    // The outermost of several of the same name.
                    packages.workspace.entry(name).or_insert_with(|| folder.to_owned());
                }
                packages.packages.insert(folder.to_owned(), package);
            } else if name.ends_with(".json") && (name.starts_with("tsconfig") || name.starts_with("jsconfig")) {
                configs.insert(path.to_owned(), Config::read(&tree.text(path).unwrap_or_default()));
            }
        }
        for name in ["jsconfig.json", "tsconfig.json"] {
            for path in configs.keys().filter(|path| path.rsplit('/').next() == Some(name)) {
                packages.configs.insert(parent(path).to_owned(), whole_config(path, &configs));
            }
        }
        packages
    }

    /// The file at `path`, as written or as the extensions and index files make it.
    fn file(&self, path: &str) -> Option<String> {
        self.module(path).or_else(|| self.index(path))
    }

    fn module(&self, path: &str) -> Option<String> {
        if self.files.contains(path) {
            return Some(path.to_owned());
        }
        let swapped: &[&str] = match path.rsplit_once('.').map(|(_, extension)| extension) {
            Some("js") => &["ts", "tsx", "jsx"],
            Some("jsx") => &["tsx"],
            Some("mjs") => &["mts"],
            Some("cjs") => &["cts"],
            _ => &[],
        };
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let swapped = swapped.iter().map(|extension| format!("{stem}.{extension}"));
        swapped.chain(EXTENSIONS.iter().map(|extension| format!("{path}.{extension}"))).find(|path| self.files.contains(path))
    }

    fn index(&self, folder: &str) -> Option<String> {
        if let Some(package) = self.packages.get(folder)
            && let Some(file) = package.mains.iter().find_map(|main| self.module(&join(folder, main)?))
        {
            return Some(file);
        }
        let index = join(folder, "index")?;
        EXTENSIONS.iter().map(|extension| format!("{index}.{extension}")).find(|path| self.files.contains(path))
    }

    /// The file that a package says it is, or the source of it.
    fn built_file(&self, folder: &str, target: &str) -> Option<String> {
        let path = join(folder, target)?;
        if let Some(file) = self.file(&path) {
            return Some(file);
        }
        // A target outside of its package is no build of it.
        let inside: Vec<&str> = path.strip_prefix(folder)?.trim_start_matches('/').split('/').collect();
        // Deeper than any build puts its output.
        for at in 0..inside.len().min(4) {
            if !BUILT.contains(&inside[at]) {
                continue;
            }
            for source in ["src", "source", ""] {
                for skip in 1..=3.min(inside.len() - at - 1) {
                    let rest = inside[at + skip..].join("/");
                    let guess = join(folder, &format!("{}/{source}/{rest}", inside[..at].join("/")))?;
                    if let Some(file) = self.module(&guess) {
                        return Some(file);
                    }
                }
            }
        }
        None
    }

    /// The module that a package gives for `subpath` (empty for the package itself).
    fn in_package(&self, folder: &str, subpath: &str) -> Option<String> {
        let package = self.packages.get(folder);
        if let Some(package) = package {
            let exported = matching(&package.exports, &if subpath.is_empty() { ".".to_owned() } else { format!("./{subpath}") });
            if let Some(file) = exported.iter().find_map(|target| self.built_file(folder, target)) {
                return Some(file);
            }
        }
        if !subpath.is_empty() {
            return self.built_file(folder, subpath).or_else(|| self.file(&join(folder, &format!("src/{subpath}"))?));
        }
        let mains = package.map(|p| p.mains.as_slice()).unwrap_or_default();
        let main = mains.iter().find_map(|main| self.built_file(folder, main));
        main.or_else(|| self.index(folder)).or_else(|| self.index(&join(folder, "src")?))
    }

    fn by_config(&self, from: &str, specifier: &str) -> Option<String> {
        let (folder, config) = ancestors(from).find_map(|folder| Some((folder, self.configs.get(folder)?)))?;
        let base = match &config.base_url {
            Some(base) => join(folder, base)?,
            None => folder.to_owned(),
        };
        let mapped = config.paths.as_deref().map(|paths| matching(paths, specifier)).unwrap_or_default();
        let found = mapped.iter().find_map(|target| self.built_file(&base, target));
        found.or_else(|| config.base_url.as_ref().and_then(|_| self.file(&join(&base, specifier)?)))
    }

    /// `#x`: the package around names what it means, a file of its own or another package.
    fn by_imports(&self, from: &str, specifier: &str) -> Resolution {
        let external = || Resolution::External(specifier.to_owned());
        let Some((folder, package)) = ancestors(from).find_map(|folder| Some((folder, self.packages.get(folder)?))) else { return external() };
        let targets = matching(&package.imports, specifier);
        if let Some(file) = targets.iter().find_map(|target| self.built_file(folder, target)) {
            return Resolution::File(file);
        }
        match targets.iter().find(|target| !target.starts_with(['.', '/', '#'])) {
            Some(target) => self.by_name(from, target.strip_prefix("node:").unwrap_or(target)),
            None => external(),
        }
    }

    fn by_name(&self, from: &str, specifier: &str) -> Resolution {
        if BUILT_IN.contains(&specifier) {
            return Resolution::External(specifier.to_owned());
        }
        if let Some(file) = self.by_config(from, specifier) {
            return Resolution::File(file);
        }
        let (name, subpath) = split(specifier);
        let own = ancestors(from).find_map(|folder| Some((folder, self.packages.get(folder)?)));
        let found = match own.filter(|(_, package)| package.name.as_deref() == Some(name)) {
            Some((folder, _)) => self.in_package(folder, subpath),
            None => None,
        };
        let found = found.or_else(|| {
            ancestors(from).find_map(|folder| {
                let folder = join(folder, &format!("node_modules/{name}"))?;
                self.in_package(&folder, subpath)
            })
        });
        let found = found.or_else(|| self.in_package(self.workspace.get(name)?, subpath));
        found.map_or_else(|| Resolution::External(specifier.to_owned()), Resolution::File)
    }
}

impl Resolver for Packages {
    fn resolve(&self, from: &str, specifier: &str) -> Resolution {
        let relative = specifier == "." || specifier == ".." || specifier.starts_with("./") || specifier.starts_with("../");
        if relative {
            let file = join(parent(from), specifier).and_then(|path| self.file(&path));
            return file.map_or_else(|| Resolution::External(specifier.to_owned()), Resolution::File);
        }
        match specifier.chars().next() {
            None | Some('/') => Resolution::External(specifier.to_owned()),
            Some('#') => match self.by_config(from, specifier) {
                Some(file) => Resolution::File(file),
                None => self.by_imports(from, specifier),
            },
            Some(_) => self.by_name(from, specifier),
        }
    }

    fn submodule(&self, _package: &str, _name: &str) -> Option<String> {
        None
    }
}

/// A configuration with what it extends; the paths of the base are those of its own folder.
fn whole_config(path: &str, configs: &BTreeMap<String, Config>) -> Config {
    let home = parent(path);
    let mut whole = Config::default();
    let mut next = Some(path.to_owned());
    for _ in 0..MAX_EXTENDS {
        let Some((path, config)) = next.take().and_then(|path| Some((path.clone(), configs.get(&path)?))) else { break };
        let folder = parent(&path);
        if whole.base_url.is_none() {
            whole.base_url = config.base_url.as_ref().and_then(|base| from_home(home, &join(folder, base)?));
        }
        if whole.paths.is_none() {
            whole.paths = config.paths.clone().map(|paths| match (&config.base_url, folder == home) {
                (None, false) => paths.into_iter().map(|(pattern, targets)| (pattern, moved(home, folder, targets))).collect(),
                _ => paths,
            });
        }
        next = config.extends.iter().rev().find_map(|base| {
            let base = join(folder, base)?;
            [base.clone(), format!("{base}.json")].into_iter().find(|path| configs.contains_key(path))
        });
    }
    whole
}

fn moved(home: &str, folder: &str, targets: Vec<String>) -> Vec<String> {
    targets.iter().filter_map(|target| from_home(home, &join(folder, target)?)).collect()
}

/// `path` (from the root) as seen from the folder `home`.
fn from_home(home: &str, path: &str) -> Option<String> {
    let ups = if home.is_empty() { 0 } else { home.split('/').count() };
    Some(format!("./{}{path}", "../".repeat(ups)))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folders around a file, innermost first; the last is the root.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(parent(path)), |folder| if folder.is_empty() { None } else { Some(parent(folder)) })
}

/// `name/sub/path` or `@scope/name/sub/path` in two.
fn split(specifier: &str) -> (&str, &str) {
    let mut slashes = specifier.match_indices('/').map(|(at, _)| at);
    let end = if specifier.starts_with('@') { slashes.nth(1) } else { slashes.next() };
    match end {
        Some(at) => (&specifier[..at], &specifier[at + 1..]),
        None => (specifier, ""),
    }
}

/// `relative` seen from `folder`, without `.` and `..`; `None` when it leaves the root.
fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver(files: &[(&str, &str)]) -> Packages {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.insert(*path, text.as_bytes());
        }
        Packages::read(&tree)
    }

    fn check(packages: &Packages, from: &str, specifier: &str, expected: &str) {
        let found = match packages.resolve(from, specifier) {
            Resolution::File(path) => path,
            Resolution::External(name) => format!("external {name}"),
        };
        assert_eq!(found, expected, "{specifier} from {from}");
    }

    #[test]
    fn relative_paths() {
        let p = resolver(&[
            ("src/a.ts", ""),
            ("src/b/index.tsx", ""),
            ("src/c.mts", ""),
            ("src/d.js", ""),
            ("src/types.d.ts", ""),
            ("src/e.json", "{}"),
            ("index.js", ""),
        ]);
        check(&p, "src/d.js", "./a.js", "src/a.ts");
        check(&p, "src/d.js", "./a", "src/a.ts");
        check(&p, "src/d.js", "./b", "src/b/index.tsx");
        check(&p, "src/d.js", "./c.mjs", "src/c.mts");
        check(&p, "src/d.js", "./b/../../src/./d", "src/d.js");
        check(&p, "src/d.js", "..", "index.js");
        check(&p, "src/d.js", "./types", "external ./types");
        check(&p, "src/d.js", "./e.json", "external ./e.json");
        check(&p, "src/d.js", "../../src/a", "external ../../src/a");
        check(&p, "src/d.js", "/src/a", "external /src/a");
        check(&p, "src/d.js", "", "external ");
    }

    #[test]
    fn tsconfig_paths() {
        let p = resolver(&[
            (
                "tsconfig.json",
                "{ // base\n \"compilerOptions\": { \"baseUrl\": \"./src\", \"paths\": { \"@/*\": [\"./*\"], \"cfg\": [\"config.ts\"], }, } }",
            ),
            ("app/tsconfig.json", "{\"extends\": \"../tsconfig.json\"}"),
            ("lib/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"~/*\": [\"./inner/*\"]}}}"),
            ("src/util/x.ts", ""),
            ("src/config.ts", ""),
            ("app/main.ts", ""),
            ("lib/inner/y.ts", ""),
        ]);
        check(&p, "src/util/x.ts", "@/config", "src/config.ts");
        check(&p, "src/util/x.ts", "cfg", "src/config.ts");
        check(&p, "src/util/x.ts", "util/x", "src/util/x.ts");
        check(&p, "app/main.ts", "@/config.js", "src/config.ts");
        check(&p, "lib/inner/y.ts", "~/y", "lib/inner/y.ts");
        check(&p, "lib/inner/y.ts", "@/config", "external @/config");
    }

    #[test]
    fn packages_of_the_tree() {
        let p = resolver(&[
            (
                "package.json",
                r##"{"name": "@me/root", "exports": {".": {"types": "./x.d.ts", "import": "./dist/index.js"}, "./sub/*": "./dist/sub/*.js"}, "imports": {"#in/*": "./src/in/*.ts", "#dep": "node:fs"}}"##,
            ),
            ("src/index.ts", ""),
            ("src/sub/a.ts", ""),
            ("src/in/b.ts", ""),
            ("packages/core/package.json", r#"{"name": "core", "main": "build/main.js"}"#),
            ("packages/core/src/main.ts", ""),
            ("node_modules/dep/package.json", r#"{"name": "dep", "main": "lib/dep.js", "module": "lib/dep.mjs"}"#),
            ("node_modules/dep/lib/dep.js", ""),
            ("node_modules/@s/p/index.js", ""),
            ("node_modules/fs/index.js", ""),
        ]);
        check(&p, "src/index.ts", "@me/root", "src/index.ts");
        check(&p, "src/index.ts", "@me/root/sub/a", "src/sub/a.ts");
        check(&p, "src/index.ts", "#in/b", "src/in/b.ts");
        check(&p, "src/index.ts", "#dep", "external fs");
        check(&p, "src/index.ts", "core", "packages/core/src/main.ts");
        check(&p, "src/index.ts", "dep", "node_modules/dep/lib/dep.js");
        check(&p, "packages/core/src/main.ts", "@s/p", "node_modules/@s/p/index.js");
        check(&p, "src/index.ts", "fs", "external fs");
        check(&p, "src/index.ts", "@modelcontextprotocol/sdk/server/mcp.js", "external @modelcontextprotocol/sdk/server/mcp.js");
    }

    #[test]
    fn hostile_configurations() {
        let deep = format!("{{\"exports\": {}{}}}", "{\".\":".repeat(100_000), "}".repeat(100_000));
        let p = resolver(&[
            ("package.json", &deep),
            ("a/package.json", r#"{"name": "a", "exports": "../../../../etc/passwd", "main": 3}"#),
            ("a/tsconfig.json", r#"{"extends": "./tsconfig.json", "compilerOptions": {"baseUrl": "../../..", "paths": {"*": ["*"]}}}"#),
            ("a/x.ts", ""),
            ("b/cccc/package.json", r#"{"name": "b", "main": "../é", "exports": "../d"}"#),
        ]);
        check(&p, "a/x.ts", "a", "external a");
        check(&p, "a/x.ts", "b", "external b");
        check(&p, "a/x.ts", "../../../x", "external ../../../x");
    }
}
