//! Structs, enums, traits, and what `impl` adds to them.

use tree_sitter::Node;

use super::attribute::{Attributes, renamed, renamed_variant};
use super::kind::{Field, Kind};
use super::lower::{Lowering, SelfType, field, of_kind};
use crate::program::builder::FunctionParts;
use crate::program::{Argument, Call, Class, ClassId, ClassMember, Element, Expr, ExprId, FunctionKind, Key, MemberKind, Span, Spread, Statement};

/// Traits that say nothing of what a type can do.
const PLAIN_TRAITS: &[&str] = &["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd", "Zeroize", "ZeroizeOnDrop"];

impl Lowering<'_> {
    /// The derived traits, as what the class extends.
    fn derived(&mut self, attributes: &Attributes<'_>) -> Vec<ExprId> {
        let mut bases = Vec::new();
        for &node in &attributes.nodes {
            if self.attribute_name(node) != "derive" {
                continue;
            }
            let Some(tree) = of_kind(&self.kids(node), Kind::TokenTree) else { continue };
            for part in self.split(tree.node, Kind::Comma) {
                let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
                if PLAIN_TRAITS.contains(&self.text(last.node)) {
                    continue;
                }
                let span = self.span(first.node);
                let path: Vec<String> = part
                    .iter()
                    .filter(|token| matches!(token.kind, Kind::Identifier | Kind::Crate | Kind::SelfWord | Kind::Super))
                    .map(|token| self.text(token.node).to_owned())
                    .collect();
                bases.push(self.path(&path, span));
            }
        }
        bases
    }

    fn derives(&self, attributes: &Attributes<'_>, name: &str) -> bool {
        attributes
            .nodes
            .iter()
            .filter(|node| self.attribute_name(**node) == "derive")
            .any(|node| self.text(*node).split(|c: char| !c.is_alphanumeric()).any(|word| word == name))
    }

    pub(super) fn struct_class(&mut self, node: Node<'_>, attributes: &Attributes<'_>) -> ExprId {
        let span = self.span(node);
        let kids = self.kids(node);
        let name = field(&kids, Field::Name);
        let generics = self.generics.len();
        self.type_parameters(node);
        let bases = self.derived(attributes);
        let rule = self.setting(attributes, &["serde", "schemars"], "rename_all").unwrap_or_default();
        let mut members = Vec::new();
        if let Some(body) = field(&kids, Field::Body) {
            self.fields(body.node, body.kind, &rule, &mut members);
        }
        if self.derives(attributes, "Default") {
            let method = self.default_method(&kids, span);
            members.push(method);
        }
        self.generics.truncate(generics);
        let class = Class {
            name: name.map(|name| self.symbol(name.node)),
            span,
            name_span: name.map_or(span, |name| self.span(name.node)),
            bases,
            keywords: Vec::new(),
            members,
            doc: attributes.doc.as_deref().map(Into::into),
            augments: None,
        };
        let class = self.b.class(class);
        let inner = self.b.expr(Expr::Class(class), span);
        let decorators = self.decorators(attributes);
        self.decorated(decorators, inner, span)
    }

    /// The fields of a struct or variant.
    fn fields(&mut self, body: Node<'_>, kind: Kind, rule: &str, into: &mut Vec<ClassMember>) {
        for (at, (kid, attributes)) in self.attributed(body).into_iter().enumerate() {
            let span = self.span(kid.node);
            let parts = self.kids(kid.node);
            let (name, of) = match kind {
                Kind::OrderedFields => (at.to_string(), kid.node),
                _ => match (field(&parts, Field::Name), field(&parts, Field::Type)) {
                    (Some(name), Some(of)) => (self.text(name.node).trim_start_matches("r#").to_owned(), of.node),
                    _ => continue,
                },
            };
            let skipped = self.setting(&attributes, &["serde", "schemars"], "skip").is_some();
            let optional = self.is_optional(of)
                || self.setting(&attributes, &["serde", "schemars"], "default").is_some()
                || self.setting(&attributes, &["serde"], "skip_deserializing").is_some();
            let annotation = self.annotation(of);
            let annotation = match annotation {
                _ if skipped => None,
                Some(annotation) => self.described(Some(annotation), &attributes),
                // A field of any type is one all the same.
                None => {
                    let any = self.global("any", span);
                    self.described(Some(any), &attributes)
                }
            };
            let alias = self
                .setting(&attributes, &["serde", "schemars"], "rename")
                .filter(|alias| !alias.is_empty())
                .or_else(|| (!rule.is_empty()).then(|| renamed(rule, &name)));
            let flatten = self.setting(&attributes, &["serde"], "flatten").is_some();
            let alias = if flatten { Some("..".to_owned()) } else { alias };
            let value = optional.then(|| self.b.expr(Expr::Undefined, span));
            let decorators = self.attribute_calls(&attributes);
            let key = Key::Name(self.b.symbol(&name));
            let alias = alias.filter(|alias| *alias != name).map(|alias| self.b.symbol(&alias));
            into.push(ClassMember { key, kind: MemberKind::Field { value, annotation }, is_static: false, decorators, span, slot: None, alias });
        }
    }

    /// `fn default() -> Self` of `derive(Default)`.
    fn default_method(&mut self, kids: &[super::lower::Child<'_>], span: Span) -> ClassMember {
        let name = field(kids, Field::Name).map(|name| self.text(name.node).to_owned()).unwrap_or_default();
        self.b.open_function(FunctionKind::Plain);
        let mut arguments = Vec::new();
        if let Some(body) = field(kids, Field::Body).filter(|body| body.kind == Kind::FieldDeclarations) {
            for kid in self.kids(body.node) {
                let parts = self.kids(kid.node);
                let (Some(name), Some(of)) = (field(&parts, Field::Name), field(&parts, Field::Type)) else { continue };
                let at = self.span(of.node);
                let last = self.segments(of.node).last().cloned().unwrap_or_default();
                let value = match last.as_str() {
                    "Option" => self.b.expr(Expr::Null, at),
                    "bool" => self.b.expr(Expr::Bool(false), at),
                    "Vec" | "VecDeque" => self.b.expr(Expr::List(Box::new([])), at),
                    "HashMap" | "BTreeMap" | "IndexMap" => self.b.expr(Expr::Object(Box::new([])), at),
                    _ => match self.class_annotation(of.node) {
                        Some(class) => {
                            let callee = self.member(class, "default", at);
                            self.b.expr(Expr::Call(Box::new(Call { callee, arguments: Box::new([]), construct: false, tagged: false })), at)
                        }
                        None => continue,
                    },
                };
                let name = Some(self.symbol(name.node));
                arguments.push(Argument { name, value, spread: Spread::No });
            }
        }
        let callee = self.path(&[name], span);
        let made = self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: true, tagged: false })), span);
        let body = vec![Statement::Return(Some(made))];
        let symbol = self.b.symbol("default");
        let function = self.b.close_function(FunctionParts { name: Some(symbol), span, name_span: span, body, ..FunctionParts::default() });
        ClassMember {
            key: Key::Name(symbol),
            kind: MemberKind::Method(function),
            is_static: true,
            decorators: Vec::new(),
            span,
            slot: None,
            alias: None,
        }
    }

    pub(super) fn enum_class(&mut self, node: Node<'_>, attributes: &Attributes<'_>) -> ExprId {
        let span = self.span(node);
        let kids = self.kids(node);
        let name = field(&kids, Field::Name);
        let generics = self.generics.len();
        self.type_parameters(node);
        let bases = self.derived(attributes);
        let rule = self.setting(attributes, &["serde", "schemars", "strum"], "rename_all").unwrap_or_default();
        let variants: Vec<_> = match field(&kids, Field::Body) {
            Some(body) => self.attributed(body.node).into_iter().filter(|(kid, _)| kid.kind == Kind::EnumVariant).collect(),
            None => Vec::new(),
        };
        let mut made = Vec::new();
        let mut words = Vec::new();
        let mut plain = true;
        for (variant, attributes) in &variants {
            let at = self.span(variant.node);
            let parts = self.kids(variant.node);
            let variant_name = field(&parts, Field::Name).unwrap_or(*variant);
            let text = self.text(variant_name.node).to_owned();
            let symbol = self.b.symbol(&text);
            let mut fields = Vec::new();
            let body = field(&parts, Field::Body);
            if let Some(body) = body {
                self.fields(body.node, body.kind, "", &mut fields);
            }
            let word = self.setting(attributes, &["serde", "schemars"], "rename").filter(|word| !word.is_empty());
            let word = word.unwrap_or_else(|| renamed_variant(&rule, &text));
            words.push(Element { value: self.constant(&word, at), spread: false });
            let decorators = self.attribute_calls(attributes);
            plain &= body.is_none();
            made.push((symbol, at, fields, body.is_none(), decorators));
        }
        // The class itself comes after those of its variants.
        let whole = ClassId((self.b.module().classes.len() + made.len()) as u32);
        let mut members = Vec::new();
        for (symbol, at, fields, unit, decorators) in made {
            let base = self.b.expr(Expr::Class(whole), at);
            let class = Class {
                name: Some(symbol),
                span: at,
                name_span: at,
                bases: vec![base],
                keywords: Vec::new(),
                members: fields,
                doc: None,
                augments: None,
            };
            let class = self.b.class(class);
            let mut value = self.b.expr(Expr::Class(class), at);
            if unit {
                // A variant without fields is a value itself.
                value = self.b.expr(Expr::Call(Box::new(Call { callee: value, arguments: Box::new([]), construct: true, tagged: false })), at);
            }
            let kind = MemberKind::Field { value: Some(value), annotation: None };
            members.push(ClassMember { key: Key::Name(symbol), kind, is_static: true, decorators, span: at, slot: None, alias: None });
        }
        self.generics.truncate(generics);
        let mut keywords = Vec::new();
        // The words of an enumeration whose variants have no fields; of others there is nothing that short to say.
        let words = if plain { words } else { Vec::new() };
        let list = self.b.expr(Expr::List(words.into()), span);
        keywords.push((self.b.symbol("enum"), list));
        let class = Class {
            name: name.map(|name| self.symbol(name.node)),
            span,
            name_span: name.map_or(span, |name| self.span(name.node)),
            bases,
            keywords,
            members,
            doc: attributes.doc.as_deref().map(Into::into),
            augments: None,
        };
        let class = self.b.class(class);
        let inner = self.b.expr(Expr::Class(class), span);
        let decorators = self.decorators(attributes);
        self.decorated(decorators, inner, span)
    }

    pub(super) fn trait_class(&mut self, node: Node<'_>, attributes: &Attributes<'_>) -> ExprId {
        let span = self.span(node);
        let kids = self.kids(node);
        let name = field(&kids, Field::Name);
        let generics = self.generics.len();
        self.type_parameters(node);
        let mut bases = Vec::new();
        if let Some(bounds) = field(&kids, Field::Bounds) {
            for bound in self.kids(bounds.node) {
                if matches!(bound.kind, Kind::TypeIdentifier | Kind::ScopedType | Kind::GenericType) {
                    let path = self.segments(bound.node);
                    if !matches!(path.last().map(String::as_str), Some("Send" | "Sync" | "Sized" | "Unpin")) {
                        let at = self.span(bound.node);
                        bases.push(self.path(&path, at));
                    }
                }
            }
        }
        let outer = self.self_type.replace(SelfType::Implementor);
        let mut members = Vec::new();
        if let Some(body) = field(&kids, Field::Body) {
            self.members_of(body.node, &mut members);
        }
        self.self_type = outer;
        self.generics.truncate(generics);
        let class = Class {
            name: name.map(|name| self.symbol(name.node)),
            span,
            name_span: name.map_or(span, |name| self.span(name.node)),
            bases,
            keywords: Vec::new(),
            members,
            doc: attributes.doc.as_deref().map(Into::into),
            augments: None,
        };
        let class = self.b.class(class);
        let inner = self.b.expr(Expr::Class(class), span);
        let decorators = self.decorators(attributes);
        self.decorated(decorators, inner, span)
    }

    /// `impl Type { … }`, `impl Trait for Type { … }`: members that are added to a class that stands elsewhere.
    pub(super) fn implementation(&mut self, node: Node<'_>, attributes: &Attributes<'_>) {
        let span = self.span(node);
        let kids = self.kids(node);
        let (Some(of), Some(body)) = (field(&kids, Field::Type), field(&kids, Field::Body)) else { return };
        let generics = self.generics.len();
        self.type_parameters(node);
        let path = self.segments(of.node);
        let at = self.span(of.node);
        let mut bases = Vec::new();
        if let Some(base) = field(&kids, Field::Trait) {
            let path = self.segments(base.node);
            if !path.last().is_some_and(|last| PLAIN_TRAITS.contains(&last.as_str())) {
                let at = self.span(base.node);
                bases.push(self.path(&path, at));
            }
        }
        let target = match path.as_slice() {
            [only] if self.generics.iter().any(|name| *name == self.b.symbol(only)) => self.b.expr(Expr::Unknown, at),
            _ => self.path(&path, at),
        };
        let outer = self.self_type.replace(SelfType::Path(path, at));
        let mut members = Vec::new();
        self.members_of(body.node, &mut members);
        self.self_type = outer;
        self.generics.truncate(generics);
        let class = Class { name: None, span, name_span: at, bases, keywords: Vec::new(), members, doc: None, augments: Some(target) };
        let class = self.b.class(class);
        let value = self.b.expr(Expr::Class(class), span);
        self.emit(Statement::Expr(value));
        // What macros are told of a block of methods.
        for call in self.decorators(attributes) {
            self.emit(Statement::Expr(call));
        }
    }

    /// Methods and constants of a trait or implementation.
    fn members_of(&mut self, body: Node<'_>, into: &mut Vec<ClassMember>) {
        for (kid, attributes) in self.attributed(body) {
            if self.is_for_tests(&attributes) {
                continue;
            }
            let span = self.span(kid.node);
            let parts = self.kids(kid.node);
            let Some(name) = field(&parts, Field::Name) else { continue };
            let symbol = self.symbol(name.node);
            match kid.kind {
                Kind::FunctionItem => {
                    let list = field(&parts, Field::Parameters).map(|list| self.kids(list.node)).unwrap_or_default();
                    let method = of_kind(&list, Kind::SelfParameter).is_some() || self.takes_self(&list);
                    let kind = if method { FunctionKind::Method { receiver_parameter: true } } else { FunctionKind::Plain };
                    let decorators = self.decorators(&attributes);
                    let function = self.function(kid.node, kind, &attributes);
                    let kind = MemberKind::Method(function);
                    into.push(ClassMember { key: Key::Name(symbol), kind, is_static: !method, decorators, span, slot: None, alias: None });
                }
                Kind::ConstItem => {
                    let Some(value) = field(&parts, Field::Value) else { continue };
                    let value = Some(self.expr(value.node));
                    let kind = MemberKind::Field { value, annotation: None };
                    into.push(ClassMember { key: Key::Name(symbol), kind, is_static: true, decorators: Vec::new(), span, slot: None, alias: None });
                }
                _ => {}
            }
        }
    }

    /// `self: Arc<Self>`
    fn takes_self(&self, parameters: &[super::lower::Child<'_>]) -> bool {
        parameters.first().is_some_and(|first| field(&self.kids(first.node), Field::Pattern).is_some_and(|pattern| self.text(pattern.node) == "self"))
    }
}
