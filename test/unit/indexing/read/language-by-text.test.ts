import { describe, expect, it } from "vitest";
import { headerLanguage } from "../../../../src/base/text/c-header.ts";
import { languageOf } from "../../../../src/indexing/read/language.ts";

describe("the language of a script", () => {
  it.each([
    ["#!/bin/sh", "shell"],
    ["#!/usr/bin/env bash", "shell"],
    ["#!/usr/bin/env python3", "python"],
    ["#! /usr/bin/python3.12 -u", "python"],
    ["#!/usr/bin/env -S uv run --script", "python"],
    ["#!/usr/bin/env -S FOO=1 node --no-warnings", "javascript"],
    ["#!/usr/bin/env -S deno run", "typescript"],
    ["#!/usr/bin/env Rscript", "r"],
    ["#!/usr/bin/perl5.36 -w", "perl"],
    ["#!/usr/bin/make -f", "makefile"],
    ["#!/usr/bin/env nix-shell\n#! nix-shell -i python3 -p curl", "python"],
    ["#!/opt/own/thing", "text"],
    ["#!", "text"],
    ["# -*- mode: ruby -*-", "ruby"],
    ["// -*- C++ -*-", "cpp"],
    ["/* -*- Mode: python; indent-tabs-mode: nil -*- */", "python"],
    ["# vim: set ft=perl :", "perl"],
    ["# -*- coding: utf-8 -*-", "text"],
    ["plain words", "text"],
  ])("%s", (line, language) => {
    expect(languageOf("bin/tool", `${line}\nrest\n`)).toBe(language);
  });

  it("is that of its ending where it has one", () => {
    expect(languageOf("a.rb", "#!/bin/sh\n")).toBe("ruby");
    expect(languageOf("a.txt", "#!/bin/sh\n")).toBe("text");
    expect(languageOf("setup.py.in", "")).toBe("python");
  });
});

describe("endings that languages share", () => {
  it.each([
    ["a.m", "#import <a.h>\n@implementation A\n@end\n", "objective-c"],
    ["a.m", "function y = f(x)\ny = x;\n", "matlab"],
    ["a.inc", "<?php\nfunction f() {}\n", "php"],
    ["a.module", "<?php\n", "php"],
    ["a.module", "words\n", "text"],
    ["a.pl", "use strict;\n", "perl"],
    ["a.pl", ":- module(a, []).\n", "prolog"],
    ["a.ts", '<?xml version="1.0"?>\n<TS/>', "xml"],
    ["BUILD", "py_library(name = 'a')\n", "starlark"],
    ["scripts/build", "#!/bin/sh\n", "shell"],
  ])("%s with %j", (path, text, language) => {
    expect(languageOf(path, text)).toBe(language);
  });
});

describe("a header named .h", () => {
  it.each([
    ["class A;", "class A;\n"],
    ["a namespace", "namespace a {\n}\n"],
    ["a template", "template <typename T>\nT f(T);\n"],
    ["using", "using Size = int;\n"],
    ["an enum class", "enum class Axis { X };\n"],
    ["methods of a struct", "struct V {\n  float x;\n  float length(int n);\n};\n"],
    ["a struct with a base", "struct B : public A {\n};\n"],
    ["references", "int f(const Vec& v);\n"],
    ["std::", "extern std::string name;\n"],
    ["a header of C++", "#include <vector>\n"],
    ["an operator", "bool operator==(A a, A b);\n"],
    ["a destructor", "struct A {\n  ~A();\n};\n"],
    ["what an editor is told", "// -*- C++ -*-\nint f(void);\n"],
  ])("is C++ with %s", (_, text) => {
    expect(headerLanguage(text)).toBe("cpp");
  });

  it.each([
    ["functions", "int add(int a, int b);\nvoid run(const struct a *a);\n"],
    ["what only C++ sees", '#ifdef __cplusplus\nextern "C" {\nclass A;\n#endif\nint a(void);\n'],
    ["words in comments", "/* class A: public B {}; */\n// namespace a {\nint a;\n"],
    ["function pointers", "struct ops {\n  int (*open)(void);\n  int count;\n};\n"],
    ["bits", "struct f {\n  unsigned a : 3;\n};\n#define F(x) ((x) & MASK)\n"],
    ["labels", "static inline int f(int a) {\n  switch (a) { case 1: default: return a; }\n}\n"],
    ["attributes", "struct a {\n  int x __attribute__((packed));\n  int y __aligned(8);\n};\n"],
  ])("is C with %s", (_, text) => {
    expect(headerLanguage(text)).toBe("c");
  });

  it("is Objective-C with an interface", () => {
    expect(headerLanguage("#import <A.h>\n@interface A : NSObject\n@end\n")).toBe("objective-c");
    expect(languageOf("A.h", "@protocol P\n@end\n")).toBe("objective-c");
  });
});
