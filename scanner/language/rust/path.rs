//! Paths: `crate::a::B`, `Self::new`, `std::fs::read`.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Lowering, SelfType, field};
use crate::program::{Expr, ExprId, Span};

/// Aliases of aliases that are followed.
const HOPS: u32 = 16;
/// Segments of one path.
const MAX_SEGMENTS: usize = 64;

impl Lowering<'_> {
    /// The names of a path, type arguments left out.
    pub(super) fn segments(&self, node: Node<'_>) -> Vec<String> {
        let mut reversed: Vec<String> = Vec::new();
        let mut node = node;
        loop {
            let kids = self.kids(node);
            let next = match self.kind(node) {
                Kind::ScopedIdentifier | Kind::ScopedType => {
                    if let Some(name) = field(&kids, Field::Name) {
                        reversed.push(self.bare(name.node));
                    }
                    field(&kids, Field::Path)
                }
                Kind::GenericType | Kind::GenericTurbofish => field(&kids, Field::Type),
                Kind::GenericFunction => field(&kids, Field::Function),
                // `<T as Trait>::name`
                Kind::BracketedType => kids.first().copied(),
                Kind::QualifiedType => field(&kids, Field::Type),
                Kind::ReferenceType => field(&kids, Field::Type),
                Kind::GenericPattern => kids.first().copied(),
                _ => {
                    let text = self.bare(node);
                    if !text.is_empty() {
                        reversed.push(text);
                    }
                    None
                }
            };
            match next {
                Some(next) if reversed.len() < MAX_SEGMENTS => node = next.node,
                _ => break,
            }
        }
        reversed.reverse();
        reversed
    }

    fn bare(&self, node: Node<'_>) -> String {
        let text = self.text(node);
        text.strip_prefix("r#").unwrap_or(text).to_owned()
    }

    pub(super) fn is_item(&self, name: &str) -> bool {
        self.items.contains(&format!("{}{name}", self.prefix)) || self.items.contains(name)
    }

    /// The value of a path.
    pub(super) fn path(&mut self, segments: &[String], span: Span) -> ExprId {
        let prefix = self.prefix.clone();
        self.path_from(&prefix, segments, span, HOPS)
    }

    fn members(&mut self, mut object: ExprId, names: &[String], span: Span) -> ExprId {
        for name in names {
            object = self.member(object, name, span);
        }
        object
    }

    fn import_expr(&mut self, specifier: &str, span: Span) -> ExprId {
        let import = self.import(specifier, span);
        self.b.expr(Expr::Import(import), span)
    }

    fn path_from(&mut self, prefix: &str, segments: &[String], span: Span, hops: u32) -> ExprId {
        let (Some(first), true) = (segments.first(), hops > 0) else { return self.b.expr(Expr::Unknown, span) };
        let rest = &segments[1..];
        match first.as_str() {
            "crate" => {
                let root = self.import_expr("crate", span);
                return self.members(root, rest, span);
            }
            "self" if rest.is_empty() => {
                let name = self.b.symbol("self");
                return self.b.name(name, span);
            }
            "self" => return self.path_from(prefix, rest, span, hops - 1),
            "super" => {
                if let Some(inner) = prefix.strip_suffix("::") {
                    let outer = inner.rfind("::").map_or("", |at| &inner[..at + 2]).to_owned();
                    return self.path_from(&outer, rest, span, hops - 1);
                }
                let more = rest.iter().take_while(|part| *part == "super").count();
                let root = self.import_expr(&vec!["super"; more + 1].join("::"), span);
                return self.members(root, &rest[more..], span);
            }
            "Self" => {
                let class = match self.self_type.clone() {
                    Some(SelfType::Path(path, at)) => self.path_from(prefix, &path, at, hops - 1),
                    Some(SelfType::Implementor) => {
                        let name = self.b.symbol("self");
                        if self.is_local(name) {
                            let this = self.b.name(name, span);
                            self.member(this, "constructor", span)
                        } else {
                            self.b.expr(Expr::Unknown, span)
                        }
                    }
                    None => self.b.expr(Expr::Unknown, span),
                };
                return self.members(class, rest, span);
            }
            _ => {}
        }
        // The inline module in which it stands, then those around it.
        let mut scope = prefix.to_owned();
        loop {
            let name = format!("{scope}{first}");
            if self.items.contains(&name) {
                let name = self.b.symbol(&name);
                let item = self.b.name(name, span);
                return self.members(item, rest, span);
            }
            if self.inline.contains(&name) && !rest.is_empty() {
                return self.path_from(&format!("{name}::"), rest, span, hops - 1);
            }
            if self.files.contains(&name) {
                let specifier = self.module_specifier(&name);
                let module = self.import_expr(&specifier, span);
                return self.members(module, rest, span);
            }
            if let Some(used) = self.uses.get(&name) {
                let mut whole = used.segments.clone();
                if whole.len() == 1 && whole[0] == *first {
                    // `use serde_json;`
                    let module = self.import_expr(&Self::specifier(&whole), span);
                    return self.members(module, rest, span);
                }
                whole.extend(rest.iter().cloned());
                whole.truncate(MAX_SEGMENTS);
                return self.path_from(&scope, &whole, span, hops - 1);
            }
            match scope.strip_suffix("::") {
                Some(inner) => scope = inner.rfind("::").map_or(String::new(), |at| inner[..at + 2].to_owned()),
                None => break,
            }
        }
        let is_crate = !rest.is_empty() && first.starts_with(|c: char| c.is_lowercase() || c == '_');
        let root = match is_crate && !is_primitive(first) {
            true => self.import_expr(&Self::specifier(std::slice::from_ref(first)), span),
            false => self.global(first, span),
        };
        self.members(root, rest, span)
    }

    /// Whether a path leads out of the program: to a library, as far as the file tells.
    pub(super) fn is_foreign(&self, segments: &[String]) -> bool {
        let mut segments = segments.to_vec();
        for _ in 0..HOPS {
            let Some(first) = segments.first() else { return false };
            if matches!(first.as_str(), "crate" | "self" | "super" | "Self")
                || self.is_item(first)
                || self.files.contains(first)
                || self.inline.contains(first)
            {
                return false;
            }
            let used = self.uses.get(&format!("{}{first}", self.prefix)).or_else(|| self.uses.get(first.as_str()));
            match used {
                Some(used) if used.segments.first() != Some(first) => {
                    segments.splice(0..1, used.segments.iter().cloned());
                }
                Some(_) => return true,
                None => return segments.len() > 1 && first.starts_with(|c: char| c.is_lowercase()),
            }
        }
        false
    }

    /// The path of a macro: its last name bears a mark, so that it is no function of that name.
    pub(super) fn macro_path(&mut self, segments: &[String], span: Span) -> ExprId {
        let mut whole = segments.to_vec();
        if let [name] = segments
            && let Some(used) = self.uses.get(&format!("{}{name}", self.prefix)).or_else(|| self.uses.get(name.as_str()))
        {
            whole = used.segments.clone();
        }
        if let Some(last) = whole.last_mut() {
            last.push('!');
        }
        self.path(&whole, span)
    }
}

pub(super) fn is_primitive(name: &str) -> bool {
    matches!(
        name,
        "bool" | "char" | "str" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "f32" | "f64"
    )
}
