//! `requirements.txt`: names of dependencies.

use super::super::Manifests;
use super::super::writer::{Writer, directory, file_name};
use super::requirement;
use crate::input::Tree;

/// Lists that only developers of the package install.
const DEVELOPMENT: &[&str] = &["dev", "test", "doc", "lint", "ci"];

pub(in super::super) fn matches(path: &str) -> bool {
    let name = file_name(path);
    let Some(rest) = name.strip_prefix("requirements").and_then(|rest| rest.strip_suffix(".txt")) else { return false };
    !DEVELOPMENT.iter().any(|word| rest.to_ascii_lowercase().contains(word))
}

pub(in super::super) fn read(_: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let mut w = Writer::new("requirements.txt", path, text, into);
    let package = w.package("pypi", directory(path), None);
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '-']));
    // `name @ https://…` names a package, an address alone does not.
    package.depends_on(lines.filter(|line| !line.contains("://") || line.contains(" @ ")).filter_map(requirement));
    true
}
