//! Names that say something about a request: which header is read, and which answer turns a caller away.

use rustc_hash::FxHashMap;

use crate::program::{Interner, Symbol};

/// What a look at a request is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look(pub(super) u8);

impl Look {
    pub(super) const NONE: Look = Look(0);
    pub(super) const HOST: Look = Look(1);
    pub(super) const AUTH: Look = Look(2);
    const RAW: u8 = 3;

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The same after something has judged it: the result of a call that was given it.
    pub(super) fn judged(self) -> Look {
        Look((self.0 & Self::RAW) << 2 | self.0 & !Self::RAW)
    }

    pub(super) fn only_judged(self) -> Look {
        Look(self.0 >> 2)
    }

    pub(super) fn with(self, other: Look) -> Look {
        Look(self.0 | other.0)
    }

    /// Host or authentication, judged or not.
    pub(super) fn subject(self) -> Look {
        Look(self.0 & Self::RAW | self.0 >> 2)
    }

    pub(super) fn has(self, other: Look) -> bool {
        self.0 & other.0 == other.0 && other.0 != 0
    }
}

/// What a name means where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    /// As a field of a request's headers.
    pub(super) header: Look,
    /// As a field of the request itself.
    pub(super) field: Look,
    /// Holds headers, or is a request.
    pub(super) carries: bool,
    /// Reads a header by name: `get`, `header`, `getHeader`.
    pub(super) getter: bool,
    /// Answers "no".
    pub(super) denies: bool,
    /// Hands the request on.
    pub(super) passes: bool,
    /// Looks only at the form of a text, or converts it.
    pub(super) form: bool,
}

/// Meanings of names, worked out once for each.
pub(super) struct Words<'p> {
    interner: &'p Interner,
    known: FxHashMap<Symbol, Word>,
}

impl<'p> Words<'p> {
    pub(super) fn new(interner: &'p Interner) -> Self {
        Words { interner, known: FxHashMap::default() }
    }

    pub(super) fn text(&self, symbol: Symbol) -> std::sync::Arc<str> {
        self.interner.text(symbol)
    }

    pub(super) fn of(&mut self, symbol: Symbol) -> Word {
        if let Some(word) = self.known.get(&symbol) {
            return *word;
        }
        let word = word(&self.interner.text(symbol));
        self.known.insert(symbol, word);
        word
    }
}

/// Which header a name is that of.
pub(super) fn header(name: &str) -> Look {
    match name {
        "host" | "Host" | "HOST" | "origin" | "Origin" | "ORIGIN" | "HTTP_HOST" | "HTTP_ORIGIN" => Look::HOST,
        _ if name.len() <= 40 => {
            let name = name.to_ascii_lowercase().replace('_', "-");
            let key = ["x-api-key", "api-key", "x-auth-token", "x-auth", "x-access-token", "x-api-token", "x-token", "x-mcp-token", "x-secret"];
            match name.as_str() {
                "authorization" | "http-authorization" | "proxy-authorization" => Look::AUTH,
                name if key.contains(&name) => Look::AUTH,
                name if name.starts_with("x-") && ["-key", "-token", "-secret", "-auth"].iter().any(|end| name.ends_with(end)) => Look::AUTH,
                _ => Look::NONE,
            }
        }
        _ => Look::NONE,
    }
}

/// Names of query parameters and fields that hold a secret of the caller.
pub(super) fn secret_parameter(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "token" | "api_key" | "apikey" | "api-key" | "access_token" | "auth_token" | "secret")
}

fn word(name: &str) -> Word {
    let lower = name.to_ascii_lowercase();
    let field = match name {
        "host" | "hostname" | "Host" | "origin" => Look::HOST,
        _ => Look::NONE,
    };
    let carries = lower.contains("header")
        || lower.ends_with("request")
        || matches!(
            lower.as_str(),
            "req" | "r" | "c" | "ctx" | "context" | "scope" | "websocket" | "ws" | "handshake" | "conn" | "connection" | "searchparams" | "query"
        );
    let denies = ["forbidden", "unauthorized", "unauthenticated", "misdirected", "accessdenied", "permissiondenied"]
        .iter()
        .any(|word| lower.replace('_', "").contains(word))
        || matches!(name, "abort" | "HTTPException" | "WebSocketException");
    Word {
        header: header(name),
        field,
        carries,
        getter: matches!(name, "get" | "Get" | "header" | "getHeader" | "get_header" | "Header" | "getlist" | "FormValue"),
        denies,
        passes: matches!(name, "next" | "call_next" | "ServeHTTP" | "run"),
        form: matches!(
            lower.as_str(),
            "startswith"
                | "endswith"
                | "hasprefix"
                | "hassuffix"
                | "from"
                | "url"
                | "string"
                | "str"
                | "decode"
                | "encode"
                | "urlparse"
                | "parse"
                | "isarray"
                | "len"
                | "error"
                | "log"
                | "warn"
                | "info"
                | "debug"
                | "warning"
                | "trim"
                | "trimprefix"
                | "cutprefix"
                | "lower"
                | "tolower"
                | "bytes"
                | "substring"
        ),
    }
}
