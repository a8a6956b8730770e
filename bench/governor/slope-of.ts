/** Slope of the least squares line through values at 0, 1, 2, ... */
export function slopeOf(values: readonly number[]): number {
  const meanAt = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let above = 0;
  let below = 0;
  values.forEach((value, at) => {
    above += (at - meanAt) * (value - mean);
    below += (at - meanAt) ** 2;
  });
  return above / below;
}
