//! Expressions that grow to one side without end in generated code: `a + b + …`, `a.b().c()…`, `p ? x : q ? y : …`,
//! `a = b = …`. They are walked in a loop, and what they become is never deep either.

use tree_sitter::Node;

use super::grammar::Kind;
use super::lower::{Lowering, Require, normalized, span};
use super::pattern::Names;
use crate::program::{Argument, Binary, Call, Expr, ExprId, Logical, Pattern, PatternId, Spread, Variable};

/// Links after which the value so far is put into a temporary.
const SPILL: usize = 128;

/// What a binary operator means.
#[derive(Clone, Copy)]
pub(super) enum Operator {
    Binary(Binary),
    Logical(Logical),
}

pub(super) fn operator(text: &str) -> Operator {
    Operator::Binary(match text {
        "&&" => return Operator::Logical(Logical::And),
        "||" => return Operator::Logical(Logical::Or),
        "??" => return Operator::Logical(Logical::Coalesce),
        "+" => Binary::Add,
        "-" => Binary::Subtract,
        "*" => Binary::Multiply,
        "/" => Binary::Divide,
        "%" => Binary::Modulo,
        "==" | "===" => Binary::Equal,
        "!=" | "!==" => Binary::NotEqual,
        "<" => Binary::Less,
        "<=" => Binary::LessEqual,
        ">" => Binary::Greater,
        ">=" => Binary::GreaterEqual,
        "in" => Binary::In,
        "instanceof" => Binary::InstanceOf,
        "|" => Binary::BitOr,
        "^" => Binary::BitXor,
        _ => Binary::Other,
    })
}

