/* The bridge in Node, with the echo daemon to start; argument 1 is the root. */
import { runBridge } from "../../src/daemon/bridge/bridge.ts";
import { echoDaemon } from "./paths.ts";

process.exit(await runBridge({ root: process.argv[2], start: [process.execPath, echoDaemon] }));
