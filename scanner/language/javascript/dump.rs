//! A compact text form of a module, for tests.

use std::fmt::Write;

use crate::program::*;

pub(super) struct Dump<'m> {
    pub(super) module: &'m Module,
    pub(super) interner: &'m Interner,
    /// Functions around the node being written, innermost last.
    frames: Vec<FunctionId>,
}

pub(in crate::language) fn dump(module: &Module, interner: &Interner) -> String {
    let mut dump = Dump { module, interner, frames: vec![FunctionId(0)] };
    let mut out = String::new();
    dump.block(&module.functions[0].body, 0, &mut out);
    for export in &module.exports {
        let line = match export {
            Export::Local { name, slot } => format!("export {} = {}\n", dump.name(*name), dump.name(module.functions[0].slot_names[*slot as usize])),
            Export::From { name, import, imported } => {
                let imported = imported.map_or("*".to_owned(), |i| dump.name(i));
                format!("export {} = {imported} from {}\n", dump.name(*name), dump.specifier(*import))
            }
            Export::All { import } => format!("export * from {}\n", dump.specifier(*import)),
        };
        out.push_str(&line);
    }
    for (span, path) in &module.regions {
        let _ = writeln!(out, "region {}..{} {path}", span.start, span.end);
    }
    for (_, what) in &module.problems {
        let _ = writeln!(out, "problem {what}");
    }
    out
}

