/* The panel "health". */

export function Health() {
  return <section aria-labelledby="panel-title" />;
}
