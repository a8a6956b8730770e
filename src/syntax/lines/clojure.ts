import type { DefinitionKind, ParsedFile } from "../../ports/syntax.ts";
import { Collector, type FoundInLines } from "./collect.ts";

const kinds: Readonly<Record<string, DefinitionKind>> = {
  ns: "namespace",
  "in-ns": "namespace",
  def: "variable",
  defonce: "variable",
  defn: "function",
  "defn-": "function",
  defmacro: "macro",
  defmulti: "function",
  defmethod: "method",
  defprotocol: "interface",
  definterface: "interface",
  defrecord: "struct",
  deftype: "class",
  defstruct: "struct",
  deftest: "function",
  "s/def": "key",
  "s/fdef": "key",
};
/** Forms whose lists are methods. */
const holders = /^(defprotocol|definterface|defrecord|deftype|extend-type|extend-protocol|reify)$/;
const mostDepth = 300;

interface Form {
  row: number;
  /** Its first words and the rows they are in. */
  words: { text: string; row: number }[];
  holder: string;
  bracket: string;
  found?: FoundInLines | undefined;
}

/** Forms that begin with a word of definition ("def…"), at any depth: their brackets are followed, nothing is run. */
export function clojureDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "clojure");
  const stack: Form[] = [];
  let row = 0;
  const settle = (form: Form): void => {
    if (form.found !== undefined) form.found.endRow = row;
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] as string;
    if (sign === "\n") row += 1;
    else if (sign === ";") at = lineEnd(text, at) - 1;
    else if (sign === "\\") at += 1;
    else if (sign === '"') {
      const end = stringEnd(text, at);
      for (let next = at; next < end; next += 1) if (text[next] === "\n") row += 1;
      at = end - 1;
    } else if (sign === "(" || sign === "[" || sign === "{") {
      if (stack.length < mostDepth)
        stack.push({ row, words: [], holder: holderOf(stack), bracket: sign });
    } else if (sign === ")" || sign === "]" || sign === "}") {
      const form = stack.pop();
      if (form !== undefined) settle(form);
    } else if (sign === "^" || sign === "#") {
      // Hints and reader marks stand before what they are of.
      if (sign === "^" && /[\w:"]/.test(text[at + 1] ?? "")) at = wordEnd(text, at + 1) - 1;
      else if (text.startsWith("#_", at)) at += 1;
    } else if (!/[\s,'`~@]/.test(sign)) {
      const end = wordEnd(text, at);
      word(text.slice(at, end), row, stack, found);
      at = Math.max(at, end - 1);
    }
  }
  for (const form of stack) settle(form);
  return found.parsed();
}

function word(text: string, row: number, stack: Form[], found: Collector): void {
  const form = stack.at(-1);
  if (form === undefined) return;
  const [head] = form.words;
  if (
    form.bracket === "[" &&
    stack.at(-2)?.words[0]?.text === "defrecord" &&
    stack.at(-2)?.words.length === 2
  ) {
    field(text, row, stack.at(-2) as Form, found);
  }
  if (
    form.bracket === "[" &&
    stack.at(-2)?.words[0]?.text === "deftype" &&
    stack.at(-2)?.words.length === 2
  ) {
    field(text, row, stack.at(-2) as Form, found);
  }
  if (form.bracket === "[" && form.words.length === 0 && isRequired(stack)) found.import(text, row);
  if (form.words.length < 4) form.words.push({ text, row });
  if (form.bracket !== "(") return;
  if (head === undefined) {
    if (form.holder !== "" && /^[A-Za-z_*+!?<>=-]/.test(text) && !isCalled(text)) {
      form.found = found.define({
        name: text,
        kind: "method",
        container: form.holder,
        row: form.row,
        endRow: form.row,
      });
    } else found.use(text.slice(text.lastIndexOf("/") + 1) || text, "call", row);
    return;
  }
  if (form.words.length === 2) {
    if (/^(extend-type|extend-protocol)$/.test(head.text)) {
      form.holder = "";
      return;
    }
    define(text, head.text, form, found);
  }
  if (head.text === "require" || head.text === "use") found.import(text.replace(/^'/, ""), row);
}

function define(text: string, head: string, form: Form, found: Collector): void {
  const bare = head.slice(head.lastIndexOf("/") + 1);
  const kind = Object.hasOwn(kinds, head)
    ? kinds[head]
    : /^(def|>def)/.test(bare) && !/^(default|deftask-?opts|deferred|deflate|deref)/.test(bare)
      ? Object.hasOwn(kinds, bare)
        ? kinds[bare]
        : bare === "def"
          ? "variable"
          : "function"
      : undefined;
  if (kind === undefined || /^[[({"]/.test(text)) return;
  form.found = found.define({
    name: text,
    kind,
    container: "",
    row: form.row,
    endRow: form.row,
    isPrivate: bare === "defn-",
  });
}

function field(name: string, row: number, record: Form, found: Collector): void {
  const container = record.words[1]?.text ?? "";
  found.define({ name, kind: "property", container, row, endRow: row, signature: name });
}

/** The name that lists in a form are methods of: those right inside of a protocol, a record or a type. */
function holderOf(stack: readonly Form[]): string {
  const outer = stack.at(-1);
  const head = outer?.words[0]?.text ?? "";
  return outer !== undefined && outer.bracket === "(" && holders.test(head)
    ? (outer.words[1]?.text ?? "")
    : "";
}

function isRequired(stack: readonly Form[]): boolean {
  return stack.at(-2)?.words[0]?.text === ":require" || stack.at(-2)?.words[0]?.text === ":use";
}

function isCalled(text: string): boolean {
  return text.startsWith(":") || text.startsWith(".");
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

function stringEnd(text: string, at: number): number {
  for (let next = at + 1; next < text.length; next += 1) {
    if (text[next] === "\\") next += 1;
    else if (text[next] === '"') return next + 1;
  }
  return text.length;
}

function wordEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && !/[\s,()[\]{}";]/.test(text[end] as string)) end += 1;
  return end;
}
