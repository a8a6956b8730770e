import type { Program } from "./programs.ts";

/** Programs in Python and Ruby. */
export const pythons: readonly Program[] = [
  {
    of: "an aliased import",
    files: {
      "lib.py": "def boil():\n    pass\n",
      "u.py": "from lib import boil as cook\n\ndef f():\n    cook()\n",
    },
    ask: "callers",
    target: "boil",
    used: [["u.py: cook()", "import"]],
  },
  {
    of: "an alias of a module, and a package's module",
    files: {
      "pkg/__init__.py": "",
      "pkg/lib.py": "def boil():\n    pass\n",
      "u.py":
        "import pkg.lib as kitchen\nimport pkg.lib\nfrom pkg import lib\n\nkitchen.boil()  # one\npkg.lib.boil()  # two\nlib.boil()  # three\nother.boil()  # four\n",
    },
    ask: "callers",
    target: "boil",
    used: [["u.py: # one", "import"]],
    not: ["u.py: # four"],
  },
  {
    of: "relative imports, through __init__ with another name",
    files: {
      "pkg/__init__.py": "from .lib import boil as cook\n",
      "pkg/lib.py": "def boil():\n    pass\n",
      "pkg/sub/u.py": "from ..lib import boil\n\nboil()\n",
      "v.py": "from pkg import cook\n\ncook()\n",
    },
    ask: "callers",
    target: "boil",
    used: [
      ["pkg/sub/u.py: boil()", "import"],
      ["v.py: cook()", "import"],
    ],
  },
  {
    of: "super, a class attribute, and another class",
    files: {
      "tools.py":
        "class A:\n    def run(self): pass\n\nclass B(A):\n    def run(self):\n        super().run()\n\nclass C:\n    def run(self): pass\n    def go(self):\n        self.run()  # own\n\ndef f(a: A, c: C):\n    a.run()  # a\n    c.run()  # c\n    A().run()  # made\n",
    },
    ask: "references",
    target: "A.run",
    used: [["tools.py: super().run"], ["tools.py: # a"], ["tools.py: # made"]],
    not: ["tools.py: # own", "tools.py: # c"],
  },
  {
    of: "a local of the same name, and one that is global",
    files: {
      "a.py":
        "limit = 3\n\ndef f(limit):\n    return limit  # own\n\ndef g():\n    global limit\n    limit = 4\n    return limit  # global\n\ndef h():\n    return [limit for limit in range(3)]  # comprehension\n\ndef k():\n    return limit  # module\n",
    },
    ask: "references",
    target: "limit",
    used: [["a.py: # global"], ["a.py: # module"]],
    not: ["a.py: # own", "a.py: # comprehension"],
  },
  {
    of: "exceptions, isinstance, bases, conditions",
    files: {
      "e.py": "class Oops(Exception):\n    pass\n",
      "u.py":
        "from e import Oops\n\ntry:\n    raise Oops('x')\nexcept (ValueError, Oops) as error:\n    isinstance(error, Oops)\n\nclass Worse(Oops): pass\nhandlers = {Oops: 1}\n",
    },
    ask: "references",
    target: "Oops",
    used: [
      ["u.py: raise"],
      ["u.py: except"],
      ["u.py: isinstance"],
      ["u.py: class Worse"],
      ["u.py: handlers"],
    ],
  },
  {
    of: "a decorator with arguments, an attribute of a module as one",
    files: {
      "d.py": "def cached(n):\n    return lambda f: f\n",
      "u.py":
        "import d\nfrom d import cached\n\n@cached(3)\ndef one(): pass\n\n@d.cached(4)\ndef two(): pass\n",
    },
    ask: "callers",
    target: "cached",
    used: [["u.py: @cached(3)"], ["u.py: @d.cached"]],
  },
  {
    of: "methods by fields and results",
    files: {
      "m.py":
        "class Motor:\n    def stop(self) -> None: ...\n\ndef make() -> Motor:\n    return Motor()\n",
      "u.py":
        "from m import Motor, make\n\nclass Car:\n    motor: Motor\n    def halt(self):\n        self.motor.stop()  # field\n\ndef f():\n    make().stop()  # result\n    m = make()\n    m.stop()  # local\n    with open('x') as x:\n        x.stop()  # file\n",
    },
    ask: "callers",
    target: "Motor.stop",
    used: [
      ["u.py: # field", "import"],
      ["u.py: # result", "import"],
    ],
  },
  {
    of: "a src layout and a function-level import",
    files: {
      "src/app/core.py": "def seed():\n    pass\n",
      "tests/u.py": "def test():\n    from app.core import seed\n    seed()\n",
    },
    ask: "callers",
    target: "seed",
    used: [["tests/u.py:     seed()", "import"]],
  },
  {
    of: "Ruby: symbols, blocks, aliases, setters, mixins",
    files: {
      "d.rb": "module Loud\n  def shout(x); end\nend\n",
      "u.rb":
        "class A\n  include Loud\n  def go\n    shout 1\n    %w[a].each(&method(:shout))\n    send(:shout, 2)\n    alias_it = ->(shout) { shout }\n  end\nend\n",
    },
    ask: "references",
    target: "shout",
    used: [["u.rb: shout 1"], ["u.rb: method(:shout)"], ["u.rb: send(:shout"]],
    not: ["u.rb: alias_it"],
  },
  {
    of: "Ruby: a class method, a constant, inheritance",
    files: {
      "d.rb":
        "class Store\n  LIMIT = 3\n  def self.build; new; end\n  class << self\n    def other; end\n  end\nend\n",
      "u.rb": "class Shop < Store\n  def a\n    Store.build\n    Store::LIMIT\n  end\nend\n",
    },
    ask: "references",
    target: "Store",
    used: [["u.rb: class Shop"], ["u.rb: Store.build"], ["u.rb: Store::LIMIT"]],
  },
  {
    of: "Ruby: a method of a class",
    files: {
      "d.rb": "class Store\n  def self.build; new; end\nend\n",
      "u.rb": "class Shop\n  def a\n    Store.build\n  end\nend\n",
    },
    ask: "callers",
    target: "build",
    used: [["u.rb: Store.build"]],
  },
  {
    of: "Ruby: super and yield, interpolation, a condition behind",
    files: {
      "d.rb": "def ready?\n  true\nend\n",
      "u.rb": "def a\n  puts 'x' if ready?\n  puts \"#{ready?}\"\n  return unless ready?\nend\n",
    },
    ask: "references",
    target: "ready?",
    used: [["u.rb: 'x' if"], ["u.rb: #{ready?}"], ["u.rb: return"]],
  },
  {
    of: "a method of what a module made",
    files: {
      "d.py": "class Pot:\n    def drain(self): pass\n\nclass Cup:\n    def drain(self): pass\n",
      "u.py": "from d import Cup, Pot\npot = Pot()\ncup = Cup()\npot.drain()\ncup.drain()\n",
    },
    ask: "references",
    target: "Pot.drain",
    used: [["u.py: pot.drain", "import"]],
    not: ["u.py: cup.drain"],
  },
];
