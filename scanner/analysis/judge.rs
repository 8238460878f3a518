//! Whether a value that somebody outside chose can do harm where it is used: by what was made of it and what it was
//! tested for, never by the name of what did it.

use super::alphabet::{self, Alphabet};
use super::engine::{Atom, Site, Test};
use super::facts::{Shape, Sink};
use super::marks::Marks;
use super::value::{Origin, Piece, Source, Text};

/// Characters with which a text leaves its place on a command line.
const SHELL: &str = " \t\n;&|`$<>(){}'\"\\*?~#";
/// Those without which nothing else can be started.
const SHELL_CORE: &str = ";&|`$\n";
const PATH: &str = "/\\";
const URL: &str = "/@:?#\\.";
const QUERY: &str = "'\";\\ ";

/// A guard that looks at the text of a host only.
const UNRESOLVED: &str = "the name is not resolved before it is looked at, and every name can lead to every address";

/// The verdict on one flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing stands in the way.
    Open,
    /// Something does, and it does not hold: why, and where it stands.
    Weak(&'static str, Vec<Site>),
    /// Something that would hold stands on some ways only.
    Partial(Vec<Site>),
    /// Something that would hold is there when a setting is, and not otherwise.
    Optional(Vec<Site>),
    Safe,
}

/// Where in the text the hole stands.
pub(crate) fn shape(text: &Text, hole: usize) -> Shape {
    let chosen = |piece: &Piece| matches!(piece, Piece::Hole(origin) if matches!(origin.source, Source::Argument(_) | Source::Request(_)));
    match (hole, text.pieces.len()) {
        (0, 1) => Shape::Whole,
        (0, _) => Shape::Start,
        // What stands before it is chosen by the same people: nothing was meant to hold it.
        _ if text.pieces.first().is_some_and(chosen) => Shape::Start,
        _ => Shape::Part,
    }
}

/// Tests that do not stand on every way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// On some ways only.
    pub(crate) sometimes: Vec<Atom>,
    /// On all but those on which a setting is absent.
    pub(crate) optional: Vec<Atom>,
}

/// Judges the hole at position `hole` of a text that reaches a sink. `held`: the tests of this source on the way.
pub(crate) fn judge(sink: Sink, text: &Text, hole: usize, origin: Origin, held: &[Atom], beside: &Beside) -> State {
    let state = judge_held(sink, text, hole, origin, held);
    if state == State::Safe {
        return state;
    }
    // Would it hold if the tests that stand on some ways stood on all of them?
    let would = |all: &[Atom]| -> Vec<Site> {
        all.iter()
            .filter(|atom| judge_held(sink, text, hole, origin, &[held, std::slice::from_ref(*atom)].concat()) == State::Safe)
            .map(|atom| atom.site)
            .take(4)
            .collect()
    };
    let optional = would(&beside.optional);
    if !optional.is_empty() {
        return State::Optional(optional);
    }
    if state != State::Open {
        return state;
    }
    match would(&beside.sometimes) {
        partial if partial.is_empty() => state,
        partial => State::Partial(partial),
    }
}

/// What a value can be certified for, and the mark that says so.
const CERTIFIED: [(Sink, Marks); 5] = [
    (Sink::Path, Marks::FIT_PATH),
    (Sink::Url, Marks::FIT_URL),
    (Sink::Command, Marks::FIT_COMMAND),
    (Sink::Argument, Marks::FIT_ARGUMENT),
    (Sink::Query, Marks::FIT_QUERY),
];

/// What a value is fit for after these characters were taken out of it.
pub(crate) fn cleaned_of(gone: Alphabet) -> Marks {
    let fit = |bad: &str, mark: Marks| if gone.contains(Alphabet::of(bad)) { mark } else { Marks::NONE };
    fit(SHELL_CORE, Marks::FIT_COMMAND)
        .with(fit("/", Marks::FIT_PATH))
        .with(fit("'\"", Marks::FIT_QUERY))
        .with(fit("/@:", Marks::FIT_URL))
        .with(fit("<", Marks::ESCAPED))
}

