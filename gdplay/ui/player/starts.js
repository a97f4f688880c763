/**
 * Runs from every start on a map: states are affine in where it is, losses quadratic, exactly, so a
 * few coefficients tell them all.
 */

import { lastOf, numbers } from './clock.js';

/**
 * Return runs from every start with numbers in place of text.
 * @param {SentStarts} sent
 * @returns {Starts}
 */
export function decodedStarts({ runs, ...told }) {
  const decoded = runs.map((run) => ({
    ...run,
    path: numbers(run.path),
    x: numbers(run.x),
    y: numbers(run.y),
    curves: run.curves.map((curve) => ({
      value: numbers(curve.value),
      updates: numbers(curve.updates),
    })),
    fitted: numbers(run.fitted),
    fits: numbers(run.fits),
  }));
  return { ...told, runs: decoded };
}

/**
 * Return the runs from one start, as those of a slider that offers nothing else.
 * @param {Starts} starts
 * @param {Pixel} at on the map
 * @returns {Rates}
 */
export function startedAt({ middle, half, runs, ...looks }, at) {
  const [u, v] = at.map((value, axis) => (value - middle[axis]) / half[axis]);
  const basis = [1, u, v, u * u, u * v, v * v];
  return { ...looks, options: [0], ends: false, runs: runs.map((run) => runAt(run, basis)) };
}

/**
 * @param {StartRun} run
 * @param {number[]} basis
 * @returns {RateRun}
 */
function runAt({ place, path, x, y, curves, fitted, fits, shape, loss }, basis) {
  const affine = basis.slice(0, 3);
  return {
    place,
    path: [path],
    curves: curves.map(({ value, updates }) => ({
      updates: [updates],
      value: [sums(value, basis)],
    })),
    fitted: [fitted],
    x: [sums(x, affine)],
    y: [sums(y, affine)],
    z: [[]], // a map has no heights
    fits: [sums(fits, affine)],
    shape,
    last: [lastOf(path)],
    lost: [-1],
    loss: [...sums(loss, basis)],
  };
}

/**
 * Return the sums of coefficients, list after list, each times its part of a basis.
 * @param {Numbers} coefficients
 * @param {number[]} basis
 */
export function sums(coefficients, basis) {
  const count = coefficients.length / basis.length;
  const made = new Float64Array(count);
  basis.forEach((part, k) => {
    for (let i = 0; i < count; i += 1) made[i] += part * coefficients[k * count + i];
  });
  return made;
}
