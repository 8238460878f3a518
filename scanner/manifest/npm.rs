//! `package.json`: where a Node package starts and what runs when it is installed.

use super::document::{self, Item, Value};
use super::writer::{MAX_STARTS, Writer, directory, file_name, join};
use super::{EntryPoint, Manifests};
use crate::input::Tree;

/// Commands that npm runs on the machine of whoever installs the package. `prepare` runs only when it is installed from
/// a git repository (or a directory).
const HOOKS: &[&str] = &["preinstall", "install", "postinstall", "prepare"];

pub(super) fn matches(path: &str) -> bool {
    file_name(path) == "package.json"
}

pub(super) fn read(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let mut w = Writer::new("package.json", path, text, into);
    let node = match document::json(text) {
        Ok(node) => node,
        Err(error) => {
            w.syntax(&error, "the package was not read");
            return true;
        }
    };
    let root = Item::root(&node);
    if !root.is_map() {
        w.expected(&root, "an object");
        return true;
    }
    // `{"type": "module"}` alone only tells Node how to read the files beside it.
    let says_something = ["name", "version", "bin", "main", "module", "exports", "scripts", "dependencies", "directories"];
    let directory = directory(path);
    if !directory.is_empty() && root.any(&says_something).is_none() {
        return true;
    }
    let name = root.text_at("name");
    let version = root.text_at("version");
    let mut hooks = Vec::new();
    if let Some(scripts) = w.map(&root, &["scripts"]) {
        for hook in HOOKS {
            if let Some(script) = scripts.get(hook)
                && let Some(command) = w.text(&script)
                && !command.trim().is_empty()
            {
                hooks.push(w.hook(hook, command, script.span));
            }
        }
    }
    let builds_itself = join(directory, "binding.gyp").is_some_and(|file| tree.exists(&file));
    if builds_itself && !hooks.iter().any(|hook| matches!(hook.name.as_str(), "install" | "preinstall")) {
        // What npm does without being told when there is a file of that name.
        hooks.push(w.hook("install", "node-gyp rebuild", 0..0));
    }
    let starts = starts(tree, directory, &root, &mut w);
    let dependencies = ["dependencies", "optionalDependencies", "peerDependencies"].map(|key| w.map(&root, &[key]));

    let package = w.package("npm", directory, name);
    package.version = version.map(str::to_owned);
    package.install_hooks = hooks;
    for entry in starts {
        package.starts_at(entry);
    }
    package.depends_on(dependencies.iter().flatten().flat_map(|map| map.entries()).filter_map(|dependency| dependency.key));
    true
}

fn starts(tree: &Tree, directory: &str, root: &Item<'_>, w: &mut Writer<'_>) -> Vec<EntryPoint> {
    let mut written: Vec<String> = Vec::new();
    match root.get("bin") {
        Some(bin) if bin.is_map() => written.extend(bin.entries().iter().filter_map(|entry| entry.text().map(str::to_owned))),
        Some(bin) => written.extend(w.text(&bin).map(str::to_owned)),
        None => {}
    }
    for key in ["main", "module"] {
        written.extend(root.get(key).and_then(|item| w.text(&item)).map(str::to_owned));
    }
    if let Some(exports) = root.get("exports") {
        let has_paths = exports.entries().iter().any(|entry| entry.key.is_some_and(|key| key.starts_with('.')));
        let main = if has_paths { exports.get(".") } else { Some(exports) };
        if let Some(main) = main {
            targets(&main, 0, &mut written);
        }
    }
    if let Some(bins) = root.at(&["directories", "bin"]).and_then(|item| item.text()).and_then(|bins| join(directory, bins)) {
        let prefix = format!("{bins}/");
        written.extend(tree.iter().filter(|(path, _)| path.starts_with(&prefix)).filter_map(|(path, _)| relative(directory, path)));
    }
    if written.is_empty() {
        written.push("index.js".to_owned());
    }
    let mut files: Vec<String> = Vec::new();
    for path in written.iter().take(MAX_STARTS) {
        if let Some(file) = resolve(tree, directory, path)
            && !files.contains(&file)
        {
            files.push(file);
        }
    }
    files.into_iter().map(EntryPoint::File).collect()
}

fn relative(directory: &str, path: &str) -> Option<String> {
    match directory {
        "" => Some(path.to_owned()),
        _ => path.strip_prefix(directory)?.strip_prefix('/').map(str::to_owned),
    }
}

/// Conditions of `exports` under which a file runs in Node. Types are no code; conditions of a project's own lead to the
/// same program a second time.
const CONDITIONS: &[&str] = &["import", "require", "node", "default", "module", "module-sync", "node-addons", "production"];

