//! `use` and `extern crate`: names for what lies elsewhere. They are looked up where they are used, not bound where they
//! stand: in Rust no item comes before another.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Lowering, field};
use crate::program::{Export, ImportId, Span};

/// Names in one `use` that are followed.
const MAX_DEPTH: u32 = 32;
/// Names of one file.
const MAX_NAMES: usize = 10_000;

/// What a name stands for: a path, as written.
#[derive(Clone, Debug)]
pub(super) struct UsePath {
    pub segments: Vec<String>,
}

impl Lowering<'_> {
    pub(super) fn use_declaration(&mut self, node: Node<'_>, public: bool) {
        let kids = self.kids(node);
        if let Some(argument) = field(&kids, Field::Argument) {
            self.use_tree(argument.node, argument.kind, &[], public, 0);
        }
    }

    fn use_tree(&mut self, node: Node<'_>, kind: Kind, before: &[String], public: bool, depth: u32) {
        if depth > MAX_DEPTH || self.uses.len() > MAX_NAMES {
            return;
        }
        let kids = self.kids(node);
        match kind {
            Kind::UseList => {
                for kid in kids {
                    self.use_tree(kid.node, kid.kind, before, public, depth + 1);
                }
            }
            Kind::ScopedUse => {
                let mut path = before.to_vec();
                if let Some(start) = field(&kids, Field::Path) {
                    path.extend(self.segments(start.node));
                }
                if let Some(list) = field(&kids, Field::List) {
                    self.use_tree(list.node, list.kind, &path, public, depth + 1);
                }
            }
            Kind::UseAs => {
                let (Some(path), Some(alias)) = (field(&kids, Field::Path), field(&kids, Field::Alias)) else { return };
                let mut segments = before.to_vec();
                segments.extend(self.segments(path.node));
                let alias = self.text(alias.node).to_owned();
                self.use_name(alias, segments, node, public);
            }
            Kind::UseWildcard => {
                let mut path = before.to_vec();
                if let Some(start) = kids.first() {
                    path.extend(self.segments(start.node));
                }
                self.use_all(path, node);
            }
            _ => {
                let mut segments = before.to_vec();
                match kind {
                    // `use a::b::{self}`
                    Kind::SelfWord if !before.is_empty() => {}
                    _ => segments.extend(self.segments(node)),
                }
                if let Some(name) = segments.last().cloned() {
                    self.use_name(name, segments, node, public);
                }
            }
        }
    }

    fn use_name(&mut self, name: String, mut segments: Vec<String>, node: Node<'_>, public: bool) {
        let span = self.span(node);
        // `use a::b::{self as c}`
        if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        if name == "_" || segments.is_empty() || (segments.len() == 1 && segments[0] == name && !self.is_item(&name)) && !public {
            if segments.len() == 1 && name != "_" {
                self.uses.insert(format!("{}{name}", self.prefix), UsePath { segments });
            }
            return;
        }
        if self.prefix.is_empty() {
            self.export_use(&name, &segments, span);
        }
        self.uses.insert(format!("{}{name}", self.prefix), UsePath { segments });
    }

    /// What is used can be asked of this module by its own children too, so that public or not does not matter.
    fn export_use(&mut self, name: &str, segments: &[String], span: Span) {
        if self.inline.contains(&segments[0]) {
            self.late.push((name.to_owned(), segments.to_vec(), span));
            return;
        }
        let Some((last, before)) = segments.split_last() else { return };
        let exported = self.b.symbol(name);
        let (import, imported) = match before {
            // A crate, or a name of this very module.
            [] => (self.import(&Self::specifier(&self.rooted(segments)), span), None),
            _ => {
                let imported = self.b.symbol(last);
                let path = self.rooted(before);
                (self.import(&Self::specifier(&path), span), Some(imported))
            }
        };
        self.b.export(Export::From { name: exported, import, imported });
    }

    fn use_all(&mut self, path: Vec<String>, node: Node<'_>) {
        let span = self.span(node);
        let path = self.rooted(&path);
        // An inline module that takes everything of the file around it sees it anyway.
        if path.is_empty() || (!self.prefix.is_empty() && path[0] == "super") {
            return;
        }
        let import = self.import(&Self::specifier(&path), span);
        self.b.export(Export::All { import });
    }

    pub(super) fn extern_crate(&mut self, node: Node<'_>) {
        let kids = self.kids(node);
        let (Some(name), alias) = (field(&kids, Field::Name), field(&kids, Field::Alias)) else { return };
        let segments = self.segments(name.node);
        let name = self.text(alias.unwrap_or(name).node).to_owned();
        self.uses.insert(name, UsePath { segments });
    }

    /// The path with its first name replaced by what that stands for: a module of this file, something used.
    fn rooted(&self, path: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let Some(first) = path.first() else { return path };
            if self.files.contains(first) {
                path.insert(0, "self".to_owned());
                return path;
            }
            match self.uses.get(first.as_str()) {
                Some(used) if used.segments.first() != Some(first) => {
                    path.splice(0..1, used.segments.iter().cloned());
                }
                _ => return path,
            }
        }
        path
    }

    /// The module path of an import, as the resolver takes it: `crate::a::b`, `super::super::x`, `serde_json::value`.
    pub(super) fn specifier(path: &[String]) -> String {
        let mut parts = path.iter().map(String::as_str);
        let first = match parts.next() {
            // Parts of one library under three names.
            Some("core" | "alloc") => "std",
            Some(first) => first,
            None => "",
        };
        let mut whole = first.to_owned();
        for part in parts {
            whole.push_str("::");
            whole.push_str(part);
        }
        whole
    }

    pub(super) fn import(&mut self, specifier: &str, span: Span) -> ImportId {
        if let Some(known) = self.imports.get(specifier) {
            return *known;
        }
        let import = self.b.import(specifier, span, false);
        self.imports.insert(specifier.to_owned(), import);
        import
    }
}
