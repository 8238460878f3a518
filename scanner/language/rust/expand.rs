//! The program's own `macro_rules!`: their calls are replaced by what they stand for before the file is parsed, and places
//! in the result are led back to the call.

use std::collections::BTreeMap;

use super::token::{Token, lex};
use crate::program::{Module, Span};

/// How often the text that macros made is searched for calls again.
const ROUNDS: u32 = 6;
/// Bytes that the macros of one file may make.
const MAX_MADE: usize = 1 << 20;
/// Steps of matching for one file.
const MAX_STEPS: u32 = 400_000;
/// How deep parts of a macro may repeat within each other.
const MAX_DEPTH: u32 = 16;

/// The macros of a program by their names.
#[derive(Debug, Default)]
pub(super) struct Macros(BTreeMap<String, Vec<Rule>>);

/// `(pattern) => { body }`
#[derive(Debug)]
struct Rule {
    pattern: Vec<Part>,
    body: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Token(String),
    /// `(…)`, `[…]`, `{…}`
    Group(char, Vec<Part>),
    /// `$name:kind`, in a body `$name`
    Variable(String, String),
    /// `$(…) separator *`
    Repeat(Vec<Part>, Option<String>),
}

/// What stands for a variable: a text, or one for each round of a repetition.
#[derive(Clone, Debug)]
enum Bound {
    One(String),
    Many(Vec<Bindings>),
}

type Bindings = BTreeMap<String, Bound>;

impl Macros {
    /// Takes the definitions out of the files of a program. Of two that have one name the first counts.
    pub(super) fn of<'t>(texts: impl Iterator<Item = std::borrow::Cow<'t, str>>) -> Self {
        let mut all = BTreeMap::new();
        for text in texts {
            if text.contains("macro_rules!") {
                let tokens = lex(&text);
                for at in 0..tokens.len().saturating_sub(4) {
                    if tokens[at].text == "macro_rules" && tokens[at + 1].text == "!" {
                        let name = tokens[at + 2].text.to_owned();
                        let rules = rules(inside(&tokens, at + 3));
                        if !rules.is_empty() {
                            all.entry(name).or_insert(rules);
                        }
                    }
                }
            }
        }
        Macros(all)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with the calls of these macros replaced; `None` when there are none.
    pub(super) fn expanded(&self, text: &str) -> Option<Expanded> {
        let mut whole = Expanded { text: text.to_owned(), pieces: vec![Piece { new: 0..text.len(), old: 0..text.len(), made: false }] };
        let mut budget = Budget { made: MAX_MADE, steps: MAX_STEPS };
        let mut any = false;
        for _ in 0..ROUNDS {
            let Some(next) = self.round(&whole.text, &mut budget) else { break };
            whole = whole.then(next);
            any = true;
        }
        any.then_some(whole)
    }

    fn round(&self, text: &str, budget: &mut Budget) -> Option<Expanded> {
        let tokens = lex(text);
        let mut made = Expanded { text: String::with_capacity(text.len()), pieces: Vec::new() };
        let mut done = 0;
        let mut at = 0;
        while at + 2 < tokens.len() {
            // Nothing is replaced where a macro is defined.
            if tokens[at].text == "macro_rules" && tokens[at + 1].text == "!" {
                at += 4 + tokens.get(at + 3).and_then(|group| group.closes).unwrap_or(0);
                continue;
            }
            let call = (tokens[at + 1].text == "!").then(|| self.0.get(tokens[at].text)).flatten();
            if let (Some(rules), Some(end)) = (call, tokens[at + 2].closes.map(|closes| at + 2 + closes))
                && let Some(body) = expand(rules, &tokens[at + 3..end], budget)
            {
                // `crate::name!(…)`
                let mut first = at;
                while first >= 2 && tokens[first - 1].text == "::" {
                    first -= 2;
                }
                let old = tokens[first].start..tokens[end].end;
                if old.start >= done {
                    made.copy(text, done..old.start);
                    made.add(&body, old.clone());
                    done = old.end;
                    at = end + 1;
                    continue;
                }
            }
            at += 1;
        }
        if done == 0 {
            return None;
        }
        made.copy(text, done..text.len());
        Some(made)
    }
}

