//! Finding patterns of words among the words found.

use super::lexicon::{Id, Kind, Lexicon, Pattern};

/// Something found: the tokens from `start` up to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) sentence: u32,
}

/// What was found in one text: class or evidence → marks, sorted by start.
#[derive(Debug)]
pub(super) struct Marks {
    of: Vec<Vec<Mark>>,
}

/// No more marks of one class are kept; a text with more repeats itself.
const MOST: usize = 4_000;

impl Marks {
    pub(super) fn new(count: usize) -> Self {
        Marks { of: vec![Vec::new(); count] }
    }

    pub(super) fn of(&self, id: Id) -> &[Mark] {
        self.of.get(usize::from(id)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn add(&mut self, id: Id, mark: Mark) {
        if let Some(list) = self.of.get_mut(usize::from(id))
            && list.len() < MOST
        {
            list.push(mark);
        }
    }

    pub(super) fn sort(&mut self) {
        for list in &mut self.of {
            list.sort_unstable();
            list.dedup();
        }
    }

    /// Adds the evidence of all kinds.
    pub(super) fn judge(&mut self, lexicon: &Lexicon) {
        for kind in &lexicon.kinds {
            let mut found = self.find(kind);
            found.sort_unstable();
            found.dedup();
            found.truncate(MOST);
            if let Some(list) = self.of.get_mut(usize::from(kind.id)) {
                *list = found;
            }
        }
    }

    fn find(&self, kind: &Kind) -> Vec<Mark> {
        let mut found = Vec::new();
        for pattern in &kind.patterns {
            if pattern.parts.iter().all(|part| part.any.iter().any(|id| !self.of(*id).is_empty())) {
                let matches = match pattern.within {
                    Some(width) => self.gathered(pattern, width),
                    None => self.in_order(pattern),
                };
                found.extend(matches.into_iter().filter(|mark| {
                    !pattern.without.iter().any(|id| self.disturbs(*id, *mark, 0, 3))
                        && !pattern.without_before.iter().any(|id| self.disturbs(*id, *mark, 4, 0))
                }));
            }
        }
        if !kind.unless.is_empty() {
            found.retain(|mark| !kind.unless.iter().any(|id| self.of(*id).iter().any(|other| other.sentence == mark.sentence)));
        }
        found
    }

    fn disturbs(&self, id: Id, found: Mark, before: usize, after: usize) -> bool {
        let list = self.of(id);
        let from = list.partition_point(|mark| mark.start + 24 < found.start);
        list[from..]
            .iter()
            .take_while(|mark| mark.start < found.end + after)
            .any(|mark| mark.end + before > found.start && mark.sentence == found.sentence)
    }

    fn merged(&self, ids: &[Id]) -> Vec<Mark> {
        let mut all: Vec<Mark> = ids.iter().flat_map(|id| self.of(*id)).copied().collect();
        if ids.len() > 1 {
            all.sort_unstable();
        }
        all
    }

    /// One part after the other, each soon enough after the one before.
    fn in_order(&self, pattern: &Pattern) -> Vec<Mark> {
        let mut parts = pattern.parts.iter();
        let Some(first) = parts.next() else { return Vec::new() };
        // What matches so far, sorted by start.
        let mut so_far = self.merged(&first.any);
        for part in parts {
            let mut by_end = so_far;
            by_end.sort_unstable_by_key(|mark| (mark.end, mark.start));
            let mut next = Vec::new();
            for mark in self.merged(&part.any) {
                let from = by_end.partition_point(|before| before.end + part.gap < mark.start);
                let until = by_end.partition_point(|before| before.end <= mark.start);
                // The nearest one makes the shortest match.
                let nearest = by_end.get(from..until).into_iter().flatten().rev().take(64).find(|before| before.sentence == mark.sentence);
                if let Some(before) = nearest {
                    next.push(Mark { start: before.start, ..mark });
                }
            }
            if next.is_empty() {
                return next;
            }
            so_far = next;
        }
        so_far
    }

    /// All parts within so many tokens of one sentence.
    fn gathered(&self, pattern: &Pattern, width: usize) -> Vec<Mark> {
        let lists: Vec<Vec<Mark>> = pattern.parts.iter().map(|part| self.merged(&part.any)).collect();
        let mut found = Vec::new();
        for first in lists.iter().flatten() {
            let mut end = first.end;
            let all = lists.iter().all(|list| {
                let from = list.partition_point(|mark| mark.start < first.start);
                let next = list[from..].iter().take(64).find(|mark| mark.sentence == first.sentence && mark.end <= first.start + width);
                end = end.max(next.map_or(0, |mark| mark.end));
                next.is_some()
            });
            if all {
                found.push(Mark { start: first.start, end, sentence: first.sentence });
            }
        }
        found
    }
}