impl Dump<'_> {
    fn name(&self, symbol: Symbol) -> String {
        self.interner.text(symbol).to_string()
    }

    fn specifier(&self, id: ImportId) -> String {
        let import = &self.module.imports[id.index()];
        format!("{:?}{}", import.specifier, if import.types_only { " types" } else { "" })
    }

    /// `x`, or `x^1` for a variable of the function around; `t3` for a temporary.
    fn variable(&self, variable: Variable) -> String {
        let at = self.frames.len() - 1 - variable.hops as usize;
        let name = self.name(self.module.functions[self.frames[at].index()].slot_names[variable.slot as usize]);
        let name = if name.is_empty() { format!("t{}", variable.slot) } else { name };
        if variable.hops == 0 { name } else { format!("{name}^{}", variable.hops) }
    }

    fn key(&mut self, key: &Key) -> String {
        match key {
            Key::Name(name) => self.name(*name),
            Key::Computed(value) => format!("[{}]", self.expr(*value)),
        }
    }

    fn list(&mut self, values: &[ExprId]) -> String {
        values.iter().map(|v| self.expr(*v)).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn pattern(&mut self, id: PatternId) -> String {
        match &self.module.patterns[id.index()] {
            Pattern::Ignore => "_".into(),
            Pattern::Variable(variable) => self.variable(*variable),
            Pattern::Global(name) => format!("@{}", self.name(*name)),
            Pattern::Place(place) => self.expr(*place),
            Pattern::Object { fields, rest } => {
                let mut parts: Vec<String> = fields.iter().map(|(k, p)| format!("{}: {}", self.key(k), self.pattern(*p))).collect();
                parts.extend(rest.map(|r| format!("...{}", self.pattern(r))));
                format!("{{{}}}", parts.join(", "))
            }
            Pattern::List { items, rest } => {
                let mut parts: Vec<String> = items.iter().map(|p| self.pattern(*p)).collect();
                parts.extend(rest.map(|r| format!("...{}", self.pattern(r))));
                format!("[{}]", parts.join(", "))
            }
            Pattern::Results(parts) => format!("<{}>", parts.iter().map(|p| self.pattern(*p)).collect::<Vec<_>>().join(", ")),
            Pattern::Default { pattern, default } => format!("{} = {}", self.pattern(*pattern), self.expr(*default)),
        }
    }

    pub(super) fn expr(&mut self, id: ExprId) -> String {
        match &self.module.exprs[id.index()] {
            Expr::Unknown => "?".into(),
            Expr::Undefined => "undefined".into(),
            Expr::Null => "null".into(),
            Expr::Bool(b) => b.to_string(),
            Expr::Number(n) => n.to_string(),
            Expr::Str(s) => format!("{s:?}"),
            Expr::Regex(s, flags) => format!("/{s}/{flags}"),
            Expr::Template(parts) => {
                let parts = parts.iter().map(|p| match p {
                    Part::Text(t) => t.to_string(),
                    Part::Value(v) => format!("${{{}}}", self.expr(*v)),
                });
                format!("`{}`", parts.collect::<String>())
            }
            Expr::Variable(variable) => self.variable(*variable),
            Expr::Global(name) => format!("@{}", self.name(*name)),
            Expr::This => "this".into(),
            Expr::Super => "super".into(),
            Expr::Member { object, property } => format!("{}.{}", self.expr(*object), self.name(*property)),
            Expr::Index { object, index } => format!("{}[{}]", self.expr(*object), self.expr(*index)),
            Expr::Slice { object } => format!("{}[:]", self.expr(*object)),
            Expr::Call(call) => {
                let arguments: Vec<String> =
                    call.arguments.iter().map(|a| format!("{}{}", if a.spread == Spread::No { "" } else { "..." }, self.expr(a.value))).collect();
                let new = if call.construct { "new " } else { "" };
                let tag = if call.tagged { "#" } else { "" };
                format!("{new}{}{tag}({})", self.expr(call.callee), arguments.join(", "))
            }
            Expr::Function(id) => self.function(*id),
            Expr::Class(id) => self.class(*id),
            Expr::Decorated { decorators, inner } => format!("@[{}] {}", self.list(decorators), self.expr(*inner)),
            Expr::Object(entries) => {
                let entries = entries.iter().map(|e| match e {
                    Entry::Field { key, value } => format!("{}: {}", self.key(key), self.expr(*value)),
                    Entry::Spread(value) => format!("...{}", self.expr(*value)),
                });
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            Expr::List(elements) => {
                let elements = elements.iter().map(|e| format!("{}{}", if e.spread { "..." } else { "" }, self.expr(e.value)));
                format!("[{}]", elements.collect::<Vec<_>>().join(", "))
            }
            Expr::Results(parts) => format!("<{}>", parts.iter().map(|part| self.expr(*part)).collect::<Vec<_>>().join(", ")),
            Expr::Binary { op, left, right } => format!("({} {op:?} {})", self.expr(*left), self.expr(*right)),
            Expr::Unary { op, operand } => format!("{op:?}({})", self.expr(*operand)),
            Expr::Logical { op, left, right } => format!("({} {op:?} {})", self.expr(*left), self.expr(*right)),
            Expr::Conditional { test, then, otherwise } => {
                format!("({} ? {} : {})", self.expr(*test), self.expr(*then), self.expr(*otherwise))
            }
            Expr::Assign { target, op, value } => {
                let op = op.map_or(String::new(), |op| format!("{op:?}"));
                format!("({} {op}= {})", self.pattern(*target), self.expr(*value))
            }
            Expr::AssignLogical { target, op, value } => format!("({} {op:?}= {})", self.pattern(*target), self.expr(*value)),
            Expr::Await(value) => format!("await {}", self.expr(*value)),
            Expr::Yield(value) => format!("yield {}", value.map_or(String::new(), |v| self.expr(v))),
            Expr::Sequence(parts) => format!("({})", self.list(parts)),
            Expr::Import(id) => format!("import({})", self.specifier(*id)),
            Expr::ImportDynamic(value) => format!("import({})", self.expr(*value)),
            Expr::Typed { value, .. } => self.expr(*value),
            Expr::Comprehension(_) => "comprehension".into(),
        }
    }

    fn function(&mut self, id: FunctionId) -> String {
        let function = &self.module.functions[id.index()];
        self.frames.push(id);
        let mut head = String::new();
        let _ = write!(head, "{}{:?}", if function.is_async { "async " } else { "" }, function.kind);
        let mut head = head.replace("Method { receiver_parameter: false }", "Method");
        if function.is_generator {
            head.push('*');
        }
        if let Some(name) = function.name {
            let _ = write!(head, " {}", self.name(name));
        }
        let mut parameters = Vec::new();
        for parameter in &function.parameters {
            let mut text = if parameter.kind == ParameterKind::RestItems { "...".to_owned() } else { String::new() };
            text.push_str(&self.pattern(parameter.pattern));
            if let Some(annotation) = parameter.annotation {
                let _ = write!(text, ": {}", self.expr(annotation));
            }
            if let Some(default) = parameter.default {
                let _ = write!(text, " = {}", self.expr(default));
            }
            parameters.push(text);
        }
        let mut body = String::new();
        self.block(&function.body, 0, &mut body);
        self.frames.pop();
        let body = body.trim_end().replace('\n', "; ");
        let doc = function.doc.as_ref().map_or(String::new(), |d| format!("/*{d}*/ "));
        format!("{doc}{head}({}) {{ {body} }}", parameters.join(", "))
    }

    fn class(&mut self, id: ClassId) -> String {
        let class = &self.module.classes[id.index()];
        let mut out = class.doc.as_ref().map_or(String::new(), |d| format!("/*{d}*/ "));
        out.push_str("class");
        if let Some(name) = class.name {
            let _ = write!(out, " {}", self.name(name));
        }
        if !class.bases.is_empty() {
            let _ = write!(out, " < {}", self.list(&class.bases));
        }
        out.push_str(" { ");
        for member in &class.members {
            if !member.decorators.is_empty() {
                let _ = write!(out, "@[{}] ", self.list(&member.decorators));
            }
            if member.is_static {
                out.push_str("static ");
            }
            let key = self.key(&member.key);
            let text = match &member.kind {
                MemberKind::Method(f) => format!("{key}: {}", self.function(*f)),
                MemberKind::Getter(f) => format!("get {key}: {}", self.function(*f)),
                MemberKind::Setter(f) => format!("set {key}: {}", self.function(*f)),
                MemberKind::Field { value, annotation } => {
                    let annotation = annotation.map_or(String::new(), |a| format!(": {}", self.expr(a)));
                    let value = value.map_or(String::new(), |v| format!(" = {}", self.expr(v)));
                    format!("{key}{annotation}{value}")
                }
                MemberKind::Initializer(block) => {
                    let mut body = String::new();
                    self.block(block, 0, &mut body);
                    format!("{{ {} }}", body.trim_end().replace('\n', "; "))
                }
            };
            let _ = write!(out, "{text}; ");
        }
        out.push('}');
        out
    }

    fn block(&mut self, block: &Block, indent: usize, out: &mut String) {
        for statement in block {
            self.statement(statement, indent, out);
        }
    }

    fn nested(&mut self, head: &str, block: &Block, indent: usize, out: &mut String) {
        let pad = "  ".repeat(indent);
        let _ = writeln!(out, "{pad}{head}");
        self.block(block, indent + 1, out);
    }

    fn statement(&mut self, statement: &Statement, indent: usize, out: &mut String) {
        let line = match statement {
            Statement::Expr(value) => self.expr(*value),
            Statement::Bind { pattern, value, declares } => {
                let pattern = self.pattern(*pattern);
                let value = value.map_or(String::new(), |v| format!(" = {}", self.expr(v)));
                format!("{}{pattern}{value}", if *declares { "let " } else { "" })
            }
            Statement::If { test, then, otherwise } => {
                let test = self.expr(*test);
                self.nested(&format!("if {test}"), then, indent, out);
                if !otherwise.is_empty() {
                    self.nested("else", otherwise, indent, out);
                }
                return;
            }
            Statement::Switch { subject, cases } => {
                let subject = self.expr(*subject);
                self.nested(&format!("switch {subject}"), &Block::new(), indent, out);
                for case in cases {
                    let tests = self.list(&case.tests);
                    let guard = case.guard.map_or(String::new(), |g| format!(" if {}", self.expr(g)));
                    let falls = if case.falls_through { " falls" } else { "" };
                    self.nested(&format!("case {tests}{guard}{falls}"), &case.body, indent + 1, out);
                }
                return;
            }
            Statement::ForEach { pattern, iterable, keys, body } => {
                let head = format!("for {} {} {}", self.pattern(*pattern), if *keys { "in" } else { "of" }, self.expr(*iterable));
                return self.nested(&head, body, indent, out);
            }
            Statement::While { test, body } => {
                let test = test.map_or("true".to_owned(), |t| self.expr(t));
                return self.nested(&format!("while {test}"), body, indent, out);
            }
            Statement::Try { body, error, handler, has_handler, finally } => {
                self.nested("try", body, indent, out);
                if *has_handler {
                    let error = error.map_or("_".to_owned(), |e| self.pattern(e));
                    self.nested(&format!("catch {error}"), handler, indent, out);
                }
                if !finally.is_empty() {
                    self.nested("finally", finally, indent, out);
                }
                return;
            }
            Statement::Block(body) => return self.nested("block", body, indent, out),
            Statement::Return(value) => format!("return {}", value.map_or(String::new(), |v| self.expr(v))),
            Statement::Throw(value) => format!("throw {}", value.map_or(String::new(), |v| self.expr(v))),
            Statement::Break => "break".into(),
            Statement::Continue => "continue".into(),
        };
        let _ = writeln!(out, "{}{}", "  ".repeat(indent), line.trim_end());
    }
}
