//! Where Rust finds modules: the crates of a target, and the files of their modules.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::input::{self, Tree};
use crate::language::{Resolution, Resolver};

/// Segments of a module path that are followed.
const MAX_SEGMENTS: usize = 64;

/// The crates of a target.
#[derive(Debug, Default)]
pub(super) struct Crates {
    files: FxHashSet<String>,
    /// Files at the root of a crate (`src/lib.rs`, `src/main.rs`, `src/bin/x.rs`), with the directory of their package.
    roots: BTreeMap<String, String>,
    /// Modules that a root names in its text: which of several roots a file belongs to.
    named: FxHashMap<String, FxHashSet<String>>,
    /// Directory of each package → what it is.
    packages: BTreeMap<String, Package>,
    /// Name under which code imports a library of the target → its root.
    libraries: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Package {
    library: Option<(String, String)>,
    /// Dependencies under another name than their own: as imported → the name of the package.
    renamed: BTreeMap<String, String>,
}

impl Crates {
    pub(super) fn of(tree: &Tree) -> Self {
        let mut crates = Crates::default();
        for (path, _) in tree.iter().filter(|(path, _)| path.ends_with(".rs")) {
            crates.files.insert(path.to_owned());
        }
        for (path, _) in tree.iter() {
            let (directory, name) = split(path);
            if name == "Cargo.toml"
                && !input::is_dependency(path)
                && let Some(table) = tree.text(path).and_then(|text| text.parse::<toml::Table>().ok())
            {
                crates.package(directory, &table);
            }
        }
        // Files without a package around them.
        let mut loose: Vec<String> = Vec::new();
        for file in &crates.files {
            let (directory, name) = split(file);
            if matches!(name, "main.rs" | "lib.rs") && !ancestors(directory).any(|outer| crates.packages.contains_key(outer)) {
                loose.push(file.clone());
            }
        }
        for file in loose {
            let directory = split(&file).0.to_owned();
            crates.roots.insert(file, directory);
        }
        for root in crates.roots.keys() {
            let names = tree.text(root).map(|text| named_modules(&text)).unwrap_or_default();
            crates.named.insert(root.clone(), names);
        }
        crates
    }

