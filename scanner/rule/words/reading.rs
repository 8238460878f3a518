//! One text read: its tokens, and everything found among them.

use std::collections::BTreeSet;

use super::lexicon::{
    CALL_ONLY, CALL_STRONG, CALL_WORDS, COMMENT, EMAIL, Id, LINKS, Lexicon, NAME, NUMBER, PARAM, PASSIVE, PATH, QUOTE, ROLE, SECRET_PLACE, SELF,
    SHELL, SIBLING, SIGN, START, TAG, TOOL, TOOL_WORDS, TURN, URL, VALUE_WORDS,
};
use super::normal::Normal;
use super::pattern::{Mark, Marks};
use super::token::{Form, Token, Tokens, is_dense, is_name, read};

/// Names that a server speaks of as its own, written in one way.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) tools: BTreeSet<String>,
    /// Parameters, values of enumerations and other words of the schemas.
    pub(super) words: BTreeSet<String>,
    /// Whether all tools are known; a name is foreign only then.
    pub(super) complete: bool,
}

/// `read-file`, `readFile` and `read_file` are one name.
pub(super) fn plain_name(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[derive(Debug)]
pub(super) struct Reading {
    pub(super) normal: Normal,
    pub(super) tokens: Tokens,
    pub(super) marks: Marks,
}

/// Endings of names of files: `config.json` is no tool.
const FILE_ENDINGS: &[&str] = &[
    "json", "yaml", "yml", "toml", "txt", "md", "py", "js", "ts", "tsx", "jsx", "csv", "xml", "html", "sh", "env", "log", "pdf", "png", "jpg", "svg",
    "db", "sqlite", "rs", "go", "java", "css", "ini", "cfg", "conf", "lock", "sql", "zip", "com", "org", "net", "io", "dev", "ai", "exe",
];

impl Reading {
    /// `own` is the tool that the text describes.
    pub(super) fn of(lexicon: &Lexicon, raw: &str, names: &Names, own: &str) -> Self {
        let normal = Normal::of(raw);
        let tokens = read(&normal.text);
        let mut reading = Reading { normal, tokens, marks: Marks::new(lexicon.count()) };
        reading.words(lexicon);
        reading.pieces(lexicon);
        reading.forms(lexicon);
        reading.markup();
        reading.names(lexicon, names, own);
        reading.marks.sort();
        reading.marks.judge(lexicon);
        reading
    }

    fn shown(&self, token: &Token) -> &str {
        self.normal.text.get(token.start..token.end).unwrap_or_default()
    }

    /// What a mark stands for in the text.
    pub(super) fn text_of(&self, mark: Mark) -> &str {
        let start = self.tokens.list.get(mark.start).map_or(0, |token| token.start);
        let end = self.tokens.list.get(mark.end.clamp(1, self.tokens.list.len().max(1)) - 1).map_or(start, |token| token.end);
        self.normal.text.get(start..end.max(start)).unwrap_or_default()
    }

    /// The first token that begins at or after a place.
    fn token_at(&self, place: usize) -> usize {
        self.tokens.list.partition_point(|token| token.start < place)
    }

    fn words(&mut self, lexicon: &Lexicon) {
        let lower = self.normal.lower.as_str();
        let mut found = Vec::new();
        for (at, token) in self.tokens.list.iter().enumerate() {
            if matches!(token.form, Form::Sign | Form::Url | Form::Email) {
                continue;
            }
            let word = &lower[token.start..token.end];
            for start in beginnings(word).map(|offset| token.start + offset) {
                let rest = &lower[start..];
                for phrase in lexicon.phrases(rest) {
                    let Some(after) = rest.strip_prefix(phrase.text.as_str()) else { continue };
                    let dense = phrase.text.chars().next_back().is_some_and(|letter| is_dense(letter) || matches!(letter, '\u{ac00}'..='\u{d7af}'));
                    if !phrase.open && !dense && !ends_here(after) {
                        continue;
                    }
                    let last = start + phrase.text.len();
                    let end = self.tokens.list[at..].iter().position(|token| token.end >= last).map_or(at + 1, |more| at + more + 1);
                    found.push((phrase.class, Mark { start: at, end, sentence: token.sentence }));
                }
            }
        }
        for (class, mark) in found {
            self.marks.add(class, mark);
        }
    }

    /// Pieces of paths, names and addresses.
    fn pieces(&mut self, lexicon: &Lexicon) {
        let Some(pieces) = &lexicon.pieces else { return };
        let lower = self.normal.lower.as_str();
        let mut found = Vec::new();
        for piece in pieces.find_overlapping_iter(lower) {
            let text = &lower[piece.start()..piece.end()];
            let edge = |letter: Option<char>, own: Option<char>| {
                !letter.is_some_and(|letter| letter.is_alphanumeric() && !is_dense(letter)) || !own.is_some_and(char::is_alphanumeric)
            };
            // What begins with a dot is not the ending of a name.
            let joined = text.starts_with('.') && lower[..piece.start()].ends_with(|letter: char| letter.is_alphanumeric());
            if joined
                || !edge(lower[..piece.start()].chars().next_back(), text.chars().next())
                || !edge(lower[piece.end()..].chars().next(), text.chars().next_back())
            {
                continue;
            }
            let at = self.tokens.list.partition_point(|token| token.end <= piece.start());
            if let Some(token) = self.tokens.list.get(at).filter(|token| token.start < piece.end()) {
                let end = self.tokens.list[at..].iter().position(|token| token.end >= piece.end()).map_or(at + 1, |more| at + more + 1);
                let class = lexicon.piece_classes.get(piece.pattern().as_usize()).copied();
                // A word that gives a host away is one only in an address.
                let class = class.filter(|class| {
                    !lexicon.name_of(*class).ends_with("-host") || matches!(token.form, Form::Url | Form::Email) || self.shown(token).contains('.')
                });
                found.extend(class.map(|class| (class, Mark { start: at, end, sentence: token.sentence })));
            }
        }
        for (class, mark) in found {
            self.marks.add(class, mark);
        }
    }

    fn forms(&mut self, lexicon: &Lexicon) {
        let secret = lexicon.known(SECRET_PLACE);
        let mut sentence = u32::MAX;
        for (at, token) in self.tokens.list.iter().enumerate() {
            let mark = Mark { start: at, end: at + 1, sentence: token.sentence };
            match token.form {
                Form::Url => {
                    self.marks.add(URL, mark);
                    let address = &self.normal.lower[token.start..token.end];
                    let local = !["http", "ws", "ftp"].iter().any(|scheme| address.starts_with(scheme));
                    if let Some(id) = secret.filter(|_| local && KEEPS.iter().any(|word| address.contains(word))) {
                        self.marks.add(id, mark);
                    }
                }
                Form::Email => self.marks.add(EMAIL, mark),
                Form::Path => {
                    self.marks.add(PATH, mark);
                    if let Some(id) = secret.filter(|_| keeps_secrets(&self.normal.lower[token.start..token.end])) {
                        self.marks.add(id, mark);
                    }
                }
                Form::Number => self.marks.add(NUMBER, mark),
                Form::Sign => self.marks.add(SIGN, mark),
                Form::Word | Form::Name => {}
            }
            if token.quoted {
                self.marks.add(QUOTE, mark);
            }
            if token.sentence != sentence {
                sentence = token.sentence;
                // Stands before the first word, so that a part may follow it without a gap.
                self.marks.add(START, Mark { start: at, end: at, sentence });
            }
        }
        for &(start, end) in &self.tokens.quotes {
            let sentence = self.tokens.list[start].sentence;
            self.marks.add(QUOTE, Mark { start, end, sentence });
        }
    }

    /// Tags, comments and pieces of shell.
    fn markup(&mut self) {
        let text = self.normal.lower.as_str();
        let mut found = Vec::new();
        let mut add = |id: Id, place: usize| {
            let at = self.token_at(place);
            if let Some(token) = self.tokens.list.get(at) {
                found.push((id, Mark { start: at, end: at + 1, sentence: token.sentence }));
            }
        };
        for (at, _) in text.match_indices(['<', '[', '$', '&', '>', '|', '`']) {
            let rest = &text[at..];
            if ["<!--", "[//]: #", "[comment]: #"].iter().any(|open| rest.starts_with(open)) {
                add(COMMENT, at);
            } else if rest.starts_with('<') || rest.starts_with('[') {
                if is_tag(rest, TAGS) {
                    add(TAG, at);
                }
                if is_tag(rest, ROLES) {
                    add(ROLE, at);
                }
                if is_turn(rest) {
                    add(TURN, at);
                }
            } else if ["$(", "&& ", "> /dev/null", "| sh", "| bash", "| base64", "| nc ", "2>&1", "${ifs}"].iter().any(|sign| rest.starts_with(sign))
            {
                add(SHELL, at);
            }
        }
        for (id, mark) in found {
            self.marks.add(id, mark);
        }
    }

    /// Whether one of the marks stands before a name, with nothing but small words between, or after it: at once, or, where verbs
    /// come last, within a few words.
    fn beside(&self, at: usize, marks: &[Mark], links: &[Mark], after: Option<usize>) -> bool {
        let Some(token) = self.tokens.list.get(at) else { return false };
        let ends_at = |end: usize| {
            marks[marks.partition_point(|mark| mark.start + 6 < end)..].iter().take_while(|mark| mark.start < end).any(|mark| mark.end == end)
        };
        let dense_before =
            self.normal.text[..token.start].trim_end_matches(['\'', '"', '`', '「', '『', '“', ' ']).chars().next_back().is_some_and(is_dense);
        let mut end = at;
        for _ in 0..if dense_before { 7 } else { 3 } {
            if ends_at(end) {
                return true;
            }
            let linked = dense_before
                || links[links.partition_point(|mark| mark.start + 4 < end)..].iter().take_while(|mark| mark.start < end).any(|mark| mark.end == end);
            if end == 0 || !linked {
                break;
            }
            end -= 1;
            if self.tokens.list.get(end).is_none_or(|before| before.sentence != token.sentence) {
                break;
            }
        }
        let rest = self.normal.text[token.end..].trim_start_matches(['\'', '"', '`', '」', '』', '”', ' ']);
        let reach = if rest.starts_with(is_script_with_late_verbs) { Some(8) } else { after };
        let Some(reach) = reach else { return false };
        marks[marks.partition_point(|mark| mark.start <= at)..]
            .iter()
            .take_while(|mark| mark.start <= at + 1 + reach)
            .any(|mark| mark.sentence == token.sentence)
    }

    /// Whether it is followed by a value: `limit=5`, `"limit": 5`.
    fn is_key(&self, token: &Token) -> bool {
        let after = &self.normal.text[token.end..];
        let after = if token.quoted { after.get(1..).unwrap_or_default() } else { after };
        after.starts_with('=') || (token.quoted && after.starts_with(':')) || after.starts_with(": ")
    }

    /// Which names are the server's own, and which are those of tools that it does not have.
    fn names(&mut self, lexicon: &Lexicon, names: &Names, own: &str) {
        let own = plain_name(own);
        let mut sorted: Vec<(Id, Mark)> = Vec::new();
        let (call, tool_word) = (lexicon.known(CALL_WORDS), lexicon.known(TOOL_WORDS));
        let marks_of = |id: Option<Id>| id.map_or(&[][..], |id| self.marks.of(id));
        let mut calls: Vec<Mark> = marks_of(call).to_vec();
        let mut strong: Vec<Mark> = marks_of(lexicon.known(CALL_STRONG)).to_vec();
        let mut words: Vec<Mark> = marks_of(tool_word).to_vec();
        let mut links: Vec<Mark> = marks_of(lexicon.known(LINKS)).to_vec();
        let passive: Vec<Mark> = marks_of(lexicon.known(PASSIVE)).to_vec();
        let mut only: Vec<Mark> = marks_of(lexicon.known(CALL_ONLY)).to_vec();
        only.sort_unstable();
        let value_words: Vec<Mark> = marks_of(lexicon.known(VALUE_WORDS)).to_vec();
        links.extend(&words);
        links.sort_unstable();
        strong.sort_unstable();
        calls.sort_unstable();
        words.sort_unstable();
        for (at, token) in self.tokens.list.iter().enumerate() {
            let shown = self.shown(token);
            if !matches!(token.form, Form::Name | Form::Word) || shown.len() < 2 || shown.len() > 80 {
                continue;
            }
            let mark = Mark { start: at, end: at + 1, sentence: token.sentence };
            let plain = plain_name(shown);
            let known = names.tools.contains(&plain);
            let named = token.form == Form::Name || token.quoted;
            if known && (named || shown.contains(['-', '.'])) {
                sorted.push((if plain == own { SELF } else { SIBLING }, mark));
                continue;
            }
            if names.words.contains(&plain) {
                if named {
                    sorted.push((PARAM, mark));
                }
                continue;
            }
            if !looks_like_name(shown) || self.is_key(token) {
                continue;
            }
            let kebab = shown.contains('-');
            if named {
                if names.complete {
                    sorted.push((NAME, mark));
                }
            } else if !kebab {
                continue;
            }
            let value = at.checked_sub(1).and_then(|before| self.tokens.list.get(before)).is_some_and(|before| self.shown(before) == "=");
            if value || value_words.iter().any(|mark| mark.start == at + 1 && mark.sentence == token.sentence) {
                continue;
            }
            let said = Said {
                quoted: token.quoted,
                titled: self.beside(at, &words, &links, Some(0)),
                called: self.beside(at, &calls, &links, None),
                strongly: self.beside(at, &strong, &links, None),
                only_called: self.beside(at, &only, &links, None),
                passive: passive.iter().any(|mark| mark.sentence == token.sentence && mark.start > at && mark.start <= at + 2),
            };
            let plausible = said.is_tool(shown);
            if plausible && names.complete {
                sorted.push((TOOL, mark));
            }
        }
        for (id, mark) in sorted {
            self.marks.add(id, mark);
        }
    }
}

/// Korean, Japanese, Chinese and Hindi put the verb after the name.
fn is_script_with_late_verbs(letter: char) -> bool {
    is_dense(letter) || matches!(letter, '\u{ac00}'..='\u{d7af}' | '\u{900}'..='\u{97f}')
}

/// Where words may begin in what is written as one: after Arabic prefixes, and after the parts of a name.
fn beginnings(word: &str) -> impl Iterator<Item = usize> {
    let mut starts = vec![0];
    let mut rest = word;
    for prefixes in [&["و", "ف"][..], &["ب", "ل", "ك", "س"], &["ال", "ل"]] {
        if let Some(prefix) = prefixes.iter().find(|prefix| rest.starts_with(**prefix)) {
            rest = &rest[prefix.len()..];
            starts.push(word.len() - rest.len());
        }
    }
    // `l'outil`, `d'appeler`: the article belongs to the word in writing only.
    if let Some(at) = word.find('\'').filter(|at| *at <= 4 && *at + 1 < word.len()) {
        starts.push(at + 1);
    }
    starts.into_iter()
}

/// Whether a word ends where this begins.
fn ends_here(after: &str) -> bool {
    let mut letters = after.chars();
    match letters.next() {
        None => true,
        Some('\'') => letters.next() == Some('s') || !letters.next().is_some_and(char::is_alphanumeric),
        // `Write-Log` is a name.
        Some('-') => !letters.next().is_some_and(char::is_uppercase),
        Some(letter) => {
            !letter.is_alphanumeric() && letter != '_' && (!matches!(letter, '\u{900}'..='\u{97f}') || matches!(letter, '।' | '॥'))
                || is_dense(letter)
        }
    }
}

/// What stands around a name.
struct Said {
    quoted: bool,
    /// `the tool x`, `the x tool`.
    titled: bool,
    /// `via x`, `querying x`.
    called: bool,
    /// `call x`, `using the x`.
    strongly: bool,
    /// `call x`, but not `use x`.
    only_called: bool,
    /// `x is called`.
    passive: bool,
}

impl Said {
    /// How a name is written says how much else it takes to be that of a tool.
    fn is_tool(&self, shown: &str) -> bool {
        let Said { quoted, titled, called, strongly, only_called, passive } = *self;
        let act = is_act(shown);
        let kebab = shown.contains('-');
        if kebab && !quoted {
            let large = shown.starts_with(|letter: char| letter.is_ascii_uppercase());
            return act && if large { only_called } else { titled || strongly || passive };
        }
        if shown.starts_with(|letter: char| letter.is_ascii_uppercase()) {
            return if quoted { titled || passive || only_called } else { act && strongly };
        }
        if is_noun(shown) && !(act && is_clear_act(shown)) {
            return titled || only_called || (quoted && passive);
        }
        match (quoted, is_name(shown) || kebab) {
            (true, true) => act || titled || called || strongly || passive,
            (true, false) => titled || passive,
            (false, _) => titled || strongly || passive || (called && (act || shown.contains('_'))),
        }
    }
}

/// First parts of names that say what is done.
const ACTS: &[&str] = &[
    "get", "set", "list", "search", "create", "add", "update", "delete", "remove", "read", "write", "fetch", "extract", "send", "run", "query",
    "find", "move", "copy", "open", "close", "upload", "download", "export", "import", "check", "validate", "verify", "execute", "call", "load",
    "save", "put", "post", "patch", "generate", "describe", "show", "make", "edit", "modify", "rename", "merge", "push", "pull", "commit", "fork",
    "clone", "start", "stop", "submit", "share", "forward", "reply", "scan", "analyze", "scrape", "crawl", "transfer", "pay", "book", "mark", "sync",
    "log", "print", "insert", "drop", "reset", "lookup", "retrieve", "browse", "navigate", "click", "invoke", "publish", "cancel",
];
/// Second parts that make a first one into an adjective.
const ADJECTIVES: &[&str] = &[
    "only",
    "based",
    "ahead",
    "source",
    "up",
    "on",
    "in",
    "out",
    "related",
    "specific",
    "defined",
    "ended",
    "time",
    "to",
    "through",
    "first",
    "in",
    "off",
    "down",
    "level",
    "friendly",
    "able",
    "back",
    "over",
    "by",
    "side",
    "sensitive",
    "heavy",
    "style",
    "line",
    "free",
];
/// Last parts of names of values.
const NOUNS: &[&str] = &[
    "id",
    "ids",
    "name",
    "names",
    "url",
    "uri",
    "path",
    "paths",
    "date",
    "time",
    "key",
    "keys",
    "token",
    "type",
    "types",
    "code",
    "size",
    "count",
    "limit",
    "offset",
    "page",
    "cursor",
    "filter",
    "filters",
    "params",
    "param",
    "options",
    "option",
    "args",
    "format",
    "mode",
    "flag",
    "value",
    "values",
    "field",
    "fields",
    "number",
    "index",
    "slug",
    "version",
    "status",
    "timestamp",
    "address",
    "text",
    "prompt",
    "json",
    "schema",
    "model",
    "model_name",
    "config",
    "settings",
    "setting",
    "default",
    "true",
    "false",
    "null",
    "none",
    "string",
    "object",
    "number",
    "boolean",
    "integer",
    "array",
    "list",
    "level",
    "string",
    "uuid",
    "hash",
    "region",
    "query",
    "sql",
    "metric",
    "variable",
    "argument",
    "parameter",
    "result",
    "results",
    "command",
    "script",
    "hook",
    "handler",
    "callback",
    "event",
    "class",
    "method",
    "property",
    "attribute",
    "element",
    "header",
    "body",
    "description",
    "title",
    "label",
    "content",
    "message",
    "output",
    "input",
    "response",
    "request",
    "error",
    "file",
    "dir",
    "directory",
    "folder",
    "template",
    "expression",
    "query",
    "enabled",
    "operator",
    "width",
    "height",
    "color",
    "start",
    "end",
    "from",
    "at",
    "by",
    "of",
    "is",
    "on",
    "user",
    "account",
    "metadata",
    "data",
    "tags",
    "tag",
    "labels",
];

/// `getThing`, `get-thing`.
fn is_act(shown: &str) -> bool {
    let apart = super::channel::apart(shown).to_ascii_lowercase();
    let mut parts = apart.split(' ');
    let first = parts.next().unwrap_or_default();
    let second = parts.next();
    ACTS.contains(&first) && second.is_some_and(|second| !ADJECTIVES.contains(&second))
}

/// `get_thing_id`: its first part is nothing but a verb. `search_query`: its first part only says what the value is for.
fn is_clear_act(shown: &str) -> bool {
    const CLEAR: &[&str] = &[
        "get", "set", "create", "update", "delete", "remove", "read", "write", "send", "fetch", "retrieve", "add", "generate", "extract", "execute",
        "run",
    ];
    const CLEAR_OF: &[&str] = &[
        "search", "move", "copy", "open", "close", "upload", "download", "rename", "edit", "push", "merge", "fork", "clone", "find", "load", "save",
        "validate", "verify", "export", "import", "transfer",
    ];
    const PLAIN: &[&str] = &[
        "id", "ids", "query", "type", "types", "params", "options", "filter", "filters", "limit", "key", "mode", "url", "path", "name", "names",
        "at", "by", "date", "time", "text",
    ];
    let apart = super::channel::apart(shown).to_ascii_lowercase();
    let first = apart.split(' ').next().unwrap_or_default();
    let last = apart.rsplit(' ').next().unwrap_or_default();
    CLEAR.contains(&first) || (CLEAR_OF.contains(&first) && !PLAIN.contains(&last))
}

/// `thing_id`, `thingName`.
fn is_noun(shown: &str) -> bool {
    let apart = super::channel::apart(shown).to_ascii_lowercase();
    apart.rsplit(' ').next().is_some_and(|last| NOUNS.contains(&last))
}

fn looks_like_name(shown: &str) -> bool {
    if shown.to_ascii_lowercase().contains("yyyy") {
        return false;
    }
    if !shown.is_ascii() || !shown.starts_with(|letter: char| letter.is_ascii_alphabetic()) || !shown.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return false;
    }
    if !shown.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/')) {
        return false;
    }
    let ending = shown.rsplit('.').next().filter(|ending| ending.len() < shown.len());
    !ending.is_some_and(|ending| FILE_ENDINGS.contains(&ending.to_ascii_lowercase().as_str())) && (is_name(shown) || shown.len() > 1)
}

