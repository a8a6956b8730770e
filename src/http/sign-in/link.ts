/*
 * Links that sign a browser in. Command lines are read by every user of a machine, so what a browser is started with is a file
 * that only this user reads, and that leads on to the link. It goes when the code is used or too old.
 */
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { removeFile } from "../../base/files/patient.ts";
import { writePrivate } from "../../base/files/private-files.ts";
import type { SignInLink } from "../../wire/words.ts";
import { type Codes, codeMs } from "./codes.ts";

export interface LinkParts {
  /** Undefined: the listener has no token, and nobody signs in. */
  codes: Codes | undefined;
  /** For the files: entered by this user only. */
  folder: string;
  /** Of the page. */
  address: string;
}

export class LinkMaker {
  readonly #parts: LinkParts;
  readonly #files = new Set<string>();

  constructor(parts: LinkParts) {
    this.#parts = parts;
    // One that was killed left them.
    for (const name of namesIn(parts.folder)) {
      if (/^open-[\w-]{16}\.html$/u.test(name)) removeFile(join(parts.folder, name));
    }
  }

  /** @throws the error of the file system */
  make(hasFile: boolean): SignInLink {
    const { codes, folder, address } = this.#parts;
    const seconds = codeMs / 1000;
    if (codes === undefined) return { url: address, file: undefined, seconds };
    if (!hasFile) return { url: `${address}#code=${codes.make()}`, file: undefined, seconds };
    const file = join(folder, `open-${randomBytes(12).toString("base64url")}.html`);
    const url = `${address}#code=${codes.make(() => this.#remove(file))}`;
    this.#files.add(file);
    writePrivate(file, leadingTo(url), "wx");
    setTimeout(() => this.#remove(file), codeMs).unref();
    return { url, file, seconds };
  }

  /** No link is good any more. */
  close(): void {
    this.#parts.codes?.clear();
    for (const file of [...this.#files]) this.#remove(file);
  }

  #remove(file: string): void {
    if (!this.#files.delete(file)) return;
    removeFile(file);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function leadingTo(url: string): string {
  const said = url.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${said}"><title>Haypile</title></head><body><p><a href="${said}">Open Haypile</a></p></body></html>\n`;
}
