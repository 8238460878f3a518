//! Arguments of the runner (`docker run -e NAME=… -v …`) and of the server itself.

use super::super::document::Item;
use super::super::writer::Writer;
use super::super::{DeclaredKind, names};
use super::{implied_endpoint, is_required, is_secret, read_file_path};
use crate::analysis::facts::Access;

/// One word of a command line and the argument it comes from.
struct Word<'d> {
    text: String,
    item: Item<'d>,
}

/// The command line that a list of arguments makes.
fn words<'d>(arguments: &[Item<'d>]) -> Vec<Word<'d>> {
    let mut words = Vec::new();
    for argument in arguments {
        // Very old files have plain texts here.
        if let Some(text) = argument.text() {
            words.push(Word { text: text.to_owned(), item: argument.clone() });
            continue;
        }
        let name = argument.text_at("name").filter(|_| argument.text_at("type") != Some("positional"));
        let value = argument.any(&["value", "default"]).and_then(|value| value.scalar());
        for text in [name.map(str::to_owned), value].into_iter().flatten() {
            words.push(Word { text, item: argument.clone() });
        }
    }
    words
}

pub(super) fn read_runtime(w: &mut Writer<'_>, package: &Item<'_>) {
    let arguments = w.list(package, &["runtimeArguments", "runtime_arguments"]);
    let words = words(&arguments);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        // `--env=X`, `--env X`, and one argument that holds both (`-e X=…`).
        let split = word.text.split_once(['=', ' ']).filter(|(flag, _)| flag.starts_with('-') && flag.len() > 1);
        let (flag, value) = match split {
            Some((flag, value)) => (flag.to_owned(), Some((value.trim().to_owned(), word.item.clone()))),
            None => (word.text.clone(), None),
        };
        let takes_value = matches!(flag.as_str(), "-e" | "--env" | "-v" | "--volume" | "--mount" | "-p" | "--publish");
        if !takes_value {
            continue;
        }
        let value = value.or_else(|| {
            let next = words.get(at).filter(|next| !next.text.starts_with('-'))?;
            at += 1;
            Some((next.text.clone(), next.item.clone()))
        });
        let Some((value, item)) = value else { continue };
        match flag.as_str() {
            "-e" | "--env" => {
                let (name, rest) = value.split_once('=').unwrap_or((&value, ""));
                let secret = is_secret(&item) || (rest.contains('{') && names::is_secret_name(name));
                w.environment(&item, name, secret, is_required(&item));
                if let Some(value) = item.any(&["value", "default"]).filter(|_| rest.contains("://")) {
                    w.implied_host(&value, Access::Connect, rest);
                }
            }
            "--mount" => mount(w, &item, &value),
            "-p" | "--publish" => publish(w, &item, &value),
            _ => volume(w, &item, &value),
        }
    }
}

/// `host:container[:options]`: what the server sees is the place in the container.
fn volume(w: &mut Writer<'_>, item: &Item<'_>, value: &str) {
    let mut parts: Vec<&str> = value.split(':').collect();
    let read_only = parts.len() > 2 && parts.last().is_some_and(|options| options.split(',').any(|option| option == "ro"));
    if parts.len() > 2 {
        parts.pop();
    }
    let Some(inside) = parts.last().filter(|inside| !inside.is_empty()) else { return };
    place(w, item, inside, read_only);
}

/// `type=bind,src=…,dst=…,ro`
fn mount(w: &mut Writer<'_>, item: &Item<'_>, value: &str) {
    let field = |names: &[&str]| {
        let pairs = value.split(',').map(|pair| pair.split_once('=').unwrap_or((pair, "true")));
        pairs.into_iter().find(|(key, _)| names.contains(&key.trim())).map(|(_, value)| value.trim())
    };
    let read_only = field(&["readonly", "ro"]).is_some_and(|value| value != "false");
    if let Some(inside) = field(&["dst", "destination", "target"]).or_else(|| field(&["src", "source"])) {
        place(w, item, inside, read_only);
    }
}

fn place(w: &mut Writer<'_>, item: &Item<'_>, path: &str, read_only: bool) {
    w.path(item, Some(Access::Read), path).required = is_required(item);
    if !read_only {
        w.path(item, Some(Access::Write), path).required = is_required(item);
    }
}

/// `[address:]host:container`
fn publish(w: &mut Writer<'_>, item: &Item<'_>, value: &str) {
    let parts: Vec<&str> = value.split(':').collect();
    let address = match parts.as_slice() {
        [address, _, _] if !address.is_empty() => *address,
        _ => "0.0.0.0",
    };
    if let Some(host) = super::super::pattern::canonical_host(address) {
        w.declare(item, DeclaredKind::Network, Some(Access::Listen), host).implied = true;
    }
}

pub(super) fn read_package(w: &mut Writer<'_>, package: &Item<'_>) {
    for argument in w.list(package, &["packageArguments", "package_arguments"]) {
        if !argument.is_map() {
            continue;
        }
        let name = argument.any(&["name", "valueHint", "value_hint"]).and_then(|name| name.text()).unwrap_or_default();
        if let Some(value) = argument.any(&["value", "default"]) {
            implied_endpoint(w, &value, name);
        }
        read_file_path(w, &argument);
        if is_secret(&argument) {
            let declaration = w.declare(&argument, DeclaredKind::Credential, None, name);
            declaration.secret = true;
            declaration.required = is_required(&argument);
        }
    }
}
