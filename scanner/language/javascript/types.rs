//! What TypeScript adds and what of it exists at run time.

use tree_sitter::Node;

use super::grammar::Kind;
use super::lower::{Lowering, span};
use super::pattern::Names;
use crate::program::{Block, Call, Entry, Expr, ExprId, FunctionKind, Key, Statement, Symbol, builder::FunctionParts};

impl<'t> Lowering<'t, '_> {
    /// An annotation that names one class (or whatever has that name), as a read of the name.
    pub(super) fn annotation(&mut self, annotation: Node<'t>) -> Option<ExprId> {
        let mut node = self.inner(annotation)?;
        if self.kind(node) == Kind::UnionType {
            // `Foo | undefined`
            let mut named = None;
            for child in self.children(node) {
                match self.kind(child) {
                    Kind::TypeIdentifier | Kind::NestedTypeIdentifier | Kind::GenericType if named.is_none() => named = Some(child),
                    Kind::LiteralType | Kind::PredefinedType | Kind::Undefined | Kind::Null => {}
                    _ => return None,
                }
            }
            node = named?;
        }
        if self.kind(node) == Kind::GenericType {
            node = self.field(node, self.g.fields.name)?;
        }
        match self.kind(node) {
            Kind::TypeIdentifier | Kind::NestedTypeIdentifier => Some(self.qualified(node)),
            _ => None,
        }
    }

    /// `a.b.c` as the grammar of types writes it.
    pub(super) fn qualified(&mut self, node: Node<'t>) -> ExprId {
        let mut names = self.of(node).split('.').map(str::trim);
        let first = self.b.symbol(names.next().unwrap_or_default());
        let mut value = self.read(first, node);
        // No one nests namespaces this deeply, and readers of the program need not follow who does.
        for name in names.take(64) {
            let property = self.b.symbol(name);
            value = self.make(Expr::Member { object: value, property }, node);
        }
        value
    }

    /// An enum is the object of its members; numbers count on from the last one given.
    pub(super) fn enum_declaration(&mut self, node: Node<'t>, out: &mut Block) {
        let f = &self.g.fields;
        let (Some(name), Some(body)) = (self.field(node, f.name), self.field(node, f.body)) else { return };
        let symbol = self.ident(name);
        let pattern = self.bind(symbol, Names::Scoped);
        let mut entries = Vec::new();
        let mut next = Some(0.0);
        for member in self.children(body) {
            let (key, value) = match self.kind(member) {
                Kind::EnumAssignment => {
                    let Some(key) = self.field(member, f.name) else { continue };
                    let value = self.field(member, f.value);
                    (key, Some(self.optional_expr(value, member)))
                }
                Kind::Error => continue,
                _ => (member, None),
            };
            let key = self.key(key);
            let value = match value {
                Some(value) => {
                    next = match self.b.module().exprs[value.index()] {
                        Expr::Number(n) => Some(n + 1.0),
                        _ => None,
                    };
                    value
                }
                None => {
                    let number = next;
                    next = next.map(|n| n + 1.0);
                    self.make(number.map_or(Expr::Unknown, Expr::Number), member)
                }
            };
            entries.push(Entry::Field { key, value });
        }
        let value = self.make(Expr::Object(entries.into()), node);
        out.push(Statement::Bind { pattern, value: Some(value), declares: true });
    }

    /// `namespace a.b { … }` is an object made by a function that is called at once.
    pub(super) fn namespace_declaration(&mut self, node: Node<'t>, out: &mut Block) {
        let f = &self.g.fields;
        let (Some(name), Some(body)) = (self.field(node, f.name), self.field(node, f.body)) else { return };
        if self.kind(name) == Kind::String {
            return; // `module "x" { … }` declares types
        }
        let path: Vec<Symbol> = self.of(name).split('.').take(64).map(|part| self.b.symbol(part.trim())).collect();
        let Some((&first, inner)) = path.split_first() else { return };
        let pattern = self.bind(first, Names::Scoped);
        let mut value = self.namespace_value(node, body);
        for &name in inner.iter().rev() {
            let entry = Entry::Field { key: Key::Name(name), value };
            value = self.make(Expr::Object([entry].into()), node);
        }
        out.push(Statement::Bind { pattern, value: Some(value), declares: true });
    }

    fn namespace_value(&mut self, node: Node<'t>, block: Node<'t>) -> ExprId {
        let declared = self.declared.take();
        let around = self.namespace.replace(Vec::new());
        self.b.open_function(FunctionKind::Arrow);
        let mut body = Block::new();
        self.statements(block, &mut body);
        let names = std::mem::replace(&mut self.namespace, around).unwrap_or_default();
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            let value = self.read(name, node);
            entries.push(Entry::Field { key: Key::Name(name), value });
        }
        let object = self.make(Expr::Object(entries.into()), node);
        body.push(Statement::Return(Some(object)));
        let whole = span(node);
        let parts = FunctionParts { span: whole, name_span: whole, body, ..FunctionParts::default() };
        let function = self.b.close_function(parts);
        self.declared = declared;
        let callee = self.make(Expr::Function(function), node);
        let call = Call { callee, arguments: Box::default(), construct: false, tagged: false };
        self.make(Expr::Call(Box::new(call)), node)
    }
}
