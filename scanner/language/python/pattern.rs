//! Assignment targets and the patterns of `match`.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Lowering, span};
use crate::program::{Block, Case, Expr, ExprId, Pattern, PatternId, Statement, Symbol, Unary};

/// Where the names of a target are declared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// As an assignment does.
    Assigned,
    /// In the innermost scope: comprehensions and parameters.
    Innermost,
}

impl<'t> Lowering<'t, '_> {
    pub(super) fn assign(&mut self, name: Symbol) -> PatternId {
        if let Some(names) = &mut self.class_names {
            names.push(name);
        }
        self.b.assign(name)
    }

    pub(super) fn bind_name(&mut self, name: Symbol, value: ExprId, out: &mut Block) {
        let pattern = self.assign(name);
        out.push(Statement::Bind { pattern, value: Some(value), declares: true });
    }

    pub(super) fn target(&mut self, node: Node<'t>, scope: Scope) -> PatternId {
        match self.nested(node, |l| l.target_inner(node, scope)) {
            Some(pattern) => pattern,
            None => self.b.pattern(Pattern::Ignore),
        }
    }

    fn target_inner(&mut self, node: Node<'t>, scope: Scope) -> PatternId {
        match self.kind(node) {
            Kind::Identifier => {
                let name = self.symbol(node);
                match scope {
                    Scope::Assigned => self.assign(name),
                    Scope::Innermost => self.b.binding(name),
                }
            }
            Kind::Attribute | Kind::Subscript => {
                let place = self.expr(node);
                self.b.pattern(Pattern::Place(place))
            }
            Kind::TuplePattern | Kind::ListPattern | Kind::PatternList | Kind::Tuple | Kind::List | Kind::ExpressionList => {
                let mut items = Vec::new();
                let mut rest = None;
                for i in self.open(node) {
                    let kid = self.kids[i];
                    if matches!(kid.kind, Kind::ListSplatPattern | Kind::ListSplat) && rest.is_none() {
                        rest = Some(self.target(kid.node, scope));
                    } else {
                        items.push(self.target(kid.node, scope));
                    }
                }
                self.b.pattern(Pattern::List { items, rest })
            }
            Kind::Parenthesized | Kind::ListSplatPattern | Kind::ListSplat | Kind::AsPatternTarget | Kind::DictSplatPattern => {
                let kids = self.open(node);
                match self.kids[kids].iter().find(|kid| !matches!(kid.kind, Kind::Star | Kind::DoubleStar)).copied() {
                    Some(kid) => self.target(kid.node, scope),
                    None => self.b.pattern(Pattern::Ignore),
                }
            }
            _ => self.b.pattern(Pattern::Ignore),
        }
    }

    pub(super) fn match_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.open(node);
        let subjects: Vec<_> = self.kids[kids.clone()].iter().filter(|kid| kid.field == Field::Subject).map(|kid| kid.node).collect();
        let subject = match subjects.as_slice() {
            [one] => self.expr(*one),
            many => self.list(many, node),
        };
        let mut cases = Vec::new();
        if let Some(body) = self.field(&kids, Field::Body) {
            for i in self.open(body.node) {
                let kid = self.kids[i];
                if kid.kind == Kind::Case {
                    cases.extend(self.nested(kid.node, |l| l.case(kid.node)));
                }
            }
        }
        out.push(Statement::Switch { subject, cases });
    }

    fn case(&mut self, node: Node<'t>) -> Case {
        let kids = self.open(node);
        let mut case = Case { tests: Vec::new(), binds: Vec::new(), guard: None, body: Vec::new(), falls_through: false };
        let patterns: Vec<_> = self.kids[kids.clone()].iter().filter(|kid| kid.kind == Kind::CasePattern).map(|kid| kid.node).collect();
        if let [one] = patterns.as_slice() {
            self.case_pattern(*one, &mut case, true);
        } else {
            for pattern in patterns {
                self.case_pattern(pattern, &mut case, false);
            }
            case.tests.clear();
            let some = self.unknown(node);
            case.tests.push(some);
        }
        if let Some(guard) = self.field(&kids, Field::Guard) {
            let test = self.open(guard.node).next().map(|at| self.kids[at].node);
            case.guard = test.map(|test| self.expr(test));
        }
        if let Some(body) = self.field(&kids, Field::Consequence) {
            self.block(body.node, &mut case.body);
        }
        case
    }

    /// Adds the values and names of a pattern. `whole`: it stands for the whole subject, not for a part of it.
    fn case_pattern(&mut self, node: Node<'t>, case: &mut Case, whole: bool) {
        self.nested(node, |l| l.case_pattern_inner(node, case, whole));
    }

    fn case_pattern_inner(&mut self, node: Node<'t>, case: &mut Case, whole: bool) {
        let kind = self.kind(node);
        let kids = self.open(node);
        match kind {
            Kind::CasePattern => {
                let first = self.kids[kids.clone()].first().copied();
                match first {
                    Some(kid) if kid.kind == Kind::Minus => {
                        if let (true, Some(number)) = (whole, self.kids.get(kids.start + 1).copied()) {
                            let operand = self.expr(number.node);
                            let test = self.b.expr(Expr::Unary { op: Unary::Minus, operand }, span(node));
                            case.tests.push(test);
                        }
                    }
                    Some(kid) => self.case_pattern(kid.node, case, whole),
                    None => {} // `_`
                }
            }
            Kind::AsPattern => {
                for i in kids {
                    let kid = self.kids[i];
                    if kid.kind == Kind::Identifier {
                        let name = self.symbol(kid.node);
                        let bind = self.assign(name);
                        case.binds.push(bind);
                    } else {
                        self.case_pattern(kid.node, case, whole);
                    }
                }
            }
            Kind::UnionPattern => {
                for i in kids {
                    let kid = self.kids[i];
                    self.case_pattern(kid.node, case, whole);
                }
            }
            Kind::DottedName => {
                if kids.len() == 1 {
                    let name = self.text(node);
                    if name != "_" {
                        let name = self.b.symbol(name);
                        let bind = self.assign(name);
                        case.binds.push(bind);
                    }
                } else if whole {
                    let test = self.dotted_expr(self.text(node), node);
                    case.tests.push(test);
                }
            }
            Kind::String | Kind::Concatenated | Kind::True | Kind::False | Kind::None | Kind::Integer | Kind::Float => {
                if whole {
                    let test = self.expr(node);
                    case.tests.push(test);
                }
            }
            Kind::SplatPattern => {
                for i in kids {
                    let kid = self.kids[i];
                    if kid.kind == Kind::Identifier && self.text(kid.node) != "_" {
                        let name = self.symbol(kid.node);
                        let bind = self.assign(name);
                        case.binds.push(bind);
                    }
                }
            }
            Kind::TuplePattern if kids.len() == 1 => {
                // One pattern in parentheses is that pattern; with a comma it is a tuple of one.
                let comma = self.text(node).trim_end_matches(')').trim_end().ends_with(',');
                let kid = self.kids[kids.start];
                self.case_pattern(kid.node, case, whole && !comma);
                if whole && comma {
                    let some = self.unknown(node);
                    case.tests.push(some);
                }
            }
            _ => {
                // A class, sequence or mapping: its names are parts of the subject; whether it fits is not known.
                if whole {
                    let some = self.unknown(node);
                    case.tests.push(some);
                }
                for i in kids.skip(usize::from(matches!(kind, Kind::ClassPattern | Kind::KeywordPattern))) {
                    let kid = self.kids[i];
                    if kid.field != Field::Key {
                        self.case_pattern(kid.node, case, false);
                    }
                }
            }
        }
    }
}