/// A text that was made of another one, and from where its parts are.
#[derive(Debug)]
pub(super) struct Expanded {
    pub(super) text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    new: std::ops::Range<usize>,
    old: std::ops::Range<usize>,
    /// It stands for all of `old`.
    made: bool,
}

impl Expanded {
    fn copy(&mut self, text: &str, old: std::ops::Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text.get(old.clone()).unwrap_or_default());
        self.pieces.push(Piece { new: start..self.text.len(), old, made: false });
    }

    fn add(&mut self, body: &str, old: std::ops::Range<usize>) {
        let start = self.text.len();
        self.text.push(' ');
        self.text.push_str(body);
        self.text.push(' ');
        self.pieces.push(Piece { new: start..self.text.len(), old, made: true });
    }

    /// The result of replacing calls in the result.
    fn then(self, next: Expanded) -> Expanded {
        let mut pieces = Vec::with_capacity(next.pieces.len());
        for piece in next.pieces {
            if piece.made {
                let old = self.origin(piece.old.start, false)..self.origin(piece.old.end, true);
                pieces.push(Piece { old, ..piece });
                continue;
            }
            // A part that was kept may consist of several parts.
            let first = self.pieces.partition_point(|p| p.new.end <= piece.old.start);
            for part in self.pieces[first..].iter().take_while(|p| p.new.start < piece.old.end) {
                let (start, end) = (part.new.start.max(piece.old.start), part.new.end.min(piece.old.end));
                let new = piece.new.start + (start - piece.old.start)..piece.new.start + (end - piece.old.start);
                let old =
                    if part.made { part.old.clone() } else { part.old.start + (start - part.new.start)..part.old.start + (end - part.new.start) };
                pieces.push(Piece { new, old, made: part.made });
            }
        }
        Expanded { text: next.text, pieces }
    }

    /// The place in the first text.
    fn origin(&self, at: usize, is_end: bool) -> usize {
        let piece = self.pieces.partition_point(|piece| if is_end { piece.new.end < at } else { piece.new.end <= at });
        match self.pieces.get(piece).or(self.pieces.last()) {
            Some(piece) if piece.made => {
                if is_end {
                    piece.old.end
                } else {
                    piece.old.start
                }
            }
            Some(piece) => (piece.old.start + at.saturating_sub(piece.new.start)).min(piece.old.end),
            None => at,
        }
    }

    /// Leads the places of a module that was read from the result back to the first text.
    pub(super) fn lead_back(&self, module: &mut Module) {
        module.each_span(&mut |span| {
            *span = Span { start: self.origin(span.start as usize, false) as u32, end: self.origin(span.end as usize, true) as u32 };
        });
    }
}

struct Budget {
    made: usize,
    steps: u32,
}

/// The tokens in the group that begins at a position.
fn inside<'a, 't>(tokens: &'a [Token<'t>], at: usize) -> &'a [Token<'t>] {
    let closes = tokens.get(at).and_then(|token| token.closes);
    closes.and_then(|closes| tokens.get(at + 1..at + closes)).unwrap_or_default()
}

fn rules(tokens: &[Token<'_>]) -> Vec<Rule> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(end) = tokens[at].closes.map(|closes| at + closes) else { break };
        if tokens.get(end + 1).is_none_or(|arrow| arrow.text != "=>") {
            break;
        }
        let body = end + 2;
        let Some(close) = tokens.get(body).and_then(|token| token.closes).map(|closes| body + closes) else { break };
        all.push(Rule { pattern: parts(inside(tokens, at), 0), body: parts(inside(tokens, body), 0) });
        at = close + 1 + usize::from(tokens.get(close + 1).is_some_and(|token| token.text == ";"));
    }
    all
}

