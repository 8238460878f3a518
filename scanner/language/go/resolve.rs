//! Where Go finds packages: below the folders of `go.mod` files, by the path that these give their modules.

use rustc_hash::FxHashSet;

use super::import::is_version;
use super::package::{directory_of, path_of};
use crate::input::{Tree, is_dependency};
use crate::language::{Resolution, Resolver};

/// Lines of one `go.mod` that are read.
const MAX_LINES: usize = 20_000;

/// The modules of a target and its folders with Go files.
#[derive(Debug)]
pub(super) struct Packages {
    /// Path of a module → its folder, the longest path first.
    modules: Vec<(String, String)>,
    folders: FxHashSet<String>,
}

impl Packages {
    pub(super) fn of(tree: &Tree) -> Self {
        let mut modules = Vec::new();
        let mut folders = FxHashSet::default();
        for (path, _) in tree.iter().filter(|(path, _)| !is_dependency(path)) {
            let directory = directory_of(path);
            let name = path.rsplit('/').next().unwrap_or(path);
            if name.ends_with(".go") && !name.ends_with("_test.go") && !folders.contains(directory) {
                folders.insert(directory.to_owned());
            }
            if name == "go.mod"
                && let Some(text) = tree.text(path)
            {
                read(&text, directory, &mut modules);
            }
        }
        modules.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.cmp(b)));
        modules.dedup_by(|a, b| a.0 == b.0);
        Packages { modules, folders }
    }
}

/// The path of the module, and the folders that stand in for others.
fn read(text: &str, directory: &str, modules: &mut Vec<(String, String)>) {
    let mut block = "";
    for line in text.lines().take(MAX_LINES) {
        let line = line.split("//").next().unwrap_or("").trim();
        if line == ")" {
            block = "";
            continue;
        }
        if let Some(kind) = line.strip_suffix('(') {
            block = kind.trim();
            continue;
        }
        let (kind, rest) = if block.is_empty() { line.split_once(char::is_whitespace).unwrap_or((line, "")) } else { (block, line) };
        match kind {
            "module" => modules.push((rest.trim().trim_matches('"').to_owned(), directory.to_owned())),
            "replace" => {
                let Some((from, to)) = rest.split_once("=>") else { continue };
                let from = from.split_whitespace().next().unwrap_or("").trim_matches('"');
                let to = to.split_whitespace().next().unwrap_or("").trim_matches('"');
                if to.starts_with("./") || to.starts_with("../") {
                    modules.extend(joined(directory, to).map(|folder| (from.to_owned(), folder)));
                }
            }
            _ => {}
        }
    }
}

fn joined(directory: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
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

impl Resolver for Packages {
    fn resolve(&self, from: &str, specifier: &str) -> Resolution {
        if let Some(name) = specifier.strip_prefix("./") {
            // A package and its files.
            let directory = directory_of(from);
            return Resolution::File(if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") });
        }
        for (module, folder) in &self.modules {
            let Some(rest) = specifier.strip_prefix(module.as_str()) else { continue };
            if !(rest.is_empty() || rest.starts_with('/')) {
                continue;
            }
            let rest = rest.trim_start_matches('/');
            let directory = match (folder.as_str(), rest) {
                ("", rest) => rest.to_owned(),
                (folder, "") => folder.to_owned(),
                (folder, rest) => format!("{folder}/{rest}"),
            };
            if self.folders.contains(&directory) {
                return Resolution::File(path_of(&directory));
            }
        }
        Resolution::External(general(specifier))
    }

    fn submodule(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn whole(&self, path: &str) -> Option<String> {
        Some(path_of(directory_of(path))).filter(|whole| whole != path)
    }
}

/// The path of a package without the version in it: what models call it.
fn general(specifier: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in specifier.split('/') {
        if is_version(part) && !parts.is_empty() && part != "v1" {
            continue;
        }
        parts.push(match part.rsplit_once(".v") {
            Some((name, version)) if specifier.starts_with("gopkg.in/") && version.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => part,
        });
    }
    parts.join("/")
}
