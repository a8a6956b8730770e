import { describe, expect, it } from "vitest";
import { notebookText } from "../../../../src/base/files/notebook.ts";
import { mostBytesOf, textOfFile } from "../../../../src/base/files/text-of-file.ts";

const picture = "iVBORw0KGgo".repeat(300);

function notebook(cells: object[], metadata: object = {}): object {
  return { cells, metadata, nbformat: 4, nbformat_minor: 5 };
}

const code = {
  cell_type: "code",
  execution_count: 1,
  metadata: {},
  outputs: [{ output_type: "display_data", data: { "image/png": picture } }],
  source: ["def area(r):\n", '    return "π" * r\n'],
};
const prose = { cell_type: "markdown", metadata: {}, source: ["# Circles\n", "And their areas."] };

describe("the text of a notebook", () => {
  const written = JSON.stringify(notebook([prose, code]), null, 1);
  const text = notebookText(written) ?? "";

  it("keeps each line of source on its line of the file", () => {
    const file = written.split("\n");
    const lines = text.split("\n");
    for (const part of ["# Circles", "And their areas.", "def area(r):"]) {
      const row = lines.indexOf(part);
      expect(row).toBeGreaterThan(0);
      expect(file[row]).toContain(part);
    }
    expect(lines[lines.indexOf("# Circles") - 1]).toBe("# %% [markdown]");
    expect(lines[lines.indexOf("def area(r):") - 1]).toBe("# %%");
    expect(text).toContain('    return "π" * r');
  });

  it("leaves out outputs, pictures and metadata", () => {
    expect(text).not.toContain("iVBOR");
    expect(text).not.toContain("nbformat");
    expect(text).not.toContain("display_data");
    expect(text.split("\n").filter((line) => line !== "")).toHaveLength(6);
  });

  it("sets the cells one after the other where the file is not written line by line", () => {
    expect(notebookText(JSON.stringify(notebook([prose, code])))).toBe(
      '# %% [markdown]\n# Circles\nAnd their areas.\n\n# %%\ndef area(r):\n    return "π" * r\n',
    );
    const whole = notebook([{ cell_type: "code", source: "a = 1\r\nb = 2" }]);
    expect(notebookText(JSON.stringify(whole, null, 2))).toBe("# %%\na = 1\nb = 2\n");
  });

  it("names the language of a kernel that is not Python", () => {
    const cells = [{ cell_type: "code", source: ["f(x) = 2x\n"] }];
    const julia = notebook(cells, { kernelspec: { name: "julia-1.9", language: "julia" } });
    expect(notebookText(JSON.stringify(julia, null, 1))).toContain("# %% [julia]\nf(x) = 2x");
    const told = notebook(cells, { language_info: { name: "R" } });
    expect(notebookText(JSON.stringify(told))).toBe("# %% [r]\nf(x) = 2x\n");
  });

  it("reads the oldest form", () => {
    const old = { nbformat: 3, worksheets: [{ cells: [{ cell_type: "code", input: ["a = 1"] }] }] };
    expect(notebookText(JSON.stringify(old))).toBe("# %%\na = 1\n");
  });

  it.each([
    ["no JSON", "{"],
    ["JSON of something else", '{"a": [1, 2]}'],
    ["a list", "[]"],
    ["text after it", '{"cells": []} x'],
    ["an open string", '{"cells": [{"source": ["a'],
    ["a comma too few", '{"cells": [] "a": 1}'],
    ["brackets without end", '{"cells":'.repeat(5_000)],
    ["nothing", ""],
  ])("is none of %s", (_, other) => {
    expect(notebookText(other)).toBeUndefined();
  });

  it("is empty where it has no cells", () => {
    expect(notebookText('{"cells": []}')?.trim()).toBe("");
  });

  it("is read by its name alone, and may be larger than other files", () => {
    const bytes = Buffer.from(written);
    expect(textOfFile("a/B.IPYNB", bytes)?.text).toBe(text);
    expect(textOfFile("a/b.json", bytes)?.text).toBe(written);
    expect(textOfFile("broken.ipynb", Buffer.from("{"))?.text).toBe("{");
    expect(mostBytesOf("b.ipynb", 1_000)).toBeGreaterThan(mostBytesOf("b.json", 1_000));
    expect(mostBytesOf("b.json", 1_000)).toBe(1_000);
  });
});