impl<'t> Lowering<'t, '_> {
    /// Puts `value` into a temporary, evaluated before all that follows, and returns a read of it.
    fn spill(&mut self, value: ExprId, before: &mut Vec<ExprId>, at: Node<'t>) -> ExprId {
        let variable = Variable { hops: 0, slot: self.b.temporary() };
        let target = self.b.pattern(Pattern::Variable(variable));
        before.push(self.make(Expr::Assign { target, op: None, value }, at));
        self.make(Expr::Variable(variable), at)
    }

    fn after(&mut self, mut before: Vec<ExprId>, value: ExprId, at: Node<'t>) -> ExprId {
        if before.is_empty() {
            return value;
        }
        before.push(value);
        self.make(Expr::Sequence(before.into()), at)
    }

    pub(super) fn binary(&mut self, node: Node<'t>) -> ExprId {
        let f = &self.g.fields;
        let mut links = Vec::new();
        let mut base = Some(node);
        while let Some(link) = base.filter(|n| self.kind(*n) == Kind::Binary) {
            links.push(link);
            base = self.field(link, f.left);
        }
        let mut value = self.optional_expr(base, node);
        let mut before = Vec::new();
        for (at, link) in links.into_iter().rev().enumerate() {
            if at > 0 && at % SPILL == 0 {
                value = self.spill(value, &mut before, link);
            }
            let right = self.field(link, f.right);
            let right = self.optional_expr(right, link);
            let op = self.field(link, f.operator).map_or("", |op| self.of(op));
            let expr = match operator(op) {
                Operator::Binary(op) => Expr::Binary { op, left: value, right },
                Operator::Logical(op) => Expr::Logical { op, left: value, right },
            };
            value = self.make(expr, link);
        }
        self.after(before, value, node)
    }

    /// Member reads, calls and indexing, from the innermost object outwards.
    pub(super) fn chain(&mut self, node: Node<'t>) -> ExprId {
        let f = &self.g.fields;
        let mut links = Vec::new();
        let mut base = Some(node);
        while let Some(link) = base {
            base = match self.kind(link) {
                Kind::Member | Kind::Subscript => self.field(link, f.object),
                Kind::Call => self.field(link, f.function),
                Kind::NonNull => self.inner(link),
                _ => break,
            };
            links.push(link);
        }
        // `import(…)` and `import.meta` are no calls and no members.
        let mut links = links.into_iter().rev().peekable();
        // `await (x).y()` reads like a call of something named `await`: it awaits all of `(x).y()`.
        let awaits = base.is_some_and(|b| self.kind(b) == Kind::Identifier && self.of(b) == "await")
            && links.peek().is_some_and(|link| self.kind(*link) == Kind::Call);
        if awaits && let Some(link) = links.next() {
            base = self.field(link, f.arguments).and_then(|arguments| self.children(arguments).into_iter().last());
        }
        let mut value = match base {
            Some(base) if self.kind(base) == Kind::Import => match links.next() {
                Some(link) if self.kind(link) == Kind::Call => self.import_call(link),
                _ => self.import_meta(base),
            },
            base => self.optional_expr(base, node),
        };
        let mut before = Vec::new();
        for (at, link) in links.enumerate() {
            if at > 0 && at % SPILL == 0 {
                value = self.spill(value, &mut before, link);
            }
            value = match self.kind(link) {
                Kind::Member => match self.field(link, f.property) {
                    Some(property) => {
                        let property = self.ident(property);
                        self.make(Expr::Member { object: value, property }, link)
                    }
                    None => value,
                },
                Kind::Subscript => self.subscript(value, link),
                Kind::Call => self.call(value, link),
                _ => value,
            };
        }
        if awaits {
            value = self.make(Expr::Await(value), node);
        }
        self.after(before, value, node)
    }

    fn subscript(&mut self, object: ExprId, link: Node<'t>) -> ExprId {
        let Some(index) = self.field(link, self.g.fields.index) else { return object };
        if self.kind(index) == Kind::String {
            let text = self.string(index);
            if is_name(&text) {
                let property = self.b.symbol(&text);
                return self.make(Expr::Member { object, property }, link);
            }
        }
        let index = self.expr(index);
        self.make(Expr::Index { object, index }, link)
    }

    fn call(&mut self, callee: ExprId, link: Node<'t>) -> ExprId {
        let Some(arguments) = self.field(link, self.g.fields.arguments) else { return callee };
        if self.kind(arguments) == Kind::TemplateString {
            let arguments = self.tagged_arguments(arguments);
            return self.make(Expr::Call(Box::new(Call { callee, arguments, construct: false, tagged: true })), link);
        }
        if let Some(call) = self.awaited(arguments, link) {
            return call;
        }
        let arguments = self.arguments(arguments);
        let required = match &*arguments {
            [Argument { value, spread: Spread::No, .. }] => Some(*value),
            _ => None,
        };
        let call = self.make(Expr::Call(Box::new(Call { callee, arguments, construct: false, tagged: false })), link);
        if let (Some(argument), Expr::Global(name)) = (required, &self.b.module().exprs[callee.index()])
            && *name == self.names.require
        {
            self.requires.push(Require { call, callee, argument, span: span(link) });
        }
        call
    }

    fn import_call(&mut self, link: Node<'t>) -> ExprId {
        let arguments = self.field(link, self.g.fields.arguments);
        let arguments = arguments.map(|a| self.arguments(a)).unwrap_or_default();
        let Some(first) = arguments.first().map(|a| a.value) else { return self.make(Expr::Unknown, link) };
        let expr = match self.b.module().exprs[first.index()].clone() {
            Expr::Str(specifier) => Expr::Import(self.b.import(&normalized(&specifier), span(link), false)),
            _ => Expr::ImportDynamic(first),
        };
        self.make(expr, link)
    }

    pub(super) fn arguments(&mut self, node: Node<'t>) -> Box<[Argument]> {
        let mut out = Vec::new();
        for child in self.children(node) {
            let (inner, spread) = match self.kind(child) {
                Kind::Spread => (self.inner(child), Spread::Items),
                _ => (Some(child), Spread::No),
            };
            let value = self.optional_expr(inner, child);
            out.push(Argument { name: None, value, spread });
        }
        out.into()
    }

    pub(super) fn ternary(&mut self, node: Node<'t>) -> ExprId {
        let f = &self.g.fields;
        let mut links = Vec::new();
        let mut last = Some(node);
        while let Some(link) = last.filter(|n| self.kind(*n) == Kind::Ternary) {
            let (test, then) = (self.field(link, f.condition), self.field(link, f.consequence));
            let (test, then) = (self.optional_expr(test, link), self.optional_expr(then, link));
            links.push((link, test, then));
            last = self.field(link, f.alternative);
        }
        let mut value = self.optional_expr(last, node);
        // Beyond any length that people write, only "one of these" is kept.
        if links.len() > SPILL {
            let mut options = vec![value];
            for (link, test, then) in links.drain(SPILL..) {
                let option = self.sequence(vec![test, then], link);
                options.push(option);
            }
            value = self.any(options, node);
        }
        for (link, test, then) in links.into_iter().rev() {
            value = self.make(Expr::Conditional { test, then, otherwise: value }, link);
        }
        value
    }

    /// One of `options`, by tests that nobody knows; as flat as it can be.
    fn any(&mut self, mut options: Vec<ExprId>, at: Node<'t>) -> ExprId {
        while options.len() > 1 {
            let mut merged = Vec::with_capacity(options.len().div_ceil(2));
            for pair in options.chunks(2) {
                merged.push(match *pair {
                    [then, otherwise] => {
                        let test = self.make(Expr::Unknown, at);
                        self.make(Expr::Conditional { test, then, otherwise }, at)
                    }
                    _ => pair[0],
                });
            }
            options = merged;
        }
        options[0]
    }

    /// `a = b = value`: the targets from left to right, and the value.
    pub(super) fn assignment(&mut self, node: Node<'t>) -> (Vec<(Node<'t>, PatternId)>, ExprId) {
        let f = &self.g.fields;
        let mut links = Vec::new();
        let mut hint = None;
        let mut last = Some(node);
        while let Some(link) = last.filter(|n| self.kind(*n) == Kind::Assignment) {
            let left = self.field(link, f.left);
            hint = left.and_then(|l| self.name_of_target(l));
            links.push((link, self.optional_pattern(left, Names::Assigned)));
            last = self.field(link, f.right);
        }
        let value = match last {
            Some(last) => self.named_expr(last, hint),
            None => self.make(Expr::Unknown, node),
        };
        (links, value)
    }

    pub(super) fn assignment_expr(&mut self, node: Node<'t>) -> ExprId {
        let (links, value) = self.assignment(node);
        self.assign_all(links, value)
    }

    /// Assigns `value` to every target, the last one first.
    pub(super) fn assign_all(&mut self, links: Vec<(Node<'t>, PatternId)>, mut value: ExprId) -> ExprId {
        let mut before = Vec::new();
        let mut at = None;
        for (count, (link, target)) in links.into_iter().rev().enumerate() {
            if count > 0 && count % SPILL == 0 {
                value = self.spill(value, &mut before, link);
            }
            value = self.make(Expr::Assign { target, op: None, value }, link);
            at = Some(link);
        }
        match at {
            Some(at) => self.after(before, value, at),
            None => value,
        }
    }
}

/// True for what can be written after a dot.
pub(super) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    chars.next().is_some_and(|c| word(c) && !c.is_ascii_digit()) && chars.all(word)
}
