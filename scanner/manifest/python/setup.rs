//! `setup.cfg` and `setup.py`. The script is never run; what it says is taken from the texts in it.

use super::super::writer::{MAX_STARTS, Writer, directory, file_name, join};
use super::super::{EntryPoint, Manifests};
use super::{entry_point, ini, requirement};
use crate::input::Tree;

pub(in super::super) fn matches_cfg(path: &str) -> bool {
    file_name(path) == "setup.cfg"
}

pub(in super::super) fn read_cfg(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let values = ini(text);
    let value = |section: &str, key: &str| values.iter().find(|(s, k, ..)| s == section && k == key).map(|(_, _, value, _)| value.as_str());
    // `attr:` and `file:` are computed when the package is built.
    let literal = |value: &&str| !value.is_empty() && !value.starts_with("attr:") && !value.starts_with("file:");
    let name = value("metadata", "name").filter(literal);
    if !values.iter().any(|(section, ..)| section == "metadata" || section == "options" || section == "options.entry_points") {
        // Settings of linters alone.
        return true;
    }
    let version = value("metadata", "version").filter(literal);
    let directory = directory(path);
    let mut w = Writer::new("setup.cfg", path, text, into);
    let package = w.package("pypi", directory, name);
    package.version = package.version.take().or_else(|| version.map(str::to_owned));
    for (_, group, lines, _) in values.iter().filter(|(section, ..)| section == "options.entry_points") {
        if group == "console_scripts" || group == "gui_scripts" {
            let references = lines.lines().take(MAX_STARTS).filter_map(|line| line.split_once('=')).map(|(_, reference)| reference);
            references.filter_map(|reference| entry_point(tree, directory, reference)).for_each(|entry| package.starts_at(entry));
        }
    }
    package.depends_on(value("options", "install_requires").iter().flat_map(|lines| lines.lines()).filter_map(requirement));
    true
}

pub(in super::super) fn matches_script(path: &str) -> bool {
    file_name(path) == "setup.py"
}

pub(in super::super) fn read_script(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let directory = directory(path);
    if !installs_something(tree, directory, path) {
        return true; // a module that happens to have this name
    }
    let starts = entry_points_in(tree, directory, text);
    let mut w = Writer::new("setup.py", path, text, into);
    let first_line = text.find('\n').unwrap_or(text.len());
    let hook = w.hook("setup.py", "python setup.py", 0..first_line);
    let package = w.package("pypi", directory, None);
    package.install_hooks.push(hook);
    starts.into_iter().for_each(|entry| package.starts_at(entry));
    true
}

/// Whether a `setup.py` here installs a package: there is project metadata beside it, or a module or package that is
/// not itself part of a package which holds the script.
fn installs_something(tree: &Tree, directory: &str, script: &str) -> bool {
    let beside = |name: &str| join(directory, name).is_some_and(|path| tree.exists(&path));
    if ["pyproject.toml", "setup.cfg", "MANIFEST.in", "PKG-INFO"].into_iter().any(beside) {
        return true;
    }
    let below = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    !beside("__init__.py") && tree.iter().any(|(path, _)| path != script && path.starts_with(&below) && path.ends_with(".py"))
}

/// `"name = package.module:function"` among the texts of the script, where the module is in the target.
fn entry_points_in(tree: &Tree, directory: &str, text: &str) -> Vec<EntryPoint> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| line.len() < 1000 && line.contains('=') && line.contains(':')).take(MAX_STARTS) {
        for piece in line.split(['"', '\'', '\n']) {
            let Some((name, reference)) = piece.split_once('=') else { continue };
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
            if name.trim().is_empty() || !name.trim().chars().all(plain) || !reference.contains(':') {
                continue;
            }
            let entry = entry_point(tree, directory, reference);
            found.extend(entry.filter(|entry| matches!(entry, EntryPoint::Function { .. })));
        }
    }
    found
}
