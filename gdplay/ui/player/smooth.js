/** Smoothing as theory/smoothing.py does it, for what is shown at rates that only come by. */

/**
 * Return the exponential mean of all values so far, bias-corrected.
 * @param {Numbers} values those that are not finite stay, and count for nothing
 * @param {Numbers} at where they stand, ascending
 * @param {number} span how far back counts, in the unit of `at`
 * @returns {Numbers}
 */
export function smoothed(values, at, span) {
  const [ys, places] = [Array.from(values), Array.from(at)];
  let [mean, weight, before] = [0, 0, places[0]];
  return ys.map((value, i) => {
    weight *= Math.exp((before - places[i]) / span);
    before = places[i];
    if (!Number.isFinite(value)) return value;
    weight += 1;
    mean += (value - mean) / weight;
    return mean;
  });
}
