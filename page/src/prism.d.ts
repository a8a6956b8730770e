/* The core of Prism alone, and its languages, which are scripts. */
declare module "prismjs/components/prism-core" {
  import type * as Prism from "prismjs";

  const core: typeof Prism;
  export default core;
}
declare module "prismjs/components/*";
