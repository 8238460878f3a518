use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use tidewaiter::analysis::facts::{Place, ServerFacts, Tool};
use tidewaiter::input::Tree;
use tidewaiter::manifest::Manifests;
use tidewaiter::rule::{Check, Lexicon, evaluate_with, parse};

fn tool(y: &Json) -> Tool {
    let mut props = serde_json::Map::new();
    for p in y["params"].as_array().into_iter().flatten() {
        if let Some(n) = p["name"].as_str() {
            props.insert(n.into(), json!({"type": p["type"].as_str().unwrap_or("string"), "description": p["description"].as_str().unwrap_or("")}));
        }
    }
    let schema = if y["schema"].is_object() && !y["schema"].as_object().unwrap().is_empty() {
        y["schema"].clone()
    } else {
        json!({"type":"object","properties":props})
    };
    Tool {
        name: y["tool"].as_str().filter(|s| !s.is_empty()).unwrap_or("tool").into(),
        title: y["title"].as_str().map(str::to_owned),
        description: y["description"].as_str().map(str::to_owned),
        annotations: y["annotations"].as_object().cloned().unwrap_or_default(),
        input_schema: schema,
        extra: y["extra"].clone(),
        location: Some(Place::default()),
        handler: None,
        conditional: false,
        capabilities: vec![],
    }
}
fn bare(n: &str) -> Tool {
    tool(&json!({"tool": n, "schema": {"type":"object"}}))
}

fn main() {
    let mut checks: Vec<Check> = Vec::new();
    let mut paths: Vec<_> = walkdir::WalkDir::new("rules").into_iter().flatten().map(|e| e.into_path()).collect();
    paths.sort();
    let mut words = Vec::new();
    for p in paths {
        let name = p.strip_prefix("rules").unwrap().to_string_lossy().into_owned();
        if name.starts_with("checks/descriptions/") && name.ends_with(".md") {
            match parse(&name, &std::fs::read_to_string(&p).unwrap()) {
                Ok(c) => checks.push(c),
                Err(e) => {
                    println!("{e}");
                    std::process::exit(1)
                }
            }
        } else if name.starts_with("words/") && name.ends_with(".yml") {
            words.push((name, std::fs::read_to_string(&p).unwrap()));
        }
    }
    let lexicon = Lexicon::parse(&words).unwrap_or_else(|e| {
        println!("{e}");
        std::process::exit(1)
    });
    if let Err(e) = tidewaiter::rule::verify(&checks, &lexicon) {
        println!("{e}");
        std::process::exit(1)
    }
    let manifests = Manifests::default();
    let tree = Tree::default();
    let judge = |tools: Vec<Tool>, instructions: Option<String>| {
        let facts = ServerFacts { tools, tools_complete: true, speaks_mcp: true, instructions, ..ServerFacts::default() };
        evaluate_with(&checks, Some(&lexicon), &facts, &manifests, &tree)
    };
    for file in std::env::args().skip(1) {
        let text = std::fs::read_to_string(Path::new(&file)).unwrap();
        let rows: Vec<Json> = text.lines().filter(|l| !l.trim().is_empty()).map(|l| serde_json::from_str(l).unwrap()).collect();
        let mut servers: BTreeMap<String, Vec<&Json>> = BTreeMap::new();
        for (i, r) in rows.iter().enumerate() {
            servers.entry(r["server"].as_str().map(str::to_owned).unwrap_or_else(|| format!("case {i:05}"))).or_default().push(r);
        }
        let servers: Vec<_> = servers.into_iter().collect();
        use rayon::prelude::*;
        let out: Vec<String> = servers.par_iter().map(|(s, rows)| {
            let mut tools: Vec<Tool> = rows.iter().map(|r| tool(r)).collect();
            for n in rows[0]["context_tools"].as_array().into_iter().flatten() { if let Some(n) = n.as_str() { tools.push(bare(n)); } }
            let found = judge(tools, rows[0]["instructions"].as_str().map(str::to_owned));
            let f: Vec<Json> = found.iter().map(|f| json!({"rule": f.rule, "severity": f.severity, "confidence": f.confidence, "tools": f.tools, "message": f.message})).collect();
            json!({"server": s, "id": rows[0]["id"], "source": rows[0]["source"], "tier": rows[0]["tier"], "tool": rows[0]["tool"], "n": rows.len(), "text": if rows.len()==1 {rows[0].clone()} else {Json::Null}, "findings": f}).to_string()
        }).collect();
        for l in out {
            println!("{l}");
        }
    }
}
