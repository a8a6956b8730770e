/** A small program, a definition in it, and where it is used: lines are told by a part of them. */
export interface Program {
  of: string;
  files: Readonly<Record<string, string>>;
  ask: "references" | "callers" | "implementations";
  /** Name of the definition, with its container where the name alone is not one. */
  target: string;
  /** Where it is defined, if several files have the name. */
  path?: string;
  /** "file: part of the line", with how sure it is where that is asked. */
  used: readonly (readonly [place: string, confidence?: "exact" | "import" | "name"])[];
  /** Lines that are none. */
  not?: readonly string[];
}
