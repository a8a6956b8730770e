/* The panel "footprint". */

export function Footprint() {
  return <section aria-labelledby="panel-title" />;
}
