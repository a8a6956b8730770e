#!/usr/bin/env node
// Old syntax on purpose: it has to run on any Node, to say in one line that this one is too old.
"use strict";
// A bridge ends with the process that started it, also when that goes while this one starts.
var parent = process.ppid;
var version = process.versions.node;
// A client obeys the exit code of a hook (2 keeps its tool from running), so that is 0 whatever happens.
var isHook = process.argv[2] === "hook" && process.argv.slice(3).every(function (word) {
  return word !== "--help" && word !== "-h" && word !== "--help-all";
});
if (parseInt(version, 10) < 22) {
  process.stderr.write(
    "haypile: Haypile needs Node 22 or newer, this is Node " + version +
      ". Install a newer Node and run it again.\n"
  );
  process.exit(isHook ? 0 : 1);
}

// "ulimit -d" counts what V8 only reserves: too near to it Node aborts at any moment, so it is said before.
function refuseLowDataLimit() {
  var fs = require("fs");
  var limit, used;
  try {
    limit = /^Max data size\s+(\d+)/m.exec(fs.readFileSync("/proc/self/limits", "utf8"));
    used = /^VmData:\s+(\d+)/m.exec(fs.readFileSync("/proc/self/status", "utf8"));
  } catch (error) {
    return; // Not Linux.
  }
  if (!limit || !used) return;
  var least = Math.ceil((used[1] * 1024 + 40e6) / 1.024e7) * 1.024e7;
  if (Number(limit[1]) >= least) return;
  var message =
    'Expected "ulimit -d" of at least ' + (least / 1e6).toFixed(1) + " MB for Node alone, but got " +
    (limit[1] / 1e6).toFixed(1) + ' MB. Use "ulimit -d ' + least / 1024 +
    '" or more, or start with NODE_OPTIONS=--jitless, which needs half a gigabyte less and parses no files.';
  var data = { smallestBytes: least, limitBytes: Number(limit[1]) };
  process.stderr.write(
    process.argv.indexOf("--json") === -1
      ? "haypile: " + message + " [HAYPILE_MEMORY_LIMIT]\n"
      : JSON.stringify({ error: { code: "HAYPILE_MEMORY_LIMIT", message: message, data: data } }) + "\n"
  );
  process.exit(isHook ? 0 : 7);
}
refuseLowDataLimit();

// Under a limit of memory V8's generations have to be small from the start: they can only be bounded on
// Node's own command line, so this process becomes another one with the same id (docs/decisions/0021).
var young = "--max-semi-space-size=1";
function isLimited() {
  if (process.env.HAYPILE_MAX_MEMORY) return true;
  return process.argv.slice(2).some(function (word) {
    return word === "--max-memory" || word.indexOf("--max-memory=") === 0;
  });
}
if (isLimited() && process.execArgv.indexOf(young) === -1 && typeof process.execve === "function") {
  try {
    process.execve(
      process.execPath,
      [process.execPath, young, "--v8-pool-size=1", "--single-threaded-gc"].concat(process.execArgv, process.argv.slice(1)),
      process.env
    );
  } catch (error) {
    // Without it the limit holds by the other means, or is refused.
  }
}

// Flags that are set now make V8 refuse the compiled form of Node's own modules, so those that everything needs come
// first: 40 ms.
["child_process", "net", "os", "stream", "timers/promises", "url", "util"].forEach(function (name) {
  require("node:" + name);
});

// The young generation stays small: it grows to 50 MB otherwise, for no speed (docs/decisions/0015).
require("v8").setFlagsFromString("--semi-space-growth-factor=1");
// A command that the daemon answers is over before compiled code is of use, and the compilers alone take 9 MB of
// resident memory. src/cli/door.ts turns them on again where the work is done here (docs/decisions/0110). Without
// WebAssembly Node was started with --jitless: it has none to turn off, and would crash when they are turned on.
var answered =
  "search why symbol outline references callers callees implementations status index remember recall forget memories hook";
if (answered.split(" ").indexOf(process.argv[2]) !== -1 && typeof WebAssembly !== "undefined") {
  require("v8").setFlagsFromString("--no-opt");
  require("v8").setFlagsFromString("--no-maglev");
}
// The daemon and the bridge are waited for: they do without the rest of the command line where they can.
var words = process.argv.slice(2);
function start() {
  if (words[0] === "daemon" && words.length === 1) {
    return import("../dist/daemon/main.js").then(function (daemon) {
      return daemon.runDaemon();
    });
  }
  if (isHook) {
    return import("../dist/cli/hooks/run-hook.js").then(function (hook) {
      return hook.runHook(words.slice(1));
    }).then(function () {
      // Whatever may still be open: the client waits.
      process.exit(0);
    });
  }
  if (words[0] === "mcp") {
    return import("../dist/daemon/bridge/bridge-program.js").then(function (bridge) {
      return bridge.runBridgeWords(words.slice(1), parent).then(function (code) {
        if (code === undefined) return commandLine();
        // Whatever may still be open: the client is gone, and so is its bridge.
        process.exit(code);
      });
    });
  }
  return commandLine();
}
function commandLine() {
  return import("../dist/cli/main.js").then(function (cli) {
    return cli.run(words);
  });
}
start().catch(function (error) {
  process.stderr.write("haypile: could not start: " + (error && error.message) + "\n");
  process.exit(isHook ? 0 : 1);
});