fn parts(tokens: &[Token<'_>], depth: u32) -> Vec<Part> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < tokens.len() && depth < MAX_DEPTH {
        let token = &tokens[at];
        match (token.text, tokens.get(at + 1)) {
            ("$", Some(next)) if next.text == "(" => {
                let Some(end) = next.closes.map(|closes| at + 1 + closes) else { break };
                let inner = parts(inside(tokens, at + 1), depth + 1);
                let is_count = |i: usize| tokens.get(i).is_some_and(|token| matches!(token.text, "*" | "+" | "?"));
                let separator = if is_count(end + 1) && !is_count(end + 2) { None } else { tokens.get(end + 1).map(|token| token.text.to_owned()) };
                at = end + if separator.is_some() { 3 } else { 2 };
                all.push(Part::Repeat(inner, separator));
            }
            ("$", Some(name)) => {
                let kind = match (tokens.get(at + 2), tokens.get(at + 3)) {
                    (Some(colon), Some(kind)) if colon.text == ":" && is_kind(kind.text) => Some(kind.text.to_owned()),
                    _ => None,
                };
                if name.text == "crate" {
                    all.push(Part::Token("crate".to_owned()));
                    at += 2;
                } else {
                    at += if kind.is_some() { 4 } else { 2 };
                    all.push(Part::Variable(name.text.to_owned(), kind.unwrap_or_default()));
                }
            }
            (open, _) if token.closes.is_some() => {
                let end = at + token.closes.unwrap_or(0);
                all.push(Part::Group(open.chars().next().unwrap_or('('), parts(inside(tokens, at), depth + 1)));
                at = end + 1;
            }
            (text, _) => {
                all.push(Part::Token(text.to_owned()));
                at += 1;
            }
        }
    }
    all
}

fn is_kind(text: &str) -> bool {
    matches!(
        text,
        "ident"
            | "expr"
            | "expr_2021"
            | "ty"
            | "tt"
            | "pat"
            | "pat_param"
            | "path"
            | "literal"
            | "block"
            | "stmt"
            | "item"
            | "vis"
            | "meta"
            | "lifetime"
    )
}

