//! Functions and their parameters.

use tree_sitter::Node;

use super::expression::Hint;
use super::grammar::Kind;
use super::lower::{Lowering, span};
use super::pattern::Names;
use crate::program::{
    Block, Expr, ExprId, FunctionId, FunctionKind, Parameter, ParameterKind, Pattern, Span, Statement, Symbol, builder::FunctionParts,
    builder::ScopeKind,
};

impl<'t> Lowering<'t, '_> {
    pub(super) fn function_expr(&mut self, node: Node<'t>, hint: Hint) -> ExprId {
        if self.kind(node) == Kind::ArrowFunction {
            let function = self.function(node, FunctionKind::Arrow, hint);
            return self.make(Expr::Function(function), node);
        }
        let Some(name) = self.field(node, self.g.fields.name) else {
            let function = self.function(node, FunctionKind::Plain, hint);
            return self.make(Expr::Function(function), node);
        };
        // Only the function itself sees its name.
        let (symbol, at) = (self.ident(name), span(name));
        self.within_own_name(symbol, node, |this| {
            let function = this.function(node, FunctionKind::Plain, Some((symbol, at)));
            this.make(Expr::Function(function), node)
        })
    }

    /// A function or class expression with a name: the name is bound to it in a scope that holds nothing else.
    pub(super) fn within_own_name(&mut self, name: Symbol, node: Node<'t>, lower: impl FnOnce(&mut Self) -> ExprId) -> ExprId {
        self.b.open_scope(ScopeKind::Block);
        let target = self.b.binding(name);
        let value = lower(self);
        let value = self.make(Expr::Assign { target, op: None, value }, node);
        self.b.close_scope();
        value
    }

    /// A function, arrow function or method; `hint` names it.
    pub(super) fn function(&mut self, node: Node<'t>, kind: FunctionKind, hint: Hint) -> FunctionId {
        let f = &self.g.fields;
        let doc = self.take_doc();
        let declared = self.declared.take();
        let namespace = self.namespace.take();
        let (mut is_async, mut is_generator) = self.function_marks(node);
        let awaits = std::mem::take(&mut self.awaits);
        if awaits {
            (is_async, is_generator) = (true, false);
        }
        let yield_awaits = std::mem::replace(&mut self.yield_awaits, awaits);
        self.b.open_function(kind);
        let mut body = Block::new();
        let mut parameters = match (self.field(node, f.parameters), self.field(node, f.parameter)) {
            (Some(list), _) => self.parameters(list, &mut body),
            (None, Some(single)) => vec![self.parameter(single, single, None, None)],
            (None, None) => Vec::new(),
        };
        let own = parameters.iter().map_while(|p| p.name.filter(|_| p.kind == ParameterKind::Positional));
        let around = (kind != FunctionKind::Arrow).then(|| (std::mem::replace(&mut self.around, own.collect()), self.hands_on.take()));
        match self.field(node, f.body) {
            Some(block) if self.kind(block) == Kind::StatementBlock => self.statements(block, &mut body),
            Some(value) => {
                let value = self.expr(value);
                body.push(Statement::Return(Some(value)));
            }
            None => {}
        }
        if let Some((outer, outer_hands_on)) = around {
            self.around = outer;
            if let Some(name) = std::mem::replace(&mut self.hands_on, outer_hands_on) {
                self.the_rest(name, &mut parameters, node);
            }
        }
        let whole = span(node);
        let (name, name_span) = match hint {
            Some((name, at)) => (Some(name), at),
            None => (None, Span { start: whole.start, end: whole.start }),
        };
        let parts = FunctionParts { name, span: whole, name_span, parameters, body, is_async, is_generator, doc, returns: None };
        let id = self.b.close_function(parts);
        self.declared = declared;
        self.namespace = namespace;
        self.yield_awaits = yield_awaits;
        id
    }

    /// `async` and `*`, which stand before the parameters.
    fn function_marks(&mut self, node: Node<'t>) -> (bool, bool) {
        let f = &self.g.fields;
        let (mut is_async, mut is_generator) = (false, false);
        let mut cursor = node.walk();
        let mut more = cursor.goto_first_child();
        while more {
            let child = cursor.node();
            let field = cursor.field_id().map_or(0, |id| id.get());
            if field != 0 && (field == f.parameters || field == f.parameter || field == f.body) {
                break;
            }
            if self.kind(child) == Kind::Token {
                match self.of(child) {
                    "async" => is_async = true,
                    "*" => is_generator = true,
                    _ => {}
                }
            }
            more = cursor.goto_next_sibling();
        }
        (is_async, is_generator)
    }

    /// The parameters; what they do besides binding (TypeScript's parameter properties) goes into `body`.
    fn parameters(&mut self, list: Node<'t>, body: &mut Block) -> Vec<Parameter> {
        let f = &self.g.fields;
        let mut out = Vec::new();
        for node in self.children(list) {
            match self.kind(node) {
                Kind::RequiredParameter | Kind::OptionalParameter => {
                    let Some(pattern) = self.field(node, f.pattern).or_else(|| self.field(node, f.name)) else { continue };
                    if self.kind(pattern) == Kind::This {
                        continue; // only the type of the receiver
                    }
                    let (value, annotation) = (self.field(node, f.value), self.field(node, f.type_));
                    let parameter = self.parameter(node, pattern, value, annotation);
                    if self.is_property(node)
                        && let Some(name) = parameter.name
                    {
                        self.assign_to_this(name, pattern, body);
                    }
                    out.push(parameter);
                }
                Kind::AssignmentPattern => {
                    let (Some(left), right) = (self.field(node, f.left), self.field(node, f.right)) else { continue };
                    out.push(self.parameter(node, left, right, None));
                }
                Kind::Error | Kind::Other | Kind::Decorator => {}
                _ => out.push(self.parameter(node, node, None, None)),
            }
        }
        out
    }

    fn parameter(&mut self, node: Node<'t>, pattern: Node<'t>, value: Option<Node<'t>>, annotation: Option<Node<'t>>) -> Parameter {
        let (target, kind) = match self.kind(pattern) {
            Kind::RestPattern => (self.inner(pattern), ParameterKind::RestItems),
            _ => (Some(pattern), ParameterKind::Positional),
        };
        let name = match target {
            Some(target) if self.kind(target) == Kind::Identifier => Some(self.ident(target)),
            _ => None,
        };
        let pattern = match target {
            Some(target) => self.pattern(target, Names::Scoped),
            None => self.b.pattern(Pattern::Ignore),
        };
        let default = value.map(|value| self.expr(value));
        let annotation = annotation.and_then(|a| self.annotation(a));
        Parameter { name, pattern, default, annotation, kind, span: span(node) }
    }

    /// `constructor(private x: Foo)`: the parameter is a field as well.
    fn is_property(&mut self, node: Node<'t>) -> bool {
        self.children_with_fields(node).into_iter().any(|(child, field)| match self.kind(child) {
            Kind::AccessibilityModifier => true,
            Kind::Token => field == 0 && self.of(child) == "readonly",
            _ => false,
        })
    }

    fn assign_to_this(&mut self, name: Symbol, at: Node<'t>, body: &mut Block) {
        let object = self.make(Expr::This, at);
        let place = self.make(Expr::Member { object, property: name }, at);
        let pattern = self.b.pattern(Pattern::Place(place));
        let value = self.read(name, at);
        body.push(Statement::Bind { pattern, value: Some(value), declares: false });
    }
}