/// What a value is fit for, put between quotes, after every match of a pattern was replaced. `to`: by what, where it is constant.
pub(crate) fn requoted(pattern: &str, gone: Alphabet, to: Option<&str>) -> Marks {
    let Some(to) = to else { return Marks::NONE };
    // A run of backslashes before the quote is doubled together with it.
    let touches = |quote: char| gone.contains(Alphabet::of(&quote.to_string())) || pattern.ends_with(&format!("(\\\\*){quote}"));
    let mut marks = Marks::NONE;
    // Doubled, or ended, written outside and begun again; a backslash means nothing inside single quotes.
    if touches('\'') && (!to.contains('\'') || to.contains("''") || to.contains("\"'\"")) {
        marks = marks.with(Marks::SINGLE);
    }
    if touches('"') && (!to.contains('"') || to.contains("\"\"") || to.contains("\\")) || (touches('"') && to.contains("\\$")) {
        marks = marks.with(Marks::DOUBLE);
    }
    if gone.contains(Alphabet::of("$`\\")) {
        marks = marks.with(Marks::PLAIN_DOLLAR);
    }
    marks
}

/// The marks of what the tests of a value make it fit for, wherever it goes from here.
pub(crate) fn certificates(text: &Text, hole: usize, origin: Origin, held: &[Atom]) -> Marks {
    let fit = |(sink, mark): &(Sink, Marks)| (judge_held(*sink, text, hole, origin, held) == State::Safe).then_some(*mark);
    CERTIFIED.iter().filter_map(fit).fold(Marks::NONE, Marks::with)
}

fn judge_held(sink: Sink, text: &Text, hole: usize, origin: Origin, held: &[Atom]) -> State {
    let marks = origin.marks;
    if marks.any(Marks::NUMBER.with(Marks::CHOICE).with(Marks::DIGEST)) || CERTIFIED.iter().any(|(of, mark)| *of == sink && marks.has(*mark)) {
        return State::Safe;
    }
    let mut weak: Option<&'static str> = None;
    let mut sites: Vec<Site> = Vec::new();
    let mut weaken = |why: &'static str, site: Site| {
        // Of several tests the one that comes closest to holding says what is still open.
        if weak.is_none_or(|known| known != UNRESOLVED && why == UNRESOLVED) {
            weak = Some(why);
        }
        if sites.len() < 4 && !sites.contains(&site) {
            sites.push(site);
        }
    };
    let mut forbidden = Alphabet::NONE;
    let mut relevant = false;
    for atom in held {
        // What was decoded afterwards was not tested.
        if marks.any(Marks::DECODED.without(atom.origin.marks)) {
            weaken("what is tested is decoded afterwards", atom.site);
            continue;
        }
        match (&atom.test, atom.holds) {
            (Test::Equal(Some(_)) | Test::Member, true) if whole_value(atom, sink, marks) => return State::Safe,
            (Test::Match { pattern, start, whole }, holds) => {
                let Some(read) = alphabet::read(pattern) else { return State::Safe };
                if holds {
                    if (*whole || read.anchored) && harmless(sink, read.all, read.first) {
                        return State::Safe;
                    }
                    if matches!(sink, Sink::Argument | Sink::Program) && (read.starts || *start || *whole) && harmless(sink, read.all, read.first) {
                        return State::Safe;
                    }
                    if let Some(found) = prefix_pattern(sink, pattern, read.starts || *start || *whole) {
                        return found;
                    }
                    weaken("the pattern lets harmful characters through", atom.site);
                } else {
                    forbidden = forbidden.with(read.alone);
                    relevant = true;
                    if sink == Sink::Path && pattern.contains("\\.\\.") {
                        forbidden = forbidden.with(Alphabet::of(PATH));
                    }
                    weaken("a list of what is forbidden is never complete", atom.site);
                }
            }
            _ => {}
        }
        match judge_atom(sink, text, hole, origin, atom, held) {
            Some(State::Weak(why, _)) => weaken(why, atom.site),
            Some(state) => return state,
            None => {}
        }
        if let (Test::Contains(part), false) = (&atom.test, atom.holds)
            && part.chars().count() == 1
        {
            forbidden = forbidden.with(Alphabet::of(part));
            relevant = true;
        }
    }
    let core = match sink {
        Sink::Command => Alphabet::of(SHELL_CORE.trim_end_matches('\n')),
        Sink::Path => Alphabet::of("/"),
        Sink::Query => Alphabet::of("'"),
        // What an interpreter reads ends with a line or a statement.
        Sink::Code => Alphabet::of("\n;"),
        _ => Alphabet::ALL,
    };
    if relevant && forbidden.contains(core) {
        return State::Safe;
    }
    if let Some(state) = judge_marks(sink, text, hole, marks) {
        return match (state, weak) {
            (State::Weak(..), Some(why)) => State::Weak(why, sites),
            (state, _) => state,
        };
    }
    weak.map_or(State::Open, |why| State::Weak(why, sites))
}

