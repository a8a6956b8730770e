import type { Program } from "./programs.ts";

/** Programs in PHP and shell. */
export const others: readonly Program[] = [
  {
    of: "PHP: methods of two classes, static, parent, nullsafe",
    files: {
      "d.php":
        "<?php\nclass A { public function run() {} public static function make(): A { return new A(); } }\nclass B { public function run() {} }\n",
      "u.php":
        "<?php\nclass U extends A {\n  private A $a;\n  function x(A $a) { $a->run(); }\n  function y(B $b) { $b->run(); }\n  function z() { $this->a->run(); }\n  function p() { parent::run(); }\n  function n(?A $q) { $q?->run(); }\n  function m() { A::make()->run(); }\n  function c() { $l = new A(); $l->run(); }\n}\n",
    },
    ask: "references",
    target: "A.run",
    used: [
      ["u.php: function x"],
      ["u.php: function z"],
      ["u.php: function p"],
      ["u.php: function n"],
      ["u.php: function m"],
      ["u.php: function c"],
    ],
    not: ["u.php: function y"],
  },
  {
    of: "PHP: functions by their names in strings, first-class callables",
    files: {
      "d.php": "<?php\nfunction boil($x) { return $x; }\n",
      "u.php":
        "<?php\nrequire_once 'd.php';\n$a = array_map('boil', $xs);\n$b = boil(...);\n$c = \"{$x} boil\";\n",
    },
    ask: "references",
    target: "boil",
    used: [["u.php: array_map"], ["u.php: $b", "import"]],
    not: ["u.php: $c"],
  },
  {
    of: "PHP: a class in groups of use, attributes, interfaces",
    files: {
      "src/Model/User.php": "<?php\nnamespace App\\Model;\nclass User {}\n",
      "src/U.php":
        "<?php\nnamespace App;\nuse App\\Model\\{User, Post as P};\nclass U { public function a(User ...$u): ?User { return null; }\n  private User|null $x;\n}\n$f = fn(User $u) => $u;\n",
    },
    ask: "references",
    target: "User",
    used: [
      ["src/U.php: function a", "import"],
      ["src/U.php: private User", "import"],
      ["src/U.php: $f", "import"],
      ["src/U.php: use App"],
    ],
  },
  {
    of: "PHP: constants and enum cases",
    files: {
      "d.php": "<?php\nenum Suit { case Hearts; const Wild = self::Hearts; }\nconst LIMIT = 3;\n",
      "u.php":
        "<?php\n$a = Suit::Hearts;\nfunction f(Suit $s) { return LIMIT + match($s) { Suit::Hearts => 1 }; }\n",
    },
    ask: "references",
    target: "Suit",
    used: [["u.php: $a"], ["u.php: function f"]],
  },
  {
    of: "shell: source, functions in conditions, variables",
    files: {
      "lib/d.sh": "greet() { echo hi; }\nROOT=/srv\n",
      "u.sh":
        '. lib/d.sh\ngreet world\nx="$(greet)"\ncd "$ROOT"\nwhile ! greet; do :; done\ntime greet\n',
    },
    ask: "references",
    target: "greet",
    used: [
      ["u.sh: greet world", "import"],
      ["u.sh: x=", "import"],
      ["u.sh: while", "import"],
      ["u.sh: time"],
    ],
  },
  {
    of: "shell: a variable",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program
    files: { "a.sh": 'ROOT=/srv\ncd "$ROOT"\necho "${ROOT}/x"\n' },
    ask: "references",
    target: "ROOT",
    used: [["a.sh: cd"], ["a.sh: echo"]],
  },
  {
    of: "PHP: several names from a namespace that no folder has",
    files: {
      "d.php": "<?php\nnamespace Tea\\Room;\nclass Pot {}\n",
      "lib/u.php": "<?php\nuse Tea\\Room\\{Pot, Cup as C};\n$pot = new Pot();\n",
    },
    ask: "references",
    target: "Pot",
    used: [["lib/u.php: $pot", "import"]],
  },
];
