/* The type of a thing, read off how it is written: in a declaration, or in the signature of a definition. */
import type { SymbolRow } from "../ports/symbols.ts";

/** Types that are of no account beside the one they hold. */
const wrapper =
  /^(Promise|PromiseLike|Awaited|Readonly|Partial|Required|NonNullable|Optional|Option|Result|Box|Rc|Arc|Ref|RefMut|Mutex|shared_ptr|unique_ptr|weak_ptr|Task|ValueTask|Type|type|Annotated|ClassVar|Final|Awaitable|Coroutine|Lazy|Future|Nullable|InstanceType|MutableRefObject|RefObject|Union)$/;

const listType =
  /^(Array|ReadonlyArray|Set|ReadonlySet|Iterable|Iterator|IterableIterator|Generator|AsyncIterable|AsyncGenerator|List|list|set|tuple|Tuple|Sequence|Collection|frozenset|FrozenSet|Deque|deque|ArrayList|LinkedList|Vec|VecDeque|HashSet|IEnumerable|IList|IReadOnlyList|ICollection|MutableList|Iterator|Stream|vector|Seq|Traversable|Flow|Slice)$/;

/** The name of the class of a value of this type; undefined where it has none. "a.B" keeps its path. */
export function nameOfType(written: string): string | undefined {
  const text = trimmed(written);
  if (text === "" || /[[\]]$/.test(text.replace(/\[.*\]$/, ""))) return undefined;
  const [, name = "", rest = ""] = /^([\p{L}_$][\p{L}\p{N}_$.]*)\s*(.*)$/u.exec(text) ?? [];
  if (name === "") return undefined;
  const last = name.slice(name.lastIndexOf(".") + 1);
  const inner = argument(rest);
  if (wrapper.test(last) && inner !== undefined) return nameOfType(inner);
  // A list, a function: no one class.
  if (/^(\[\]|=>|->)/.test(rest)) return undefined;
  return name;
}

/** The type of the elements of a value of this type. */
export function elementOfType(written: string): string | undefined {
  const text = trimmed(written);
  const [, whole] = /^(?:readonly )?(.+?)\s*\[\]$/s.exec(text) ?? [];
  if (whole !== undefined) return whole.replace(/^\((.*)\)$/s, "$1");
  const [, inside] = /^\[\]?\s*(.+?)\]?$/s.exec(text) ?? [];
  if (inside !== undefined) return inside.replace(/;\s*\w+$/, "");
  const [, name = "", rest = ""] = /^([\p{L}_$][\p{L}\p{N}_$.]*)\s*(.*)$/su.exec(text) ?? [];
  const last = name.slice(name.lastIndexOf(".") + 1);
  const inner = argument(rest);
  if (inner === undefined) return undefined;
  if (wrapper.test(last)) return elementOfType(inner);
  return listType.test(last) ? inner : undefined;
}

