/** A network's arithmetic in the browser: what each of its units says at many points. */

/**
 * What a unit makes of the sum of what it is told, by the name of its activation.
 * @type {Record<Net['activation'], (sum: number) => number>}
 */
const ACTIVATIONS = {
  tanh: (sum) => 1 - 2 / (1 + Math.exp(2 * sum)), // half the time of Math.tanh
  relu: (sum) => (sum > 0 ? sum : 0),
  sigmoid: (sum) => 1 / (1 + Math.exp(-sum)),
  linear: (sum) => sum,
};

/**
 * Return what every unit says at some points, a list for each; the inputs first, the outputs last.
 *
 * Weights stand layer after layer: a row for each unit that is listened to, a number in it for each
 * that listens, and after the rows the biases.
 * @param {Net} net
 * @param {ArrayLike<number>} weights
 * @param {Float64Array[]} inputs
 */
export function unitsAt({ sizes, activation }, weights, inputs) {
  const [layers, last] = [[inputs], sizes.length - 1];
  for (let at = 0, from = 0; at < last; at += 1) {
    const heard = sumsOf(layers[at], sizes[at + 1], weights, from);
    if (at + 1 < last) heard.forEach((sums) => bend(sums, ACTIVATIONS[activation]));
    layers.push(heard);
    from += (sizes[at] + 1) * sizes[at + 1];
  }
  return layers;
}

/**
 * Return, for each of `count` units, the weighted sums of what it is told.
 * @param {Float64Array[]} told
 * @param {number} count
 * @param {ArrayLike<number>} weights
 * @param {number} from
 */
function sumsOf(told, count, weights, from) {
  return Array.from({ length: count }, (_, unit) => {
    const sums = new Float64Array(told[0].length).fill(weights[from + told.length * count + unit]);
    for (let i = 0; i < told.length; i += TOGETHER) {
      const own = Array.from({ length: TOGETHER }, (_w, k) =>
        i + k < told.length ? weights[from + (i + k) * count + unit] : 0,
      );
      add(sums, own, told.slice(i, i + TOGETHER));
    }
    return sums;
  });
}

/** So many inputs are added in one pass: what takes time is to walk over the points. */
const TOGETHER = 4;

/**
 * Add to sums what a few inputs weigh; the last stands in, at weight 0, where there are fewer.
 * @param {Float64Array} sums
 * @param {number[]} weights
 * @param {Float64Array[]} told
 */
function add(sums, [u, v, w, z], [a, b = a, c = a, d = a]) {
  for (let i = 0; i < sums.length; i += 1) sums[i] += u * a[i] + v * b[i] + w * c[i] + z * d[i];
}

/**
 * Bend sums in place.
 * @param {Float64Array} sums
 * @param {(sum: number) => number} activate
 */
function bend(sums, activate) {
  for (let point = 0; point < sums.length; point += 1) sums[point] = activate(sums[point]);
}

/**
 * Return a network's inputs at points of one raw column, of two, or of a plane through more: powers
 * and products as far as it has inputs for them, shifted and scaled.
 * @param {Net} net
 * @param {Float64Array} x
 * @param {Float64Array | null} y
 */
export function inputsAt({ sizes: [count], mean, scale, plane }, x, y) {
  return productsOf(plane && y ? onPlane(plane, x, y) : y ? [x, y] : [x], count).map((values, i) =>
    values.map((value) => (value - mean[i]) * scale[i]),
  );
}

/**
 * Return the raw columns at places of a plane.
 * @param {NonNullable<Net['plane']>} plane
 * @param {Float64Array} x
 * @param {Float64Array} y
 */
function onPlane([origin, right, up], x, y) {
  return origin.map((value, j) => x.map((along, i) => value + along * right[j] + y[i] * up[j]));
}

/**
 * Return so many columns: those given, products of two of them, of three, and so on.
 * @param {Float64Array[]} columns
 * @param {number} count
 */
function productsOf(columns, count) {
  const products = [...columns];
  let newest = columns.map((values, first) => ({ values, first }));
  while (products.length < count) {
    newest = newest.flatMap(({ values, first }) =>
      columns.slice(first).map((column, more) => ({
        values: values.map((value, i) => value * column[i]),
        first: first + more,
      })),
    );
    products.push(...newest.map(({ values }) => values));
  }
  return products;
}

/**
 * Return the state of a run by now: between two that are known, a mixture of both.
 * @param {States} states
 * @param {number} made
 * @param {number} size
 */
export function mixedAt({ fitted, fits }, made, size) {
  let at = 0;
  while (at + 1 < fitted.length && fitted[at + 1] <= made) at += 1;
  const next = Math.min(at + 1, fitted.length - 1);
  const share = next > at ? (made - fitted[at]) / (fitted[next] - fitted[at]) : 0;
  return Float64Array.from({ length: size }, (_, i) => {
    const before = fits[at * size + i];
    return before + share * (fits[next * size + i] - before);
  });
}