/// A test of a part (the host of a URL) decides for sinks that only look at that part.
fn whole_value(atom: &Atom, sink: Sink, marks: Marks) -> bool {
    let part = Marks::HOST.with(Marks::SCHEME);
    match sink {
        Sink::Url | Sink::Payload | Sink::Open => !atom.origin.marks.any(Marks::SCHEME) || sink == Sink::Open,
        _ => !atom.origin.marks.any(part) && (marks.has(Marks::KEY) || !atom.origin.marks.has(Marks::KEY)),
    }
}

/// Whether texts of these characters do no harm.
fn harmless(sink: Sink, all: Alphabet, first: Alphabet) -> bool {
    let bad = match sink {
        Sink::Command => SHELL,
        Sink::Path => return !all.meets(Alphabet::of(PATH)) || !all.meets(Alphabet::of(".")),
        Sink::Argument | Sink::Program => return !first.meets(Alphabet::of("-")),
        Sink::Url => URL,
        Sink::Query => QUERY,
        Sink::Code => "(=;\n\"'`",
        Sink::Markup => "<>\"'&",
        Sink::Regex => "*+({",
        _ => return true,
    };
    !all.meets(Alphabet::of(bad))
}

/// A pattern that binds only the beginning, as one does for URLs: `^https://api\.example\.com/`.
fn prefix_pattern(sink: Sink, pattern: &str, starts: bool) -> Option<State> {
    if !starts {
        return None;
    }
    let plain = pattern.trim_start_matches("(?i)").trim_start_matches('/').trim_start_matches('^').replace('\\', "");
    match sink {
        Sink::Url => {
            let rest = plain.split_once("://").map(|(_, rest)| rest)?;
            let host: String = rest.chars().take_while(|c| !matches!(c, '/' | '?' | '#')).collect();
            (host.contains('.') && rest.len() > host.len() && !host.starts_with(".*")).then_some(State::Safe)
        }
        Sink::Open => plain.starts_with("http").then_some(State::Safe),
        Sink::Argument => (!plain.starts_with(['-', '.', '[', '('])).then_some(State::Safe),
        _ => None,
    }
}

