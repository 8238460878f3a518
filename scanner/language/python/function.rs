//! Functions, classes, parameters and annotations.

use std::sync::Arc;

use tree_sitter::Node;

use super::docstring;
use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use super::pattern::Scope;
use crate::program::builder::{FunctionParts, ScopeKind};
use crate::program::{
    Binary, Block, Class, ClassMember, Element, Expr, ExprId, FunctionId, FunctionKind, Key, MemberKind, Parameter, ParameterKind, Pattern,
    Statement, Symbol, Variable,
};

/// A parameter as written, before its name is declared.
struct Written<'t> {
    target: Option<Node<'t>>,
    annotation: Option<ExprId>,
    default: Option<ExprId>,
    kind: ParameterKind,
    node: Node<'t>,
}

impl<'t> Lowering<'t, '_> {
    /// The docstring of a function body, class body or module.
    pub(super) fn docstring(&mut self, body: Node<'t>) -> Option<Arc<str>> {
        let mut first = body.named_child(0)?;
        let mut index = 0;
        while self.kind(first) == Kind::Comment && index < 256 {
            index += 1;
            first = first.next_sibling()?;
        }
        if self.kind(first) != Kind::ExpressionStatement {
            return None;
        }
        let literal = first.named_child(0)?;
        let text = self.plain_string(literal, self.kind(literal))?;
        Some(docstring::clean(&text).into())
    }

    /// `def`, `class`, and both with decorators.
    pub(super) fn definition(&mut self, node: Node<'t>, kind: Kind, out: &mut Block) {
        let Some((definition, decorators)) = self.undecorated(node, kind) else { return };
        let decorators: Vec<ExprId> = decorators.into_iter().map(|decorator| self.expr(decorator)).collect();
        let name = definition.node.child_by_field_name("name");
        let inner = if definition.kind == Kind::ClassDefinition {
            self.class(definition.node)
        } else {
            let kind = match self.class_names {
                Some(_) => FunctionKind::Method { receiver_parameter: true },
                None => FunctionKind::Plain,
            };
            let id = self.function(definition.node, kind);
            self.b.expr(Expr::Function(id), span(definition.node))
        };
        let value = self.decorate(decorators, inner, node);
        if let Some(name) = name {
            let name = self.symbol(name);
            self.bind_name(name, value, out);
        }
    }

    fn decorate(&mut self, decorators: Vec<ExprId>, inner: ExprId, node: Node<'t>) -> ExprId {
        if decorators.is_empty() {
            return inner;
        }
        self.b.expr(Expr::Decorated { decorators: decorators.into(), inner }, span(node))
    }

    /// The `def` or `class` itself and the expressions of its decorators.
    fn undecorated(&mut self, node: Node<'t>, kind: Kind) -> Option<(Child<'t>, Vec<Node<'t>>)> {
        if kind != Kind::Decorated {
            return Some((Child { node, kind, field: Field::None }, Vec::new()));
        }
        let mark = self.kids.len();
        let kids = self.open(node);
        let definition = self.field(&kids, Field::Definition);
        let mut decorators = Vec::new();
        for i in kids {
            let kid = self.kids[i];
            if kid.kind == Kind::Decorator {
                decorators.extend(self.open(kid.node).next().map(|at| self.kids[at].node));
            }
        }
        self.kids.truncate(mark);
        Some((definition?, decorators))
    }

    fn function(&mut self, node: Node<'t>, kind: FunctionKind) -> FunctionId {
        let kids = self.open(node);
        let name = self.field(&kids, Field::Name);
        let symbol = name.map(|name| self.symbol(name.node));
        self.b.open_function(kind);
        let class_names = self.class_names.take();
        let yields = std::mem::take(&mut self.yields);
        // Defaults and annotations stand in the outermost scope, the names in one inside of it: `def f(x=x)` reads an
        // outer `x`.
        let written = self.parameters(self.field(&kids, Field::Parameters));
        let returns = self.field(&kids, Field::ReturnType).map(|returns| self.annotation(returns.node));
        self.b.open_scope(ScopeKind::Function);
        let parameters = self.declare_parameters(written);
        let mut block = Vec::new();
        let mut doc = None;
        if let Some(body) = self.field(&kids, Field::Body) {
            doc = self.docstring(body.node);
            self.block(body.node, &mut block);
        }
        let parts = FunctionParts {
            name: symbol,
            span: span(node),
            name_span: name.map_or(span(node), |name| span(name.node)),
            parameters,
            body: block,
            is_async: self.first_of(&kids, Kind::Async).is_some(),
            is_generator: std::mem::replace(&mut self.yields, yields),
            doc,
            returns,
        };
        self.class_names = class_names;
        self.b.close_function(parts)
    }

    pub(super) fn lambda(&mut self, node: Node<'t>) -> ExprId {
        let kids = self.open(node);
        self.b.open_function(FunctionKind::Arrow);
        let class_names = self.class_names.take();
        let yields = std::mem::take(&mut self.yields);
        let written = self.parameters(self.field(&kids, Field::Parameters));
        self.b.open_scope(ScopeKind::Function);
        let parameters = self.declare_parameters(written);
        let value = self.field(&kids, Field::Body).map(|body| self.expr(body.node));
        self.class_names = class_names;
        let is_generator = std::mem::replace(&mut self.yields, yields);
        let body = vec![Statement::Return(value)];
        let id = self.b.close_function(FunctionParts {
            span: span(node),
            name_span: span(node),
            parameters,
            body,
            is_generator,
            ..FunctionParts::default()
        });
        self.b.expr(Expr::Function(id), span(node))
    }

    fn parameters(&mut self, list: Option<Child<'t>>) -> Vec<Written<'t>> {
        let Some(list) = list else { return Vec::new() };
        let mut written = Vec::new();
        let mut keyword_only = false;
        for i in self.open(list.node) {
            let kid = self.kids[i];
            let mark = self.kids.len();
            let mut one = Written { target: None, annotation: None, default: None, kind: ParameterKind::Positional, node: kid.node };
            let mut name = Some(kid);
            match kid.kind {
                Kind::KeywordSeparator => {
                    keyword_only = true;
                    continue;
                }
                Kind::PositionalSeparator | Kind::Error => continue,
                Kind::TypedParameter | Kind::DefaultParameter | Kind::TypedDefaultParameter => {
                    let parts = self.open(kid.node);
                    name = self.field(&parts, Field::Name).or_else(|| self.kids[parts.clone()].first().copied());
                    one.annotation = self.field(&parts, Field::Type).map(|t| self.annotation(t.node));
                    one.default = self.field(&parts, Field::Value).map(|value| self.expr(value.node));
                }
                _ if !kid.node.is_named() => continue,
                _ => {}
            }
            self.kids.truncate(mark);
            one.kind = match name.map(|name| name.kind) {
                Some(Kind::ListSplatPattern) => ParameterKind::RestItems,
                Some(Kind::DictSplatPattern) => ParameterKind::RestEntries,
                _ if keyword_only => ParameterKind::KeywordOnly,
                _ => ParameterKind::Positional,
            };
            keyword_only |= one.kind == ParameterKind::RestItems;
            one.target = name.map(|name| name.node);
            written.push(one);
        }
        written
    }

    fn declare_parameters(&mut self, written: Vec<Written<'t>>) -> Vec<Parameter> {
        let mut parameters = Vec::with_capacity(written.len());
        for one in written {
            let pattern = match one.target {
                Some(target) => self.target(target, Scope::Innermost),
                None => self.b.pattern(Pattern::Ignore),
            };
            let name = one.target.map(|target| self.text(target).trim_start_matches('*').trim()).filter(|name| !name.starts_with('('));
            let name = name.map(|name| self.b.symbol(name));
            parameters.push(Parameter { name, pattern, default: one.default, annotation: one.annotation, kind: one.kind, span: span(one.node) });
        }
        parameters
    }

    /// An annotation: names in quotes are read as names.
    pub(super) fn annotation(&mut self, node: Node<'t>) -> ExprId {
        match self.nested(node, |l| l.annotation_inner(node)) {
            Some(id) => id,
            None => self.unknown(node),
        }
    }

    fn annotation_inner(&mut self, node: Node<'t>) -> ExprId {
        let kids = self.open(node);
        let at = span(node);
        match self.kind(node) {
            Kind::Type => match self.kids[kids].first().copied() {
                Some(inner) => self.annotation(inner.node),
                None => self.unknown(node),
            },
            kind @ (Kind::String | Kind::Concatenated) => {
                let name = self.plain_string(node, kind).unwrap_or_default();
                let dotted = |name: &str| name.split('.').all(|part| part.chars().enumerate().all(is_name) && !part.is_empty());
                if dotted(name.trim()) { self.dotted_expr(name.trim(), node) } else { self.expr(node) }
            }
            Kind::GenericType => {
                let Some(base) = self.kids[kids.clone()].first().copied() else { return self.unknown(node) };
                let object = self.expr(base.node);
                let arguments = match self.first_of(&kids, Kind::TypeParameter) {
                    Some(list) => {
                        let range = self.open(list.node);
                        self.kids[range].iter().map(|kid| kid.node).collect()
                    }
                    None => Vec::new(),
                };
                self.type_index(object, base.node, &arguments, node)
            }
            Kind::Subscript => {
                let Some(base) = self.field(&kids, Field::Value) else { return self.unknown(node) };
                let arguments: Vec<_> = self.kids[kids].iter().filter(|kid| kid.field == Field::Subscript).map(|kid| kid.node).collect();
                let object = self.expr(base.node);
                self.type_index(object, base.node, &arguments, node)
            }
            Kind::UnionType => {
                let sides: Vec<_> = self.kids[kids].iter().filter(|kid| kid.node.is_named()).map(|kid| kid.node).collect();
                let [left, right] = sides.as_slice() else { return self.unknown(node) };
                let (left, right) = (self.annotation(*left), self.annotation(*right));
                self.b.expr(Expr::Binary { op: Binary::BitOr, left, right }, at)
            }
            Kind::Binary if self.field(&kids, Field::Operator).is_some_and(|op| op.kind == Kind::Pipe) => {
                let (left, right) = (self.field(&kids, Field::Left), self.field(&kids, Field::Right));
                let (Some(left), Some(right)) = (left, right) else { return self.unknown(node) };
                let (left, right) = (self.annotation(left.node), self.annotation(right.node));
                self.b.expr(Expr::Binary { op: Binary::BitOr, left, right }, at)
            }
            Kind::MemberType => {
                let parts: Vec<_> = self.kids[kids].to_vec();
                let [object, name] = parts.as_slice() else { return self.unknown(node) };
                let object = self.annotation(object.node);
                let property = self.symbol(name.node);
                self.b.expr(Expr::Member { object, property }, at)
            }
            _ => self.expr(node),
        }
    }

    /// `base[arguments]`. The strings of `Literal` are values, and so is all after the first argument of `Annotated`.
    fn type_index(&mut self, object: ExprId, base: Node<'t>, arguments: &[Node<'t>], node: Node<'t>) -> ExprId {
        let name = self.text(base).rsplit('.').next().unwrap_or("");
        let types = match name {
            "Literal" => 0,
            "Annotated" => 1,
            _ => usize::MAX,
        };
        let mut values = Vec::with_capacity(arguments.len());
        for (i, &argument) in arguments.iter().enumerate() {
            values.push(if i < types { self.annotation(argument) } else { self.expr(argument) });
        }
        let index = match values.as_slice() {
            [one] => *one,
            _ => {
                let elements = values.into_iter().map(|value| Element { value, spread: false }).collect();
                self.b.expr(Expr::List(elements), span(node))
            }
        };
        self.b.expr(Expr::Index { object, index }, span(node))
    }

    fn class(&mut self, node: Node<'t>) -> ExprId {
        let mark = self.kids.len();
        let kids = self.open(node);
        let name = self.field(&kids, Field::Name);
        let symbol = name.map(|name| self.symbol(name.node));
        let mut bases = Vec::new();
        let mut keywords = Vec::new();
        for argument in self.arguments(self.field(&kids, Field::Superclasses)) {
            match argument.name {
                Some(name) => keywords.push((name, argument.value)),
                None => bases.push(argument.value),
            }
        }
        self.b.open_scope(ScopeKind::Class);
        let around = self.class_names.replace(Vec::new());
        let mut members = Vec::new();
        let mut doc = None;
        if let Some(body) = self.field(&kids, Field::Body) {
            doc = self.docstring(body.node);
            for i in self.open(body.node) {
                let kid = self.kids[i];
                self.nested(kid.node, |l| l.member(kid, &mut members));
            }
        }
        self.class_names = around;
        self.b.close_scope();
        self.kids.truncate(mark);
        let name_span = name.map_or(span(node), |name| span(name.node));
        let id = self.b.class(Class { name: symbol, span: span(node), name_span, bases, keywords, members, doc, augments: None });
        self.b.expr(Expr::Class(id), span(node))
    }

    fn member(&mut self, kid: Child<'t>, members: &mut Vec<ClassMember>) {
        match kid.kind {
            Kind::FunctionDefinition | Kind::ClassDefinition | Kind::Decorated => self.defined_member(kid, members),
            Kind::ExpressionStatement => {
                let kids = self.open(kid.node);
                let inner = self.kids[kids.start..].first().copied().filter(|_| kids.len() == 1);
                match inner {
                    Some(inner) if inner.kind == Kind::Assignment => {
                        if !self.field_member(inner.node, members) {
                            self.initializer(kid, members);
                        }
                    }
                    Some(inner) if matches!(inner.kind, Kind::String | Kind::Ellipsis) => {}
                    _ => self.initializer(kid, members),
                }
            }
            Kind::Pass => {}
            _ => self.initializer(kid, members),
        }
    }

    /// `name = value`, `name: T`, `name: T = value`; false when the target is anything but one name.
    fn field_member(&mut self, node: Node<'t>, members: &mut Vec<ClassMember>) -> bool {
        let kids = self.open(node);
        let (left, right) = (self.field(&kids, Field::Left), self.field(&kids, Field::Right));
        let Some(left) = left.filter(|left| left.kind == Kind::Identifier) else { return false };
        if right.is_some_and(|right| matches!(right.kind, Kind::Assignment | Kind::Augmented)) {
            return false;
        }
        let annotation = self.field(&kids, Field::Type).map(|t| self.annotation(t.node));
        let value = right.map(|right| self.expr(right.node));
        let name = self.symbol(left.node);
        self.push_field(name, value, annotation, node, members);
        true
    }

    fn push_field(&mut self, name: Symbol, value: Option<ExprId>, annotation: Option<ExprId>, node: Node<'t>, members: &mut Vec<ClassMember>) {
        let slot = Some(self.b.declare(name));
        let kind = MemberKind::Field { value, annotation };
        members.push(ClassMember { key: Key::Name(name), kind, is_static: false, decorators: Vec::new(), span: span(node), slot, alias: None });
    }

    /// Any other statement of a class body. The names it binds are fields, with what is then in their slots.
    fn initializer(&mut self, kid: Child<'t>, members: &mut Vec<ClassMember>) {
        self.class_names = Some(Vec::new());
        let mut block = Vec::new();
        self.statement(kid, &mut block);
        let mut names = self.class_names.replace(Vec::new()).unwrap_or_default();
        if block.is_empty() {
            return;
        }
        let key = Key::Name(self.b.symbol(""));
        members.push(ClassMember {
            key,
            kind: MemberKind::Initializer(block),
            is_static: true,
            decorators: Vec::new(),
            span: span(kid.node),
            slot: None,
            alias: None,
        });
        let mut seen = rustc_hash::FxHashSet::default();
        names.retain(|name| seen.insert(*name));
        for name in names {
            let slot = self.b.declare(name);
            let value = self.b.expr(Expr::Variable(Variable { hops: 0, slot }), span(kid.node));
            self.push_field(name, Some(value), None, kid.node, members);
        }
    }

    fn defined_member(&mut self, kid: Child<'t>, members: &mut Vec<ClassMember>) {
        let Some((definition, written)) = self.undecorated(kid.node, kid.kind) else { return };
        let Some(name) = definition.node.child_by_field_name("name") else { return };
        let name = self.symbol(name);
        if definition.kind == Kind::ClassDefinition {
            let decorators = written.into_iter().map(|decorator| self.expr(decorator)).collect();
            let class = self.class(definition.node);
            let value = self.decorate(decorators, class, kid.node);
            return self.push_field(name, Some(value), None, kid.node, members);
        }
        let (mut is_static, mut receiver_parameter) = (false, true);
        let (mut getter, mut setter) = (false, false);
        let mut decorators = Vec::new();
        for decorator in written {
            match self.text(decorator) {
                "staticmethod" => (is_static, receiver_parameter) = (true, false),
                "classmethod" => is_static = true,
                "property" | "cached_property" | "functools.cached_property" | "abc.abstractproperty" => getter = true,
                text if text.ends_with(".setter") => setter = true,
                text if text.ends_with(".getter") => getter = true,
                _ => decorators.push(self.expr(decorator)),
            }
        }
        let kind = if receiver_parameter { FunctionKind::Method { receiver_parameter } } else { FunctionKind::Plain };
        let function = self.function(definition.node, kind);
        let slot = Some(self.b.declare(name));
        let kind = match (getter, setter) {
            (_, true) => MemberKind::Setter(function),
            (true, _) => MemberKind::Getter(function),
            _ => MemberKind::Method(function),
        };
        members.push(ClassMember { key: Key::Name(name), kind, is_static, decorators, span: span(kid.node), slot, alias: None });
    }
}

fn is_name((at, c): (usize, char)) -> bool {
    c == '_' || c.is_alphabetic() || (at > 0 && c.is_alphanumeric())
}
