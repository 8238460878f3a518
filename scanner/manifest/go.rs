//! `go.mod`: the path of a module, what it needs, and the programs in it.

use super::writer::{MAX_STARTS, Writer, directory, file_name};
use super::{EntryPoint, Manifests};
use crate::input::{Tree, is_dependency};
use crate::language::go::is_built;
use crate::shipping::is_test;

/// Lines of one file that are read.
const MAX_LINES: usize = 20_000;

pub(super) fn matches(path: &str) -> bool {
    file_name(path) == "go.mod"
}

pub(super) fn read(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let mut name = None;
    let mut needs = Vec::new();
    let mut block = "";
    for line in text.lines().take(MAX_LINES) {
        let (line, comment) = line.split_once("//").unwrap_or((line, ""));
        let line = line.trim();
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
            "module" => name = name.or(Some(rest.trim().trim_matches('"'))),
            "require" if comment.trim() != "indirect" => needs.extend(rest.split_whitespace().next()),
            _ => {}
        }
    }
    let Some(name) = name.filter(|name| !name.is_empty()) else { return true };
    let within = directory(path);
    let programs = programs(tree, within);
    let mut w = Writer::new("go.mod", path, text, into);
    let package = w.package("go", within, Some(name));
    package.depends_on(needs);
    programs.into_iter().for_each(|program| package.starts_at(EntryPoint::Program(program)));
    true
}

/// Files below a folder that begin a program, except below folders with a `go.mod` of their own.
fn programs(tree: &Tree, within: &str) -> Vec<String> {
    let prefix = if within.is_empty() { String::new() } else { format!("{within}/") };
    let inner: Vec<&str> = tree
        .iter()
        .map(|(path, _)| path)
        .filter(|path| file_name(path) == "go.mod" && directory(path) != within && path.starts_with(&prefix))
        .map(directory)
        .collect();
    let mut all = Vec::new();
    for (path, file) in tree.iter().filter(|(path, _)| path.ends_with(".go") && path.starts_with(&prefix)) {
        let foreign = || inner.iter().any(|other| path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/')));
        if all.len() >= MAX_STARTS || is_dependency(path) || is_test(path) || foreign() {
            continue;
        }
        // Looked for in the bytes: few files are read as text.
        let starts = |line: &str| file.bytes.split(|b| *b == b'\n').any(|found| found.starts_with(line.as_bytes()));
        if starts("package main")
            && starts("func main()")
            && let Some(text) = tree.text(path)
            && is_built(path, &text)
        {
            all.push(path.to_owned());
        }
    }
    all
}
