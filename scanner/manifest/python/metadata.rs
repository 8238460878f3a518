//! What a wheel or a source distribution says of itself: `METADATA`, `PKG-INFO`, `entry_points.txt`.

use super::super::Manifests;
use super::super::writer::{MAX_STARTS, Writer, directory, file_name};
use super::{entry_point, ini, main_module, requirement};
use crate::input::Tree;

fn holds_metadata(directory: &str) -> bool {
    directory.ends_with(".dist-info") || directory.ends_with(".egg-info")
}

pub(in super::super) fn matches(path: &str) -> bool {
    match file_name(path) {
        "METADATA" => holds_metadata(directory(path)),
        "PKG-INFO" => true,
        _ => false,
    }
}

/// The directory in which the package lies whose metadata this is.
fn package_directory(path: &str) -> &str {
    let own = directory(path);
    if !holds_metadata(own) {
        return own;
    }
    let beside = directory(own);
    match beside.strip_suffix("src") {
        // In a source distribution it lies with the modules, below the project.
        Some(project) if own.ends_with(".egg-info") && (project.is_empty() || project.ends_with('/')) => project.trim_end_matches('/'),
        _ => beside,
    }
}

pub(in super::super) fn read(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let mut w = Writer::new("METADATA", path, text, into);
    // Headers, then an empty line, then the README.
    let headers = || text.lines().take_while(|line| !line.trim().is_empty()).filter_map(|line| line.split_once(':'));
    let value = |name: &str| headers().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
    let Some(name) = value("Name") else {
        w.problem_at(0..0, "there is no “Name:” in this metadata; the package was not read; build the distribution again");
        return true;
    };
    let directory = package_directory(path);
    let scripts = format!("{}/entry_points.txt", super::super::writer::directory(path));
    let package = w.package("pypi", directory, Some(name));
    package.version = package.version.take().or_else(|| value("Version").map(str::to_owned));
    let required = headers().filter(|(key, _)| key.eq_ignore_ascii_case("Requires-Dist")).map(|(_, dependency)| dependency);
    let only_with_extra = |dependency: &&str| dependency.split_once(';').is_some_and(|(_, marker)| marker.contains("extra"));
    package.depends_on(required.filter(|dependency| !only_with_extra(dependency)).filter_map(requirement));
    if package.entry_points.is_empty() && !tree.exists(&scripts) {
        main_module(tree, directory, name).into_iter().for_each(|entry| package.starts_at(entry));
    }
    true
}

pub(in super::super) fn matches_entry_points(path: &str) -> bool {
    file_name(path) == "entry_points.txt" && holds_metadata(directory(path))
}

pub(in super::super) fn read_entry_points(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let directory = package_directory(path);
    // `harbour_mcp-1.0.dist-info`: the name of the package, as METADATA beside it spells it.
    let folder = file_name(super::super::writer::directory(path));
    let name = folder.split('-').next().unwrap_or(folder).trim_end_matches(".egg").to_owned();
    let mut w = Writer::new("entry_points.txt", path, text, into);
    let package = w.package("pypi", directory, Some(&name));
    let scripts = ini(text).into_iter().filter(|(section, ..)| section == "console_scripts" || section == "gui_scripts");
    for (_, _, reference, _) in scripts.take(MAX_STARTS) {
        entry_point(tree, directory, &reference).into_iter().for_each(|entry| package.starts_at(entry));
    }
    true
}
