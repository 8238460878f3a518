//! Calls.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use crate::program::{Argument, Call, Expr, ExprId, Spread};

impl<'t> Lowering<'t, '_> {
    /// A call of what was lowered before the parentheses.
    pub(super) fn call(&mut self, node: Node<'t>, kids: &[Child<'t>], callee: ExprId) -> ExprId {
        let mut arguments = Vec::new();
        if let Some(list) = kids.iter().find(|kid| kid.field == Field::Arguments) {
            for kid in self.children(list.node).into_iter().filter(|kid| kid.node.is_named()) {
                let spread = if kid.kind == Kind::VariadicArgument { Spread::Items } else { Spread::No };
                let value = match self.plain_place(kid) {
                    Some(name) => self.setter(name, span(kid.node)),
                    None => self.expr(kid.node),
                };
                arguments.push(Argument { name: None, value, spread });
            }
        }
        if let Some(types) = kids.iter().find(|kid| kid.field == Field::TypeArguments) {
            let types: Vec<_> = self.children(types.node).into_iter().filter(|kid| kid.node.is_named()).collect();
            for (position, of) in types.into_iter().enumerate() {
                let name = Some(self.type_argument(position));
                let value = self.type_expr(of.node);
                arguments.push(Argument { name, value, spread: Spread::No });
            }
        }
        self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: false, tagged: false })), span(node))
    }

    /// `&x` where `x` holds a number, a text or a list: whoever gets it writes to the variable.
    fn plain_place(&mut self, kid: Child<'t>) -> Option<crate::program::Symbol> {
        if kid.kind != Kind::Unary {
            return None;
        }
        let kids = self.children(kid.node);
        let [operator, operand] = kids.as_slice() else { return None };
        if operator.kind != Kind::Ampersand || operand.kind != Kind::Identifier {
            return None;
        }
        let name = self.symbol(operand.node);
        let plain = match self.local(name) {
            Some(local) => local.plain,
            None => self.plain_variables.contains(&name),
        };
        plain.then_some(name)
    }

    /// `make(T, …)` and `new(T)`.
    pub(super) fn builtin(&mut self, node: Node<'t>, kids: &[Child<'t>]) -> Option<ExprId> {
        let function = kids.iter().find(|kid| kid.field == Field::Function).filter(|kid| kid.kind == Kind::Identifier)?;
        let text = self.text(function.node);
        if !matches!(text, "make" | "new") {
            return None;
        }
        let list = kids.iter().find(|kid| kid.field == Field::Arguments)?;
        let of = self.children(list.node).into_iter().find(|kid| kid.node.is_named())?;
        let at = span(node);
        Some(match (text, of.kind) {
            ("make", Kind::MapType) => self.b.expr(Expr::Object(Box::default()), at),
            ("make", Kind::SliceType | Kind::ChannelType) => self.list(Vec::new(), node),
            _ => match self.zero(of.node, of.kind) {
                Some(zero) => zero,
                None => self.unknown(node),
            },
        })
    }
}
