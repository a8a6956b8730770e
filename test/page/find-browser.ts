/* The browser of the tests of the page: where scripts/lib/browser.sh puts one, or looks for it. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const repository = join(import.meta.dirname, "..", "..");

/** Said by who wants the suite without a browser; then, and only then, the tests of the page are left out. */
export const isWithoutBrowser = process.env.HAYPILE_WITHOUT_BROWSER === "1";

/** @throws where there is none, with what to do */
export function findBrowser(): string {
  const named = process.env.HAYPILE_BROWSER;
  if (named) return named;
  const names = ["chromium", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const places = [
    join(repository, ".tools", "browser", "chromium"),
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
  ];
  const found = places.find(isProgram);
  if (found === undefined) {
    throw new Error(
      "No chromium here. Run scripts/setup (it says what is missing), name one with HAYPILE_BROWSER, or leave the tests of the page out with HAYPILE_WITHOUT_BROWSER=1.",
    );
  }
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
