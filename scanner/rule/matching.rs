//! Whether a declared pattern covers what the code reaches.

use crate::manifest::{Declaration, DeclaredKind};

/// Hosts: exact, `*`, `*.example.com` (sub-domains), `.example.com` (sub-domains and the domain itself). Ports do not matter.
pub(crate) fn host_matches(pattern: &str, host: &str) -> bool {
    let pattern = without_port(pattern).to_ascii_lowercase();
    let host = without_port(host).to_ascii_lowercase();
    if pattern == "*" || pattern == host {
        return true;
    }
    if let Some(suffix) = pattern.strip_prefix("*.") {
        return host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1);
    }
    if let Some(suffix) = pattern.strip_prefix('.') {
        return host == suffix || host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1);
    }
    false
}

/// Variables: exact, or a pattern with `*` at the end (`OTEL_*`).
pub(crate) fn env_matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

/// Paths: a declared directory covers what lies below it; `*` covers everything; `/**` and `/*` at the end are the directory.
pub(crate) fn path_matches(pattern: &str, path: &str) -> bool {
    if pattern == "*" || pattern == "/" {
        return true;
    }
    let directory = pattern.trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/');
    // A path that climbs out may lie anywhere, whatever it begins with.
    if path.split(['/', '\\']).any(|part| part == "..") {
        return pattern == path;
    }
    path == directory || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// Programs: by their last path component (`/usr/bin/git` is `git`).
pub(crate) fn program_matches(pattern: &str, program: &str) -> bool {
    let name = |text: &str| text.rsplit(['/', '\\']).next().unwrap_or(text).trim_end_matches(".exe").to_owned();
    pattern == "*" || pattern == program || (!pattern.contains('/') && name(pattern) == name(program))
}

/// Whether a declaration's pattern covers a target of its own kind.
pub(crate) fn covers(declaration: &Declaration, target: &str) -> bool {
    let pattern = declaration.target.as_str();
    match declaration.kind {
        DeclaredKind::Network => host_matches(pattern, target),
        DeclaredKind::Environment => env_matches(pattern, target),
        DeclaredKind::Filesystem => path_matches(pattern, target),
        DeclaredKind::Process => program_matches(pattern, target),
        DeclaredKind::Credential => pattern == "*" || env_matches(pattern, target) || path_matches(pattern, target),
        DeclaredKind::Database => pattern == "*" || host_matches(pattern, target) || path_matches(pattern, target),
        DeclaredKind::Tool => pattern == target,
    }
}

/// A host on this machine.
pub(crate) fn is_local_host(host: &str) -> bool {
    let host = without_port(host).trim_matches(['[', ']']).to_ascii_lowercase();
    matches!(host.as_str(), "localhost" | "::1" | "0.0.0.0" | "::" | "host.docker.internal") || host.ends_with(".localhost") || is_loopback(&host)
}

fn is_loopback(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// A glob with `*` only, over the whole text.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            let Some(at) = rest.find(previous) else { return false };
            rest = &rest[at + previous.len()..];
        }
    }
    match last {
        None => rest.is_empty(),
        Some(part) => rest.ends_with(part),
    }
}

fn without_port(host: &str) -> &str {
    if host.starts_with('[') {
        return host.split_inclusive(']').next().unwrap_or(host);
    }
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && (port == "*" || port.bytes().all(|byte| byte.is_ascii_digit())) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        assert!(host_matches("api.github.com", "API.github.com:443"));
        assert!(host_matches(".github.com", "github.com") && host_matches(".github.com", "a.github.com"));
        assert!(host_matches("*.github.com", "a.github.com") && !host_matches("*.github.com", "github.com"));
        assert!(!host_matches("*.github.com", "evilgithub.com") && !host_matches(".github.com", "evilgithub.com"));
        assert!(!host_matches("api.github.com", "*") && host_matches("*", "*"));
        assert!(host_matches("*.amazonaws.com", "*.amazonaws.com"));
        assert!(is_local_host("localhost:8080") && is_local_host("127.0.0.5") && is_local_host("[::1]:80") && !is_local_host("127.evil.com"));
    }

    #[test]
    fn paths_and_programs() {
        assert!(path_matches("/data", "/data/a") && path_matches("/data/**", "/data") && !path_matches("/data", "/database"));
        assert!(!path_matches("/data", "/data/../etc/passwd"));
        assert!(program_matches("git", "/usr/bin/git") && !program_matches("git", "gitk"));
        assert!(env_matches("OTEL_*", "OTEL_X") && !env_matches("A", "AB"));
        assert!(
            wildcard("a*c*e", "abcde")
                && !wildcard("a*c", "abcd")
                && wildcard("*", "")
                && wildcard("*TOKEN*", "MY_TOKEN_X")
                && !wildcard("ab", "abc")
        );
    }
}
