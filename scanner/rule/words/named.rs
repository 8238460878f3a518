//! What a name looks like: that of a tool, that of a value, or that of a file.

use super::token::is_name;

/// Endings of names of files: `config.json` is no tool.
const FILE_ENDINGS: &[&str] = &[
    "json", "yaml", "yml", "toml", "txt", "md", "py", "js", "ts", "tsx", "jsx", "csv", "xml", "html", "sh", "env", "log", "pdf", "png", "jpg", "svg",
    "db", "sqlite", "rs", "go", "java", "css", "ini", "cfg", "conf", "lock", "sql", "zip", "com", "org", "net", "io", "dev", "ai", "exe",
];

/// What stands around a name.
pub(super) struct Said {
    pub(super) quoted: bool,
    /// `the tool x`, `the x tool`.
    pub(super) titled: bool,
    /// `via x`, `querying x`.
    pub(super) called: bool,
    /// `call x`, `using the x`.
    pub(super) strongly: bool,
    /// `call x`, but not `use x`.
    pub(super) only_called: bool,
    /// `x is called`.
    pub(super) passive: bool,
}

impl Said {
    /// How a name is written says how much else it takes to be that of a tool.
    pub(super) fn is_tool(&self, shown: &str) -> bool {
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

/// Whether it may be the name of a tool at all.
pub(super) fn looks_like_name(shown: &str) -> bool {
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
