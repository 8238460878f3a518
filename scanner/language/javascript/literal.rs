//! The values of literals: strings with their escapes, numbers, documentation comments.

use std::borrow::Cow;

/// The text that a string or template literal denotes, given what stands between its delimiters.
pub(super) fn cooked(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = escape(&rest[at + 1..], &mut out);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Reads one escape (after the backslash) and returns what follows it.
fn escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let mut chars = rest.chars();
    let Some(c) = chars.next() else { return rest };
    let after = chars.as_str();
    let plain = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\r' => return after.strip_prefix('\n').unwrap_or(after),
        '\n' | '\u{2028}' | '\u{2029}' => return after,
        'x' => return hex(after, 2, out).unwrap_or(after),
        'u' => return unicode(after, out).unwrap_or(after),
        '0'..='7' => return octal(rest, out),
        other => other,
    };
    out.push(plain);
    after
}

fn hex<'a>(rest: &'a str, digits: usize, out: &mut String) -> Option<&'a str> {
    let (code, after) = code_unit(rest, digits)?;
    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(after)
}

fn code_unit(rest: &str, digits: usize) -> Option<(u32, &str)> {
    let text = rest.get(..digits).filter(|t| t.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(text, 16).ok()?, &rest[digits..]))
}

fn unicode<'a>(rest: &'a str, out: &mut String) -> Option<&'a str> {
    if let Some(braced) = rest.strip_prefix('{') {
        // Bounded: a long run of unclosed escapes must not be searched to its end each time.
        let end = braced.bytes().take(16).position(|b| b == b'}')?;
        let code = u32::from_str_radix(&braced[..end], 16).ok();
        out.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
        return Some(&braced[end + 1..]);
    }
    let (high, after) = code_unit(rest, 4)?;
    if (0xd800..0xdc00).contains(&high)
        && let Some((low, last)) = after.strip_prefix("\\u").and_then(|r| code_unit(r, 4))
        && (0xdc00..0xe000).contains(&low)
    {
        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        return Some(last);
    }
    out.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(after)
}

fn octal<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let longest = if rest.starts_with(['0', '1', '2', '3']) { 3 } else { 2 };
    let digits = rest.bytes().take(longest).take_while(|b| (b'0'..=b'7').contains(b)).count();
    let code = rest[..digits].bytes().fold(0, |code, b| code * 8 + u32::from(b - b'0'));
    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    &rest[digits..]
}

/// What stands between the quotes of a string literal, also when the closing one is missing.
pub(super) fn unquoted(literal: &str) -> &str {
    let Some(quote) = literal.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else { return literal };
    let body = &literal[1..];
    body.strip_suffix(quote).unwrap_or(body)
}

/// The value of a number literal; a BigInt is the nearest number.
pub(super) fn number(literal: &str) -> f64 {
    let text: Cow<'_, str> = if literal.contains('_') { literal.replace('_', "").into() } else { literal.into() };
    let text = text.as_ref();
    let radix = match text.get(..2).map(|p| p.to_ascii_lowercase()).as_deref() {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    if radix != 10 {
        return text[2..].chars().map_while(|c| c.to_digit(radix)).fold(0.0, |n, d| n * f64::from(radix) + f64::from(d));
    }
    if text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        return text.bytes().fold(0.0, |n, b| n * 8.0 + f64::from(b - b'0'));
    }
    text.strip_suffix('n').unwrap_or(text).parse().unwrap_or(f64::NAN)
}

/// The text of a `/** … */` comment without its stars; `None` for other comments.
pub(super) fn doc(comment: &str) -> Option<String> {
    let body = comment.strip_prefix("/**")?.strip_suffix("*/")?;
    let lines = body.lines().map(|line| {
        let line = line.trim();
        let line = line.strip_prefix('*').unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line).trim_end()
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The path that a bundler wrote into a line comment (`// node_modules/x/index.js`), and nothing else in it.
pub(super) fn region_marker(comment: &str) -> Option<&str> {
    source_path(comment.strip_prefix("//")?.trim())
}

/// `text` when it is nothing but the path of a source file.
pub(super) fn source_path(text: &str) -> Option<&str> {
    const EXTENSIONS: [&str; 8] = ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"];
    let (stem, extension) = text.rsplit_once('.')?;
    let is_path = !stem.is_empty()
        && !stem.ends_with('/')
        && text.len() < 1024
        && !text.contains(char::is_whitespace)
        && !text.contains(['(', ')', '"', '\'', '`', ';']);
    (is_path && EXTENSIONS.contains(&extension)).then(|| text.strip_prefix("./").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_cooked() {
        assert_eq!(cooked(r"a\n\x41\u0042\u{1F600}\\\'\q\0"), "a\nAB\u{1F600}\\'q\0");
        assert_eq!(cooked(r"\uD83D\uDE00"), "\u{1F600}");
        assert_eq!(cooked("a\\\nb"), "ab");
        assert_eq!(cooked(r"\xZ \u{zz} \u12 \"), "Z \u{fffd} 12 ");
        assert_eq!(cooked("\\é\\u{"), "é{");
    }

    #[test]
    fn numbers_are_read() {
        for (text, value) in [
            ("1_000", 1000.0),
            ("0xff", 255.0),
            ("0b11", 3.0),
            ("0o17", 15.0),
            ("017", 15.0),
            ("12n", 12.0),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
    }

    #[test]
    fn comments_are_read() {
        assert_eq!(doc("/** One.\n * Two\n *   three\n */").as_deref(), Some("One.\nTwo\n  three"));
        assert_eq!(doc("/* no */"), None);
        assert_eq!(doc("/**/"), None);
        assert_eq!(region_marker("// node_modules/x/index.js"), Some("node_modules/x/index.js"));
        assert_eq!(region_marker("// see x.js"), None);
    }
}
