//! Texts, numbers and composite literals.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use crate::program::{Argument, Call, Entry, Expr, ExprId, Key, Spread, Symbol};

/// What the elements of a composite literal are.
#[derive(Clone, Copy)]
struct Elements<'t> {
    node: Node<'t>,
    kind: Kind,
}

impl<'t> Lowering<'t, '_> {
    /// The text of a string literal.
    pub(super) fn string_text(&self, node: Node<'t>, kind: Kind) -> String {
        let text = self.text(node);
        match kind {
            Kind::RawString => text.trim_matches('`').replace('\r', ""),
            _ => unescape(text.strip_prefix('"').unwrap_or(text).strip_suffix('"').unwrap_or("")),
        }
    }

    pub(super) fn number(&mut self, node: Node<'t>, kind: Kind) -> ExprId {
        let text = self.text(node);
        let value = match kind {
            Kind::Rune => {
                let inner = unescape(text.trim_matches('\''));
                inner.chars().next().map(|c| f64::from(u32::from(c)))
            }
            _ => number(text),
        };
        match value {
            Some(value) => self.b.expr(Expr::Number(value), span(node)),
            None => self.unknown(node),
        }
    }

    /// `T{…}`
    pub(super) fn composite(&mut self, node: Node<'t>) -> ExprId {
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).copied();
        let (Some(written), Some(body)) = (part(Field::Type), part(Field::Body)) else { return self.unknown(node) };
        self.literal_of(written.node, written.kind, body.node, node)
    }

    /// A literal without its type, as it may stand inside another.
    pub(super) fn elided(&mut self, body: Node<'t>, of: Option<(Node<'t>, Kind)>) -> ExprId {
        match of {
            Some((node, kind)) => self.nested(body, |l| l.literal_of(node, kind, body, body)).unwrap_or_else(|| self.unknown(body)),
            None => self.nested(body, |l| l.object(body, None)).unwrap_or_else(|| self.unknown(body)),
        }
    }

    fn literal_of(&mut self, written: Node<'t>, kind: Kind, body: Node<'t>, node: Node<'t>) -> ExprId {
        match kind {
            Kind::MapType => {
                let value = self.children(written).into_iter().find(|kid| kid.field == Field::Value);
                self.object(body, value.map(|value| Elements { node: value.node, kind: value.kind }))
            }
            Kind::SliceType | Kind::ArrayType | Kind::ImplicitArrayType => {
                let element = self.children(written).into_iter().find(|kid| kid.field == Field::Element);
                self.items(body, element.map(|element| Elements { node: element.node, kind: element.kind }))
            }
            Kind::PointerType | Kind::ParenthesizedType => match self.children(written).into_iter().find(|kid| kid.node.is_named()) {
                Some(inner) => self.nested(written, |l| l.literal_of(inner.node, inner.kind, body, node)).unwrap_or_else(|| self.unknown(node)),
                None => self.unknown(node),
            },
            Kind::StructType => self.anonymous(written, body),
            _ => self.named(written, body, node),
        }
    }

    /// `map[K]V{…}`, and a struct whose type is not at hand.
    fn object(&mut self, body: Node<'t>, of: Option<Elements<'t>>) -> ExprId {
        let fields = of.is_none();
        let mut entries = Vec::new();
        let mut items = Vec::new();
        for kid in self.children(body) {
            match kid.kind {
                Kind::KeyedElement => {
                    let Some((key, value)) = self.keyed(kid.node) else { continue };
                    let value = self.element(value, of);
                    let key = match self.inner(key) {
                        (node, Kind::Identifier) if fields => Key::Name(self.symbol(node)),
                        (node, Kind::LiteralValue) => Key::Computed(self.elided(node, None)),
                        (node, _) => Key::Computed(self.expr(node)),
                    };
                    entries.push(Entry::Field { key, value });
                }
                Kind::LiteralElement => {
                    let value = self.element(kid.node, of);
                    items.push(value);
                }
                _ => {}
            }
        }
        if !items.is_empty() {
            return self.list(items, body);
        }
        self.b.expr(Expr::Object(entries.into()), span(body))
    }

    /// `[]T{…}`
    fn items(&mut self, body: Node<'t>, of: Option<Elements<'t>>) -> ExprId {
        let mut all = Vec::new();
        for kid in self.children(body) {
            let value = match kid.kind {
                Kind::KeyedElement => self.keyed(kid.node).map(|(_, value)| value),
                Kind::LiteralElement => Some(kid.node),
                _ => None,
            };
            if let Some(value) = value {
                let value = self.element(value, of);
                all.push(value);
            }
        }
        self.list(all, body)
    }

    /// `struct{…}{…}`: fields by their names.
    fn anonymous(&mut self, written: Node<'t>, body: Node<'t>) -> ExprId {
        let mut names: Vec<Symbol> = Vec::new();
        for list in self.children(written).into_iter().filter(|kid| kid.kind == Kind::Fields) {
            for field in self.children(list.node).into_iter().filter(|kid| kid.kind == Kind::FieldDeclaration) {
                for name in self.children(field.node).into_iter().filter(|kid| kid.field == Field::Name) {
                    let name = self.symbol(name.node);
                    names.push(name);
                }
            }
        }
        let mut names = names.into_iter();
        let mut entries = Vec::new();
        for kid in self.children(body) {
            match kid.kind {
                Kind::KeyedElement => {
                    let Some((key, value)) = self.keyed(kid.node) else { continue };
                    let value = self.element(value, None);
                    let (key, _) = self.inner(key);
                    let key = Key::Name(self.symbol(key));
                    entries.push(Entry::Field { key, value });
                }
                Kind::LiteralElement => {
                    let value = self.element(kid.node, None);
                    if let Some(name) = names.next() {
                        entries.push(Entry::Field { key: Key::Name(name), value });
                    }
                }
                _ => {}
            }
        }
        self.b.expr(Expr::Object(entries.into()), span(body))
    }

    /// A literal of a type with a name: a struct of the program or of a library, or what is named is a list or map.
    fn named(&mut self, written: Node<'t>, body: Node<'t>, node: Node<'t>) -> ExprId {
        let callee = self.type_expr(written);
        let kids = self.children(body);
        let keyed = kids.iter().any(|kid| kid.kind == Kind::KeyedElement);
        if keyed {
            let mut arguments = Vec::new();
            for kid in &kids {
                let Some((key, value)) = self.keyed(kid.node) else { continue };
                let (key, Kind::Identifier) = self.inner(key) else { return self.object(body, None) };
                let value = self.element(value, None);
                let name = Some(self.symbol(key));
                arguments.push(Argument { name, value, spread: Spread::No });
            }
            return self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: true, tagged: false })), span(node));
        }
        let items = kids.iter().filter(|kid| kid.kind == Kind::LiteralElement).map(|kid| kid.node).collect::<Vec<_>>();
        if items.is_empty() {
            return self.primitive("type", "empty", &[callee], span(node));
        }
        let items = items.into_iter().map(|item| self.element(item, None)).collect();
        let items = self.list(items, body);
        self.primitive("type", "compose", &[callee, items], span(node))
    }

    fn keyed(&mut self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let kids = self.children(node);
        let part = |field| kids.iter().find(|kid: &&Child<'t>| kid.field == field).map(|kid| kid.node);
        Some((part(Field::Key)?, part(Field::Value)?))
    }

    /// What stands in an element of a literal.
    fn inner(&mut self, node: Node<'t>) -> (Node<'t>, Kind) {
        match self.kind(node) {
            Kind::LiteralElement => match self.children(node).into_iter().find(|kid| kid.node.is_named()) {
                Some(inner) => (inner.node, inner.kind),
                None => (node, Kind::Other),
            },
            kind => (node, kind),
        }
    }

    fn element(&mut self, node: Node<'t>, of: Option<Elements<'t>>) -> ExprId {
        match self.inner(node) {
            (body, Kind::LiteralValue) => self.elided(body, of.map(|of| (of.node, of.kind))),
            (node, Kind::Other) => self.unknown(node),
            (node, _) => self.expr(node),
        }
    }
}

