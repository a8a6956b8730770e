/* Which of its three languages a header named .h is written in. */

/** Longer headers are judged by their beginning, characters. */
const mostChars = 200_000;

/** Comments, and what a C header shows to C++ alone: it is no C++ for that. */
const aside =
  /\/\*[\s\S]{0,4000}?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|^[ \t]*#[ \t]*(?:ifdef[ \t]+__cplusplus|if[ \t]+defined[ \t(]*__cplusplus)[\s\S]{0,4000}?^[ \t]*#[ \t]*(?:endif|else|elif)\b/gm;

const objectiveC =
  /^\s*(?:@(?:interface|protocol|class|end|property|import)\b|#\s*import\b|NS_ASSUME_NONNULL_BEGIN\b)/m;

/** Each is no C. */
const cpp: readonly RegExp[] = [
  /^\s*(?:inline\s+)?namespace\b/m,
  /^\s*(?:export\s+)?template\s*</m,
  /^\s*using\s+(?:namespace\s+)?[\w:]+/m,
  /^\s*(?:class|struct)\s+(?:\w+\s+)*?\w+\s*(?:final\s*)?:\s*(?:public|private|protected|virtual|[A-Za-z_])/m,
  /^\s*(?:friend\s+)?class\s+\w+(?:\s+\w+|\s*\([^()\n]*\)|::\w+)*\s*[{;:]/m,
  /^\s*class\s+\w+\s*$/m,
  /\benum\s+(?:class|struct)\b/,
  /^\s*(?:public|private|protected|signals|Q_SIGNALS)\s*(?:slots\s*|Q_SLOTS\s*)?:/m,
  /^\s*(?:virtual|explicit|friend|mutable|concept)\b/m,
  /\boperator\s*(?:[^\w\s;]|new\b|delete\b|bool\b)/,
  /[\s;{}]~\w+\s*\(/,
  /\b[A-Za-z_]\w*::~?[A-Za-z_]/,
  /\)\s*(?:const\s*)?(?:noexcept\b|override\b|=\s*(?:default|delete)\s*;)/,
  /\)\s*const\s*[;{]/,
  /\b(?:constexpr|consteval|constinit|decltype|nullptr|static_cast|dynamic_cast|reinterpret_cast)\b/,
  /#\s*include\s*<(?:algorithm|array|atomic|chrono|cmath|cstd\w+|cstring|functional|initializer_list|iosfwd|iostream|limits|list|map|memory|mutex|optional|ostream|set|sstream|string|string_view|thread|tuple|type_traits|unordered_map|unordered_set|utility|variant|vector)>/,
  /[(,]\s*const\s+[\w<>]+\s*&&?\s*\w*\s*[,)=]/,
  /\bstruct\s+\w+\s*\{[^{}()]*\n[ \t]*(?!return\b)[A-Za-z][\w \t*&<>]*[ \t*&][a-z]\w*\([^()*]*\)\s*[;{]/,
];

/** The language of a header by its text: "c", "cpp" or "objective-c". */
export function headerLanguage(text: string): "c" | "cpp" | "objective-c" {
  const beginning = text.slice(0, mostChars);
  if (/^.*-\*-.*\bc\+\+.*-\*-/i.test(beginning.slice(0, 400))) return "cpp";
  const code = beginning.replace(aside, (all) => (all.startsWith('"') ? '""' : " "));
  if (objectiveC.test(code)) return "objective-c";
  return cpp.some((pattern) => pattern.test(code)) ? "cpp" : "c";
}