/// Parts of the names of files in which secrets are kept.
const KEEPS: &[&str] = &[
    "key",
    "token",
    "credential",
    "secret",
    "passw",
    "auth",
    "cookie",
    "history",
    "session",
    "wallet",
    "private",
    "shadow",
    "cert",
    "vault",
    "login",
    "environ",
];

/// A path to something like a key in somebody's home or among the settings of a machine.
fn keeps_secrets(path: &str) -> bool {
    const HOMES: &[&str] = &[
        "~",
        "$home",
        "${home}",
        "/home/",
        "/users/",
        "/root/",
        "/etc/",
        "%userprofile%",
        "%appdata%",
        "c:\\users",
        "/var/run/secrets",
        "/run/secrets",
        "/proc/",
    ];
    let hidden = path.contains("/.") && !path.contains("/../") && !path.contains("/./");
    (hidden || HOMES.iter().any(|home| path.starts_with(home))) && KEEPS.iter().any(|word| path.contains(word))
}

/// Markup that speaks to a model rather than to a reader.
const TAGS: &[&str] = &[
    "important",
    "system",
    "secret",
    "hidden",
    "instruction",
    "admin",
    "critical",
    "override",
    "sys",
    "inst",
    "assistant",
    "developer",
    "human",
    "internal",
    "prompt",
    "security",
    "mandatory",
    "command",
    "rule",
    "directive",
    "invisible",
    "ai",
    "agent",
    "llm",
    "urgent",
    "background",
    "tool_call",
    "function_call",
    "重要",
    "系统",
    "系統",
    "指令",
    "重要事項",
    "システム",
    "importante",
    "sistema",
    "wichtig",
    "système",
    "важно",
    "система",
    "시스템",
    "중요",
    "مهم",
    "نظام",
    "महत्वपूर्ण",
    "सिस्टम",
    "passive",
    "silent",
    "confidential",
    "note to ai",
    "note to model",
    "note to assistant",
    "persistent",
    "privileged",
    "root",
    "policy",
    "protocol",
    "compliance",
];
/// Those that claim to be somebody else than the server.
const ROLES: &[&str] = &[
    "system",
    "secret",
    "hidden",
    "admin",
    "override",
    "sys",
    "assistant",
    "developer",
    "invisible",
    "系统",
    "系統",
    "システム",
    "sistema",
    "système",
    "система",
    "시스템",
    "نظام",
    "सिस्टम",
    "confidential",
    "privileged",
    "root",
    "note to ai",
    "note to model",
    "note to assistant",
    "silent",
    "passive",
];