fn judge_atom(sink: Sink, text: &Text, hole: usize, origin: Origin, atom: &Atom, held: &[Atom]) -> Option<State> {
    let marks = origin.marks;
    let weak = |why: &'static str| Some(State::Weak(why, vec![atom.site]));
    let fails = |wanted: &dyn Fn(&Test) -> bool| held.iter().any(|a| !a.holds && wanted(&a.test));
    let no_dots = || fails(&|t| matches!(t, Test::Contains(part) if part.contains("..")));
    match sink {
        Sink::Path => {
            let resolved = atom.origin.marks.any(Marks::RESOLVED.with(Marks::REAL).with(Marks::RELATIVE));
            match (&atom.test, atom.holds) {
                // `commonpath([root, path]) == root`, `dirname(path) === root`
                (Test::Equal(_), true) if atom.origin.marks.any(Marks::PARENT) => Some(State::Safe),
                (Test::Within, true) if resolved || no_dots() => Some(State::Safe),
                (Test::Within, true) => weak("the path is compared before `..` is taken out of it"),
                (Test::PrefixOf { separator: true }, true) if resolved || no_dots() => Some(State::Safe),
                (Test::PrefixOf { separator: true }, true) => weak("the path is compared before `..` is taken out of it"),
                (Test::PrefixOf { separator: false }, true) => {
                    weak("the folder is compared without the separator at its end: a sibling whose name begins the same passes")
                }
                (Test::Prefix(start), true) if start.ends_with(['/', '\\']) && (resolved || no_dots()) => Some(State::Safe),
                (Test::Prefix(start), true) if start.ends_with(['/', '\\']) => weak("the path is compared before `..` is taken out of it"),
                (Test::Prefix(start), true) if start.contains(['/', '\\']) => {
                    weak("the folder is compared without the separator at its end: a sibling whose name begins the same passes")
                }
                // `relative(base, path)` does not lead upwards.
                (Test::Prefix(start), false) if atom.origin.marks.has(Marks::RELATIVE) && start.starts_with("..") => Some(State::Safe),
                (Test::Contains(part), false) if part.contains("..") => {
                    let absolute = shape(text, hole) != Shape::Part && !marks.any(Marks::RELATIVE);
                    let no_root =
                        fails(&|t| matches!(t, Test::Prefix(p) if p.starts_with('/')) || matches!(t, Test::Is(what) if &**what == "absolute"));
                    if !absolute || no_root { Some(State::Safe) } else { weak("an absolute path needs no `..`") }
                }
                (Test::Contains(part), false) if &**part == "/" => Some(State::Safe),
                (Test::Suffix(_), true) => Some(State::Safe),
                (Test::Is(what), true) if matches!(&**what, "identifier" | "local" | "alphanumeric" | "digits") => Some(State::Safe),
                _ => None,
            }
        }
        Sink::Url => {
            let host = atom.origin.marks.any(Marks::HOST);
            let address = atom.origin.marks.has(Marks::ADDRESS);
            match (&atom.test, atom.holds) {
                // What the name resolves to is looked at.
                (_, false) if address => Some(State::Safe),
                (Test::Is(what), true) if address && matches!(&**what, "public" | "examined") => Some(State::Safe),
                (Test::Suffix(end), true) if host && end.starts_with('.') => Some(State::Safe),
                (Test::Suffix(end), true) if host && end.contains(char::is_alphabetic) => {
                    weak("the end of the host is compared without the dot before it")
                }
                (Test::Prefix(start), true) => {
                    let host: Option<&str> = start.split_once("://").map(|(_, rest)| rest);
                    match host {
                        Some(rest) if rest.contains('/') => Some(State::Safe),
                        Some("") | None => None,
                        Some(_) => weak("the host is compared without the slash after it"),
                    }
                }
                (Test::PrefixOf { .. }, true) if !host => Some(State::Safe),
                (Test::Equal(None), true) if host || !atom.origin.marks.any(Marks::SCHEME) => Some(State::Safe),
                (Test::Is(what), false) if matches!(&**what, "private" | "loopback" | "link-local" | "reserved") => weak(UNRESOLVED),
                (Test::Is(what), true) if &**what == "public" => weak(UNRESOLVED),
                (Test::Contains(_) | Test::Equal(_) | Test::Prefix(_) | Test::Member, false) if host => {
                    weak("single hosts are forbidden, and there are always more")
                }
                (Test::Contains(_), true) => weak("the host is looked for anywhere in the URL"),
                _ => None,
            }
        }
        Sink::Open => match (&atom.test, atom.holds) {
            (Test::Prefix(start), true) if start.starts_with("http") => Some(State::Safe),
            (Test::Equal(_) | Test::Member | Test::Match { .. }, true) => Some(State::Safe),
            _ => None,
        },
        Sink::Argument | Sink::Program => match (&atom.test, atom.holds) {
            (Test::Prefix(start), false) if start.starts_with('-') => Some(State::Safe),
            (Test::Prefix(start), true) if !start.starts_with('-') => Some(State::Safe),
            (Test::PrefixOf { .. } | Test::Within, true) => Some(State::Safe),
            (Test::Suffix(_), true) => None,
            (Test::Is(what), true) if &**what == "absolute" => Some(State::Safe),
            (Test::Contains(part), false) if &**part == ":" => Some(State::Safe),
            (Test::Member | Test::Equal(Some(_)) | Test::Prefix(_), false) => weak("a list of what is forbidden is never complete"),
            _ => None,
        },
        Sink::Command | Sink::Query | Sink::Code => match (&atom.test, atom.holds) {
            (Test::Prefix(_) | Test::PrefixOf { .. }, true) => weak("only the beginning is compared"),
            (Test::Contains(_) | Test::Prefix(_) | Test::Member | Test::Equal(Some(_)), false) => {
                weak("a list of what is forbidden is never complete")
            }
            (Test::Is(what), true) if matches!(&**what, "identifier" | "alphanumeric" | "digits" | "literal") => Some(State::Safe),
            _ => None,
        },
        _ => match (&atom.test, atom.holds) {
            (Test::Is(what), true) if matches!(&**what, "identifier" | "alphanumeric" | "digits") => Some(State::Safe),
            _ => None,
        },
    }
}

