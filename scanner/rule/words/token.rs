//! Words, names, paths and addresses in a text.

/// What a token is, by its form alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A word, or one character of a script that puts no spaces between words.
    Word,
    /// Written like a name in a program: `read_file`, `readFile`, `read-file`, `files.read`.
    Name,
    Url,
    Email,
    Path,
    Number,
    /// `=`, `(`, …: what orders a call.
    Sign,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) form: Form,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) sentence: u32,
    /// Stands alone between quotes or backticks.
    pub(super) quoted: bool,
}

/// Tokens and quotations.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) list: Vec<Token>,
    /// Quotations of several words: first token and the one after the last.
    pub(super) quotes: Vec<(usize, usize)>,
    pub(super) sentences: u32,
}

/// A quotation is not longer than this many bytes.
const QUOTE: usize = 400;
/// A token is not longer than this many bytes; what is longer is cut into several.
const LONGEST: usize = 512;

/// Scripts without spaces between words.
pub(super) fn is_dense(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}' | '\u{e00}'..='\u{e7f}' | '々')
}

fn is_stop(letter: char) -> bool {
    matches!(letter, '.' | '!' | '?' | '。' | '！' | '？' | '؟' | '।' | '…' | '｡' | '．')
}

/// Characters that no word, path or address goes on with.
fn is_break(letter: char) -> bool {
    letter.is_whitespace()
        || is_dense(letter)
        || matches!(
            letter,
            '"' | '`'
                | '<'
                | '>'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | ','
                | ';'
                | '='
                | '|'
                | '!'
                | '，'
                | '、'
                | '：'
                | '；'
                | '（'
                | '）'
                | '「'
                | '」'
                | '『'
                | '』'
                | '《'
                | '》'
                | '【'
                | '】'
                | '«'
                | '»'
                | '—'
                | '–'
                | '→'
                | '،'
                | '؛'
                | '“'
                | '”'
        )
        || (is_stop(letter) && letter != '.' && letter != '?')
}

pub(super) fn read(text: &str) -> Tokens {
    let mut tokens = Tokens::default();
    let mut sentence = 0;
    let mut at = 0;
    // Where the quotation that is open ends, and which token is its first.
    let mut quote: Option<(usize, usize)> = None;
    while let Some(letter) = text[at..].chars().next() {
        if let Some((end, first)) = quote
            && at >= end
        {
            close(&mut tokens, first);
            quote = None;
            // The sign that closes it opens no other.
            at = end + text[end..].chars().next().map_or(0, char::len_utf8);
            continue;
        }
        let size = letter.len_utf8();
        if letter == '\n' {
            sentence += 1;
            at += size;
        } else if is_stop(letter) && (letter != '.' || ends_sentence(text, at)) {
            // Inside a quotation a stop does not end the sentence around it.
            sentence += u32::from(quote.is_none());
            at += size;
        } else if let Some(end) = closing(text, at, letter).filter(|_| quote.is_none()) {
            quote = Some((end, tokens.list.len()));
            at += size;
        } else if matches!(letter, '=' | '(' | ':' | '|' | '&' | '>' | '<' | '+' | '$')
            && !(letter == '$' && text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            tokens.list.push(Token { form: Form::Sign, start: at, end: at + size, sentence, quoted: false });
            at += size;
        } else if is_dense(letter) {
            tokens.list.push(Token { form: Form::Word, start: at, end: at + size, sentence, quoted: false });
            at += size;
        } else if letter.is_alphanumeric() || matches!(letter, '~' | '/' | '.' | '_' | '$' | '@' | '%' | '\\' | '-' | '#') || is_mark(letter) {
            let limit = quote.map_or(text.len(), |(end, _)| end.max(at + size)).min(floor(text, at + LONGEST).max(at + size));
            let end = run(text, at, limit);
            push(&mut tokens, text, at, end, sentence);
            at = end;
        } else {
            at += size;
        }
    }
    if let Some((_, first)) = quote {
        close(&mut tokens, first);
    }
    tokens.sentences = sentence + 1;
    tokens
}

/// Vowel signs of scripts that write them on their own.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{900}'..='\u{d7f}' | '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}')
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A dot ends a sentence when white space follows, and the word before is no abbreviation.
fn ends_sentence(text: &str, at: usize) -> bool {
    let next = text[at + 1..].chars().next();
    if next.is_some_and(|next| !next.is_whitespace() && !is_dense(next) && !matches!(next, '"' | '\'' | ')' | '`' | '<')) {
        return false;
    }
    let before = &text[floor(text, at.saturating_sub(6))..at];
    !["e.g", "i.e", "etc", " vs", "cf", " e.g.", "z.B", "p.ej", " ex"].iter().any(|short| before.ends_with(short))
}

/// Where the quotation ends that begins here.
fn closing(text: &str, at: usize, open: char) -> Option<usize> {
    let close = match open {
        '"' | '\'' | '`' => open,
        '“' => '”',
        '«' => '»',
        '「' => '」',
        '『' => '』',
        '《' => '》',
        '„' => '“',
        _ => return None,
    };
    let size = open.len_utf8();
    let rest = &text[at + size..floor(text, at + size + QUOTE)];
    if open == '\'' && text[..at].chars().next_back().is_some_and(char::is_alphanumeric) {
        return None;
    }
    if rest.starts_with(char::is_whitespace) || rest.starts_with(close) {
        return None;
    }
    let mut found = rest.match_indices(close).map(|(end, _)| end);
    let end = found.find(|end| open != '\'' || !rest[end + 1..].starts_with(char::is_alphanumeric))?;
    Some(at + size + end)
}

