//! Types: structs are classes, what is made from another type is a function that gives back its argument.

use std::sync::Arc;

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use crate::program::builder::FunctionParts;
use crate::program::{
    Block, Class, ClassMember, Expr, ExprId, FieldNotes, FunctionKind, Key, MemberKind, Parameter, ParameterKind, Pattern, Statement, Symbol,
    Variable,
};

impl<'t> Lowering<'t, '_> {
    /// `type …`: binds the names.
    pub(super) fn type_declaration(&mut self, node: Node<'t>, out: &mut Block) {
        for spec in self.children(node) {
            if !matches!(spec.kind, Kind::TypeSpec | Kind::TypeAlias) {
                continue;
            }
            let kids = self.children(spec.node);
            let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
            let (Some(name), Some(written)) = (part(Field::Name), part(Field::Type)) else { continue };
            let symbol = self.symbol(name.node);
            let pattern = self.declare(symbol, false);
            let methods = if self.function_depth == 0 { self.methods.remove(self.text(name.node)).unwrap_or_default() } else { Vec::new() };
            let (written, kind) = self.bare(written.node, written.kind);
            let value = match kind {
                Kind::StructType => self.struct_class(written, Some(name.node), &methods),
                Kind::TypeIdentifier | Kind::QualifiedType | Kind::GenericType if spec.kind == Kind::TypeAlias => self.type_expr(written),
                Kind::QualifiedType => self.derived(written, name.node, &methods),
                Kind::TypeIdentifier if basic(self.text(written)).is_none() => self.derived(written, name.node, &methods),
                _ => self.conversion(written, name.node),
            };
            out.push(Statement::Bind { pattern, value: Some(value), declares: true });
            if !matches!(kind, Kind::StructType | Kind::QualifiedType | Kind::TypeIdentifier) || basic(self.text(written)).is_some() {
                let text = self.text(name.node);
                for method in methods {
                    self.far_method(text, method, out);
                }
            }
        }
    }

    /// Without parentheses.
    fn bare(&mut self, mut node: Node<'t>, mut kind: Kind) -> (Node<'t>, Kind) {
        let mut left = 16;
        while kind == Kind::ParenthesizedType && left > 0 {
            let Some(inner) = self.children(node).into_iter().find(|kid| kid.node.is_named()) else { break };
            (node, kind) = (inner.node, inner.kind);
            left -= 1;
        }
        (node, kind)
    }

    /// `type Server other.Server`: the fields of the other type and methods of its own.
    fn derived(&mut self, written: Node<'t>, name: Node<'t>, methods: &[Node<'t>]) -> ExprId {
        let base = self.type_expr(written);
        if methods.is_empty() {
            return base;
        }
        let symbol = self.symbol(name);
        let members = self.method_members(methods);
        let at = span(name);
        let id = self.b.class(Class {
            name: Some(symbol),
            span: at,
            name_span: at,
            bases: vec![base],
            keywords: Vec::new(),
            members,
            doc: None,
            augments: None,
        });
        self.b.expr(Expr::Class(id), at)
    }

    /// `type ID string`: converting to it changes nothing. What it is made from is the annotation of the result.
    fn conversion(&mut self, written: Node<'t>, name: Node<'t>) -> ExprId {
        let at = span(name);
        let symbol = self.symbol(name);
        let returns = self.annotation(written);
        self.b.open_function(FunctionKind::Plain);
        let empty = self.b.symbol("");
        let slot = self.b.fresh(empty);
        let variable = Variable { hops: 0, slot };
        let pattern = self.b.pattern(Pattern::Variable(variable));
        let parameter = Parameter { name: None, pattern, default: None, annotation: None, kind: ParameterKind::Positional, span: at };
        let value = self.b.expr(Expr::Variable(variable), at);
        let body = vec![Statement::Return(Some(value))];
        let parameters = vec![parameter];
        let parts = FunctionParts { name: Some(symbol), span: at, name_span: at, parameters, body, returns, ..FunctionParts::default() };
        let id = self.b.close_function(parts);
        self.b.expr(Expr::Function(id), at)
    }

    fn method_members(&mut self, methods: &[Node<'t>]) -> Vec<ClassMember> {
        let mut members = Vec::with_capacity(methods.len());
        for &node in methods {
            let Some(name) = node.child_by_field_name("name") else { continue };
            let key = Key::Name(self.symbol(name));
            let function = self.nested(node, |l| l.function(node, FunctionKind::Method { receiver_parameter: true }));
            let Some(function) = function else { continue };
            let kind = MemberKind::Method(function);
            members.push(ClassMember { key, kind, is_static: false, decorators: Vec::new(), span: span(node), slot: None, alias: None });
        }
        members
    }

    /// A struct as a class with the fields and these methods.
    fn struct_class(&mut self, node: Node<'t>, name: Option<Node<'t>>, methods: &[Node<'t>]) -> ExprId {
        let mut members = Vec::new();
        let mut notes: Vec<(usize, FieldNotes)> = Vec::new();
        for list in self.children(node).into_iter().filter(|kid| kid.kind == Kind::Fields) {
            for field in self.children(list.node).into_iter().filter(|kid| kid.kind == Kind::FieldDeclaration) {
                self.field_members(field.node, &mut members, &mut notes);
            }
        }
        members.extend(self.method_members(methods));
        let symbol = name.map(|name| self.symbol(name));
        let name_span = name.map_or(span(node), span);
        let id = self.b.class(Class {
            name: symbol,
            span: span(node),
            name_span,
            bases: Vec::new(),
            keywords: Vec::new(),
            members,
            doc: None,
            augments: None,
        });
        for (member, note) in notes {
            self.b.module().notes.insert((id, member as u32), note);
        }
        self.b.expr(Expr::Class(id), span(node))
    }

    fn field_members(&mut self, node: Node<'t>, members: &mut Vec<ClassMember>, notes: &mut Vec<(usize, FieldNotes)>) {
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        let Some(written) = part(Field::Type) else { return };
        let tag = part(Field::Tag).map(|tag| self.string_text(tag.node, tag.kind)).unwrap_or_default();
        let tags: Vec<(Symbol, Arc<str>)> = tags(&tag).into_iter().map(|(key, value)| (self.b.symbol(&key), value.into())).collect();
        let optional = matches!(written.kind, Kind::PointerType);
        let annotation = self.annotation(written.node);
        let names: Vec<_> = kids.iter().filter(|kid| kid.field == Field::Name).map(|kid| kid.node).collect();
        let embedded = names.is_empty();
        let names = if embedded { self.type_names(written.node) } else { names };
        for name in names {
            let value = self.field_zero(written.node, written.kind);
            let key = Key::Name(self.symbol(name));
            notes.push((members.len(), FieldNotes { tags: tags.clone(), delegates: embedded, optional }));
            let kind = MemberKind::Field { value, annotation };
            members.push(ClassMember { key, kind, is_static: false, decorators: Vec::new(), span: span(name), slot: None, alias: None });
        }
    }

    /// The name by which an embedded field goes: that of its type.
    fn type_names(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut at = node;
        for _ in 0..8 {
            let kids = self.children(at);
            let next = match self.kind(at) {
                Kind::TypeIdentifier => return vec![at],
                Kind::QualifiedType => kids.iter().find(|kid| kid.field == Field::Name),
                Kind::GenericType => kids.iter().find(|kid| kid.field == Field::Type),
                _ => kids.iter().find(|kid| kid.node.is_named()),
            };
            match next {
                Some(next) => at = next.node,
                None => break,
            }
        }
        Vec::new()
    }

    /// A type as an expression, when it names something that can be looked at.
    pub(super) fn annotation(&mut self, node: Node<'t>) -> Option<ExprId> {
        let id = self.type_expr(node);
        (!self.b.is_unknown(id)).then_some(id)
    }

    pub(super) fn type_expr(&mut self, node: Node<'t>) -> ExprId {
        match self.nested(node, |l| l.type_inner(node)) {
            Some(id) => id,
            None => self.unknown(node),
        }
    }

    fn type_inner(&mut self, node: Node<'t>) -> ExprId {
        let at = span(node);
        match self.kind(node) {
            Kind::TypeIdentifier | Kind::Identifier => {
                let name = self.symbol(node);
                let text = self.text(node);
                if self.local(name).is_none() {
                    match basic(text) {
                        Some("") => return self.unknown(node),
                        Some(word) => return self.word(word, node),
                        None => {}
                    }
                }
                self.name(name, at)
            }
            Kind::QualifiedType => {
                let kids = self.children(node);
                let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
                let (Some(package), Some(name)) = (part(Field::Package), part(Field::Name)) else { return self.unknown(node) };
                let package = self.qualifier(package.node);
                let property = self.symbol(name.node);
                self.b.expr(Expr::Member { object: package, property }, at)
            }
            Kind::Selector => self.expr(node),
            Kind::PointerType | Kind::ParenthesizedType | Kind::NegatedType | Kind::TypeElement => {
                match self.children(node).into_iter().find(|kid| kid.node.is_named()) {
                    Some(inner) => self.type_expr(inner.node),
                    None => self.unknown(node),
                }
            }
            Kind::GenericType => match self.children(node).into_iter().find(|kid| kid.field == Field::Type) {
                Some(base) => self.type_expr(base.node),
                None => self.unknown(node),
            },
            Kind::SliceType | Kind::ArrayType | Kind::ImplicitArrayType => {
                let Some(element) = self.children(node).into_iter().find(|kid| kid.field == Field::Element) else { return self.unknown(node) };
                if self.text(element.node) == "byte" {
                    return self.word("string", node);
                }
                let (object, index) = (self.word("list", node), self.type_expr(element.node));
                self.b.expr(Expr::Index { object, index }, at)
            }
            Kind::MapType => {
                let kids = self.children(node);
                let object = self.word("dict", node);
                let values = kids.iter().filter(|kid| matches!(kid.field, Field::Key | Field::Value)).map(|kid| kid.node).collect::<Vec<_>>();
                let values = values.into_iter().map(|node| self.type_expr(node)).collect();
                let index = self.list(values, node);
                self.b.expr(Expr::Index { object, index }, at)
            }
            Kind::StructType => self.struct_class(node, None, &[]),
            _ => self.unknown(node),
        }
    }

    fn word(&mut self, word: &str, node: Node<'t>) -> ExprId {
        let word = self.b.symbol(word);
        self.b.expr(Expr::Global(word), span(node))
    }

    /// A package's name.
    pub(super) fn qualifier(&mut self, node: Node<'t>) -> ExprId {
        let name = self.symbol(node);
        if self.local(name).is_none() {
            self.qualifiers.insert(name);
        }
        self.name(name, span(node))
    }

    /// Whether a variable of this type holds a number, a text, a list or the like.
    pub(super) fn is_plain(&mut self, node: Node<'t>, kind: Kind) -> bool {
        match kind {
            Kind::TypeIdentifier => {
                let name = self.symbol(node);
                basic(self.text(node)).is_some() || self.local(name).is_some_and(|local| local.plain)
            }
            Kind::QualifiedType | Kind::GenericType | Kind::StructType | Kind::PointerType => false,
            _ => true,
        }
    }

    /// The value that a variable of this type begins with.
    pub(super) fn zero(&mut self, node: Node<'t>, kind: Kind) -> Option<ExprId> {
        let at = span(node);
        Some(match kind {
            Kind::TypeIdentifier => match basic(self.text(node)) {
                Some("string") => self.b.expr(Expr::Str("".into()), at),
                Some("boolean") => self.b.expr(Expr::Bool(false), at),
                Some("") => self.b.expr(Expr::Null, at),
                Some(_) => self.b.expr(Expr::Number(0.0), at),
                None => self.made(node),
            },
            Kind::QualifiedType | Kind::GenericType | Kind::StructType => self.made(node),
            Kind::SliceType | Kind::ArrayType => self.list(Vec::new(), node),
            Kind::ParenthesizedType => return None,
            _ => self.b.expr(Expr::Null, at),
        })
    }

    /// What a field holds when nothing is said: things that are there by themselves, and what is known of a library's type.
    fn field_zero(&mut self, node: Node<'t>, kind: Kind) -> Option<ExprId> {
        match kind {
            Kind::TypeIdentifier if basic(self.text(node)).is_some() => None,
            Kind::TypeIdentifier | Kind::QualifiedType | Kind::GenericType | Kind::SliceType => self.zero(node, kind),
            Kind::PointerType => {
                let inner = self.children(node).into_iter().find(|kid| kid.node.is_named())?;
                (inner.kind == Kind::QualifiedType).then(|| {
                    let of = self.type_expr(inner.node);
                    self.primitive("type", "held", &[of], span(node))
                })
            }
            _ => None,
        }
    }

    fn made(&mut self, node: Node<'t>) -> ExprId {
        let of = self.type_expr(node);
        self.primitive("type", "zero", &[of], span(node))
    }
}

/// What a predeclared type is in a schema; the empty text for those that can be anything.
pub(super) fn basic(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" => "string",
        "bool" => "boolean",
        "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32" | "uint64" | "uintptr" | "byte" | "rune" => "integer",
        "float32" | "float64" => "number",
        "any" | "error" | "complex64" | "complex128" | "comparable" => "",
        _ => return None,
    })
}

/// `json:"name,omitempty" jsonschema:"text"`
fn tags(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while let Some((key, after)) = rest.split_once(":\"") {
        let mut value = String::new();
        let mut chars = after.char_indices();
        let mut end = after.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    end = at + 1;
                    break;
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 't')) => value.push('\t'),
                    Some((_, other)) => value.push(other),
                    None => {}
                },
                other => value.push(other),
            }
        }
        if all.len() < 32 {
            all.push((key.trim().to_owned(), value));
        }
        rest = after[end..].trim_start();
    }
    all
}
