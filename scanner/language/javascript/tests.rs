#![allow(clippy::print_stdout, reason = "measurements are for the reader of the test's output")]

use super::dump::dump;
use super::{JavaScript, Tsx, TypeScript};
use crate::language::Language;
use crate::program::{Interner, Module};

/// Lowers with the stack that callers promise.
fn lower(language: &'static dyn Language, text: &str) -> (Module, Interner) {
    std::thread::scope(|scope| {
        let run = || {
            let interner = Interner::default();
            (language.lower("test", text, &interner), interner)
        };
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, run);
        thread.expect("a thread").join().expect("no panic")
    })
}

#[track_caller]
fn check(language: &'static dyn Language, text: &str, expected: &[&str]) {
    let (module, interner) = lower(language, text);
    let found = dump(&module, &interner);
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "\n{text}\n");
    assert_eq!(module.error_bytes, 0, "{text}");
}

#[track_caller]
fn js(text: &str, expected: &[&str]) {
    check(&JavaScript, text, expected);
    check(&Tsx, text, expected);
}

#[track_caller]
fn ts(text: &str, expected: &[&str]) {
    check(&TypeScript, text, expected);
}

#[test]
fn declarations_and_scopes() {
    js("f(); function f() { return x } var x = 1", &["let f = Plain f() { return x^1 }", "f()", "let x = 1"]);
    js("let a = 1; { let a = 2; var b = a; } a + b", &["let a = 1", "block", "  let a = 2", "  let b = a", "(a Add b)"]);
    js("const f = function g() { g() }", &["let f = (g = Plain g() { g^1() })"]);
    js("const process = 1; process.env", &["let process = 1", "process.env"]);
    js("process.env; g = 2", &["@process.env", "@g = 2"]);
    js("pr\\u006fcess.e\\u006ev", &["@process.env"]);
}

#[test]
fn patterns() {
    js("const { a, b: c = 1, ['d']: e, [f]: g, ...h } = x", &["let {a: a, b: c = 1, d: e, [@f]: g, ...h} = @x"]);
    js("const [a, , b = 2, ...c] = x", &["let [a, _, b = 2, ...c] = @x"]);
    js("[x.a, y[0]] = z; ({ p: q.r } = z)", &["[@x.a, @y[0]] = @z", "{p: @q.r} = @z"]);
    js("a = b = c; a += 1; a ??= 2; a++", &["@a = (@b = @c)", "(@a Add= 1)", "(@a Coalesce= 2)", "(@a Add= 1)"]);
}

#[test]
fn functions() {
    js("const f = async (a, { b } = {}, ...c) => await a", &["let f = async Arrow f(a, {b: b} = {}, ...c) { return await a }"]);
    js("async () => { await (await a()).b(); await (c) }", &["async Arrow() { await await @a().b(); await @c }"]);
    js("const f = x => ({ y: x })", &["let f = Arrow f(x) { return {y: x} }"]);
    js("function* g() { yield 1; yield* h() }", &["let g = Plain* g() { yield 1; yield @h() }"]);
    js(
        "/** Adds.\n * Twice. */\nfunction f() {}\n/* no */\nfunction g() {}\n/** H */\nexport const h = () => 1",
        &["let f = /*Adds.", "Twice.*/ Plain f() {  }", "let g = Plain g() {  }", "let h = /*H*/ Arrow h() { return 1 }", "export h = h"],
    );
    js("x.y = function () { this.z }", &["@x.y = Plain y() { this.z }"]);
}

#[test]
fn control_flow() {
    js("if (a) b(); else if (c) { d() } else e()", &["if @a", "  @b()", "else", "  if @c", "    @d()", "  else", "    @e()"]);
    js("for (let i = 0; i < n; i++) f(i)", &["block", "  let i = 0", "  while (i Less @n)", "    @f(i)", "    (i Add= 1)"]);
    js("for (;;) { break }", &["while true", "  break"]);
    js("for (const k in o) f(k); for (x of y) continue", &["for k in @o", "  @f(k)", "for @x of @y", "  continue"]);
    js("async () => { for await (const [a] of b) {} }", &["async Arrow() { for [a] of @b }"]);
    js("do f(); while (x)", &["while true", "  @f()", "  if @x", "  else", "    break"]);
    js(
        "try { a() } catch ({ message }) { b(message) } finally { c() }",
        &["try", "  @a()", "catch {message: message}", "  @b(message)", "finally", "  @c()"],
    );
    js("try { a() } catch {}", &["try", "  @a()", "catch _"]);
    js(
        "switch (x) { case 1: case 2: { f(); break } case 3: g(); default: h(); }",
        &["switch @x", "  case 1 falls", "  case 2", "    block", "      @f()", "  case 3 falls", "    @g()", "  case  falls", "    @h()"],
    );
    js("a: { f(); break a; }", &["while true", "  @f()", "  break", "  break"]);
    js("a: for (;;) { throw b }", &["while true", "  throw @b"]);
}

