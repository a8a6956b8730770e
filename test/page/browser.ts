/*
 * A browser on a real daemon. useWorld() gives a file of tests one daemon, from dist, with a data folder of its own, and one
 * chromium; each page that is opened there is watched until its test ends: an error in its console, a break of its policy
 * (CSP) and a request to any other host fail the test. Everything is waited for by what is seen, within a limit.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
  type Request,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { repository } from "../helpers/model.ts";
import { findBrowser } from "./find-browser.ts";
import { World } from "./world.ts";

export { isWithoutBrowser } from "./find-browser.ts";
export { World } from "./world.ts";

/** A busy machine may be ten times slower: what is waited for comes within this, or the test fails. */
export const limitMs = 60_000;

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** As a phone holds it. */
export const narrow = { width: 390, height: 844 };
export const wide = { width: 1280, height: 800 };

let browser: Promise<Browser> | undefined;

/** The one of this file of tests. */
function theBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: findBrowser(),
    // It shows pages of a daemon on this machine and nothing else, in a profile that is thrown away; as root, and where a
    // container has no namespaces for it, chromium's sandbox cannot start.
    chromiumSandbox: false,
    timeout: limitMs,
    args: [
      // A container may have 64 MB there.
      "--disable-dev-shm-usage",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  return browser;
}

export interface OpenOptions {
  /** Sign in by a one-time link. Default true. */
  signIn?: boolean;
  /** Errors in its console that the test brings about by itself, as a lost connection does. */
  expects?: readonly RegExp[];
  scheme?: "dark" | "light";
  size?: { width: number; height: number };
  reducedMotion?: boolean;
}

interface Watched {
  context: BrowserContext;
  /** What must not be. */
  problems: string[];
  expects: RegExp[];
  /** Requests without an answer so far. */
  open: Set<Request>;
}

const watched = new Map<Page, Watched>();

export interface Site {
  readonly world: World;
  /** Opens the page at a place in it: "#/search?q=retry". */
  open(hash?: string, options?: OpenOptions): Promise<Page>;
}

/**
 * @param fill puts data in before the tests; the daemon runs by then
 * @param env of the daemon and of commands
 */
export function useWorld(
  fill: (world: World) => Promise<void> = async () => undefined,
  env: NodeJS.ProcessEnv = {},
): Site {
  const world = new World(env);
  beforeAll(async () => {
    await world.start();
    await fill(world);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await sayWhatIsShown(task.name);
    await closePages();
  });
  afterAll(async () => {
    try {
      await (await browser?.catch(() => undefined))?.close();
    } finally {
      browser = undefined;
      await world.end();
    }
  });
  return { world, open: (hash = "#/", options = {}) => openPage(world, hash, options) };
}

