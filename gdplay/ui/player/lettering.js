/**
 * What is written in a scene: ticks and titles of its axes, and the names of its marks. Plotly
 * writes them small and crooked, so far from their edges that panels cut them off, and over each
 * other.
 *
 * Places count in the scene's box: -1 to 1 along each axis.
 */

import { number } from '../numbers.js';

/** Heights of letters, and pixels between an edge, its ticks and its title. */
export const SIZES = { tick: 11, title: 12, mark: 13 };
const [GAP_TICK, GAP_TITLE] = [6, 3];
/** What stands nearer to the rim of a panel than so many pixels is moved inwards. */
const INWARD = 2;
/** Where along its edge a title may stand, dearest first. */
const SHARES = [0, -0.3, 0.3, -0.6, 0.6];
/** Where a mark's name may stand, in steps of `BESIDE` pixels, dearest first: above, below, aside. */
const WAYS = [[0, -1], [0, 1], [1, 0], [-1, 0], [0.8, -0.8], [-0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]];
const BESIDE = 11;
/** How much worse a place is for a mark's name: beyond the rim, on other words, per point of a path,
 * per place that would have been dearer. */
const WORSE = { beyond: 400, words: 120, path: 4, later: 1.5 };
/** So far from its middle a mark itself reaches, in pixels. */
const MARK = 9;

/**
 * Return round numbers within a range, about five of them.
 * @param {Interval} range
 */
export function roundTicks([low, high]) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((part) => rough <= 1.5 * part * power) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/**
 * Return a tick as people read it, and a power of ten without its factor of one.
 * @param {number} value
 */
export function tickText(value) {
  return number(value, 4).replace(/^(−?)1 × /, '$1');
}

/**
 * Return all that is written over a scene, each text once and none over another.
 * @param {Lettering} wanted
 * @returns {Lettered[]}
 */
export function lettered(wanted) {
  /** @type {Lettered[]} */
  const texts = [];
  for (const edge of edgesIn(wanted)) {
    const ticks = ticksAlong(wanted, edge).filter((tick) => isWithin(wanted, tick));
    const title = titleBeside(wanted, edge, ticks, texts);
    const free = ticks.reduce(
      (kept, tick) => (meets(tick, [title, ...texts, ...kept]) ? kept : [...kept, tick]),
      /** @type {Lettered[]} */ ([]),
    );
    texts.push(title, ...free);
  }
  const marks = wanted.marks.map(({ at }) => around(wanted.place(at), MARK));
  for (const [i, { text, at }] of wanted.marks.entries()) {
    const others = [...texts, ...marks.filter((_, k) => k !== i)];
    texts.push(nameOf(wanted, text, wanted.place(at), others));
  }
  return texts;
}

/**
 * Return where each axis is written: along the ground's edges near the viewer, and up at the left.
 * @param {Pick<Lettering, 'place' | 'near' | 'axes'>} scene
 * @returns {ScaleEdge[]}
 */
export function edgesIn({ place, near: [x, y], axes }) {
  const [one, other] = [[x, -y], [-x, y]];
  const left = place([one[0], one[1], 0])[0] < place([other[0], other[1], 0])[0] ? one : other;
  /** @type {((along: number) => Point)[]} */
  const ways = [(t) => [t, y, -1], (t) => [x, t, -1], (t) => [left[0], left[1], t]];
  const middle = place([0, 0, -1]);
  return ways.map((way, axis) => {
    const [from, to] = [place(way(-1)), place(way(1))];
    const out = axis === 2 ? /** @type {Pixel} */ ([-1, 0]) : outwards(from, to, middle);
    return { axis, way: (t) => place(way(t)), out, rises: axis === 2, ...axes[axis] };
  });
}

/**
 * Return the way that leads straight off an edge, on the side where a point is not.
 * @param {Pixel} from
 * @param {Pixel} to
 * @param {Pixel} middle
 * @returns {Pixel}
 */
function outwards(from, to, middle) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const [right, down] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const side = Math.sign((from[0] - middle[0]) * -down + (from[1] - middle[1]) * right) || 1;
  return [-down * side, right * side];
}

/**
 * Return the ticks of an edge beside it.
 * @param {Pick<Lettering, 'measure'>} scene
 * @param {ScaleEdge} edge
 */
function ticksAlong({ measure }, { way, out, ticks }) {
  return ticks.map(({ at, text }) => {
    const width = measure(text, SIZES.tick);
    return beside('tick', text, way(at), out, GAP_TICK, [width, SIZES.tick]);
  });
}

/**
 * Return the title of an edge: beyond its ticks, where it meets no other words, and at their top
 * where the edge rises.
 * @param {Pick<Lettering, 'measure' | 'width' | 'height'>} scene
 * @param {ScaleEdge} edge
 * @param {Lettered[]} ticks
 * @param {Lettered[]} others
 */
