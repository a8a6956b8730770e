/*
 * Filters as they are typed, which become chips when they are whole: lang:python,go, path:"my app", -path:docs, kind:class, -test, and
 * for memories tag:db and ns:work. The forms are those of the daemon (docs/search.md, Filters).
 */
import type { SearchFilter } from "../../../../src/ports/answers/search.ts";

const item = '(?:"[^"]*"|[^\\s",]+)';
const form = `(?:-?(?:lang|language|path|in|kind)|tag|ns):${item}(?:,${item})*|-tests?`;
/** With a space after it: nobody goes on writing it. */
const whole = new RegExp(`(?<=^|\\s)(${form})\\s`, "giu");
const any = new RegExp(`(?<=^|\\s)(${form})(?=\\s|$)`, "giu");
/** At the end, while it is written: "lang:ty" is no language yet. */
const begun = /(?:^|\s)-?(?:lang|language|path|in|kind|tag|ns):[^\s]*$/iu;

/** @param isDone all of them, also one at the end that has no space after it */
export function takeFilters(text: string, isDone = false): { text: string; filters: string[] } {
  const filters: string[] = [];
  const left = text.replace(isDone ? any : whole, (_, said: string) => {
    filters.push(said);
    return "";
  });
  return { text: filters.length === 0 ? text : left, filters };
}

/** What is asked for while it is written. */
export function askedText(text: string): string {
  return text.replace(begun, " ").trim();
}

export interface SaidFilters {
  code: SearchFilter;
  memories: { namespace?: string[]; tags?: { all: string[] } };
}

export function filtersOf(forms: readonly string[]): SaidFilters {
  const lists = new Map<string, string[]>();
  let noTests = false;
  for (const said of forms) {
    const [, minus = "", name = "", items = ""] = /^(-?)(\w+)(?::(.*))?$/su.exec(said) ?? [];
    const key = minus + (names[name.toLowerCase()] ?? "");
    if (key === "-test") noTests = true;
    else lists.set(key, [...(lists.get(key) ?? []), ...itemsOf(items)]);
  }
  const list = (key: string): string[] => lists.get(key) ?? [];
  const code = {
    languages: list("lang"),
    notLanguages: list("-lang"),
    paths: list("path"),
    notPaths: list("-path"),
    kinds: list("kind"),
  };
  const [tags, namespaces] = [list("tag"), list("ns")];
  return {
    code: {
      ...Object.fromEntries(Object.entries(code).filter(([, items]) => items.length > 0)),
      ...(noTests && { noTests }),
    },
    memories: {
      ...(namespaces.length > 0 && { namespace: namespaces }),
      ...(tags.length > 0 && { tags: { all: tags } }),
    },
  };
}

const names: Readonly<Record<string, string>> = {
  lang: "lang",
  language: "lang",
  path: "path",
  in: "path",
  kind: "kind",
  tag: "tag",
  ns: "ns",
  test: "test",
  tests: "test",
};

/** 'a,"b c"' as its items. */
function itemsOf(said: string): string[] {
  return [...said.matchAll(/"([^"]*)"|([^,]+)/gu)]
    .map(([, quoted, plain]) => quoted ?? plain ?? "")
    .filter((one) => one !== "");
}

/** A filter of one value, as it is typed. */
export function formOf(name: string, value: string): string {
  return `${name}:${/[\s,]/u.test(value) ? `"${value.replaceAll('"', "")}"` : value}`;
}
