//! What an effect is aimed at: hosts out of URLs, programs out of command lines, paths.

use super::facts::{TargetFrom, TargetKind};
use super::value::{Origin, Piece, Source, Text};

/// Stands for a hole in rendered text: cannot occur in a host, program or path.
const HOLE: char = '\u{1}';

/// A target, and how it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Aim {
    pub(crate) target: String,
    pub(crate) kind: TargetKind,
    /// The holes that choose it (or its part that is not constant).
    pub(crate) origins: Vec<Origin>,
}

impl Aim {
    pub(crate) fn constant(target: impl Into<String>) -> Self {
        Aim { target: target.into(), kind: TargetKind::Constant, origins: Vec::new() }
    }

    pub(crate) fn dynamic(origins: Vec<Origin>) -> Self {
        Aim { target: "*".into(), kind: TargetKind::Dynamic, origins }
    }

    /// Who chooses: the most telling of the origins.
    pub(crate) fn from(&self) -> TargetFrom {
        if self.kind == TargetKind::Constant {
            return TargetFrom::Constant;
        }
        let has = |test: fn(Source) -> bool| self.origins.iter().any(|o| test(o.source));
        if has(|o| matches!(o, Source::Argument(_))) {
            TargetFrom::Argument
        } else if has(|o| matches!(o, Source::Environment(_))) {
            TargetFrom::Environment
        } else if has(|o| matches!(o, Source::Config | Source::File(_))) {
            TargetFrom::Config
        } else if has(|o| matches!(o, Source::Parameter)) {
            TargetFrom::Parameter
        } else {
            TargetFrom::Library
        }
    }
}

/// What a text says about the host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UrlHost {
    Host(Aim),
    /// A reference without scheme and host: needs a base.
    Relative,
    /// `data:`, `file:`, … reach no host.
    None,
}

/// The host of a URL.
pub(crate) fn url_host(text: &Text) -> UrlHost {
    let rendered = text.render("\u{1}");
    let rendered = rendered.trim();
    if rendered.is_empty() {
        return UrlHost::Relative;
    }
    if let Some(at) = rendered.find("://") {
        let scheme = &rendered[..at];
        if !scheme.contains(['/', '?', '#', ' ']) {
            if matches!(scheme, "file" | "data" | "blob" | "about" | "chrome" | "ui" | "sqlite" | "memory") {
                return UrlHost::None;
            }
            let authority = rendered[at + 3..].split(['/', '?', '#']).next().unwrap_or("");
            // A hole before the scheme's colon is the scheme; one right at the start of the text may be a whole URL.
            let first_hole = hole_after(text, at + 3);
            return match authority_host(authority) {
                Some(host) if host == "*" => UrlHost::Host(Aim::dynamic(first_hole)),
                Some(host) if host.contains('*') => UrlHost::Host(Aim { target: host, kind: TargetKind::Prefix, origins: first_hole }),
                Some(host) => UrlHost::Host(Aim::constant(host)),
                None => UrlHost::None,
            };
        }
    }
    if let Some(rest) = rendered.strip_prefix("//") {
        return match authority_host(rest.split(['/', '?', '#']).next().unwrap_or("")) {
            Some(host) if !host.contains('*') => UrlHost::Host(Aim::constant(host)),
            _ => UrlHost::Host(Aim::dynamic(text.holes().collect())),
        };
    }
    if rendered.starts_with(HOLE) {
        let origins = match text.pieces.first() {
            Some(Piece::Hole(origin)) => vec![*origin],
            _ => Vec::new(),
        };
        return UrlHost::Host(Aim::dynamic(origins));
    }
    let scheme = rendered.split(':').next().unwrap_or("");
    if rendered.contains(':') && matches!(scheme, "data" | "file" | "blob" | "about" | "javascript" | "mailto" | "node" | "ui") {
        return UrlHost::None;
    }
    UrlHost::Relative
}

