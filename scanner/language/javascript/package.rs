//! What `package.json` and `tsconfig.json` say about where modules lie. Nothing else is read from them.

use jsonc_parser::{JsonValue, ParseOptions, parse_to_value};

/// Configuration files are small; one that is not says nothing.
const MAX_BYTES: usize = 1 << 20;
/// Conditions of an `exports` object that are taken, whatever their order there.
const CONDITIONS: [&str; 7] = ["source", "node", "import", "module", "default", "require", "bun"];

/// One `package.json`.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) name: Option<String>,
    /// Files that may be the package's main module, best first.
    pub(super) mains: Vec<String>,
    /// `exports`: subpath (`.`, `./x`, `./x/*`) → targets, best first.
    pub(super) exports: Vec<(String, Vec<String>)>,
    /// `imports`: `#x`, `#x/*` → targets.
    pub(super) imports: Vec<(String, Vec<String>)>,
}

/// One `tsconfig.json` or `jsconfig.json`.
#[derive(Debug, Default, Clone)]
pub(super) struct Config {
    pub(super) base_url: Option<String>,
    /// Pattern (`@/*`) → targets, relative to `base_url` or the file's folder.
    pub(super) paths: Option<Vec<(String, Vec<String>)>>,
    pub(super) extends: Vec<String>,
}

impl Package {
    pub(super) fn read(text: &str) -> Package {
        let Some(JsonValue::Object(json)) = parse(text) else { return Package::default() };
        let mut package = Package { name: json.get_string("name").map(|n| n.to_string()), ..Package::default() };
        for field in ["source", "module", "main"] {
            package.mains.extend(json.get_string(field).map(|m| m.to_string()));
        }
        match json.get("exports") {
            Some(JsonValue::Object(exports)) if exports.clone().into_iter().all(|(key, _)| key.starts_with('.')) => {
                package.exports = table(JsonValue::Object(exports.clone()));
            }
            Some(exports) => package.exports = vec![(".".to_owned(), targets(exports))],
            None => {}
        }
        if let Some(imports) = json.get("imports") {
            package.imports = table(imports.clone());
        }
        package
    }
}

impl Config {
    pub(super) fn read(text: &str) -> Config {
        let Some(JsonValue::Object(json)) = parse(text) else { return Config::default() };
        let mut config = Config { extends: json.get("extends").map(strings).unwrap_or_default(), ..Config::default() };
        if let Some(options) = json.get_object("compilerOptions") {
            config.base_url = options.get_string("baseUrl").map(|b| b.to_string());
            config.paths = options.get("paths").map(|paths| table(paths.clone()));
        }
        config
    }
}

fn parse(text: &str) -> Option<JsonValue<'_>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    parse_to_value(text, &ParseOptions::default()).ok()?
}

fn table(value: JsonValue<'_>) -> Vec<(String, Vec<String>)> {
    let JsonValue::Object(object) = value else { return Vec::new() };
    let mut table: Vec<_> = object.into_iter().map(|(key, value)| (key.to_string(), targets(&value))).collect();
    table.sort();
    table
}

/// Every file that a target can mean: a string, a list, or an object of conditions. The parser limits the depth.
fn targets(value: &JsonValue<'_>) -> Vec<String> {
    match value {
        JsonValue::String(target) => vec![target.to_string()],
        JsonValue::Array(options) => options.iter().flat_map(targets).collect(),
        JsonValue::Object(conditions) => CONDITIONS.iter().filter_map(|c| conditions.get(c)).flat_map(targets).collect(),
        _ => Vec::new(),
    }
}

fn strings(value: &JsonValue<'_>) -> Vec<String> {
    match value {
        JsonValue::String(one) => vec![one.to_string()],
        JsonValue::Array(many) => many.iter().filter_map(|v| if let JsonValue::String(s) = v { Some(s.to_string()) } else { None }).collect(),
        _ => Vec::new(),
    }
}

/// The targets that a table of patterns (`./x/*`) gives for `name`, with the star filled in. An exact entry wins, then
/// the longest prefix.
pub(super) fn matching(table: &[(String, Vec<String>)], name: &str) -> Vec<String> {
    if let Some((_, targets)) = table.iter().find(|(pattern, _)| pattern == name) {
        return targets.clone();
    }
    let mut best: Option<(usize, &str, &Vec<String>)> = None;
    for (pattern, targets) in table {
        if let Some((prefix, suffix)) = pattern.split_once('*')
            && let Some(star) = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix))
            && best.is_none_or(|(length, ..)| prefix.len() > length)
        {
            best = Some((prefix.len(), star, targets));
        }
    }
    let Some((_, star, targets)) = best else { return Vec::new() };
    targets.iter().map(|target| target.replacen('*', star, 1)).collect()
}
