//! `pyproject.toml`: the standard tables, Poetry's, and code that runs at build time.

use super::super::document::{self, Item};
use super::super::writer::{MAX_STARTS, Writer, directory, file_name};
use super::super::{EntryPoint, InstallHook, Manifests};
use super::{entry_point, main_module, requirement};
use crate::input::Tree;

pub(in super::super) fn matches(path: &str) -> bool {
    file_name(path) == "pyproject.toml"
}

pub(in super::super) fn read(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let mut w = Writer::new("pyproject.toml", path, text, into);
    let (node, errors) = document::toml(text);
    for error in errors.iter().take(5) {
        w.syntax(error, "what could be understood was read");
    }
    let root = Item::root(&node);
    let project = w.map(&root, &["project"]);
    let poetry = root.at(&["tool", "poetry"]).filter(Item::is_map);
    let hooks = build_hooks(&root, &w);
    if project.is_none() && poetry.is_none() && hooks.is_empty() {
        // Settings of linters alone: no package.
        return true;
    }
    let directory = directory(path);
    let text_of = |key: &str| [&project, &poetry].into_iter().flatten().find_map(|table| table.text_at(key));
    let name = text_of("name");
    let version = text_of("version");

    let mut starts: Vec<EntryPoint> = Vec::new();
    if let Some(project) = &project {
        for key in ["scripts", "gui-scripts"] {
            for script in w.map(project, &[key]).iter().flat_map(Item::entries).take(MAX_STARTS) {
                starts.extend(w.text(&script).and_then(|reference| entry_point(tree, directory, reference)));
            }
        }
        for group in w.map(project, &["entry-points"]).iter().flat_map(Item::entries).take(MAX_STARTS) {
            let references = group.entries();
            starts.extend(references.iter().take(4).filter_map(|item| entry_point(tree, directory, item.text()?)));
        }
    }
    if let Some(scripts) = poetry.as_ref().and_then(|poetry| poetry.get("scripts")) {
        for script in scripts.entries().into_iter().take(MAX_STARTS) {
            let reference = script.text().or_else(|| script.text_at("reference")).or_else(|| script.text_at("callable"));
            starts.extend(reference.and_then(|reference| entry_point(tree, directory, reference)));
        }
    }
    if starts.is_empty() {
        starts.extend(name.and_then(|name| main_module(tree, directory, name)));
    }

    let mut dependencies: Vec<String> = Vec::new();
    if let Some(project) = &project {
        for dependency in w.list(project, &["dependencies"]) {
            dependencies.extend(w.text(&dependency).and_then(requirement).map(str::to_owned));
        }
    }
    for dependency in poetry.iter().filter_map(|poetry| poetry.get("dependencies")).flat_map(|table| table.entries()) {
        dependencies.extend(dependency.key.filter(|name| *name != "python").map(str::to_owned));
    }

    let package = w.package("pypi", directory, name);
    package.version = package.version.take().or_else(|| version.map(str::to_owned));
    package.install_hooks.extend(hooks);
    starts.into_iter().for_each(|entry| package.starts_at(entry));
    package.depends_on(dependencies.iter().map(String::as_str));
    true
}

/// Code of the target that runs when the source distribution is built.
fn build_hooks(root: &Item<'_>, w: &Writer<'_>) -> Vec<InstallHook> {
    let mut hooks = Vec::new();
    let own_backend = root.at(&["build-system", "backend-path"]);
    if let (Some(_), Some(backend)) = (own_backend, root.at(&["build-system", "build-backend"])) {
        hooks.push(w.hook("build-backend", backend.text().unwrap_or_default(), backend.span.clone()));
    }
    for way in [&["tool", "hatch", "build", "hooks", "custom"][..], &["tool", "hatch", "build", "targets", "wheel", "hooks", "custom"]] {
        if let Some(hook) = root.at(way) {
            hooks.push(w.hook("hatch build hook", hook.text_at("path").unwrap_or("hatch_build.py"), hook.span.clone()));
        }
    }
    let script = root.at(&["tool", "poetry", "build"]).and_then(|build| {
        build.text().map(str::to_owned).zip(Some(build.clone())).or_else(|| {
            let script = build.get("script")?;
            Some((script.text()?.to_owned(), script))
        })
    });
    if let Some((script, item)) = script {
        hooks.push(w.hook("poetry build script", &script, item.span));
    }
    hooks
}
