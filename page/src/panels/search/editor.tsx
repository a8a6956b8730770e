/*
 * Opening a place in the user's editor: by a link of a scheme that is known, which the browser hands to the editor; or, where
 * none is chosen, by copying "path:line". The daemon starts no programs.
 */
import { useState } from "preact/hooks";
import { tell } from "../../parts/toasts.tsx";
import { visible } from "../../parts/visible.ts";

const key = "haypile-editor";

interface Editor {
  name: string;
  /** @param path with "/" at its beginning, each part encoded */
  link: (path: string, line: number) => string;
}

const byFile =
  (scheme: string) =>
  (path: string, line: number): string =>
    `${scheme}://file${path}:${line}`;

const editors: Readonly<Record<string, Editor>> = {
  vscode: { name: "VS Code", link: byFile("vscode") },
  "vscode-insiders": { name: "VS Code Insiders", link: byFile("vscode-insiders") },
  vscodium: { name: "VSCodium", link: byFile("vscodium") },
  cursor: { name: "Cursor", link: byFile("cursor") },
  windsurf: { name: "Windsurf", link: byFile("windsurf") },
  zed: { name: "Zed", link: byFile("zed") },
  idea: {
    name: "IntelliJ IDEA",
    link: (path, line) => `idea://open?file=${path}&line=${line}`,
  },
};

export interface Target {
  /** Absolute, of the indexed folder. */
  folder: string;
  /** Relative to it, with "/". */
  path: string;
  line: number;
}

export function chosenEditor(): string {
  const kept = localStorage.getItem(key) ?? "";
  return Object.hasOwn(editors, kept) ? kept : "";
}

export function useEditor(): [string, (id: string) => void] {
  const [editor, setEditor] = useState(chosenEditor);
  return [
    editor,
    (id) => {
      localStorage.setItem(key, id);
      setEditor(chosenEditor());
    },
  ];
}

/** A link for the editor; undefined: none is chosen. */
export function editorLink(editor: string, target: Target): string | undefined {
  if (!Object.hasOwn(editors, editor)) return undefined;
  const full = `${target.folder}/${target.path}`.replaceAll("\\", "/");
  const encoded = full
    .split("/")
    .map((part, at) => (at === 0 && /^[A-Za-z]:$/u.test(part) ? part : encodeURIComponent(part)))
    .join("/");
  const path = encoded.startsWith("/") ? encoded : `/${encoded}`;
  return editors[editor]?.link(path, Math.max(1, Math.trunc(target.line)));
}

/** As a shell and most editors take it. */
export function placeText({ folder, path, line }: Target): string {
  const isWindows = /^[A-Za-z]:\\|^\\\\/u.test(folder);
  return `${folder}${isWindows ? "\\" : "/"}${isWindows ? path.replaceAll("/", "\\") : path}:${line}`;
}

export async function copyPlace(target: Target): Promise<void> {
  try {
    await navigator.clipboard.writeText(placeText(target));
    tell(`Copied ${visible(target.path)}:${target.line}`);
  } catch {
    tell(`Not copied: the browser does not let this page write to the clipboard.`);
  }
}

/** The way a hit is opened; `data-open` is what Enter presses. */
export function OpenPlace({ editor, target }: { editor: string; target: Target }) {
  const link = editorLink(editor, target);
  if (link === undefined) {
    return (
      <button type="button" class="button plain" data-open onClick={() => void copyPlace(target)}>
        Copy path<span class="hidden"> of {visible(target.path)}</span>
      </button>
    );
  }
  return (
    <a class="button plain" data-open href={link}>
      Open<span class="hidden"> {visible(target.path)}</span>
    </a>
  );
}

export function EditorChoice(props: { editor: string; onChoose: (id: string) => void }) {
  return (
    <label class="tick small quiet">
      Open in
      <select value={props.editor} onChange={(event) => props.onChoose(event.currentTarget.value)}>
        <option value="">no editor: copy the path</option>
        {Object.entries(editors).map(([id, { name }]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
