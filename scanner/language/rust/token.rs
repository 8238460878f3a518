//! Tokens of a text, as macros see them.

/// A token; a group is its opening bracket, and knows where it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    /// Bytes in the text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// For an opening bracket, how many tokens later its group is closed.
    pub(super) closes: Option<usize>,
}

/// Operators of more than one character. `>>` is none, since it may close two lists of types.
const OPERATORS: &[&str] =
    &["..=", "...", "<<=", "::", "->", "=>", "..", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "<<"];

/// The tokens of a text, without comments.
pub(super) fn lex(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = match rest[0] {
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'/' if rest.starts_with(b"//") => {
                at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.starts_with(b"/*") => {
                at += comment(rest);
                continue;
            }
            b'"' => string(rest, 0),
            b'r' | b'b' | b'c' if prefixed(rest).is_some() => prefixed(rest).unwrap_or(1),
            b'\'' => quoted(rest),
            b if b.is_ascii_digit() => number(rest),
            b if is_word(b) => rest.iter().position(|b| !is_word(*b)).unwrap_or(rest.len()),
            _ => OPERATORS.iter().find(|operator| rest.starts_with(operator.as_bytes())).map_or(1, |operator| operator.len()),
        };
        let end = (at + length.max(1)).min(bytes.len());
        let Some(token) = text.get(at..end) else {
            at += 1;
            continue;
        };
        all.push(Token { text: token, start: at, end, closes: None });
        at = end;
    }
    close_groups(&mut all);
    all
}

fn close_groups(tokens: &mut [Token<'_>]) {
    let mut open: Vec<usize> = Vec::new();
    for at in 0..tokens.len() {
        match tokens[at].text {
            "(" | "[" | "{" => open.push(at),
            ")" | "]" | "}" => {
                if let Some(start) = open.pop() {
                    tokens[start].closes = Some(at - start);
                }
            }
            _ => {}
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (2, 1);
    while at < rest.len() && depth > 0 {
        match &rest[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

/// Bytes of the text that begins with the quote at `from`.
fn string(rest: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br#"…"#`, `c"…"`, `b'x'`, `r#name`
fn prefixed(rest: &[u8]) -> Option<usize> {
    let letters = rest.iter().take(2).take_while(|b| matches!(b, b'r' | b'b' | b'c')).count();
    let hashes = rest[letters..].iter().take_while(|b| **b == b'#').count();
    match rest.get(letters + hashes) {
        Some(b'"') if rest[..letters].contains(&b'r') => {
            let start = letters + hashes + 1;
            let close = rest[start..].windows(hashes + 1).position(|w| w[0] == b'"' && w[1..].iter().all(|b| *b == b'#'));
            Some(close.map_or(rest.len(), |close| start + close + hashes + 1))
        }
        Some(b'"') if hashes == 0 => Some(string(rest, letters)),
        Some(b'\'') if hashes == 0 && rest[0] == b'b' && letters == 1 => Some(1 + quoted(&rest[1..])),
        Some(b) if hashes == 1 && letters == 1 && rest[0] == b'r' && is_word(*b) => {
            Some(2 + rest[2..].iter().position(|b| !is_word(*b)).unwrap_or(rest.len() - 2))
        }
        _ => None,
    }
}

/// `'a'` or `'lifetime`
fn quoted(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return rest.iter().skip(3).position(|b| *b == b'\'').map_or(rest.len(), |at| at + 4);
    }
    // A character is up to four bytes.
    if let Some(close) = (2..=5).find(|at| rest.get(*at) == Some(&b'\'')) {
        let is_one = rest.get(1..close).and_then(|inner| std::str::from_utf8(inner).ok()).is_some_and(|inner| inner.chars().count() == 1);
        if is_one {
            return close + 1;
        }
    }
    1 + rest[1..].iter().position(|b| !is_word(*b)).unwrap_or(rest.len() - 1)
}

fn number(rest: &[u8]) -> usize {
    let mut at = 0;
    while at < rest.len() && (is_word(rest[at]) || (rest[at] == b'.' && rest.get(at + 1).is_some_and(u8::is_ascii_digit))) {
        at += 1;
    }
    at
}
