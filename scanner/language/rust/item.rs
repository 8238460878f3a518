//! Items of a file: what it declares, in the order in which it can be evaluated.
//!
//! Rust's items know no order; the program's form does. Functions come first, then traits, types, constants, what is added to
//! types, statics, and last the modules in other files, which may need all of these.

use tree_sitter::Node;

use super::attribute::Attributes;
use super::kind::{Field, Kind};
use super::lower::{Child, Goal, Lowering, field, of_kind};
use crate::program::{
    Argument, Call, Class, ClassMember, Element, Entry, Export, Expr, ExprId, FunctionKind, Key, MemberKind, Pattern, Span, Spread, Statement,
};

/// Inline modules in inline modules.
const MAX_DEPTH: u32 = 16;

pub(super) struct Item<'t> {
    pub node: Node<'t>,
    pub kind: Kind,
    pub attributes: Attributes<'t>,
    /// Inline modules around it.
    pub prefix: String,
}

impl Lowering<'_> {
    /// Everything that a file declares.
    pub(super) fn items_of(&mut self, root: Node<'_>) {
        let mut items = Vec::new();
        self.gather(root, "", &mut items, 0);
        self.declare_items(&items);
        self.lower_items(&items);
        self.inline_modules();
        for (name, path, span) in std::mem::take(&mut self.late) {
            let value = self.path(&path, span);
            self.bind_item(&name, value);
        }
        // Modules in other files are loaded with the file that names them.
        let mut files: Vec<String> = self.files.iter().cloned().collect();
        files.sort();
        for file in files {
            let import = self.import(&self.module_specifier(&file), Span::default());
            let value = self.b.expr(Expr::Import(import), Span::default());
            self.emit(Statement::Expr(value));
            if !file.contains("::") {
                let name = self.b.symbol(&file);
                self.b.export(Export::From { name, import, imported: None });
            }
        }
    }

    /// Items of a block: their names can be seen in all of it.
    pub(super) fn local_items(&mut self, block: Node<'_>) {
        let mut cursor = block.walk();
        let any = block.named_children(&mut cursor).any(|child| super::control::is_item(self.kind(child)));
        if any {
            let prefix = self.prefix.clone();
            let mut items = Vec::new();
            self.gather(block, &prefix, &mut items, 0);
            self.declare_items(&items);
            self.lower_items(&items);
        }
    }

    fn gather<'t>(&mut self, container: Node<'t>, prefix: &str, into: &mut Vec<Item<'t>>, depth: u32) {
        for (child, attributes) in self.attributed(container) {
            if self.is_for_tests(&attributes) {
                continue;
            }
            let kids = self.kids(child.node);
            if child.kind == Kind::ModItem {
                let Some(name) = field(&kids, Field::Name) else { continue };
                let name = format!("{prefix}{}", self.text(name.node));
                match field(&kids, Field::Body) {
                    Some(body) if depth < MAX_DEPTH => {
                        self.inline.insert(name.clone());
                        self.gather(body.node, &format!("{name}::"), into, depth + 1);
                    }
                    Some(_) => self.problem(child.node, "nested too deeply"),
                    None => {
                        self.files.insert(name.clone());
                        if let Some(path) = self.setting_value(&attributes, "path") {
                            // `#[path = "x.rs"] mod y;`
                            self.files.remove(&name);
                            self.files.insert(name.clone());
                            self.paths.insert(name, path);
                        }
                    }
                }
                continue;
            }
            if super::control::is_item(child.kind) {
                into.push(Item { node: child.node, kind: child.kind, attributes, prefix: prefix.to_owned() });
                continue;
            }
            // At the top level, macros are items too.
            if self.kind(container) != Kind::Block {
                let call = match child.kind {
                    Kind::MacroInvocation => Some(child.node),
                    Kind::ExpressionStatement => of_kind(&kids, Kind::MacroInvocation).map(|call| call.node),
                    _ => None,
                };
                if let Some(call) = call {
                    into.push(Item { node: call, kind: Kind::MacroInvocation, attributes, prefix: prefix.to_owned() });
                }
            }
        }
    }

    /// How a module in another file is imported.
    pub(super) fn module_specifier(&self, name: &str) -> String {
        match self.paths.get(name) {
            Some(path) => format!("path:{path}"),
            None => format!("self::{name}"),
        }
    }

    fn setting_value(&self, attributes: &Attributes<'_>, name: &str) -> Option<String> {
        attributes.nodes.iter().filter(|node| self.attribute_name(**node) == name).find_map(|node| {
            let kids = self.kids(*node);
            let value = kids.iter().find(|kid| matches!(kid.kind, Kind::String | Kind::RawString))?;
            Some(self.string(value.node, value.kind))
        })
    }

    fn in_module<T>(&mut self, prefix: &str, inner: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.prefix, prefix.to_owned());
        let result = inner(self);
        self.prefix = outer;
        result
    }

    fn declare_items(&mut self, items: &[Item<'_>]) {
        for item in items {
            let kids = self.kids(item.node);
            let public = of_kind(&kids, Kind::Visibility).is_some();
            match item.kind {
                Kind::UseDeclaration => self.in_module(&item.prefix, |l| l.use_declaration(item.node, public)),
                Kind::ExternCrate => self.extern_crate(item.node),
                Kind::FunctionItem
                | Kind::StructItem
                | Kind::EnumItem
                | Kind::UnionItem
                | Kind::TraitItem
                | Kind::ConstItem
                | Kind::StaticItem
                | Kind::TypeItem => {
                    if let Some(name) = field(&kids, Field::Name) {
                        let name = format!("{}{}", item.prefix, self.text(name.node));
                        self.declare_item(name);
                    }
                }
                Kind::MacroInvocation => {
                    if let Some(name) = self.defined_by_macro(item.node) {
                        self.declare_item(format!("{}{name}", item.prefix));
                    }
                    for name in self.statics_of_macro(item.node) {
                        self.declare_item(format!("{}{name}", item.prefix));
                    }
                }
                _ => {}
            }
        }
    }

    fn declare_item(&mut self, name: String) {
        let symbol = self.b.symbol(&name);
        self.b.declare(symbol);
        self.items.insert(name);
    }

    fn lower_items(&mut self, items: &[Item<'_>]) {
        let mut seen: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
        let steps: Vec<u8> = items.iter().map(|item| self.step_of(item)).collect();
        for step in 0..8u8 {
            for (item, _) in items.iter().zip(&steps).filter(|(_, of)| **of == step) {
                self.in_module(&item.prefix.clone(), |l| {
                    let name = field(&l.kids(item.node), Field::Name).map(|name| format!("{}{}", item.prefix, l.text(name.node)));
                    let again = name.as_ref().is_some_and(|name| item.kind == Kind::FunctionItem && !seen.insert(name.clone()));
                    if again {
                        // One of them is there, by the system or the features it is built for.
                        let then = l.block_of(|l| l.item(item, name.as_deref()));
                        let span = l.span(item.node);
                        let test = l.b.expr(Expr::Unknown, span);
                        l.emit(Statement::If { test, then, otherwise: Vec::new() });
                    } else {
                        l.item(item, name.as_deref());
                    }
                });
            }
        }
    }

    fn step_of(&self, item: &Item<'_>) -> u8 {
        match item.kind {
            Kind::FunctionItem => 0,
            Kind::TraitItem => 1,
            Kind::StructItem | Kind::EnumItem | Kind::UnionItem => 2,
            Kind::TypeItem => 3,
            // A constant that calls something may need what is added to types.
            Kind::ConstItem => {
                let calls = field(&self.kids(item.node), Field::Value).is_some_and(|value| self.text(value.node).contains('('));
                if calls { 6 } else { 4 }
            }
            Kind::ImplItem => 5,
            _ => 7,
        }
    }

    fn item(&mut self, item: &Item<'_>, name: Option<&str>) {
        let node = item.node;
        match item.kind {
            Kind::FunctionItem => {
                let Some(name) = name else { return };
                let span = self.span(node);
                let function = self.function(node, FunctionKind::Plain, &item.attributes);
                let inner = self.b.expr(Expr::Function(function), span);
                let decorators = self.decorators(&item.attributes);
                let value = self.decorated(decorators, inner, span);
                self.bind_item(name, value);
            }
            Kind::StructItem | Kind::UnionItem => {
                let Some(name) = name else { return };
                let value = self.struct_class(node, &item.attributes);
                self.bind_item(name, value);
            }
            Kind::EnumItem => {
                let Some(name) = name else { return };
                let value = self.enum_class(node, &item.attributes);
                self.bind_item(name, value);
            }
            Kind::TraitItem => {
                let Some(name) = name else { return };
                let value = self.trait_class(node, &item.attributes);
                self.bind_item(name, value);
            }
            Kind::ImplItem => self.implementation(node, &item.attributes),
            Kind::ConstItem | Kind::StaticItem => {
                let kids = self.kids(node);
                let (Some(name), Some(value)) = (name, field(&kids, Field::Value)) else { return };
                let annotation = field(&kids, Field::Type).and_then(|annotation| self.class_annotation(annotation.node));
                let value = self.expr(value.node);
                let value = match annotation {
                    Some(annotation) => {
                        let span = self.span(node);
                        self.b.expr(Expr::Typed { value, annotation }, span)
                    }
                    None => value,
                };
                self.bind_item(name, value);
            }
            Kind::TypeItem => {
                let kids = self.kids(node);
                let (Some(name), Some(of)) = (name, field(&kids, Field::Type)) else { return };
                if let Some(value) = self.class_annotation(of.node) {
                    self.bind_item(name, value);
                }
            }
            Kind::MacroInvocation => self.item_macro(node, &item.prefix),
            _ => {}
        }
    }

    pub(super) fn decorated(&mut self, decorators: Vec<ExprId>, inner: ExprId, span: Span) -> ExprId {
        if decorators.is_empty() { inner } else { self.b.expr(Expr::Decorated { decorators: decorators.into(), inner }, span) }
    }

    fn bind_item(&mut self, name: &str, value: ExprId) {
        let symbol = self.b.symbol(name);
        let slot = self.b.declare(symbol);
        let pattern = self.b.pattern(Pattern::Variable(crate::program::Variable { hops: 0, slot }));
        self.emit(Statement::Bind { pattern, value: Some(value), declares: false });
    }

    /// Inline modules as objects, for other files that ask for what is in them.
    fn inline_modules(&mut self) {
        let mut modules: Vec<String> = self.inline.iter().cloned().collect();
        // The inner ones first.
        modules.sort_by(|a, b| b.matches("::").count().cmp(&a.matches("::").count()).then(a.cmp(b)));
        for module in modules {
            let inside = format!("{module}::");
            let mut names: Vec<String> = self.items.iter().filter(|name| name.starts_with(&inside)).cloned().collect();
            names.sort();
            let mut entries = Vec::new();
            for name in names {
                let short = &name[inside.len()..];
                if short.contains("::") {
                    continue;
                }
                let key = Key::Name(self.b.symbol(short));
                let symbol = self.b.symbol(&name);
                let value = self.b.name(symbol, Span::default());
                entries.push(Entry::Field { key, value });
            }
            let value = self.b.expr(Expr::Object(entries.into()), Span::default());
            let name = self.b.symbol(&module);
            self.items.insert(module.clone());
            self.b.declare(name);
            self.bind_item(&module, value);
            self.items.remove(&module);
        }
    }

    /// The name that a macro defines: `m!(Name, [A, B])`, where nothing else has it.
    fn defined_by_macro(&self, call: Node<'_>) -> Option<String> {
        let tree = of_kind(&self.kids(call), Kind::TokenTree)?;
        let parts = self.split(tree.node, Kind::Comma);
        match parts.as_slice() {
            [name, list, ..] => match (name.as_slice(), list.as_slice()) {
                ([name], [list]) if name.kind == Kind::Identifier && list.kind == Kind::TokenTree && self.text(list.node).starts_with('[') => {
                    let name = self.text(name.node).to_owned();
                    (name.starts_with(|c: char| c.is_uppercase()) && !self.is_item(&name)).then_some(name)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// `lazy_static! { static ref A: T = …; }`, `thread_local! { static A: T = …; }`
    fn statics_of_macro(&self, call: Node<'_>) -> Vec<String> {
        let kids = self.kids(call);
        let (Some(name), Some(tree)) = (field(&kids, Field::Macro), of_kind(&kids, Kind::TokenTree)) else { return Vec::new() };
        if !matches!(self.text(name.node).rsplit("::").next(), Some("lazy_static" | "thread_local")) {
            return Vec::new();
        }
        self.split(tree.node, Kind::Semicolon).iter().filter_map(|part| self.static_part(part)).map(|(name, _)| name).collect()
    }

    fn static_part<'t, 'p>(&self, part: &'p [Child<'t>]) -> Option<(String, &'p [Child<'t>])> {
        let at = part.iter().position(|token| self.text(token.node) == "static")?;
        let colon = at + part[at..].iter().position(|token| token.kind == Kind::Colon)?;
        let name = self.text(part[..colon].last()?.node).to_owned();
        let assign = colon + part[colon..].iter().position(|token| token.kind == Kind::Assign)?;
        Some((name, &part[assign + 1..]))
    }

    /// A macro call in the place of items.
    fn item_macro(&mut self, call: Node<'_>, prefix: &str) {
        let kids = self.kids(call);
        let (Some(name), Some(tree)) = (field(&kids, Field::Macro), of_kind(&kids, Kind::TokenTree)) else { return };
        let segments = self.segments(name.node);
        let last = segments.last().cloned().unwrap_or_default();
        match last.as_str() {
            "lazy_static" | "thread_local" => {
                for part in self.split(tree.node, Kind::Semicolon) {
                    let Some((name, value)) = self.static_part(&part) else { continue };
                    let value = self.token_expr(value);
                    self.bind_item(&format!("{prefix}{name}"), value);
                }
                return;
            }
            "cfg_if" => return,
            _ => {}
        }
        let parts = self.split(tree.node, Kind::Comma);
        let defines = match parts.first().map(Vec::as_slice) {
            Some([name]) if name.kind == Kind::Identifier => Some(format!("{prefix}{}", self.text(name.node))),
            _ => None,
        };
        let list = parts.get(1).and_then(|list| list.first().copied()).filter(|list| self.text(list.node).starts_with('['));
        match (defines, list) {
            (Some(name), Some(list)) if self.items.contains(&name) => self.enumeration(&segments, &name, list.node, call),
            _ => {
                let value = self.macro_call(call);
                self.emit(Statement::Expr(value));
            }
        }
    }

    /// `m!(Name, [A, B])`: `Name` has a variant for each of the types, and what the macro gives it besides is what a library
    /// says of `m!([A, B])`.
    fn enumeration(&mut self, path: &[String], name: &str, list: Node<'_>, call: Node<'_>) {
        let span = self.span(call);
        let types = self.split(list, Kind::Comma);
        let mut elements = Vec::new();
        let mut variants = Vec::new();
        for part in &types {
            let Some(last) = part.last() else { continue };
            let at = self.span(last.node);
            let variant = self.symbol(last.node);
            elements.push(Element { value: self.token_expr(part), spread: false });
            variants.push((variant, at, self.token_expr(part)));
        }
        let whole = crate::program::ClassId((self.b.module().classes.len() + variants.len()) as u32);
        let mut members = Vec::new();
        for (variant, at, annotation) in variants {
            let base = self.b.expr(Expr::Class(whole), at);
            let zero = self.b.symbol("0");
            let kind = MemberKind::Field { value: None, annotation: Some(annotation) };
            let held = ClassMember { key: Key::Name(zero), kind, is_static: false, decorators: Vec::new(), span: at, slot: None, alias: None };
            let class = Class {
                name: Some(variant),
                span: at,
                name_span: at,
                bases: vec![base],
                keywords: Vec::new(),
                members: vec![held],
                doc: None,
                augments: None,
            };
            let class = self.b.class(class);
            let value = self.b.expr(Expr::Class(class), at);
            let kind = MemberKind::Field { value: Some(value), annotation: None };
            members.push(ClassMember { key: Key::Name(variant), kind, is_static: true, decorators: Vec::new(), span: at, slot: None, alias: None });
        }
        let callee = self.macro_path(path, span);
        let list = self.b.expr(Expr::List(elements.into()), span);
        let arguments = [Argument { name: None, value: list, spread: Spread::No }];
        let base = self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: false, tagged: false })), span);
        let symbol = self.b.symbol(name);
        let words = self.b.expr(Expr::List(Box::new([])), span);
        let keywords = vec![(self.b.symbol("enum"), words)];
        let class = Class { name: Some(symbol), span, name_span: span, bases: vec![base], keywords, members, doc: None, augments: None };
        let class = self.b.class(class);
        let value = self.b.expr(Expr::Class(class), span);
        self.bind_item(name, value);
    }

    /// The body of a function, with the value of its last expression returned.
    pub(super) fn body(&mut self, block: Node<'_>) -> crate::program::Block {
        self.block_of(|l| l.into(block, Goal::Return))
    }
}
