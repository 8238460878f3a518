//! Statements and blocks.

use tree_sitter::Node;

use super::grammar::Kind;
use super::lower::{Lowering, span};
use super::pattern::Names;
use crate::program::{Block, Case, Expr, ExprId, FunctionKind, Statement, builder::ScopeKind};

/// Branches after which `else if` is read as a list of cases instead of a nest.
const LONG_ELSE_IF: usize = 64;

impl<'t> Lowering<'t, '_> {
    /// The statements of a block, in the order in which they take effect: imports and functions come first.
    pub(super) fn statements(&mut self, parent: Node<'t>, out: &mut Block) {
        let children = self.children_with_fields(parent);
        let mut later = Vec::with_capacity(children.len());
        let mut doc = None;
        for &(child, _) in &children {
            match self.kind(child) {
                Kind::Token => {}
                Kind::Comment => doc = Some(child),
                Kind::ImportStatement => {
                    self.import_statement(child, out);
                    doc = None;
                }
                _ => later.push((child, doc.take())),
            }
        }
        let hoisted: Vec<bool> = later.iter().map(|(node, _)| self.is_hoisted(*node)).collect();
        for pass in [true, false] {
            for (&(node, doc), _) in later.iter().zip(&hoisted).filter(|(_, hoisted)| **hoisted == pass) {
                self.doc = doc;
                self.statement(node, out);
                self.doc = None;
            }
        }
    }

    fn is_hoisted(&self, node: Node<'t>) -> bool {
        match self.kind(node) {
            Kind::FunctionDeclaration | Kind::GeneratorDeclaration => true,
            Kind::ExportStatement => self
                .field(node, self.g.fields.declaration)
                .is_some_and(|d| matches!(self.kind(d), Kind::FunctionDeclaration | Kind::GeneratorDeclaration)),
            _ => false,
        }
    }

    /// The body of a loop or branch, in a scope of its own.
    fn block(&mut self, node: Option<Node<'t>>) -> Block {
        let mut out = Block::new();
        if let Some(node) = node {
            self.b.open_scope(ScopeKind::Block);
            if self.kind(node) == Kind::StatementBlock {
                if self.enter(node) {
                    self.statements(node, &mut out);
                    self.leave();
                }
            } else {
                self.statement(node, &mut out);
            }
            self.b.close_scope();
        }
        out
    }

    pub(super) fn statement(&mut self, node: Node<'t>, out: &mut Block) {
        if self.enter(node) {
            self.statement_inside(node, out);
            self.leave();
        }
    }

    fn statement_inside(&mut self, node: Node<'t>, out: &mut Block) {
        let f = &self.g.fields;
        match self.kind(node) {
            Kind::ExpressionStatement => self.expression_statement(node, out),
            Kind::VariableDeclaration => self.variables(node, Names::Hoisted, out),
            Kind::LexicalDeclaration | Kind::UsingDeclaration => self.variables(node, Names::Scoped, out),
            Kind::FunctionDeclaration | Kind::GeneratorDeclaration => self.function_declaration(node, out),
            Kind::ClassDeclaration | Kind::AbstractClassDeclaration => self.class_declaration(node, Vec::new(), out),
            Kind::If => self.if_statement(node, out),
            Kind::For => self.for_statement(node, out),
            Kind::ForIn => self.for_each(node, out),
            Kind::While => {
                let test = self.field(node, f.condition).map(|test| self.expr(test));
                let body = self.field(node, f.body);
                let body = self.block(body);
                out.push(Statement::While { test, body });
            }
            Kind::Do => {
                let body = self.field(node, f.body);
                let mut body = self.block(body);
                let test = self.field(node, f.condition);
                let test = self.optional_expr(test, node);
                // The body runs before the test is made.
                body.push(Statement::If { test, then: Block::new(), otherwise: vec![Statement::Break] });
                out.push(Statement::While { test: None, body });
            }
            Kind::Return => {
                let value = self.inner(node).map(|value| self.expr(value));
                out.push(Statement::Return(value));
            }
            Kind::Throw => {
                let value = self.inner(node).map(|value| self.expr(value));
                out.push(Statement::Throw(value));
            }
            Kind::Break => out.push(Statement::Break),
            Kind::Continue => out.push(Statement::Continue),
            Kind::Labeled => self.labeled(node, out),
            Kind::Switch => self.switch(node, out),
            Kind::Try => self.try_statement(node, out),
            Kind::StatementBlock => {
                let body = self.block(Some(node));
                out.push(Statement::Block(body));
            }
            Kind::With => {
                let object = self.field(node, f.object);
                let object = self.optional_expr(object, node);
                out.push(Statement::Expr(object));
                let body = self.field(node, f.body);
                out.extend(self.block(body));
            }
            Kind::ImportStatement => self.import_statement(node, out),
            Kind::ExportStatement => self.export_statement(node, out),
            Kind::ImportAlias => self.import_alias(node, out),
            Kind::EnumDeclaration => self.enum_declaration(node, out),
            Kind::InternalModule | Kind::Module => self.namespace_declaration(node, out),
            Kind::Error => self.statements(node, out),
            // What stands alone in a broken piece of the file may still be an expression.
            Kind::Call | Kind::Assignment | Kind::Member | Kind::New | Kind::Await | Kind::Object | Kind::Array | Kind::ArrowFunction => {
                let value = self.expr(node);
                out.push(Statement::Expr(value));
            }
            Kind::FunctionExpression | Kind::Parenthesized | Kind::Binary | Kind::Sequence | Kind::Ternary | Kind::TemplateString => {
                let value = self.expr(node);
                out.push(Statement::Expr(value));
            }
            Kind::VariableDeclarator => self.declarator(node, Names::Hoisted, out),
            _ => {} // types, declarations without code, empty statements
        }
    }

    fn expression_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let Some(inner) = self.inner(node).and_then(|inner| self.unwrapped(inner)) else { return };
        match self.kind(inner) {
            Kind::String => {} // "use strict"
            Kind::InternalModule | Kind::Module => self.namespace_declaration(inner, out),
            Kind::Assignment => {
                let (mut links, value) = self.assignment(inner);
                if links.is_empty() {
                    return;
                }
                let (_, pattern) = links.remove(0);
                let value = self.assign_all(links, value);
                out.push(Statement::Bind { pattern, value: Some(value), declares: false });
            }
            // One statement each, so that every assignment is one.
            Kind::Sequence => {
                for part in self.children(inner) {
                    if self.kind(part) == Kind::Assignment {
                        let (mut links, value) = self.assignment(part);
                        if !links.is_empty() {
                            let (_, pattern) = links.remove(0);
                            let value = self.assign_all(links, value);
                            out.push(Statement::Bind { pattern, value: Some(value), declares: false });
                        }
                    } else {
                        let value = self.expr(part);
                        out.push(Statement::Expr(value));
                    }
                }
            }
            _ => {
                let value = self.expr(inner);
                out.push(Statement::Expr(value));
            }
        }
    }

    fn variables(&mut self, node: Node<'t>, names: Names, out: &mut Block) {
        for child in self.children(node) {
            if self.kind(child) == Kind::VariableDeclarator {
                self.declarator(child, names, out);
            }
        }
    }

    fn declarator(&mut self, node: Node<'t>, names: Names, out: &mut Block) {
        let f = &self.g.fields;
        let Some(name) = self.field(node, f.name) else { return };
        let value = self.field(node, f.value);
        let hint = self.name_of_target(name);
        let pattern = self.pattern(name, names);
        let value = value.map(|value| self.named_expr(value, hint));
        out.push(Statement::Bind { pattern, value, declares: true });
    }

    pub(super) fn function_declaration(&mut self, node: Node<'t>, out: &mut Block) {
        let Some(name) = self.field(node, self.g.fields.name) else { return };
        let symbol = self.ident(name);
        let pattern = self.bind(symbol, Names::Scoped);
        let function = self.function(node, FunctionKind::Plain, Some((symbol, span(name))));
        let value = self.make(Expr::Function(function), node);
        out.push(Statement::Bind { pattern, value: Some(value), declares: true });
    }

    pub(super) fn class_declaration(&mut self, node: Node<'t>, decorators: Vec<ExprId>, out: &mut Block) {
        let Some(name) = self.field(node, self.g.fields.name) else { return };
        let symbol = self.ident(name);
        let pattern = self.bind(symbol, Names::Scoped);
        let value = self.class(node, Some((symbol, span(name))), decorators);
        out.push(Statement::Bind { pattern, value: Some(value), declares: true });
    }

    fn if_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let f = &self.g.fields;
        let mut branches = Vec::new();
        let mut otherwise = Block::new();
        let mut next = Some(node);
        while let Some(branch) = next.take() {
            let test = self.field(branch, f.condition);
            let test = self.optional_expr(test, branch);
            let then = self.field(branch, f.consequence);
            branches.push((test, self.block(then)));
            if let Some(clause) = self.field(branch, f.alternative)
                && let Some(body) = self.inner(clause)
            {
                if self.kind(body) == Kind::If {
                    next = Some(body);
                } else {
                    otherwise = self.block(Some(body));
                }
            }
        }
        if branches.len() > LONG_ELSE_IF {
            let subject = self.make(Expr::Bool(true), node);
            let case = |guard, body| Case { tests: Vec::new(), binds: Vec::new(), guard, body, falls_through: false };
            let mut cases: Vec<Case> = branches.into_iter().map(|(test, body)| case(Some(test), body)).collect();
            cases.push(case(None, otherwise));
            out.push(Statement::Switch { subject, cases });
            return;
        }
        while let Some((test, then)) = branches.pop() {
            otherwise = vec![Statement::If { test, then, otherwise }];
        }
        out.append(&mut otherwise);
    }

    fn for_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let f = &self.g.fields;
        self.b.open_scope(ScopeKind::Block);
        let mut whole = Block::new();
        if let Some(initializer) = self.field(node, f.initializer) {
            self.clause(initializer, &mut whole);
        }
        let test = match self.field(node, f.condition).map(|test| (test, self.kind(test))) {
            Some((test, Kind::ExpressionStatement)) => self.inner(test).map(|test| self.expr(test)),
            Some((_, Kind::Empty | Kind::Token)) | None => None,
            Some((test, _)) => Some(self.expr(test)),
        };
        let body = self.field(node, f.body);
        let mut body = self.block(body);
        if let Some(increment) = self.field(node, f.increment) {
            let increment = self.expr(increment);
            body.push(Statement::Expr(increment));
        }
        self.b.close_scope();
        whole.push(Statement::While { test, body });
        match whole.len() {
            1 => out.append(&mut whole),
            _ => out.push(Statement::Block(whole)),
        }
    }

    /// The first clause of a `for`: a declaration, a statement or a bare expression.
    fn clause(&mut self, node: Node<'t>, out: &mut Block) {
        match self.kind(node) {
            Kind::VariableDeclaration | Kind::LexicalDeclaration | Kind::ExpressionStatement => self.statement(node, out),
            Kind::Empty | Kind::Token => {}
            _ => {
                let value = self.expr(node);
                out.push(Statement::Expr(value));
            }
        }
    }

    fn for_each(&mut self, node: Node<'t>, out: &mut Block) {
        let f = &self.g.fields;
        let right = self.field(node, f.right);
        let iterable = self.optional_expr(right, node);
        let names = match self.field(node, f.kind).map(|kind| self.of(kind)) {
            Some("var") => Names::Hoisted,
            Some(_) => Names::Scoped,
            None => Names::Assigned,
        };
        let keys = self.field(node, f.operator).is_some_and(|op| self.of(op) == "in");
        self.b.open_scope(ScopeKind::Block);
        let left = self.field(node, f.left);
        let pattern = self.optional_pattern(left, names);
        let body = self.field(node, f.body);
        let body = self.block(body);
        self.b.close_scope();
        out.push(Statement::ForEach { pattern, iterable, keys, body });
    }

    /// Labels are not kept: leaving an outer loop is read as leaving the inner one, which assumes less.
    fn labeled(&mut self, node: Node<'t>, out: &mut Block) {
        let Some(body) = self.field(node, self.g.fields.body) else { return };
        match self.kind(body) {
            Kind::StatementBlock => {
                // `break label` leaves the block: so does leaving a loop that runs once.
                let mut body = self.block(Some(body));
                body.push(Statement::Break);
                out.push(Statement::While { test: None, body });
            }
            _ => self.statement(body, out),
        }
    }

    fn switch(&mut self, node: Node<'t>, out: &mut Block) {
        let f = &self.g.fields;
        let subject = self.field(node, f.value);
        let subject = self.optional_expr(subject, node);
        let mut cases = Vec::new();
        self.b.open_scope(ScopeKind::Block);
        let list = match self.field(node, f.body) {
            Some(body) => self.children(body),
            None => Vec::new(),
        };
        for node in list {
            let mut body = Block::new();
            let tests = match self.kind(node) {
                Kind::SwitchCase => {
                    let value = self.field(node, f.value);
                    vec![self.optional_expr(value, node)]
                }
                Kind::SwitchDefault => Vec::new(),
                _ => continue,
            };
            for (child, field) in self.children_with_fields(node) {
                if field == f.body && !matches!(self.kind(child), Kind::Token | Kind::Comment) {
                    self.statement(child, &mut body);
                }
            }
            let falls_through = !leaves(&body);
            drop_break(&mut body);
            cases.push(Case { tests, binds: Vec::new(), guard: None, body, falls_through });
        }
        self.b.close_scope();
        out.push(Statement::Switch { subject, cases });
    }

    fn try_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let f = &self.g.fields;
        let body = self.field(node, f.body);
        let body = self.block(body);
        let (mut error, mut handler, mut has_handler) = (None, Block::new(), false);
        if let Some(clause) = self.field(node, f.handler) {
            has_handler = true;
            self.b.open_scope(ScopeKind::Block);
            error = self.field(clause, f.parameter).map(|p| self.pattern(p, Names::Scoped));
            let block = self.field(clause, f.body);
            handler = self.block(block);
            self.b.close_scope();
        }
        let mut finally = Block::new();
        if let Some(clause) = self.field(node, f.finalizer) {
            let block = self.field(clause, f.body);
            finally = self.block(block);
        }
        out.push(Statement::Try { body, error, handler, has_handler, finally });
    }
}

/// True when the end of `body` cannot be reached by running off its last statement.
fn leaves(body: &Block) -> bool {
    match body.last() {
        Some(Statement::Break | Statement::Continue | Statement::Return(_) | Statement::Throw(_)) => true,
        Some(Statement::Block(inner)) => leaves(inner),
        _ => false,
    }
}

fn drop_break(body: &mut Block) {
    match body.last_mut() {
        Some(Statement::Break) => {
            body.pop();
        }
        Some(Statement::Block(inner)) => drop_break(inner),
        _ => {}
    }
}
