//! Words that every match of a regular expression contains.
//!
//! Compiling a large expression costs more than scanning a small server. With the words at hand, one that cannot match
//! a text is neither compiled nor run.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

/// Of each inner list at least one text is in every match, letters folded (see [`fold`]).
pub(crate) type Required = Vec<Vec<String>>;

/// Shorter texts tell nothing apart.
const LEAST_BYTES: usize = 3;
/// Alternatives of one list.
const MOST_ALTERNATIVES: usize = 48;
/// Alternatives that are put together from smaller ones.
const MOST_EXACT: usize = 24;

pub(crate) fn required(pattern: &str) -> Result<Required, Box<regex_syntax::Error>> {
    let mut lists = of(&regex_syntax::parse(pattern)?);
    lists.sort();
    lists.dedup();
    Ok(lists)
}

/// Letters that are one when case does not count; Unicode adds two to those of ASCII.
fn fold(letter: char) -> char {
    match letter {
        '\u{212a}' => 'k',
        '\u{17f}' => 's',
        _ => letter.to_ascii_lowercase(),
    }
}

/// All texts that it matches, where they are few.
fn exact(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![String::new()]),
        HirKind::Literal(literal) => Some(vec![std::str::from_utf8(&literal.0).ok()?.chars().map(fold).collect()]),
        HirKind::Class(Class::Unicode(class)) => {
            let mut letters = BTreeSet::new();
            for range in class.ranges() {
                if range.end() as u32 - range.start() as u32 > 8 {
                    return None;
                }
                letters.extend((range.start()..=range.end()).map(fold));
            }
            (letters.len() <= 4).then(|| letters.into_iter().map(String::from).collect())
        }
        HirKind::Class(Class::Bytes(_)) => None,
        HirKind::Repetition(repetition) if repetition.max == Some(1) => {
            let mut all = exact(&repetition.sub)?;
            if repetition.min == 0 {
                all.push(String::new());
            }
            Some(all)
        }
        HirKind::Repetition(_) => None,
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Concat(parts) => parts.iter().try_fold(vec![String::new()], |so_far, part| product(&so_far, &exact(part)?)),
        HirKind::Alternation(branches) => {
            let mut all = BTreeSet::new();
            for branch in branches {
                all.extend(exact(branch)?);
            }
            (all.len() <= MOST_EXACT).then(|| all.into_iter().collect())
        }
    }
}

fn product(a: &[String], b: &[String]) -> Option<Vec<String>> {
    let all: BTreeSet<String> = a.iter().flat_map(|a| b.iter().map(move |b| format!("{a}{b}"))).collect();
    (all.len() <= MOST_EXACT).then(|| all.into_iter().collect())
}

fn of(hir: &Hir) -> Required {
    if let Some(all) = exact(hir) {
        return worth_it(all).into_iter().collect();
    }
    match hir.kind() {
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Concat(parts) => {
            let mut lists = Required::new();
            // The texts that the parts so far end with, as long as they can be told.
            let mut run = vec![String::new()];
            for part in parts {
                let part_exact = exact(part);
                match part_exact.as_ref().and_then(|next| product(&run, next)) {
                    Some(longer) => run = longer,
                    None => {
                        lists.extend(worth_it(std::mem::replace(&mut run, vec![String::new()])));
                        match part_exact {
                            Some(next) => run = next,
                            None => lists.extend(of(part)),
                        }
                    }
                }
            }
            lists.extend(worth_it(run));
            lists
        }
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                // The list with the longest texts says most.
                let Some(best) = of(branch).into_iter().max_by_key(|list| list.iter().map(String::len).min()) else { return Required::new() };
                all.extend(best);
            }
            worth_it(all).into_iter().collect()
        }
        _ => Required::new(),
    }
}

/// The list, when it can rule anything out. Texts that contain another of the list add nothing.
fn worth_it(mut all: Vec<String>) -> Option<Vec<String>> {
    all.sort();
    all.dedup();
    if all.iter().any(|text| text.len() < LEAST_BYTES) {
        return None;
    }
    let kept: Vec<String> = all.iter().filter(|text| !all.iter().any(|other| other != *text && text.contains(other.as_str()))).cloned().collect();
    (kept.len() <= MOST_ALTERNATIVES).then_some(kept)
}
