use std::time::{Duration, Instant};

use super::lower;

const MANY: usize = 20_000;

fn survives(what: &str, text: &str) {
    let start = Instant::now();
    let (module, _) = lower(text);
    assert_eq!(module.exprs.len(), module.spans.len());
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "{what}: {took:?}");
    drop(module);
}

#[test]
fn deep_nesting() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(", ")"),
        ("Some(", ")"),
        ("&", ""),
        ("!", ""),
        ("-", ""),
        ("|x| ", ""),
        ("async {", "}"),
        ("unsafe {", "}"),
        ("if a {", "}"),
        ("match a { _ => ", "}"),
        ("loop {", "}"),
        ("S { a: ", "}"),
        ("a[", "]"),
        ("return ", ""),
        ("vec![", "]"),
        ("json!({\"a\": ", "})"),
        ("format!(\"{}\", ", ")"),
        ("m!(", ")"),
    ] {
        survives(open, &format!("fn f() {{ let x = {}1{}; }}\n", open.repeat(MANY), close.repeat(MANY)));
        survives(open, &format!("fn f() {{ let x = {}", open.repeat(MANY)));
    }
    survives("token trees", &format!("m! {}{}", "(".repeat(MANY), ")".repeat(MANY)));
    survives("json", &format!("fn f() {{ json!({}1{}) }}", "[".repeat(MANY), "]".repeat(MANY)));
    survives("modules", &format!("{}{}", "mod a {".repeat(5_000), "}".repeat(5_000)));
    survives("types", &format!("fn f(x: {}u8{}) {{}}", "Vec<".repeat(MANY), ">".repeat(MANY)));
    survives("patterns", &format!("fn f() {{ let {}a{} = 1; }}", "Some(".repeat(MANY), ")".repeat(MANY)));
    survives("uses", &format!("use {}a{};", "a::{".repeat(MANY), "}".repeat(MANY)));
    survives("attributes", &format!("#[a{}]\nfn f() {{}}", "(a".repeat(5_000) + &")".repeat(5_000)));
    survives("items", &format!("{}{}", "fn f() {".repeat(5_000), "}".repeat(5_000)));
}

#[test]
fn long_chains() {
    survives("sum", &format!("const X: u8 = 1{};", " + 1".repeat(MANY)));
    survives("and", &format!("fn f() -> bool {{ a{} }}", " && a".repeat(MANY)));
    survives("calls", &format!("fn f() {{ a{}; }}", ".b(1)?.await".repeat(10_000)));
    survives("members", &format!("fn f() {{ a{}; }}", ".b".repeat(MANY)));
    survives("else if", &format!("fn f() {{ if a {{ }} {} }}", "else if b { g() } ".repeat(10_000)));
    survives("arms", &format!("fn f() {{ match a {{ {} _ => 0 }} }}", "\"x\" => g(), ".repeat(MANY)));
    survives("variants", &format!("fn f() {{ match a {{ {} _ => 0 }} }}", "A::B(x) if x => g(), ".repeat(5_000)));
    survives("alternatives", &format!("fn f() {{ match a {{ A{} => 0, _ => 1 }} }}", " | A".repeat(5_000)));
    survives("list", &format!("const X: &[u8] = &[{}];", "1,".repeat(MANY)));
    survives("statements", &format!("fn f() {{ {} }}", "g();".repeat(MANY)));
    survives("hiding", &format!("fn f() {{ let x = 1; {} }}", "let x = x;".repeat(20_000)));
    survives("path", &format!("fn f() {{ a{}() }}", "::b".repeat(MANY)));
    survives("aliases", "use a as b;\nuse b as a;\nfn f() { a::c(); b::c(); }");
    survives("macro parts", &format!("fn f() {{ m!({}) }}", "a, ".repeat(20_000)));
}

#[test]
fn odd_files() {
    for text in
        ["", "\n", "\0", "\u{feff}fn f() {}", "\"", "r#\"", "b'", "fn", "impl", "match", "use ;", "mod", "#[", "#![", "macro_rules!", "/*", "'a"]
    {
        survives(text, text);
    }
    survives(
        "format",
        "fn f() { format!(\"{\"); format!(\"}\"); format!(\"{0:?}{{{a.b}}}\", x); format!(); concat!(); json!(); matches!(); select!{} }",
    );
    survives("unclosed", "struct A { b: u8\nimpl A { fn f(&self { match x { Some( => } }\n");
    survives("raw", "const A: &str = r##\"a\"#\"##; const B: &str = \"\\u{110000}\\xZZ\";");
    survives("long line", &format!("const X: &str = \"{}\";\n", "é".repeat(1_000_000)));
}
