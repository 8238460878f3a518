//! Patterns: what they bind, and when they match.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Kids, Lowering, field};
use crate::program::{Binary, Expr, ExprId, Key, Logical, Pattern, PatternId, Span, Unary};

impl Lowering<'_> {
    /// Declares the variables of a pattern and says where its parts go.
    pub(super) fn pattern(&mut self, node: Node<'_>) -> PatternId {
        let pattern = self.nested(node, |l| l.pattern_inner(node));
        pattern.unwrap_or_else(|| self.b.pattern(Pattern::Ignore))
    }

    fn pattern_inner(&mut self, node: Node<'_>) -> PatternId {
        let kids = self.kids(node);
        match self.kind(node) {
            Kind::Identifier | Kind::ShorthandIdentifier => {
                if self.is_constant(node) {
                    return self.b.pattern(Pattern::Ignore);
                }
                let name = self.symbol(node);
                self.declare(name)
            }
            Kind::SelfWord => {
                let name = self.b.symbol("self");
                self.declare(name)
            }
            Kind::MutPattern | Kind::RefPattern | Kind::ReferencePattern | Kind::MatchPattern => match pattern_child(&kids) {
                Some(inner) => self.pattern(inner),
                None => self.b.pattern(Pattern::Ignore),
            },
            Kind::TuplePattern | Kind::SlicePattern => {
                let (mut items, mut rest) = (Vec::new(), None);
                for kid in &kids {
                    match kid.kind {
                        Kind::RemainingFields => rest = Some(self.b.pattern(Pattern::Ignore)),
                        Kind::Captured if rest.is_none() && self.kids(kid.node).iter().any(|kid| kid.kind == Kind::RemainingFields) => {
                            let name = self.kids(kid.node).first().map(|name| name.node);
                            rest = name.map(|name| self.pattern(name));
                        }
                        // Items after the rest are counted from the end.
                        _ if rest.is_some() => {
                            self.pattern(kid.node);
                        }
                        _ => items.push(self.pattern(kid.node)),
                    }
                }
                self.b.pattern(Pattern::List { items, rest })
            }
            Kind::TupleStructPattern => {
                let Some(path) = field(&kids, Field::Type) else { return self.b.pattern(Pattern::Ignore) };
                let parts: Kids<'_> = kids.iter().filter(|kid| kid.field != Field::Type).copied().collect();
                let segments = self.segments(path.node);
                match (self.wrapper(&segments), parts.as_slice()) {
                    (Wrapper::Transparent, [only]) => self.pattern(only.node),
                    (Wrapper::Opaque, parts) => {
                        // Declared, and bound to what nothing is known of.
                        let fields = parts.iter().map(|part| (self.number_key(usize::MAX), self.pattern(part.node))).collect();
                        self.b.pattern(Pattern::Object { fields, rest: None })
                    }
                    _ => {
                        let mut fields = Vec::new();
                        for (at, part) in parts.iter().enumerate() {
                            if part.kind == Kind::RemainingFields {
                                break;
                            }
                            fields.push((self.number_key(at), self.pattern(part.node)));
                        }
                        self.b.pattern(Pattern::Object { fields, rest: None })
                    }
                }
            }
            Kind::StructPattern => {
                let mut fields = Vec::new();
                for kid in kids.iter().filter(|kid| kid.kind == Kind::FieldPattern) {
                    let parts = self.kids(kid.node);
                    let Some(name) = field(&parts, Field::Name) else { continue };
                    let key = Key::Name(self.symbol(name.node));
                    let pattern = match field(&parts, Field::Pattern) {
                        Some(inner) => self.pattern(inner.node),
                        None => {
                            let name = self.symbol(name.node);
                            self.declare(name)
                        }
                    };
                    fields.push((key, pattern));
                }
                self.b.pattern(Pattern::Object { fields, rest: None })
            }
            Kind::Captured => {
                // `name @ pattern`: the name has all of it, and what the pattern binds are parts of the same.
                let (Some(name), inner) = (kids.first(), kids.get(1)) else { return self.b.pattern(Pattern::Ignore) };
                if let Some(inner) = inner {
                    self.pattern(inner.node);
                }
                self.pattern(name.node)
            }
            Kind::OrPattern => {
                // Every alternative binds the same names.
                let mut alternatives = kids.iter().filter(|kid| kid.node.is_named());
                let mut first = None;
                for kid in alternatives.by_ref() {
                    let pattern = self.pattern(kid.node);
                    first.get_or_insert(pattern);
                }
                first.unwrap_or_else(|| self.b.pattern(Pattern::Ignore))
            }
            _ => self.b.pattern(Pattern::Ignore),
        }
    }

    fn number_key(&mut self, at: usize) -> Key {
        let expr = if at == usize::MAX { Expr::Unknown } else { Expr::Number(at as f64) };
        Key::Computed(self.b.expr(expr, Span::default()))
    }

    /// A name in a pattern that names something instead of binding: a constant or a variant.
    fn is_constant(&self, node: Node<'_>) -> bool {
        self.text(node).starts_with(|c: char| c.is_uppercase())
    }

    /// When a pattern matches what is in a variable; `None` when it always does.
    pub(super) fn test(&mut self, node: Node<'_>, subject: ExprId) -> Option<ExprId> {
        let span = self.span(node);
        match self.nested(node, |l| l.test_inner(node, subject)) {
            Some(test) => test,
            None => Some(self.b.expr(Expr::Unknown, span)),
        }
    }

    fn test_inner(&mut self, node: Node<'_>, subject: ExprId) -> Option<ExprId> {
        let span = self.span(node);
        let kids = self.kids(node);
        match self.kind(node) {
            Kind::Identifier if self.is_constant(node) => {
                let path = self.segments(node);
                self.path_test(&path, subject, span)
            }
            Kind::ScopedIdentifier => {
                let path = self.segments(node);
                self.path_test(&path, subject, span)
            }
            Kind::String | Kind::RawString | Kind::Integer | Kind::Float | Kind::Boolean | Kind::NegativeLiteral | Kind::Char => {
                let right = self.expr(node);
                Some(self.b.expr(Expr::Binary { op: Binary::Equal, left: subject, right }, span))
            }
            Kind::MutPattern | Kind::RefPattern | Kind::ReferencePattern => self.test(pattern_child(&kids)?, subject),
            Kind::Captured => self.test(kids.get(1)?.node, subject),
            Kind::OrPattern => {
                let mut all: Option<ExprId> = None;
                for kid in kids.iter().filter(|kid| kid.node.is_named()) {
                    let one = self.test(kid.node, subject)?;
                    all = Some(match all {
                        Some(left) => self.b.expr(Expr::Logical { op: Logical::Or, left, right: one }, span),
                        None => one,
                    });
                }
                all
            }
            Kind::TuplePattern => {
                let mut all = None;
                for (at, kid) in kids.iter().enumerate() {
                    if kid.kind == Kind::RemainingFields {
                        break;
                    }
                    let index = self.b.expr(Expr::Number(at as f64), span);
                    let part = self.b.expr(Expr::Index { object: subject, index }, span);
                    let test = self.test(kid.node, part);
                    all = self.both(all, test, span);
                }
                all
            }
            Kind::TupleStructPattern => {
                let path = field(&kids, Field::Type)?;
                let segments = self.segments(path.node);
                let parts: Kids<'_> = kids.iter().filter(|kid| kid.field != Field::Type).copied().collect();
                let test = self.path_test(&segments, subject, span);
                let wrapper = self.wrapper(&segments);
                let inner = match (wrapper, parts.as_slice()) {
                    (Wrapper::Transparent, [only]) => self.test(only.node, subject),
                    (Wrapper::Opaque, _) => None,
                    (_, parts) => {
                        let mut all = None;
                        for (at, part) in parts.iter().enumerate() {
                            if part.kind == Kind::RemainingFields {
                                break;
                            }
                            let index = self.b.expr(Expr::Number(at as f64), span);
                            let value = self.b.expr(Expr::Index { object: subject, index }, span);
                            let test = self.test(part.node, value);
                            all = self.both(all, test, span);
                        }
                        all
                    }
                };
                self.both(test, inner, span)
            }
            Kind::StructPattern => {
                let path = field(&kids, Field::Type)?;
                let segments = self.segments(path.node);
                let mut all = self.path_test(&segments, subject, span);
                for kid in kids.iter().filter(|kid| kid.kind == Kind::FieldPattern) {
                    let parts = self.kids(kid.node);
                    let (Some(name), Some(inner)) = (field(&parts, Field::Name), field(&parts, Field::Pattern)) else { continue };
                    let property = self.symbol(name.node);
                    let value = self.b.expr(Expr::Member { object: subject, property }, span);
                    let test = self.test(inner.node, value);
                    all = self.both(all, test, span);
                }
                all
            }
            Kind::SlicePattern | Kind::RangePattern | Kind::MacroInvocation | Kind::ConstBlock => Some(self.b.expr(Expr::Unknown, span)),
            _ => None,
        }
    }

    fn both(&mut self, a: Option<ExprId>, b: Option<ExprId>, span: Span) -> Option<ExprId> {
        match (a, b) {
            (Some(left), Some(right)) => Some(self.b.expr(Expr::Logical { op: Logical::And, left, right }, span)),
            (a, b) => a.or(b),
        }
    }

    /// Whether a value is what a path names: a variant, a class, a constant.
    fn path_test(&mut self, segments: &[String], subject: ExprId, span: Span) -> Option<ExprId> {
        let last = segments.last()?.as_str();
        let unknown = self.b.expr(Expr::Unknown, span);
        match last {
            // Being there is certain to fail for what is certainly not there, and never certain to hold: that something is
            // known of a value does not mean that it always is.
            "Some" | "None" => {
                let null = self.b.expr(Expr::Null, span);
                let is_null = self.b.expr(Expr::Binary { op: Binary::Equal, left: subject, right: null }, span);
                Some(if last == "None" {
                    self.b.expr(Expr::Logical { op: Logical::Or, left: is_null, right: unknown }, span)
                } else {
                    let there = self.b.expr(Expr::Unary { op: Unary::Not, operand: is_null }, span);
                    self.b.expr(Expr::Logical { op: Logical::And, left: there, right: unknown }, span)
                })
            }
            "Ok" | "Err" => Some(unknown),
            _ if self.is_foreign(segments) => Some(unknown),
            _ => {
                let right = self.path(segments, span);
                Some(self.b.expr(Expr::Binary { op: Binary::InstanceOf, left: subject, right }, span))
            }
        }
    }

    fn wrapper(&self, segments: &[String]) -> Wrapper {
        match segments.last().map(String::as_str) {
            Some("Some" | "Ok") => Wrapper::Transparent,
            Some("Err") => Wrapper::Opaque,
            _ if self.is_foreign(segments) => Wrapper::Transparent,
            _ => Wrapper::Fields,
        }
    }
}

/// What a tuple pattern with a name takes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapper {
    /// Holds a value that is meant itself: `Some(x)`, a library's `Json(x)`.
    Transparent,
    /// Holds something of which nothing is known: the error of `Err(e)`.
    Opaque,
    /// A class of the program with fields that are numbered.
    Fields,
}

/// The pattern inside `mut p`, `ref p`, `&p`, `p if guard`.
pub(super) fn pattern_child<'t>(kids: &Kids<'t>) -> Option<Node<'t>> {
    kids.iter().find(|kid| kid.node.is_named() && kid.kind != Kind::MutableSpecifier && kid.field != Field::Condition).map(|kid| kid.node)
}
