/* What addon and bridge of each platform must be, so that they run on every system that Node 22 runs on. */
import type { BinaryFacts } from "./facts.ts";

/** glibc of the oldest systems that Node's own builds run on. */
const newestGlibc = "2.28";
const newestMacos = "13.0";

/** What Node asks an addon for, and what SQLite does. */
const nodeDoor = "napi_register_module_v1";
const sqliteDoor = "sqlite3_haypile_init";
const doors = [nodeDoor, "node_api_module_get_api_version_v1", sqliteDoor];

/** Of the linker for macOS itself, and of LLVM's C++ library, by names that hold its version. */
const harmless = /^(__dso_handle|_?_?mh_dylib_header|_mh_dylib_header|_ZNSt3__1\w+)$/;

export interface Rules {
  platform: string;
  arch: string;
  part: "addon" | "bridge";
  libc?: "glibc" | "musl" | undefined;
  /** Names of Node-API that may be taken. */
  nodeApi: readonly string[];
}

/** What is wrong, in words; none: all is well. */
export function faultsOf(facts: BinaryFacts, rules: Rules): string[] {
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  const { platform, arch, part } = rules;
  const format = { linux: "elf", darwin: "mach-o", win32: "pe" }[platform];
  expect(facts.format === format, `is ${facts.format}, expected ${format}`);
  expect(facts.arch === arch, `is for ${facts.arch}, expected ${arch}`);
  const kind = part === "addon" ? "library" : "program";
  expect(facts.kind === kind, `is a ${facts.kind}, expected a ${kind}`);
  if (part === "addon") {
    const offered = facts.offers.filter((name) => !doors.includes(name) && !harmless.test(name));
    expect(facts.offers.includes(nodeDoor), "is no addon of Node-API");
    expect(facts.offers.includes(sqliteDoor), "has no functions for SQLite");
    expect(offered.length === 0, `offers names that are nobody's business: ${some(offered)}`);
    const unknown = facts.wants.filter(
      (name) => /^(napi|node_api)_/.test(name) && !rules.nodeApi.includes(name),
    );
    expect(unknown.length === 0, `wants of Node-API what old versions lack: ${some(unknown)}`);
  }
  if (platform === "linux") linuxFaults(facts, rules, expect);
  if (platform === "darwin") macosFaults(facts, rules, expect);
  if (platform === "win32") windowsFaults(facts, rules, expect);
  return faults;
}

type Expect = (holds: boolean, fault: string) => void;

function linuxFaults(facts: BinaryFacts, { part, libc }: Rules, expect: Expect): void {
  expect(facts.isLax !== true, "has a stack that may be executed, or code that is written to");
  const folders = facts.paths.filter((path) => path.includes("/"));
  expect(folders.length === 0, `names folders to look for libraries in: ${some(folders)}`);
  const allowed =
    part === "bridge"
      ? /^$/ // static: no loader, no C library of the system
      : libc === "musl"
        ? /^libc\.so$/
        : /^(lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux-(x86-64|aarch64)\.so\.\d)$/;
  const needs = facts.needs.filter((name) => !allowed.test(name));
  expect(needs.length === 0, `needs ${some(needs)}`);
  expect(part === "addon" || facts.interpreter === undefined, `asks for ${facts.interpreter}`);
  const tooNew = facts.versions.filter((version) => {
    const [, number] = /^GLIBC_(\d[\d.]*)$/.exec(version) ?? [];
    return number === undefined || isNewer(number, newestGlibc);
  });
  expect(tooNew.length === 0, `wants ${some(tooNew)}, expected glibc ${newestGlibc} at most`);
}

function macosFaults(facts: BinaryFacts, { arch }: Rules, expect: Expect): void {
  expect(arch !== "arm64" || facts.isSigned === true, "is not signed: macOS would not run it");
  const outside = facts.needs.filter(
    (path) => !/^\/usr\/lib\/lib(System\.B|c\+\+\.1)\.dylib$/.test(path),
  );
  expect(outside.length === 0, `needs ${some(outside)}`);
  const folders = facts.paths.filter((path) => path.startsWith("/"));
  expect(folders.length === 0, `names a folder of the machine that built it: ${some(folders)}`);
  const oldest = facts.oldestSystem ?? "none";
  expect(
    oldest !== "none" && !isNewer(oldest, newestMacos),
    `asks for macOS ${oldest}, expected ${newestMacos} at most`,
  );
}

function windowsFaults(facts: BinaryFacts, { part }: Rules, expect: Expect): void {
  const system =
    /^(kernel32|advapi32|bcrypt|bcryptprimitives|ntdll|psapi|shell32|user32|ole32|rstrtmgr|userenv|ws2_32|api-ms-win-[-a-z0-9]+)\.dll$/i;
  const others = facts.needs.filter(
    (name) => !system.test(name) && !(part === "addon" && name.toLowerCase() === "node.exe"),
  );
  expect(others.length === 0, `needs ${some(others)}`);
}

function some(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `${[...new Set(names)].slice(0, 5).join(", ")}${more}`;
}

/** Of versions as "2.34". */
export function isNewer(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) > 0;
}