    fn package(&mut self, directory: &str, table: &toml::Table) {
        let text = |table: &toml::Table, key: &str| table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        let Some(about) = table.get("package").and_then(toml::Value::as_table) else { return };
        let name = text(about, "name").unwrap_or_default();
        let mut package = Package::default();
        let library = table.get("lib").and_then(toml::Value::as_table);
        let library_path = library.and_then(|library| text(library, "path")).unwrap_or_else(|| "src/lib.rs".to_owned());
        let library_name = library.and_then(|library| text(library, "name")).unwrap_or_else(|| name.clone()).replace('-', "_");
        if let Some(file) = join(directory, &library_path).filter(|file| self.files.contains(file)) {
            self.roots.insert(file.clone(), directory.to_owned());
            self.libraries.entry(library_name.clone()).or_insert_with(|| file.clone());
            package.library = Some((library_name, file));
        }
        for bin in table.get("bin").and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_table) {
            if let Some(file) = text(bin, "path").and_then(|path| join(directory, &path)).filter(|file| self.files.contains(file)) {
                self.roots.insert(file, directory.to_owned());
            }
        }
        let source = join(directory, "src").unwrap_or_default();
        let bins = join(directory, "src/bin").unwrap_or_default();
        let roots: Vec<String> = self
            .files
            .iter()
            .filter(|file| {
                let (folder, name) = split(file);
                (folder == source && name == "main.rs") || folder == bins || (name == "main.rs" && split(folder).0 == bins)
            })
            .cloned()
            .collect();
        for root in roots {
            self.roots.insert(root, directory.to_owned());
        }
        if let Some(build) = join(directory, "build.rs").filter(|file| self.files.contains(file)) {
            self.roots.insert(build, directory.to_owned());
        }
        for key in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in table.get(key).and_then(toml::Value::as_table).into_iter().flatten() {
                if let Some(of) = value.as_table().and_then(|value| text(value, "package")) {
                    package.renamed.insert(name.replace('-', "_"), of.replace('-', "_"));
                }
            }
        }
        self.packages.insert(directory.to_owned(), package);
    }

    /// The directory in which the modules lie that a file names.
    fn children(&self, file: &str) -> String {
        let (directory, name) = split(file);
        if name == "mod.rs" || self.roots.contains_key(file) {
            return directory.to_owned();
        }
        join(directory, name.strip_suffix(".rs").unwrap_or(name)).unwrap_or_default()
    }

    fn child(&self, file: &str, name: &str) -> Option<String> {
        let directory = self.children(file);
        [format!("{name}.rs"), format!("{name}/mod.rs")]
            .iter()
            .filter_map(|path| join(&directory, path))
            .find(|path| path != file && self.files.contains(path))
    }

    /// The file of the module around the one in `file`.
    fn parent(&self, file: &str) -> Option<String> {
        if self.roots.contains_key(file) {
            return None;
        }
        let (directory, name) = split(file);
        let module = if name == "mod.rs" { directory } else { file };
        let (outer, _) = split(module);
        let own = self.root_of(file);
        let beside = join(outer, "mod.rs").filter(|path| path != file && self.files.contains(path));
        let above = (!outer.is_empty()).then(|| format!("{outer}.rs")).filter(|path| self.files.contains(path));
        let root = own.filter(|root| split(root).0 == outer);
        root.or(above).or(beside)
    }

    /// The root of the crate to which a file belongs.
    fn root_of(&self, file: &str) -> Option<String> {
        if self.roots.contains_key(file) {
            return Some(file.to_owned());
        }
        for directory in ancestors(split(file).0) {
            let inside = file[directory.len()..].trim_start_matches('/');
            let first = inside.split('/').next().unwrap_or(inside);
            let first = first.strip_suffix(".rs").unwrap_or(first);
            let mut here: Vec<&String> = self.roots.keys().filter(|root| split(root).0 == directory && !root.ends_with("build.rs")).collect();
            // A library and a program may share a directory: the file belongs to the one that names it.
            here.sort_by_key(|root| (!self.named.get(*root).is_some_and(|names| names.contains(first)), !root.ends_with("lib.rs")));
            if let Some(root) = here.first() {
                return Some((*root).clone());
            }
        }
        None
    }

    fn package_of(&self, file: &str) -> Option<&Package> {
        ancestors(split(file).0).find_map(|directory| self.packages.get(directory))
    }

    fn descend(&self, file: String, names: &[&str]) -> Option<String> {
        let mut at = file;
        for name in names.iter().take(MAX_SEGMENTS) {
            at = self.child(&at, name)?;
        }
        Some(at)
    }

    fn find(&self, from: &str, path: &[&str]) -> Option<String> {
        let (first, mut rest) = path.split_first()?;
        match *first {
            "crate" => self.descend(self.root_of(from)?, rest),
            "self" => self.descend(from.to_owned(), rest),
            "super" => {
                let mut at = self.parent(from)?;
                while let ["super", more @ ..] = rest {
                    at = self.parent(&at)?;
                    rest = more;
                }
                self.descend(at, rest)
            }
            name => {
                let own =
                    self.package_of(from).and_then(|package| package.library.as_ref()).filter(|(library, file)| library == name && file != from);
                let root = own.map(|(_, file)| file).or_else(|| self.libraries.get(name))?;
                self.descend(root.clone(), rest)
            }
        }
    }
}

impl Resolver for Crates {
    fn resolve(&self, from: &str, specifier: &str) -> Resolution {
        if let Some(path) = specifier.strip_prefix("path:") {
            let file = join(split(from).0, path).filter(|file| self.files.contains(file));
            return file.map_or_else(|| Resolution::External(specifier.to_owned()), Resolution::File);
        }
        let mut path: Vec<&str> = specifier.split("::").collect();
        if let Some(file) = self.find(from, &path) {
            return Resolution::File(file);
        }
        let renamed = self.package_of(from).and_then(|package| package.renamed.get(path[0]));
        if let Some(renamed) = renamed {
            path[0] = renamed;
            if let Some(file) = self.find(from, &path) {
                return Resolution::File(file);
            }
        }
        Resolution::External(path.join("::"))
    }

    fn submodule(&self, package: &str, name: &str) -> Option<String> {
        if name.is_empty() || name.contains(['/', ':', '.']) { None } else { self.child(package, name) }
    }
}

/// The modules that a file names: `mod a;`.
fn named_modules(text: &str) -> FxHashSet<String> {
    let mut names = FxHashSet::default();
    for line in text.lines() {
        let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub"));
        if words.next() == Some("mod")
            && let Some(name) = words.next().and_then(|name| name.strip_suffix(';'))
        {
            names.insert(name.to_owned());
        }
    }
    names
}

fn ancestors(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |directory| if directory.is_empty() { None } else { Some(split(directory).0) })
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A path below a directory, with `.` and `..` taken out; `None` when it leads out of the target.
fn join(directory: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