/// A bare host (`example.com`, `example.com:443`), or a URL given where a host is expected.
pub(crate) fn bare_host(text: &Text) -> Option<Aim> {
    if let UrlHost::Host(aim) = url_host(text)
        && (aim.kind != TargetKind::Dynamic || text.render("").contains("://"))
    {
        return Some(aim);
    }
    let rendered = text.render("\u{1}");
    if rendered.starts_with('/') || rendered.contains("://") {
        return None; // a socket path
    }
    let host = authority_host(rendered.trim().split(['/', '?', '#']).next().unwrap_or(""))?;
    let origins: Vec<Origin> = text.holes().collect();
    Some(match host.as_str() {
        "*" => Aim::dynamic(origins),
        _ if host.contains('*') => Aim { target: host, kind: TargetKind::Prefix, origins },
        _ => Aim::constant(host),
    })
}

/// The first hole after `offset` in the rendered text.
fn hole_after(text: &Text, offset: usize) -> Vec<Origin> {
    let mut at = 0;
    for piece in &text.pieces {
        match piece {
            Piece::Literal(literal) => at += literal.len(),
            Piece::Hole(origin) => {
                if at >= offset {
                    return vec![*origin];
                }
                at += HOLE.len_utf8();
            }
        }
    }
    Vec::new()
}

/// Host of an authority: without user, port; holes become `*`. `None` when it cannot be a host.
fn authority_host(authority: &str) -> Option<String> {
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = if let Some(inside) = host.strip_prefix('[') {
        inside.split(']').next().unwrap_or(inside).to_owned()
    } else {
        let mut host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
        // `https://api.example.com${path}`: the hole after a whole host is its path.
        if host.len() > 1 && host.ends_with(HOLE) {
            let before = host.trim_end_matches(HOLE);
            let whole = before.rsplit('.').next().is_some_and(|last| last.len() >= 2 && last.chars().all(|c| c.is_ascii_alphabetic()));
            if (before.contains('.') && whole && !before.contains(HOLE)) || before == "localhost" {
                host = before.to_owned();
            }
        }
        host
    };
    if host.is_empty() {
        return None;
    }
    let mut shown = String::with_capacity(host.len());
    for c in host.chars() {
        match c {
            HOLE if shown.ends_with('*') => {}
            HOLE | '*' => shown.push('*'),
            c if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%') => shown.push(c),
            // Placeholders such as `{region}` in a library's template.
            '{' | '}' | '<' | '>' | '$' | '(' | ')' => {
                if !shown.ends_with('*') {
                    shown.push('*');
                }
            }
            _ => return None,
        }
    }
    let mut shown = shown.trim_end_matches('.').to_owned();
    // `${account}.example.com` with nothing for the account: one of the names below the domain.
    if shown.starts_with('.') && shown.len() > 1 {
        shown.insert(0, '*');
    }
    // Nothing but holes and dots says nothing.
    if shown.chars().all(|c| matches!(c, '*' | '.' | '-')) { Some("*".into()) } else { Some(shown) }
}

/// A path: constant, a constant beginning, or anything.
pub(crate) fn path(text: &Text) -> Aim {
    let origins: Vec<Origin> = text.holes().collect();
    let rendered = text.render("\u{1}");
    let rendered = rendered.strip_prefix("file://").unwrap_or(&rendered);
    match rendered.find(HOLE) {
        None => Aim::constant(rendered),
        Some(at) => {
            let before = &rendered[..at];
            // Only whole directories count: `/tmp/x${…}` is somewhere below `/tmp`.
            match before.rfind('/') {
                Some(slash) if slash > 0 => Aim { target: format!("{}/*", &before[..slash]), kind: TargetKind::Prefix, origins },
                _ => Aim::dynamic(origins),
            }
        }
    }
}

/// The program itself, given as a text.
pub(crate) fn program(text: &Text) -> Aim {
    let rendered = text.render("\u{1}");
    if rendered.contains(HOLE) {
        // `${dir}/bin/tool`: the name of the program is known.
        if let Some(name) = rendered.rsplit('/').next().filter(|n| !n.contains(HOLE) && !n.is_empty() && rendered.contains('/')) {
            return Aim { target: name.to_owned(), kind: TargetKind::Prefix, origins: text.holes().collect() };
        }
        return Aim::dynamic(text.holes().collect());
    }
    Aim::constant(rendered.trim())
}

