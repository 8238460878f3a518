//! Containers that are started by a command: what the words of the command say about the walls around them.

use super::{Places, Reached, site_place};
use crate::analysis::engine::{Engine, Site};
use crate::analysis::facts::{Reach, Setting};
use crate::program::{Expr, ExprId, Module, ModuleId, Part};

const PRIVILEGED: &str = "privileged-container";
const UNLIMITED: &str = "container-without-limits";

const ENGINES: &[&str] = &["docker", "podman", "nerdctl"];

/// Options that open a container to its host, alone or with a value.
const OPENS: &[(&str, &[&str])] = &[
    ("--privileged", &["", "true"]),
    ("--pid", &["host"]),
    ("--ipc", &["host"]),
    ("--network", &["host"]),
    ("--net", &["host"]),
    ("--userns", &["host"]),
    ("--cap-add", &["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE"]),
    ("--security-opt", &["seccomp=unconfined", "apparmor=unconfined", "label=disable"]),
];

/// Options that hold a container back.
const LIMITS: &[&str] =
    &["--memory", "-m", "--cpus", "--pids-limit", "--cap-drop", "--network", "--net", "--read-only", "--security-opt", "--ulimit", "--runtime"];

pub(super) fn containers(engine: &Engine<'_>, reached: &Reached, counts: &dyn Fn(ModuleId) -> bool, places: &dyn Places) -> Vec<Setting> {
    let runs = reached.modules(engine);
    let mut all = Vec::new();
    for id in (0..engine.program.modules.len() as u32).map(ModuleId).filter(|id| counts(*id) && runs.contains(id)) {
        let module = engine.module(id);
        let named = module.exprs.iter().any(|expr| matches!(expr, Expr::Str(text) if ENGINES.contains(&&**text)));
        for (number, expr) in module.exprs.iter().enumerate() {
            let Some((words, whole)) = words(module, expr, named) else { continue };
            let location = || site_place(engine, Site { module: id, expr: ExprId(number as u32) }, places);
            let mut found = |name: &str| {
                all.push(Setting { name: name.to_owned(), location: location(), certain: true, reach: Reach::Startup });
            };
            if opens(&words) {
                found(PRIVILEGED);
            } else if whole && !words.iter().any(|word| LIMITS.contains(&word.split('=').next().unwrap_or_default())) {
                found(UNLIMITED);
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

/// The words of a command that starts a container, and whether no word of it is left open but values.
fn words(module: &Module, expr: &Expr, named: bool) -> Option<(Vec<String>, bool)> {
    let starts = |words: &[String]| words.iter().take(4).any(|word| word == "run" || word == "create");
    match expr {
        Expr::List(items) => {
            let text = |id: ExprId| match &module.exprs[id.index()] {
                Expr::Str(text) => Some(text.to_string()),
                Expr::Template(parts) => match parts.first() {
                    Some(Part::Text(text)) => Some(text.to_string()),
                    _ => None,
                },
                _ => None,
            };
            let whole = !items.iter().any(|item| item.spread);
            let words: Vec<String> = items.iter().filter_map(|item| text(item.value)).collect();
            let first = words.first()?;
            let engine_first = ENGINES.contains(&first.as_str());
            // `spawn("docker", ["run", …])`
            let alone = named && (first == "run" || first == "create") && words.iter().any(|word| word.starts_with("--") || word == "-i");
            ((engine_first && starts(&words)) || alone).then_some((words, whole))
        }
        Expr::Str(text) => command(&[text]),
        Expr::Template(parts) => {
            let texts: Vec<&str> = parts.iter().map(|part| if let Part::Text(text) = part { text } else { " \u{fffc} " }).collect();
            // A part that is put in as a whole may hold any option.
            command(&texts).map(|(words, _)| {
                let open = words.iter().any(|word| word == "\u{fffc}");
                (words, !open)
            })
        }
        _ => None,
    }
}

fn command(texts: &[&str]) -> Option<(Vec<String>, bool)> {
    if texts.iter().map(|text| text.len()).sum::<usize>() > 4_000 || !texts.iter().any(|text| ENGINES.iter().any(|engine| text.contains(engine))) {
        return None;
    }
    let words: Vec<String> = texts.concat().split_whitespace().map(str::to_owned).collect();
    let first = words.first()?;
    // A command of its own, not a sentence that speaks of one.
    let is_command = ENGINES.contains(&first.as_str()) && words.get(1).is_some_and(|word| word == "run" || word == "create");
    (is_command && words.iter().any(|word| word.starts_with('-'))).then_some((words, true))
}

fn opens(words: &[String]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let (option, value) = word.split_once('=').unwrap_or((word, ""));
        let given = if value.is_empty() { words.get(at + 1).map_or("", String::as_str) } else { value };
        let named = |(name, values): &(&str, &[&str])| {
            *name == option && (values.contains(&given) || (values.contains(&"") && (value.is_empty() || value == "true")))
        };
        OPENS.iter().any(named) || mounts_the_host(option, given)
    })
}

/// The whole disk of the host, or the socket of the engine that started the container.
fn mounts_the_host(option: &str, value: &str) -> bool {
    matches!(option, "-v" | "--volume") && (value.starts_with("/:/") || value.starts_with("/var/run/docker.sock:"))
}

#[cfg(test)]
mod tests {
    use super::{command, opens};

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_that_open_a_container() {
        for text in ["run --privileged x", "run --pid=host x", "run --network host x", "run -v /:/host x", "run --cap-add=SYS_ADMIN x"] {
            assert!(opens(&words(text)), "{text}");
        }
        for text in ["run --privileged=false x", "run --network none x", "run -v /data:/data x", "run x"] {
            assert!(!opens(&words(text)), "{text}");
        }
    }

    #[test]
    fn commands_and_sentences() {
        assert!(command(&["docker run --rm x"]).is_some());
        assert!(command(&["Use docker run --privileged to start it"]).is_none() && command(&["docker run"]).is_none());
    }
}
