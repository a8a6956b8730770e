/*
 * Words of C and C++ that only the preprocessor knows. The grammars take them for types and lose what follows, so that
 * they are blanked before parsing: places stay as they are.
 */

const record =
  /\b(class|struct|union|enum)([ \t]+(?:class[ \t]+|struct[ \t]+)?)([A-Z][A-Z0-9_]{2,80}(?:\([^()\n]{0,200}\))?)(?=\s+[A-Za-z_][\w:<>, ]{0,200}\s*(?:final\s*)?(?:\{|:[^:]))/g;
const head =
  /^[ \t]*((?:[A-Za-z_]\w{0,80}(?:\([^()\n]{0,200}\))?[ \t*&]+){2,8})[~A-Za-z_][\w:~]*[ \t]*(?=[(;=[])/gm;
const behindName =
  /\b((?:class|struct)[ \t]+[A-Za-z_]*[a-z]\w*[ \t]+)([A-Z][A-Z0-9_]{3,80})(?=[ \t]*(?:\{|:[^:]))/g;
/** Alone on its line, before a declaration. */
const alone =
  /^[ \t]*[A-Z][A-Z0-9]*_[A-Z0-9_]{1,80}(?:\([^()\n]{0,200}\))?[ \t]*\n(?=(?:[ \t]*\n)*[ \t]*(?:template|class|struct|enum|typedef|static|const|virtual|inline|explicit|friend|using|public|private|protected)\b|(?:[ \t]*\n)*[ \t]*[\w:<>,*& ]{1,200}[ \t*&][\w~:]{1,200}[ \t]*[(;=])/gm;
const word = /([A-Za-z_]\w*)(?:\([^()\n]*\))?/g;
const qt =
  /^([ \t]*)(?:(?:Q_)?signals[ \t]*:(?!:)|(?:public|protected|private)[ \t]+(?:slots|Q_SLOTS)[ \t]*:)|\bQ_(?:OBJECT\b|GADGET\b|NAMESPACE\b|INVOKABLE\b|DISABLE_COPY\(\w+\)|PROPERTY\([^\n]*\)|ENUMS?\([^()\n]*\))/gm;
const notTypes: ReadonlySet<string> = new Set(
  "static const extern inline struct enum union class register volatile virtual explicit friend constexpr consteval constinit mutable typename thread_local auto_ptr _Noreturn _Thread_local noexcept restrict".split(
    " ",
  ),
);
const statements: ReadonlySet<string> = new Set(
  "return else if while for switch case goto typedef using new delete throw do default namespace template operator co_return co_await co_yield public private protected define".split(
    " ",
  ),
);
const tags: ReadonlySet<string> = new Set(["struct", "enum", "union", "class"]);

/** The same text, blanks in place of such macros. */
export function withoutMacros(text: string): string {
  const plain = text.replace(record, (_all, kind: string, space: string, macro: string) => {
    return kind + space + blank(macro);
  });
  return plain
    .replace(behindName, (_all, start: string, macro: string) => start + blank(macro))
    .replace(alone, blank)
    .replace(head, withoutMacrosInHead);
}

/** Also the words that Qt adds to classes. */
export function withoutCppMacros(text: string): string {
  const plain = withoutMacros(text);
  if (!/\b(?:Q_[A-Z]|slots|signals)/.test(plain)) return plain;
  return plain.replace(qt, (all, space: string | undefined) =>
    space === undefined ? blank(all) : `${space}public:`.padEnd(all.length),
  );
}

function withoutMacrosInHead(all: string, words: string): string {
  const tokens = [...words.matchAll(word)].map((match) => ({
    at: match.index,
    text: match[0],
    word: match[1] as string,
  }));
  if (tokens.some((token) => statements.has(token.word))) return all;
  const isMacro = tokens.map(
    ({ word: one }, index) =>
      (/^[A-Z][A-Z0-9_]{2,}$/.test(one) || /^__[a-z]/.test(one)) &&
      !tags.has(tokens[index - 1]?.word ?? ""),
  );
  const hasType = tokens.some(
    ({ word: one }, index) => isMacro[index] === false && !notTypes.has(one),
  );
  // Without another word for it, the first of them is the type.
  if (!hasType) isMacro[isMacro.indexOf(true)] = false;
  let plain = words;
  tokens.forEach(({ at, text: token }, index) => {
    if (isMacro[index] !== true) return;
    plain = plain.slice(0, at) + blank(token) + plain.slice(at + token.length);
  });
  return all.replace(words, () => plain);
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}
