//! What a value went through between its source and where it is used.

/// A set of marks: each says what was done to a value, or what its schema demands of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marks(u32);

macro_rules! marks {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $text:literal;)*) => {
        impl Marks {
            $($(#[$doc])* pub const $name: Marks = Marks(1 << $bit);)*

            /// The mark of a name that models use.
            pub fn named(name: &str) -> Option<Marks> {
                match name {
                    $($text => Some(Marks::$name),)*
                    _ => None,
                }
            }
        }
    };
}

marks! {
    /// Made absolute, with `.` and `..` taken out.
    RESOLVED = 0, "resolved";
    /// Symbolic links followed.
    REAL = 1, "real";
    /// Only the last part of a path: no separator is left.
    BASENAME = 2, "basename";
    /// A number, or a text that reads like one.
    NUMBER = 3, "number";
    /// One of a few constants.
    CHOICE = 4, "choice";
    /// Quoted for a POSIX shell.
    QUOTED = 5, "quoted";
    /// Percent-encoded as one component of a URL.
    ENCODED = 6, "encoded";
    /// Escaped for HTML.
    ESCAPED = 7, "escaped";
    /// Made literal for a regular expression.
    LITERAL = 8, "literal";
    /// A text of harmless characters by its schema: letters, digits, `_`, `-`, `.` and the like, not beginning with `-`.
    PLAIN = 9, "plain";
    /// Split at white space.
    SPLIT = 10, "split";
    /// The host of a URL.
    HOST = 11, "host";
    /// The scheme of a URL.
    SCHEME = 12, "scheme";
    /// Addresses that a name resolves to.
    ADDRESS = 13, "address";
    /// Decoded: from base64, percent-encoding, hexadecimal.
    DECODED = 14, "decoded";
    /// A key of an object, not a value in it.
    KEY = 15, "key";
    /// Serialised, as JSON or in double quotes.
    SERIALISED = 16, "serialised";
    /// The part of a path that leads from one place to another.
    RELATIVE = 17, "relative";
    /// A digest, a length, a comparison: the value cannot be told from it.
    DIGEST = 18, "digest";
    /// Quoted as an identifier of a query language.
    IDENTIFIER = 19, "identifier";
    /// A URL without user and password, in its normal form.
    PARSED = 20, "parsed";
    /// Escaped in a way that does not hold for every reader (`replace` of single characters).
    PATCHED = 21, "patched";
    /// The folder that a path lies in.
    PARENT = 22, "parent";
    /// Tested, before it was handed on, so that it does no harm as a path.
    FIT_PATH = 23, "fit-path";
    /// The same as a URL.
    FIT_URL = 24, "fit-url";
    /// The same on a command line.
    FIT_COMMAND = 25, "fit-command";
    /// The same as an argument of a program.
    FIT_ARGUMENT = 26, "fit-argument";
    /// The same in a query.
    FIT_QUERY = 27, "fit-query";
    /// A few of its characters.
    PIECE = 28, "piece";
    /// No single quote in it ends the single quotes that are put around it.
    SINGLE = 29, "single-quotes";
    /// The same of double quotes.
    DOUBLE = 30, "double-quotes";
    /// Inside double quotes no shell expands anything in it.
    PLAIN_DOLLAR = 31, "no-expansion";
}

impl Marks {
    pub const NONE: Marks = Marks(0);

    #[must_use]
    pub const fn with(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    #[must_use]
    pub const fn without(self, other: Marks) -> Marks {
        Marks(self.0 & !other.0)
    }

    #[must_use]
    pub const fn common(self, other: Marks) -> Marks {
        Marks(self.0 & other.0)
    }

    /// All of `other` are among these.
    pub const fn has(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    /// Some of `other` are among these.
    pub const fn any(self, other: Marks) -> bool {
        self.0 & other.0 != 0
    }
}
