/* The text that Prometheus reads, format 0.0.4: families of samples. */

export type Sample = readonly [Readonly<Record<string, string>>, number];

export function family(
  name: string,
  type: string,
  help: string,
  samples: readonly Sample[],
): string {
  const head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  return head + samples.map(([labels, value]) => sample(name, labels, value)).join("");
}

export function sample(
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number,
): string {
  const said = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${said.length > 0 ? `{${said.join(",")}}` : ""} ${value}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
