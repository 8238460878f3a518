//! The MCP registry's `server.json`, in every shape that was published (`snake_case` and `camelCase`, with and without the
//! registry's wrapper). It can speak of the environment and of endpoints; it has no words for network or filesystem
//! permissions, except through a publisher's extension.

use super::document::{self, Item};
use super::writer::{Writer, file_name};
use super::{DeclaredKind, Manifests, names, toolhive};
use crate::analysis::facts::Access;
use crate::input::Tree;

mod arguments;
#[cfg(test)]
mod tests;

pub(super) fn matches(path: &str) -> bool {
    file_name(path).ends_with("server.json")
}

pub(super) fn read(_: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let mut w = Writer::new("server.json", path, text, into);
    let node = match document::json(text) {
        Ok(node) => node,
        Err(error) => {
            let claims = text.contains(SCHEMAS);
            if claims {
                w.syntax(&error, "nothing in it was read as a declaration");
            }
            return claims;
        }
    };
    let outer = Item::root(&node);
    let wrapped = outer.get("server").filter(Item::is_map).filter(is_server);
    let server = match wrapped {
        Some(inner) => inner,
        None if is_server(&outer) => outer.clone(),
        None => return false,
    };
    read_server(&mut w, &server);
    let inner_meta = server.get("_meta");
    for meta in [inner_meta, outer.get("_meta").filter(|_| server.key.is_some())].into_iter().flatten() {
        read_extension(&mut w, &meta);
    }
    true
}

const SCHEMAS: &str = "modelcontextprotocol.io/schemas/";

/// By shape: `$schema` alone says little (one address stood for three shapes), and many other files have this name.
fn is_server(item: &Item<'_>) -> bool {
    if let Some(schema) = item.text_at("$schema")
        && schema.contains(SCHEMAS)
    {
        return !schema.contains("server-card");
    }
    let reverse_dns = |name: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '<' | '>');
        name.split_once('/').is_some_and(|(owner, name)| {
            !owner.is_empty() && !name.is_empty() && owner.contains('.') && owner.chars().all(allowed) && name.chars().all(allowed)
        })
    };
    item.text_at("name").is_some_and(reverse_dns) && ["packages", "remotes"].iter().any(|key| item.get(key).is_some_and(|list| list.is_list()))
}

fn read_server(w: &mut Writer<'_>, server: &Item<'_>) {
    if let Some(name) = server.text_at("name") {
        w.named(name);
    }
    let mut lists_environment = false;
    for package in w.list(server, &["packages"]) {
        if !package.is_map() {
            w.expected(&package, "an object");
            continue;
        }
        let variables = w.list(&package, &["environmentVariables", "environment_variables"]);
        lists_environment |= !variables.is_empty();
        for variable in &variables {
            read_variable(w, variable);
        }
        arguments::read_runtime(w, &package);
        arguments::read_package(w, &package);
        if let Some(transport) = w.map(&package, &["transport"]) {
            read_transport(w, &transport, Access::Listen);
        }
        for step in w.list(&package, &["postInstallInstructions", "post_install_instructions"]) {
            read_step(w, &step);
        }
    }
    for remote in w.list(server, &["remotes"]) {
        if remote.is_map() {
            read_transport(w, &remote, Access::Connect);
        } else {
            w.expected(&remote, "an object");
        }
    }
    if lists_environment {
        w.specify(DeclaredKind::Environment, None);
    }
}

fn read_variable(w: &mut Writer<'_>, variable: &Item<'_>) {
    if !variable.is_map() {
        return w.expected(variable, "an object");
    }
    let Some(name) = variable.get("name") else {
        return w.problem(variable, format!("{} has no “name”; it was ignored; name the variable that is read", variable.pointer()));
    };
    let Some(name) = w.text(&name) else { return };
    w.environment(variable, name, is_secret(variable), is_required(variable));
    if let Some(value) = variable.any(&["value", "default"]) {
        implied_endpoint(w, &value, name);
    }
    read_file_path(w, variable);
}

