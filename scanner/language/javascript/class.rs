//! Classes.

use tree_sitter::Node;

use super::expression::Hint;
use super::grammar::Kind;
use super::lower::{Lowering, span};
use crate::program::{Class, ClassMember, Expr, ExprId, FunctionKind, Key, MemberKind, Span, Symbol, builder::ScopeKind};

impl<'t> Lowering<'t, '_> {
    pub(super) fn class_expr(&mut self, node: Node<'t>, hint: Hint) -> ExprId {
        match self.field(node, self.g.fields.name) {
            Some(name) => {
                let (symbol, at) = (self.ident(name), span(name));
                self.within_own_name(symbol, node, |this| this.class(node, Some((symbol, at)), Vec::new()))
            }
            None => self.class(node, hint, Vec::new()),
        }
    }

    /// A class; `decorators` are those that stand outside of it (before `export`).
    pub(super) fn class(&mut self, node: Node<'t>, hint: Hint, mut decorators: Vec<ExprId>) -> ExprId {
        let f = &self.g.fields;
        let doc = self.take_doc();
        let declared = self.declared.take();
        let mut bases = Vec::new();
        for child in self.children(node) {
            match self.kind(child) {
                Kind::Decorator => decorators.push(self.decorator(child)),
                Kind::ClassHeritage => self.bases(child, &mut bases),
                _ => {}
            }
        }
        let members = match self.field(node, f.body) {
            Some(body) => self.members(body),
            None => Vec::new(),
        };
        self.declared = declared;
        let whole = span(node);
        let (name, name_span): (Option<Symbol>, Span) = match hint {
            Some((name, at)) => (Some(name), at),
            None => (None, Span { start: whole.start, end: whole.start }),
        };
        let class = self.b.class(Class { name, span: whole, name_span, bases, keywords: Vec::new(), members, doc, augments: None });
        let inner = self.make(Expr::Class(class), node);
        if decorators.is_empty() {
            return inner;
        }
        self.make(Expr::Decorated { decorators: decorators.into(), inner }, node)
    }

    pub(super) fn decorator(&mut self, node: Node<'t>) -> ExprId {
        let inner = self.inner(node);
        self.optional_expr(inner, node)
    }

    fn bases(&mut self, heritage: Node<'t>, out: &mut Vec<ExprId>) {
        for child in self.children(heritage) {
            match self.kind(child) {
                Kind::ExtendsClause => {
                    if let Some(value) = self.field(child, self.g.fields.value) {
                        out.push(self.expr(value));
                    }
                }
                Kind::Other => {} // `implements`
                _ => out.push(self.expr(child)),
            }
        }
    }

    fn members(&mut self, body: Node<'t>) -> Vec<ClassMember> {
        let mut members = Vec::new();
        let mut doc = None;
        let mut decorators = Vec::new();
        for (child, _) in self.children_with_fields(body) {
            match self.kind(child) {
                Kind::Token => continue,
                Kind::Comment => {
                    doc = Some(child);
                    continue;
                }
                // TypeScript's grammar puts them before the member, JavaScript's inside.
                Kind::Decorator => {
                    decorators.push(self.decorator(child));
                    continue;
                }
                Kind::MethodDefinition => {
                    self.doc = doc;
                    let member = self.method(child, std::mem::take(&mut decorators));
                    members.push(member);
                }
                Kind::FieldDefinition | Kind::PublicField => {
                    self.doc = doc;
                    let member = self.class_field(child, std::mem::take(&mut decorators));
                    members.extend(member);
                }
                Kind::ClassStaticBlock => members.push(self.static_block(child)),
                _ => {}
            }
            self.doc = None;
            doc = None;
            decorators.clear();
        }
        members
    }

    fn own_decorators(&mut self, node: Node<'t>, decorators: &mut Vec<ExprId>) {
        for child in self.children(node) {
            if self.kind(child) == Kind::Decorator {
                decorators.push(self.decorator(child));
            }
        }
    }

    fn member_key(&mut self, node: Option<Node<'t>>, at: Node<'t>) -> (Key, Hint) {
        match node {
            Some(node) => {
                let key = self.key(node);
                let hint = self.hint(&key, node);
                (key, hint)
            }
            None => (Key::Computed(self.make(Expr::Unknown, at)), None),
        }
    }

    fn method(&mut self, node: Node<'t>, mut decorators: Vec<ExprId>) -> ClassMember {
        self.own_decorators(node, &mut decorators);
        let modifiers = self.modifiers(node);
        let name = self.field(node, self.g.fields.name);
        let (key, hint) = self.member_key(name, node);
        let kind = if modifiers.is_static { FunctionKind::Plain } else { FunctionKind::Method { receiver_parameter: false } };
        let function = self.function(node, kind, hint);
        let kind = if modifiers.getter {
            MemberKind::Getter(function)
        } else if modifiers.setter {
            MemberKind::Setter(function)
        } else {
            MemberKind::Method(function)
        };
        ClassMember { key, kind, is_static: modifiers.is_static, decorators, span: span(node), slot: None, alias: None }
    }

    fn class_field(&mut self, node: Node<'t>, mut decorators: Vec<ExprId>) -> Option<ClassMember> {
        let f = &self.g.fields;
        self.own_decorators(node, &mut decorators);
        let modifiers = self.modifiers(node);
        let name = self.field(node, f.property).or_else(|| self.field(node, f.name))?;
        let (key, hint) = self.member_key(Some(name), node);
        let value = self.field(node, f.value).map(|value| self.named_expr(value, hint));
        let annotation = self.field(node, f.type_).and_then(|a| self.annotation(a));
        let kind = MemberKind::Field { value, annotation };
        Some(ClassMember { key, kind, is_static: modifiers.is_static, decorators, span: span(node), slot: None, alias: None })
    }

    fn static_block(&mut self, node: Node<'t>) -> ClassMember {
        let mut body = Vec::new();
        if let Some(block) = self.field(node, self.g.fields.body) {
            self.b.open_scope(ScopeKind::Block);
            self.statements(block, &mut body);
            self.b.close_scope();
        }
        let key = Key::Name(self.names.constructor);
        ClassMember { key, kind: MemberKind::Initializer(body), is_static: true, decorators: Vec::new(), span: span(node), slot: None, alias: None }
    }
}