#[test]
fn expressions() {
    js("a?.b?.[c]?.(d)", &["@a.b[@c](@d)"]);
    js("x['ok'], x['not ok'], x[0]", &["@x.ok", "@x[\"not ok\"]", "@x[0]"]);
    js("f(...a, b)", &["@f(...@a, @b)"]);
    js("new A.B(c); new D", &["new @A.B(@c)", "new @D()"]);
    js("f(`a${b}\\n${`c`}`, tag`x${y}z`)", &["@f(`a${@b}", "${\"c\"}`, @tag#(\"xz\", @y))"]);
    js("(0, x.y)(z)", &["(0, @x.y)(@z)"]);
    js("f(void 0, typeof a, delete a.b, !a, -1)", &["@f(undefined, TypeOf(@a), Delete(@a.b), Not(@a), Minus(1))"]);
    js("f(a ? b : c ? d : e, a && b || c ?? d)", &["@f((@a ? @b : (@c ? @d : @e)), (((@a And @b) Or @c) Coalesce @d))"]);
    js("f(import.meta.url, /a[/]b/g, 10n)", &["@f(@import.meta.url, /a[/]b/g, 10)"]);
    js(
        "x = { a, 'b-c': 1, 2: 3, [d]: 4, ...e, f() {}, get g() { return 1 } }",
        &["@x = {a: @a, b-c: 1, 2: 3, [@d]: 4, ...@e, f: Method f() {  }, g: Method g() { return 1 }()}"],
    );
    js("x = [1, , ...y]", &["@x = [1, undefined, ...@y]"]);
    check(&JavaScript, "x = <A b={c()} {...d}>{e()} text</A>", &["@x = (@c(), @d, @e(), ?)"]);
}

#[test]
fn modules() {
    js(
        "import d, { a as b, default as c } from 'node:fs'; import * as ns from './x.js'; import 'y'",
        &[
            "let d = import(\"fs\").default",
            "let b = import(\"fs\").a",
            "let c = import(\"fs\").default",
            "let ns = import(\"./x.js\")",
            "import(\"y\")",
        ],
    );
    js("export { a as b, c as default }; const a = 1, c = 2", &["let a = 1", "let c = 2", "export b = a", "export default = c"]);
    js(
        "export * from 'x'; export * as y from 'z'; export { p as q } from 'r'",
        &["export * from \"x\"", "export y = * from \"z\"", "export q = p from \"r\""],
    );
    js("export default function () { }", &["let default = Plain() {  }", "export default = default"]);
    js("export default class A {}", &["let A = class A { }", "export default = A"]);
    js("export default { a: 1 }", &["let default = {a: 1}", "export default = default"]);
    js(
        "export const { a, b: [c] } = x; export function f() { let inner }",
        &["let f = Plain f() { let inner }", "let {a: a, b: [c]} = @x", "export f = f", "export a = a", "export c = c"],
    );
    js("const fs = require('node:fs'), x = require(y); await import('z')", &["let fs = import(\"fs\")", "let x = import(@y)", "await import(\"z\")"]);
    js("function f(require) { require('fs') }", &["let f = Plain f(require) { require(\"fs\") }"]);
    js("module.exports = { a }; exports.b = c", &["@module.exports = {a: @a}", "@exports.b = @c"]);
    js("var x = __importDefault(require('x')); (0, x.default)()", &["let x = @__importDefault(import(\"x\"))", "(0, x.default)()"]);
    ts(
        "import x = require('y'); import type { T } from './t'; import { type U, v } from './u'; export = x",
        &[
            "let x = import(\"y\")",
            "let T = import(\"./t\" types).T",
            "let U = import(\"./u\").U",
            "let v = import(\"./u\").v",
            "@module.exports = x",
        ],
    );
}

