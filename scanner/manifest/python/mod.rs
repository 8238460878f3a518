//! Python packages: `pyproject.toml`, `setup.cfg`, `setup.py`, wheel metadata, `requirements.txt`.

use super::EntryPoint;
use super::writer::join;
use crate::input::Tree;

pub(super) mod metadata;
pub(super) mod pyproject;
pub(super) mod requirements;
pub(super) mod setup;

#[cfg(test)]
mod tests;

/// Directories in which the modules of a project may lie.
const SOURCES: &[&str] = &["", "src", "lib", "python", "source"];

/// What `package.module:function` (or `package.module`) starts. Extras (`[cli]`) are dropped.
fn entry_point(tree: &Tree, directory: &str, reference: &str) -> Option<EntryPoint> {
    let reference = reference.split('[').next()?.trim();
    let (module, function) = match reference.split_once(':') {
        Some((module, function)) => (module.trim(), Some(function.trim())),
        None => (reference, None),
    };
    if module.is_empty() || !module.split('.').all(is_identifier) {
        return None;
    }
    Some(match (module_file(tree, directory, module), function) {
        (Some(file), Some(function)) if !function.is_empty() => EntryPoint::Function { file, function: function.to_owned() },
        (Some(file), _) => EntryPoint::File(file),
        (None, _) => EntryPoint::Package(module.split('.').next().unwrap_or(module).to_owned()),
    })
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// The file of a module of the project in `directory`.
fn module_file(tree: &Tree, directory: &str, module: &str) -> Option<String> {
    let inside = module.replace('.', "/");
    let candidates = |base: &str| {
        let at = if base.is_empty() { inside.clone() } else { format!("{base}/{inside}") };
        [format!("{at}/__init__.py"), format!("{at}.py")]
    };
    let usual = SOURCES.iter().filter_map(|source| join(directory, source)).flat_map(|base| candidates(&base));
    if let Some(found) = usual.into_iter().find(|file| tree.contains(file)) {
        return Some(found);
    }
    // Some projects keep their packages elsewhere: the one file that ends so is the module.
    let endings = [format!("/{inside}.py"), format!("/{inside}/__init__.py")];
    let below = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    let mut found =
        tree.iter().map(|(path, _)| path).filter(|path| path.starts_with(&below) && endings.iter().any(|ending| path.ends_with(ending.as_str())));
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only.to_owned()),
        _ => None,
    }
}

/// `python -m name`: what a package without scripts is started with.
fn main_module(tree: &Tree, directory: &str, name: &str) -> Option<EntryPoint> {
    let module = name.replace(['-', '.'], "_");
    module_file(tree, directory, &format!("{module}.__main__")).map(EntryPoint::File)
}

/// The name in a requirement: `requests[socks]>=2; python_version < "4"` → `requests`.
fn requirement(text: &str) -> Option<&str> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(text.len());
    let name = text.get(..end)?;
    (name.starts_with(|c: char| c.is_ascii_alphanumeric())).then_some(name)
}

/// Sections of an INI file as the standard library reads it: values go on in indented lines.
/// Yields (section, key, value, offset of the key).
fn ini(text: &str) -> Vec<(String, String, String, usize)> {
    let mut out: Vec<(String, String, String, usize)> = Vec::new();
    let (mut section, mut offset, mut open) = (String::new(), 0, false);
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if open && let Some((_, _, value, _)) = out.last_mut() {
                value.push('\n');
                value.push_str(bare);
            }
        } else if let Some(name) = bare.strip_prefix('[') {
            section = name.split(']').next().unwrap_or(name).trim().to_owned();
            open = false;
        } else if let Some(at) = bare.find(['=', ':']) {
            let (key, value) = bare.split_at(at);
            out.push((section.clone(), key.trim().to_owned(), value.get(1..).unwrap_or_default().trim().to_owned(), start));
            open = true;
        }
    }
    out
}
