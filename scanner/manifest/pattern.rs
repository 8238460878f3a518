//! Whether something the code reaches is covered by something a manifest declares.

/// A host as declarations of every dialect write it → one pattern: `host`, `.suffix` (with the domain itself),
/// `*.suffix` (its sub-domains only), `*`, or a pattern with `*` inside. Schemes, ports, paths and credentials are dropped.
/// `None` when there is no host in it, or when the host is wholly chosen by the user.
pub fn canonical_host(raw: &str) -> Option<String> {
    // Templates first: a colon or slash inside one (`${X:-default}`) means nothing for the URL.
    let filled = fill_templates(raw.trim());
    let rest = filled.split_once("://").map_or(filled.as_str(), |(_, rest)| rest);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        // More than one colon without brackets is an IPv6 address.
        None if authority.matches(':').count() > 1 => authority,
        None => authority.split(':').next()?,
    };
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let known = host.chars().any(|c| c.is_alphanumeric());
    if host != "*" && !known {
        return None;
    }
    let wanted = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | ':' | '%');
    host.chars().all(wanted).then(|| host.to_owned())
}

/// `{tenant}`, `${TENANT}`, `<tenant>`, `{{x}}` → `*`.
pub(super) fn fill_templates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '<', '$']) {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let length = if rest.starts_with('<') {
            rest.find('>').map(|end| end + 1)
        } else if rest.starts_with('{') || rest.starts_with("${") {
            rest.find('}').map(|end| end + 1 + usize::from(rest.starts_with("{{") || rest.starts_with("${{")))
        } else {
            let name = rest.char_indices().skip(1).find(|(_, c)| !(c.is_alphanumeric() || *c == '_'));
            Some(name.map_or(rest.len(), |(end, _)| end))
        };
        let Some(length) = length else { break };
        if !out.ends_with('*') {
            out.push('*');
        }
        rest = rest.get(length.min(rest.len())..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Whether a declared host pattern covers a host. The host may itself be a pattern (`*.example.com` for hosts that begin
/// at run time): then all of it must be covered. `*` is covered by `*` alone.
pub fn host_matches(pattern: &str, host: &str) -> bool {
    let Some(pattern) = canonical_host(pattern) else { return false };
    if pattern == "*" {
        return true;
    }
    let Some(host) = canonical_host(host) else { return false };
    if host == "*" {
        return false;
    }
    if let Some(domain) = pattern.strip_prefix('.') {
        return host == domain || host.trim_start_matches('*').ends_with(&pattern);
    }
    // A star in the host stands for text that is not known: only a star of the pattern may cover it.
    pattern == host || glob(&pattern, &host, &[], '*')
}

/// Whether a declared variable name, possibly with `*` and `?`, covers a variable. Names are case-sensitive.
pub fn env_matches(pattern: &str, name: &str) -> bool {
    pattern == "*" || pattern == name || (name != "*" && glob(pattern, name, &[], '*'))
}

/// Whether a declared path covers a path: the path itself, everything under it, or what a pattern with `*` (one level),
/// `**` (any levels) and `?` says. `~`, `$HOME`, `${HOME}` and `%USERPROFILE%` are one.
pub fn path_matches(pattern: &str, path: &str) -> bool {
    if pattern == "*" || pattern == "**" {
        return true;
    }
    if path == "*" || path.is_empty() {
        return false;
    }
    let (pattern, path) = (canonical_path(pattern), canonical_path(path));
    if pattern == "/" {
        return path.starts_with('/') || path.starts_with('~');
    }
    let climbs = |path: &str| path.split('/').find(|part| *part != "~") == Some("..");
    if pattern.is_empty() || climbs(&pattern) || climbs(&path) {
        return pattern == path;
    }
    let windows_drive = path.as_bytes().get(1) == Some(&b':');
    if pattern == "." {
        return !path.starts_with(['/', '~']) && !windows_drive;
    }
    if !pattern.contains(['*', '?']) {
        return path == pattern || path.strip_prefix(&pattern).is_some_and(|rest| rest.starts_with('/') || pattern.ends_with('/'));
    }
    if glob(&pattern, &path, &['/'], '*') {
        return true;
    }
    // Everything under what matches.
    path.match_indices('/').any(|(at, _)| path.get(..at).is_some_and(|parent| !parent.is_empty() && glob(&pattern, parent, &['/'], '*')))
}

/// One spelling for a path: `/` between names, `~` for the home directory, `.` and `..` worked out.
pub fn canonical_path(raw: &str) -> String {
    let mut text = raw.trim().replace('\\', "/");
    for (place, under_home) in HOMES {
        if let Some(rest) = text.strip_prefix(place)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            text = format!("{under_home}{rest}");
            break;
        }
    }
    let text = text.strip_prefix("file://").map(str::to_owned).unwrap_or(text);
    let absolute = text.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                None if absolute => {}
                None | Some(&"..") => parts.push(".."),
                // What lies above the home directory is not known by name.
                Some(&"~") => parts.push(".."),
                Some(_) => {
                    parts.pop();
                }
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) if text.is_empty() => String::new(),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Spellings of the home directory and of the places that bundles name in it.
const HOMES: &[(&str, &str)] = &[
    ("${HOME}", "~"),
    ("$HOME", "~"),
    ("%USERPROFILE%", "~"),
    ("%HOME%", "~"),
    ("${DESKTOP}", "~/Desktop"),
    ("${DOCUMENTS}", "~/Documents"),
    ("${DOWNLOADS}", "~/Downloads"),
    ("%APPDATA%", "~/AppData/Roaming"),
    ("%LOCALAPPDATA%", "~/AppData/Local"),
];

/// Glob matching in linear memory and at most quadratic time. A single star does not cross `stops`; two do.
/// `unknown` in the text is a character that only a star covers.
fn glob(pattern: &str, text: &str, stops: &[char], unknown: char) -> bool {
    #[derive(Clone, Copy, PartialEq)]
    enum Token {
        One(char),
        Any,
        Star,
        StarStar,
    }
    let mut tokens: Vec<Token> = Vec::new();
    for character in pattern.chars() {
        match (character, tokens.last()) {
            ('*', Some(Token::Star | Token::StarStar)) => {
                tokens.pop();
                tokens.push(Token::StarStar);
            }
            ('*', _) => tokens.push(Token::Star),
            ('?', _) => tokens.push(Token::Any),
            (other, _) => tokens.push(Token::One(other)),
        }
    }
    if tokens.len() > 1024 {
        return false;
    }
    // The set of positions in the pattern that the text so far can have reached.
    let mut states = vec![false; tokens.len() + 1];
    let close = |states: &mut Vec<bool>| {
        for at in 0..tokens.len() {
            if states[at] && matches!(tokens[at], Token::Star | Token::StarStar) {
                states[at + 1] = true;
            }
        }
    };
    states[0] = true;
    close(&mut states);
    for character in text.chars().take(4096) {
        let mut next = vec![false; tokens.len() + 1];
        for (at, token) in tokens.iter().enumerate() {
            if !states[at] {
                continue;
            }
            match token {
                Token::One(wanted) if *wanted == character && character != unknown => next[at + 1] = true,
                Token::Any if character != unknown && !stops.contains(&character) => next[at + 1] = true,
                Token::Star if !stops.contains(&character) => next[at] = true,
                Token::StarStar => next[at] = true,
                _ => {}
            }
        }
        states = next;
        close(&mut states);
    }
    states.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_in_every_dialect() {
        for (pattern, host, expected) in [
            (".github.com", "api.github.com", true),
            (".github.com", "github.com", true),
            (".github.com", "evilgithub.com", false),
            ("*.google.com", "mail.google.com", true),
            ("*.google.com", "google.com", false),
            ("*.google.com", "a.b.google.com", true),
            ("api.x.com:443", "api.x.com", true),
            ("https://api.x.com/v1", "API.X.com", true),
            ("https://user:pw@api.x.com:8443/v1", "api.x.com", true),
            ("api.x.com", "api.x.com.evil.org", false),
            ("*:8081", "anything.org", true),
            ("*", "*", true),
            ("api.x.com", "*", false),
            ("*.x.com", "*", false),
            ("*.x.com", "*.x.com", true),
            (".x.com", "*.x.com", true),
            (".x.com", "*.y.x.com", true),
            ("*.com", "*.x.com", true),
            ("a.x.com", "*.x.com", false),
            ("s3.*.amazonaws.com", "s3.eu-west-1.amazonaws.com", true),
            ("https://ecs-mcp.{region}.api.aws/mcp", "ecs-mcp.us-east-1.api.aws", true),
            ("[::1]:80", "::1", true),
            ("1.1.1.1", "1.1.1.1", true),
            ("", "x.com", false),
            ("x.com.", "x.com", true),
        ] {
            assert_eq!(host_matches(pattern, host), expected, "{pattern} {host}");
        }
    }

    #[test]
    fn canonical_hosts() {
        assert_eq!(canonical_host("https://{tenant}.x.com:{port}/mcp").as_deref(), Some("*.x.com"));
        assert_eq!(canonical_host("http://127.0.0.1:{port}/mcp").as_deref(), Some("127.0.0.1"));
        assert_eq!(canonical_host("http://localhost:${PORT:-3000}/").as_deref(), Some("localhost"));
        assert_eq!(canonical_host("{url}").as_deref(), Some("*"));
        assert_eq!(canonical_host("https:///x"), None);
        assert_eq!(canonical_host("not a host"), None);
        assert_eq!(canonical_host("{").as_deref(), None);
    }

    #[test]
    fn variables() {
        assert!(env_matches("AWS_*", "AWS_REGION"));
        assert!(!env_matches("AWS_*", "XAWS_REGION"));
        assert!(!env_matches("Path", "PATH"));
        assert!(env_matches("*", "*"));
        assert!(!env_matches("A", "*"));
        assert!(!env_matches("A*", "*"));
    }

    #[test]
    fn paths() {
        for (pattern, path, expected) in [
            ("~/notes", "~/notes/a.md", true),
            ("~/notes/", "~/notes/a.md", true),
            ("~/notes", "~/notes-private/a.md", false),
            ("~/notes", "~/notes/../.ssh/id_rsa", false),
            ("${HOME}/Desktop", "~/Desktop/x", true),
            ("$HOME", "~/.ssh", true),
            ("%USERPROFILE%\\x", "~/x/y", true),
            ("${DOCUMENTS}", "~/Documents/a", true),
            ("/", "/etc/passwd", true),
            ("/", "relative", false),
            ("/data/*.db", "/data/a.db", true),
            ("/data/*.db", "/data/a/b.db", false),
            ("/data/**/*.db", "/data/a/b/c.db", true),
            ("/data/*", "/data/a/b", true),
            (".", "a/b", true),
            (".", "../a", false),
            ("./logs", "logs/x", true),
            ("*", "*", true),
            ("/tmp", "*", false),
            ("../x", "../x", true),
            ("~", "~/../other", false),
        ] {
            assert_eq!(path_matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn long_patterns_end() {
        assert!(!glob(&"*a".repeat(500), &"a".repeat(4000).replace('a', "b"), &[], '*'));
        let _ = canonical_host(&"{".repeat(100_000));
    }
}
