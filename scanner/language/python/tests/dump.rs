//! A compact text form of a module, for tests.

use std::fmt::Write;

use crate::program::*;

pub(super) struct Dump<'a> {
    module: &'a Module,
    names: &'a Interner,
    /// Functions around, outermost first.
    stack: Vec<FunctionId>,
    out: String,
}

pub(super) fn dump(module: &Module, names: &Interner) -> String {
    let mut dump = Dump { module, names, stack: vec![FunctionId(0)], out: String::new() };
    let body = dump.block(&module.functions[0].body);
    dump.out.push_str(&body);
    dump.out.trim().to_owned()
}

impl Dump<'_> {
    fn name(&self, symbol: Symbol) -> String {
        self.names.text(symbol).to_string()
    }

    fn variable(&self, v: Variable) -> String {
        let function = self.stack[self.stack.len() - 1 - v.hops as usize];
        let name = self.name(self.module.functions[function.index()].slot_names[v.slot as usize]);
        format!("{}{}", if name.is_empty() { format!("t{}", v.slot) } else { name }, "^".repeat(v.hops as usize))
    }

    fn exprs(&mut self, ids: impl IntoIterator<Item = ExprId>) -> String {
        ids.into_iter().map(|id| self.expr(id)).collect::<Vec<_>>().join(", ")
    }

    fn key(&mut self, key: &Key) -> String {
        match key {
            Key::Name(name) => self.name(*name),
            Key::Computed(id) => format!("[{}]", self.expr(*id)),
        }
    }

    fn expr(&mut self, id: ExprId) -> String {
        match self.module.exprs[id.index()].clone() {
            Expr::Variable(v) => self.variable(v),
            Expr::Global(name) => format!("${}", self.name(name)),
            Expr::Null => "None".into(),
            Expr::Unknown => "?".into(),
            Expr::Super => "super".into(),
            Expr::Bool(b) => format!("{b}"),
            Expr::Number(n) => format!("{n}"),
            Expr::Str(s) => format!("{s:?}"),
            Expr::Template(parts) => {
                let parts: Vec<_> = parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => format!("{text:?}"),
                        Part::Value(id) => self.expr(*id),
                    })
                    .collect();
                format!("T({})", parts.join(" "))
            }
            Expr::Member { object, property } => format!("{}.{}", self.expr(object), self.name(property)),
            Expr::Index { object, index } => format!("{}[{}]", self.expr(object), self.expr(index)),
            Expr::Slice { object } => format!("{}[:]", self.expr(object)),
            Expr::Call(call) => {
                let arguments: Vec<_> = call
                    .arguments
                    .iter()
                    .map(|a| {
                        let name = a.name.map(|n| self.name(n) + "=").unwrap_or_default();
                        let spread = ["", "*", "**"][a.spread as usize];
                        format!("{name}{spread}{}", self.expr(a.value))
                    })
                    .collect();
                format!("{}({})", self.expr(call.callee), arguments.join(", "))
            }
            Expr::Function(id) => self.function(id),
            Expr::Class(id) => self.class(id),
            Expr::Decorated { decorators, inner } => format!("@[{}] {}", self.exprs(decorators.iter().copied()), self.expr(inner)),
            Expr::Object(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|entry| match entry {
                        Entry::Field { key, value } => format!("{}: {}", self.key(key), self.expr(*value)),
                        Entry::Spread(value) => format!("**{}", self.expr(*value)),
                    })
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            Expr::List(items) => {
                let items: Vec<_> = items.iter().map(|e| format!("{}{}", if e.spread { "*" } else { "" }, self.expr(e.value))).collect();
                format!("[{}]", items.join(", "))
            }
            Expr::Binary { op, left, right } => format!("({} {op:?} {})", self.expr(left), self.expr(right)),
            Expr::Unary { op, operand } => format!("{op:?}({})", self.expr(operand)),
            Expr::Logical { op, left, right } => format!("({} {op:?} {})", self.expr(left), self.expr(right)),
            Expr::Conditional { test, then, otherwise } => {
                format!("({} ? {} : {})", self.expr(test), self.expr(then), self.expr(otherwise))
            }
            Expr::Assign { target, op, value } => {
                let op = op.map(|op| format!("{op:?}")).unwrap_or_default();
                format!("({} {op}= {})", self.pattern(target), self.expr(value))
            }
            Expr::Await(id) => format!("await {}", self.expr(id)),
            Expr::Yield(id) => format!("yield {}", self.exprs(id)),
            Expr::Sequence(ids) => format!("seq({})", self.exprs(ids.iter().copied())),
            Expr::Import(id) => {
                let import = &self.module.imports[id.index()];
                format!("<{}{}>", import.specifier, if import.types_only { " types" } else { "" })
            }
            Expr::ImportDynamic(id) => format!("import({})", self.expr(id)),
            Expr::Typed { value, .. } => self.expr(value),
            Expr::Comprehension(c) => {
                let mut out = String::from("[");
                if let Some(key) = c.key {
                    write!(out, "{}: ", self.expr(key)).unwrap();
                }
                out += &self.expr(c.element);
                for clause in &c.clauses {
                    write!(out, " for {} in {}", self.pattern(clause.pattern), self.expr(clause.iterable)).unwrap();
                    for test in &clause.tests {
                        write!(out, " if {}", self.expr(*test)).unwrap();
                    }
                }
                out + "]"
            }
            other => format!("{other:?}"),
        }
    }

    fn function(&mut self, id: FunctionId) -> String {
        let f = &self.module.functions[id.index()];
        self.stack.push(id);
        let mut out = String::new();
        if f.is_async {
            out += "async ";
        }
        out += match f.kind {
            FunctionKind::Method { receiver_parameter: true } => "method",
            FunctionKind::Arrow => "lambda",
            _ => "fn",
        };
        if f.is_generator {
            out += "*";
        }
        let parameters: Vec<_> = f
            .parameters
            .iter()
            .map(|p| {
                let mut text = match p.kind {
                    ParameterKind::Positional => String::new(),
                    ParameterKind::KeywordOnly => "kw ".into(),
                    ParameterKind::RestItems => "*".into(),
                    ParameterKind::RestEntries => "**".into(),
                };
                text += &self.pattern(p.pattern);
                if let Some(annotation) = p.annotation {
                    write!(text, ": {}", self.expr(annotation)).unwrap();
                }
                if let Some(default) = p.default {
                    write!(text, " = {}", self.expr(default)).unwrap();
                }
                text
            })
            .collect();
        write!(out, "({})", parameters.join(", ")).unwrap();
        if let Some(returns) = f.returns {
            write!(out, " -> {}", self.expr(returns)).unwrap();
        }
        if let Some(doc) = &f.doc {
            write!(out, " {doc:?}").unwrap();
        }
        write!(out, " {{{}}}", self.block(&f.body)).unwrap();
        self.stack.pop();
        out
    }

    fn class(&mut self, id: ClassId) -> String {
        let class = &self.module.classes[id.index()];
        let mut out = format!("class({}", self.exprs(class.bases.iter().copied()));
        for (name, value) in &class.keywords {
            write!(out, " {}={}", self.name(*name), self.expr(*value)).unwrap();
        }
        out += ")";
        if let Some(doc) = &class.doc {
            write!(out, " {doc:?}").unwrap();
        }
        out += " {";
        for member in &class.members {
            if !member.decorators.is_empty() {
                write!(out, " @[{}]", self.exprs(member.decorators.iter().copied())).unwrap();
            }
            out += if member.is_static { " static " } else { " " };
            match &member.kind {
                MemberKind::Method(f) => write!(out, "{} = {}", self.key(&member.key), self.function(*f)),
                MemberKind::Getter(f) => write!(out, "get {} = {}", self.key(&member.key), self.function(*f)),
                MemberKind::Setter(f) => write!(out, "set {} = {}", self.key(&member.key), self.function(*f)),
                MemberKind::Field { value, annotation } => {
                    let annotation = annotation.map(|id| format!(": {}", self.expr(id))).unwrap_or_default();
                    let value = value.map(|id| format!(" = {}", self.expr(id))).unwrap_or_default();
                    write!(out, "field {}{annotation}{value}", self.key(&member.key))
                }
                MemberKind::Initializer(block) => write!(out, "init {{{}}}", self.block(block)),
            }
            .unwrap();
            out += ";";
        }
        out + " }"
    }

    fn pattern(&mut self, id: PatternId) -> String {
        match self.module.patterns[id.index()].clone() {
            Pattern::Ignore => "_".into(),
            Pattern::Variable(v) => self.variable(v),
            Pattern::Global(name) => format!("${}", self.name(name)),
            Pattern::Place(id) => self.expr(id),
            Pattern::List { items, rest } => {
                let mut parts: Vec<_> = items.into_iter().map(|p| self.pattern(p)).collect();
                parts.extend(rest.map(|p| format!("*{}", self.pattern(p))));
                format!("[{}]", parts.join(", "))
            }
            other => format!("{other:?}"),
        }
    }

    fn block(&mut self, block: &[Statement]) -> String {
        block.iter().map(|s| self.statement(s)).collect::<Vec<_>>().join("; ")
    }

    fn statement(&mut self, statement: &Statement) -> String {
        match statement {
            Statement::Expr(id) => self.expr(*id),
            Statement::Bind { pattern, value, .. } => format!("{} := {}", self.pattern(*pattern), self.exprs(*value)),
            Statement::If { test, then, otherwise } => {
                format!("if {} {{{}}} else {{{}}}", self.expr(*test), self.block(then), self.block(otherwise))
            }
            Statement::Switch { subject, cases } => {
                let mut out = format!("switch {} {{", self.expr(*subject));
                for case in cases {
                    let binds: Vec<_> = case.binds.iter().map(|p| self.pattern(*p)).collect();
                    write!(out, " case [{}] binds [{}]", self.exprs(case.tests.iter().copied()), binds.join(", ")).unwrap();
                    if let Some(guard) = case.guard {
                        write!(out, " if {}", self.expr(guard)).unwrap();
                    }
                    write!(out, ": {};", self.block(&case.body)).unwrap();
                }
                out + " }"
            }
            Statement::ForEach { pattern, iterable, body, .. } => {
                format!("for {} in {} {{{}}}", self.pattern(*pattern), self.expr(*iterable), self.block(body))
            }
            Statement::While { test, body } => format!("while {} {{{}}}", self.exprs(*test), self.block(body)),
            Statement::Try { body, error, handler, has_handler, finally } => {
                let error = error.map(|p| self.pattern(p)).unwrap_or_default();
                let handler = if *has_handler { format!(" catch {error} {{{}}}", self.block(handler)) } else { String::new() };
                format!("try {{{}}}{handler} finally {{{}}}", self.block(body), self.block(finally))
            }
            Statement::Block(block) => format!("{{{}}}", self.block(block)),
            Statement::Return(id) => format!("return {}", self.exprs(*id)),
            Statement::Throw(id) => format!("throw {}", self.exprs(*id)),
            Statement::Break => "break".into(),
            Statement::Continue => "continue".into(),
        }
    }
}
