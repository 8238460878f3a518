//! Blocks, branches and loops.

use tree_sitter::Node;

use super::attribute::Attributes;
use super::kind::{Field, Kind};
use super::lower::{Child, Goal, Lowering, field, of_kind};
use crate::program::{Case, Expr, ExprId, Logical, Pattern, Statement, Unary};

/// Arms of a `match` that stand in the `else` of one another; beyond that they stand side by side.
const NESTED_ARMS: usize = 150;
/// Variables of one block that hide others of the same name.
const MOST_HIDING: u32 = 200;

struct Arm<'t> {
    pattern: Node<'t>,
    guard: Option<Node<'t>>,
    value: Node<'t>,
    /// The name to which everything is bound, or nothing: the pattern always matches.
    rest: bool,
    literal: bool,
}

impl Lowering<'_> {
    /// Lowers an expression for what is to become of its value.
    pub(super) fn into(&mut self, node: Node<'_>, goal: Goal) {
        let done = self.nested(node, |l| l.inner_into(node, goal));
        if done.is_none() {
            let value = self.unknown(node);
            self.deliver(goal, value, node);
        }
    }

    fn inner_into(&mut self, node: Node<'_>, goal: Goal) {
        match self.kind(node) {
            Kind::Block => self.block(node, goal),
            Kind::UnsafeBlock | Kind::ConstBlock | Kind::TryBlock => match of_kind(&self.kids(node), Kind::Block) {
                Some(block) => self.block(block.node, goal),
                None => {
                    let value = self.parts(node);
                    self.deliver(goal, value, node);
                }
            },
            Kind::If => self.if_expression(node, goal),
            Kind::Match => self.match_expression(node, goal),
            Kind::Loop => self.loop_expression(node, goal),
            Kind::While => self.while_expression(node),
            Kind::For => self.for_expression(node),
            Kind::Parenthesized => match self.kids(node).first() {
                Some(inner) => self.into(inner.node, goal),
                None => {
                    let value = self.unknown(node);
                    self.deliver(goal, value, node);
                }
            },
            Kind::Call if goal == Goal::Return && self.is_error(node) => {
                let arguments = self.kids(node).iter().find(|kid| kid.field == Field::Arguments).map(|list| self.kids(list.node));
                let value = arguments.and_then(|arguments| arguments.first().copied()).map(|argument| self.expr(argument.node));
                self.emit(Statement::Throw(value));
            }
            Kind::Return | Kind::Break | Kind::Continue => {
                self.expr(node);
            }
            _ => {
                let value = self.expr(node);
                self.deliver(goal, value, node);
            }
        }
    }

    /// `Err(…)`
    fn is_error(&self, call: Node<'_>) -> bool {
        let function = field(&self.kids(call), Field::Function);
        function.is_some_and(|function| function.kind == Kind::Identifier && self.text(function.node) == "Err")
    }

    /// An expression that puts out statements, as a value.
    pub(super) fn kept(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let slot = self.temporary();
        self.into(node, Goal::Keep(slot));
        self.slot(slot, span)
    }

    pub(super) fn block(&mut self, node: Node<'_>, goal: Goal) {
        self.scoped(|l| {
            let hiding = std::mem::take(&mut l.hiding);
            l.statements(node, goal);
            for _ in 0..std::mem::replace(&mut l.hiding, hiding) {
                l.close_names();
                l.b.close_scope();
            }
        });
    }

    /// The statements of a block, and its value.
    fn statements(&mut self, node: Node<'_>, goal: Goal) {
        self.local_items(node);
        let all = self.attributed(node);
        let last = all.iter().rposition(|(child, _)| !matches!(child.kind, Kind::Label));
        let mut delivered = false;
        for (at, (child, attributes)) in all.iter().enumerate() {
            if self.is_for_tests(attributes) {
                continue;
            }
            match child.kind {
                Kind::Let => self.let_declaration(child.node),
                Kind::Label => {}
                Kind::ExpressionStatement => {
                    let value = self.kids(child.node).first().copied();
                    let Some(value) = value else { continue };
                    let is_value = Some(at) == last && !self.text(child.node).ends_with(';');
                    delivered |= is_value;
                    self.into(value.node, if is_value { goal } else { Goal::Drop });
                }
                kind if is_item(kind) => {}
                _ => {
                    delivered |= Some(at) == last;
                    self.into(child.node, if Some(at) == last { goal } else { Goal::Drop });
                }
            }
        }
        if !delivered && matches!(goal, Goal::Keep(_)) {
            let span = self.span(node);
            let nothing = self.b.expr(Expr::Undefined, span);
            if !matches!(all.last().map(|(child, _)| child.kind), Some(Kind::ExpressionStatement)) || self.falls_out(node) {
                self.deliver(goal, nothing, node);
            }
        }
    }

    /// Whether control can come to the end of a block, as far as its last statement tells.
    fn falls_out(&self, block: Node<'_>) -> bool {
        let kids = self.kids(block);
        let Some(last) = kids.last() else { return true };
        let inner = self.kids(last.node).first().map(|kid| kid.kind);
        !matches!(inner, Some(Kind::Return | Kind::Break | Kind::Continue | Kind::Loop | Kind::MacroInvocation))
    }

    fn let_declaration(&mut self, node: Node<'_>) {
        let kids = self.kids(node);
        let Some(pattern) = field(&kids, Field::Pattern) else { return };
        let value = field(&kids, Field::Value).map(|value| self.expr(value.node));
        let annotation = match value {
            Some(_) => field(&kids, Field::Type).and_then(|annotation| self.class_annotation(annotation.node)),
            None => None,
        };
        let value = match (value, annotation) {
            (Some(value), Some(annotation)) => {
                let span = self.span(node);
                Some(self.b.expr(Expr::Typed { value, annotation }, span))
            }
            (value, _) => value,
        };
        let value = match (value, field(&kids, Field::Alternative)) {
            (Some(value), Some(alternative)) => {
                let span = self.span(pattern.node);
                let slot = self.keep(value);
                let subject = self.slot(slot, span);
                if let Some(test) = self.test(pattern.node, subject) {
                    let otherwise = self.block_of(|l| l.into(alternative.node, Goal::Drop));
                    self.emit(Statement::If { test, then: Vec::new(), otherwise });
                }
                Some(self.slot(slot, span))
            }
            (value, _) => value,
        };
        if self.hides(pattern.node) && self.hiding < MOST_HIDING {
            // What was read under the name before is another variable.
            self.hiding += 1;
            self.b.open_scope(crate::program::builder::ScopeKind::Block);
            self.open_names();
        }
        let pattern = self.pattern(pattern.node);
        self.emit(Statement::Bind { pattern, value, declares: true });
    }

    /// Whether a pattern binds a name that was read before.
    fn hides(&mut self, pattern: Node<'_>) -> bool {
        let mut open = vec![pattern];
        let mut looked = 0;
        while let Some(node) = open.pop() {
            looked += 1;
            if matches!(self.kind(node), Kind::Identifier | Kind::ShorthandIdentifier | Kind::FieldIdentifier) {
                let name = self.symbol(node);
                if self.mentioned.contains(&name) {
                    return true;
                }
            }
            if looked > 100 {
                return true;
            }
            open.extend(self.kids(node).iter().map(|kid| kid.node));
        }
        false
    }

    /// The condition of `if` or `while`; what it binds can be seen in the open scope. `None` when it always holds.
    fn condition(&mut self, node: Node<'_>, kind: Kind) -> Option<ExprId> {
        let span = self.span(node);
        match kind {
            Kind::LetChain => {
                let mut all: Option<ExprId> = None;
                for kid in self.kids(node).iter().filter(|kid| kid.node.is_named()) {
                    if let Some(one) = self.condition(kid.node, kid.kind) {
                        all = Some(match all {
                            Some(left) => self.b.expr(Expr::Logical { op: Logical::And, left, right: one }, span),
                            None => one,
                        });
                    }
                }
                all
            }
            Kind::LetCondition => {
                let kids = self.kids(node);
                let (Some(pattern), Some(value)) = (field(&kids, Field::Pattern), field(&kids, Field::Value)) else { return None };
                let value = self.expr(value.node);
                let slot = self.keep(value);
                let subject = self.slot(slot, span);
                let test = self.test(pattern.node, subject);
                if self.hides(pattern.node) && self.hiding < MOST_HIDING {
                    self.hiding += 1;
                    self.b.open_scope(crate::program::builder::ScopeKind::Block);
                    self.open_names();
                }
                let pattern = self.pattern(pattern.node);
                let value = self.slot(slot, span);
                self.emit(Statement::Bind { pattern, value: Some(value), declares: true });
                test
            }
            _ => Some(self.expr(node)),
        }
    }

    /// Runs `inner` in a scope; the scopes of variables that hide others end with it.
    fn branch_scope<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.scoped(|l| {
            let hiding = std::mem::take(&mut l.hiding);
            let result = inner(l);
            for _ in 0..std::mem::replace(&mut l.hiding, hiding) {
                l.close_names();
                l.b.close_scope();
            }
            result
        })
    }

    fn if_expression(&mut self, node: Node<'_>, goal: Goal) {
        let kids = self.kids(node);
        let (Some(condition), Some(consequence)) = (field(&kids, Field::Condition), field(&kids, Field::Consequence)) else { return };
        let (test, then) = self.branch_scope(|l| {
            let test = l.condition(condition.node, condition.kind);
            (test, l.block_of(|l| l.into(consequence.node, goal)))
        });
        let otherwise = self.block_of(|l| {
            if let Some(alternative) = field(&kids, Field::Alternative)
                && let Some(inner) = l.kids(alternative.node).first().copied()
            {
                l.into(inner.node, goal);
            }
        });
        let test = match test {
            Some(test) => test,
            None => {
                let span = self.span(node);
                self.b.expr(Expr::Bool(true), span)
            }
        };
        self.emit(Statement::If { test, then, otherwise });
    }

    fn match_expression(&mut self, node: Node<'_>, goal: Goal) {
        let span = self.span(node);
        let kids = self.kids(node);
        let (Some(value), Some(body)) = (field(&kids, Field::Value), field(&kids, Field::Body)) else { return };
        let value = self.expr(value.node);
        let subject = self.keep(value);
        let arms: Vec<Arm<'_>> = self
            .attributed(body.node)
            .into_iter()
            .filter(|(child, attributes): &(Child<'_>, Attributes<'_>)| child.kind == Kind::MatchArm && !self.is_for_tests(attributes))
            .filter_map(|(child, _)| self.arm(child.node))
            .collect();
        let simple = arms.len() > 1 && arms.iter().any(|arm| arm.literal) && arms.iter().all(|arm| arm.literal || arm.rest);
        if simple {
            let cases = arms.iter().map(|arm| self.case(arm, subject, goal)).collect();
            let subject = self.slot(subject, span);
            self.emit(Statement::Switch { subject, cases });
        } else {
            self.arms(&arms, subject, goal, 0);
        }
    }

    fn arm<'t>(&self, node: Node<'t>) -> Option<Arm<'t>> {
        let kids = self.kids(node);
        let (pattern, value) = (field(&kids, Field::Pattern)?, field(&kids, Field::Value)?);
        let parts = self.kids(pattern.node);
        let guard = field(&parts, Field::Condition).map(|guard| guard.node);
        let inner = parts.iter().find(|kid| kid.field != Field::Condition)?;
        let rest = match inner.kind {
            Kind::Underscore => true,
            Kind::Identifier => !self.text(inner.node).starts_with(|c: char| c.is_uppercase()),
            _ => false,
        };
        Some(Arm { pattern: pattern.node, guard, value: value.node, rest, literal: self.is_literal(inner, 0) })
    }

    fn is_literal(&self, pattern: &Child<'_>, depth: u32) -> bool {
        let kids = || self.kids(pattern.node);
        match pattern.kind {
            Kind::String | Kind::RawString | Kind::Integer | Kind::NegativeLiteral | Kind::Boolean | Kind::Char | Kind::Float => true,
            Kind::OrPattern => depth < 100 && kids().iter().all(|kid| self.is_literal(kid, depth + 1)),
            Kind::TupleStructPattern => {
                let kids = kids();
                let wraps = field(&kids, Field::Type).is_some_and(|path| matches!(self.text(path.node), "Some" | "Ok"));
                wraps && kids.len() == 2 && self.is_literal(&kids[1], depth + 1)
            }
            _ => false,
        }
    }

    fn literals(&mut self, pattern: &Child<'_>, into: &mut Vec<ExprId>) {
        match pattern.kind {
            Kind::OrPattern | Kind::TupleStructPattern => {
                for kid in self.kids(pattern.node).iter().filter(|kid| kid.field != Field::Type) {
                    self.literals(kid, into);
                }
            }
            _ => into.push(self.expr(pattern.node)),
        }
    }

    fn case(&mut self, arm: &Arm<'_>, subject: u32, goal: Goal) -> Case {
        let span = self.span(arm.pattern);
        let mut tests = Vec::new();
        if arm.literal {
            if let Some(inner) = self.kids(arm.pattern).first().copied() {
                self.literals(&inner, &mut tests);
            }
        } else if arm.guard.is_some() {
            tests.push(self.b.expr(Expr::Unknown, span));
        }
        let body = self.block_of(|l| {
            l.branch_scope(|l| {
                l.bind_arm(arm, subject);
                if let Some(guard) = arm.guard {
                    let test = l.condition(guard, l.kind(guard));
                    if let Some(test) = test {
                        l.emit(Statement::Expr(test));
                    }
                }
                l.into(arm.value, goal);
            });
        });
        // A guard that fails leaves the case to the others: that it is there makes it undecided.
        let guard = arm.guard.map(|_| self.b.expr(Expr::Unknown, span));
        Case { tests, binds: Vec::new(), guard, body, falls_through: false }
    }

    fn bind_arm(&mut self, arm: &Arm<'_>, subject: u32) {
        let span = self.span(arm.pattern);
        let pattern = self.pattern(arm.pattern);
        if !matches!(self.b.module().patterns[pattern.index()], Pattern::Ignore) {
            let value = self.slot(subject, span);
            self.emit(Statement::Bind { pattern, value: Some(value), declares: true });
        }
    }

    /// When an arm's pattern matches, guard included; what it binds can be seen in the open scope.
    pub(super) fn arm_test(&mut self, pattern: Node<'_>, subject: u32) -> Option<ExprId> {
        let span = self.span(pattern);
        let parts = self.kids(pattern);
        let inner = parts.iter().find(|kid| kid.field != Field::Condition)?;
        let value = self.slot(subject, span);
        let test = self.test(inner.node, value);
        let Some(guard) = field(&parts, Field::Condition) else { return test };
        let bound = self.pattern(pattern);
        let value = self.slot(subject, span);
        self.emit(Statement::Bind { pattern: bound, value: Some(value), declares: true });
        let guard = self.condition(guard.node, guard.kind);
        match (test, guard) {
            (Some(left), Some(right)) => Some(self.b.expr(Expr::Logical { op: Logical::And, left, right }, span)),
            (a, b) => a.or(b),
        }
    }

    fn arms(&mut self, arms: &[Arm<'_>], subject: u32, goal: Goal, depth: usize) {
        let Some((arm, rest)) = arms.split_first() else { return };
        let last = rest.is_empty() && arm.guard.is_none();
        let (test, then) = self.branch_scope(|l| {
            let test = if last || (arm.rest && arm.guard.is_none()) { None } else { l.arm_test(arm.pattern, subject) };
            let then = l.block_of(|l| {
                if arm.guard.is_none() {
                    l.bind_arm(arm, subject);
                }
                l.into(arm.value, goal);
            });
            (test, then)
        });
        let Some(test) = test else {
            self.emit(Statement::Block(then));
            return;
        };
        if depth >= NESTED_ARMS {
            self.emit(Statement::If { test, then, otherwise: Vec::new() });
            for arm in rest.chunks(1) {
                let span = self.span(arm[0].pattern);
                let test = self.b.expr(Expr::Unknown, span);
                let then = self.block_of(|l| l.arms(arm, subject, goal, depth));
                self.emit(Statement::If { test, then, otherwise: Vec::new() });
            }
            return;
        }
        let otherwise = self.block_of(|l| l.arms(rest, subject, goal, depth + 1));
        self.emit(Statement::If { test, then, otherwise });
    }

    fn loop_expression(&mut self, node: Node<'_>, goal: Goal) {
        let kids = self.kids(node);
        let Some(body) = field(&kids, Field::Body) else { return };
        let result = if goal == Goal::Drop { None } else { Some(self.temporary()) };
        self.around.loops.push(result);
        let body = self.block_of(|l| l.into(body.node, Goal::Drop));
        self.around.loops.pop();
        self.emit(Statement::While { test: None, body });
        if let Some(slot) = result {
            let span = self.span(node);
            let value = self.slot(slot, span);
            self.deliver(goal, value, node);
        }
    }

    fn while_expression(&mut self, node: Node<'_>) {
        let kids = self.kids(node);
        let (Some(condition), Some(body)) = (field(&kids, Field::Condition), field(&kids, Field::Body)) else { return };
        let span = self.span(node);
        self.around.loops.push(None);
        let mut test = None;
        let whole = self.block_of(|l| {
            l.branch_scope(|l| {
                let before = l.emitted();
                let holds = l.condition(condition.node, condition.kind);
                if l.emitted() == before {
                    test = holds;
                } else if let Some(holds) = holds {
                    let fails = l.b.expr(Expr::Unary { op: Unary::Not, operand: holds }, span);
                    l.emit(Statement::If { test: fails, then: vec![Statement::Break], otherwise: Vec::new() });
                }
                l.into(body.node, Goal::Drop);
            });
        });
        self.around.loops.pop();
        // A condition that binds something is not known to hold for ever.
        let test = test.unwrap_or_else(|| self.b.expr(Expr::Unknown, span));
        self.emit(Statement::While { test: Some(test), body: whole });
    }

    fn for_expression(&mut self, node: Node<'_>) {
        let kids = self.kids(node);
        let (Some(pattern), Some(value), Some(body)) = (field(&kids, Field::Pattern), field(&kids, Field::Value), field(&kids, Field::Body)) else {
            return;
        };
        let iterable = self.expr(value.node);
        self.around.loops.push(None);
        self.branch_scope(|l| {
            let pattern = l.pattern(pattern.node);
            let body = l.block_of(|l| l.into(body.node, Goal::Drop));
            l.emit(Statement::ForEach { pattern, iterable, keys: false, body });
        });
        self.around.loops.pop();
    }
}

pub(super) fn is_item(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::FunctionItem
            | Kind::StructItem
            | Kind::EnumItem
            | Kind::UnionItem
            | Kind::TraitItem
            | Kind::ImplItem
            | Kind::ConstItem
            | Kind::StaticItem
            | Kind::ModItem
            | Kind::UseDeclaration
            | Kind::ExternCrate
            | Kind::TypeItem
            | Kind::MacroDefinition
            | Kind::FunctionSignature
    )
}
