//! Every way in which SDKs let a server say what it offers: each file (or folder, where one file is not enough) in
//! `fixtures/shapes` is scanned by itself and must offer exactly what the comments beside the registrations say.
//!
//! `// tool: name | description: … | title: … | annotations: readOnlyHint=true | parameters: path:string limit?:integer |
//! reaches: network connect api.example.com | conditional`, `// prompt: name | description: …`, `// resource: name or address`,
//! `// instructions: …` and `// incomplete: part of the reason` (`#` in Python) are about the line they end or, alone in a
//! line, about the next line that is not a comment. Parts that are left out are not looked at.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use tidewaiter::analysis::facts::{Place, ServerFacts, Tool};
use tidewaiter::input::Tree;
use tidewaiter::pipeline::{Options, Timings, scan_tree};

/// One comment: what is offered, and the parts behind the bars.
#[derive(Debug)]
struct Expectation {
    file: String,
    line: u32,
    kind: String,
    name: String,
    parts: Vec<(String, String)>,
}

const KINDS: &[&str] = &["tool", "prompt", "resource", "instructions", "incomplete"];

#[test]
fn every_shape_offers_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shapes");
    let mut shapes: Vec<PathBuf> = fs::read_dir(&root).expect("fixtures/shapes").map(|entry| entry.expect("an entry").path()).collect();
    shapes.sort();
    assert!(shapes.len() > 20, "the fixtures are missing");
    let mut differences = Vec::new();
    for shape in shapes {
        let name = shape.file_name().expect("a name").to_string_lossy().into_owned();
        let (mut tree, mut expectations) = (Tree::default(), Vec::new());
        read(&shape, if shape.is_dir() { &shape } else { &root }, &mut tree, &mut expectations);
        match scan_tree(tree, &name, "directory", &Options::default(), Timings::default()) {
            Ok((reports, _)) => match reports.as_slice() {
                [report] => compare(&expectations, &report.server, &mut |difference| differences.push(format!("{name}: {difference}"))),
                _ => differences.push(format!("{name}: {} servers", reports.len())),
            },
            Err(error) => differences.push(format!("{name}: {error}")),
        }
    }
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}

fn read(path: &Path, root: &Path, tree: &mut Tree, expectations: &mut Vec<Expectation>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            read(&entry.expect("an entry").path(), root, tree, expectations);
        }
        return;
    }
    let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
    // Cargo leaves out of a package every folder with a manifest of its own.
    let name = name.strip_suffix(".fixture").map_or(name.clone(), str::to_owned);
    let text = fs::read_to_string(path).expect("a text file");
    let mut waiting = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        let comment = ["// ", "# "].into_iter().filter_map(|mark| line.rfind(mark).map(|at| &line[at + mark.len()..])).min_by_key(|rest| rest.len());
        waiting.extend(comment.and_then(|comment| expectation(comment, &name)));
        if !line.is_empty() && !line.starts_with("//") && (!line.starts_with('#') || line.starts_with("#[")) {
            expectations.extend(waiting.drain(..).map(|e| Expectation { line: number, ..e }));
        }
    }
    assert!(waiting.is_empty(), "{name}: the last expectation is about no line");
    tree.insert(name, text.into_bytes());
}

fn expectation(comment: &str, file: &str) -> Option<Expectation> {
    let (kind, rest) = comment.split_once(": ")?;
    if !KINDS.contains(&kind) {
        return None;
    }
    let mut parts = rest.split(" | ").map(str::trim);
    let name = parts.next().unwrap_or_default().to_owned();
    let parts = parts.map(|part| part.split_once(": ").unwrap_or((part, ""))).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    Some(Expectation { file: file.to_owned(), line: 0, kind: kind.to_owned(), name, parts })
}

