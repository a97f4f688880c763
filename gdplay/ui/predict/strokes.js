/**
 * A drawn line while it is made: a height, 0 to 1 of the axis, in each of some columns from the
 * start to the run's end. The first column is the start, which stands.
 */

export const COLUMNS = 16;

/** So many columns make a line. */
const FEWEST = 5;

/** How low a line falls that falls fast, how far one has come that falls slowly, a wobble. */
const [LOW, HALFWAY, WOBBLE] = [0.14, 0.45, 0.07];

/**
 * Return a line that holds the start alone.
 * @param {number} start
 * @returns {DrawnLine}
 */
export function newStroke(start) {
  return [start, ...Array.from({ length: COLUMNS - 1 }, () => null)];
}

/**
 * Return the line with the columns that a hand passed at the heights where it passed them.
 * @param {DrawnLine} line
 * @param {Spot} from
 * @param {Spot} to `along` is 0 at the start and 1 at the run's end, `up` the height
 * @returns {DrawnLine}
 */
export function passed(line, from, to) {
  const [a, b] = [from, to].map(({ along }) => along * (COLUMNS - 1));
  const [first, last] = [Math.ceil(Math.min(a, b) - 0.5), Math.floor(Math.max(a, b) + 0.5)];
  return line.map((height, column) => {
    if (column === 0 || column < first || column > last) return height;
    const share = a === b ? 1 : inside((column - a) / (b - a));
    return inside(from.up + share * (to.up - from.up));
  });
}

/**
 * Return a line of a shape; where higher is better the shapes stand on their heads.
 * @param {Shape} shape
 * @param {number} start
 * @param {boolean} rises whether higher is better
 * @returns {DrawnLine}
 */
export function shaped(shape, start, rises) {
  const begin = rises ? 1 - start : start;
  const heights = Array.from({ length: COLUMNS }, (_, column) => {
    const height = heightOf(shape, begin, column / (COLUMNS - 1), column);
    return inside(rises ? 1 - height : height);
  });
  return [start, ...heights.slice(1)];
}

/**
 * @param {Shape} shape
 * @param {number} begin
 * @param {number} along
 * @param {number} column
 */
function heightOf(shape, begin, along, column) {
  const low = LOW * begin;
  if (shape === 'leaves') return begin + (1 - begin) * along;
  if (shape === 'slow') return begin * (1 - (1 - HALFWAY) * along);
  const fast = low + (begin - low) * Math.exp(-8 * along);
  if (shape === 'fast') return fast;
  return fast + WOBBLE + (column % 2 ? WOBBLE : -WOBBLE) * Math.min(1, 4 * along);
}

/**
 * Return the line with one column moved; one that was left out comes to stand beside the nearest.
 * @param {DrawnLine} line
 * @param {number} column
 * @param {number} by
 * @returns {DrawnLine}
 */
export function nudged(line, column, by) {
  if (column === 0) return line;
  const before = line[column] ?? line.slice(0, column).reverse().find((height) => height !== null);
  return line.map((height, i) => (i === column ? inside((before ?? 0) + by) : height));
}

/** @param {number} height */
function inside(height) {
  return Math.min(1, Math.max(0, height));
}

/**
 * Whether a line has points enough.
 * @param {DrawnLine} line
 */
export function isDrawn(line) {
  return line.filter((height) => height !== null).length >= FEWEST;
}

/**
 * Return the columns that a line holds, with their heights.
 * @param {DrawnLine} line
 * @returns {[column: number, height: number][]}
 */
export function pointsOf(line) {
  return line.flatMap((height, column) =>
    height === null ? [] : [/** @type {[number, number]} */ ([column, height])],
  );
}

/**
 * Return a line as `predictions.py` reads it.
 * @param {number} place
 * @param {DrawnLine} line
 * @param {(column: number, height: number) => { x: number, y: number }} valuesOf
 */
export function strokeText(place, line, valuesOf) {
  const points = pointsOf(line).map(([column, height]) => valuesOf(column, height));
  return [place, ...points.flatMap(({ x, y }) => [brief(x), brief(y)])].join('_');
}

/**
 * Return a number with four figures, without the plus that addresses read as a blank.
 * @param {number} value
 */
function brief(value) {
  return String(Number(value.toPrecision(4))).replace('+', '');
}
