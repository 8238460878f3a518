//! Statements.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use super::pattern::Scope;
use crate::program::{Argument, Binary, Block, Call, Case, Expr, ExprId, Pattern, PatternId, Spread, Statement, Unary, Variable};

/// Chains of branches longer than this become a switch: nested blocks would nest everything that walks them.
const BRANCHES: usize = 64;

impl<'t> Lowering<'t, '_> {
    /// The statements of a block, module or ERROR node.
    pub(super) fn block(&mut self, node: Node<'t>, out: &mut Block) {
        let mark = self.kids.len();
        for i in self.open(node) {
            let kid = self.kids[i];
            self.statement(kid, out);
        }
        self.kids.truncate(mark);
    }

    pub(super) fn statement(&mut self, kid: Child<'t>, out: &mut Block) {
        self.nested(kid.node, |l| l.statement_inner(kid, out));
    }

    fn body(&mut self, node: Option<Child<'t>>) -> Block {
        let mut out = Vec::new();
        if let Some(kid) = node {
            self.block(kid.node, &mut out);
        }
        out
    }

    fn statement_inner(&mut self, kid: Child<'t>, out: &mut Block) {
        let node = kid.node;
        match kid.kind {
            Kind::ExpressionStatement => {
                let kids = self.open(node);
                match kids.len() {
                    1 => {
                        let inner = self.kids[kids.start];
                        match inner.kind {
                            Kind::Assignment => self.assignment(inner.node, out),
                            // A string that stands alone is a comment.
                            Kind::String | Kind::Ellipsis => {}
                            _ => self.evaluate(inner.node, out),
                        }
                    }
                    _ => {
                        for i in kids {
                            let inner = self.kids[i];
                            self.evaluate(inner.node, out);
                        }
                    }
                }
            }
            Kind::FunctionDefinition | Kind::ClassDefinition | Kind::Decorated => self.definition(node, kid.kind, out),
            Kind::ImportStatement => self.import_statement(node, out),
            Kind::ImportFrom => self.import_from(node, out),
            Kind::Return => {
                let value = self.open(node).next().map(|at| self.kids[at].node);
                let value = value.map(|value| self.expr(value));
                out.push(Statement::Return(value));
            }
            Kind::If => self.if_statement(node, out),
            Kind::For => self.for_statement(node, out),
            Kind::While => {
                let kids = self.open(node);
                let test = self.field(&kids, Field::Condition).map(|test| self.expr(test.node));
                let body = self.body(self.field(&kids, Field::Body));
                out.push(Statement::While { test, body });
                self.else_block(self.field(&kids, Field::Alternative), out);
            }
            Kind::Try => self.try_statement(node, out),
            Kind::With => self.with_statement(node, out),
            Kind::Match => self.match_statement(node, out),
            Kind::Raise => {
                let kids = self.open(node);
                let cause = self.field(&kids, Field::Cause).filter(|c| !matches!(c.kind, Kind::None | Kind::Identifier));
                let value = self.kids[kids].iter().find(|kid| kid.field != Field::Cause && kid.kind != Kind::From).map(|kid| kid.node);
                let value = value.map(|value| self.expr(value));
                if let Some(cause) = cause {
                    self.evaluate(cause.node, out);
                }
                out.push(Statement::Throw(value));
            }
            Kind::Assert => {
                if let Some(at) = self.open(node).next() {
                    let test = self.kids[at].node;
                    self.evaluate(test, out);
                }
            }
            Kind::Del => {
                for i in self.open(node) {
                    let kid = self.kids[i];
                    if matches!(kid.kind, Kind::ExpressionList | Kind::Tuple) {
                        for at in self.open(kid.node) {
                            let place = self.kids[at].node;
                            self.delete(place, out);
                        }
                    } else {
                        self.delete(kid.node, out);
                    }
                }
            }
            Kind::Global | Kind::Nonlocal => {
                for i in self.open(node) {
                    let name = self.kids[i].node;
                    let name = self.symbol(name);
                    if kid.kind == Kind::Global {
                        self.b.declare_in_module(name);
                    }
                    if !self.b.at_top_level() {
                        self.b.declare_outer(name);
                    }
                }
            }
            Kind::TypeAlias => {
                let kids = self.open(node);
                let (left, right) = (self.field(&kids, Field::Left), self.field(&kids, Field::Right));
                if let (Some(left), Some(right)) = (left, right) {
                    let value = self.annotation(right.node);
                    let name: String = self.text(left.node).chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    let name = self.b.symbol(&name);
                    self.bind_name(name, value, out);
                }
            }
            Kind::Print | Kind::Exec => self.old_call(node, kid.kind, out),
            Kind::Break => out.push(Statement::Break),
            Kind::Continue => out.push(Statement::Continue),
            Kind::Pass | Kind::FutureImport => {}
            // What could still be read inside of an error is better than nothing.
            Kind::Error | Kind::Block => self.block(node, out),
            Kind::Assignment => self.assignment(node, out),
            _ if node.is_named() => self.evaluate(node, out),
            _ => {}
        }
    }

    fn evaluate(&mut self, node: Node<'t>, out: &mut Block) {
        let value = self.expr(node);
        out.push(Statement::Expr(value));
    }

    fn delete(&mut self, node: Node<'t>, out: &mut Block) {
        let operand = self.expr(node);
        let delete = self.b.expr(Expr::Unary { op: Unary::Delete, operand }, span(node));
        out.push(Statement::Expr(delete));
    }

    /// `print x` and `exec x` of Python 2.
    fn old_call(&mut self, node: Node<'t>, kind: Kind, out: &mut Block) {
        let name = self.b.symbol(if kind == Kind::Print { "print" } else { "exec" });
        let callee = self.b.name(name, span(node));
        let mut arguments = Vec::new();
        for i in self.open(node) {
            let kid = self.kids[i];
            if matches!(kid.field, Field::Argument | Field::Code) {
                arguments.push(Argument { name: None, value: self.expr(kid.node), spread: Spread::No });
            }
        }
        let call = Call { callee, arguments: arguments.into(), construct: false, tagged: false };
        let call = self.b.expr(Expr::Call(Box::new(call)), span(node));
        out.push(Statement::Expr(call));
    }

    /// `a = b = value`; the annotation of `a: T` is not evaluated.
    fn assignment(&mut self, node: Node<'t>, out: &mut Block) {
        let mut targets = Vec::new();
        let mut next = Some(Child { node, kind: Kind::Assignment, field: Field::None });
        let mut value = None;
        while let Some(at) = next.take() {
            if at.kind != Kind::Assignment {
                value = Some(self.expr(at.node));
                break;
            }
            let mark = self.kids.len();
            let kids = self.open(at.node);
            targets.extend(self.field(&kids, Field::Left).map(|left| left.node));
            next = self.field(&kids, Field::Right);
            self.kids.truncate(mark);
        }
        let Some(&first) = targets.first() else { return };
        let Some(mut value) = value else {
            if self.kind(first) == Kind::Identifier {
                let pattern = self.target(first, Scope::Assigned);
                out.push(Statement::Bind { pattern, value: None, declares: true });
            }
            return;
        };
        for &target in targets[1..].iter().rev() {
            let pattern = self.target(target, Scope::Assigned);
            value = self.b.expr(Expr::Assign { target: pattern, op: None, value }, span(target));
        }
        let pattern = self.target(first, Scope::Assigned);
        out.push(Statement::Bind { pattern, value: Some(value), declares: false });
    }

    fn is_type_checking(&self, test: Node<'t>) -> bool {
        matches!(self.text(test), "TYPE_CHECKING" | "typing.TYPE_CHECKING" | "t.TYPE_CHECKING")
    }

    fn if_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.open(node);
        let mut branches: Vec<(ExprId, Block)> = Vec::new();
        let mut otherwise = Vec::new();
        if let Some(test) = self.field(&kids, Field::Condition) {
            let types_only = self.types_only;
            let id = self.expr(test.node);
            self.types_only |= self.is_type_checking(test.node);
            let body = self.body(self.field(&kids, Field::Consequence));
            self.types_only = types_only;
            branches.push((id, body));
        }
        for i in kids {
            let kid = self.kids[i];
            match kid.kind {
                Kind::ElifClause => {
                    let mark = self.kids.len();
                    let parts = self.open(kid.node);
                    let test = match self.field(&parts, Field::Condition) {
                        Some(test) => self.expr(test.node),
                        None => self.unknown(kid.node),
                    };
                    let body = self.body(self.field(&parts, Field::Consequence));
                    self.kids.truncate(mark);
                    branches.push((test, body));
                }
                Kind::ElseClause => self.else_block(Some(kid), &mut otherwise),
                Kind::Error => self.block(kid.node, &mut otherwise),
                _ => {}
            }
        }
        self.branch(branches, otherwise, node, out);
    }

    /// The first branch whose test holds.
    fn branch(&mut self, branches: Vec<(ExprId, Block)>, otherwise: Block, node: Node<'t>, out: &mut Block) {
        if branches.len() > BRANCHES {
            let subject = self.b.expr(Expr::Bool(true), span(node));
            let case = |tests, body| Case { tests, binds: Vec::new(), guard: None, body, falls_through: false };
            let mut cases: Vec<Case> = branches.into_iter().map(|(test, body)| case(vec![test], body)).collect();
            cases.push(case(Vec::new(), otherwise));
            out.push(Statement::Switch { subject, cases });
            return;
        }
        let mut rest = otherwise;
        for (test, then) in branches.into_iter().rev() {
            rest = vec![Statement::If { test, then, otherwise: rest }];
        }
        out.append(&mut rest);
    }

    fn else_block(&mut self, clause: Option<Child<'t>>, out: &mut Block) {
        let Some(clause) = clause else { return };
        let mark = self.kids.len();
        let kids = self.open(clause.node);
        // `finally` has no name for its block, `else` has.
        if let Some(body) = self.field(&kids, Field::Body).or_else(|| self.first_of(&kids, Kind::Block)) {
            self.block(body.node, out);
        }
        self.kids.truncate(mark);
    }

    fn for_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.open(node);
        let iterable = match self.field(&kids, Field::Right) {
            Some(right) => self.expr(right.node),
            None => self.unknown(node),
        };
        let pattern = match self.field(&kids, Field::Left) {
            Some(left) => self.target(left.node, Scope::Assigned),
            None => self.b.pattern(Pattern::Ignore),
        };
        let body = self.body(self.field(&kids, Field::Body));
        out.push(Statement::ForEach { pattern, iterable, keys: false, body });
        self.else_block(self.field(&kids, Field::Alternative), out);
    }

    /// A context manager stands for what it yields, as nearly all do: `with open(p) as f` binds `f` to the open file.
    fn with_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.open(node);
        if let Some(clause) = self.first_of(&kids, Kind::WithClause) {
            for i in self.open(clause.node) {
                let item = self.kids[i];
                let inner = self.kids.len();
                let parts = self.open(item.node);
                if let Some(value) = self.field(&parts, Field::Value) {
                    self.with_item(value, out);
                }
                self.kids.truncate(inner);
            }
        }
        if let Some(body) = self.field(&kids, Field::Body) {
            self.block(body.node, out);
        }
    }

    fn with_item(&mut self, item: Child<'t>, out: &mut Block) {
        if item.kind != Kind::AsPattern {
            return self.evaluate(item.node, out);
        }
        let parts = self.open(item.node);
        let value = self.kids[parts.start].node;
        let value = self.expr(value);
        if let Some(alias) = self.field(&parts, Field::Alias) {
            let pattern = self.target(alias.node, Scope::Assigned);
            out.push(Statement::Bind { pattern, value: Some(value), declares: false });
        }
    }

    fn try_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.open(node);
        let mut body = self.body(self.field(&kids, Field::Body));
        let mut finally = Vec::new();
        let mut clauses = Vec::new();
        for i in kids {
            let kid = self.kids[i];
            match kid.kind {
                Kind::ExceptClause => clauses.push(kid.node),
                // Runs only when nothing was raised: so it is the end of the body.
                Kind::ElseClause => self.else_block(Some(kid), &mut body),
                Kind::FinallyClause => self.else_block(Some(kid), &mut finally),
                Kind::Error => self.block(kid.node, &mut body),
                _ => {}
            }
        }
        let has_handler = !clauses.is_empty();
        let mut error = None;
        let mut handler = Vec::new();
        match clauses.as_slice() {
            [] => {}
            [one] => {
                let (alias, body) = self.except_clause(*one);
                error = alias;
                handler = body;
            }
            many => {
                let caught = Variable { hops: 0, slot: self.b.temporary() };
                error = Some(self.b.pattern(Pattern::Variable(caught)));
                let mut branches = Vec::with_capacity(many.len());
                for &clause in many {
                    let (alias, mut body) = self.except_clause(clause);
                    if let Some(pattern) = alias {
                        let value = self.b.expr(Expr::Variable(caught), span(clause));
                        body.insert(0, Statement::Bind { pattern, value: Some(value), declares: true });
                    }
                    // Which class the error has is not known.
                    branches.push((self.unknown(clause), body));
                }
                let last = branches.pop().map(|(_, body)| body).unwrap_or_default();
                self.branch(branches, last, node, &mut handler);
            }
        }
        out.push(Statement::Try { body, error, handler, has_handler, finally });
    }

    fn except_clause(&mut self, node: Node<'t>) -> (Option<PatternId>, Block) {
        let mark = self.kids.len();
        let kids = self.open(node);
        let mut alias = self.field(&kids, Field::Alias);
        if let Some(value) = self.field(&kids, Field::Value).filter(|value| value.kind == Kind::AsPattern) {
            let parts = self.open(value.node);
            alias = self.field(&parts, Field::Alias);
        }
        let pattern = alias.map(|alias| self.target(alias.node, Scope::Assigned));
        let body = self.body(self.first_of(&kids, Kind::Block));
        self.kids.truncate(mark);
        (pattern, body)
    }
}

/// The operator of `x += y`.
pub(super) fn augmented(kind: Kind) -> Binary {
    match kind {
        Kind::PlusAssign => Binary::Add,
        Kind::MinusAssign => Binary::Subtract,
        Kind::StarAssign => Binary::Multiply,
        Kind::SlashAssign => Binary::Divide,
        Kind::PercentAssign => Binary::Modulo,
        Kind::PipeAssign => Binary::BitOr,
        _ => Binary::Other,
    }
}