#[test]
fn classes() {
    js("class A extends B { #p = 1; static q = f(); constructor(x) { super(x); this.#p = x } get r() { return this.#p } static { g() } async *m() {} }", &[
        "let A = class A < @B { #p = 1; static q = @f(); constructor: Method constructor(x) { super(x); this.#p = x }; get r: Method r() { return this.#p }; \
         static constructor: { @g() }; m: async Method* m() {  }; }"
            .replace("static constructor: {", "static {")
            .leak(),
    ]);
    js("const A = class B { m = () => B }", &["let A = (B = class B { m = Arrow m() { return B^1 }; })"]);
    ts(
        "@inj('x') export class A { constructor(private readonly b: B, public c?: n.C) {} @tool() run() {} @prop f: F = 1; abstract g(): void }",
        &[
            "let A = @[@inj(\"x\")] class A { constructor: Method constructor(b: @B, c: @n.C) { this.b = b; this.c = c }; @[@tool()] run: Method run() {  }; @[@prop] f: @F = 1; }",
            "export A = A",
        ],
    );
}

#[test]
fn typescript() {
    ts("const x = <T>y as unknown as Z; f<string>(a!.b satisfies C)", &["let x = @y", "@f(@a.b)"]);
    ts("function f(this: X, a: Foo | undefined, b?: Bar<number>, c: string = 'd'): void", &[]);
    ts("function f(this: X, a: Foo | undefined, b?: Bar<number>, c: string = 'd'): void {}", &["let f = Plain f(a: @Foo, b: @Bar, c = \"d\") {  }"]);
    ts("export enum E { A, B = 5, C, D = 'd', 'e-f' = 1 << 2 }", &["let E = {A: 0, B: 5, C: 6, D: \"d\", e-f: (1 Other 2)}", "export E = E"]);
    ts(
        "namespace N { export const a = 1; function b() {} export function c() { return b() } }",
        &["let N = Arrow() { let b = Plain b() {  }; let c = Plain c() { return b^1() }; let a = 1; return {c: c, a: a} }()"],
    );
    ts(
        "declare const x: number; interface I { a: string } type T = I; declare module 'm' { export const y: 1 } abstract class C<T> implements I {}",
        &["let C = class C { }"],
    );
}

#[test]
fn bundles() {
    js(
        "// node_modules/a/b.js\nf();\n// see x.js here\n// src/c.ts\ng();",
        &["@f()", "@g()", "region 0..45 node_modules/a/b.js", "region 45..61 src/c.ts"],
    );
    js(
        "var m = { \"./node_modules/a/b.js\": (module) => { module.exports = 1 } }",
        &["let m = {./node_modules/a/b.js: Arrow ./node_modules/a/b.js(module) { module.exports = 1 }}", "region 10..69 node_modules/a/b.js"],
    );
}

#[test]
fn broken_files_are_read_as_far_as_possible() {
    let (module, interner) = lower(&JavaScript, "import fs from 'fs';\nfs.readFile(x);\nfunction f( { ]]] ;\nfs.unlink(y)");
    assert!(module.error_bytes > 0);
    let found = dump(&module, &interner);
    assert!(found.contains("fs.readFile(@x)"), "{found}");
    for text in [
        "",
        "\u{feff}",
        "\u{fffd}\u{fffd}(\u{fffd}",
        "#!/usr/bin/env node\n",
        "`${",
        "a = `x",
        "'",
        "({",
        "class {",
        "import",
        "export",
        "export default",
        "export {",
        "@",
        "<",
        "import {a as} from",
    ] {
        for language in [&JavaScript as &dyn Language, &TypeScript, &Tsx] {
            lower(language, text);
        }
    }
    let (module, _) = lower(&JavaScript, "const a: string = b as c;\nfunction f(x: number): void {}\nenum E { A }");
    assert_eq!(module.error_bytes, 0, "typescript in a .js file");
}

