/**
 * Tells from one line whether a definition begins there, in whatever language: by a keyword, by a
 * function bound to a name, or by a signature with an open body. Wrong guesses cost little: they
 * only decide where chunks are cut.
 */

const definition =
  /^(?:(?:export|default|async|pub(?:\([^)]*\))?|public|private|protected|internal|static|abstract|final|override|inline|virtual|unsafe|extern|declare|sealed|partial|open|data|local)\s+)*(?:def|class|function\b\*?|func|fn|fun|interface|struct|enum|union|impl|trait|module|namespace|object|type|sub|proc|procedure|macro|record|mixin|protocol|extension|defmodule|defp?|defmacro|defn|create\s+(?:or\s+replace\s+)?\w+)\b/iu;
/** A signature with its body on the same line, or two words and arguments with it on the next. */
const bodyHeader =
  /^[\w$#~<>:*&,\s[\]?.@]+\([^;]*(?:\{|=>|\)\s*:)\s*$|^[\w:*&<>,\s~]+[\s*&][\w:~]+\([^;{}=]*\)\s*(?:const|noexcept|override)?$/u;
const arrowFunction =
  /^(?:export\s+)?(?:const|let|var)\s+[\w$]+[^=]*=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*(?::[^=]+)?=>|\w+\s*=>|\($)/u;
const control =
  /^(?:if|for|foreach|while|switch|catch|else|return|do|try|with|match|await|throw|raise|assert|yield|new|delete|not|print|echo|case|when|elif|in|and|or|go|defer)\b/u;

/** Lines beyond this are no signatures; it also bounds the time of the patterns. */
const maxSignatureChars = 300;

/** @param line trimmed */
export function beginsDefinition(line: string): boolean {
  const text = line.slice(0, maxSignatureChars);
  if (definition.test(text) || arrowFunction.test(text)) return true;
  return bodyHeader.test(text) && !control.test(text);
}
