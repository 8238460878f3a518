//! `switch`, `switch x := y.(type)` and `select`.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use super::statement::BRANCHES;
use crate::program::{Block, Case, Expr, ExprId, Pattern, Statement};

impl<'t> Lowering<'t, '_> {
    pub(super) fn switch(&mut self, node: Node<'t>, out: &mut Block) {
        self.scopes.push(Default::default());
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        if let Some(initializer) = part(Field::Initializer) {
            self.nested(initializer.node, |l| l.statement(initializer, out));
        }
        let subject = part(Field::Value).map(|value| self.expr(value.node));
        let mut cases = Vec::new();
        for kid in kids.iter().filter(|kid| matches!(kid.kind, Kind::ExpressionCase | Kind::DefaultCase)) {
            let inner = self.children(kid.node);
            let tests = match inner.iter().find(|kid| kid.field == Field::Value) {
                Some(list) => self.expressions(list.node),
                None => Vec::new(),
            };
            let (body, falls_through) = self.case_body(&inner);
            cases.push(Case { tests, binds: Vec::new(), guard: None, body, falls_through });
        }
        self.scopes.pop();
        match subject {
            Some(subject) => out.push(Statement::Switch { subject, cases }),
            None => self.conditions(cases, node, out),
        }
    }

    /// A `switch` without a subject is a chain of conditions. Inside a `switch` of one case, so that `break` leaves it.
    fn conditions(&mut self, cases: Vec<Case>, node: Node<'t>, out: &mut Block) {
        let at = span(node);
        let mut otherwise: Block = Vec::new();
        let falls = cases.len() > BRANCHES || cases.iter().any(|case| case.falls_through);
        if falls {
            let subject = self.b.expr(Expr::Bool(true), at);
            return out.push(Statement::Switch { subject, cases });
        }
        let mut rest = Vec::with_capacity(cases.len());
        for case in cases {
            if case.tests.is_empty() { otherwise = case.body } else { rest.push(case) }
        }
        for case in rest.into_iter().rev() {
            let test = case.tests.into_iter().reduce(|left, right| {
                let at = self.b.span(left);
                self.b.expr(Expr::Logical { op: crate::program::Logical::Or, left, right }, at)
            });
            if let Some(test) = test {
                otherwise = vec![Statement::If { test, then: case.body, otherwise }];
            }
        }
        let subject = self.b.expr(Expr::Null, at);
        let case = Case { tests: Vec::new(), binds: Vec::new(), guard: None, body: otherwise, falls_through: false };
        out.push(Statement::Switch { subject, cases: vec![case] });
    }

    pub(super) fn type_switch(&mut self, node: Node<'t>, out: &mut Block) {
        self.scopes.push(Default::default());
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        if let Some(initializer) = part(Field::Initializer) {
            self.nested(initializer.node, |l| l.statement(initializer, out));
        }
        let subject = self.optional(part(Field::Value), node);
        let alias = part(Field::Alias).and_then(|list| self.children(list.node).into_iter().find(|kid| kid.kind == Kind::Identifier));
        let mut cases = Vec::new();
        for kid in kids.iter().filter(|kid| matches!(kid.kind, Kind::TypeCase | Kind::DefaultCase)) {
            let inner = self.children(kid.node);
            let types: Vec<Node<'t>> = inner.iter().filter(|kid| kid.field == Field::Type && kid.node.is_named()).map(|kid| kid.node).collect();
            let tests: Vec<ExprId> = types.iter().map(|node| self.unknown(*node)).collect();
            self.scopes.push(Default::default());
            let mut before = Vec::new();
            if let Some(alias) = alias {
                let only = if let [one] = types.as_slice() { Some(*one) } else { None };
                let value = self.narrowed(subject, only, kid.node);
                let plain = only.is_some_and(|only| {
                    let kind = self.kind(only);
                    self.is_plain(only, kind)
                });
                let name = self.symbol(alias.node);
                let pattern = self.declare(name, plain);
                before.push(Statement::Bind { pattern, value: Some(value), declares: true });
            }
            let (mut body, falls_through) = self.case_body(&inner);
            self.scopes.pop();
            before.append(&mut body);
            cases.push(Case { tests, binds: Vec::new(), guard: None, body: before, falls_through });
        }
        self.scopes.pop();
        out.push(Statement::Switch { subject, cases });
    }

    pub(super) fn select(&mut self, node: Node<'t>, out: &mut Block) {
        let mut cases = Vec::new();
        for kid in self.children(node).into_iter().filter(|kid| matches!(kid.kind, Kind::CommunicationCase | Kind::DefaultCase)) {
            let inner = self.children(kid.node);
            self.scopes.push(Default::default());
            let mut before = Vec::new();
            let communication = inner.iter().find(|kid| kid.field == Field::Communication).copied();
            match communication {
                Some(send) if send.kind == Kind::Send => self.statement(send, &mut before),
                Some(receive) => self.receive(receive.node, &mut before),
                None => {}
            }
            let (mut body, _) = self.case_body(&inner);
            self.scopes.pop();
            before.append(&mut body);
            let tests = if communication.is_some() { vec![self.unknown(kid.node)] } else { Vec::new() };
            cases.push(Case { tests, binds: Vec::new(), guard: None, body: before, falls_through: false });
        }
        let subject = self.unknown(node);
        out.push(Statement::Switch { subject, cases });
    }

    /// `x, ok := <-c` as a case.
    fn receive(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        let value = self.optional(part(Field::Right), node);
        let defines = kids.iter().any(|kid| kid.kind == Kind::Define);
        let names = part(Field::Left).map(|left| self.children(left.node)).unwrap_or_default();
        let Some(first) = names.into_iter().find(|kid| kid.node.is_named()) else { return out.push(Statement::Expr(value)) };
        let pattern = if defines && first.kind == Kind::Identifier && self.text(first.node) != "_" {
            let name = self.symbol(first.node);
            self.declare(name, false)
        } else if self.text(first.node) == "_" {
            self.b.pattern(Pattern::Ignore)
        } else {
            self.target(first)
        };
        out.push(Statement::Bind { pattern, value: Some(value), declares: defines });
    }

    fn case_body(&mut self, kids: &[Child<'t>]) -> (Block, bool) {
        let mut block = Vec::new();
        let mut falls_through = false;
        self.scopes.push(Default::default());
        for list in kids.iter().filter(|kid| kid.kind == Kind::Statements) {
            for kid in self.children(list.node) {
                falls_through |= kid.kind == Kind::Fallthrough;
                self.nested(kid.node, |l| l.statement(kid, &mut block));
            }
        }
        self.scopes.pop();
        (block, falls_through)
    }
}