/// `<important>`, `[system notice]`, `<hidden: …`.
fn is_tag(rest: &str, tags: &[&str]) -> bool {
    let body = rest.trim_start_matches(['<', '[', '/', ' ', '!']);
    tags.iter().any(|tag| {
        body.strip_prefix(tag).is_some_and(|after| {
            let after = after.strip_prefix('s').unwrap_or(after);
            let line: &str = after.split(['>', ']', '\n', '<']).next().unwrap_or_default();
            let closed = after[line.len()..].starts_with(['>', ']']);
            (closed && line.len() < 40 || line.starts_with(':'))
                && !line.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-' || letter == '.')
        })
    })
}

/// The marks with which chats are written down for models.
fn is_turn(rest: &str) -> bool {
    const TURNS: &[&str] = &[
        "<|im_start|>",
        "<|im_end|>",
        "<|system|>",
        "<|user|>",
        "<|assistant|>",
        "<|endoftext|>",
        "<|start_header_id|>",
        "<|begin_of_text|>",
        "<|eot_id|>",
        "<<sys>>",
        "[inst]",
        "[/inst]",
        "<start_of_turn>",
        "<end_of_turn>",
        "<|channel|>",
        "<|message|>",
        "<|start|>",
    ];
    TURNS.iter().any(|turn| rest.starts_with(turn))
}
