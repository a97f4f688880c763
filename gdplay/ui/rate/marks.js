/** What stands around a slider: names of marks under it, side by side, and words on lost runs. */

/** Pixels: a letter's width, and the air between two names. */
const LETTER = 6.1;
const AIR = 9;

/**
 * Return the marks whose names fit into a room, and the middle of each name in pixels.
 * @param {RateMark[]} marks ascending
 * @param {number} room pixels
 * @returns {{ mark: RateMark, middle: number }[]}
 */
export function named(marks, room) {
  const rest = [...marks];
  while (rest.length > 0 && widthOf(rest) > room) {
    const lightest = rest.reduce((a, b) => (b.weight < a.weight ? b : a));
    rest.splice(rest.indexOf(lightest), 1);
  }
  const widths = rest.map((mark) => widthOf([mark]));
  const middles = spread(rest.map(({ at }) => at * room), widths, room);
  return rest.map((mark, i) => ({ mark, middle: middles[i] }));
}

/**
 * Return how many pixels names take side by side.
 * @param {RateMark[]} marks
 */
function widthOf(marks) {
  return marks.reduce((sum, { label }) => sum + LETTER * label.length + AIR, 0);
}

/**
 * Return middles as near to the wanted ones as they can be without touching: names that would
 * touch stand side by side around their mean.
 * @param {number[]} wanted ascending
 * @param {number[]} widths
 * @param {number} room
 */
function spread(wanted, widths, room) {
  /** @type {{ sum: number, count: number }[]} */
  const blocks = [];
  let before = 0;
  wanted.forEach((middle, i) => {
    blocks.push({ sum: middle - widths[i] / 2 - before, count: 1 });
    before += widths[i];
    while (blocks.length > 1 && meanOf(blocks.at(-2)) > meanOf(blocks.at(-1))) {
      const last = blocks.pop() ?? { sum: 0, count: 0 };
      blocks[blocks.length - 1].sum += last.sum;
      blocks[blocks.length - 1].count += last.count;
    }
  });
  const most = room + AIR / 2 - before;
  const starts = blocks.flatMap((block) => {
    const start = Math.max(-AIR / 2, Math.min(meanOf(block), most));
    return Array.from({ length: block.count }, () => start);
  });
  let left = 0;
  return starts.map((start, i) => {
    const middle = start + left + widths[i] / 2;
    left += widths[i];
    return middle;
  });
}

/** @param {{ sum: number, count: number } | undefined} block */
function meanOf(block) {
  return block ? block.sum / block.count : NaN;
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
