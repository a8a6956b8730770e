import type { Program } from "./programs.ts";

/** Programs in Java, Kotlin, Scala and C#. */
export const jvm: readonly Program[] = [
  {
    of: "Java: a static import, with a star and without",
    files: {
      "com/acme/Tools.java":
        "package com.acme;\npublic class Tools { public static int twice(int x) { return x; } }\n",
      "com/app/U.java":
        "package com.app;\nimport static com.acme.Tools.twice;\nclass U { int a() { return twice(2); } }\n",
      "com/app/V.java":
        "package com.app;\nimport static com.acme.Tools.*;\nclass V { int a() { return twice(3); } }\n",
    },
    ask: "callers",
    target: "twice",
    used: [
      ["com/app/U.java: twice(2)", "import"],
      ["com/app/V.java: twice(3)", "import"],
    ],
  },
  {
    of: "Java: this, super, a field, a parameter, another class",
    files: {
      "D.java": "class D { void run() {} void go() { run(); this.run(); } }\n",
      "U.java":
        "class E extends D { void run() { super.run(); } }\nclass O { void run() {} void x() { run(); } }\nclass U {\n  D field;\n  void a(D d) { d.run(); }\n  void b() { field.run(); }\n  void c(O o) { o.run(); }\n  void d() { new D().run(); }\n  void e() { var d = new D(); d.run(); }\n}\n",
    },
    ask: "references",
    target: "D.run",
    used: [
      ["D.java: void go", "exact"],
      ["U.java: super.run"],
      ["U.java: void a"],
      ["U.java: void b"],
      ["U.java: new D().run"],
      ["U.java: void e"],
    ],
    not: ["U.java: class O", "U.java: void c"],
  },
  {
    of: "Java: annotations, throws, arrays, wildcards, class literals",
    files: {
      "M.java": "@interface Mark { int value() default 0; }\n",
      "U.java":
        "@Mark\nclass U {\n  @Mark(1) int x;\n  Class<?> c = Mark.class;\n  java.util.List<? extends Mark> l;\n  Mark[] m;\n}\n",
    },
    ask: "references",
    target: "Mark",
    used: [
      ["U.java: @Mark"],
      ["U.java: @Mark(1)"],
      ["U.java: Mark.class"],
      ["U.java: extends Mark"],
      ["U.java: Mark[]"],
    ],
  },
  {
    of: "Java: an interface's method, a lambda, a constructor reference",
    files: {
      "S.java":
        "interface S { int area(); }\nclass Q implements S { public int area() { return 1; } }\n",
      "U.java":
        "class U { int a(S s) { return s.area(); }\n  java.util.function.Supplier<Q> q = Q::new;\n  int b(java.util.List<S> l) { int n = 0; for (S s : l) { n += s.area(); } return n; }\n}\n",
    },
    ask: "callers",
    target: "S.area",
    used: [["U.java: int a(S"], ["U.java: for (S s"]],
  },
  {
    of: "Java: a constructor and a constant",
    files: {
      "K.java": "class K { static final int MAX = 3; K() {} K copy() { return new K(); } }\n",
      "U.java": "class U { int a = K.MAX; K k = new K(); int MAX(int MAX) { return MAX; } }\n",
    },
    ask: "references",
    target: "K.MAX",
    used: [["U.java: K.MAX"]],
  },
  {
    of: "Java: an enum constant in a switch",
    files: {
      "C.java": "enum C { RED, BLUE }\n",
      "U.java":
        "class U { int a(C c) { switch (c) {\n case RED: return 1;\n default: return 0; } }\n  C b = C.RED; }\n",
    },
    ask: "references",
    target: "C",
    used: [["U.java: int a(C"], ["U.java: C.RED"]],
  },
  {
    of: "Kotlin: extensions, infix, companions, named arguments",
    files: {
      "a/D.kt":
        "package a\nfun String.shout(): String = this\ninfix fun Int.plusOne(o: Int) = o\nclass Box(val n: Int) { companion object { fun make() = Box(1) } }\nobject Hub { fun send(x: Int) {} }\n",
      "a/U.kt":
        'package a\nfun f() { "x".shout() }\nfun h() { Box.make(); Hub.send(x = 1) }\nval b: Box? = Box(n = 2)\n',
    },
    ask: "callers",
    target: "shout",
    used: [["a/U.kt: .shout()"]],
  },
  {
    of: "Kotlin: a companion's function, and an object's",
    files: {
      "a/D.kt": "package a\nobject Hub { fun send(x: Int) {} }\n",
      "a/U.kt":
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program
        'package a\nfun h() { Hub.send(x = 1) }\nfun k(l: List<Int>) { l.forEach { Hub.send(it) } }\nfun s(n: Int) = "${Hub.send(n)}"\n',
    },
    ask: "references",
    target: "send",
    used: [["a/U.kt: fun h"], ["a/U.kt: forEach"], ["a/U.kt: fun s"]],
  },
  {
    of: "Kotlin: members, safe calls, properties, scopes",
    files: {
      "D.kt": "class D {\n  val size = 1\n  fun run() {}\n}\nclass E {\n  fun run() {}\n}\n",
      "U.kt":
        "class U(private val d: D) {\n  fun a() { d.run() }\n  fun b(x: D?) { x?.run() }\n  fun c(e: E) { e.run() }\n  fun g() { val q = D(); q.run() }\n}\n",
    },
    ask: "callers",
    target: "D.run",
    used: [["U.kt: fun a"], ["U.kt: x?.run"], ["U.kt: q.run"]],
    not: ["U.kt: e.run"],
  },
  {
    of: "Kotlin: annotations, delegation, type aliases, generics with bounds",
    files: {
      "D.kt": "interface Face\nannotation class Mark\n",
      "U.kt":
        "typealias F = Face\nclass A(f: Face) : Face by f\nfun <T : Face> g(t: T) {}\nval o = object : Face {}\n",
    },
    ask: "references",
    target: "Face",
    used: [["U.kt: typealias"], ["U.kt: class A"], ["U.kt: <T : Face>"], ["U.kt: object : Face"]],
  },
  {
    of: "Scala: imports in braces, companions, given, for",
    files: {
      "lib/D.scala": "package lib\nobject D { def boil(x: Int): Int = x\n val limit = 3 }\n",
      "app/U.scala":
        "package app\nimport lib.D.{boil => cook, limit}\nobject U {\n  def a = cook(1)\n  def b = for (i <- 1 to limit) yield i\n}\n",
      "app/V.scala": "package app\nimport lib.D._\nobject V { def a = List(1).map(boil) }\n",
    },
    ask: "references",
    target: "boil",
    used: [["app/U.scala: cook(1)", "import"], ["app/V.scala: map(boil)"]],
  },
  {
    of: "Scala: traits, case classes, patterns, type bounds",
    files: {
      "D.scala": "trait Shape\ncase class Circle(r: Int) extends Shape\n",
      "U.scala":
        "class Sq extends Base with Shape\nobject U {\n  def f[T <: Shape](t: T) = t match { case Circle(r) => r }\n  val c = Circle(2)\n  val l: Seq[Shape] = Nil\n}\n",
    },
    ask: "references",
    target: "Shape",
    used: [["U.scala: class Sq"], ["U.scala: <: Shape"], ["U.scala: Seq[Shape]"]],
  },
  {
    of: "C#: attributes without their suffix, events, delegates, LINQ",
    files: {
      "M.cs":
        "using System;\nclass MarkAttribute : Attribute { }\nclass Tool { public static int Twice(int x) => x; }\n",
      "U.cs":
        "[Mark]\nclass U {\n  Func<int, int> f = Tool.Twice;\n  void A() { var q = xs.Select(Tool.Twice); Changed += OnChanged; }\n  void OnChanged(object o, EventArgs e) { }\n}\n",
    },
    ask: "references",
    target: "MarkAttribute",
    used: [["U.cs: [Mark]"]],
  },
  {
    of: "C#: a method group, an event handler",
    files: {
      "U.cs":
        "class Tool { public static int Twice(int x) => x; }\nclass U {\n  Func<int, int> f = Tool.Twice;\n  void A() { var q = xs.Select(Tool.Twice); }\n  int B(int Twice) => Twice;\n}\n",
    },
    ask: "references",
    target: "Twice",
    used: [["U.cs: f = Tool"], ["U.cs: Select"]],
    not: ["U.cs: int B"],
  },
  {
    of: "C#: members by field, property, base, extension, generic",
    files: {
      "D.cs":
        "namespace N;\npublic class D { public void Run() { } public T Get<T>() => default; }\npublic class E { public void Run() { } }\npublic static class X { public static void Poke(this D d) { } }\n",
      "U.cs":
        "using N;\nclass U : D {\n  D _d;\n  D P { get; set; }\n  void A() { _d.Run(); }\n  void B() { P.Run(); }\n  void C() { base.Run(); }\n  void F(E e) { e.Run(); }\n  void G() { var d = new D(); d.Run(); }\n}\n",
    },
    ask: "callers",
    target: "D.Run",
    used: [["U.cs: _d.Run"], ["U.cs: P.Run"], ["U.cs: base.Run"], ["U.cs: d.Run(); }"]],
    not: ["U.cs: void F"],
  },
  {
    of: "C#: an alias, a static using, a constructor, object initialisers",
    files: {
      "D.cs": "namespace N.Core { public class Item { public int Size { get; set; } } }\n",
      "U.cs":
        "using Thing = N.Core.Item;\nclass U { object a = new Thing { Size = 1 };\n  Thing[] all; }\n",
    },
    ask: "references",
    target: "Item",
    used: [["U.cs: new Thing", "import"], ["U.cs: Thing[]"]],
  },
  {
    of: "Kotlin: a package that the file names and no folder has, and what a lambda is given",
    files: {
      "d.kt": "package tea.room\n\nfun steep() {}\n\nclass Pot { fun drain() {} }\n",
      "lib/u.kt": "package other\n\nimport tea.room.steep\n\nfun go() { steep() }\n",
    },
    ask: "callers",
    target: "steep",
    used: [["lib/u.kt: fun go", "import"]],
  },
  {
    of: "Kotlin: it",
    files: {
      "d.kt": "class Pot { fun drain() {} }\n\nfun go(p: Pot?) { p?.let { it.drain() } }\n",
    },
    ask: "callers",
    target: "Pot.drain",
    used: [["d.kt: fun go"]],
  },
  {
    of: "Scala: a function without brackets is called by its name",
    files: {
      "d.scala": "package tea\nobject Room { def size = 3 }\n",
      "lib/u.scala": "package other\nimport tea.Room\nclass U {\n  def go = Room.size\n}\n",
    },
    ask: "callers",
    target: "Room.size",
    used: [["lib/u.scala:   def go", "import"]],
  },
];
