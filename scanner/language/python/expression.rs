//! Expressions.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use super::pattern::Scope;
use super::statement::augmented;
use crate::program::builder::ScopeKind;
use crate::program::{Argument, Binary, Call, Clause, Comprehension, Element, Entry, Expr, ExprId, Key, Logical, Pattern, Spread, Unary};

impl<'t> Lowering<'t, '_> {
    pub(super) fn expr(&mut self, node: Node<'t>) -> ExprId {
        match self.nested(node, |l| l.expr_inner(node)) {
            Some(id) => id,
            None => self.unknown(node),
        }
    }

    fn optional(&mut self, kid: Option<Child<'t>>, around: Node<'t>) -> ExprId {
        match kid {
            Some(kid) => self.expr(kid.node),
            None => self.unknown(around),
        }
    }

    fn expr_inner(&mut self, node: Node<'t>) -> ExprId {
        let mut node = node;
        let mut kind = self.kind(node);
        while matches!(kind, Kind::Parenthesized | Kind::Type) {
            let mark = self.kids.len();
            let inner = self.open(node).next().map(|at| self.kids[at]);
            self.kids.truncate(mark);
            let Some(inner) = inner else { return self.unknown(node) };
            (node, kind) = (inner.node, inner.kind);
        }
        let at = span(node);
        match kind {
            Kind::Identifier => {
                let text = self.text(node);
                if text.is_empty() {
                    return self.unknown(node);
                }
                let name = self.b.symbol(text);
                self.b.name(name, at)
            }
            Kind::String | Kind::Concatenated => self.string(node, kind),
            Kind::Attribute | Kind::Call | Kind::Subscript => self.postfix(node, kind),
            Kind::Binary | Kind::Boolean => self.binary(node, kind),
            Kind::Integer | Kind::Float => self.number(node),
            Kind::True => self.b.expr(Expr::Bool(true), at),
            Kind::False => self.b.expr(Expr::Bool(false), at),
            Kind::None => self.b.expr(Expr::Null, at),
            Kind::List | Kind::Tuple | Kind::Set | Kind::ExpressionList | Kind::PatternList => {
                let kids = self.open(node);
                let items: Vec<_> = self.kids[kids].iter().map(|kid| kid.node).collect();
                self.list(&items, node)
            }
            Kind::Dictionary => self.dictionary(node),
            Kind::Comparison => self.comparison(node),
            Kind::Not | Kind::Unary => {
                let kids = self.open(node);
                let op = match self.field(&kids, Field::Operator).map(|op| op.kind) {
                    _ if kind == Kind::Not => Unary::Not,
                    Some(Kind::Minus) => Unary::Minus,
                    _ => Unary::Other,
                };
                let operand = self.optional(self.field(&kids, Field::Argument), node);
                self.b.expr(Expr::Unary { op, operand }, at)
            }
            Kind::Conditional => self.conditional(node),
            Kind::Lambda => self.lambda(node),
            Kind::Await => {
                let kids = self.open(node);
                let value = self.kids[kids].first().copied();
                let value = self.optional(value, node);
                self.b.expr(Expr::Await(value), at)
            }
            Kind::Yield => {
                self.yields = true;
                let kids = self.open(node);
                let value = self.kids[kids].iter().find(|kid| kid.kind != Kind::From).copied();
                let value = value.map(|value| self.expr(value.node));
                self.b.expr(Expr::Yield(value), at)
            }
            Kind::Named => {
                let kids = self.open(node);
                let value = self.optional(self.field(&kids, Field::Value), node);
                let Some(name) = self.field(&kids, Field::Name) else { return value };
                let target = self.target(name.node, Scope::Assigned);
                self.b.expr(Expr::Assign { target, op: None, value }, at)
            }
            Kind::AsPattern => {
                let kids = self.open(node);
                let value = self.kids[kids.clone()].first().copied();
                let value = self.optional(value, node);
                let Some(alias) = self.field(&kids, Field::Alias) else { return value };
                let target = self.target(alias.node, Scope::Assigned);
                self.b.expr(Expr::Assign { target, op: None, value }, at)
            }
            Kind::Augmented => {
                let kids = self.open(node);
                let op = self.field(&kids, Field::Operator).map_or(Binary::Other, |op| augmented(op.kind));
                let value = self.optional(self.field(&kids, Field::Right), node);
                let Some(left) = self.field(&kids, Field::Left) else { return value };
                let target = self.target(left.node, Scope::Assigned);
                self.b.expr(Expr::Assign { target, op: Some(op), value }, at)
            }
            Kind::Assignment => {
                let kids = self.open(node);
                let value = self.optional(self.field(&kids, Field::Right), node);
                let Some(left) = self.field(&kids, Field::Left) else { return value };
                let target = self.target(left.node, Scope::Assigned);
                self.b.expr(Expr::Assign { target, op: None, value }, at)
            }
            Kind::ListComprehension | Kind::SetComprehension | Kind::Generator | Kind::DictComprehension => self.comprehension(node),
            Kind::GenericType | Kind::UnionType | Kind::MemberType => self.annotation(node),
            Kind::ListSplat | Kind::ListSplatPattern | Kind::DictSplat | Kind::Chevron => {
                let kids = self.open(node);
                let inner = self.kids[kids].iter().find(|kid| kid.node.is_named()).copied();
                self.optional(inner, node)
            }
            Kind::DottedName => self.dotted_expr(self.text(node), node),
            Kind::Error | Kind::Interpolation | Kind::KeywordArgument | Kind::Pair => {
                // Its parts may still call something.
                let mut parts = Vec::new();
                for i in self.open(node) {
                    let kid = self.kids[i];
                    if kid.node.is_named() {
                        parts.push(self.expr(kid.node));
                    }
                }
                parts.push(self.unknown(node));
                self.b.expr(Expr::Sequence(parts.into()), at)
            }
            _ => self.unknown(node),
        }
    }

    /// `a.b.c` in text, as names and members.
    pub(super) fn dotted_expr(&mut self, text: &str, node: Node<'t>) -> ExprId {
        let mut names = text.split('.').map(str::trim);
        let first = self.b.symbol(names.next().unwrap_or(""));
        let mut object = self.b.name(first, span(node));
        for name in names {
            let property = self.b.symbol(name);
            object = self.b.expr(Expr::Member { object, property }, span(node));
        }
        object
    }

    pub(super) fn list(&mut self, items: &[Node<'t>], node: Node<'t>) -> ExprId {
        let mut elements = Vec::with_capacity(items.len());
        for &item in items {
            let kind = self.kind(item);
            if kind == Kind::Error {
                continue;
            }
            let spread = matches!(kind, Kind::ListSplat | Kind::ListSplatPattern);
            elements.push(Element { value: self.expr(item), spread });
        }
        self.b.expr(Expr::List(elements.into()), span(node))
    }

    fn dictionary(&mut self, node: Node<'t>) -> ExprId {
        let mut entries = Vec::new();
        for i in self.open(node) {
            let kid = self.kids[i];
            match kid.kind {
                Kind::Pair => {
                    let mark = self.kids.len();
                    let parts = self.open(kid.node);
                    let (key, value) = (self.field(&parts, Field::Key), self.field(&parts, Field::Value));
                    self.kids.truncate(mark);
                    let (Some(key), Some(value)) = (key, value) else { continue };
                    let key = match self.plain_string(key.node, key.kind) {
                        Some(name) => Key::Name(self.b.symbol(&name)),
                        None => Key::Computed(self.expr(key.node)),
                    };
                    let value = self.expr(value.node);
                    entries.push(Entry::Field { key, value });
                }
                Kind::DictSplat => {
                    let value = self.expr(kid.node);
                    entries.push(Entry::Spread(value));
                }
                _ => {}
            }
        }
        self.b.expr(Expr::Object(entries.into()), span(node))
    }

    /// Attribute, call and subscript chains, from the innermost object outwards.
    fn postfix(&mut self, node: Node<'t>, kind: Kind) -> ExprId {
        let mark = self.kids.len();
        let mut chain = Vec::new();
        let mut inner = Child { node, kind, field: Field::None };
        loop {
            let field = match inner.kind {
                Kind::Attribute => Field::Object,
                Kind::Call => Field::Function,
                Kind::Subscript => Field::Value,
                _ => break,
            };
            let kids = self.open(inner.node);
            let Some(object) = self.field(&kids, field) else { break };
            chain.push((inner, kids));
            inner = object;
        }
        let mut value = match chain.last() {
            None => self.unknown(node),
            Some((link, _)) if link.kind == Kind::Call && inner.kind == Kind::Identifier && self.text(inner.node) == "super" => {
                let (link, _) = chain.pop().unwrap_or((inner, 0..0));
                self.b.expr(Expr::Super, span(link.node))
            }
            Some(_) => self.expr(inner.node),
        };
        for (link, kids) in chain.into_iter().rev() {
            let at = span(link.node);
            value = match link.kind {
                Kind::Attribute => match self.field(&kids, Field::Attribute) {
                    Some(name) => {
                        let property = self.symbol(name.node);
                        self.b.expr(Expr::Member { object: value, property }, at)
                    }
                    None => value,
                },
                Kind::Call => {
                    let arguments = self.arguments(self.field(&kids, Field::Arguments));
                    match self.import_call(&kids, &arguments, link.node) {
                        Some(import) => import,
                        None => self
                            .b
                            .expr(Expr::Call(Box::new(Call { callee: value, arguments: arguments.into(), construct: false, tagged: false })), at),
                    }
                }
                _ => {
                    let subscripts: Vec<_> = self.kids[kids].iter().filter(|kid| kid.field == Field::Subscript).copied().collect();
                    match subscripts.as_slice() {
                        [one] if one.kind == Kind::Slice => self.b.expr(Expr::Slice { object: value }, at),
                        [one] => {
                            // `x[a,]` has one subscript too; it is as rare as it is harmless.
                            let index = self.expr(one.node);
                            self.b.expr(Expr::Index { object: value, index }, at)
                        }
                        many => {
                            let nodes: Vec<_> = many.iter().map(|kid| kid.node).collect();
                            let index = self.list(&nodes, link.node);
                            self.b.expr(Expr::Index { object: value, index }, at)
                        }
                    }
                }
            };
        }
        self.kids.truncate(mark);
        value
    }

    /// `__import__(x)` and `importlib.import_module(x)`: both are the import statement as a call.
    fn import_call(&mut self, kids: &std::ops::Range<usize>, arguments: &[Argument], node: Node<'t>) -> Option<ExprId> {
        let function = self.field(kids, Field::Function)?;
        let builtin = match (function.kind, self.text(function.node)) {
            (Kind::Identifier, "__import__") => true,
            (Kind::Attribute, "importlib.import_module") => false,
            _ => return None,
        };
        let first = arguments.first().filter(|first| first.spread == Spread::No)?;
        let module = self.b.module();
        let specifier = match &module.exprs[first.value.index()] {
            Expr::Str(text) => text.clone(),
            _ => return Some(self.b.expr(Expr::ImportDynamic(first.value), span(node))),
        };
        if specifier.starts_with('.') && arguments.len() > 1 {
            return None;
        }
        let name = if builtin && arguments.len() == 1 { specifier.split('.').next().unwrap_or("") } else { &*specifier };
        Some(self.import(name, node))
    }

    pub(super) fn arguments(&mut self, list: Option<Child<'t>>) -> Vec<Argument> {
        let Some(list) = list else { return Vec::new() };
        if list.kind == Kind::Generator {
            let value = self.expr(list.node);
            return vec![Argument { name: None, value, spread: Spread::No }];
        }
        let mark = self.kids.len();
        let kids = self.open(list.node);
        let mut arguments = Vec::with_capacity(kids.len());
        for i in kids {
            let kid = self.kids[i];
            let argument = match kid.kind {
                Kind::KeywordArgument => {
                    let mark = self.kids.len();
                    let parts = self.open(kid.node);
                    let (name, value) = (self.field(&parts, Field::Name), self.field(&parts, Field::Value));
                    self.kids.truncate(mark);
                    let (Some(name), Some(value)) = (name, value) else { continue };
                    let name = Some(self.symbol(name.node));
                    Argument { name, value: self.expr(value.node), spread: Spread::No }
                }
                Kind::ListSplat | Kind::ListSplatPattern => Argument { name: None, value: self.expr(kid.node), spread: Spread::Items },
                Kind::DictSplat => Argument { name: None, value: self.expr(kid.node), spread: Spread::Entries },
                _ if kid.node.is_named() => Argument { name: None, value: self.expr(kid.node), spread: Spread::No },
                _ => continue,
            };
            arguments.push(argument);
        }
        self.kids.truncate(mark);
        arguments
    }

    /// Left-deep chains of operators, from the innermost outwards.
    fn binary(&mut self, node: Node<'t>, kind: Kind) -> ExprId {
        let mut chain = Vec::new();
        let mut left = Child { node, kind, field: Field::None };
        while matches!(left.kind, Kind::Binary | Kind::Boolean) {
            let mark = self.kids.len();
            let kids = self.open(left.node);
            let op = self.field(&kids, Field::Operator).map_or(Kind::Other, |op| op.kind);
            let (inner, right) = (self.field(&kids, Field::Left), self.field(&kids, Field::Right));
            self.kids.truncate(mark);
            let (Some(inner), Some(right)) = (inner, right) else { break };
            chain.push((op, right.node, span(left.node)));
            left = inner;
        }
        if chain.is_empty() {
            return self.unknown(node);
        }
        let mut value = self.expr(left.node);
        for (op, right, at) in chain.into_iter().rev() {
            let right = self.expr(right);
            let (left, binary) = (value, |op| Expr::Binary { op, left: value, right });
            let expr = match op {
                Kind::And => Expr::Logical { op: Logical::And, left, right },
                Kind::Or => Expr::Logical { op: Logical::Or, left, right },
                Kind::Plus => binary(Binary::Add),
                Kind::Minus => binary(Binary::Subtract),
                Kind::Star => binary(Binary::Multiply),
                // `a / b` also joins paths; what it does is for the models to say.
                Kind::Slash => binary(Binary::Divide),
                Kind::Percent => binary(Binary::Modulo),
                Kind::Pipe => binary(Binary::BitOr),
                Kind::Caret => binary(Binary::BitXor),
                _ => binary(Binary::Other),
            };
            value = self.b.expr(expr, at);
        }
        value
    }

    /// `a < b < c` is `a < b and b < c`.
    fn comparison(&mut self, node: Node<'t>) -> ExprId {
        let mut operators = Vec::new();
        let mut operands = Vec::new();
        for i in self.open(node) {
            let kid = self.kids[i];
            if kid.field == Field::Operators {
                operators.push(kid.kind);
            } else if kid.node.is_named() {
                operands.push(self.expr(kid.node));
            }
        }
        let mut result = None;
        for (i, op) in operators.into_iter().enumerate() {
            let (Some(&left), Some(&right)) = (operands.get(i), operands.get(i + 1)) else { break };
            let op = match op {
                Kind::Equal | Kind::Is => Binary::Equal,
                Kind::NotEqual | Kind::OldNotEqual | Kind::IsNot => Binary::NotEqual,
                Kind::Less => Binary::Less,
                Kind::LessEqual => Binary::LessEqual,
                Kind::Greater => Binary::Greater,
                Kind::GreaterEqual => Binary::GreaterEqual,
                Kind::In => Binary::In,
                Kind::NotIn => Binary::NotIn,
                _ => Binary::Other,
            };
            let pair = self.b.expr(Expr::Binary { op, left, right }, span(node));
            result = Some(match result {
                None => pair,
                Some(left) => self.b.expr(Expr::Logical { op: Logical::And, left, right: pair }, span(node)),
            });
        }
        match result {
            Some(id) => id,
            None => self.unknown(node),
        }
    }

    /// `a if b else c if d else …`, from the last one backwards.
    fn conditional(&mut self, node: Node<'t>) -> ExprId {
        let mut chain = Vec::new();
        let mut last = node;
        while self.kind(last) == Kind::Conditional {
            let mark = self.kids.len();
            let kids = self.open(last);
            let mut parts = self.kids[kids].iter().filter(|kid| kid.node.is_named() && kid.kind != Kind::Error).map(|kid| kid.node);
            let found = (parts.next(), parts.next(), parts.next());
            self.kids.truncate(mark);
            let (Some(then), Some(test), Some(otherwise)) = found else { break };
            chain.push((self.expr(test), self.expr(then), span(last)));
            last = otherwise;
        }
        let mut value = if chain.is_empty() { self.unknown(node) } else { self.expr(last) };
        for (test, then, at) in chain.into_iter().rev() {
            value = self.b.expr(Expr::Conditional { test, then, otherwise: value }, at);
        }
        value
    }

    fn comprehension(&mut self, node: Node<'t>) -> ExprId {
        let kids = self.open(node);
        let body = self.field(&kids, Field::Body);
        let mut clauses: Vec<Clause> = Vec::new();
        for i in kids {
            let kid = self.kids[i];
            match kid.kind {
                Kind::ForInClause => {
                    let mark = self.kids.len();
                    let parts = self.open(kid.node);
                    let rights: Vec<_> =
                        self.kids[parts.clone()].iter().filter(|p| p.field == Field::Right && p.node.is_named()).map(|p| p.node).collect();
                    let left = self.field(&parts, Field::Left);
                    self.kids.truncate(mark);
                    let iterable = match rights.as_slice() {
                        [one] => self.expr(*one),
                        many => self.list(many, kid.node),
                    };
                    if clauses.is_empty() {
                        // The first iterable is still outside of the comprehension.
                        self.b.open_scope(ScopeKind::Block);
                    }
                    let pattern = match left {
                        Some(left) => self.target(left.node, Scope::Innermost),
                        None => self.b.pattern(Pattern::Ignore),
                    };
                    clauses.push(Clause { pattern, iterable, tests: Vec::new() });
                }
                Kind::IfClause => {
                    let mark = self.kids.len();
                    let test = self.open(kid.node).next().map(|at| self.kids[at]);
                    self.kids.truncate(mark);
                    let test = self.optional(test, kid.node);
                    if let Some(clause) = clauses.last_mut() {
                        clause.tests.push(test);
                    }
                }
                _ => {}
            }
        }
        let scoped = !clauses.is_empty();
        let mut key = None;
        let element = match body {
            Some(pair) if pair.kind == Kind::Pair => {
                let parts = self.open(pair.node);
                key = self.field(&parts, Field::Key).map(|key| self.expr(key.node));
                self.optional(self.field(&parts, Field::Value), node)
            }
            body => self.optional(body, node),
        };
        if scoped {
            self.b.close_scope();
        }
        self.b.expr(Expr::Comprehension(Box::new(Comprehension { clauses, key, element })), span(node))
    }
}