#[test]
fn hostile_shapes_are_bounded() {
    const N: usize = 100_000;
    let shapes = [
        format!("x = {}1{}", "(".repeat(N), ")".repeat(N)),
        format!("x = {}{}", "[".repeat(N), "]".repeat(N)),
        format!("x = {}{}", "{a:".repeat(N), "}".repeat(N)),
        format!("x = {}1{}", "`${".repeat(N), "}`".repeat(N)),
        format!("x = {}1", "a ? b : ".repeat(N)),
        format!("{}{{}}", "if (a) {} else ".repeat(N)),
        format!("x = a{}", " + a".repeat(N)),
        format!("x = a{}", ".b()".repeat(N)),
        format!("x = a{}", "[0]".repeat(N)),
        format!("{}1", "a = ".repeat(N)),
        format!("x = {}a", "!".repeat(N)),
        format!("x = {}1", "() => ".repeat(N)),
        format!("x = a{}", ", a".repeat(N)),
        "{".repeat(N),
        "(".repeat(N),
        "`${".repeat(N),
        "function f() {".repeat(20_000),
        "class A { m() {".repeat(20_000),
        format!("x = '{}'", "\\u{".repeat(N)),
        format!("x = \"{}\"", "a".repeat(5_000_000)),
        "f(1,2);".repeat(700_000),
    ];
    for text in &shapes {
        let start = std::time::Instant::now();
        let (module, _) = lower(&JavaScript, text);
        let name: String = text.chars().take(24).collect();
        println!("{name}: {:?}, {} expressions, {} problems", start.elapsed(), module.exprs.len(), module.problems.len());
        assert!(start.elapsed().as_secs() < 60, "{name}");
    }
    let (module, _) = lower(&JavaScript, &shapes[6]);
    assert!(module.problems.is_empty(), "long chains are not deep");
    assert!(depth(&module) < 1000);
}

/// The deepest nesting of binary operators, without recursion: an operand is always made before its operator.
fn depth(module: &Module) -> usize {
    let mut depths = vec![0; module.exprs.len()];
    for (at, expr) in module.exprs.iter().enumerate() {
        if let crate::program::Expr::Binary { left, right, .. } = expr {
            depths[at] = 1 + depths[left.index()].max(depths[right.index()]);
        }
    }
    depths.into_iter().max().unwrap_or(0)
}

/// `TIDEWAITER_TREES=/a:/b cargo test --lib -- --ignored measure --nocapture`
#[test]
#[ignore = "measures over real files"]
fn measure_against_the_bare_parse() {
    let mut files = Vec::new();
    for root in std::env::var("TIDEWAITER_TREES").unwrap_or_default().split(':').filter(|r| !r.is_empty()) {
        for entry in walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok) {
            let path = entry.path().to_string_lossy().into_owned();
            if let Some(language) = crate::language::of(&path).filter(|l| l.name() != "python")
                && let Ok(bytes) = std::fs::read(entry.path())
            {
                files.push((path, language, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    let run = move || {
        let interner = Interner::default();
        let (mut parse, mut whole, mut bytes, mut errors, mut expressions) = (0.0, 0.0, 0, 0, 0);
        for (path, language, text) in &files {
            let grammar = match path.rsplit('.').next() {
                Some("ts" | "mts" | "cts") => &super::grammar::TYPESCRIPT,
                Some("tsx") => &super::grammar::TSX,
                _ => &super::grammar::JAVASCRIPT,
            };
            let mut parser = tree_sitter::Parser::new();
            parser.set_language(&grammar.language).expect("a grammar");
            let start = std::time::Instant::now();
            drop(parser.parse(text, None));
            let bare = start.elapsed().as_secs_f64();
            let start = std::time::Instant::now();
            let module = language.lower(path, text, &interner);
            let full = start.elapsed().as_secs_f64();
            parse += bare;
            whole += full;
            bytes += text.len();
            errors += module.error_bytes as usize;
            expressions += module.exprs.len();
            if module.error_bytes > 0 || !module.problems.is_empty() || full > 3.0 * bare + 0.02 {
                println!(
                    "{path}: {} bytes, {bare:.3}s → {full:.3}s, {} in errors, {} problems",
                    text.len(),
                    module.error_bytes,
                    module.problems.len()
                );
            }
        }
        println!("{} files, {bytes} bytes, {expressions} expressions, {errors} bytes in errors", files.len());
        println!("parse {parse:.3}s, with lowering {whole:.3}s, lowering / parse = {:.2}", whole / parse - 1.0);
    };
    std::thread::Builder::new().stack_size(64 << 20).spawn(run).expect("a thread").join().expect("no panic");
}
