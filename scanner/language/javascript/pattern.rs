//! Where values go: declarations, parameters, assignment targets.

use tree_sitter::Node;

use super::grammar::Kind;
use super::lower::Lowering;
use crate::program::{Expr, Key, Pattern, PatternId, Symbol, Variable};

/// What a name in a pattern does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// `var`: declared in the function.
    Hoisted,
    /// `let`, `const`, parameters: declared in the block.
    Scoped,
    /// An assignment to what is declared elsewhere.
    Assigned,
}

impl<'t> Lowering<'t, '_> {
    pub(super) fn pattern(&mut self, node: Node<'t>, names: Names) -> PatternId {
        if !self.enter(node) {
            return self.b.pattern(Pattern::Ignore);
        }
        let id = self.pattern_inside(node, names);
        self.leave();
        id
    }

    /// The pattern that binds `name`.
    pub(super) fn bind(&mut self, name: Symbol, names: Names) -> PatternId {
        match names {
            Names::Assigned => self.b.target(name),
            Names::Scoped => {
                self.declares(name);
                self.b.binding(name)
            }
            Names::Hoisted => {
                self.declares(name);
                let slot = self.b.declare_in_function(name);
                self.b.pattern(Pattern::Variable(Variable { hops: 0, slot }))
            }
        }
    }

    fn pattern_inside(&mut self, node: Node<'t>, names: Names) -> PatternId {
        let f = &self.g.fields;
        match self.kind(node) {
            Kind::Identifier | Kind::ShorthandPattern | Kind::Shorthand | Kind::TypeIdentifier => {
                let name = self.ident(node);
                self.bind(name, names)
            }
            Kind::Member | Kind::Subscript => {
                let place = self.expr(node);
                // The depth limit can turn the place into something that cannot be assigned to.
                let assignable = matches!(self.b.module().exprs[place.index()], Expr::Member { .. } | Expr::Index { .. });
                self.b.pattern(if assignable { Pattern::Place(place) } else { Pattern::Ignore })
            }
            Kind::ObjectPattern => self.object_pattern(node, names),
            Kind::ArrayPattern => self.array_pattern(node, names),
            Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => {
                let (left, right) = (self.field(node, f.left), self.field(node, f.right));
                let pattern = self.optional_pattern(left, names);
                match right {
                    Some(right) => {
                        let default = self.expr(right);
                        self.b.pattern(Pattern::Default { pattern, default })
                    }
                    None => pattern,
                }
            }
            Kind::Parenthesized | Kind::NonNull | Kind::AsExpression | Kind::Satisfies | Kind::RestPattern => {
                let inner = self.inner(node);
                self.optional_pattern(inner, names)
            }
            _ => self.b.pattern(Pattern::Ignore),
        }
    }

    pub(super) fn optional_pattern(&mut self, node: Option<Node<'t>>, names: Names) -> PatternId {
        match node {
            Some(node) => self.pattern(node, names),
            None => self.b.pattern(Pattern::Ignore),
        }
    }

    fn object_pattern(&mut self, node: Node<'t>, names: Names) -> PatternId {
        let f = &self.g.fields;
        let (mut fields, mut rest) = (Vec::new(), None);
        for child in self.children(node) {
            match self.kind(child) {
                Kind::PairPattern => {
                    let key = match self.field(child, f.key) {
                        Some(key) => self.key(key),
                        None => continue,
                    };
                    let value = self.field(child, f.value);
                    let value = self.optional_pattern(value, names);
                    fields.push((key, value));
                }
                Kind::RestPattern => rest = Some(self.pattern(child, names)),
                Kind::ShorthandPattern | Kind::Shorthand | Kind::Identifier => {
                    let key = Key::Name(self.ident(child));
                    let value = self.pattern(child, names);
                    fields.push((key, value));
                }
                Kind::ObjectAssignmentPattern | Kind::AssignmentPattern => {
                    let Some(left) = self.field(child, f.left) else { continue };
                    let key = Key::Name(self.ident(left));
                    let value = self.pattern(child, names);
                    fields.push((key, value));
                }
                _ => {}
            }
        }
        self.b.pattern(Pattern::Object { fields, rest })
    }

    fn array_pattern(&mut self, node: Node<'t>, names: Names) -> PatternId {
        let (mut items, mut rest) = (Vec::new(), None);
        // A comma that follows a comma leaves out an item.
        let mut filled = false;
        for (child, _) in self.children_with_fields(node) {
            match self.kind(child) {
                Kind::Comment => {}
                Kind::Token if self.of(child) == "," => {
                    if !filled {
                        items.push(self.b.pattern(Pattern::Ignore));
                    }
                    filled = false;
                }
                Kind::Token => {}
                Kind::RestPattern => rest = Some(self.pattern(child, names)),
                _ => {
                    items.push(self.pattern(child, names));
                    filled = true;
                }
            }
        }
        self.b.pattern(Pattern::List { items, rest })
    }
}
