/*
 * What the search panel is made of, without a browser: filters as they are typed, marks, colours, bars. Wishes: no text is lost or
 * becomes markup, no text of others holds the page up, and bars add up to what they say.
 */
import { describe, expect, it } from "vitest";
import { editorLink, placeText } from "../../page/src/panels/search/editor.tsx";
import { chosenFolders, shortNames } from "../../page/src/panels/search/folders.ts";
import { highlight, marked } from "../../page/src/panels/search/highlight.ts";
import { grammarOf } from "../../page/src/panels/search/languages.ts";
import { marksIn, wordsOf } from "../../page/src/panels/search/marks.ts";
import { readState, writeState } from "../../page/src/panels/search/state.ts";
import {
  askedText,
  filtersOf,
  formOf,
  takeFilters,
} from "../../page/src/panels/search/typed-filters.ts";
import { codeRows, memoryRows, scoreOf } from "../../page/src/panels/search/why-rows.ts";
import { formatAgo, formatBytes, formatCount, formatMs } from "../../page/src/parts/format.ts";
import { visible } from "../../page/src/parts/visible.ts";
import { parseFilters } from "../../src/search/question/filter.ts";

describe("filters that are typed", () => {
  it("become chips when something follows them", () => {
    expect(takeFilters("retry lang:go")).toEqual({ text: "retry lang:go", filters: [] });
    expect(takeFilters("retry lang:go ")).toEqual({ text: "retry ", filters: ["lang:go"] });
    expect(takeFilters("lang:go,rust -test path:src retry", true)).toEqual({
      text: "   retry",
      filters: ["lang:go,rust", "-test", "path:src"],
    });
    expect(takeFilters('path:"my app",docs x')).toEqual({
      text: "x",
      filters: ['path:"my app",docs'],
    });
    // What only looks like one stays a word.
    for (const text of [
      "http://a.b/c d",
      "size:large x",
      "-testing x",
      "blang:go x",
      "lang: go x",
    ]) {
      expect(takeFilters(text, true)).toEqual({ text, filters: [] });
    }
  });

  it("are not asked for while they are written", () => {
    expect(askedText("retry lang:ty")).toBe("retry");
    expect(askedText("lang:")).toBe("");
    expect(askedText("std::move ")).toBe("std::move");
  });

  it("mean what the daemon takes the same words for", () => {
    const forms = [
      "lang:go,rust",
      "-lang:json",
      'path:"my app",docs',
      "-path:old/**",
      "kind:class",
      "-test",
    ];
    expect(filtersOf(forms).code).toEqual(parseFilters(`x ${forms.join(" ")}`).filter);
    expect(filtersOf(["tag:db,cache", "ns:work"]).memories).toEqual({
      namespace: ["work"],
      tags: { all: ["db", "cache"] },
    });
    for (const value of ["my app", "a,b", "src/**"]) {
      expect(filtersOf([formOf("path", value)]).code.paths).toEqual([value]);
    }
  });

  it("stand in the address with everything else, and come back", () => {
    const state = {
      text: "a & b #c\u202e<b>",
      filters: ['path:"x y"', "-test"],
      folders: ["/home/a b", "C:\\x"],
      shows: "code" as const,
      asOf: "2026-01-02",
      at: "v1.2",
      k: 40,
      isWeak: true,
    };
    expect(readState(new URLSearchParams(writeState(state).toString()))).toEqual(state);
    const odd = readState(new URLSearchParams("k=1e9&asof=<script>&of=x&q="));
    expect(odd).toMatchObject({ k: 100, asOf: "", shows: "both", text: "" });
  });
});

describe("marks", () => {
  it("stand at the words of the question, none inside another", () => {
    const words = wordsOf("Retry the requests, isa retry");
    const line = "const retryRequest = request(); // thisisa isa retry";
    const marks = marksIn(line, words).map(([from, to]) => line.slice(from, to));
    expect(marks).toEqual(["retry", "Request", "request", "isa", "retry"]);
    expect(wordsOf("what is this")).toEqual(["what", "is", "this"]);
  });

  it("cut pieces without losing a letter", () => {
    const lines = ["const retry = 'retry';"];
    const [pieces = []] = highlight(lines, "javascript");
    const cut = marked(pieces, marksIn(lines[0] ?? "", ["retry", "const r"]));
    expect(cut.map(({ text }) => text).join("")).toBe(lines[0]);
    expect(cut.filter(({ isMarked }) => isMarked).map(({ text }) => text)).toEqual([
      "const",
      " retry",
      "retry",
    ]);
  });
});

const languages = [
  "typescript",
  "tsx",
  "javascript",
  "python",
  "java",
  "c",
  "cpp",
  "csharp",
  "go",
  "rust",
  "ruby",
  "kotlin",
  "swift",
  "scala",
  "lua",
  "json",
  "yaml",
  "toml",
  "bash",
  "sql",
  "dockerfile",
  "dart",
  "makefile",
  "html",
  "css",
  "php",
];