function trimmed(written: string): string {
  return written
    .replaceAll("::", ".")
    .replace(/^["'](.*)["']$/, "$1")
    .replace(/\|\s*(null|undefined|None|nil)\b/g, "")
    .replace(/\b(null|undefined|None)\s*\|/g, "")
    .replace(/&\s*'\w+\s*/g, "")
    .replace(
      /\b(const|mut|dyn|impl|readonly|final|struct|class|enum|volatile|inout|out|ref|typename|any|some)\s+(?=[\p{L}&*])/gu,
      "",
    )
    .replace(/^[\s&*?]+|[\s&*?!]+$/g, "")
    .trim();
}

/** The first argument of "<A, B>" or "[A, B]". */
function argument(rest: string): string | undefined {
  const open = rest[0];
  if (open !== "<" && open !== "[") return undefined;
  let depth = 0;
  for (let at = 0; at < rest.length; at += 1) {
    const sign = rest[at] as string;
    if ("<[({".includes(sign)) depth += 1;
    else if (">])}".includes(sign) && rest[at - 1] !== "=") depth -= 1;
    if ((sign === "," && depth === 1) || depth === 0) {
      const inner = rest.slice(1, at).trim();
      return inner === "" ? undefined : inner;
    }
  }
  // Cut off in the middle.
  return rest.slice(1).trim() || undefined;
}

/** Type of what a function gives or a value is, as its signature has it; undefined where it is not said. */
export function typeInSignature(row: SymbolRow): string | undefined {
  return (
    readType(row)
      ?.replace(/[;{]\s*$/, "")
      .trim() || undefined
  );
}

function readType({ signature, name, kind, language }: SymbolRow): string | undefined {
  const isFunction = kind === "function" || kind === "method";
  const at = signature.search(new RegExp(`(?<![\\w$])${escaped(name)}(?![\\w$])`));
  if (at < 0) return undefined;
  const before = signature.slice(0, at).trim();
  const after = signature.slice(at + name.length);
  const close = isFunction ? closing(after) : 0;
  const rest = after.slice(close).trim();
  switch (language) {
    case "python":
    case "rust":
    case "swift": {
      if (!isFunction) break;
      return /->\s*(.+?)\s*(?:where\b.*)?:?$/s.exec(rest)?.[1];
    }
    case "go":
      return isFunction ? goResult(rest) : /^([^=]+)/.exec(rest)?.[1]?.trim() || undefined;
    case "java":
    case "csharp":
    case "c":
    case "cpp":
      return lastType(before);
    case "php":
      if (!isFunction) return lastType(before.replace(/\$$/, ""));
      break;
    default:
  }
  const [, type] = /^[?!]?\s*:\s*([^=]+?)\s*(?:=.*)?$/s.exec(rest) ?? [];
  return type;
}

/** What a value is set to, as a use would hang on it: "= new Job(1).next()" is "Job().next()". Undefined for more. */
export function madeIn(signature: string): string | undefined {
  const head = /=\s*(?:await\s+)?(?:new\s+)?([\p{L}_][\p{L}\p{N}_.]*)\s*(?:<[^<>]*>)?(?=\()/u.exec(
    signature,
  );
  if (head === null) return undefined;
  let made = head[1] as string;
  let rest = signature.slice(head.index + head[0].length);
  for (let step = 0; step < mostMade; step += 1) {
    const member = /^\.\s*([\p{L}_][\p{L}\p{N}_]*)\s*/u.exec(rest);
    if (rest.startsWith("(")) {
      made += "()";
      rest = rest.slice(closing(rest)).trimStart();
    } else if (member !== null) {
      made += `.${member[1]}`;
      rest = rest.slice(member[0].length);
    } else break;
  }
  return /^!?;?$/.test(rest) ? made : undefined;
}

/** Calls and members that are followed. */
const mostMade = 12;

/** The types that another name stands for: "type A = B | C". Undefined where it is no list of names. */
export function namesInAlias({ signature }: SymbolRow): string[] | undefined {
  const [, said] = /^[^=]*=\s*(?!>)(.+?);?$/s.exec(signature) ?? [];
  if (said === undefined || /[{(]|=>/.test(said)) return undefined;
  return said
    .split(/[|&]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** Type of the parameter of a function that a function takes: "f(run: (job: Job) => void)" gives a Job. */
export function typeOfGiven(
  { signature, name }: SymbolRow,
  argument: number,
  parameter: number,
): string | undefined {
  const at = signature.search(new RegExp(`(?<![\\w$])${escaped(name)}(?![\\w$])`));
  if (at < 0) return undefined;
  const taken = partsIn(signature.slice(at + name.length))[argument];
  const type = taken === undefined ? undefined : /^[^:=(]*\??:\s*(.+)$/s.exec(taken)?.[1];
  if (type === undefined) return undefined;
  const inner = type.replace(/^\((?=\s*\()/, "").trim();
  if (!inner.startsWith("(")) return undefined;
  const parts = partsIn(inner).filter((part) => !/^this\s*:/.test(part));
  return /^[^:]*:\s*(.+)$/s.exec(parts[parameter] ?? "")?.[1];
}

/** What stands between the commas of the first round brackets; type parameters before them are passed over. */
function partsIn(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = -1;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] as string;
    const isOpen = "([{<".includes(sign);
    const isClose = ")]}>".includes(sign) && !"=-".includes(text[at - 1] ?? "");
    if (isOpen) {
      depth += 1;
      if (start < 0 && sign === "(" && depth === 1) start = at + 1;
    } else if (isClose) depth -= 1;
    if (start >= 0 && ((sign === "," && depth === 1) || (isClose && depth === 0))) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
      if (isClose) return parts;
    }
  }
  if (start >= 0) parts.push(text.slice(start).trim());
  return parts;
}

function goResult(rest: string): string | undefined {
  const text = rest.replace(/\{$/, "").trim();
  const [, first] = /^\(\s*(?:\w+\s+)?([^,)]+)/.exec(text) ?? [];
  return first ?? (text === "" ? undefined : text);
}

/** "public static List<Foo> " before a name. */
function lastType(before: string): string | undefined {
  const text = before.replace(/^(.*[;{}(])/s, "").trim();
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const sign = text[at] as string;
    if (sign === ">") depth += 1;
    else if (sign === "<") depth -= 1;
    else if (sign === " " && depth === 0) {
      if (/^[&*\s]*$/.test(text.slice(at))) continue;
      return text.slice(at + 1);
    }
  }
  return text === "" ? undefined : text;
}

/** Behind the brackets of the parameters. */
function closing(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] as string;
    if ("([{<".includes(sign)) depth += 1;
    else if (")]}>".includes(sign) && !"=-".includes(text[at - 1] ?? "")) {
      depth -= 1;
      if (depth === 0 && sign === ")") return at + 1;
    }
  }
  return text.length;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