/// What a call stands for: the body of the first rule that fits.
fn expand(rules: &[Rule], call: &[Token<'_>], budget: &mut Budget) -> Option<String> {
    for rule in rules {
        let mut bindings = Bindings::new();
        if fits(&rule.pattern, call, &mut bindings, budget, 0) == Some(call.len()) {
            let mut out = String::new();
            write(&rule.body, &[&bindings], &mut out, budget, 0);
            return (budget.made > 0).then_some(out);
        }
    }
    None
}

/// How many tokens a pattern takes.
fn fits(pattern: &[Part], tokens: &[Token<'_>], bindings: &mut Bindings, budget: &mut Budget, depth: u32) -> Option<usize> {
    let mut at = 0;
    for (i, part) in pattern.iter().enumerate() {
        budget.steps = budget.steps.checked_sub(1)?;
        match part {
            Part::Token(text) => {
                if tokens.get(at)?.text != text {
                    return None;
                }
                at += 1;
            }
            Part::Group(open, inner) => {
                let token = tokens.get(at)?;
                let end = at + token.closes.filter(|_| token.text.starts_with(*open))?;
                let within = tokens.get(at + 1..end)?;
                if depth >= MAX_DEPTH || fits(inner, within, bindings, budget, depth + 1)? != within.len() {
                    return None;
                }
                at = end + 1;
            }
            Part::Variable(name, kind) => {
                let length = taken(kind, &tokens[at.min(tokens.len())..], pattern.get(i + 1))?;
                let text = tokens[at..at + length].iter().map(|token| token.text).collect::<Vec<_>>().join(" ");
                budget.steps = budget.steps.checked_sub(length as u32)?;
                bindings.insert(name.clone(), Bound::One(text));
                at += length;
            }
            Part::Repeat(inner, separator) => {
                let mut rounds = Vec::new();
                let mut here = at;
                loop {
                    let mut round = Bindings::new();
                    let rest = &tokens[here.min(tokens.len())..];
                    let Some(length) = (depth < MAX_DEPTH).then(|| fits(inner, rest, &mut round, budget, depth + 1)).flatten() else { break };
                    if length == 0 {
                        break;
                    }
                    rounds.push(round);
                    at = here + length;
                    here = at;
                    if let Some(separator) = separator {
                        if tokens.get(here).is_none_or(|token| token.text != separator) {
                            break;
                        }
                        here += 1;
                    }
                }
                let mut names = Vec::new();
                variables(inner, &mut names);
                for name in names {
                    bindings.insert(name.to_owned(), Bound::Many(rounds.clone()));
                }
            }
        }
    }
    Some(at)
}

fn variables<'p>(pattern: &'p [Part], into: &mut Vec<&'p str>) {
    for part in pattern {
        match part {
            Part::Variable(name, _) => into.push(name),
            Part::Group(_, inner) | Part::Repeat(inner, _) => variables(inner, into),
            Part::Token(_) => {}
        }
    }
}

/// How many tokens a variable of a kind takes.
fn taken(kind: &str, tokens: &[Token<'_>], next: Option<&Part>) -> Option<usize> {
    let first = tokens.first();
    let is_name = |text: &str| text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let whole = |token: &Token<'_>| token.closes.map_or(1, |closes| closes + 1);
    match kind {
        "ident" => is_name(first?.text).then_some(1),
        "lifetime" => first?.text.starts_with('\'').then_some(1),
        "tt" => Some(whole(first?)),
        "literal" => match first?.text {
            "-" => Some(2).filter(|n| tokens.len() >= *n),
            text => {
                (text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '"' | '\'')) || matches!(text, "true" | "false") || text.contains('"'))
                    .then_some(1)
            }
        },
        "block" => (first?.text == "{").then(|| whole(&tokens[0])),
        "vis" => Some(match tokens {
            [public, group, ..] if public.text == "pub" && group.text == "(" => 1 + whole(group),
            [public, ..] if public.text == "pub" => 1,
            _ => 0,
        }),
        _ => {
            let stops = |text: &str, angles: i32| match kind {
                "ty" | "path" => angles <= 0 && matches!(text, "," | "=>" | "=" | ";" | "|" | "{" | "[" | ":" | ">" | "as" | "where"),
                "pat" | "pat_param" => matches!(text, "=>" | "," | "=" | "if" | "in"),
                _ => matches!(text, "=>" | "," | ";"),
            };
            let until = if let Some(Part::Token(text)) = next { Some(text.as_str()) } else { None };
            let (mut at, mut angles) = (0, 0);
            while let Some(token) = tokens.get(at) {
                // `[u8]` and `&[T]` begin with what ends other types.
                if (at > 0 || !matches!(token.text, "[" | "{")) && (stops(token.text, angles) || (Some(token.text) == until && angles <= 0)) {
                    break;
                }
                match token.text {
                    "<" => angles += 1,
                    ">" => angles -= 1,
                    _ => {}
                }
                at += whole(token);
            }
            (at > 0).then_some(at)
        }
    }
}