function titleBeside(scene, { way, out, rises, title }, ticks, others) {
  /** @type {[number, number]} */
  const size = [scene.measure(title, SIZES.title), SIZES.title];
  if (rises) {
    const [top] = [...ticks].sort((a, b) => a.y - b.y);
    const right = top ? top.x + top.width / 2 : way(0)[0] - GAP_TICK;
    const y = top ? top.y - SIZES.title - GAP_TITLE : way(0)[1];
    return inward(scene, made('title', title, [right - size[0] / 2, y], size));
  }
  const places = titlesAlong(scene, { way, out, title }, ticks);
  const free = places.find((place) => isWithin(scene, place) && !meets(place, others));
  return inward(scene, free ?? places[0]);
}

/**
 * Return where the title of an edge may stand beyond its ticks, dearest first.
 * @param {Pick<Lettering, 'measure'>} scene
 * @param {Pick<ScaleEdge, 'way' | 'out' | 'title'>} edge
 * @param {Lettered[]} ticks
 */
function titlesAlong({ measure }, { way, out, title }, ticks) {
  const deep = Math.max(0, ...ticks.map(({ width, height }) => reachOf(out, width, height)));
  const away = GAP_TICK + deep + GAP_TITLE;
  /** @type {[number, number]} */
  const size = [measure(title, SIZES.title), SIZES.title];
  return SHARES.map((share) => beside('title', title, way(share), out, away, size));
}

/**
 * Return the name of a mark beside it, where the fewest paths and no other words stand.
 * @param {Lettering} scene
 * @param {string} text
 * @param {Pixel} at
 * @param {Box[]} others
 */
function nameOf(scene, text, at, others) {
  /** @type {[number, number]} */
  const size = [scene.measure(text, SIZES.mark), SIZES.mark];
  const places = WAYS.map(([right, down]) => beside('mark', text, at, [right, down], BESIDE, size));
  const bad = places.map((place, i) => {
    const covered = scene.busy.filter((pixel) => meets(place, [around(pixel, 1)])).length;
    const words = others.filter((other) => meets(place, [other])).length;
    const beyond = isWithin(scene, place) ? 0 : WORSE.beyond;
    return beyond + WORSE.words * words + WORSE.path * covered + WORSE.later * i;
  });
  return inward(scene, places[bad.indexOf(Math.min(...bad))]);
}

/**
 * Return what ticks and titles of a scene take of its panel's room, wherever they would stand.
 * @param {Pick<Lettering, 'place' | 'near' | 'axes' | 'measure'>} scene
 * @returns {Box[]}
 */
export function roomOf(scene) {
  return edgesIn(scene).flatMap((edge) => {
    const ticks = ticksAlong(scene, edge);
    return edge.rises ? ticks.slice(0, -1) : [...ticks, titlesAlong(scene, edge, ticks)[0]];
  });
}

// ---------------------------------------------------------------- boxes

/**
 * Return a text so far from a point, whichever way.
 * @param {Lettered['kind']} kind
 * @param {string} text
 * @param {Pixel} from
 * @param {number[]} out
 * @param {number} away
 * @param {[number, number]} size
 */
function beside(kind, text, [x, y], [right, down], away, size) {
  const [wide, high] = [away + size[0] / 2, away + size[1] / 2];
  return made(kind, text, [x + right * wide, y + down * high], size);
}

/**
 * Return how far a box reaches along a way.
 * @param {Pixel} out
 * @param {number} width
 * @param {number} height
 */
function reachOf([right, down], width, height) {
  return Math.abs(right) * width + Math.abs(down) * height;
}

/**
 * @param {Lettered['kind']} kind
 * @param {string} text
 * @param {Pixel} middle
 * @param {[number, number]} size
 * @returns {Lettered}
 */
function made(kind, text, [x, y], [width, height]) {
  return { kind, text, x, y, width, height };
}

/**
 * Return the box so far around a point.
 * @param {Pixel} point
 * @param {number} half
 * @returns {Box}
 */
function around([x, y], half) {
  return { x, y, width: 2 * half, height: 2 * half };
}

/**
 * Whether a box stands whole in a panel.
 * @param {Pick<Lettering, 'width' | 'height'>} panel
 * @param {Box} box
 */
function isWithin(panel, { x, y, width, height }) {
  return (
    x - width / 2 >= INWARD && x + width / 2 <= panel.width - INWARD &&
    y - height / 2 >= INWARD && y + height / 2 <= panel.height - INWARD
  );
}

/**
 * Return a text moved into its panel.
 * @param {Pick<Lettering, 'width' | 'height'>} panel
 * @param {Lettered} text
 * @returns {Lettered}
 */
function inward(panel, text) {
  /** @param {number} at @param {number} size @param {number} most */
  const into = (at, size, most) =>
    Math.max(INWARD + size / 2, Math.min(most - INWARD - size / 2, at));
  const x = into(text.x, text.width, panel.width);
  return { ...text, x, y: into(text.y, text.height, panel.height) };
}

/**
 * Whether a box lies on any of others.
 * @param {Box} box
 * @param {Box[]} others
 */
function meets(box, others) {
  return others.some(
    ({ x, y, width, height }) =>
      Math.abs(box.x - x) < (box.width + width) / 2 && Math.abs(box.y - y) < (box.height + height) / 2,
  );
}