describe("colours", () => {
  it("tell comments, strings and words of a language apart", () => {
    const [first, second] = highlight(["// why", 'return "text" + 12;'], "typescript");
    expect(first).toEqual([{ text: "// why", kind: "comment" }]);
    expect(second).toEqual([
      { text: "return", kind: "keyword" },
      { text: " ", kind: undefined },
      { text: '"text"', kind: "string" },
      { text: " ", kind: undefined },
      { text: "+", kind: undefined },
      { text: " ", kind: undefined },
      { text: "12", kind: "number" },
      { text: ";", kind: undefined },
    ]);
    for (const language of languages) expect(grammarOf(language), language).toBeDefined();
    const kindsOf = (line: string, language: string) =>
      highlight([line], language)[0]?.flatMap(({ text, kind }) =>
        kind === undefined ? [] : `${kind} ${text}`,
      );
    expect(kindsOf('if [ -n "$x" ]; then # why', "bash")).toEqual([
      "keyword if",
      'string "$x"',
      "keyword then",
      "comment # why",
    ]);
    expect(kindsOf("SELECT id FROM t -- why", "sql")).toEqual([
      "keyword SELECT",
      "keyword FROM",
      "comment -- why",
    ]);
    expect(kindsOf("fun f() = null // why", "kotlin")).toEqual([
      "keyword fun",
      "name f",
      "keyword null",
      "comment // why",
    ]);
    // What begins above is known: this is inside a comment, and this is not.
    const inside = highlight([" * return one */", "return 1;"], "typescript", [
      "/** Text",
      " * more",
    ]);
    expect(inside[0]).toEqual([{ text: " * return one */", kind: "comment" }]);
    expect(inside[1]?.[0]).toEqual({ text: "return", kind: "keyword" });
    expect(highlight(["return 1;"], "typescript", ["/*".repeat(2000)])[0]?.[0]?.kind).toBe(
      "keyword",
    );
    for (const odd of ["constructor", "__proto__", "extend", "no such"]) {
      expect(highlight(["a"], odd)).toEqual([[{ text: "a", kind: undefined }]]);
    }
  });

  it("lose nothing, and end, whatever the text is", () => {
    const hostile = [
      ...[
        "<",
        "(",
        "((",
        "{",
        "[",
        '"',
        "'",
        "`",
        "/*",
        "\\",
        "$",
        "${",
        "a",
        " ",
        "\t",
        "-",
        "=",
        "<a ",
        "a=",
        "=>",
        "<!--",
        "*/",
        "#",
        "@",
        ":",
        "r#",
        "'''",
        '"""',
        "a.",
        "a::",
        "/",
        "$(",
        "a<",
        "async ",
        '="',
        "&",
        "!",
        "a\n",
        "x ",
        "where ",
        "(a,",
        "[[",
        "0x",
        "1_",
        "e+",
        "fn ",
        "\\\n",
        "%{",
        "<<",
        "<<-A\n",
        "<?",
        "--",
        "{-",
        "\u0000",
        "😀",
      ].map((piece) => piece.repeat(2000)),
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".repeat(100),
      `${"a ".repeat(1900)}(`,
      `${"(".repeat(900)}${")".repeat(900)}`,
      `<img src=x onerror=alert(1)>${"<svg/onload=alert(1)>".repeat(150)}`,
    ];
    for (const language of languages) {
      for (const text of hostile) {
        // As one line, which is too long to be coloured, and in lines that are not.
        for (const lines of [[text], text.match(/[\s\S]{1,390}/gu) ?? []]) {
          const parts = lines.flatMap((line) => line.split("\n"));
          const back = highlight(parts, language).map((pieces) =>
            pieces.map((one) => one.text).join(""),
          );
          expect(back).toEqual(parts);
        }
      }
    }
  });

  it("show what would hide", () => {
    expect(visible("a\u202eb\u0000c\td\u2066")).toBe("a\\u202eb\\u0000c\td\\u2066");
    expect(visible("a\u{e0041}\u2060\u00ad\u2028b 👩‍💻")).toBe(
      "a\\u{e0041}\\u2060\\u00ad\\u2028b 👩‍💻",
    );
    // Marks that would be drawn over other lines, and a text said in selectors of a variant.
    expect(visible(`z${"\u0301".repeat(8)}`)).toBe(`z${"\u0301".repeat(6)}\\u0301\\u0301`);
    expect(visible(`a${"\u{e0142}".repeat(7)}\u3164`)).toBe(
      `a${"\u{e0142}".repeat(6)}\\u{e0142}\\u3164`,
    );
    expect(visible("กี่ שָׁלוֹם हिन्दी ❤️")).toBe("กี่ שָׁלוֹם हिन्दी ❤️");
  });
});

