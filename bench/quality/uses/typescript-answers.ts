/* The language service that tsserver answers with. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import type { Answers, Place } from "./answers.ts";

/** What is used of it. */
interface Service {
  prepareCallHierarchy(file: string, position: number): Item | Item[] | undefined;
  provideCallHierarchyIncomingCalls(file: string, position: number): Incoming[];
  provideCallHierarchyOutgoingCalls(file: string, position: number): Outgoing[];
  dispose(): void;
}
interface Item {
  file: string;
  name: string;
  selectionSpan: { start: number };
}
interface Incoming {
  from: Item;
  fromSpans: { start: number }[];
}
interface Outgoing {
  to: Item;
}

export function typescriptAnswers(typescript: string, tree: string, paths: string[]): Answers {
  const ts = createRequire(import.meta.url)(join(typescript, "lib", "typescript.js"));
  const texts = new Map(
    paths.map((path) => [join(tree, path), readFileSync(join(tree, path), "utf8")]),
  );
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowJs: true,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const service: Service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [...texts.keys()],
    getScriptVersion: () => "1",
    getScriptSnapshot: (file: string) => {
      const text = texts.get(file) ?? ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => tree,
    getDefaultLibFileName: (one: object) => ts.getDefaultLibFilePath(one),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });

  const textOf = (file: string): string => texts.get(file) ?? "";
  const placeOf = (file: string, position: number): Place => ({
    path: relative(tree, file),
    line: textOf(file).slice(0, position).split("\n").length,
  });
  const positionOf = ({ path, line, name }: Place & { name: string }): number => {
    const lines = textOf(join(tree, path)).split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const found = new RegExp(`(?<![\\w$])${name.replace(/[$]/g, "\\$&")}(?![\\w$])`).exec(
      textOf(join(tree, path)).slice(start, start + 2000),
    );
    return found === null ? -1 : start + found.index;
  };
  const item = (at: Place & { name: string }): Item | undefined => {
    const position = positionOf(at);
    if (position < 0) return undefined;
    return [service.prepareCallHierarchy(join(tree, at.path), position)].flat()[0];
  };
  return {
    callers: async (at) => {
      const found = item(at);
      if (found === undefined || found.name !== at.name) return undefined;
      const calls = service.provideCallHierarchyIncomingCalls(
        found.file,
        found.selectionSpan.start,
      );
      return calls.flatMap(({ from, fromSpans }) =>
        fromSpans.map(({ start }) => placeOf(from.file, start)),
      );
    },
    callees: async (at) => {
      const found = item(at);
      if (found === undefined || found.name !== at.name) return undefined;
      return service
        .provideCallHierarchyOutgoingCalls(found.file, found.selectionSpan.start)
        .filter(({ to }) => texts.has(to.file))
        .map(({ to }) => ({ ...placeOf(to.file, to.selectionSpan.start), name: to.name }));
    },
    close: async () => service.dispose(),
  };
}
