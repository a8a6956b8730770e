/* Prism without its hands: it colours nothing by itself, and its languages find it. */
import Prism from "prismjs/components/prism-core";

Prism.manual = true;
Prism.disableWorkerMessageHandler = true;
// Its languages are scripts that take it from there.
(globalThis as { Prism?: unknown }).Prism = Prism;

export { Prism };
