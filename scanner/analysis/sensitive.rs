//! Places that hold credentials. The list is data: `rules/models/credentials.txt`.

/// One pattern a line; `*` stands for anything within the rest of a name, a leading `**/` for any directory.
const PATTERNS: &str = include_str!("../../rules/models/credentials.txt");

/// The path with whoever's home directory it begins with written as `~`.
pub(crate) fn home_relative(path: &str) -> std::borrow::Cow<'_, str> {
    let rest = if let Some(rest) = path.strip_prefix("/root/") {
        Some(rest)
    } else if let Some(rest) = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/Users/")) {
        rest.split_once('/').map(|(_, rest)| rest)
    } else {
        // `~user/…`
        path.strip_prefix('~').filter(|rest| !rest.starts_with('/')).and_then(|rest| rest.split_once('/')).map(|(_, rest)| rest)
    };
    match rest {
        Some(rest) => format!("~/{rest}").into(),
        None => path.into(),
    }
}

/// Whether a path is a place where credentials are kept.
pub(crate) fn is_credential_path(path: &str) -> bool {
    let path = home_relative(path.trim_end_matches('/'));
    let path = path.as_ref();
    PATTERNS.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).any(|pattern| match pattern.strip_prefix("**/") {
        Some(rest) => path == rest || path.ends_with(&format!("/{rest}")) || within(path, rest),
        None => matches(pattern, path),
    })
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some(directory) => path == directory || path.starts_with(&format!("{directory}/")),
        None => match pattern.split_once('*') {
            Some((start, end)) => path.len() >= start.len() + end.len() && path.starts_with(start) && path.ends_with(end),
            None => path == pattern,
        },
    }
}

/// `**/dir/*`: below a directory of that name anywhere.
fn within(path: &str, rest: &str) -> bool {
    rest.strip_suffix("/*").is_some_and(|directory| path.contains(&format!("/{directory}/")) || path.starts_with(&format!("{directory}/")))
}

#[cfg(test)]
mod tests {
    use super::is_credential_path;

    #[test]
    fn credential_files_are_known_by_their_place() {
        for path in
            ["~/.aws/credentials", "~/.ssh/id_rsa", "/home/x/.ssh/id_ed25519", "~/.kube/config", "~/.netrc", "/root/.ssh/id_rsa", "~root/.ssh/id_rsa"]
        {
            assert!(is_credential_path(path), "{path}");
        }
        for path in ["~/notes/aws.md", "/tmp/x", "*", "<cwd>/config", "~/.config/app/settings.json"] {
            assert!(!is_credential_path(path), "{path}");
        }
    }
}
