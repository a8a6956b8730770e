/*
 * The bridge on Windows, with a daemon at a pipe: node bridge.cjs RESULT BRIDGE ADDON SCRATCH.
 */
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const here = (name) =>
  process.platform === "win32" && name.startsWith("/") ? `Z:${name.replaceAll("/", "\\")}` : name;
const [resultPath, bridgePath, addonPath, scratch] = process.argv.slice(2).map(here);
const result = { platform: process.platform, failures: [], times: {} };
const started = Date.now();
const dataFolder = path.join(scratch, "data ü 日 & more");
const scriptFolder = path.join(scratch, "a folder (x86)");
const script = path.join(scriptFolder, "pipe daemon.cjs");

function check(what, holds, detail) {
  result.times[what] = Date.now() - started;
  if (!holds)
    result.failures.push(`${what}${detail === undefined ? "" : `: ${JSON.stringify(detail)}`}`);
}

class Client {
  constructor(words = []) {
    const env = { ...process.env, HAYPILE_DATA_DIR: dataFolder, HAYPILE_TEST_ADDON: addonPath };
    const all = ["--node", process.execPath, "--script", script, "--client", "test", ...words];
    this.child = spawn(bridgePath, all, { env, stdio: ["pipe", "pipe", "pipe"] });
    this.errors = "";
    this.waiting = new Map();
    this.ended = new Promise((resolve) => this.child.on("exit", (code) => resolve(code)));
    this.child.stderr.on("data", (data) => {
      this.errors += data;
    });
    let text = "";
    this.child.stdout.setEncoding("utf8");
    this.child.stdout.on("data", (data) => {
      if (data.includes("\r")) check("no line has a carriage return", false);
      text += data;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const line = JSON.parse(text.slice(0, end));
        text = text.slice(end + 1);
        this.waiting.get(line.id)?.(line);
        this.waiting.delete(line.id);
      }
    });
    this.child.stdin.on("error", () => undefined);
    this.next = 0;
  }

  ask(method, params) {
    const id = ++this.next;
    const answer = new Promise((resolve) => this.waiting.set(id, resolve));
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return answer;
  }
}

const run = (words) =>
  new Promise((resolve) => {
    const child = spawn(bridgePath, words, {
      env: { ...process.env, HAYPILE_DATA_DIR: dataFolder },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let text = "";
    child.stdout.on("data", (data) => {
      text += data;
    });
    child.on("close", () => resolve(text));
  });

async function main() {
  fs.mkdirSync(scriptFolder, { recursive: true });
  fs.copyFileSync(path.join(__dirname, "pipe-daemon.cjs"), script);
  const version = JSON.parse(
    fs.readFileSync(path.join(__dirname, "../../package.json"), "utf8"),
  ).version;
  check("its version", (await run(["--version"])) === `${version}\n`);
  check(
    "where the note is",
    (await run(["--print-owner"])) === `${path.join(dataFolder, "run", "daemon.json")}\n`,
  );

  const client = new Client();
  const first = await client.ask("initialize", {});
  check("it starts a daemon", first.result?.word === "daemon", first);
  result.daemon = first.result;
  check(
    "which has its pipe for itself",
    first.result?.closed === true && first.result?.own === true,
    first,
  );
  const longText = "ü日".repeat(1_000_000);
  const long = await client.ask("length", { text: longText });
  check(
    "a long message goes there",
    long.result?.length === JSON.stringify({ text: longText }).length,
    long,
  );
  const large = await client.ask("large", { bytes: 20_000_000 });
  check("and a longer one comes back", large.result?.length === 20_000_000);
  const many = await Promise.all(Array.from({ length: 200 }, (_, i) => client.ask("echo", { i })));
  check(
    "many at once",
    many.every(({ result }) => result?.pid === first.result.pid),
  );

  const second = new Client();
  const other = await second.ask("echo", {});
  check("a second client meets the same daemon", other.result?.pid === first.result.pid, other);

  const lost = await client.ask("die");
  check("a daemon's death is told", lost.error?.message?.includes("may or may not"), lost);
  const again = await client.ask("echo", {});
  check(
    "the next request starts another",
    again.result?.pid > 0 && again.result.pid !== first.result.pid,
    again,
  );

  const last = client.ask("echo", { ms: 300 });
  client.child.stdin.end();
  check("what was asked before the end is answered", (await last).result?.method === "echo");
  check("then it ends", (await client.ended) === 0, client.errors);

  const host = spawn(process.execPath, ["-e", "setTimeout(() => undefined, 60000)"], {
    stdio: "ignore",
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const child = new Client(["--parent", String(host.pid)]);
  check(
    "it serves while its parent is there",
    (await child.ask("echo", {})).result?.method === "echo",
  );
  host.kill("SIGKILL");
  check("and ends with it", (await child.ended) === 0, child.errors);
  second.child.stdin.end();
  check("the second one ends", (await second.ended) === 0, second.errors);
  result.errors = client.errors;
  try {
    process.kill(again.result.pid, "SIGKILL");
  } catch {
    check("the daemon outlived its client", false);
  }
}

const timer = setTimeout(() => {
  result.failures.push("it took too long");
  finish();
}, 110_000);

function finish() {
  clearTimeout(timer);
  fs.writeFileSync(resultPath, JSON.stringify(result, null, 1));
  process.exit(result.failures.length > 0 ? 1 : 0);
}

main()
  .catch((error) => result.failures.push(String(error.stack ?? error)))
  .finally(finish);
