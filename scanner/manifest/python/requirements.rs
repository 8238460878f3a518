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
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '-']) && !line.contains("://")) {
        package.depends_on(requirement(line).unwrap_or_default());
    }
    true
}
