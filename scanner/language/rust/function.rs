//! Functions and their parameters.

use tree_sitter::Node;

use super::attribute::Attributes;
use super::kind::{Field, Kind};
use super::lower::{Around, Lowering, field, of_kind};
use crate::program::builder::FunctionParts;
use crate::program::{Element, Expr, ExprId, FunctionId, FunctionKind, Parameter, ParameterKind};

impl Lowering<'_> {
    /// A function or method with a body.
    pub(super) fn function(&mut self, node: Node<'_>, kind: FunctionKind, attributes: &Attributes<'_>) -> FunctionId {
        let span = self.span(node);
        let kids = self.kids(node);
        let name = field(&kids, Field::Name);
        let generics = self.generics.len();
        self.type_parameters(node);
        let returns = field(&kids, Field::ReturnType).and_then(|returns| self.class_annotation(returns.node));
        self.b.open_function(kind);
        self.open_names();
        let around = std::mem::replace(&mut self.around, Around { returns, loops: Vec::new() });
        let hiding = std::mem::take(&mut self.hiding);
        let mut parameters = Vec::new();
        if let Some(list) = field(&kids, Field::Parameters) {
            for (kid, attributes) in self.attributed(list.node) {
                let at = self.span(kid.node);
                let parts = self.kids(kid.node);
                let (pattern, annotation) = match kid.kind {
                    Kind::SelfParameter => {
                        let name = self.b.symbol("self");
                        let pattern = self.declare(name);
                        parameters.push(Parameter {
                            name: Some(name),
                            pattern,
                            default: None,
                            annotation: None,
                            kind: ParameterKind::Positional,
                            span: at,
                        });
                        continue;
                    }
                    Kind::Parameter => (field(&parts, Field::Pattern), field(&parts, Field::Type)),
                    _ => continue,
                };
                let Some(pattern) = pattern else { continue };
                let name = match pattern.kind {
                    Kind::Identifier => Some(self.symbol(pattern.node)),
                    Kind::MutPattern => of_kind(&self.kids(pattern.node), Kind::Identifier).map(|inner| self.symbol(inner.node)),
                    _ => Some(self.b.symbol("")),
                };
                let optional = annotation.is_some_and(|annotation| self.is_optional(annotation.node));
                let annotation = annotation.and_then(|annotation| self.annotation(annotation.node));
                let annotation = self.described(annotation, &attributes);
                let annotation = self.aggregated(annotation, &attributes);
                let default = optional.then(|| self.b.expr(Expr::Undefined, at));
                let pattern = self.pattern(pattern.node);
                parameters.push(Parameter { name, pattern, default, annotation, kind: ParameterKind::Positional, span: at });
            }
        }
        let body = match field(&kids, Field::Body) {
            Some(body) => self.body(body.node),
            None => Vec::new(),
        };
        self.hiding = hiding;
        self.around = around;
        self.close_names();
        self.generics.truncate(generics);
        let is_async = of_kind(&kids, Kind::Other).is_some_and(|modifiers| self.text(modifiers.node).contains("async"));
        let parts = FunctionParts {
            name: name.map(|name| self.symbol(name.node)),
            span,
            name_span: name.map_or(span, |name| self.span(name.node)),
            parameters,
            body,
            is_async,
            doc: attributes.doc.as_deref().map(Into::into),
            returns,
            ..FunctionParts::default()
        };
        self.b.close_function(parts)
    }

    /// `#[tool(aggr)]`: the parameter takes all arguments in one.
    fn aggregated(&mut self, annotation: Option<ExprId>, attributes: &Attributes<'_>) -> Option<ExprId> {
        let (Some(index), Some(_)) = (annotation, self.setting(attributes, &["tool"], "aggr")) else { return annotation };
        let span = self.b.module().spans[index.index()];
        let object = self.path(&["tool".to_owned(), "aggr".to_owned()], span);
        Some(self.b.expr(Expr::Index { object, index }, span))
    }

    /// Adds what attributes and documentation say of a parameter or field to its type.
    pub(super) fn described(&mut self, annotation: Option<ExprId>, attributes: &Attributes<'_>) -> Option<ExprId> {
        let said = self.setting(attributes, &["schemars", "tool", "schema", "json_schema"], "description").or_else(|| attributes.doc.clone());
        let (Some(annotation), Some(text)) = (annotation, said) else { return annotation };
        let span = self.b.module().spans[annotation.index()];
        let text = self.constant(&text, span);
        let elements = [annotation, text].map(|value| Element { value, spread: false });
        let index = self.b.expr(Expr::List(elements.into()), span);
        let object = self.global("Annotated", span);
        Some(self.b.expr(Expr::Index { object, index }, span))
    }

    /// Type parameters name no types of the program.
    pub(super) fn type_parameters(&mut self, node: Node<'_>) {
        let Some(list) = field(&self.kids(node), Field::TypeParameters) else { return };
        for kid in self.kids(list.node) {
            let name = field(&self.kids(kid.node), Field::Name).unwrap_or(kid);
            let name = self.symbol(name.node);
            self.generics.push(name);
        }
    }
}
