//! Which characters a regular expression lets through: what a test against it says of a text.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Characters below 128 that may occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alphabet(u128);

impl Alphabet {
    pub(crate) const NONE: Alphabet = Alphabet(0);
    pub(crate) const ALL: Alphabet = Alphabet(u128::MAX);

    pub(crate) fn of(text: &str) -> Self {
        text.chars().fold(Alphabet::NONE, |all, c| if (c as u32) < 128 { Alphabet(all.0 | 1 << (c as u32)) } else { all })
    }

    pub(crate) fn with(self, other: Alphabet) -> Self {
        Alphabet(self.0 | other.0)
    }

    pub(crate) fn meets(self, other: Alphabet) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn contains(self, other: Alphabet) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a pattern says of the texts that match it, or of those that do not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern {
    /// The whole of a matching text is matched.
    pub(crate) anchored: bool,
    /// It is matched from its beginning.
    pub(crate) starts: bool,
    /// Characters of a matching part.
    pub(crate) all: Alphabet,
    /// Characters with which a matching part may begin.
    pub(crate) first: Alphabet,
    /// Characters any of which makes a text match by itself.
    pub(crate) alone: Alphabet,
}

/// Reads a pattern as JavaScript, Python, Go and Rust write them; `None` when it cannot be read.
pub(crate) fn read(pattern: &str) -> Option<Pattern> {
    if pattern.len() > 2_000 {
        return None;
    }
    let (body, insensitive) = match pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        Some((body, flags)) if flags.bytes().all(|b| b.is_ascii_alphabetic()) => (body, flags.contains('i')),
        _ => (pattern, false),
    };
    let body = body.replace("\\/", "/");
    let hir = regex_syntax::ParserBuilder::new().unicode(true).utf8(false).case_insensitive(insensitive).nest_limit(50).build().parse(&body).ok()?;
    let starts = begins(&hir, true);
    let anchored = starts && begins(&hir, false);
    Some(Pattern { anchored, starts, all: all(&hir), first: first(&hir).0, alone: alone(&hir) })
}

/// Whether every alternative is bound to the start (or the end) of the text.
fn begins(hir: &Hir, start: bool) -> bool {
    match hir.kind() {
        HirKind::Look(look) => {
            if start {
                matches!(look, Look::Start)
            } else {
                // `$` before a final line feed: Python and others allow it, which is no way out of anything.
                matches!(look, Look::End | Look::EndLF | Look::EndCRLF)
            }
        }
        HirKind::Concat(parts) => {
            let part = if start { parts.first() } else { parts.last() };
            part.is_some_and(|p| begins(p, start))
        }
        HirKind::Alternation(parts) => parts.iter().all(|p| begins(p, start)),
        HirKind::Capture(capture) => begins(&capture.sub, start),
        _ => false,
    }
}

fn class(class: &Class) -> Alphabet {
    let mut all = 0_u128;
    let mut range = |from: u32, to: u32| {
        for c in from..=to.min(127) {
            all |= 1 << c;
        }
    };
    match class {
        Class::Unicode(class) => class.ranges().iter().for_each(|r| range(r.start() as u32, r.end() as u32)),
        Class::Bytes(class) => class.ranges().iter().for_each(|r| range(u32::from(r.start()), u32::from(r.end()))),
    }
    Alphabet(all)
}

fn all(hir: &Hir) -> Alphabet {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Alphabet::NONE,
        HirKind::Literal(literal) => Alphabet::of(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(c) => class(c),
        HirKind::Repetition(repetition) => all(&repetition.sub),
        HirKind::Capture(capture) => all(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().fold(Alphabet::NONE, |sum, p| sum.with(all(p))),
    }
}

/// The characters it may begin with, and whether it may be empty.
fn first(hir: &Hir) -> (Alphabet, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (Alphabet::NONE, true),
        HirKind::Literal(literal) => (literal.0.first().map_or(Alphabet::NONE, |b| Alphabet::of(&char::from(*b).to_string())), false),
        HirKind::Class(c) => (class(c), false),
        HirKind::Repetition(repetition) => {
            let (chars, empty) = first(&repetition.sub);
            (chars, empty || repetition.min == 0)
        }
        HirKind::Capture(capture) => first(&capture.sub),
        HirKind::Concat(parts) => {
            let mut sum = Alphabet::NONE;
            for part in parts {
                let (chars, empty) = first(part);
                sum = sum.with(chars);
                if !empty {
                    return (sum, false);
                }
            }
            (sum, true)
        }
        HirKind::Alternation(parts) => {
            parts.iter().map(first).fold((Alphabet::NONE, false), |(sum, any), (chars, empty)| (sum.with(chars), any || empty))
        }
    }
}

/// Characters each of which matches without anything around it.
fn alone(hir: &Hir) -> Alphabet {
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.len() == 1 => Alphabet::of(&char::from(literal.0[0]).to_string()),
        HirKind::Class(c) => class(c),
        HirKind::Repetition(repetition) if repetition.min <= 1 => alone(&repetition.sub),
        HirKind::Capture(capture) => alone(&capture.sub),
        HirKind::Alternation(parts) => parts.iter().fold(Alphabet::NONE, |sum, p| sum.with(alone(p))),
        HirKind::Concat(parts) if parts.len() == 1 => alone(&parts[0]),
        _ => Alphabet::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::{Alphabet, read};

    #[test]
    fn an_anchored_pattern_bounds_the_characters() {
        let pattern = read(r"^[a-zA-Z0-9_-]+$").unwrap();
        assert!(pattern.anchored && !pattern.all.meets(Alphabet::of(" ;$`/")) && pattern.first.contains(Alphabet::of("-")));
        assert!(!read(r"[a-z]+").unwrap().anchored);
        assert!(!read(r"^[a-z]+").unwrap().anchored);
        assert!(read(r"/^[a-z\/]+$/i").unwrap().all.contains(Alphabet::of("/A")));
    }

    #[test]
    fn a_pattern_of_forbidden_characters() {
        assert!(read(r"[;&|`$<>\n]").unwrap().alone.contains(Alphabet::of(";&|`$\n")));
        assert!(read(r"[^a-z0-9]").unwrap().alone.contains(Alphabet::of(" ;/.-")));
        assert_eq!(read(r"\.\./").unwrap().alone, Alphabet::NONE);
    }
}
