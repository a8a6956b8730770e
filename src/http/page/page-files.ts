/*
 * The page as it was built: a script, a style, the document and its icon, each as its gzip alone. Read when first
 * asked for and let go when nobody asks any more: a page that is closed costs nothing.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { HaypileError } from "../../base/errors.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { packageFolder } from "../../base/package/own-package.ts";

export interface PageFile {
  type: string;
  /** Without quotes. */
  tag: string;
  packed: Buffer<ArrayBuffer>;
}

const mostFileBytes = 2_000_000;
/** How long the files stay in memory after somebody asked, milliseconds. */
const keptMs = 30_000;

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** By its path: "/" is the document. Nothing else is ever read. */
const names: Readonly<Record<string, string>> = {
  "/": "index.html",
  "/page.js": "page.js",
  "/page.css": "page.css",
  "/icon.svg": "icon.svg",
};

export const pagePaths: readonly string[] = Object.keys(names);

/** For the few who do not read gzip. */
export function unpacked({ packed }: PageFile): Buffer<ArrayBuffer> {
  return Buffer.from(gunzipSync(packed, { maxOutputLength: mostFileBytes }));
}

export class PageFiles {
  readonly #folder: string;
  readonly #held = new Map<string, PageFile>();
  #release: NodeJS.Timeout | undefined;

  constructor(folder: string = join(packageFolder, "dist", "page")) {
    this.#folder = folder;
  }

  /**
   * @param path one of the page's
   * @throws HaypileError HAYPILE_NATIVE_MISSING when the package has no page
   */
  read(path: string): PageFile {
    clearTimeout(this.#release);
    this.#release = setTimeout(() => this.#held.clear(), keptMs);
    this.#release.unref();
    let file = this.#held.get(path);
    if (file === undefined) {
      file = this.#load(names[path] ?? "");
      this.#held.set(path, file);
    }
    return file;
  }

  /** Files in memory. */
  get heldCount(): number {
    return this.#held.size;
  }

  close(): void {
    clearTimeout(this.#release);
    this.#held.clear();
  }

  #bytesOf(name: string): Buffer<ArrayBuffer> {
    const path = join(this.#folder, name);
    return Buffer.from(readBoundedSync(path, { mostBytes: mostFileBytes, links: "follow" }));
  }

  #load(name: string): PageFile {
    try {
      const packed = this.#bytesOf(`${name}.gz`);
      const tag = createHash("sha256").update(packed).digest("base64url").slice(0, 22);
      const ending = name.slice(name.lastIndexOf(".") + 1);
      return { type: types[ending] ?? "application/octet-stream", tag, packed };
    } catch (error) {
      throw new HaypileError(
        "HAYPILE_NATIVE_MISSING",
        `Expected the page's file ${join(this.#folder, `${name}.gz`)}, but it cannot be read (${String((error as NodeJS.ErrnoException).code)}). In a clone run "npm run build"; an installed package is incomplete: install it again.`,
        { data: { file: name }, cause: error },
      );
    }
  }
}
