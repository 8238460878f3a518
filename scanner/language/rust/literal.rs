//! Literals, and texts with holes.

use tree_sitter::Node;

use super::kind::Kind;
use super::lower::{Child, Lowering};
use crate::program::{Expr, ExprId, Part};

impl Lowering<'_> {
    /// The text of a string literal of either kind; of another node its source.
    pub(super) fn string(&self, node: Node<'_>, kind: Kind) -> String {
        let text = self.text(node);
        match kind {
            Kind::String => {
                let inside = text.trim_start_matches(['b', 'c']);
                unescape(inside.strip_prefix('"').unwrap_or(inside).strip_suffix('"').unwrap_or(inside))
            }
            Kind::RawString => {
                let inside = text.trim_start_matches(['b', 'c', 'r']);
                let hashes = inside.bytes().take_while(|byte| *byte == b'#').count();
                let end = inside.len().saturating_sub(hashes + 1).max(hashes + 1);
                inside.get(hashes + 1..end).unwrap_or_default().to_owned()
            }
            _ => text.to_owned(),
        }
    }

    pub(super) fn number(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let text: String = self.text(node).chars().filter(|c| *c != '_').collect();
        let radix = match text.get(..2) {
            Some("0x") => 16,
            Some("0o") => 8,
            Some("0b") => 2,
            _ => 10,
        };
        let value = if radix == 10 {
            let end = text.find(|c: char| c.is_alphabetic() && !matches!(c, 'e' | 'E')).unwrap_or(text.len());
            text[..end].parse::<f64>().ok()
        } else {
            let digits = text.get(2..).unwrap_or_default();
            let end = digits.find(['i', 'u']).unwrap_or(digits.len());
            u64::from_str_radix(&digits[..end], radix).ok().map(|n| n as f64)
        };
        let expr = value.map_or(Expr::Unknown, Expr::Number);
        self.b.expr(expr, span)
    }

    /// `format!("…{}…{name}", value)`: the template is a literal, `arguments` are what follows it.
    pub(super) fn template(&mut self, template: Child<'_>, arguments: &[(Option<String>, ExprId)]) -> ExprId {
        let span = self.span(template.node);
        let text = self.string(template.node, template.kind);
        let mut parts: Vec<Part> = Vec::new();
        let mut literal = String::new();
        let mut next = 0;
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let mark = &rest[at..];
            if mark.starts_with("{{") || mark.starts_with("}}") {
                literal.push_str(&mark[..1]);
                rest = &mark[2..];
                continue;
            }
            let Some(end) = mark.find('}').filter(|_| mark.starts_with('{')) else {
                rest = &mark[1..];
                continue;
            };
            let name = mark[1..end].split(':').next().unwrap_or("").trim();
            let value = if name.is_empty() {
                next += 1;
                arguments.get(next - 1).map(|(_, value)| *value)
            } else if let Ok(index) = name.parse::<usize>() {
                arguments.get(index).map(|(_, value)| *value)
            } else {
                arguments.iter().find(|(known, _)| known.as_deref() == Some(name)).map(|(_, value)| *value)
            };
            let value = value.unwrap_or_else(|| if name.is_empty() { self.b.expr(Expr::Unknown, span) } else { self.identifier(name, span) });
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal).into()));
            }
            parts.push(Part::Value(value));
            rest = &mark[end + 1..];
        }
        literal.push_str(rest);
        if parts.is_empty() {
            return self.b.expr(Expr::Str(literal.into()), span);
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal.into()));
        }
        self.b.expr(Expr::Template(parts.into()), span)
    }
}

fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(mark) = rest.chars().next() else { break };
        rest = &rest[mark.len_utf8()..];
        match mark {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '0' => out.push('\0'),
            // The line goes on: its end and the margin of the next are not part of the text.
            '\n' | '\r' => rest = rest.trim_start(),
            'x' => {
                let code = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                out.extend(code.map(char::from));
                rest = rest.get(2..).unwrap_or_default();
            }
            'u' => {
                let end = rest.find('}').map_or(rest.len(), |end| end + 1);
                let digits = rest[..end].trim_matches(['{', '}']).replace('_', "");
                out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                rest = &rest[end..];
            }
            other => out.push(other),
        }
    }
    out.push_str(rest);
    out
}
