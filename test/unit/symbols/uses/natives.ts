import type { Program } from "./programs.ts";

/** Programs in Go, Rust, C, C++ and Swift. */
export const natives: readonly Program[] = [
  {
    of: "Go: a constant, a variable, a function as a value",
    files: {
      "go.mod": "module example.com/m\n",
      "lib/d.go": "package lib\n\nconst Max = 3\n\nfunc Boil() {}\n",
      "u/u.go":
        'package u\n\nimport "example.com/m/lib"\n\nvar f = lib.Boil\n\nfunc a() int {\n\trun(lib.Boil)\n\treturn lib.Max\n}\n',
    },
    ask: "references",
    target: "Boil",
    used: [
      ["u/u.go: var f", "import"],
      ["u/u.go: run(", "import"],
    ],
  },
  {
    of: "Go: methods of two types, through fields and results",
    files: {
      "d.go":
        "package d\n\ntype A struct{ b B }\n\ntype B struct{}\n\nfunc (a *A) Run() {}\n\nfunc (b B) Run() {}\n\nfunc NewA() *A { return &A{} }\n",
      "u.go":
        "package d\n\nfunc x(a *A) { a.Run() }\n\nfunc y(b B) { b.Run() }\n\nfunc z() { a := NewA(); a.Run() }\n\nfunc w() { a := &A{}; a.Run() }\n\nfunc v() { NewA().Run() }\n",
    },
    ask: "callers",
    target: "A.Run",
    used: [["u.go: func x"], ["u.go: func z"], ["u.go: func w"], ["u.go: func v"]],
    not: ["u.go: func y"],
  },
  {
    of: "Go: embedding, interfaces, type switches, conversions",
    files: {
      "d.go": "package d\n\ntype Shape interface{ Area() int }\n\ntype Base struct{}\n",
      "u.go":
        "package d\n\ntype Sq struct {\n\tBase\n}\n\nfunc f(x any) {\n\tswitch x.(type) {\n\tcase Shape:\n\t}\n\t_ = x.(Shape)\n\t_ = map[string]Shape{}\n\t_ = Base(Sq{}.Base)\n}\n",
    },
    ask: "references",
    target: "Shape",
    used: [["u.go: case Shape"], ["u.go: x.(Shape)"], ["u.go: map[string]"]],
  },
  {
    of: "Go: a local of the same name, another package's function",
    files: {
      "go.mod": "module example.com/m\n",
      "d.go":
        "package m\n\nfunc size() int { return 1 }\n\nfunc a() int { size := 2; return size + 1 }\n\nfunc b() int { return size() }\n\nfunc c() { other.size() }\n",
    },
    ask: "references",
    target: "size",
    used: [["d.go: func b", "exact"]],
    not: ["d.go: func a", "d.go: func c"],
  },
  {
    of: "Rust: trait methods, self, super, nested use",
    files: {
      "src/main.rs": "mod tools;\nmod app;\n",
      "src/tools.rs":
        "pub fn boil() {}\npub mod deep { pub fn f() { super::boil(); } }\npub fn own() { self::boil(); }\n",
      "src/app.rs":
        "use crate::tools::{self, boil as cook, deep};\nfn a() { cook(); }\nfn b() { tools::boil(); }\nfn c() { crate::tools::boil(); }\nfn d() { let f = tools::boil; run(tools::boil); }\n",
    },
    ask: "references",
    target: "boil",
    used: [
      ["src/tools.rs: super::boil"],
      ["src/tools.rs: self::boil"],
      ["src/app.rs: fn a", "import"],
      ["src/app.rs: fn b", "import"],
      ["src/app.rs: fn c", "import"],
      ["src/app.rs: fn d", "import"],
    ],
  },
  {
    of: "Rust: methods of two types",
    files: {
      "d.rs":
        "pub struct A; impl A { pub fn new() -> Self { A } pub fn run(&self) {} fn x(&self) { self.run(); } }\npub struct B; impl B { pub fn run(&self) {} }\n",
      "u.rs":
        "use crate::d::{A, B};\nfn a(x: &A) { x.run(); }\nfn b(x: &mut B) { x.run(); }\nfn c() { let y = A::new(); y.run(); }\nfn d() { A::run(&A); }\n",
    },
    ask: "references",
    target: "A.run",
    used: [["d.rs: self.run"], ["u.rs: fn a"], ["u.rs: fn c"], ["u.rs: fn d"]],
    not: ["u.rs: fn b"],
  },
  {
    of: "Rust: an enum's variant, constants, statics, patterns",
    files: {
      "d.rs": "pub enum Mode { On, Off }\npub const MAX: i32 = 3;\n",
      "u.rs":
        'use crate::d::{Mode, MAX};\nfn a(m: Mode) -> i32 { match m { Mode::On => MAX, _ => 0 } }\nstatic X: [i32; 2] = [MAX, 1];\nfn b() { if let Mode::Off = x {} println!("{}", MAX); }\n',
    },
    ask: "references",
    target: "MAX",
    used: [["u.rs: fn a"], ["u.rs: static X"], ["u.rs: println"]],
  },
  {
    of: "Rust: pub use, derive, attributes, generics",
    files: {
      "src/lib.rs": "mod inner;\npub use inner::Thing;\n",
      "src/inner.rs": "pub struct Thing;\n",
      "src/u.rs":
        "use crate::Thing;\nfn a(t: Option<Thing>) -> Vec<Thing> { vec![] }\nstruct H { t: Box<Thing> }\n",
    },
    ask: "references",
    target: "Thing",
    used: [
      ["src/u.rs: fn a", "import"],
      ["src/u.rs: struct H", "import"],
    ],
  },
  {
    of: "C: function pointers, macros, enumerators, typedefs",
    files: {
      "d.h": "typedef struct node Node;\nenum mode { ON, OFF };\n#define LIMIT 3\nint boil(int);\n",
      "d.c": '#include "d.h"\nint boil(int x) { return x; }\n',
      "u.c":
        '#include "d.h"\nstatic int (*f)(int) = boil;\nstruct ops o = { .run = boil };\nint a(Node *n) { return LIMIT + ON; }\nint b(int boil) { return boil; }\nvoid c(void) { atexit(boil); }\n',
    },
    ask: "references",
    target: "boil",
    used: [
      ["u.c: (*f)", "import"],
      ["u.c: .run", "import"],
      ["u.c: atexit", "import"],
    ],
    not: ["u.c: int b"],
  },
  {
    of: "C: a macro, and a type of a typedef",
    files: {
      "d.h": "#define TWICE(x) ((x) * 2)\ntypedef unsigned long word_t;\n",
      "u.c": '#include "d.h"\nint a(int x) { return TWICE(x); }\n',
    },
    ask: "callers",
    target: "TWICE",
    used: [["u.c: TWICE(x)", "import"]],
  },
  {
    of: "C: types of typedefs",
    files: {
      "d.h": "typedef unsigned long word_t;\n",
      "u.c":
        '#include "d.h"\nword_t g;\nword_t a(word_t w) { return (word_t)w; }\nstruct s { word_t w; };\nint b = sizeof(word_t);\n',
    },
    ask: "references",
    target: "word_t",
    used: [["u.c: word_t g"], ["u.c: word_t a"], ["u.c: struct s"], ["u.c: sizeof"]],
  },
  {
    of: "C++: members of two classes, virtual, static, operators of scope",
    files: {
      "d.h":
        "class A { public: void run(); static A make(); };\nclass B { public: void run(); };\n",
      "u.cc":
        '#include "d.h"\nvoid a(A& x) { x.run(); }\nvoid b(B* y) { y->run(); }\nvoid c() { A z; z.run(); }\nvoid d() { auto w = A::make(); w.run(); }\nvoid e(std::unique_ptr<A> p) { p->run(); }\n',
    },
    ask: "callers",
    target: "A.run",
    used: [["u.cc: void a"], ["u.cc: void c"], ["u.cc: void d"], ["u.cc: void e"]],
    not: ["u.cc: void b"],
  },
  {
    of: "C++: using, namespaces, enum class, templates, base calls",
    files: {
      "d.h":
        "namespace app { enum class Mode { On };\ntemplate <class T> struct Box { T t; };\nint boil(int); }\n",
      "u.cc":
        '#include "d.h"\nusing namespace app;\nint a() { return boil(1) + app::boil(2); }\nBox<int> b;\nstd::vector<app::Box<int>> v;\nMode m = Mode::On;\n',
    },
    ask: "references",
    target: "Box",
    used: [["u.cc: Box<int> b"], ["u.cc: std::vector"]],
  },
  {
    of: "C++: a function of a namespace",
    files: {
      "d.h": "namespace app { int boil(int); }\n",
      "d.cc": '#include "d.h"\nnamespace app { int boil(int x) { return x; } }\n',
      "u.cc":
        '#include "d.h"\nusing app::boil;\nint a() { return boil(1); }\nint b() { return app::boil(2); }\nint c() { return other::boil(3); }\n',
    },
    ask: "callers",
    target: "boil",
    used: [["u.cc: int a"], ["u.cc: int b"]],
  },
  {
    of: "Swift: members, statics, trailing closures, selectors",
    files: {
      "D.swift":
        "class D { func run() {}\n static func make() -> D { return D() } }\nclass E { func run() {} }\n",
      "U.swift":
        "class U {\n  let d: D\n  func a() { d.run() }\n  func b(x: D?) { x?.run() }\n  func c(e: E) { e.run() }\n  func f() { let q = D(); q.run() }\n  func g() { D.make().run() }\n  func h() { let s = #selector(D.run) }\n}\n",
    },
    ask: "references",
    target: "D.run",
    used: [
      ["U.swift: func a"],
      ["U.swift: x?.run"],
      ["U.swift: q.run"],
      ["U.swift: D.make"],
      ["U.swift: #selector"],
    ],
    not: ["U.swift: e.run"],
  },
  {
    of: "Swift: types in generics, optionals, casts, protocols",
    files: {
      "D.swift": "struct Item {}\nenum Mode { case on }\n",
      "U.swift":
        "func a(x: Item?) -> [Item] { return [] }\nlet m: [String: Item] = [:]\nfunc b<T: Item>(t: T) where T: Item {}\nlet c = x as? Item\nlet i = Item()\nextension Item {}\n",
    },
    ask: "references",
    target: "Item",
    used: [
      ["U.swift: func a"],
      ["U.swift: let m"],
      ["U.swift: as? Item"],
      ["U.swift: let i"],
      ["U.swift: func b"],
    ],
  },
  {
    of: "Swift: a closure behind a call, a function in a string",
    files: {
      "D.swift": "func every(_ f: () -> Void) {}\n",
      "U.swift":
        'func a() { every { print(1) } }\nfunc b() { print("\\(every({}))") }\nfunc c(every: Int) -> Int { return every }\n',
    },
    ask: "references",
    target: "every",
    used: [["U.swift: func a"], ["U.swift: func b"]],
    not: ["U.swift: func c"],
  },
  {
    of: "Go: a generic function with its types written, and a dot import",
    files: {
      "go.mod": "module example.com/m\n",
      "lib/d.go": "package lib\n\nfunc Turn[A, B any](a A) (b B) { return }\n",
      "u/u.go":
        'package u\n\nimport . "example.com/m/lib"\n\nfunc one() { Turn[int, string](1) }\n\nfunc two() { Turn(2) }\n',
    },
    ask: "callers",
    target: "Turn",
    used: [
      ["u/u.go: func one", "import"],
      ["u/u.go: func two", "import"],
    ],
  },
  {
    of: "Rust: a type whose methods are written",
    files: {
      "src/kettle.rs":
        "pub struct Kettle<T>(T);\n\nimpl<T> Drop for Kettle<T> {\n    fn drop(&mut self) {}\n}\n",
    },
    ask: "references",
    target: "Kettle",
    used: [["src/kettle.rs: impl<T> Drop", "exact"]],
  },
  {
    of: "C: constants of an enum stand beside it",
    files: {
      "tea.h": "enum tea { GREEN_TEA, BLACK_TEA };\n",
      "u.c":
        '#include "tea.h"\nint table[] = { [BLACK_TEA] = 1 };\nint pour(enum tea t) {\n  switch (t) {\n  case BLACK_TEA:\n    return 1;\n  }\n  return 0;\n}\nint local(int BLACK_TEA) { return BLACK_TEA; }\n',
    },
    ask: "references",
    target: "BLACK_TEA",
    used: [
      ["u.c: int table", "import"],
      ["u.c:   case", "import"],
    ],
    not: ["u.c: int local"],
  },
  {
    of: "C++: constants of an open enum, and of a closed one",
    files: {
      "tea.h": "enum Tea { Mint };\nenum class Cup { Mint };\n",
      "u.cc":
        '#include "tea.h"\nbool a(Tea t) { return t == Mint; }\nbool b(Cup c) { return c == Cup::Mint; }\n',
    },
    ask: "references",
    target: "Tea.Mint",
    used: [["u.cc: bool a", "import"]],
    not: ["u.cc: bool b"],
  },
];
