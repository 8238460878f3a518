//! What programs that are started do by themselves, as far as their command line says so. The data is `rules/programs.yml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::rules;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Programs {
    listen: Vec<Listener>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listener {
    program: String,
    /// Follow the program in this order; one that ends in `*` is the start of a word.
    words: Vec<String>,
    /// Address.
    listens: String,
}

/// A table that does not load is empty; a test holds that it does.
static PROGRAMS: LazyLock<Programs> = LazyLock::new(|| serde_json::from_str(rules::PROGRAMS).unwrap_or_default());

/// What a program is called, wherever it lies: the last part of its path, without the ending that one system wants.
pub(crate) fn name(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// The address at which a program listens that is started with this line (`kubectl port-forward …`).
pub(crate) fn listens(line: &str) -> Option<&'static str> {
    let mut words = line.split_ascii_whitespace();
    let name = name(words.next()?);
    let rest: Vec<&str> = words.collect();
    let fits = |listener: &&Listener| {
        let mut rest = rest.iter();
        listener.program == name
            && listener.words.iter().all(|wanted| match wanted.strip_suffix('*') {
                Some(start) => rest.any(|word| word.starts_with(start)),
                None => rest.any(|word| word == wanted),
            })
    };
    PROGRAMS.listen.iter().find(fits).map(|listener| listener.listens.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_loads() {
        let programs: Programs = serde_json::from_str(rules::PROGRAMS).expect("rules/programs.yml");
        assert!(!programs.listen.is_empty());
    }

    #[test]
    fn listeners_are_known_by_their_line() {
        assert_eq!(listens("kubectl port-forward -n … svc/… 80:80"), Some("127.0.0.1"));
        assert_eq!(listens("/usr/bin/ssh -N -L8080:db:5432 host"), Some("127.0.0.1"));
        assert_eq!(listens("python3 -m http.server 8000"), Some("0.0.0.0"));
        assert_eq!(listens("socat TCP-LISTEN:9000,fork EXEC:…"), Some("0.0.0.0"));
        for quiet in ["kubectl get pods", "ssh host ls -l", "python3 http.server", "echo kubectl port-forward", "…", ""] {
            assert_eq!(listens(quiet), None, "{quiet}");
        }
    }
}