/// Files behind the conditions of an `exports` entry, in the order written.
fn targets(item: &Item<'_>, depth: usize, into: &mut Vec<String>) {
    if depth > 8 {
        return;
    }
    match &item.node.value {
        Value::Text(path) => into.push(path.clone()),
        Value::Map(_) => {
            for entry in item.entries() {
                if entry.key.is_some_and(|key| CONDITIONS.contains(&key)) {
                    targets(&entry, depth + 1, into);
                }
            }
        }
        Value::List(_) => item.items().iter().for_each(|element| targets(element, depth + 1, into)),
        _ => {}
    }
}

const EXTENSIONS: &[&str] = &["js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx"];

/// Directories into which a build writes what it made of the sources.
const BUILT: &[&str] = &["dist", "build", "lib", "out", "output", "compiled", ".build", "bundle", "bin", "_esm", "_cjs"];

/// Directories inside those, one for each format of module.
const FORMATS: &[&str] = &["esm", "cjs", "mjs", "es", "commonjs", "module", "node", "src", "main", "es6", "umd"];

/// The file of the target that a path in a manifest means. When it points to what a build makes and that is not there,
/// the source that it is made from.
pub(super) fn resolve(tree: &Tree, directory: &str, path: &str) -> Option<String> {
    let path = join(directory, path)?;
    if let Some(found) = as_file(tree, &path) {
        return Some(found);
    }
    let inside = relative(directory, &path)?;
    let mut parts: Vec<&str> = inside.split('/').collect();
    if parts.len() < 2 || !BUILT.contains(parts.first()?) {
        return None;
    }
    parts.remove(0);
    loop {
        let rest = parts.join("/");
        for source in ["src", "", "source", "lib", "server", "app"] {
            let candidate = join(directory, &if source.is_empty() { rest.clone() } else { format!("{source}/{rest}") })?;
            if let Some(found) = as_source(tree, &candidate) {
                return Some(found);
            }
        }
        if parts.len() < 2 || !FORMATS.contains(parts.first()?) {
            return None;
        }
        parts.remove(0);
    }
}

/// As Node finds files: the name, the name with an ending, `index` in the directory.
fn as_file(tree: &Tree, path: &str) -> Option<String> {
    if path.ends_with(".d.ts") || path.ends_with(".json") {
        return None;
    }
    // A program that is not a script (machine code, another language) is still what runs.
    if tree.exists(path) {
        return Some(path.to_owned());
    }
    let base = if path.is_empty() { String::new() } else { format!("{path}/") };
    let with_ending = EXTENSIONS.iter().filter(|_| !path.is_empty()).map(|ending| format!("{path}.{ending}"));
    let index = EXTENSIONS.iter().map(|ending| format!("{base}index.{ending}"));
    with_ending.chain(index).find(|candidate| tree.contains(candidate))
}

