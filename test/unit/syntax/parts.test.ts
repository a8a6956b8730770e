import { afterAll, describe, expect, it } from "vitest";
import { grammarsFolder } from "../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";
import { partsOf } from "../../../src/syntax/parts.ts";

const parser = new TreeSitterParser({ grammars: grammarsFolder() });

afterAll(() => parser.close());

async function definitionsOf(path: string, language: string, text: string): Promise<string[]> {
  const outcome = await parser.parse({ path, language, text });
  if (!("parsed" in outcome)) throw new Error(outcome.failed);
  expect(outcome.parsed.hasErrors).toBe(false);
  const count = outcome.parsed.definitions.length;
  for (const { within } of outcome.parsed.references) {
    expect(within).toBeGreaterThanOrEqual(-1);
    expect(within).toBeLessThan(count);
  }
  return outcome.parsed.definitions.map(
    ({ kind, name, container, startLine, endLine }) =>
      `${startLine}-${endLine} ${kind} ${container === "" ? "" : `${container}.`}${name}`,
  );
}

const vue = `<template>
  <!-- <script>function hidden() {}</script> -->
  <price-tag @click="saveCart" :total="total * 2">{{ label(total) }}</price-tag>
</template>

<script lang="ts">
export interface Line { amount: number }
</script>

<script setup lang="ts" generic="T extends Record<string, Line>">
import PriceTag from "./PriceTag.vue";
const total = 1;
function saveCart(line: Line): void {
  label(line.amount);
}
function label(n: number) { return n; }
</script>

<style scoped>
.cart { color: red; }
</style>
`;

describe("files that hold parts in other languages", () => {
  it("a component of Vue: both scripts, the style, and its own name", async () => {
    expect(await definitionsOf("src/ShoppingCart.vue", "vue", vue)).toEqual([
      "1-21 class ShoppingCart",
      "7-7 interface Line",
      "7-7 property Line.amount",
      "12-12 variable total",
      "13-15 function saveCart",
      "16-16 function label",
      "20-20 rule .cart",
    ]);
  });

  it("a template uses what it names", async () => {
    const outcome = await parser.parse({ path: "Cart.vue", language: "vue", text: vue });
    if (!("parsed" in outcome)) throw new Error(outcome.failed);
    const { references, definitions, imports } = outcome.parsed;
    const calls = references.filter(({ kind }) => kind === "call");
    expect(calls).toContainEqual({ name: "PriceTag", kind: "call", line: 3, within: 0 });
    expect(calls).toContainEqual(expect.objectContaining({ name: "label", line: 3, within: 0 }));
    const inside = definitions.findIndex(({ name }) => name === "saveCart");
    expect(calls).toContainEqual(
      expect.objectContaining({ name: "label", line: 14, within: inside }),
    );
    expect(imports.map(({ module }) => module)).toEqual(["./PriceTag.vue"]);
  });

  it("a component of Svelte, which has no name of its own when it is a page", async () => {
    const text = `<script>
  export function greet(name) { return name; }
</script>
{#if greet("a")}<button on:click={() => greet("b")}>x</button>{/if}
`;
    expect(await definitionsOf("routes/+page.svelte", "svelte", text)).toEqual([
      "2-2 function greet",
    ]);
    const outcome = await parser.parse({ path: "a.svelte", language: "svelte", text });
    const lines = "parsed" in outcome ? outcome.parsed.references.map(({ line }) => line) : [];
    expect(lines).toContain(4);
  });

  it("a page of Astro: what stands between its fences is TypeScript", async () => {
    const text = `---
import Layout from "../Layout.astro";
const title: string = "Home";
function shout(text: string): string { return text; }
---
<Layout title={title}>{shout(title)}</Layout>
<script>function onLoad(n: number) {}</script>
`;
    expect(await definitionsOf("index.astro", "astro", text)).toEqual([
      "3-3 variable title",
      "4-4 function shout",
      "7-7 function onLoad",
    ]);
  });

  it("a page of HTML: its scripts, not its data", async () => {
    const text = `<!doctype html>
<main id="top"></main>
<script type="application/json">{"a": 1}</script>
<script type="text/x-template"><div id="not"></div></script>
<script src="a.js"></script>
<script>
  function start() { stop(); }
</script>
<style>#top { color: red; }</style>
`;
    expect(await definitionsOf("a.html", "html", text)).toEqual([
      "2-2 section top",
      "7-7 function start",
      "9-9 rule #top",
    ]);
  });

  it("a view of Ruby: what stands between its signs", async () => {
    const text = `<h1><%= title %></h1>
<%# a note %>
<% def row(item) %>
  <td><%= item.name -%></td>
<% end %>
`;
    expect(await definitionsOf("a.html.erb", "ruby", text)).toHaveLength(1);
  });

  it("a notebook: cells by their languages, without what is told to the notebook", async () => {
    const text = `

# %% [markdown]
# Circles

# %%
%matplotlib inline
!pip install numpy
import numpy as np
def area(r):
    return np.pi * r

# %%
%%bash
def not_python() {}

# %%
%%time
class Circle:
    pass
area?
`;
    expect(await definitionsOf("a.ipynb", "jupyter", text)).toEqual([
      "4-21 section Circles",
      "10-11 function area",
      "19-20 class Circle",
    ]);
  });

  it("every part is as long as the file, line for line", () => {
    for (const part of partsOf({ path: "A.vue", language: "vue", text: vue }) ?? []) {
      expect(part.text).toHaveLength(vue.length);
      expect(part.text.split("\n")).toHaveLength(vue.split("\n").length);
    }
  });

  it("is told when no part could be parsed", async () => {
    const broken = new TreeSitterParser({ grammars: "/nowhere" });
    expect(await broken.parse({ path: "A.vue", language: "vue", text: vue })).toEqual({
      failed: "grammar-failed",
    });
    await broken.close();
  });
});
