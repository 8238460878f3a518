use std::time::{Duration, Instant};

use super::lower;

const MANY: usize = 100_000;

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
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("[x for y in ", "]"), ("lambda: ", ""), ("not ", ""), ("-", ""), ("a[", "]")]
    {
        survives(open, &format!("x = {}1{}\n", open.repeat(MANY), close.repeat(MANY)));
        survives(open, &open.repeat(MANY));
    }
    survives("else", &format!("x = {}1\n", "a if b else ".repeat(MANY)));
    survives("power", &format!("x = {}1\n", "2**".repeat(MANY)));
    survives("f-string", &format!("x = {}", "f'{".repeat(MANY)));
    survives("f-string", &format!("x = {}1{}", "f'{".repeat(5_000), "}'".repeat(5_000)));
    survives("assign", &format!("{}1\n", "a = ".repeat(MANY)));
    survives("annotation", &format!("def f(x: {}int{}): pass\n", "list[".repeat(MANY), "]".repeat(MANY)));
    let blocks: String = (0..2_000).map(|i| format!("{}if x:\n", " ".repeat(i))).collect();
    survives("blocks", &blocks);
    let cases = format!("match x:\n case {}a{}: pass\n", "[".repeat(MANY), "]".repeat(MANY));
    survives("patterns", &cases);
}

#[test]
fn long_chains() {
    survives("sum", &format!("x = 1{}\n", " + 1".repeat(MANY)));
    survives("or", &format!("x = a{}\n", " or a".repeat(MANY)));
    survives("less", &format!("x = a{}\n", " < a".repeat(MANY)));
    survives("members", &format!("x = a{}\n", ".b".repeat(MANY)));
    survives("calls", &format!("x = a{}\n", ".b(1)".repeat(MANY)));
    survives("elif", &format!("if a: pass\n{}else: pass\n", "elif b: f()\n".repeat(MANY)));
    survives("except", &format!("try: pass\n{}", "except b: f()\n".repeat(20_000)));
    survives("list", &format!("x = [{}]\n", "1,".repeat(MANY)));
    survives("strings", &format!("x = ({})\n", "'a' ".repeat(MANY)));
    survives("statements", &"x = 1;".repeat(MANY));
    survives("global", &format!("def f():\n global {}a\n", "a,".repeat(1_000)));
}

#[test]
fn odd_files() {
    for text in
        ["", "\n", "\0", "\u{feff}x = 1", "'", "\"\"\"", "f'{", "b'\\x", "def", "class", "if", "try:", "match x:", "import", "from . import", "@"]
    {
        survives(text, text);
    }
    survives("tabs", "if x:\n\tif y:\n        z()\n  w()\n \tv()\n");
    survives("unclosed", "def f(x:\n  return (\nclass X(:\n    def g(self) pass\n");
    survives("long line", &format!("x = '{}'\n", "é".repeat(2_500_000)));
    survives("long text", &"abc ".repeat(100_000));
}