/// Marks what stands between the quotes.
fn close(tokens: &mut Tokens, first: usize) {
    let count = tokens.list.len() - first;
    if count == 1 {
        tokens.list[first].quoted = true;
    } else if count > 1 {
        tokens.quotes.push((first, tokens.list.len()));
    }
}

/// The end of what belongs together from here on.
fn run(text: &str, at: usize, limit: usize) -> usize {
    let is_url = text[at..floor(text, at + 16).clamp(at, limit)]
        .find("://")
        .is_some_and(|colon| colon < 12 && text[at..at + colon].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+'));
    let mut end = at;
    let mut letters = text[at..limit].char_indices().peekable();
    while let Some((offset, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let stop = match letter {
            '\'' => !next.is_some_and(char::is_alphabetic) || offset == 0,
            '=' | '?' | '&' | '{' | '}' | '$' if is_url => false,
            ':' => !(is_url || offset == 1 && next == Some('\\') || next.is_some_and(|next| next.is_ascii_digit())),
            '&' | '*' | '+' | '?' | '^' => !is_url,
            _ => is_break(letter),
        };
        if stop {
            break;
        }
        end = at + offset + letter.len_utf8();
    }
    if end == at {
        return at + text[at..].chars().next().map_or(1, char::len_utf8);
    }
    // Punctuation at the end belongs to the sentence.
    let kept = text[at..end].trim_end_matches(['.', ':', '?', '!', '\'', '…']).len();
    if kept == 0 { end } else { at + kept }
}

fn push(tokens: &mut Tokens, text: &str, start: usize, end: usize, sentence: u32) {
    let shown = &text[start..end];
    let form = form(shown);
    if form == Form::Word && shown.contains('/') {
        // `read/write`: two words.
        let mut from = start;
        for part in shown.split('/') {
            if !part.is_empty() {
                tokens.list.push(Token { form: Form::Word, start: from, end: from + part.len(), sentence, quoted: false });
            }
            from += part.len() + 1;
        }
        return;
    }
    if !shown.chars().any(|letter| letter.is_alphanumeric() || matches!(letter, '~' | '/' | '.')) {
        return;
    }
    tokens.list.push(Token { form, start, end, sentence, quoted: false });
}

fn form(shown: &str) -> Form {
    if shown.contains("://") {
        return Form::Url;
    }
    if let Some((name, host)) = shown.split_once('@')
        && !name.is_empty()
        && host.contains('.')
        && !host.contains('/')
        && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '+' | '%'))
    {
        return Form::Email;
    }
    let digits = shown.bytes().filter(u8::is_ascii_digit).count();
    if digits > 0 && shown.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '%' | ':' | '-' | '+')) {
        return Form::Number;
    }
    let is_path = shown.starts_with(['~', '/', '\\'])
        || shown.starts_with("./")
        || shown.starts_with("../")
        || shown.contains(":\\")
        || (shown.starts_with('$') && shown.contains('/'))
        || (shown.contains('/') && (shown.contains(['.', '_', '\\', '~']) || shown.bytes().filter(|byte| *byte == b'/').count() > 2))
        || (shown.starts_with('.') && shown.len() > 1 && shown[1..].starts_with(|letter: char| letter.is_ascii_alphabetic()));
    if is_path {
        return Form::Path;
    }
    if is_name(shown) { Form::Name } else { Form::Word }
}

/// Whether it is written as names in programs are, and words are not.
pub(super) fn is_name(shown: &str) -> bool {
    if !shown.is_ascii() || !shown.starts_with(|letter: char| letter.is_ascii_alphabetic()) || shown.contains('/') {
        return false;
    }
    let inner = |sign: char| shown.trim_matches(sign).contains(sign);
    let camel = shown.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    inner('_') || camel
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Vec<(&str, Form)> {
        read(text).list.iter().map(|token| (&text[token.start..token.end], token.form)).collect()
    }

    #[test]
    fn forms_are_told_apart() {
        use Form::{Email, Name, Number, Path, Sign, Url, Word};
        assert_eq!(
            forms("Don't call read_file, send ~/.ssh/id_rsa to a@b.example or https://x.example/?q=1. And/or x=1"),
            [
                ("Don't", Word),
                ("call", Word),
                ("read_file", Name),
                ("send", Word),
                ("~/.ssh/id_rsa", Path),
                ("to", Word),
                ("a@b.example", Email),
                ("or", Word),
                ("https://x.example/?q=1", Url),
                ("And", Word),
                ("or", Word),
                ("x", Word),
                ("=", Sign),
                ("1", Number),
            ]
        );
        assert_eq!(forms("读取~/.env文件"), [("读", Word), ("取", Word), ("~/.env", Path), ("文", Word), ("件", Word)]);
    }

    #[test]
    fn quotations_and_sentences() {
        let text = "Set 'query' to 'the best. Of all'. Then e.g. go on! Next";
        let tokens = read(text);
        assert_eq!(tokens.sentences, 3);
        assert!(tokens.list[1].quoted);
        assert_eq!(tokens.quotes, [(3, 7)]);
    }

    #[test]
    fn hostile_texts_end() {
        for text in ["'".repeat(5000), "`a".repeat(5000), "a/".repeat(5000), "://".repeat(5000), "\u{900}".repeat(5000), "-".repeat(5000)] {
            read(&text);
        }
    }
}
