/*
 * A daemon of the test's own for Windows: the note, the pipes and the watchdog as the real one has them, with a small
 * server of lines in place of the engine. Started by the bridge, as "node pipe-daemon.cjs daemon"; HAYPILE_TEST_ADDON
 * names the addon.
 */
"use strict";
const { randomBytes } = require("node:crypto");
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");

const addon = require(process.env.HAYPILE_TEST_ADDON);
const folder = path.join(process.env.HAYPILE_DATA_DIR, "run");
const name = `\\\\.\\pipe\\haypile-test-${randomBytes(8).toString("hex")}`;
const said = { word: process.argv[2], cwd: process.cwd(), closed: undefined, stray: 0 };

function serve(socket) {
  let text = "";
  let greeted = false;
  socket.on("error", () => undefined);
  socket.setEncoding("utf8");
  socket.on("data", (data) => {
    text += data;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const line = JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
      if (!greeted) {
        greeted = true;
        socket.write(
          `${JSON.stringify({ haypile: 1, ok: true, version: line.version, pid: process.pid })}\n`,
        );
        continue;
      }
      const { id, method, params } = line;
      if (method === "die") process.kill(process.pid, "SIGKILL");
      if (id === undefined) {
        said.stray += 1;
        continue;
      }
      const result =
        method === "large"
          ? "x".repeat(params.bytes)
          : { method, pid: process.pid, length: JSON.stringify(params ?? "").length, ...said };
      setTimeout(
        () => socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`),
        params?.ms ?? 0,
      );
    }
  });
}

const server = net.createServer({ allowHalfOpen: true }, serve);
server.listen(name, () => {
  said.closed = addon.windows.closePipe(name);
  said.own = addon.windows.isOwnPipe(name);
  addon.watchdog.start("1.2.3", path.join(folder, "log"), () => process.exit(0));
  said.controlled = addon.watchdog.listen(`${name}-control`);
  const { startTime } = addon.windows.processState(process.pid);
  const note = {
    pid: process.pid,
    startTime,
    version: "1.2.3",
    protocol: 1,
    socket: name,
    control: `${name}-control`,
  };
  const target = path.join(folder, "daemon.json");
  fs.writeFileSync(`${target}.new`, JSON.stringify(note));
  fs.renameSync(`${target}.new`, target);
});
// A test that goes wrong must not leave it behind.
setTimeout(() => process.exit(3), 120_000);
