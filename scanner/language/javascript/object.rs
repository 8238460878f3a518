//! Object literals and property keys.

use tree_sitter::Node;

use super::expression::Hint;
use super::grammar::Kind;
use super::literal;
use super::lower::{Lowering, span};
use crate::program::{Call, Entry, Expr, ExprId, FunctionKind, Key};

/// The words before a method's or field's name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Modifiers {
    pub(super) is_static: bool,
    pub(super) getter: bool,
    pub(super) setter: bool,
}

impl<'t> Lowering<'t, '_> {
    pub(super) fn object(&mut self, node: Node<'t>) -> ExprId {
        let f = &self.g.fields;
        let mut entries = Vec::new();
        let mut doc = None;
        for (child, _) in self.children_with_fields(node) {
            match self.kind(child) {
                Kind::Comment => {
                    doc = Some(child);
                    continue;
                }
                Kind::Token => continue,
                Kind::Pair => {
                    let (Some(key_node), Some(value)) = (self.field(child, f.key), self.field(child, f.value)) else { continue };
                    let key = self.key(key_node);
                    let hint = self.hint(&key, key_node);
                    self.mark_bundled(key_node, value, child);
                    self.doc = doc.take();
                    let value = self.named_expr(value, hint);
                    entries.push(Entry::Field { key, value });
                }
                Kind::MethodDefinition => {
                    self.doc = doc.take();
                    entries.push(self.object_method(child));
                }
                Kind::Shorthand => {
                    let value = self.expr(child);
                    let key = Key::Name(self.ident(child));
                    entries.push(Entry::Field { key, value });
                }
                Kind::Spread => {
                    let value = self.expr(child);
                    entries.push(Entry::Spread(value));
                }
                // What the parser could not place may still hold calls.
                _ => {
                    let value = self.expr(child);
                    entries.push(Entry::Spread(value));
                }
            }
            doc = None;
        }
        self.make(Expr::Object(entries.into()), node)
    }

    fn object_method(&mut self, node: Node<'t>) -> Entry {
        let modifiers = self.modifiers(node);
        let name = self.field(node, self.g.fields.name);
        let key = match name {
            Some(name) => {
                self.mark_bundled(name, node, node);
                self.key(name)
            }
            None => Key::Computed(self.make(Expr::Unknown, node)),
        };
        let hint = name.and_then(|n| self.hint(&key, n));
        let function = self.function(node, FunctionKind::Method { receiver_parameter: false }, hint);
        let function = self.make(Expr::Function(function), node);
        if modifiers.getter {
            // Reading the property runs the function; here it runs at once, which sees no less.
            let call = Call { callee: function, arguments: Box::default(), construct: false, tagged: false };
            let value = self.make(Expr::Call(Box::new(call)), node);
            return Entry::Field { key, value };
        }
        if modifiers.setter {
            let undefined = self.make(Expr::Undefined, node);
            return Entry::Spread(self.sequence(vec![function, undefined], node));
        }
        Entry::Field { key, value: function }
    }

    pub(super) fn modifiers(&mut self, node: Node<'t>) -> Modifiers {
        let mut modifiers = Modifiers::default();
        for (child, field) in self.children_with_fields(node) {
            if field == self.g.fields.name || field == self.g.fields.property {
                break;
            }
            if self.kind(child) == Kind::Token {
                match self.of(child) {
                    "get" => modifiers.getter = true,
                    "set" => modifiers.setter = true,
                    text if text.starts_with("static") => modifiers.is_static = true,
                    _ => {}
                }
            }
        }
        modifiers
    }

    pub(super) fn key(&mut self, node: Node<'t>) -> Key {
        match self.kind(node) {
            Kind::String => {
                let text = self.string(node);
                Key::Name(self.b.symbol(&text))
            }
            Kind::Number => {
                let text = literal::number(self.of(node)).to_string();
                Key::Name(self.b.symbol(&text))
            }
            Kind::ComputedPropertyName => {
                let inner = self.inner(node);
                let value = self.optional_expr(inner, node);
                match &self.b.module().exprs[value.index()] {
                    Expr::Str(text) => {
                        let text = text.clone();
                        Key::Name(self.b.symbol(&text))
                    }
                    _ => Key::Computed(value),
                }
            }
            _ => Key::Name(self.ident(node)),
        }
    }

    pub(super) fn hint(&self, key: &Key, at: Node<'t>) -> Hint {
        match key {
            Key::Name(name) => Some((*name, span(at))),
            Key::Computed(_) => None,
        }
    }

    /// Bundlers keep modules as functions in an object whose keys are their paths.
    fn mark_bundled(&mut self, key: Node<'t>, value: Node<'t>, whole: Node<'t>) {
        if self.kind(key) != Kind::String || matches!(self.kind(value), Kind::String | Kind::Number) {
            return;
        }
        let is_function = matches!(self.kind(value), Kind::FunctionExpression | Kind::ArrowFunction | Kind::MethodDefinition | Kind::Parenthesized);
        let text = self.string(key);
        if is_function
            && (text.starts_with("./") || text.contains("node_modules/"))
            && let Some(path) = literal::source_path(&text)
        {
            let region = (span(whole), path.to_owned());
            self.b.module().regions.push(region);
        }
    }
}
