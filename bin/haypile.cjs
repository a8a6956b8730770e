#!/usr/bin/env node
// Old syntax on purpose: it has to run on any Node, to say in one line that this one is too old.
"use strict";
var version = process.versions.node;
if (parseInt(version, 10) < 22) {
  process.stderr.write(
    "haypile: Haypile needs Node 22 or newer, this is Node " + version +
      ". Install a newer Node and run it again.\n"
  );
  process.exit(1);
}
// The young generation stays small: it grows to 50 MB otherwise, for no speed (docs/decisions/0015).
require("v8").setFlagsFromString("--semi-space-growth-factor=1");
import("../dist/cli/main.js").then(
  function (cli) {
    return cli.run(process.argv.slice(2));
  }
).catch(function (error) {
  process.stderr.write("haypile: could not start: " + (error && error.message) + "\n");
  process.exit(1);
});
