/* The panel "latency". */

export function Latency() {
  return <section aria-labelledby="panel-title" />;
}