async function openPage(world: World, hash: string, options: OpenOptions): Promise<Page> {
  const context = await (await theBrowser()).newContext({
    colorScheme: options.scheme ?? "light",
    viewport: options.size ?? wide,
    reducedMotion: options.reducedMotion === true ? "reduce" : "no-preference",
    // Where copying is asked for it is allowed, and can be read.
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(limitMs);
  const problems: string[] = [];
  watched.set(page, { context, problems, expects: [...(options.expects ?? [])], open: new Set() });
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.stack ?? error.message}`));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const noteRequest = (url: string): void => {
    if (!url.startsWith(world.origin)) problems.push(`request to elsewhere: ${url}`);
  };
  const { open } = watched.get(page) as Watched;
  context.on("request", (request) => {
    noteRequest(request.url());
    open.add(request);
  });
  context.on("requestfinished", (request) => void open.delete(request));
  context.on("requestfailed", (request) => void open.delete(request));
  page.on("websocket", (socket) => noteRequest(socket.url()));
  await page.exposeFunction("haypileTestTell", (said: string) => problems.push(said));
  await page.addInitScript(() => {
    const { haypileTestTell: tell } = window as unknown as { haypileTestTell(said: string): void };
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      tell(`policy: ${violatedDirective} ${blockedURI}`);
    });
  });
  if (options.signIn !== false) {
    await page.goto(await world.signInLink());
    await page.locator("[data-session='signed-in']").waitFor();
    if (hash !== "#/") await go(page, hash);
  } else await page.goto(`${world.origin}/${hash}`);
  return page;
}

/** Goes to another place of the page as a link in it does: nothing is loaded anew. */
export async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
}

/** From now on an error like this may be in its console. */
export function expectErrors(page: Page, ...likes: RegExp[]): void {
  watched.get(page)?.expects.push(...likes);
}

/** What went wrong in a page so far; for tests that ask before they end. */
export function problemsOf(page: Page): string[] {
  const { problems = [], expects = [] } = watched.get(page) ?? {};
  return problems.filter((problem) => !expects.some((like) => like.test(problem)));
}

const ends = (text: string): string =>
  text.length <= 4_000 ? text : `${text.slice(0, 2_000)} … ${text.slice(-2_000)}`;

/** What a page showed when its test failed, and what it still waits for: an error of the browser's driver says neither. */
async function sayWhatIsShown(test: string): Promise<void> {
  for (const [page, { open: requests }] of watched) {
    const text = await page
      .locator("body")
      .textContent({ timeout: 5_000 })
      .catch((error: unknown) => `no text: ${error}`);
    const waiting = [...requests].map((request) => `${request.method()} ${request.url()}`);
    process.stderr.write(
      `${test}: ${page.url()} shows\n${ends(text ?? "")}\nand waits for ${waiting.join(", ") || "nothing"}\n`,
    );
  }
}

async function closePages(): Promise<void> {
  const pages = [...watched.keys()];
  const problems = pages.flatMap(problemsOf);
  for (const page of pages) await watched.get(page)?.context.close();
  watched.clear();
  expect(problems, "what the page's console, its policy or its requests said").toEqual([]);
}

/** Fails with what axe-core finds against a page as it stands: WCAG 2.2 A and AA, and axe's own best practices. */
export async function expectNoAxeFindings(page: Page, where = "the page"): Promise<void> {
  // Through the debugger, so that the page's policy against foreign scripts stays as it is.
  await page.evaluate(axeSource());
  const { findings, checked } = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: AxeRunner };
    const { violations, passes } = await axe.run(document, { resultTypes: ["violations"] });
    const said = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`,
      ),
    );
    return { findings: said, checked: passes.length };
  });
  expect(findings, `axe on ${where}`).toEqual([]);
  expect(checked, `rules that axe applied to ${where}`).toBeGreaterThan(5);
}

interface AxeRunner {
  run(
    where: Document,
    options: { resultTypes: string[] },
  ): Promise<{
    violations: {
      id: string;
      help: string;
      nodes: { target: string[]; failureSummary?: string }[];
    }[];
    passes: unknown[];
  }>;
}

let axe: string | undefined;

function axeSource(): string {
  axe ??= readFileSync(join(repository, "node_modules", "axe-core", "axe.min.js"), "utf8");
  return axe;
}

const shotsFolder = join(repository, "build", "page-shots");

/** Pictures of a page as it stands, in its three forms, in build/page-shots: NAME-light.png, NAME-dark.png, NAME-390.png. */
export async function takeShots(
  page: Page,
  name: string,
  inEachForm: (form: string) => Promise<void> = async () => undefined,
): Promise<void> {
  mkdirSync(shotsFolder, { recursive: true });
  const forms = [
    { form: "light", scheme: "light", size: wide },
    { form: "dark", scheme: "dark", size: wide },
    { form: "390", scheme: "light", size: narrow },
  ] as const;
  for (const { form, scheme, size } of forms) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(size);
    await page.screenshot({ path: join(shotsFolder, `${name}-${form}.png`), fullPage: true });
    await inEachForm(form);
  }
  await page.setViewportSize(wide);
}

/** Nothing of the page is wider than its window: tables scroll inside themselves. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { most, seen } = await page.evaluate(() => ({
    most: document.documentElement.scrollWidth,
    seen: document.documentElement.clientWidth,
  }));
  expect(most).toBeLessThanOrEqual(seen);
}
