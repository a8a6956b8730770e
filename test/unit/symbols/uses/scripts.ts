import type { Program } from "./programs.ts";

/** Programs in TypeScript and JavaScript. */
export const scripts: readonly Program[] = [
  {
    of: "a default import under a name of its own",
    files: {
      "menu.ts": "export default function openMenu() { return 1; }\n",
      "page.ts": "import show from './menu';\nexport const page = () => show();\n",
    },
    ask: "callers",
    target: "openMenu",
    used: [["page.ts: => show()", "import"]],
  },
  {
    of: "a default export that is named before",
    files: {
      "menu.ts": "class Menu {}\nexport default Menu;\n",
      "page.ts": "import Bar from './menu';\nexport const page = new Bar();\n",
    },
    ask: "references",
    target: "Menu",
    used: [
      ["menu.ts: default Menu", "exact"],
      ["page.ts: import Bar", "import"],
      ["page.ts: new Bar", "import"],
    ],
  },
  {
    of: "a re-export under another name, through two barrels",
    files: {
      "a.ts": "export function boil() {}\n",
      "b.ts": "export { boil as cook } from './a.js';\n",
      "index.ts": "export * from './b.js';\n",
      "u.ts": "import { cook } from './index.js';\ncook();\n",
    },
    ask: "callers",
    target: "boil",
    used: [["u.ts: cook();", "import"]],
  },
  {
    of: "a namespace handed on by a barrel",
    files: {
      "a.ts": "export function boil() {}\n",
      "index.ts": "export * as kitchen from './a';\n",
      "u.ts": "import { kitchen } from '.';\nkitchen.boil();\n",
    },
    ask: "callers",
    target: "boil",
    used: [["u.ts: kitchen.boil", "import"]],
  },
  {
    of: "shorthand, spread, template, condition and array",
    files: {
      "a.ts": "export const rate = 3;\n",
      "u.ts":
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program
        "import { rate } from './a';\nexport const o = { rate };\nexport const t = `${rate}%`;\nexport const l = [...[rate]];\nexport const c = rate > 2 ? 1 : 0;\n",
    },
    ask: "references",
    target: "rate",
    used: [["u.ts: o ="], ["u.ts: t ="], ["u.ts: l ="], ["u.ts: c ="], ["u.ts: import"]],
  },
  {
    of: "a local of the same name",
    files: {
      "a.ts": "export function size() { return 1; }\n",
      "u.ts":
        "import { size } from './a';\nexport function f(size: number) {\n  return size + 1; // own\n}\nexport const g = () => size();\nexport function h() { for (const size of [1]) { log(size); } }\nexport function k() { const { size } = window; return [size]; }\n",
    },
    ask: "references",
    target: "size",
    used: [["u.ts: => size()", "import"]],
    not: ["u.ts: // own", "u.ts: log(size)", "u.ts: [size]"],
  },
  {
    of: "members of two classes with one name",
    files: {
      "a.ts": "export class Lamp { toggle() {} }\nexport class Fan { toggle() {} }\n",
      "u.ts":
        "import { Lamp, Fan } from './a';\nexport function one(lamp: Lamp) { lamp.toggle(); }\nexport function two(fan: Fan) { fan.toggle(); }\nexport function made() { const l = new Lamp(); l.toggle(); }\nexport function any(x) { x.toggle(); }\n",
    },
    ask: "callers",
    target: "Lamp.toggle",
    used: [
      ["u.ts: lamp.toggle", "import"],
      ["u.ts: l.toggle", "import"],
      ["u.ts: x.toggle", "name"],
    ],
    not: ["u.ts: fan.toggle"],
  },
  {
    of: "a member through fields, results and bases",
    files: {
      "a.ts": "export class Base { stop() {} }\nexport class Motor extends Base {}\n",
      "b.ts":
        "import { Motor } from './a';\nexport class Car {\n  constructor(private readonly motor: Motor) {}\n  part(): Motor { return this.motor; }\n  halt() { this.motor.stop(); }\n}\n",
      "u.ts": "import { Car } from './b';\nexport function f(car: Car) { car.part().stop(); }\n",
    },
    ask: "callers",
    target: "Base.stop",
    used: [
      ["b.ts: halt()", "import"],
      ["u.ts: car.part()", "import"],
    ],
  },
  {
    of: "super, and a static member",
    files: {
      "a.ts":
        "export class A { run() {} static make() { return new A(); } }\nexport class B extends A { run() { super.run(); } }\nexport const made = A.make();\n",
    },
    ask: "callers",
    target: "A.run",
    used: [["a.ts: super.run", "exact"]],
  },
  {
    of: "an enum member and its enum",
    files: {
      "a.ts": "export enum Mode { On, Off }\n",
      "u.ts":
        "import { Mode } from './a';\nexport const m = Mode.On;\nexport function f(x: Mode) { return x === Mode.Off; }\n",
    },
    ask: "references",
    target: "Mode",
    used: [["u.ts: m = Mode"], ["u.ts: f(x"]],
  },
  {
    of: "decorators",
    files: {
      "a.ts": "export function sealed(x: unknown) {}\nexport function log() { return sealed; }\n",
      "u.ts": "import { sealed, log } from './a';\n@sealed\nexport class K { @log() m() {} }\n",
    },
    ask: "references",
    target: "sealed",
    used: [["u.ts: @sealed"], ["a.ts: return sealed", "exact"]],
  },
  {
    of: "workspace packages by their names",
    files: {
      "packages/core/package.json": '{"name": "@acme/core"}\n',
      "packages/core/src/index.ts": "export function seed() {}\n",
      "packages/app/main.ts": "import { seed } from '@acme/core';\nseed();\n",
    },
    ask: "callers",
    target: "seed",
    used: [["packages/app/main.ts: seed();", "import"]],
  },
  {
    of: "imports of package.json",
    files: {
      "package.json": '{"name": "x", "imports": {"#lib/*": "./src/lib/*.js"}}\n',
      "src/lib/a.ts": "export function seed() {}\n",
      "src/u.ts": "import { seed } from '#lib/a';\nseed();\n",
    },
    ask: "callers",
    target: "seed",
    used: [["src/u.ts: seed();", "import"]],
  },
  {
    of: "require in parts, module.exports",
    files: {
      "a.js": "function seed() {}\nmodule.exports = { seed };\n",
      "b.js": "const { seed: sow } = require('./a');\nsow();\n",
      "c.js": "const a = require('./a');\na.seed();\n",
      "d.js": "require('./a').seed();\n",
    },
    ask: "callers",
    target: "seed",
    used: [["b.js: sow();", "import"], ["c.js: a.seed", "import"], ["d.js: .seed()"]],
  },
  {
    of: "what a module is when it is required whole",
    files: {
      "a.js": "function seed() {}\nmodule.exports = seed;\n",
      "b.js": "const sow = require('./a');\nsow();\n",
    },
    ask: "callers",
    target: "seed",
    used: [["b.js: sow();", "import"]],
  },
  {
    of: "another module's function of the same name",
    files: {
      "a.ts": "export function seed() {}\n",
      "b.ts": "export function seed() {}\n",
      "u.ts": "import { seed } from './b';\nseed();\n",
      "v.ts": "import { seed } from 'seeds';\nseed();\n",
    },
    ask: "callers",
    target: "seed",
    path: "a.ts",
    used: [],
    not: ["u.ts: seed();", "v.ts: seed();"],
  },
  {
    of: "a JSX element of a namespace, and props",
    files: {
      "a.tsx": "export function Row(props: { k: string }) { return <b>{props.k}</b>; }\n",
      "u.tsx": "import * as ui from './a';\nexport const A = () => <ui.Row k='1'><i/></ui.Row>;\n",
    },
    ask: "callers",
    target: "Row",
    used: [["u.tsx: <ui.Row", "import"]],
  },
  {
    of: "lazy imports",
    files: {
      "a.tsx": "export default function Panel() { return <b/>; }\n",
      "u.tsx":
        "import { lazy } from 'react';\nconst P = lazy(() => import('./a'));\nexport async function f() { const m = await import('./a'); m.default(); }\n",
    },
    ask: "references",
    target: "Panel",
    used: [],
  },
  {
    of: "an interface and who implements it, with type arguments",
    files: {
      "a.ts": "export interface Shape<T> { area(): T }\n",
      "u.ts":
        "import type { Shape } from './a';\nexport class Sq implements Shape<number> { area() { return 1; } }\nexport type S = Partial<Shape<1>>;\nexport const f = (x: unknown) => (x as Shape<2>).area();\n",
    },
    ask: "references",
    target: "Shape",
    used: [["u.ts: class Sq"], ["u.ts: type S"], ["u.ts: as Shape"]],
  },
  {
    of: "a constructor by the name of its class",
    files: {
      "a.ts": "export class Box { constructor(readonly n: number) {} }\n",
      "u.ts": "import { Box } from './a';\nexport const b = new Box(1);\n",
    },
    ask: "callers",
    target: "Box.constructor",
    used: [["u.ts: new Box", "import"]],
  },
  {
    of: "a function inside a function",
    files: {
      "a.ts":
        "export function outer() {\n  function step() {}\n  step();\n}\nexport function other() { step(); }\n",
    },
    ask: "callers",
    target: "step",
    used: [["a.ts:   step();", "exact"]],
    not: ["a.ts: other()"],
  },
  {
    of: "members of an object",
    files: {
      "a.ts": "export const api = { fetchAll() { return 1; }, one: () => 2 };\n",
      "u.ts": "import { api } from './a';\napi.fetchAll();\n",
    },
    ask: "callers",
    target: "fetchAll",
    used: [["u.ts: api.fetchAll"]],
  },
  {
    of: "a module that is one named function",
    files: {
      "d.js": "module.exports = function brew() {};\n",
      "u.js": 'const make = require("./d");\nmake();\n',
    },
    ask: "callers",
    target: "brew",
    used: [["u.js: make()", "import"]],
  },
  {
    of: "a method of what a module made",
    files: {
      "d.ts": "export class Pot { find() {} }\nexport class Cup { find() {} }\n",
      "u.ts":
        'import { Cup, Pot } from "./d";\nconst pot = new Pot();\nconst cup = new Cup();\npot.find();\ncup.find();\n',
    },
    ask: "references",
    target: "Pot.find",
    used: [["u.ts: pot.find()", "import"]],
    not: ["u.ts: cup.find()"],
  },
  {
    of: "a method of what a call of what a module made gives",
    files: {
      "d.ts":
        "export class Pot { pour(): Cup { return new Cup(); } drink() {} }\nexport class Cup { drink() {} }\n",
      "u.ts": 'import { Pot } from "./d";\nconst cup = new Pot().pour();\ncup.drink();\n',
    },
    ask: "references",
    target: "Cup.drink",
    used: [["u.ts: cup.drink()", "import"]],
  },
  {
    of: "a method of another class than what a module made",
    files: {
      "d.ts":
        "export class Pot { pour(): Cup { return new Cup(); } drink() {} }\nexport class Cup { drink() {} }\n",
      "u.ts":
        'import { Pot } from "./d";\nconst cup = new Pot().pour();\ncup.drink();\nnew Pot().drink();\n',
    },
    ask: "references",
    target: "Pot.drink",
    used: [["u.ts: new Pot().drink", "import"]],
    not: ["u.ts: cup.drink()"],
  },
  {
    of: "a call behind a cast",
    files: {
      "d.ts": "export const boil: unknown = 1;\n",
      "u.ts": 'import { boil } from "./d";\n(boil as () => void)();\n',
    },
    ask: "callers",
    target: "boil",
    used: [["u.ts: (boil", "import"]],
  },
];