fn write(body: &[Part], around: &[&Bindings], out: &mut String, budget: &mut Budget, depth: u32) {
    for part in body {
        if budget.made == 0 || depth >= MAX_DEPTH {
            return;
        }
        let before = out.len();
        match part {
            Part::Token(text) => {
                out.push_str(text);
                out.push(' ');
            }
            Part::Group(open, inner) => {
                out.push(*open);
                out.push(' ');
                write(inner, around, out, budget, depth + 1);
                out.push(match open {
                    '(' => ')',
                    '[' => ']',
                    _ => '}',
                });
                out.push(' ');
                continue;
            }
            Part::Variable(name, _) => {
                if let Some(Bound::One(text)) = around.iter().rev().find_map(|bindings| bindings.get(name)) {
                    out.push_str(text);
                    out.push(' ');
                }
            }
            Part::Repeat(inner, separator) => {
                let mut names = Vec::new();
                variables(inner, &mut names);
                let rounds = names.iter().find_map(|name| match around.iter().rev().find_map(|bindings| bindings.get(*name)) {
                    Some(Bound::Many(rounds)) => Some(rounds),
                    _ => None,
                });
                for (i, round) in rounds.into_iter().flatten().enumerate() {
                    if i > 0
                        && let Some(separator) = separator
                    {
                        out.push_str(separator);
                        out.push(' ');
                    }
                    let mut inside = around.to_vec();
                    inside.push(round);
                    write(inner, &inside, out, budget, depth + 1);
                }
                continue;
            }
        }
        budget.made = budget.made.saturating_sub(out.len() - before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Option<String> {
        let macros = Macros::of([std::borrow::Cow::Borrowed(text)].into_iter());
        let whole = macros.expanded(text)?;
        let (_, after) = whole.text.split_once("//!end")?;
        Some(after.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn calls_become_what_they_stand_for() {
        let run = "macro_rules! run { ($p:expr, $s:expr, $($tool:ident),* $(,)?) => { match $p { $( Tools::$tool(x) => $tool::go(x, $s).await, )* } }; } //!end\n";
        assert_eq!(
            expanded(&format!("{run}fn f() {{ run!(a.b(c, d), &self.s, One, Two,) }}")).as_deref(),
            Some(
                "fn f() { match a . b ( c , d ) { Tools :: One ( x ) => One :: go ( x , & self . s ) . await , Tools :: Two ( x ) => Two :: go ( x , & self . s ) . await , } }"
            )
        );
        let pick = "macro_rules! pick { () => { 0 }; ($a:literal) => { $a }; ($t:ty as $n:ident { $($k:ident : $v:expr);* }) => { struct $n($t); $( fn $k() { $v } )* }; } //!end\n";
        assert_eq!(expanded(&format!("{pick}let x = pick!(\"a\");")).as_deref(), Some("let x = \"a\" ;"));
        assert_eq!(
            expanded(&format!("{pick}crate::pick! {{ Vec<(u8, String)> as N {{ a: 1 + 2; b: f(3) }} }}")).as_deref(),
            Some("struct N ( Vec < ( u8 , String ) > ) ; fn a ( ) { 1 + 2 } fn b ( ) { f ( 3 ) }")
        );
        assert_eq!(expanded(&format!("{pick}other!(1); // pick!()")), None);
    }

    #[test]
    fn macros_may_call_macros_but_not_for_ever() {
        let twice = "macro_rules! one { ($x:expr) => { inner!($x) } } macro_rules! inner { ($x:expr) => { ($x, $x) } } //!end\n";
        assert_eq!(expanded(&format!("{twice}one!(a)")).as_deref(), Some("( a , a )"));
        let endless = "macro_rules! more { ($($x:tt)*) => { more!($($x)* $($x)*) } } //!end\nmore!(a b c d);";
        assert!(expanded(endless).is_some_and(|text| text.len() < 2 * MAX_MADE));
    }

    #[test]
    fn places_lead_back_to_the_call() {
        let text = "macro_rules! get { ($u:expr) => { wrap!(fetch($u)) } } macro_rules! wrap { ($e:expr) => { $e } }\nlet a = get!(b);\nlet c = d;";
        let whole = Macros::of([std::borrow::Cow::Borrowed(text)].into_iter()).expanded(text).expect("a call");
        let call = text.find("get!(b)").unwrap_or(0);
        let made = whole.text.find("fetch ( b )").expect("the body");
        assert_eq!(whole.origin(made, false), call);
        assert_eq!(whole.origin(made + 5, true), call + "get!(b)".len());
        let later = whole.text.rfind("c = d").expect("what follows");
        assert_eq!(whole.origin(later, false), text.rfind("c = d").unwrap_or(0));
    }
}