/// The programs that a line for a shell starts.
pub(crate) fn shell_programs(text: &Text) -> Vec<Aim> {
    let rendered = text.render("\u{1}");
    let mut all: Vec<Aim> = Vec::new();
    for command in split_commands(&rendered) {
        let words = command
            .split_whitespace()
            .skip_while(|w| is_assignment(w) || matches!(*w, "sudo" | "exec" | "env" | "nohup" | "time" | "then" | "do" | "else" | "!" | "(" | "{"));
        let Some(word) = words.map(|w| w.trim_matches(['"', '\'', '(', ')'])).find(|w| !w.is_empty()) else { continue };
        if matches!(word, "if" | "for" | "while" | "fi" | "done" | "cd" | "[" | "[[" | "echo" | "export" | "true" | "false" | "set")
            && all.is_empty()
            && word != "echo"
            && word != "cd"
        {
            continue;
        }
        let aim = if word.contains(HOLE) { Aim::dynamic(text.holes().collect()) } else { Aim::constant(word) };
        if !all.contains(&aim) && all.len() < 8 {
            all.push(aim);
        }
    }
    if all.is_empty() { vec![Aim::dynamic(text.holes().collect())] } else { all }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Splits a shell line at `&&`, `||`, `|`, `;` and newlines outside of quotes.
fn split_commands(line: &str) -> Vec<&str> {
    let (mut all, mut start, mut quote) = (Vec::new(), 0, None);
    for (i, c) in line.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '|' | ';' | '\n') => {
                all.push(&line[start..i]);
                start = i + 1;
            }
            (None, '&') => {
                if i > start {
                    all.push(&line[start..i]);
                }
                start = i + 1;
            }
            _ => {}
        }
    }
    all.push(&line[start..]);
    all.retain(|c| !c.trim().is_empty() && !c.trim().chars().all(|c| c.is_ascii_digit() || c == '>'));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(parts: &[&str]) -> Text {
        let mut text = Text::default();
        for part in parts {
            text.push(&if *part == "?" { Piece::Hole(Origin::UNKNOWN) } else { Piece::Literal((*part).into()) });
        }
        text
    }

    fn host(parts: &[&str]) -> String {
        match url_host(&text(parts)) {
            UrlHost::Host(aim) => aim.target,
            UrlHost::Relative => "relative".into(),
            UrlHost::None => "none".into(),
        }
    }

    #[test]
    fn hosts_of_urls() {
        assert_eq!(host(&["https://api.example.com/v1"]), "api.example.com");
        assert_eq!(host(&["https://user:pw@api.example.com:8443/v1"]), "api.example.com");
        assert_eq!(host(&["https://api.example.com", "?"]), "api.example.com");
        assert_eq!(host(&["https://", "?", ".example.com/x"]), "*.example.com");
        assert_eq!(host(&["https://s3.", "?", ".amazonaws.com/x"]), "s3.*.amazonaws.com");
        assert_eq!(host(&["http://localhost:", "?"]), "localhost");
        assert_eq!(host(&["?", "/users"]), "*");
        assert_eq!(host(&["?", "://api.example.com/"]), "api.example.com");
        assert_eq!(host(&["https://", "?"]), "*");
        assert_eq!(host(&["https://.example.com/x"]), "*.example.com");
        assert_eq!(host(&["/users/", "?"]), "relative");
        assert_eq!(host(&["data:text/plain,https://x.example"]), "none");
        assert_eq!(host(&["http://[::1]:80/"]), "::1");
        assert_eq!(host(&["HTTPS://API.Example.com"]), "api.example.com");
    }

    #[test]
    fn programs_of_shell_lines() {
        let names = |parts: &[&str]| shell_programs(&text(parts)).into_iter().map(|a| a.target).collect::<Vec<_>>();
        assert_eq!(names(&["git log --oneline"]), ["git"]);
        assert_eq!(names(&["FOO=1 sudo kubectl get | grep '|' "]), ["kubectl", "grep"]);
        assert_eq!(names(&["?", " -v"]), ["*"]);
        assert_eq!(names(&["cd /x && make"]), ["cd", "make"]);
    }

    #[test]
    fn paths() {
        assert_eq!(path(&text(&["~/.notes/", "?", ".md"])).target, "~/.notes/*");
        assert_eq!(path(&text(&["?"])).target, "*");
        assert_eq!(path(&text(&["/etc/hosts"])).kind, TargetKind::Constant);
    }
}