fn compare(expectations: &[Expectation], server: &ServerFacts, differs: &mut dyn FnMut(String)) {
    let of_kind = |kind: &'static str| expectations.iter().filter(move |e| e.kind == kind);
    for tool in &server.tools {
        let Some(expected) = of_kind("tool").find(|e| e.name == tool.name) else {
            differs(format!("tool {} is not expected", tool.name));
            continue;
        };
        place(expected, tool.location.as_ref(), differs);
        for (part, wanted) in &expected.parts {
            let found = actual(server, tool, part, wanted);
            if found != *wanted {
                differs(format!("tool {}: {part} is {found:?}, expected {wanted:?}", tool.name));
            }
        }
        if tool.conditional != expected.parts.iter().any(|(part, _)| part == "conditional") {
            differs(format!("tool {}: conditional is {}", tool.name, tool.conditional));
        }
    }
    for expected in of_kind("tool").filter(|e| !server.tools.iter().any(|t| t.name == e.name)) {
        differs(format!("{}:{}: tool {} is not found", expected.file, expected.line, expected.name));
    }
    for (kind, offers) in [("prompt", &server.prompts), ("resource", &server.resources)] {
        for offer in offers {
            let Some(expected) = of_kind(kind).find(|e| e.name == offer.name) else {
                differs(format!("{kind} {} is not expected", offer.name));
                continue;
            };
            place(expected, offer.location.as_ref(), differs);
            for (part, wanted) in &expected.parts {
                if part != "description" || offer.description.as_deref() != Some(wanted) {
                    differs(format!("{kind} {}: {part} is {:?}, expected {wanted:?}", offer.name, offer.description));
                }
            }
        }
        for expected in of_kind(kind).filter(|e| !offers.iter().any(|o| o.name == e.name)) {
            differs(format!("{}:{}: {kind} {} is not found", expected.file, expected.line, expected.name));
        }
    }
    for expected in of_kind("instructions") {
        if server.instructions.as_deref() != Some(&expected.name) {
            differs(format!("the instructions are {:?}, expected {:?}", server.instructions, expected.name));
        }
    }
    for expected in of_kind("incomplete") {
        if !server.tools_incomplete_because.iter().any(|reason| reason.contains(&expected.name)) {
            differs(format!("{:?} is not among the reasons {:?}", expected.name, server.tools_incomplete_because));
        }
    }
    if server.tools_complete == of_kind("incomplete").next().is_some() {
        differs(format!("tools_complete is {}: {:?}", server.tools_complete, server.tools_incomplete_because));
    }
}

fn place(expected: &Expectation, found: Option<&Place>, differs: &mut dyn FnMut(String)) {
    let found = found.map(|place| (place.file.to_string(), place.line));
    if found != Some((expected.file.clone(), expected.line)) {
        differs(format!("{} is at {found:?}, expected {}:{}", expected.name, expected.file, expected.line));
    }
}

/// A part of a tool as the notation writes it.
fn actual(server: &ServerFacts, tool: &Tool, part: &str, wanted: &str) -> String {
    match part {
        "description" => tool.description.clone().unwrap_or_default(),
        "title" => tool.title.clone().unwrap_or_default(),
        "annotations" => {
            let mut all: Vec<String> = tool.annotations.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
            all.sort();
            all.join(" ")
        }
        "parameters" => match parameters(&tool.input_schema) {
            all if all.is_empty() => "none".to_owned(),
            all => all,
        },
        "reaches" => {
            let capabilities = server.capabilities.iter().filter(|c| tool.capabilities.contains(&c.id));
            let all: Vec<String> = capabilities
                .map(|c| {
                    let [kind, access] = [serde_json::to_value(c.kind), serde_json::to_value(c.access)].map(|v| plain(&v.expect("a word")));
                    format!("{kind} {access} {}", c.target)
                })
                .collect();
            if all.iter().any(|c| c == wanted) { wanted.to_owned() } else { all.join(", ") }
        }
        "conditional" => String::new(),
        other => panic!("`{other}` is no part of a tool"),
    }
}

/// `path:string limit?:integer`, in the order of their names.
fn parameters(schema: &Json) -> String {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let mut all: Vec<String> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let optional = if required.contains(&name.as_str()) { "" } else { "?" };
            format!("{name}{optional}:{}", type_of(schema))
        })
        .collect();
    all.sort();
    all.join(" ")
}

fn type_of(schema: &Json) -> String {
    match (&schema["type"], &schema["enum"], &schema["const"], &schema["anyOf"]) {
        (_, Json::Array(choices), ..) => choices.iter().map(plain).collect::<Vec<_>>().join("|"),
        (_, _, constant, _) if !constant.is_null() => plain(constant),
        (_, _, _, Json::Array(choices)) => choices.iter().map(type_of).collect::<Vec<_>>().join("|"),
        (Json::String(word), ..) if word == "array" && schema["items"].is_object() => format!("{}[]", type_of(&schema["items"])),
        (Json::String(word), ..) if word == "object" && schema["properties"].is_object() => format!("{{{}}}", parameters(schema).replace(' ', ",")),
        (Json::String(word), ..) => word.clone(),
        _ => "any".to_owned(),
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
