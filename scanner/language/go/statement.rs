//! Statements and declarations of values.

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Node;

use super::expression::operation;
use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use super::types::basic;
use crate::program::{Block, Case, Expr, ExprId, Pattern, PatternId, Statement, Symbol};

/// Longer chains of `else if` and of conditions in a `switch` are no statements inside one another.
pub(super) const BRANCHES: usize = 100;
/// How deep the search for names in an initial value goes.
const NEED_DEPTH: u32 = 64;
/// Nodes of one initial value in which names are looked for.
const NEED_NODES: u32 = 20_000;

impl<'t> Lowering<'t, '_> {
    /// The statements of a block.
    pub(super) fn statements(&mut self, node: Node<'t>, out: &mut Block) {
        for kid in self.children(node) {
            match kid.kind {
                Kind::Statements => {
                    for kid in self.children(kid.node) {
                        self.nested_statement(kid, out);
                    }
                }
                _ => self.nested_statement(kid, out),
            }
        }
    }

    fn nested_statement(&mut self, kid: Child<'t>, out: &mut Block) {
        self.nested(kid.node, |l| l.statement(kid, out));
    }

    pub(super) fn block(&mut self, node: Node<'t>) -> Block {
        let mut block = Vec::new();
        self.scoped(|l| l.statements(node, &mut block));
        block
    }

    pub(super) fn statement(&mut self, kid: Child<'t>, out: &mut Block) {
        let node = kid.node;
        match kid.kind {
            Kind::ExpressionStatement => {
                let Some(inner) = self.children(node).into_iter().find(|kid| kid.node.is_named()) else { return };
                if self.panics(inner, out) {
                    return;
                }
                let value = self.expr(inner.node);
                out.push(Statement::Expr(value));
            }
            Kind::ShortVar => self.short_variable(node, out),
            Kind::Assignment => self.assignment(node, out),
            Kind::Var | Kind::VarList => {
                for kid in self.children(node) {
                    match kid.kind {
                        Kind::VarList => self.statement(kid, out),
                        Kind::VarSpec => self.variable_spec(kid.node, out),
                        _ => {}
                    }
                }
            }
            Kind::VarSpec => self.variable_spec(node, out),
            Kind::Const => self.constants(node, out),
            Kind::TypeDeclaration => self.type_declaration(node, out),
            Kind::If => self.if_statement(node, out),
            Kind::For => self.for_statement(node, out),
            Kind::Switch => self.switch(node, out),
            Kind::TypeSwitch => self.type_switch(node, out),
            Kind::Select => self.select(node, out),
            Kind::Return => self.return_statement(node, out),
            // Run where they stand: when does not matter for what they do.
            Kind::Go | Kind::Defer => {
                if let Some(inner) = self.children(node).into_iter().find(|kid| kid.node.is_named()) {
                    let value = self.expr(inner.node);
                    out.push(Statement::Expr(value));
                }
            }
            Kind::Send => {
                let kids = self.children(node);
                let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
                let (channel, value) = (self.optional(part(Field::Channel), node), self.optional(part(Field::Value), node));
                let sent = self.primitive("chan", "send", &[channel, value], span(node));
                out.push(Statement::Expr(sent));
            }
            Kind::Increment | Kind::Decrement => {
                if let Some(inner) = self.children(node).into_iter().find(|kid| kid.node.is_named()) {
                    let target = self.target(inner);
                    let value = self.b.expr(Expr::Number(1.0), span(node));
                    let op = Some(if kid.kind == Kind::Increment { crate::program::Binary::Add } else { crate::program::Binary::Subtract });
                    let changed = self.b.expr(Expr::Assign { target, op, value }, span(node));
                    out.push(Statement::Expr(changed));
                }
            }
            Kind::Block => {
                let block = self.block(node);
                out.push(Statement::Block(block));
            }
            Kind::Labeled => {
                for inner in self.children(node).into_iter().filter(|kid| kid.kind != Kind::LabelName) {
                    self.nested_statement(inner, out);
                }
            }
            Kind::Break => out.push(Statement::Break),
            Kind::Continue => out.push(Statement::Continue),
            Kind::FunctionDeclaration | Kind::MethodDeclaration | Kind::Import | Kind::Package => {}
            Kind::Empty | Kind::Goto | Kind::Fallthrough | Kind::Comment => {}
            Kind::Error => {
                for inner in self.children(node).into_iter().filter(|kid| kid.node.is_named()) {
                    self.nested_statement(inner, out);
                }
            }
            _ if kid.node.is_named() => {
                let value = self.expr(node);
                out.push(Statement::Expr(value));
            }
            _ => {}
        }
    }

    /// `panic(…)` leaves.
    fn panics(&mut self, inner: Child<'t>, out: &mut Block) -> bool {
        if inner.kind != Kind::Call {
            return false;
        }
        let kids = self.children(inner.node);
        let function = kids.iter().find(|kid| kid.field == Field::Function);
        let is_panic = function.is_some_and(|kid| kid.kind == Kind::Identifier && self.text(kid.node) == "panic");
        if !is_panic {
            return false;
        }
        let arguments = kids.iter().find(|kid| kid.field == Field::Arguments).map(|list| self.expressions(list.node)).unwrap_or_default();
        out.push(Statement::Throw(arguments.first().copied()));
        true
    }

    fn if_statement(&mut self, node: Node<'t>, out: &mut Block) {
        // `else if` chains are walked in a loop: their length is no depth.
        let mut links: Vec<(Block, ExprId, Block)> = Vec::new();
        let mut otherwise = Vec::new();
        let mut at = node;
        let mark = self.scopes.len();
        loop {
            let kids = self.children(at);
            let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
            let mut before = Vec::new();
            if let Some(initializer) = part(Field::Initializer) {
                // Looking a name up walks the blocks: a chain without an end shares the last one.
                if self.scopes.len() < mark + BRANCHES {
                    self.scopes.push(Default::default());
                }
                self.nested_statement(initializer, &mut before);
            }
            let test = self.optional(part(Field::Condition), at);
            let then = part(Field::Consequence).map(|block| self.block(block.node)).unwrap_or_default();
            links.push((before, test, then));
            match part(Field::Alternative) {
                Some(next) if next.kind == Kind::If => at = next.node,
                Some(block) => {
                    otherwise = self.block(block.node);
                    break;
                }
                None => break,
            }
        }
        self.scopes.truncate(mark);
        if links.len() > BRANCHES {
            let subject = self.b.expr(Expr::Bool(true), span(node));
            let mut cases = Vec::with_capacity(links.len() + 1);
            for (mut before, test, body) in links {
                out.append(&mut before);
                cases.push(Case { tests: vec![test], binds: Vec::new(), guard: None, body, falls_through: false });
            }
            cases.push(Case { tests: Vec::new(), binds: Vec::new(), guard: None, body: otherwise, falls_through: false });
            return out.push(Statement::Switch { subject, cases });
        }
        for (mut before, test, then) in links.into_iter().rev() {
            let branch = Statement::If { test, then, otherwise };
            before.push(branch);
            otherwise = before;
        }
        match otherwise.len() {
            1 => out.append(&mut otherwise),
            _ => out.push(Statement::Block(otherwise)),
        }
    }

    fn for_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.children(node);
        let body = kids.iter().find(|kid| kid.field == Field::Body).copied();
        let head = kids.iter().find(|kid| kid.field != Field::Body && kid.node.is_named()).copied();
        self.scopes.push(Default::default());
        match head {
            Some(range) if range.kind == Kind::RangeClause => self.range(range.node, body, out),
            Some(clause) if clause.kind == Kind::ForClause => {
                let parts = self.children(clause.node);
                let part = |field| parts.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
                if let Some(initializer) = part(Field::Initializer) {
                    self.nested_statement(initializer, out);
                }
                // A variable that the loop counts with holds more than the number it begins with.
                if let Some(update) = part(Field::Update) {
                    self.forget_counters(update, out);
                }
                let test = part(Field::Condition).map(|condition| self.expr(condition.node));
                let mut block = body.map(|body| self.block(body.node)).unwrap_or_default();
                if let Some(update) = part(Field::Update) {
                    self.nested_statement(update, &mut block);
                }
                out.push(Statement::While { test, body: block });
            }
            head => {
                let test = head.map(|condition| self.expr(condition.node));
                let block = body.map(|body| self.block(body.node)).unwrap_or_default();
                out.push(Statement::While { test, body: block });
            }
        }
        self.scopes.pop();
    }

    fn forget_counters(&mut self, update: Child<'t>, out: &mut Block) {
        let kids = self.children(update.node);
        let targets: Vec<Child<'t>> = match update.kind {
            Kind::Increment | Kind::Decrement => kids.into_iter().filter(|kid| kid.node.is_named()).collect(),
            Kind::Assignment => match kids.iter().find(|kid| kid.field == Field::Left) {
                Some(left) => self.children(left.node),
                None => Vec::new(),
            },
            _ => Vec::new(),
        };
        for target in targets.into_iter().filter(|kid| kid.kind == Kind::Identifier) {
            let pattern = self.target(target);
            let value = self.unknown(target.node);
            out.push(Statement::Bind { pattern, value: Some(value), declares: false });
        }
    }

    fn range(&mut self, clause: Node<'t>, body: Option<Child<'t>>, out: &mut Block) {
        let kids = self.children(clause);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        let over = self.optional(part(Field::Right), clause);
        let defines = kids.iter().any(|kid| kid.kind == Kind::Define);
        let left = part(Field::Left).map(|left| self.children(left.node)).unwrap_or_default();
        let left: Vec<Child<'t>> = left.into_iter().filter(|kid| kid.node.is_named()).collect();
        let blank = |l: &Self, kid: &Child<'t>| l.text(kid.node) == "_";
        let bound = |l: &mut Self, kid: Child<'t>| match kid.kind {
            Kind::Identifier if defines => {
                let name = l.symbol(kid.node);
                if l.text(kid.node) == "_" { l.b.pattern(Pattern::Ignore) } else { l.declare(name, false) }
            }
            _ => l.target(kid),
        };
        let at = span(clause);
        let (word, pattern) = match left.as_slice() {
            [key, value] if blank(self, key) => ("values", bound(self, *value)),
            [key, value] => {
                let items = vec![bound(self, *key), bound(self, *value)];
                ("entries", self.b.pattern(Pattern::List { items, rest: None }))
            }
            [key] => ("keys", bound(self, *key)),
            _ => ("values", self.b.pattern(Pattern::Ignore)),
        };
        let iterable = self.primitive("range", word, &[over], at);
        let block = body.map(|body| self.block(body.node)).unwrap_or_default();
        out.push(Statement::ForEach { pattern, iterable, keys: false, body: block });
    }

    /// `a, b := …`
    fn short_variable(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        let (Some(left), Some(right)) = (part(Field::Left), part(Field::Right)) else { return };
        let names = self.named_children(left.node);
        let values = self.named_children(right.node);
        // Values are looked at before the names are declared: `x := f(x)` means the outer `x`.
        let plain: Vec<bool> = values.iter().map(|value| self.is_plain_value(*value)).collect();
        let several = names.len() > 1 && values.len() == 1;
        let lowered =
            if several { vec![self.several(values[0], names.len())] } else { values.iter().map(|value| vec![self.expr(value.node)]).collect() };
        let mut patterns = Vec::with_capacity(names.len());
        for (i, name) in names.iter().enumerate() {
            let pattern = if name.kind != Kind::Identifier {
                self.target(*name)
            } else if self.text(name.node) == "_" {
                self.b.pattern(Pattern::Ignore)
            } else {
                let symbol = self.symbol(name.node);
                let known = self.declared_here(symbol).then(|| self.local(symbol)).flatten();
                let plain = known.map_or_else(|| plain.get(i).copied().unwrap_or(false), |known| known.plain);
                self.declare(symbol, plain)
            };
            patterns.push(pattern);
        }
        self.bind_all(patterns, lowered, several, true, out);
    }

    fn assignment(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        let (Some(left), Some(right)) = (part(Field::Left), part(Field::Right)) else { return };
        let targets = self.named_children(left.node);
        let values = self.named_children(right.node);
        let operator = part(Field::Operator).map_or(Kind::Assign, |operator| operator.kind);
        if operator != Kind::Assign {
            if let (Some(target), Some(value)) = (targets.first(), values.first()) {
                let value = self.expr(value.node);
                let target = self.target(*target);
                let changed = self.b.expr(Expr::Assign { target, op: Some(operation(operator)), value }, span(node));
                out.push(Statement::Expr(changed));
            }
            return;
        }
        if let ([target], [value]) = (targets.as_slice(), values.as_slice())
            && let Some(pointer) = self.pointer(*target)
        {
            // `*p = v`: `p` is the place of a variable.
            let value = self.expr(value.node);
            let pointer = self.expr(pointer);
            let written = self.call_of(pointer, &[value], span(node));
            return out.push(Statement::Expr(written));
        }
        let several = targets.len() > 1 && values.len() == 1;
        let lowered =
            if several { vec![self.several(values[0], targets.len())] } else { values.iter().map(|value| vec![self.expr(value.node)]).collect() };
        let patterns: Vec<PatternId> = targets.iter().map(|target| self.target(*target)).collect();
        self.bind_all(patterns, lowered, several, false, out);
    }

    /// One value for several names: that of a call has several parts; otherwise the second says whether there is one.
    fn several(&mut self, value: Child<'t>, names: usize) -> Vec<ExprId> {
        let id = self.expr(value.node);
        let mut kind = value.kind;
        if kind == Kind::Parenthesized {
            kind = self.children(value.node).into_iter().find(|kid| kid.node.is_named()).map_or(kind, |kid| kid.kind);
        }
        if kind == Kind::Call || names != 2 {
            return vec![id];
        }
        vec![id, self.unknown(value.node)]
    }

    fn bind_all(&mut self, patterns: Vec<PatternId>, mut values: Vec<Vec<ExprId>>, several: bool, declares: bool, out: &mut Block) {
        if several {
            let parts = values.pop().unwrap_or_default();
            if let [value] = parts.as_slice() {
                let pattern = self.b.pattern(Pattern::Results(patterns));
                out.push(Statement::Bind { pattern, value: Some(*value), declares });
            } else {
                for (pattern, value) in patterns.into_iter().zip(parts) {
                    out.push(Statement::Bind { pattern, value: Some(value), declares });
                }
            }
            return;
        }
        let values: Vec<ExprId> = values.into_iter().flatten().collect();
        if patterns.len() > 1 && !declares {
            // `a, b = b, a`
            let at = self.b.span(values[0]);
            let value = self.b.expr(Expr::Results(values.into()), at);
            let pattern = self.b.pattern(Pattern::Results(patterns));
            return out.push(Statement::Bind { pattern, value: Some(value), declares });
        }
        for (pattern, value) in patterns.into_iter().zip(values) {
            out.push(Statement::Bind { pattern, value: Some(value), declares });
        }
    }

    fn named_children(&mut self, node: Node<'t>) -> Vec<Child<'t>> {
        self.children(node).into_iter().filter(|kid| kid.node.is_named()).collect()
    }

    /// What is assigned to.
    pub(super) fn target(&mut self, kid: Child<'t>) -> PatternId {
        match kid.kind {
            Kind::Identifier | Kind::Blank if self.text(kid.node) == "_" => self.b.pattern(Pattern::Ignore),
            Kind::Identifier => {
                let name = self.symbol(kid.node);
                self.place(name)
            }
            Kind::Selector | Kind::Index => {
                let place = self.expr(kid.node);
                self.b.pattern(Pattern::Place(place))
            }
            Kind::Parenthesized => match self.children(kid.node).into_iter().find(|kid| kid.node.is_named()) {
                Some(inner) => self.nested(kid.node, |l| l.target(inner)).unwrap_or_else(|| self.b.pattern(Pattern::Ignore)),
                None => self.b.pattern(Pattern::Ignore),
            },
            _ => {
                self.expr(kid.node);
                self.b.pattern(Pattern::Ignore)
            }
        }
    }

    /// `*p` → `p`
    fn pointer(&mut self, kid: Child<'t>) -> Option<Node<'t>> {
        if kid.kind != Kind::Unary {
            return None;
        }
        let kids = self.children(kid.node);
        match kids.as_slice() {
            [operator, operand] if operator.kind == Kind::Star => Some(operand.node),
            _ => None,
        }
    }

    fn variable_spec(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        let names: Vec<Child<'t>> = kids.iter().filter(|kid| kid.field == Field::Name && kid.node.is_named()).copied().collect();
        let written = part(Field::Type);
        let values = part(Field::Value).map(|list| self.named_children(list.node)).unwrap_or_default();
        let several = names.len() > 1 && values.len() == 1;
        let mut lowered: Vec<Vec<ExprId>> = Vec::new();
        if several {
            lowered.push(self.several(values[0], names.len()));
        } else {
            for value in &values {
                lowered.push(vec![self.expr(value.node)]);
            }
        }
        let mut patterns = Vec::with_capacity(names.len());
        for (i, name) in names.iter().enumerate() {
            let plain = match (written, values.get(i)) {
                (Some(written), _) => self.is_plain(written.node, written.kind),
                (None, Some(value)) => self.is_plain_value(*value),
                _ => false,
            };
            let symbol = self.symbol(name.node);
            patterns.push(if self.text(name.node) == "_" { self.b.pattern(Pattern::Ignore) } else { self.declare(symbol, plain) });
            if values.is_empty() {
                let zero = written.and_then(|written| self.zero(written.node, written.kind)).map(|zero| vec![zero]);
                lowered.push(zero.unwrap_or_else(|| vec![self.unknown(name.node)]));
            }
        }
        self.bind_all(patterns, lowered, several, true, out);
    }

    fn constants(&mut self, node: Node<'t>, out: &mut Block) {
        let mut repeated: Vec<Child<'t>> = Vec::new();
        let outer = self.iota;
        for (i, spec) in self.children(node).into_iter().filter(|kid| kid.kind == Kind::ConstSpec).enumerate() {
            let kids = self.children(spec.node);
            self.iota = Some(i as f64);
            if let Some(list) = kids.iter().find(|kid| kid.field == Field::Value) {
                repeated = self.named_children(list.node);
            }
            let names = kids.iter().filter(|kid| kid.field == Field::Name && kid.node.is_named()).copied().collect::<Vec<_>>();
            for (name, value) in names.into_iter().zip(repeated.clone()) {
                let value = self.expr(value.node);
                let symbol = self.symbol(name.node);
                let pattern = if self.text(name.node) == "_" { self.b.pattern(Pattern::Ignore) } else { self.declare(symbol, false) };
                out.push(Statement::Bind { pattern, value: Some(value), declares: true });
            }
        }
        self.iota = outer;
    }

    /// Whether a value is plainly a number, a text or a list.
    fn is_plain_value(&mut self, value: Child<'t>) -> bool {
        match value.kind {
            Kind::String | Kind::RawString | Kind::Integer | Kind::Float | Kind::Rune | Kind::True | Kind::False | Kind::Binary => true,
            Kind::Composite => self.children(value.node).iter().any(|kid| matches!(kid.kind, Kind::SliceType | Kind::MapType | Kind::ArrayType)),
            Kind::Call => {
                let kids = self.children(value.node);
                let function = kids.iter().find(|kid| kid.field == Field::Function);
                function.is_some_and(|kid| kid.kind == Kind::Identifier && (self.text(kid.node) == "make" || basic(self.text(kid.node)).is_some()))
            }
            _ => false,
        }
    }

    /// Notes which variables of the file hold numbers, texts, lists: functions above them may take their address.
    pub(super) fn note_plain_variables(&mut self, values: &[Child<'t>]) {
        for value in values.iter().filter(|value| value.kind == Kind::Var) {
            let mut open = self.children(value.node);
            while let Some(kid) = open.pop() {
                if kid.kind == Kind::VarList {
                    open.extend(self.children(kid.node));
                    continue;
                }
                let kids = self.children(kid.node);
                let written = kids.iter().find(|kid| kid.field == Field::Type).copied();
                let list = kids.iter().find(|kid| kid.field == Field::Value).copied();
                let first = list.and_then(|list| self.named_children(list.node).first().copied());
                let plain = match (written, first) {
                    (Some(written), _) => self.is_plain(written.node, written.kind),
                    (None, Some(first)) => self.is_plain_value(first),
                    _ => false,
                };
                for name in kids.iter().filter(|kid| plain && kid.field == Field::Name) {
                    let name = self.symbol(name.node);
                    self.plain_variables.insert(name);
                }
            }
        }
    }

    /// Declarations of values at the top level: what another needs for its initial value comes before it.
    pub(super) fn in_order_of_need(&mut self, values: Vec<Child<'t>>) -> Vec<Child<'t>> {
        let mut specs: Vec<Child<'t>> = Vec::new();
        let mut constants: Vec<Child<'t>> = Vec::new();
        for value in values {
            if value.kind == Kind::Const {
                constants.push(value);
                continue;
            }
            for kid in self.children(value.node) {
                match kid.kind {
                    Kind::VarList => {
                        let inner = self.children(kid.node);
                        specs.extend(inner.into_iter().filter(|kid| kid.kind == Kind::VarSpec));
                    }
                    Kind::VarSpec => specs.push(kid),
                    _ => {}
                }
            }
        }
        let mut owner: FxHashMap<Symbol, usize> = FxHashMap::default();
        let mut needs: Vec<Vec<Symbol>> = Vec::with_capacity(specs.len());
        for (i, spec) in specs.iter().enumerate() {
            let kids = self.children(spec.node);
            for name in kids.iter().filter(|kid| kid.field == Field::Name) {
                let name = self.symbol(name.node);
                owner.insert(name, i);
            }
            let value = kids.iter().find(|kid| kid.field == Field::Value).copied();
            needs.push(value.map(|value| self.names_in(value.node)).unwrap_or_default());
        }
        let mut order: Vec<usize> = Vec::with_capacity(specs.len());
        let mut state = vec![0u8; specs.len()];
        for start in 0..specs.len() {
            let mut open = vec![start];
            while let Some(&at) = open.last() {
                match state[at] {
                    0 => {
                        state[at] = 1;
                        let wanted: FxHashSet<usize> = needs[at].iter().filter_map(|name| owner.get(name).copied()).collect();
                        let mut wanted: Vec<usize> = wanted.into_iter().filter(|other| state[*other] == 0).collect();
                        wanted.sort_unstable_by(|a, b| b.cmp(a));
                        open.extend(wanted);
                    }
                    1 => {
                        state[at] = 2;
                        order.push(at);
                        open.pop();
                    }
                    _ => {
                        open.pop();
                    }
                }
            }
        }
        constants.extend(order.into_iter().map(|at| specs[at]));
        constants
    }

    /// Names used in an initial value, outside of functions that only run later.
    fn names_in(&mut self, node: Node<'t>) -> Vec<Symbol> {
        let mut all = Vec::new();
        let mut open = vec![(node, 0u32)];
        let mut left = NEED_NODES;
        while let Some((node, depth)) = open.pop() {
            if left == 0 || depth > NEED_DEPTH {
                break;
            }
            left -= 1;
            for kid in self.children(node) {
                match kid.kind {
                    Kind::Identifier => all.push(self.symbol(kid.node)),
                    Kind::FunctionLiteral => {}
                    _ if kid.node.is_named() => open.push((kid.node, depth + 1)),
                    _ => {}
                }
            }
        }
        all
    }
}
