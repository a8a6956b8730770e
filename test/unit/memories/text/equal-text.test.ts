/** Merging loses one of two texts (reports: negation, case and signs were normalised away): only what is one is merged. */
import { expect, it } from "vitest";
import { oneForm } from "../../../../src/memories/text/equal-text.ts";
import { normalForm } from "../../../../src/memories/text/same-text.ts";

const one: [string, string][] = [
  ["The user prefers dark mode.", "the user  prefers dark mode"],
  ["Deploys go out on Tuesdays", " Deploys go out on Tuesdays.\n"],
  ["The café is open", "The cafe\u0301 is open"],
  ["The limit is 5.", "The limit is 5"],
  ["first\r\nsecond  \r\n", "first\nsecond"],
  ["The user's name is Kim.", "The user's  name is Kim"],
];

const two: [string, string][] = [
  ["Port 3030 is open", "Port 3031 is open"],
  ["It is 5 degrees", "It is -5 degrees"],
  ["x is 10² m", "x is 102 m"],
  ["Step ① first", "Step 1 first"],
  ["Use H₂O", "Use H2O"],
  ["a ≤ b holds", "a ≥ b holds"],
  ["a == b here", "a = b here"],
  ["if (!ready) wait", "if (ready) wait"],
  ["Do not deploy", "Do deploy"],
  ["The API is deprecated", "The API was deprecated"],
  ["The tests passed", "The tests pass"],
  ["Send it to US", "Send it to us"],
  ["Use parseURL", "Use parseUrl"],
  ["Polish is the default", "polish is the default"],
  ["String is preferred", "string is preferred"],
  ["Commit the .env file", "Commit the env file"],
  ["Use -f", "Use --f"],
  ["Deploy on Friday?", "Deploy on Friday."],
  ["Deploy on Friday!", "Deploy on Friday"],
  ["Wait...", "Wait."],
  ["The user prefers tabs", "The users prefer tabs"],
  ['Split at " "', 'Split at "  "'],
  ["Run `a  b`", "Run `a b`"],
  ["if x:\n  y", "if x:\n    y"],
  ["one\ntwo", "one two"],
  ["He said “no”", 'He said "no"'],
  ["Add src/.", "Add src/"],
  ["The literal is 5.f", "The literal is 5f"],
  ["The domain is example.com.", "The domain is example.com"],
  ["раypal is used", "paypal is used"],
  ["admin\u200b is the user", "admin is the user"],
  ["run \u202egnp.exe", "run gnp.exe"],
  ["She likes 👩‍🚀", "She likes 👩🚀"],
  ["Thumbs 👍", "Thumbs 👎"],
  ["5 mW of power", "5 MW of power"],
  ["2 km away", "2 Km away"],
  ["10 µs", "10 ms"],
  ["A calls B", "B calls A"],
  ["the", "a"],
  ["!!!", "???"],
];

it("is the same for texts that are one", () => {
  for (const [a, b] of one) {
    expect(oneForm(a), a).toBe(oneForm(b));
    // Candidates are found by the coarser form: what is one must be equal there too.
    expect(normalForm(a), a).toBe(normalForm(b));
  }
});

it("differs wherever two texts may mean something else", () => {
  for (const [a, b] of two) expect(oneForm(a), `${a} / ${b}`).not.toBe(oneForm(b));
});

it("reads long texts of any kind in a time that grows with their length", () => {
  for (const unit of [" ", "\n", " x", "x ' ", "a-", " aa-aa", "é", "e\u0301"]) {
    expect(oneForm(`${unit.repeat(1_000_000 / unit.length)}x`).length).toBeGreaterThan(0);
  }
}, 120_000);
