/** What stands around a slider: names under its marks, powers of ten, and words on lost runs. */

/** Pixels: a letter's width, and the air between two names. */
const LETTER = 6.1;
const AIR = 9;
/** Names stand in so many rows at most: what has no room in the first stands in the next. */
const ROWS = 2;

/**
 * Return the marks whose names have room under them, the weightiest first: the middle of each name
 * in pixels, which leaves its mark only where the slider ends, and its row.
 * @param {RateMark[]} marks
 * @param {number} room pixels
 * @returns {{ mark: RateMark, middle: number, row: number }[]}
 */
export function named(marks, room, rows = ROWS) {
  /** @type {{ mark: RateMark, middle: number, row: number }[]} */
  const placed = [];
  for (const mark of [...marks].sort((a, b) => b.weight - a.weight)) {
    const [half, tick] = [halfOf(mark), mark.at * room];
    const middle = Math.max(half, Math.min(room - half, tick));
    const row = firstRow(placed, middle, half, tick, rows);
    if (row >= 0 && 2 * half <= room) placed.push({ mark, middle, row });
  }
  return placed.sort((a, b) => a.middle - b.middle);
}

/**
 * Return the first row with room for a name to which a line leads from its tick; -1 where none has.
 * @param {{ mark: RateMark, middle: number, row: number }[]} placed
 * @param {number} middle
 * @param {number} half
 * @param {number} tick
 * @param {number} rows
 */
function firstRow(placed, middle, half, tick, rows) {
  /** @param {number} at @param {number} wide @param {number} row */
  const isFree = (at, wide, row) =>
    placed.every(
      (other) => other.row !== row || Math.abs(other.middle - at) >= halfOf(other.mark) + wide,
    );
  for (let row = 0; row < rows; row += 1) {
    if (isFree(middle, half + AIR, row)) return row;
    if (!isFree(tick, 0, row)) return -1;
  }
  return -1;
}

/** @param {RateMark} mark */
function halfOf({ label }) {
  return (LETTER * label.length) / 2;
}

/** So far from the middle of a slider, as a share of its logarithms, its middle option may be. */
const EVEN = 0.12;

/**
 * Return the powers of ten on a slider whose options are spread by their logarithms; every second
 * gives way first.
 * @param {number[]} options ascending
 * @returns {RateMark[]}
 */
export function powers(options) {
  const [low, high] = [options[0], options[options.length - 1]].map(Math.log10);
  const middle = Math.log10(options[options.length >> 1]);
  const even = Math.abs(middle - (low + high) / 2) < EVEN * (high - low);
  if (!Number.isFinite(low) || high - low < 2 || !even) return [];
  const first = Math.ceil(low - 1e-9);
  const count = Math.floor(high + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, k) => {
    const label = String(Number(`1e${first + k}`));
    const weight = (first + k) % 2 === 0 ? -1 : -2;
    return { label, rate: label, plain: label, about: '', weight, at: placeIn(options, first + k) };
  });
}

/**
 * Return where a power of ten stands on a slider, 0 to 1.
 * @param {number[]} options
 * @param {number} power
 */
function placeIn(options, power) {
  const logs = options.map(Math.log10);
  const last = logs.length - 1;
  const above = logs.findIndex((value) => value >= power - 1e-9);
  if (above <= 0) return above < 0 ? 1 : 0;
  const share = (power - logs[above - 1]) / (logs[above] - logs[above - 1]);
  return (above - 1 + Math.min(1, share)) / last;
}

/**
 * Return in few words which of the runs that a slider moves are lost; '' where none is.
 * @param {string} name of the slider: "run1.lr" moves one run
 * @param {RunEnd[]} runs
 */
export function lostWords(name, runs) {
  const [, place] = /^run(\d+)\./.exec(name) ?? [];
  const moved = runs.filter((run) => place === undefined || run.place === Number(place));
  const gone = moved.filter(({ lost }) => lost);
  if (gone.length === 0) return '';
  if (gone.length === 1) return `${gone[0].label} is lost`;
  return gone.length === moved.length
    ? 'all runs are lost'
    : `${gone.length} of ${moved.length} runs are lost`;
}
