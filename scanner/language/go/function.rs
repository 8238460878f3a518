//! Functions, methods and parameters.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, INIT, Lowering, span};
use super::scope::Scope;
use crate::program::builder::FunctionParts;
use crate::program::{Block, Element, Expr, ExprId, FunctionId, FunctionKind, Parameter, ParameterKind, Pattern, Statement, Symbol};

impl<'t> Lowering<'t, '_> {
    pub(super) fn function_declaration(&mut self, node: Node<'t>, inits: &mut u32, body: &mut Block) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let text = self.text(name);
        let symbol = if text == "init" {
            *inits += 1;
            let init = format!("{INIT}{inits}");
            self.b.symbol(&init)
        } else {
            self.symbol(name)
        };
        let pattern = self.declare(symbol, false);
        let function = self.function(node, FunctionKind::Plain);
        let value = self.b.expr(Expr::Function(function), span(node));
        body.push(Statement::Bind { pattern, value: Some(value), declares: true });
    }

    /// The name of the type whose method this is.
    pub(super) fn receiver_name(&mut self, node: Node<'t>) -> Option<&'t str> {
        let mut at = node.child_by_field_name("receiver")?;
        let mut depth = 0;
        // `(s *Server[T])`: down to the name of the type.
        while depth < 8 {
            depth += 1;
            let kids = self.children(at);
            let next = match self.kind(at) {
                Kind::Parameters => kids.iter().find(|kid| kid.kind == Kind::Parameter),
                Kind::Parameter | Kind::GenericType => kids.iter().find(|kid| kid.field == Field::Type),
                Kind::PointerType | Kind::ParenthesizedType => kids.iter().find(|kid| kid.node.is_named()),
                Kind::TypeIdentifier => return Some(self.text(at)),
                _ => return None,
            };
            at = next?.node;
        }
        None
    }

    /// A method of a type that another file of the package declares.
    pub(super) fn far_method(&mut self, receiver: &'t str, node: Node<'t>, body: &mut Block) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let function = self.function(node, FunctionKind::Method { receiver_parameter: true });
        let value = self.b.expr(Expr::Function(function), span(node));
        if receiver.is_empty() {
            return body.push(Statement::Expr(value));
        }
        let (owner, property) = (self.b.symbol(receiver), self.symbol(name));
        let object = self.name(owner, span(node));
        let place = self.b.expr(Expr::Member { object, property }, span(node));
        let pattern = self.b.pattern(Pattern::Place(place));
        body.push(Statement::Bind { pattern, value: Some(value), declares: false });
    }

    /// A function declaration, method declaration or function literal.
    pub(super) fn function(&mut self, node: Node<'t>, kind: FunctionKind) -> FunctionId {
        let mark = self.kids.len();
        let kids = self.open(node);
        let name = self.field(&kids, Field::Name);
        let symbol = name.map(|name| self.symbol(name.node));
        let part = |l: &Self, field| l.field(&kids, field);
        let (receiver, types) = (part(self, Field::Receiver), part(self, Field::TypeParameters));
        let (written, result, body) = (part(self, Field::Parameters), part(self, Field::Result), part(self, Field::Body));
        self.b.open_function(kind);
        self.function_depth = self.function_depth.saturating_add(1);
        self.scopes.push(Scope::default());
        let mut parameters = Vec::new();
        if let Some(receiver) = receiver {
            self.parameters(receiver.node, &mut parameters);
            // A receiver without a name is one all the same.
            parameters.truncate(1);
        }
        self.type_parameters(types, &mut parameters);
        if let Some(written) = written {
            self.parameters(written.node, &mut parameters);
        }
        let mut block = Vec::new();
        let results = self.named_results(result, &mut block);
        self.results.push(results);
        if let Some(body) = body {
            self.statements(body.node, &mut block);
        }
        self.results.pop();
        self.scopes.pop();
        self.function_depth = self.function_depth.saturating_sub(1);
        self.kids.truncate(mark);
        let name_span = name.map_or(span(node), |name| span(name.node));
        self.b.close_function(FunctionParts { name: symbol, span: span(node), name_span, parameters, body: block, ..FunctionParts::default() })
    }

    /// Explicit type arguments come as keywords, by position.
    fn type_parameters(&mut self, list: Option<Child<'t>>, parameters: &mut Vec<Parameter>) {
        let Some(list) = list else { return };
        let mut position = 0;
        for declaration in self.children(list.node) {
            for kid in self.children(declaration.node) {
                if kid.field != Field::Name {
                    continue;
                }
                let name = self.symbol(kid.node);
                let pattern = self.declare(name, true);
                let keyword = self.type_argument(position);
                position += 1;
                let kind = ParameterKind::KeywordOnly;
                parameters.push(Parameter { name: Some(keyword), pattern, default: None, annotation: None, kind, span: span(kid.node) });
            }
        }
    }

    /// The keyword of the type argument at a position.
    pub(super) fn type_argument(&mut self, position: usize) -> Symbol {
        let text = format!("type{position}");
        self.b.symbol(&text)
    }

    fn parameters(&mut self, list: Node<'t>, parameters: &mut Vec<Parameter>) {
        for declaration in self.children(list) {
            if !matches!(declaration.kind, Kind::Parameter | Kind::Variadic) {
                continue;
            }
            let kids = self.children(declaration.node);
            let written = kids.iter().find(|kid| kid.field == Field::Type).copied();
            let rest = declaration.kind == Kind::Variadic;
            let kind = if rest { ParameterKind::RestItems } else { ParameterKind::Positional };
            let plain = rest || written.is_some_and(|written| self.is_plain(written.node, written.kind));
            let annotation = written.filter(|_| !rest).and_then(|written| self.annotation(written.node));
            let names: Vec<_> = kids.iter().filter(|kid| kid.field == Field::Name).map(|kid| kid.node).collect();
            for &node in &names {
                let name = self.symbol(node);
                let pattern = if self.text(node) == "_" { self.b.pattern(Pattern::Ignore) } else { self.declare(name, plain) };
                parameters.push(Parameter { name: Some(name), pattern, default: None, annotation, kind, span: span(node) });
            }
            if names.is_empty() {
                let pattern = self.b.pattern(Pattern::Ignore);
                parameters.push(Parameter { name: None, pattern, default: None, annotation, kind, span: span(declaration.node) });
            }
        }
    }

    /// Results with names are variables that begin with the zero of their type.
    fn named_results(&mut self, result: Option<Child<'t>>, block: &mut Block) -> Vec<Symbol> {
        let mut all = Vec::new();
        let Some(list) = result.filter(|result| result.kind == Kind::Parameters) else { return all };
        for declaration in self.children(list.node) {
            let kids = self.children(declaration.node);
            let written = kids.iter().find(|kid| kid.field == Field::Type).copied();
            for kid in kids.iter().filter(|kid| kid.field == Field::Name) {
                let name = self.symbol(kid.node);
                let plain = written.is_some_and(|written| self.is_plain(written.node, written.kind));
                let pattern = self.declare(name, plain);
                let value = written.and_then(|written| self.zero(written.node, written.kind));
                block.push(Statement::Bind { pattern, value, declares: true });
                all.push(name);
            }
        }
        all
    }

    pub(super) fn return_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let list = self.children(node).into_iter().find(|kid| kid.kind == Kind::ExpressionList);
        let values: Vec<ExprId> = match list {
            Some(list) => self.returned(list.node),
            None => {
                let names = self.results.last().cloned().unwrap_or_default();
                names.into_iter().map(|name| self.name(name, span(node))).collect()
            }
        };
        let value = match values.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => Some(self.b.expr(Expr::Results(values.into()), span(node))),
        };
        out.push(Statement::Return(value));
    }

    /// The values of `return`. Beside an error, `""`, `nil`, `0` and the like stand for no value at all.
    fn returned(&mut self, node: Node<'t>) -> Vec<ExprId> {
        let kids: Vec<Child<'t>> = self.children(node).into_iter().filter(|kid| kid.node.is_named()).collect();
        let fails = kids.len() > 1 && kids.last().is_some_and(|last| !matches!(last.kind, Kind::Nil | Kind::True));
        let last = kids.len().saturating_sub(1);
        let mut all = Vec::with_capacity(kids.len());
        for (i, kid) in kids.into_iter().enumerate() {
            let nothing = match kid.kind {
                Kind::Nil | Kind::False => true,
                Kind::String | Kind::RawString => self.string_text(kid.node, kid.kind).is_empty(),
                Kind::Integer => self.text(kid.node) == "0",
                _ => false,
            };
            all.push(if fails && nothing && i < last { self.b.expr(Expr::Undefined, span(kid.node)) } else { self.expr(kid.node) });
        }
        all
    }

    pub(super) fn list(&mut self, values: Vec<ExprId>, node: Node<'t>) -> ExprId {
        let elements = values.into_iter().map(|value| Element { value, spread: false }).collect();
        self.b.expr(Expr::List(elements), span(node))
    }
}
