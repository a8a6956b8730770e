/*
 * What a name with dots in it may mean. "a.b.c" can be c in a.b, b.c in a, or a key that is written so; names as an
 * outline prints them come with quotes, brackets or the marks of a heading.
 */

export interface ScopedName {
  name: string;
  /** What holds it, its parts joined by "."; "" for anything. */
  container: string;
}

/** Longer texts are no names. */
const mostChars = 400;
/** Places at which a text is parted, counted from its end. */
const mostParted = 12;

const seams = /\.|::|#|->|\/|\\|:/gu;

/** Every name that a text may stand for as it is written, the most literal first; what it may be beside that is left out. */
export function writtenNames(query: string): ScopedName[] {
  const text = query.trim();
  if (text.length > mostChars) return [];
  const found = new Map<string, ScopedName>();
  for (const form of formsOf(text)) {
    add(found, form, "");
    for (const seam of [...form.matchAll(seams)].slice(-mostParted).reverse()) {
      const container = form.slice(0, seam.index);
      for (const own of formsOf(form.slice(seam.index + seam[0].length))) {
        if (container !== "") add(found, own, joined(container));
      }
    }
  }
  return [...found.values()];
}

function add(found: Map<string, ScopedName>, name: string, container: string): void {
  if (name !== "") found.set(`${container}\0${name}`, { name, container });
}

/** As it stands, and without what stands around a name in a file. */
function formsOf(text: string): string[] {
  const forms = [text];
  const bare = text
    .replace(/^#{1,6}\s+/u, "")
    .replace(/[:;{,\s]+$/u, "")
    .trim();
  for (const form of [
    bare,
    inner(bare),
    bare.replace(/\([^()]*\)$/u, ""),
    bare.replace(/<[^<>]*>$/u, ""),
  ]) {
    if (form !== "" && !forms.includes(form)) forms.push(form);
  }
  return forms;
}

function inner(text: string): string {
  return /^(?:(["'`])(?<quoted>.+)\1|\[\[?(?<bracketed>[^[\]]+)\]?\])$/su.exec(text)?.groups
    ? text.replace(/^(?:["'`]|\[\[?)/u, "").replace(/(?:["'`]|\]?\])$/u, "")
    : text;
}

/** What holds a name, its parts joined by dots, without quotes, type arguments and calls: as it is compared. */
export function joined(container: string): string {
  return container
    .replace(/<[^<>]*>|\([^()]*\)|["'`]/gu, "")
    .replace(/::|#|->|\/|\\|:/gu, ".")
    .replace(/\.{2,}/gu, ".")
    .replace(/^\.|\.$/gu, "");
}
