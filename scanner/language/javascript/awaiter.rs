//! What compilers make of `async` for targets that lack it: `__awaiter(this, void 0, void 0, function* () { … })`, and shorter
//! helpers of bundlers (`__async(this, null, function* () { … })`). Whatever the helper is called, it is given the receiver,
//! nothing or `arguments`, and a generator that it runs to its end; it is read as the `async` function it was.

use tree_sitter::Node;

use super::grammar::Kind;
use super::lower::{Lowering, span};
use crate::program::{Argument, Call, Expr, ExprId, FunctionKind, Parameter, ParameterKind, Pattern, Spread, Symbol, Variable};

impl<'t> Lowering<'t, '_> {
    /// The call that the arguments of such a helper stand for.
    pub(super) fn awaited(&mut self, arguments: Node<'t>, link: Node<'t>) -> Option<ExprId> {
        let given = self.children(arguments);
        let (body, before) = given.split_last()?;
        let (receiver, between) = before.split_first()?;
        if self.kind(*body) != Kind::GeneratorFunction || self.field(*body, self.g.fields.name).is_some() || between.is_empty() || between.len() > 2 {
            return None;
        }
        if self.kind(*receiver) != Kind::This && !self.is_nothing(*receiver) {
            return None;
        }
        let hands_on = self.kind(between[0]) == Kind::Identifier && self.of(between[0]) == "arguments";
        let (first, rest) = between.split_first()?;
        // `[a_1, b_1]`: the parameters of a function that has defaults.
        let listed = self.kind(*first) == Kind::Array;
        if !(hands_on || listed || self.is_nothing(*first)) || !rest.iter().all(|node| self.is_nothing(*node)) {
            return None;
        }
        self.awaits = true;
        let function = self.function(*body, FunctionKind::Arrow, None);
        let callee = self.make(Expr::Function(function), *body);
        let arguments = match *first {
            first if hands_on => self.handed_on(first),
            first if listed => vec![Argument { name: None, value: self.expr(first), spread: Spread::Items }],
            _ => Vec::new(),
        };
        Some(self.make(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: false, tagged: false })), link))
    }

    /// `arguments`: the parameters of the function around, and whatever else it was given.
    fn handed_on(&mut self, node: Node<'t>) -> Vec<Argument> {
        let mut out = Vec::new();
        for name in self.around.clone() {
            let value = self.read(name, node);
            out.push(Argument { name: None, value, spread: Spread::No });
        }
        let name = self.ident(node);
        let value = self.read(name, node);
        out.push(Argument { name: None, value, spread: Spread::Items });
        self.hands_on = Some(name);
        out
    }

    /// What the function around was given beyond its parameters, when it hands that on.
    pub(super) fn the_rest(&mut self, name: Symbol, parameters: &mut Vec<Parameter>, node: Node<'t>) {
        if parameters.iter().any(|p| p.kind == ParameterKind::RestItems) {
            return;
        }
        let slot = self.b.declare_in_function(name);
        let pattern = self.b.pattern(Pattern::Variable(Variable { hops: 0, slot }));
        parameters.push(Parameter { name: None, pattern, default: None, annotation: None, kind: ParameterKind::RestItems, span: span(node) });
    }

    /// `null`, `undefined` or `void 0`.
    fn is_nothing(&mut self, node: Node<'t>) -> bool {
        match self.kind(node) {
            Kind::Null | Kind::Undefined => true,
            Kind::Unary => self.of(node).starts_with("void"),
            _ => false,
        }
    }
}
