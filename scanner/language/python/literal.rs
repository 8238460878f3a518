//! Strings, f-strings and numbers.

use std::borrow::Cow;

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Lowering, span};
use crate::program::{Expr, ExprId, Part};

/// Prefix letters and quotes of a string literal.
struct Quotes {
    raw: bool,
    format: bool,
    /// Bytes before the content.
    open: usize,
    /// Bytes after it.
    close: usize,
}

fn quotes(text: &str) -> Quotes {
    let prefix = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let letters = &text.as_bytes()[..prefix];
    let has = |letter: u8| letters.iter().any(|b| b.to_ascii_lowercase() == letter);
    let rest = &text[prefix..];
    let width = if rest.starts_with("\"\"\"") || rest.starts_with("'''") { 3 } else { 1 };
    Quotes { raw: has(b'r'), format: has(b'f') || has(b't'), open: prefix + width, close: width }
}

fn push_text(parts: &mut Vec<Part>, pending: &mut String) {
    if !pending.is_empty() {
        parts.push(Part::Text(std::mem::take(pending).into()));
    }
}

impl<'t> Lowering<'t, '_> {
    /// A string, or several of them in a row.
    pub(super) fn string(&mut self, node: Node<'t>, kind: Kind) -> ExprId {
        let mut parts = Vec::new();
        let mut pending = String::new();
        if kind == Kind::Concatenated {
            for i in self.open(node) {
                let kid = self.kids[i];
                if kid.kind == Kind::String {
                    self.string_parts(kid.node, &mut parts, &mut pending);
                }
            }
        } else {
            self.string_parts(node, &mut parts, &mut pending);
        }
        if parts.is_empty() {
            return self.b.expr(Expr::Str(pending.into()), span(node));
        }
        push_text(&mut parts, &mut pending);
        self.b.expr(Expr::Template(parts.into()), span(node))
    }

    fn string_parts(&mut self, node: Node<'t>, parts: &mut Vec<Part>, pending: &mut String) {
        let text = self.text(node);
        let quotes = quotes(text);
        if !quotes.format {
            let end = text.len().saturating_sub(quotes.close).max(quotes.open);
            pending.push_str(&unescape(text.get(quotes.open..end).unwrap_or(""), quotes.raw, false));
            return;
        }
        let mark = self.kids.len();
        for i in self.open(node) {
            let kid = self.kids[i];
            match kid.kind {
                Kind::StringContent => pending.push_str(&unescape(self.text(kid.node), quotes.raw, true)),
                Kind::Interpolation => {
                    push_text(parts, pending);
                    let inner = self.kids.len();
                    let found = self.open(kid.node).map(|at| self.kids[at]).find(|hole| hole.field == Field::Expression);
                    self.kids.truncate(inner);
                    let value = match found {
                        Some(hole) => self.expr(hole.node),
                        None => self.unknown(kid.node),
                    };
                    parts.push(Part::Value(value));
                }
                _ => {}
            }
        }
        self.kids.truncate(mark);
    }

    /// The text of a string without holes, or of several in a row.
    pub(super) fn plain_string(&mut self, node: Node<'t>, kind: Kind) -> Option<String> {
        let mut out = String::new();
        let mut plain = |text: &str| {
            let quotes = quotes(text);
            let end = text.len().saturating_sub(quotes.close).max(quotes.open);
            out.push_str(&unescape(text.get(quotes.open..end).unwrap_or(""), quotes.raw, false));
            !quotes.format
        };
        match kind {
            Kind::String => plain(self.text(node)).then_some(out),
            Kind::Concatenated => {
                let mark = self.kids.len();
                let all = self.open(node).all(|i| {
                    let kid = self.kids[i];
                    kid.kind == Kind::String && plain(&self.source[kid.node.byte_range()])
                });
                self.kids.truncate(mark);
                all.then_some(out)
            }
            _ => None,
        }
    }

    pub(super) fn number(&mut self, node: Node<'t>) -> ExprId {
        let value = number(self.text(node));
        let expr = value.map_or(Expr::Unknown, Expr::Number);
        self.b.expr(expr, span(node))
    }
}

fn number(text: &str) -> Option<f64> {
    let digits: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    let radix = match digits.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => return digits.trim_end_matches(['l', 'L']).parse().ok(),
    };
    // Beyond 2^53 a float holds such a number only about; so it is for every language here.
    let mut value = 0.0f64;
    for c in digits[2..].trim_end_matches(['l', 'L']).chars() {
        value = value * f64::from(radix) + f64::from(c.to_digit(radix)?);
    }
    Some(value)
}

/// Resolves escapes, and doubled braces of an f-string.
fn unescape(text: &str, raw: bool, format: bool) -> Cow<'_, str> {
    let special = |b: u8| (b == b'\\' && !raw) || (format && (b == b'{' || b == b'}')) || b == b'\r';
    if !text.bytes().any(special) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.bytes().position(special) {
        out.push_str(&rest[..at]);
        let found = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match found {
            b'\\' => rest = escape(rest, &mut out),
            b'\r' => {
                out.push('\n');
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
            brace => {
                out.push(brace as char);
                if rest.as_bytes().first() == Some(&brace) {
                    rest = &rest[1..];
                }
            }
        }
    }
    out.push_str(rest);
    out.into()
}

/// Reads what follows a backslash and returns what comes after.
fn escape<'t>(rest: &'t str, out: &mut String) -> &'t str {
    let Some(c) = rest.chars().next() else {
        out.push('\\');
        return rest;
    };
    let after = &rest[c.len_utf8()..];
    let simple = match c {
        '\n' => return after,
        '\r' => return after.strip_prefix('\n').unwrap_or(after),
        '\\' | '\'' | '"' => c,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        'x' => return code(rest, after, 2, out),
        'u' => return code(rest, after, 4, out),
        'U' => return code(rest, after, 8, out),
        'N' => {
            return match after.strip_prefix('{').and_then(|name| name.split_once('}')) {
                // The table of names is not at hand; what counts is that one character stands here.
                Some((_, after)) => {
                    out.push('?');
                    after
                }
                None => {
                    out.push_str("\\N");
                    after
                }
            };
        }
        '0'..='7' => {
            let width = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
            let value = u32::from_str_radix(&rest[..width], 8).unwrap_or(0);
            out.push(char::from_u32(value).unwrap_or('\u{fffd}'));
            return &rest[width..];
        }
        other => {
            out.push('\\');
            other
        }
    };
    out.push(simple);
    after
}

fn code<'t>(rest: &'t str, after: &'t str, width: usize, out: &mut String) -> &'t str {
    match after.get(..width).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())) {
        Some(digits) => {
            let value = u32::from_str_radix(digits, 16).unwrap_or(0);
            out.push(char::from_u32(value).unwrap_or('\u{fffd}'));
            &after[width..]
        }
        None => {
            out.push('\\');
            out.push_str(&rest[..rest.len() - after.len()]);
            after
        }
    }
}