fn judge_marks(sink: Sink, text: &Text, hole: usize, marks: Marks) -> Option<State> {
    let weak = |why: &'static str| Some(State::Weak(why, Vec::new()));
    match sink {
        Sink::Command => {
            if marks.has(Marks::QUOTED) {
                return Some(State::Safe);
            }
            if marks.any(Marks::PLAIN.with(Marks::ENCODED)) {
                return Some(State::Safe);
            }
            let quotes = quotes_around(text, hole);
            if quotes == Some('\'') && marks.has(Marks::SINGLE) || quotes == Some('"') && marks.has(Marks::DOUBLE.with(Marks::PLAIN_DOLLAR)) {
                return Some(State::Safe);
            }
            if marks.any(Marks::SERIALISED) {
                return weak("double quotes, as JSON writes them, do not keep a shell from reading `$(…)` and backticks");
            }
            if marks.any(Marks::PATCHED) {
                return weak("replacing single characters does not keep a shell from reading the others");
            }
            if quotes.is_some() {
                return weak("quotes around a value end where the value itself has one");
            }
            None
        }
        Sink::Path => {
            if marks.any(Marks::BASENAME.with(Marks::PLAIN).with(Marks::ENCODED)) {
                return Some(State::Safe);
            }
            if marks.has(Marks::PATCHED) && shape(text, hole) == Shape::Part {
                return weak("taking `..` out of a text can leave another one behind");
            }
            None
        }
        Sink::Argument | Sink::Program => {
            let path = marks.any(Marks::RESOLVED.with(Marks::REAL));
            (path || marks.any(Marks::PLAIN.with(Marks::SERIALISED))).then_some(State::Safe)
        }
        Sink::Url => marks.any(Marks::PLAIN.with(Marks::ENCODED)).then_some(State::Safe),
        // Quotes around it, and those inside doubled: how values and names are quoted by hand.
        Sink::Query if quoted_by_hand(text, hole, marks) => Some(State::Safe),
        Sink::Query if marks.has(Marks::PATCHED) && quotes_around(text, hole).is_some() => {
            weak("what is replaced in it is not the quote that ends the quotes around it")
        }
        Sink::Query => marks.any(Marks::PLAIN.with(Marks::IDENTIFIER)).then_some(State::Safe),
        Sink::Markup => marks.any(Marks::ESCAPED.with(Marks::ENCODED).with(Marks::PLAIN)).then_some(State::Safe),
        // Replacing the characters that mean something is how it is done by hand.
        Sink::Regex => marks.any(Marks::LITERAL.with(Marks::PLAIN).with(Marks::PATCHED)).then_some(State::Safe),
        Sink::Code => {
            if marks.any(Marks::SERIALISED.with(Marks::PLAIN)) {
                return Some(State::Safe);
            }
            None
        }
        _ => None,
    }
}

/// Whether quotes stand around a value, and those inside it were doubled.
pub(crate) fn quoted_by_hand(text: &Text, hole: usize, marks: Marks) -> bool {
    match quotes_around(text, hole) {
        Some('\'') => marks.has(Marks::SINGLE),
        Some('"') => marks.has(Marks::DOUBLE),
        Some('`') => marks.has(Marks::PATCHED),
        _ => false,
    }
}

/// The quotes that a hole stands in, when they end after it.
fn quotes_around(text: &Text, hole: usize) -> Option<char> {
    let mut open: Option<char> = None;
    for piece in text.pieces.get(..hole)? {
        let Piece::Literal(literal) = piece else { continue };
        let mut escaped = false;
        for c in literal.chars() {
            match open {
                _ if escaped => escaped = false,
                Some('\'') if c == '\'' => open = None,
                Some('\'') => {}
                _ if c == '\\' => escaped = true,
                Some(quote) if quote == c => open = None,
                None if matches!(c, '"' | '\'' | '`') => open = Some(c),
                _ => {}
            }
        }
    }
    let quote = open?;
    let closes = |piece: &Piece| matches!(piece, Piece::Literal(literal) if literal.contains(quote));
    text.pieces.get(hole + 1..)?.iter().any(closes).then_some(quote)
}
