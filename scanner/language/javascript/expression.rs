//! Expressions.

use tree_sitter::Node;

use super::chain::{Operator, operator};
use super::grammar::Kind;
use super::literal;
use super::lower::{Lowering, span};
use super::pattern::Names;
use crate::program::{Argument, Binary, Call, Element, Expr, ExprId, Part, Span, Spread, Symbol, Unary};

/// The name that a function or class takes from where its value goes.
pub(super) type Hint = Option<(Symbol, Span)>;

impl<'t> Lowering<'t, '_> {
    pub(super) fn optional_expr(&mut self, node: Option<Node<'t>>, at: Node<'t>) -> ExprId {
        match node {
            Some(node) => self.expr(node),
            None => self.make(Expr::Unknown, at),
        }
    }

    pub(super) fn expr(&mut self, node: Node<'t>) -> ExprId {
        self.named_expr(node, None)
    }

    /// An expression whose value, when it is a function or class without a name, is known as `hint`.
    pub(super) fn named_expr(&mut self, node: Node<'t>, hint: Hint) -> ExprId {
        let Some(node) = self.unwrapped(node) else { return self.make(Expr::Unknown, node) };
        if !self.enter(node) {
            return self.make(Expr::Unknown, node);
        }
        let id = self.expr_inside(node, hint);
        self.leave();
        id
    }

    /// The expression inside parentheses, casts and the like, which have no meaning of their own.
    pub(super) fn unwrapped(&mut self, mut node: Node<'t>) -> Option<Node<'t>> {
        loop {
            node = match self.kind(node) {
                Kind::Parenthesized | Kind::AsExpression | Kind::Satisfies | Kind::Instantiation => self.inner(node)?,
                Kind::TypeAssertion => self.children(node).pop()?,
                _ => return Some(node),
            };
        }
    }

    fn expr_inside(&mut self, node: Node<'t>, hint: Hint) -> ExprId {
        let f = &self.g.fields;
        match self.kind(node) {
            Kind::Identifier | Kind::Shorthand | Kind::TypeIdentifier => {
                let name = self.ident(node);
                self.read(name, node)
            }
            Kind::Member | Kind::Call | Kind::Subscript | Kind::NonNull => self.chain(node),
            Kind::String => {
                let text = self.string(node);
                self.str(&text, node)
            }
            Kind::Number => {
                let value = literal::number(self.of(node));
                self.make(Expr::Number(value), node)
            }
            Kind::True => self.make(Expr::Bool(true), node),
            Kind::False => self.make(Expr::Bool(false), node),
            Kind::Null => self.make(Expr::Null, node),
            Kind::Undefined => self.make(Expr::Undefined, node),
            Kind::This => self.make(Expr::This, node),
            Kind::Super => self.make(Expr::Super, node),
            Kind::TemplateString => self.template(node),
            Kind::Regex => {
                let pattern = self.field(node, f.pattern).map_or("", |p| self.of(p));
                let flags = self.field(node, f.flags).map_or("", |p| self.of(p));
                self.make(Expr::Regex(pattern.into(), flags.into()), node)
            }
            Kind::Object => self.object(node),
            Kind::Array => self.array(node),
            Kind::ArrowFunction | Kind::FunctionExpression | Kind::GeneratorFunction => self.function_expr(node, hint),
            Kind::Class => self.class_expr(node, hint),
            Kind::Binary => self.binary(node),
            Kind::Ternary => self.ternary(node),
            Kind::Assignment => self.assignment_expr(node),
            Kind::AugmentedAssignment => self.augmented(node),
            Kind::Unary => self.unary(node),
            Kind::Update => self.update(node),
            Kind::Await => {
                let inner = self.inner(node);
                let inner = self.optional_expr(inner, node);
                self.make(Expr::Await(inner), node)
            }
            Kind::Yield => {
                let inner = self.inner(node).map(|n| self.expr(n));
                match inner {
                    Some(inner) if self.yield_awaits => self.make(Expr::Await(inner), node),
                    _ => self.make(Expr::Yield(inner), node),
                }
            }
            Kind::Sequence => self.all(node),
            Kind::New => self.new_expr(node),
            Kind::MetaProperty if self.of(node).starts_with("import") => self.import_meta(node),
            Kind::JsxElement | Kind::JsxSelfClosing => self.jsx(node),
            Kind::Spread => {
                let inner = self.inner(node);
                self.optional_expr(inner, node)
            }
            Kind::Error => {
                let parts = self.all(node);
                let unknown = self.make(Expr::Unknown, node);
                self.sequence(vec![parts, unknown], node)
            }
            _ => self.make(Expr::Unknown, node),
        }
    }

    /// Every child, in order, as a sequence.
    fn all(&mut self, node: Node<'t>) -> ExprId {
        let mut parts = Vec::new();
        for child in self.children(node) {
            parts.push(self.expr(child));
        }
        self.sequence(parts, node)
    }

    fn array(&mut self, node: Node<'t>) -> ExprId {
        let mut elements = Vec::new();
        // A comma that follows a comma leaves out an item.
        let mut filled = false;
        for (child, _) in self.children_with_fields(node) {
            match self.kind(child) {
                Kind::Comment => {}
                Kind::Token if self.of(child) == "," => {
                    if !filled {
                        let value = self.make(Expr::Undefined, child);
                        elements.push(Element { value, spread: false });
                    }
                    filled = false;
                }
                Kind::Token => {}
                kind => {
                    elements.push(Element { value: self.expr(child), spread: kind == Kind::Spread });
                    filled = true;
                }
            }
        }
        self.make(Expr::List(elements.into()), node)
    }

    fn template(&mut self, node: Node<'t>) -> ExprId {
        let parts = self.template_parts(node);
        match parts.as_slice() {
            [] => self.str("", node),
            [Part::Text(text)] => {
                let text = text.clone();
                self.make(Expr::Str(text), node)
            }
            _ => self.make(Expr::Template(parts.into()), node),
        }
    }

    fn template_parts(&mut self, node: Node<'t>) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut from = node.start_byte() + 1;
        let end = if self.of(node).len() > 1 && self.of(node).ends_with('`') { node.end_byte() - 1 } else { node.end_byte() };
        for child in self.children(node) {
            if self.kind(child) == Kind::TemplateSubstitution {
                self.template_text(from, child.start_byte(), &mut parts);
                let value = self.inner(child);
                parts.push(Part::Value(self.optional_expr(value, child)));
                from = child.end_byte();
            }
        }
        self.template_text(from, end, &mut parts);
        parts
    }

    fn template_text(&mut self, from: usize, to: usize, parts: &mut Vec<Part>) {
        if let Some(raw) = self.text.get(from..to).filter(|t| !t.is_empty()) {
            parts.push(Part::Text(literal::cooked(raw).into()));
        }
    }

    /// The joined text of a template, then its holes.
    pub(super) fn tagged_arguments(&mut self, node: Node<'t>) -> Box<[Argument]> {
        let mut text = String::new();
        let mut holes = Vec::new();
        for part in self.template_parts(node) {
            match part {
                Part::Text(t) => text.push_str(&t),
                Part::Value(value) => holes.push(value),
            }
        }
        let text = self.str(&text, node);
        std::iter::once(text).chain(holes).map(|value| Argument { name: None, value, spread: Spread::No }).collect()
    }

    fn augmented(&mut self, node: Node<'t>) -> ExprId {
        let f = &self.g.fields;
        let (left, right) = (self.field(node, f.left), self.field(node, f.right));
        let target = self.optional_pattern(left, Names::Assigned);
        let value = self.optional_expr(right, node);
        let op = self.field(node, f.operator).map_or("", |op| self.of(op));
        let expr = match operator(op.strip_suffix('=').unwrap_or(op)) {
            Operator::Binary(op) => Expr::Assign { target, op: Some(op), value },
            Operator::Logical(op) => Expr::AssignLogical { target, op, value },
        };
        self.make(expr, node)
    }

    fn unary(&mut self, node: Node<'t>) -> ExprId {
        let f = &self.g.fields;
        let argument = self.field(node, f.argument);
        let operand = self.optional_expr(argument, node);
        let op = match self.field(node, f.operator).map_or("", |op| self.of(op)) {
            "!" => Unary::Not,
            "-" => Unary::Minus,
            "typeof" => Unary::TypeOf,
            "delete" => Unary::Delete,
            "void" => {
                let undefined = self.make(Expr::Undefined, node);
                if matches!(self.b.module().exprs[operand.index()], Expr::Number(_)) {
                    return undefined;
                }
                return self.sequence(vec![operand, undefined], node);
            }
            _ => Unary::Other,
        };
        self.make(Expr::Unary { op, operand }, node)
    }

    /// `i++` as `i += 1`: which of the two values it has does not matter to anyone here.
    fn update(&mut self, node: Node<'t>) -> ExprId {
        let f = &self.g.fields;
        let argument = self.field(node, f.argument);
        let target = self.optional_pattern(argument, Names::Assigned);
        let op = match self.field(node, f.operator).map_or("", |op| self.of(op)) {
            "--" => Binary::Subtract,
            _ => Binary::Add,
        };
        let value = self.make(Expr::Number(1.0), node);
        self.make(Expr::Assign { target, op: Some(op), value }, node)
    }

    fn new_expr(&mut self, node: Node<'t>) -> ExprId {
        let f = &self.g.fields;
        let (callee, arguments) = (self.field(node, f.constructor), self.field(node, f.arguments));
        let callee = self.optional_expr(callee, node);
        let arguments = arguments.map(|a| self.arguments(a)).unwrap_or_default();
        self.make(Expr::Call(Box::new(Call { callee, arguments, construct: true, tagged: false })), node)
    }

    /// The expressions inside an element; the element itself is a value that nothing here reads.
    fn jsx(&mut self, node: Node<'t>) -> ExprId {
        let mut parts = Vec::new();
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            match self.kind(node) {
                Kind::JsxElement | Kind::JsxSelfClosing | Kind::JsxOpening | Kind::JsxAttribute => {
                    let children = self.children(node);
                    stack.extend(children.into_iter().rev());
                }
                Kind::JsxExpression => {
                    if let Some(inner) = self.inner(node) {
                        parts.push(self.expr(inner));
                    }
                }
                _ => {}
            }
        }
        parts.push(self.make(Expr::Unknown, node));
        self.sequence(parts, node)
    }

    /// The name that an assignment target gives to a function: `f` of `f = …`, `x.f = …`.
    pub(super) fn name_of_target(&mut self, node: Node<'t>) -> Hint {
        let named = match self.kind(node) {
            Kind::Identifier => node,
            Kind::Member => self.field(node, self.g.fields.property)?,
            _ => return None,
        };
        Some((self.ident(named), span(named)))
    }
}