/// A source file for a built one: `x.js` is made of `x.ts`.
fn as_source(tree: &Tree, path: &str) -> Option<String> {
    let name = file_name(path);
    let Some((_, ending)) = name.rsplit_once('.').filter(|(_, ending)| EXTENSIONS.contains(ending)) else { return as_file(tree, path) };
    let stem = path.strip_suffix(ending)?.strip_suffix('.')?;
    let stem = stem.strip_suffix(".min").unwrap_or(stem);
    let endings = ["ts", "mts", "cts", "tsx", ending, "js", "mjs", "cjs", "jsx"];
    endings.iter().map(|ending| format!("{stem}.{ending}")).find(|candidate| tree.contains(candidate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.insert(*path, text.as_bytes());
        }
        tree
    }

    fn starts(files: &[(&str, &str)]) -> Vec<String> {
        let manifests = manifest::read(&tree(files));
        let file = |entry: &EntryPoint| match entry {
            EntryPoint::File(file) => file.clone(),
            other => format!("{other:?}"),
        };
        manifests.packages[0].entry_points.iter().map(file).collect()
    }

    #[test]
    fn reads_a_package() {
        let text = r#"{
  "name": "@acme/harbour",
  "version": "1.2.0",
  "bin": {"harbour": "./cli.js"},
  "main": "lib/main",
  "exports": {".": {"types": "./x.d.ts", "import": "./esm.mjs", "require": ["./cjs.cjs"]}, "./other": "./other.js"},
  "scripts": {"build": "tsc", "postinstall": "node ./setup.js", "prepare": "husky"},
  "dependencies": {"zod": "3", "pg": "8"},
  "optionalDependencies": {"keytar": "7"},
  "peerDependencies": {"zod": "3"},
  "devDependencies": {"vitest": "1"},
}"#;
        let files = [("package.json", text), ("cli.js", ""), ("lib/main.js", ""), ("esm.mjs", ""), ("cjs.cjs", ""), ("other.js", "")];
        let manifests = manifest::read(&tree(&files));
        let package = &manifests.packages[0];
        assert_eq!(package.name.as_deref(), Some("@acme/harbour"));
        assert_eq!(package.version.as_deref(), Some("1.2.0"));
        assert_eq!(starts(&files), ["cli.js", "lib/main.js", "esm.mjs", "cjs.cjs"]);
        assert_eq!(package.dependencies, ["zod", "pg", "keytar"]);
        let hooks: Vec<_> = package.install_hooks.iter().map(|hook| (hook.name.as_str(), hook.command.as_str(), hook.location.line)).collect();
        assert_eq!(hooks, [("postinstall", "node ./setup.js", 7), ("prepare", "husky", 7)]);
        assert_eq!(package.install_hooks[0].location.column, 31);
        assert!(manifests.problems.is_empty());
    }

    #[test]
    fn built_files_lead_to_their_sources() {
        for (written, source) in [
            ("dist/index.js", "src/index.ts"),
            ("./dist/index.js", "index.ts"),
            ("build/src/index.js", "src/index.ts"),
            ("dist/cjs/server.cjs", "src/server.mts"),
            ("lib/index.mjs", "src/index.mts"),
            ("dist/cli", "src/cli.ts"),
            ("out/a/b.min.js", "src/a/b.ts"),
        ] {
            let text = format!("{{\"bin\": \"{written}\"}}");
            assert_eq!(starts(&[("package.json", &text), (source, "")]), [source], "{written}");
        }
        let built = [("p/package.json", "{\"bin\": \"dist/a.js\"}"), ("p/dist/a.js", ""), ("p/src/a.ts", "")];
        assert_eq!(starts(&built), ["p/dist/a.js"], "what is there runs");
    }

    #[test]
    fn machine_code_is_what_runs() {
        let mut tree = tree(&[("package.json", "{\"bin\": \"bin/harbour.exe\"}")]);
        tree.list("bin/harbour.exe", 10, None);
        assert_eq!(manifest::read(&tree).packages[0].entry_points, [EntryPoint::File("bin/harbour.exe".into())]);
    }

    #[test]
    fn conditions_of_a_project_lead_nowhere_new() {
        let text = r#"{"exports": {"import": {"@acme/source": "./src/a.ts", "default": "./a.js"}}}"#;
        assert_eq!(starts(&[("package.json", text), ("a.js", ""), ("src/a.ts", "")]), ["a.js"]);
        let nested = manifest::read(&tree(&[("dist/package.json", "{\"type\": \"module\"}"), ("dist/index.js", "")]));
        assert!(nested.packages.is_empty());
    }

    #[test]
    fn entry_points_stay_inside() {
        let files = [("a.js", ""), ("p/package.json", "{\"bin\": \"../../a.js\", \"main\": \"/a.js\"}")];
        assert!(starts(&files).is_empty());
    }

    #[test]
    fn nothing_said_means_index() {
        assert_eq!(starts(&[("package.json", "{}"), ("index.js", "")]), ["index.js"]);
    }

    #[test]
    fn a_native_build_is_a_hook() {
        let manifests = manifest::read(&tree(&[("package.json", "{}"), ("binding.gyp", "{}")]));
        assert_eq!(manifests.packages[0].install_hooks[0].command, "node-gyp rebuild");
    }

    #[test]
    fn wrong_types_are_problems() {
        let text = r#"{"name": 1, "bin": [1], "scripts": "x", "main": {}, "exports": 3, "dependencies": ["a"], "version": {}}"#;
        let manifests = manifest::read(&tree(&[("package.json", text)]));
        assert_eq!(manifests.packages.len(), 1);
        assert_eq!(manifests.problems.len(), 4, "{:?}", manifests.problems);
        let broken = manifest::read(&tree(&[("package.json", "{\n  \"name\": \"x\"\n  \"")]));
        assert_eq!(broken.problems.len(), 1);
        assert_eq!(broken.problems[0].0.line, 3, "{:?}", broken.problems);
    }

    #[test]
    fn installed_packages_are_not_the_target() {
        let manifests = manifest::read(&tree(&[("node_modules/a/package.json", "{\"name\": \"a\"}"), ("package.json", "{}")]));
        assert_eq!(manifests.packages.len(), 1);
    }
}