describe("why", () => {
  it("adds up for code, whatever is known", () => {
    const parts = {
      words: 7.1,
      share: 0.5,
      meaning: 0.41,
      fromMeaning: 0.41,
      fromWords: 0.06,
      fromShare: 0.1,
      fromWhole: 0.001,
      crowding: 0.05,
      neighbours: -0.02,
      order: 0.01,
      name: 0.3,
      path: -0.1,
      file: 0.028,
      chance: -0.15,
      late: 0.04,
      rerank: 2,
    };
    const rows = codeRows(parts);
    const sum = rows.find(({ isSum }) => isSum);
    expect(sum?.given).toBe(
      (0.41 + 0.06 + 0.1 + 0.001 - 0.05 - 0.02 + 0.01 + 0.3 - 0.1 + 0.028 - 0.15 + 0.04).toFixed(2),
    );
    const shown = rows.filter(({ isSum }) => !isSum);
    expect(shown.map(({ name }) => name)).toEqual([
      "meaning",
      "words",
      "share of words",
      "names",
      "crowding",
      "neighbours",
      "order",
      "path (priors)",
      "file",
      "chance",
      "late",
    ]);
    for (const { given, bar } of shown) expect(Math.sign(bar)).toBe(given.startsWith("−") ? -1 : 1);
  });

  it("multiplies odds for a memory", () => {
    const why = {
      relevance: 0.6,
      meaning: 0.5,
      share: 0.4,
      words: 3,
      phrase: 0.02,
      length: 0.01,
      context: 0,
      decay: 0.8,
      importance: 1.2,
      time: 1,
      outdated: 0.5,
    };
    const score = scoreOf(why);
    expect(score).toBeCloseTo(0.72 / 1.72, 10);
    const rows = memoryRows(why, score);
    expect(rows.map(({ name, given }) => `${name} ${given}`.trim())).toEqual([
      "meaning",
      "share of words",
      "words",
      "phrase",
      "length",
      "relevance 0.60",
      "decay × 0.80",
      "importance × 1.20",
      "outdated × 0.50",
      `score ${score.toFixed(2)}`,
    ]);
  });
});

describe("places", () => {
  it("are links of the chosen editor, with every part encoded", () => {
    const target = { folder: "/home/a b", path: 'x/"><script>#?.ts', line: 12 };
    expect(editorLink("vscode", target)).toBe(
      "vscode://file/home/a%20b/x/%22%3E%3Cscript%3E%23%3F.ts:12",
    );
    expect(editorLink("idea", { ...target, path: "a&line=1.ts" })).toBe(
      "idea://open?file=/home/a%20b/a%26line%3D1.ts&line=12",
    );
    expect(editorLink("zed", { folder: "C:\\code", path: "a.ts", line: 3 })).toBe(
      "zed://file/C:/code/a.ts:3",
    );
    for (const none of ["", "javascript", "constructor", "__proto__"]) {
      expect(editorLink(none, target)).toBeUndefined();
    }
    expect(placeText({ folder: "C:\\code", path: "x/a.ts", line: 3 })).toBe("C:\\code\\x\\a.ts:3");
    expect(placeText({ folder: "/code", path: "x/a.ts", line: 3 })).toBe("/code/x/a.ts:3");
  });

  it("have short names that tell them apart", () => {
    const folders = ["/a/web", "/b/web", "/c/api", "/web"];
    expect([...shortNames(folders).values()]).toEqual(["a/web", "b/web", "api", "/web"]);
  });

  it("are all of few folders, and what is said where it is known", () => {
    const store = new Map<string, string>();
    Object.assign(globalThis, {
      localStorage: {
        getItem: (name: string) => store.get(name) ?? null,
        setItem: (name: string, value: string) => store.set(name, value),
      },
    });
    const many = Array.from({ length: 9 }, (_, at) => `/f${at}`);
    expect(chosenFolders([], ["/a", "/b"])).toEqual(["/a", "/b"]);
    expect(chosenFolders([], many)).toEqual(["/f0"]);
    expect(chosenFolders(["*"], many)).toEqual(many);
    expect(chosenFolders(["/f3", "/gone"], many)).toEqual(["/f3"]);
    store.set("haypile-search-folders", '["/gone","/f5"]');
    expect(chosenFolders([], many)).toEqual(["/f5"]);
    store.set("haypile-search-folders", "{broken");
    expect(chosenFolders([], many)).toEqual(["/f0"]);
  });
});

describe("numbers", () => {
  it("look as on the command line", () => {
    expect(["999", "1000", "1234567", "123456789"].map((one) => formatBytes(Number(one)))).toEqual([
      "999 B",
      "1.0 kB",
      "1.2 MB",
      "123 MB",
    ]);
    expect([0.44, 9.96, 850, 12_345, 245_000].map(formatMs)).toEqual([
      "0.4 ms",
      "10.0 ms",
      "850 ms",
      "12.3 s",
      "4 min 05 s",
    ]);
    expect(formatCount(1234567)).toBe("1,234,567");
    const now = Date.parse("2026-01-02T12:00:00Z");
    expect(
      [
        "2026-01-02T11:59:50Z",
        "2026-01-02T11:30:00Z",
        "2026-01-01T12:00:00Z",
        "2025-12-01T12:00:00Z",
        "2026-01-02T13:00:00Z",
      ].map((at) => formatAgo(at, now)),
    ).toEqual(["just now", "30 min ago", "24 h ago", "32 days ago", "in 60 min"]);
  });
});
