//! `Cargo.toml`: packages of Rust, what they start, and code that runs when they are built.

use super::document::{self, Item};
use super::writer::{MAX_STARTS, Writer, directory, file_name, join};
use super::{EntryPoint, Manifests};
use crate::input::Tree;

pub(super) fn matches(path: &str) -> bool {
    file_name(path) == "Cargo.toml"
}

pub(super) fn read(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let mut w = Writer::new("Cargo.toml", path, text, into);
    let (node, errors) = document::toml(text);
    for error in errors.iter().take(5) {
        w.syntax(error, "what could be understood was read");
    }
    let root = Item::root(&node);
    let Some(about) = w.map(&root, &["package"]) else {
        // A workspace alone is no package.
        return true;
    };
    let directory = directory(path);
    let name = about.text_at("name");
    let version = about.text_at("version");
    let exists = |path: &str| join(directory, path).filter(|file| tree.contains(file));

    let mut programs: Vec<String> = Vec::new();
    let mut start = |file: Option<String>| {
        if let Some(file) = file.filter(|file| programs.len() < MAX_STARTS && !programs.contains(file)) {
            programs.push(file);
        }
    };
    for bin in w.list(&root, &["bin"]) {
        let named = bin.text_at("name");
        let usual = named.map(|name| format!("src/bin/{name}.rs"));
        let candidates =
            [bin.text_at("path").map(str::to_owned), usual, named.map(|name| format!("src/bin/{name}/main.rs")), Some("src/main.rs".to_owned())];
        start(candidates.into_iter().flatten().find_map(|path| exists(&path)));
    }
    start(exists("src/main.rs"));
    let bins = join(directory, "src/bin").unwrap_or_default();
    for (file, _) in tree.iter() {
        let inside = file.strip_prefix(&bins).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
        if inside.ends_with(".rs") && (!inside.contains('/') || inside.split_once('/').is_some_and(|(_, name)| name == "main.rs")) {
            start(Some(file.to_owned()));
        }
    }
    let library = exists(root.at(&["lib"]).and_then(|library| library.text_at("path")).unwrap_or("src/lib.rs"));

    let build = about.text_at("build").unwrap_or("build.rs");
    let hook = exists(build).map(|file| w.hook("build.rs", &file, about.span.clone()));

    let mut dependencies: Vec<String> = Vec::new();
    let tables = [root.at(&["dependencies"])].into_iter().flatten();
    let targets = root.at(&["target"]).into_iter().flat_map(|targets| targets.entries()).filter_map(|target| target.get("dependencies"));
    for table in tables.chain(targets) {
        for dependency in table.entries() {
            dependencies.extend(dependency.text_at("package").or(dependency.key).map(str::to_owned));
        }
    }

    let package = w.package("crates", directory, name);
    package.version = package.version.take().or_else(|| version.map(str::to_owned));
    package.install_hooks.extend(hook);
    for file in &programs {
        package.starts_at(EntryPoint::Function { file: file.clone(), function: "main".to_owned() });
    }
    if programs.is_empty()
        && let Some(library) = library
    {
        package.starts_at(EntryPoint::File(library));
    }
    package.depends_on(dependencies.iter().map(String::as_str));
    true
}
