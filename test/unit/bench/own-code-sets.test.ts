/* What code sets are made of: comments that are taken off, patches that say what they are for, names in three forms. */
import { describe, expect, it } from "vitest";
import { nameForms } from "../../../bench/quality/own/code/code-sets.ts";
import { documentedIn, withoutComments } from "../../../bench/quality/own/code/doc-comments.ts";
import { readPatch } from "../../../bench/quality/own/code/patches.ts";
import { type Language, languages, sources } from "../../../bench/quality/own/code/sources.ts";

const texts: Readonly<Record<Language, string>> = {
  Python: `def shorten(path, most):
    """Give the path with its middle left out.

    More about it.
    """
    head = path[:most]
    tail = path[-most:]
    return head + tail
`,
  JavaScript: `/**
 * Gives the path with its middle left out.
 * @param {string} path
 */
export function shorten(path, most) {
  const head = path.slice(0, most);
  return head + path.slice(-most);
}
`,
  TypeScript: `class Paths {
  /** Gives the path with its middle left out. */
  shorten(path: string, most: number): string {
    const head = path.slice(0, most);
    return head + path.slice(-most);
  }
}
`,
  Go: `// Shorten gives the path with its middle left out.
func Shorten(path string, most int) string {
	head := path[:most]
	return head + path[len(path)-most:]
}
`,
  Rust: `    /// Gives the path with its middle left out.
    #[inline]
    pub fn shorten(path: &str, most: usize) -> String {
        let head = &path[..most];
        format!("{head}{}", &path[most..])
    }
`,
  Java: `    /**
     * Gives the path with its middle left out.
     */
    @Override
    public static String shorten(String path, int most) {
        String head = path.substring(0, most);
        return head + path.substring(most);
    }
`,
  C: `/*
 * 'shorten()' - Gives the path with its middle left out.
 */

char *					/* O - path */
shorten(const char *path, int most)
{
  char *made = copy(path);
  return made;
}
`,
  "C++": `// Gives the path with its middle left out.
std::string shorten(const std::string& path, int most) {
  std::string head = path.substr(0, most);
  return head;
}
`,
  "C#": `    /// <summary>
    /// Gives the path with its middle left out.
    /// </summary>
    public static string Shorten(string path, int most)
    {
        return path.Substring(0, most);
    }
`,
  Ruby: `# Gives the path with its middle left out.
def shorten(path, most)
  head = path[0, most]
  head + path[most..]
end
`,
  PHP: `    /**
     * Gives the path with its middle left out.
     */
    public function shorten(string $path, int $most): string
    {
        return substr($path, 0, $most);
    }
`,
};

describe.each(Object.keys(languages) as Language[])("a documented function in %s", (language) => {
  const text = `\n\n${texts[language]}\n`;
  const found = documentedIn(text, language);

  it("is found with the first sentence of its comment, without its name", () => {
    expect(found.map(({ name, sentence }) => [name.toLowerCase(), sentence.toLowerCase()])).toEqual(
      [["shorten", expect.stringMatching(/^gives? the path with its middle left out$/)]],
    );
  });

  it("loses the comment and nothing else, and its place is told", () => {
    const cut = withoutComments(text, found);
    expect(cut.text).not.toContain("middle");
    const lines = cut.text.split("\n");
    const { from, to } = cut.places[0] as { from: number; to: number };
    expect(lines[from]).toMatch(/shorten/i);
    expect(lines.slice(from, to).join("\n")).toMatch(/head|made|most/);
    const left = text.split("\n").filter((line) => lines.includes(line));
    expect(left).toEqual(expect.arrayContaining(lines));
  });
});

describe("comments that ask nothing", () => {
  it.each([
    ["too short", "// Does it.\n"],
    ["a task", "// TODO make this faster for long paths of many parts.\n"],
    ["an address", "// See https://example.org for how it is done there in detail.\n"],
    ["none", "\n"],
  ])("%s", (_, comment) => {
    expect(documentedIn(`${comment}${texts.Go.split("\n").slice(1).join("\n")}`, "Go")).toEqual([]);
  });
});

describe("patches", () => {
  it("say in one line what they are for, and which files they change", () => {
    const text = `From: somebody
Date: Mon, 2 Mar 2026
Subject: [PATCH 2/3] Let go of the lock before the
 callback runs

More about it.
---
 a/lib/lock.c | 2 +-
--- a/lib/lock.c
+++ b/lib/lock.c
@@ -1 +1 @@
-a
+b
--- a/lib/lock.h
+++ b/lib/lock.h
@@ -1 +1 @@
-a
+b
`;
    expect(readPatch(text)).toEqual({
      intent: "Let go of the lock before the callback runs",
      files: ["lib/lock.c", "lib/lock.h"],
    });
  });

  it("are left out when they say nothing or change nothing", () => {
    expect(readPatch("Subject: fix\n--- a/x.c\n+++ b/x.c\n")).toBeUndefined();
    expect(readPatch("Subject: Let go of the lock before the callback\n")).toBeUndefined();
  });
});

describe("names", () => {
  it("are asked in three forms", () => {
    const of = (name: string): string[] => Object.values(nameForms).map((form) => form(name));
    expect(of("parseHTTPHeader")).toEqual([
      "parseHTTPHeader",
      "parse http header",
      "parseHTPHeader",
    ]);
    expect(of("read_all")).toEqual(["read_all", "read all", "readall"]);
  });
});

describe("packages", () => {
  it("are each of one split, with a licence that lets them be used", () => {
    const splitOf = new Map<string, string>();
    for (const { name, split, licence } of sources) {
      expect(splitOf.get(name) ?? split, name).toBe(split);
      splitOf.set(name, split);
      expect(licence, name).toMatch(/MIT|BSD|Apache|curl|libtiff/);
    }
  });

  it("bring ten languages and more to learn on and to report", () => {
    for (const split of ["learn", "report"]) {
      const known = sources.filter((one) => one.split === split).map(({ language }) => language);
      expect(new Set(known.filter(Boolean)).size, split).toBeGreaterThanOrEqual(10);
    }
  });
});
