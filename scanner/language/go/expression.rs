//! Expressions.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use crate::program::{Binary, Expr, ExprId, FunctionKind, Logical, Unary};

impl<'t> Lowering<'t, '_> {
    pub(super) fn expr(&mut self, node: Node<'t>) -> ExprId {
        match self.nested(node, |l| l.expr_inner(node)) {
            Some(id) => id,
            None => self.unknown(node),
        }
    }

    pub(super) fn optional(&mut self, kid: Option<Child<'t>>, around: Node<'t>) -> ExprId {
        match kid {
            Some(kid) => self.expr(kid.node),
            None => self.unknown(around),
        }
    }

    /// The values of a list of expressions.
    pub(super) fn expressions(&mut self, node: Node<'t>) -> Vec<ExprId> {
        let nodes: Vec<_> = self.children(node).into_iter().filter(|kid| kid.node.is_named()).map(|kid| kid.node).collect();
        nodes.into_iter().map(|node| self.expr(node)).collect()
    }

    fn expr_inner(&mut self, node: Node<'t>) -> ExprId {
        let (mut node, mut kind) = (node, self.kind(node));
        while kind == Kind::Parenthesized {
            let Some(inner) = self.children(node).into_iter().find(|kid| kid.node.is_named()) else { return self.unknown(node) };
            (node, kind) = (inner.node, inner.kind);
        }
        let at = span(node);
        match kind {
            Kind::Identifier => {
                let name = self.symbol(node);
                self.name(name, at)
            }
            Kind::String | Kind::RawString => {
                let text = self.string_text(node, kind);
                self.b.expr(Expr::Str(text.into()), at)
            }
            Kind::Selector | Kind::Call | Kind::Index | Kind::Slice => self.postfix(node, kind),
            Kind::Integer | Kind::Float | Kind::Rune => self.number(node, kind),
            Kind::True => self.b.expr(Expr::Bool(true), at),
            Kind::False => self.b.expr(Expr::Bool(false), at),
            Kind::Nil => self.b.expr(Expr::Null, at),
            Kind::Iota => match self.iota {
                Some(value) => self.b.expr(Expr::Number(value), at),
                None => self.unknown(node),
            },
            Kind::Binary => self.binary(node),
            Kind::Unary => self.unary(node),
            Kind::Composite => self.composite(node),
            Kind::FunctionLiteral => {
                let function = self.function(node, FunctionKind::Plain);
                self.b.expr(Expr::Function(function), at)
            }
            Kind::TypeAssertion => {
                let kids = self.children(node);
                let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
                let value = self.optional(part(Field::Operand), node);
                self.narrowed(value, part(Field::Type).map(|written| written.node), node)
            }
            Kind::TypeConversion => {
                let kids = self.children(node);
                self.optional(kids.into_iter().find(|kid| kid.field == Field::Operand), node)
            }
            Kind::TypeInstantiation => match self.children(node).into_iter().find(|kid| kid.field == Field::Type) {
                Some(of) => self.type_expr(of.node),
                None => self.unknown(node),
            },
            Kind::VariadicArgument => {
                let inner = self.children(node).into_iter().find(|kid| kid.node.is_named());
                self.optional(inner, node)
            }
            Kind::LiteralElement => {
                let inner = self.children(node).into_iter().find(|kid| kid.node.is_named());
                self.optional(inner, node)
            }
            Kind::LiteralValue => self.elided(node, None),
            Kind::TypeIdentifier
            | Kind::QualifiedType
            | Kind::GenericType
            | Kind::PointerType
            | Kind::SliceType
            | Kind::ArrayType
            | Kind::MapType
            | Kind::StructType => self.type_expr(node),
            _ => {
                // Whatever stands inside a mistake may still be code.
                let parts = if kind == Kind::Error { self.expressions(node) } else { Vec::new() };
                if parts.is_empty() { self.unknown(node) } else { self.b.expr(Expr::Sequence(parts.into()), at) }
            }
        }
    }

    /// `value.(T)`: the value, and when nothing is known of it, something of that type.
    pub(super) fn narrowed(&mut self, value: ExprId, written: Option<Node<'t>>, node: Node<'t>) -> ExprId {
        match written.and_then(|written| self.annotation(written)) {
            Some(of) => self.primitive("type", "assert", &[value, of], span(node)),
            None => value,
        }
    }

    /// Chains of members, calls and indexes: walked in a loop, so that their length is no depth.
    fn postfix(&mut self, node: Node<'t>, kind: Kind) -> ExprId {
        let mut chain: Vec<(Node<'t>, Kind, Vec<Child<'t>>)> = Vec::new();
        let (mut at, mut at_kind) = (node, kind);
        let mut value = loop {
            let kids = match at_kind {
                Kind::Selector | Kind::Index | Kind::Slice | Kind::Call => self.children(at),
                _ => break if chain.is_empty() { self.unknown(at) } else { self.expr(at) },
            };
            let inner = match at_kind {
                Kind::Call => kids.iter().find(|kid| kid.field == Field::Function),
                _ => kids.iter().find(|kid| kid.field == Field::Operand),
            };
            let inner = inner.copied();
            if at_kind == Kind::Call
                && let Some(value) = self.builtin(at, &kids)
            {
                break value;
            }
            chain.push((at, at_kind, kids));
            match inner {
                Some(inner) if at_kind == Kind::Selector && inner.kind == Kind::Identifier => break self.qualifier(inner.node),
                Some(inner) => (at, at_kind) = (inner.node, inner.kind),
                None => break self.unknown(at),
            }
        };
        for (node, kind, kids) in chain.into_iter().rev() {
            value = self.link(node, kind, &kids, value);
        }
        value
    }

    /// One member of a chain, applied to what stands before it.
    fn link(&mut self, node: Node<'t>, kind: Kind, kids: &[Child<'t>], object: ExprId) -> ExprId {
        let part = |field| kids.iter().find(|kid| kid.field == field).copied();
        let at = span(node);
        match kind {
            Kind::Selector => {
                let Some(field) = part(Field::Member) else { return object };
                let property = self.symbol(field.node);
                self.b.expr(Expr::Member { object, property }, at)
            }
            Kind::Index => {
                let index = self.optional(part(Field::Index), node);
                self.b.expr(Expr::Index { object, index }, at)
            }
            Kind::Slice => self.b.expr(Expr::Slice { object }, at),
            _ => self.call(node, kids, object),
        }
    }

    fn binary(&mut self, node: Node<'t>) -> ExprId {
        // `a + b + c + …` leans to the left: walked in a loop.
        let mut chain: Vec<(Node<'t>, Kind, Option<Child<'t>>)> = Vec::new();
        let (mut at, mut first) = (node, None);
        loop {
            let kids = self.children(at);
            let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
            let operator = part(Field::Operator).map_or(Kind::Other, |operator| operator.kind);
            chain.push((at, operator, part(Field::Right)));
            match part(Field::Left) {
                Some(left) if left.kind == Kind::Binary => at = left.node,
                left => {
                    first = left.or(first);
                    break;
                }
            }
        }
        let mut left = self.optional(first, node);
        for (node, operator, right) in chain.into_iter().rev() {
            let right = self.optional(right, node);
            let expr = match operator {
                Kind::And => Expr::Logical { op: Logical::And, left, right },
                Kind::Or => Expr::Logical { op: Logical::Or, left, right },
                other => Expr::Binary { op: operation(other), left, right },
            };
            left = self.b.expr(expr, span(node));
        }
        left
    }

    fn unary(&mut self, node: Node<'t>) -> ExprId {
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        let operand = self.optional(part(Field::Operand), node);
        let op = match part(Field::Operator).map(|operator| operator.kind) {
            // A pointer is what it points at.
            Some(Kind::Ampersand | Kind::Star | Kind::Plus) => return operand,
            Some(Kind::Arrow) => return self.primitive("chan", "receive", &[operand], span(node)),
            Some(Kind::Not) => Unary::Not,
            Some(Kind::Minus) => Unary::Minus,
            _ => Unary::Other,
        };
        self.b.expr(Expr::Unary { op, operand }, span(node))
    }
}

pub(super) fn operation(kind: Kind) -> Binary {
    match kind {
        Kind::Plus | Kind::PlusAssign => Binary::Add,
        Kind::Minus | Kind::MinusAssign => Binary::Subtract,
        Kind::Star | Kind::StarAssign => Binary::Multiply,
        Kind::Slash | Kind::SlashAssign => Binary::Divide,
        Kind::Pipe | Kind::PipeAssign => Binary::BitOr,
        Kind::Xor => Binary::BitXor,
        Kind::Equal => Binary::Equal,
        Kind::NotEqual => Binary::NotEqual,
        Kind::Less => Binary::Less,
        Kind::LessEqual => Binary::LessEqual,
        Kind::Greater => Binary::Greater,
        Kind::GreaterEqual => Binary::GreaterEqual,
        _ => Binary::Other,
    }
}
