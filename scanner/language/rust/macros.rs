//! Macro calls. What stands in one is only tokens to the grammar: it is read again as what the well-known macros take, and
//! otherwise as a list of expressions.

use std::ops::Range;

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Goal, Lowering, field, of_kind};
use crate::program::{Argument, Call, Element, Entry, Expr, ExprId, Key, Part, Spread, Statement, Unary};

/// Parts of one macro call.
const MAX_PARTS: usize = 5_000;

impl Lowering<'_> {
    /// The parts of a token tree between separators.
    pub(super) fn split<'t>(&self, tree: Node<'t>, separator: Kind) -> Vec<Vec<Child<'t>>> {
        let tokens = self.tokens(tree);
        let inside = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or_default();
        self.split_tokens(inside, separator)
    }

    fn split_tokens<'t>(&self, tokens: &[Child<'t>], separator: Kind) -> Vec<Vec<Child<'t>>> {
        let mut parts: Vec<Vec<Child<'t>>> = Vec::new();
        let mut part: Vec<Child<'t>> = Vec::new();
        let (mut angles, mut bars) = (0u32, false);
        for (i, token) in tokens.iter().enumerate() {
            match token.kind {
                // The parameters of a closure.
                Kind::Pipe if bars => bars = false,
                Kind::Pipe => bars = part.iter().all(|before| matches!(self.text(before.node), "move" | "async")),
                // `a::<B, C>()`
                Kind::Less if i > 0 && self.text(tokens[i - 1].node) == "::" => angles += 1,
                Kind::Less if angles > 0 => angles += 1,
                Kind::Greater if angles > 0 => angles -= 1,
                kind if kind == separator && angles == 0 && !bars => {
                    if parts.len() < MAX_PARTS {
                        parts.push(std::mem::take(&mut part));
                    }
                    continue;
                }
                _ => {}
            }
            part.push(*token);
        }
        if !part.is_empty() && parts.len() < MAX_PARTS {
            parts.push(part);
        }
        parts
    }

    fn range(tokens: &[Child<'_>]) -> Range<usize> {
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => first.node.start_byte()..last.node.end_byte(),
            _ => 0..0,
        }
    }

    /// Tokens as an expression.
    pub(super) fn token_expr(&mut self, tokens: &[Child<'_>]) -> ExprId {
        let Some(first) = tokens.first() else { return self.b.expr(Expr::Unknown, Default::default()) };
        let span = self.span(first.node);
        if let [only] = tokens {
            match only.kind {
                Kind::String | Kind::RawString | Kind::Integer | Kind::Float | Kind::Boolean | Kind::Char => return self.expr(only.node),
                Kind::Identifier => {
                    let name = self.text(only.node).to_owned();
                    return self.identifier(&name, span);
                }
                _ => {}
            }
        }
        let value = self.fragment("const _:_=", Self::range(tokens), ";", |l, root| {
            let item = of_kind(&l.kids(root), Kind::ConstItem);
            match item.and_then(|item| field(&l.kids(item.node), Field::Value)) {
                Some(value) => l.expr(value.node),
                // What is no expression may still hold some.
                None => l.parts(root),
            }
        });
        value.unwrap_or_else(|| self.b.expr(Expr::Unknown, span))
    }

    /// `name!(…)` as an expression.
    pub(super) fn macro_call(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let kids = self.kids(node);
        let (Some(name), Some(tree)) = (field(&kids, Field::Macro), of_kind(&kids, Kind::TokenTree)) else { return self.unknown(node) };
        let segments = self.segments(name.node);
        let last = segments.last().map_or("", String::as_str);
        match last {
            "format" | "format_args" | "formatdoc" => {
                let parts = self.split(tree.node, Kind::Comma);
                self.formatted(&parts, node)
            }
            "concat" => {
                let parts = self.split(tree.node, Kind::Comma);
                let parts = parts.iter().map(|part| Part::Value(self.token_expr(part))).collect();
                self.b.expr(Expr::Template(parts), span)
            }
            "stringify" => {
                let text = self.text(tree.node);
                let text = text.get(1..text.len().saturating_sub(1)).unwrap_or_default().trim().to_owned();
                self.constant(&text, span)
            }
            "env" | "option_env" | "cfg" | "line" | "column" | "file" | "module_path" => self.unknown(node),
            "vec" | "smallvec" => self.list_macro(tree.node, node),
            "json" | "object" | "json_object" => {
                let tokens = self.tokens(tree.node);
                let inside = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or_default();
                if self.text(tree.node).starts_with('{') { self.json(&[tree], span) } else { self.json(inside, span) }
            }
            "matches" => self.matches_macro(tree.node, node),
            "join" | "try_join" => self.list_macro(tree.node, node),
            "select" => self.select(tree.node, node),
            "ensure" | "assert" | "debug_assert" => {
                let parts = self.split(tree.node, Kind::Comma);
                let Some((test, rest)) = parts.split_first() else { return self.unknown(node) };
                let test = self.token_expr(test);
                let test = self.b.expr(Expr::Unary { op: Unary::Not, operand: test }, span);
                let then = self.block_of(|l| {
                    let message = l.formatted(rest, node);
                    l.emit(Statement::Throw(Some(message)));
                });
                self.emit(Statement::If { test, then, otherwise: Vec::new() });
                self.unknown(node)
            }
            "bail" | "panic" | "todo" | "unimplemented" | "unreachable" | "compile_error" => {
                let parts = self.split(tree.node, Kind::Comma);
                let message = self.formatted(&parts, node);
                self.emit(Statement::Throw(Some(message)));
                self.unknown(node)
            }
            _ => self.any_macro(&segments, tree.node, node),
        }
    }

    /// A macro of which nothing is known but its name: a call with the parts as arguments.
    fn any_macro(&mut self, segments: &[String], tree: Node<'_>, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let callee = self.macro_path(segments, span);
        let mut arguments = Vec::new();
        for part in self.split(tree, Kind::Comma) {
            // `target: "x"`, `field = %value`
            let (name, mut value) = match part.as_slice() {
                [name, mark, rest @ ..] if name.kind == Kind::Identifier && matches!(mark.kind, Kind::Assign | Kind::Colon) => {
                    (Some(name.node), rest)
                }
                all => (None, all),
            };
            while let [mark, rest @ ..] = value
                && (mark.kind == Kind::Percent || self.text(mark.node) == "?")
            {
                value = rest;
            }
            if value.is_empty() {
                continue;
            }
            let name = name.map(|name| self.symbol(name));
            let is_template = matches!(value, [only] if only.kind == Kind::String) && self.text(value[0].node).contains('{');
            let value = if is_template { self.formatted(&[value.to_vec()], node) } else { self.token_expr(value) };
            arguments.push(Argument { name, value, spread: Spread::No });
        }
        self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: false, tagged: false })), span)
    }

    /// A text put together from a template and what follows it.
    fn formatted(&mut self, parts: &[Vec<Child<'_>>], node: Node<'_>) -> ExprId {
        let Some((first, rest)) = parts.split_first() else { return self.constant("", Default::default()) };
        let mut arguments = Vec::with_capacity(rest.len());
        for part in rest {
            match part.as_slice() {
                [name, mark, value @ ..] if name.kind == Kind::Identifier && mark.kind == Kind::Assign && !value.is_empty() => {
                    let name = self.text(name.node).to_owned();
                    arguments.push((Some(name), self.token_expr(value)));
                }
                value => arguments.push((None, self.token_expr(value))),
            }
        }
        match first.as_slice() {
            [only] if matches!(only.kind, Kind::String | Kind::RawString) => self.template(*only, &arguments),
            // `format!(concat!(…), …)`
            value => {
                let span = self.span(node);
                let mut all = vec![self.token_expr(value)];
                all.extend(arguments.into_iter().map(|(_, value)| value));
                let parts: Vec<Part> = all.into_iter().map(Part::Value).collect();
                self.b.expr(Expr::Template(parts.into()), span)
            }
        }
    }

    /// `vec![a, b]`, `vec![a; 3]`
    fn list_macro(&mut self, tree: Node<'_>, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let repeated = self.split(tree, Kind::Semicolon);
        let parts = if repeated.len() > 1 { vec![repeated[0].clone()] } else { self.split(tree, Kind::Comma) };
        let elements: Vec<Element> =
            parts.iter().filter(|part| !part.is_empty()).map(|part| Element { value: self.token_expr(part), spread: false }).collect();
        self.b.expr(Expr::List(elements.into()), span)
    }

    /// `json!({"a": b})`: what looks like JSON is data, everything else is an expression.
    pub(super) fn json(&mut self, tokens: &[Child<'_>], span: crate::program::Span) -> ExprId {
        let [only] = tokens else {
            return if tokens.is_empty() { self.b.expr(Expr::Null, span) } else { self.token_expr(tokens) };
        };
        let node = only.node;
        let span = self.span(node);
        match (only.kind, self.text(node).chars().next()) {
            (Kind::TokenTree, Some('{')) => {
                let parts = self.split(node, Kind::Comma);
                let mut entries = Vec::with_capacity(parts.len());
                for part in &parts {
                    let Some(colon) = part.iter().position(|token| token.kind == Kind::Colon) else { continue };
                    let key = match &part[..colon] {
                        [key] if matches!(key.kind, Kind::String | Kind::RawString) => {
                            let text = self.string(key.node, key.kind);
                            Key::Name(self.b.symbol(&text))
                        }
                        key => Key::Computed(self.token_expr(key)),
                    };
                    let value = self.nested(node, |l| l.json(&part[colon + 1..], span));
                    let value = value.unwrap_or_else(|| self.unknown(node));
                    entries.push(Entry::Field { key, value });
                }
                self.b.expr(Expr::Object(entries.into()), span)
            }
            (Kind::TokenTree, Some('[')) => {
                let parts = self.split(node, Kind::Comma);
                let mut elements = Vec::with_capacity(parts.len());
                for part in &parts {
                    let value = self.nested(node, |l| l.json(part, span));
                    elements.push(Element { value: value.unwrap_or_else(|| self.unknown(node)), spread: false });
                }
                self.b.expr(Expr::List(elements.into()), span)
            }
            (Kind::Identifier, _) if self.text(node) == "null" => self.b.expr(Expr::Null, span),
            _ => self.token_expr(tokens),
        }
    }

    /// `matches!(value, pattern if guard)`
    fn matches_macro(&mut self, tree: Node<'_>, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let parts = self.split(tree, Kind::Comma);
        let [value, rest @ ..] = parts.as_slice() else { return self.unknown(node) };
        let value = self.token_expr(value);
        let subject = self.keep(value);
        let (Some(first), Some(last)) = (rest.first().and_then(|part| part.first()), rest.last().and_then(|part| part.last())) else {
            return self.unknown(node);
        };
        let range = first.node.start_byte()..last.node.end_byte();
        let test = self.fragment("const _:_=match x{", range, "=>0};", |l, root| {
            let arm = l.first_deep(root, Kind::MatchArm)?;
            let pattern = field(&l.kids(arm), Field::Pattern)?;
            l.scoped(|l| l.arm_test(pattern.node, subject))
        });
        match test {
            Some(Some(test)) => test,
            Some(None) => self.b.expr(Expr::Bool(true), span),
            None => self.unknown(node),
        }
    }

    /// The first node of a kind on the way down the first children.
    fn first_deep<'t>(&self, node: Node<'t>, kind: Kind) -> Option<Node<'t>> {
        let mut open = vec![node];
        let mut looked = 0;
        while let Some(node) = open.pop() {
            looked += 1;
            if self.kind(node) == kind {
                return Some(node);
            }
            if looked > 64 {
                return None;
            }
            open.extend(self.kids(node).iter().rev().map(|kid| kid.node));
        }
        None
    }

    /// `select! { pattern = future, if condition => body, … }`
    fn select(&mut self, tree: Node<'_>, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let tokens = self.tokens(tree);
        let mut rest = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or_default();
        let result = self.temporary();
        while let Some(arrow) = rest.iter().position(|token| token.kind == Kind::Arrow) {
            let (mut head, after) = rest.split_at(arrow);
            if let [biased, mark, more @ ..] = head
                && mark.kind == Kind::Semicolon
                && biased.kind == Kind::Identifier
            {
                head = more;
            }
            let after = &after[1..];
            let block = after.first().is_some_and(|first| first.kind == Kind::TokenTree && self.text(first.node).starts_with('{'));
            let end = if block { 1 } else { after.iter().position(|token| token.kind == Kind::Comma).unwrap_or(after.len()) };
            let (body, more) = after.split_at(end);
            rest = if more.first().is_some_and(|first| first.kind == Kind::Comma) { &more[1..] } else { more };
            let test = self.b.expr(Expr::Unknown, span);
            let then = self.block_of(|l| {
                l.scoped(|l| {
                    if let Some(assign) = head.iter().position(|token| token.kind == Kind::Assign) {
                        let future = l.split_tokens(&head[assign + 1..], Kind::Comma);
                        let future = future.first().map(|tokens| l.token_expr(tokens));
                        l.bind_tokens(&head[..assign], future);
                    }
                    let value = l.token_expr(body);
                    l.deliver(Goal::Keep(result), value, node);
                });
            });
            self.emit(Statement::If { test, then, otherwise: Vec::new() });
        }
        self.slot(result, span)
    }

    /// Binds a pattern that stands in a macro.
    fn bind_tokens(&mut self, pattern: &[Child<'_>], value: Option<ExprId>) {
        let bound = self.fragment("const _:_=match x{", Self::range(pattern), "=>0};", |l, root| {
            let arm = l.first_deep(root, Kind::MatchArm)?;
            let pattern = field(&l.kids(arm), Field::Pattern)?;
            let inner = l.kids(pattern.node).first().copied()?;
            Some(l.pattern(inner.node))
        });
        match (bound.flatten(), value) {
            (Some(pattern), value) => self.emit(Statement::Bind { pattern, value, declares: true }),
            (None, Some(value)) => self.emit(Statement::Expr(value)),
            (None, None) => {}
        }
    }

    /// Whatever expressions lie directly in a node.
    pub(super) fn parts(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let mut parts = Vec::new();
        for kid in self.kids(node) {
            if kid.node.is_named() && !matches!(kid.kind, Kind::Label | Kind::Lifetime | Kind::TypeArguments) {
                parts.push(self.expr(kid.node));
            }
        }
        parts.push(self.unknown(node));
        self.b.expr(Expr::Sequence(parts.into()), span)
    }
}