/// A value of the format `filepath` is a place that the server reads or writes.
fn read_file_path(w: &mut Writer<'_>, input: &Item<'_>) {
    if input.text_at("format") == Some("filepath") {
        let path = input.any(&["value", "default"]).and_then(|value| value.text()).filter(|path| !path.trim().is_empty());
        w.path(input, None, path.unwrap_or("*")).implied = true;
    }
}

/// A URL (or a bare host in a variable that is named for one) in a default value is where the server connects to.
pub(super) fn implied_endpoint(w: &mut Writer<'_>, value: &Item<'_>, name: &str) {
    let Some(text) = value.text().map(str::trim) else { return };
    let is_url = ["http://", "https://", "ws://", "wss://"].iter().any(|scheme| text.starts_with(scheme));
    let upper = name.to_ascii_uppercase();
    let named_for_a_host = ["URL", "URI", "HOST", "ENDPOINT", "DOMAIN", "HOSTNAME", "SERVER"].iter().any(|ending| upper.ends_with(ending));
    // Without a scheme: a database, a path, `0.0.0.0` to listen on, or a host. Only the last is taken.
    let is_host = named_for_a_host
        && !text.contains("://")
        && text.contains('.')
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && !text.starts_with(['.', '/']);
    if is_url || is_host {
        w.implied_host(value, Access::Connect, text);
    }
}

/// Secret by its own word, or because something that is put into its value is.
pub(super) fn is_secret(input: &Item<'_>) -> bool {
    let says_so = |item: &Item<'_>| item.truth_at(&["isSecret", "is_secret"]);
    says_so(input) || input.get("variables").is_some_and(|variables| variables.entries().iter().any(says_so))
}

pub(super) fn is_required(input: &Item<'_>) -> bool {
    input.truth_at(&["isRequired", "is_required"])
}

/// How clients reach the server. A package runs on the user's machine, so its URL is one the server listens on; a remote
/// is somewhere else.
fn read_transport(w: &mut Writer<'_>, transport: &Item<'_>, access: Access) {
    if let Some(url) = transport.get("url")
        && let Some(text) = w.text(&url)
    {
        match (access, super::pattern::canonical_host(text)) {
            (Access::Listen, Some(host)) => w.declare(&url, DeclaredKind::Network, Some(access), host).implied = true,
            _ => w.implied_host(&url, access, text),
        }
    }
    for header in w.list(transport, &["headers"]) {
        let name = header.text_at("name").unwrap_or_default();
        if is_secret(&header) || names::is_secret_name(name) {
            let declaration = w.declare(&header, DeclaredKind::Credential, None, name);
            declaration.secret = true;
            declaration.required = is_required(&header);
        }
    }
    for variable in w.map(transport, &["variables"]).iter().flat_map(Item::entries) {
        if is_secret(&variable) {
            let declaration = w.declare(&variable, DeclaredKind::Credential, None, variable.key.unwrap_or_default());
            declaration.secret = true;
            declaration.required = is_required(&variable);
        }
    }
}

/// A command that the publisher asks the user to run.
fn read_step(w: &mut Writer<'_>, step: &Item<'_>) {
    let Some(command) = step.get("command") else { return };
    let first = command.items().first().and_then(Item::text).or_else(|| command.text());
    let Some(program) = first.and_then(|text| text.split_whitespace().next()) else {
        return w.expected(&command, "a command");
    };
    w.declare(&command, DeclaredKind::Process, Some(Access::Spawn), program).required = !step.truth_at(&["optional"]);
}

/// What publishers add under a key of their own. Only one such extension has permissions.
fn read_extension(w: &mut Writer<'_>, meta: &Item<'_>) {
    let Some(extension) = meta.at(&["io.modelcontextprotocol.registry/publisher-provided", "io.github.stacklok"]) else { return };
    for entry in extension.entries() {
        if entry.is_map() {
            toolhive::read_entry(w, &entry);
        } else {
            w.expected(&entry, "an object");
        }
    }
}