fn number(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().map(|n| n as f64);
    match plain.get(..2) {
        Some("0x") => radix(&plain[2..], 16),
        Some("0o") => radix(&plain[2..], 8),
        Some("0b") => radix(&plain[2..], 2),
        _ if plain.len() > 1 && plain.starts_with('0') && plain.bytes().all(|b| b.is_ascii_digit()) => radix(&plain[1..], 8),
        _ => plain.parse().ok(),
    }
}

fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    // Escapes can spell bytes, several of which make one character.
    let mut bytes = Vec::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut buffer = [0; 4];
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        let Some(escape) = chars.next() else { break };
        let mut digits = |count: usize, radix: u32, first: u32| {
            let mut value = first;
            for _ in 0..count {
                let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else { break };
                value = value.wrapping_mul(radix).wrapping_add(digit);
                chars.next();
            }
            value
        };
        let wide = |bytes: &mut Vec<u8>, value: u32| {
            let c = char::from_u32(value).unwrap_or('\u{fffd}');
            let mut buffer = [0; 4];
            bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        };
        match escape {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'f' => bytes.push(12),
            'v' => bytes.push(11),
            'x' => bytes.push(digits(2, 16, 0) as u8),
            'u' => {
                let value = digits(4, 16, 0);
                wide(&mut bytes, value);
            }
            'U' => {
                let value = digits(8, 16, 0);
                wide(&mut bytes, value);
            }
            '0'..='7' => bytes.push(digits(2, 8, escape.to_digit(8).unwrap_or(0)) as u8),
            other => bytes.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
