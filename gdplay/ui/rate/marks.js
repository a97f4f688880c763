/** Marks under a slider: ticks at their places, and names where there is room for them. */

/** Pixels: a letter's width, and the air between two names. */
const LETTER = 6.1;
const AIR = 8;

/**
 * Return which marks can be named side by side, those with the most weight first.
 * @param {RateMark[]} marks
 * @param {(mark: RateMark) => string} nameOf
 * @param {number} room pixels
 * @returns {{ mark: RateMark, middle: number }[]} with the middle of each name in pixels
 */
export function named(marks, nameOf, room) {
  /** @type {{ mark: RateMark, middle: number, from: number, to: number }[]} */
  const placed = [];
  for (const mark of [...marks].sort((a, b) => b.weight - a.weight)) {
    const half = (LETTER * nameOf(mark).length) / 2;
    const middle = Math.min(Math.max(mark.at * room, half), Math.max(half, room - half));
    const [from, to] = [middle - half - AIR / 2, middle + half + AIR / 2];
    if (placed.every((other) => to <= other.from || from >= other.to)) {
      placed.push({ mark, middle, from, to });
    }
  }
  return placed;
}
