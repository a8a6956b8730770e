/* The languages that code is coloured in. */
import { Prism } from "./prism.ts";
import "prismjs/components/prism-markup";
import "prismjs/components/prism-css";
import "prismjs/components/prism-clike";
import "prismjs/components/prism-javascript";
import "prismjs/components/prism-jsx";
import "prismjs/components/prism-typescript";
import "prismjs/components/prism-tsx";
import "prismjs/components/prism-python";
import "prismjs/components/prism-java";
import "prismjs/components/prism-c";
import "prismjs/components/prism-cpp";
import "prismjs/components/prism-go";
import "prismjs/components/prism-rust";
import "prismjs/components/prism-ruby";
import "prismjs/components/prism-lua";
import "prismjs/components/prism-json";
import "prismjs/components/prism-yaml";
import "prismjs/components/prism-toml";

/** What a language has beside that of its family: its words, and what its comments and texts look like. */
function small(family: string, words: string, more: Record<string, RegExp> = {}): void {
  const [name = "", ...keywords] = words.split(" ");
  Prism.languages[name] = Prism.languages.extend(family, {
    keyword: new RegExp(`\\b(?:${keywords.join("|")})\\b`, "u"),
    ...more,
  });
}
small(
  "clike",
  "csharp abstract as async await base bool break byte case catch char checked class const continue decimal default delegate do double else enum event explicit extern false finally fixed float for foreach get goto if implicit in init int interface internal is lock long namespace new null object operator out override params private protected public readonly record ref return sbyte sealed set short sizeof stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using var virtual void volatile where while yield",
);
small(
  "clike",
  "kotlin abstract as break by catch class companion const constructor continue crossinline data do else enum external false final finally for fun if import in infix init inline inner interface internal is lateinit noinline null object open operator out override package private protected public reified return sealed super suspend tailrec this throw true try typealias val var vararg when where while",
);
small(
  "clike",
  "scala abstract case catch class def do else enum extends extension false final finally for given if implicit import lazy match new null object override package private protected return sealed super then this throw trait true try type using val var while with yield",
);
small(
  "clike",
  "swift actor any as associatedtype async await break case catch class continue convenience default defer deinit do else enum extension fallthrough false fileprivate final for func guard if import in indirect init inout internal is lazy let mutating nil nonisolated open operator override private protocol public repeat required rethrows return self Self some static struct subscript super switch throw throws true try typealias unowned var weak where while",
);
small(
  "clike",
  "php abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty enum extends false final finally fn for foreach function global goto if implements include instanceof insteadof interface isset list match namespace new null or print private protected public readonly require return self static switch throw trait true try unset use var while xor yield",
  { property: /\$\w+/u },
);
small(
  "clike",
  "dart abstract as assert async await base break case catch class const continue covariant default deferred do dynamic else enum export extends extension external factory false final finally for get hide if implements import in interface is late library mixin new null on operator part required rethrow return sealed set show static super switch sync this throw true try typedef var void when while with yield",
);
const hashComment = { comment: { pattern: /(^|\s)#.*/u, lookbehind: true } } as unknown as Record<
  string,
  RegExp
>;
small(
  "clike",
  "bash case do done elif else esac exit export fi for function if in local readonly return select set shift source then trap unset until while",
  { ...hashComment, property: /\$(?:\w+|\{\w+)/u },
);
small("clike", "makefile define else endef endif export ifdef ifeq ifndef ifneq include override", {
  ...hashComment,
  property: /\$[({]\w+/u,
});
small(
  "clike",
  "docker ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR AS",
  { ...hashComment, property: /\$(?:\w+|\{\w+)/u },
);
const sqlWords =
  "add all alter and as asc begin between by case check column commit constraint create cross default delete desc distinct drop else end exists explain foreign from full group having if in index inner insert into is join key left like limit not null offset on or order outer primary references returning right rollback select set table then trigger union unique update using values view when where with";
small("clike", `sql ${sqlWords} ${sqlWords.toUpperCase()}`, { comment: /--.*/u });

/** By the names that hits have where they are others. */
const others: Readonly<Record<string, string>> = {
  html: "markup",
  xml: "markup",
  svg: "markup",
  vue: "markup",
  svelte: "markup",
  scss: "css",
  less: "css",
  "c++": "cpp",
  "c#": "csharp",
  "c-sharp": "csharp",
  shell: "bash",
  sh: "bash",
  zsh: "bash",
  dockerfile: "docker",
  make: "makefile",
  jsonc: "json",
  groovy: "java",
  zig: "clike",
  "objective-c": "c",
  solidity: "clike",
};

export function grammarOf(language: string): Grammar | undefined {
  const name = others[language] ?? language;
  return Object.hasOwn(Prism.languages, name) ? (Prism.languages[name] as Grammar) : undefined;
}

export type Grammar = (typeof Prism.languages)[string];
