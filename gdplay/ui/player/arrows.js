/** Arrows where a run is held: downhill, what its rule remembers, and the step that it takes. */

import { stroke } from './ink.js';

/**
 * How each is drawn and called; what comes first lies under the others. Those that share a unit
 * share a factor.
 * @type {Record<Draw, { width: number, opacity: number, dash: number[], unit: 'slope' | 'way', title: string }>}
 */
const LOOKS = {
  step: { width: 5, opacity: 0.6, dash: [], unit: 'way', title: 'step the rule takes' },
  velocity: { width: 2, opacity: 1, dash: [5, 4], unit: 'slope', title: 'velocity, its memory' },
  downhill: { width: 2, opacity: 1, dash: [], unit: 'slope', title: 'downhill, −gradient' },
};
const PULLS = /** @type {Draw[]} */ (Object.keys(LOOKS));
/** The longest arrow of a unit is at most so many pixels long. */
const LONGEST = 110;
/** Steps of so many pixels are drawn as long as they are: the arrow ends where the run goes. */
const PLAIN = [14, 150];
/** Shorter ones are not drawn: nobody could tell where they point. */
const SHORTEST = 3;
/** A barb is so many pixels long, and shorter on a short arrow. */
const BARB = 9;

/**
 * Return where a run is drawn after so many updates, along both parameters and up: as steep as the
 * ground is there.
 * @param {Pick<Track, 'arrows'>} track
 * @param {number} made
 * @returns {[Draw, Point][]}
 */
export function drawnTo({ arrows }, made) {
  const [right, up] = (arrows?.downhill ?? []).slice(2 * made, 2 * made + 2);
  return PULLS.flatMap((name) => {
    const [x, y] = (arrows?.[name] ?? []).slice(2 * made, 2 * made + 2);
    const height = -(right * x + up * y);
    return Number.isFinite(height) ? [[name, [x, y, height]]] : [];
  });
}

/**
 * Return by what arrows are to be multiplied so that they are well seen: 1, 2, 3 or 5 times a power
 * of ten; nothing where there is nothing to see.
 * @param {number[]} lengths in pixels
 * @param {boolean} mayBePlain
 */
export function factorOf(lengths, mayBePlain = false) {
  const longest = Math.max(0, ...lengths);
  if (!(longest > 0 && Number.isFinite(longest))) return 0;
  if (mayBePlain && longest >= PLAIN[0] && longest <= PLAIN[1]) return 1;
  const power = Math.floor(Math.log10(LONGEST / longest));
  const digit = [5, 3, 2, 1].find((one) => one * 10 ** power * longest <= LONGEST) ?? 1;
  return Number(`${digit}e${power}`);
}

/**
 * Return the arrows of runs in pixels, and by what those of each kind are multiplied.
 * @param {Held[]} runs
 * @returns {{ arrows: Arrow[], factors: Partial<Record<Draw, number>> }}
 */
export function arrowsOf(runs) {
  const ways = runs.flatMap(({ track, made, at, toward }) =>
    drawnTo(track, made).map(([name, way]) => ({ name, at, track, way: toward(way) })),
  );
  /** @type {Partial<Record<Draw, number>>} */
  const factors = {};
  const arrows = PULLS.flatMap((name) => {
    const { unit } = LOOKS[name];
    const kin = ways.filter((each) => LOOKS[each.name].unit === unit);
    const factor = factorOf(kin.map(({ way }) => Math.hypot(...way)), unit === 'way');
    const own = ways.filter((each) => each.name === name && factor > 0);
    if (own.length > 0) factors[name] = factor;
    return own.map(({ at, track, way: [right, down] }) => ({
      name, at, color: track.color, right: factor * right, down: factor * down,
    }));
  });
  return { arrows, factors };
}

/**
 * Draw the arrows of runs where they are held, and say what they mean in a corner of the panel.
 * @param {CanvasRenderingContext2D} context
 * @param {State} state
 * @param {Panel} panel
 * @param {Held[]} runs
 */
export function drawArrows(context, { clock, preview, theme }, panel, runs) {
  const stands = clock.time !== null && !clock.playing && !preview.shown;
  const { arrows, factors } = arrowsOf(stands ? runs : []);
  for (const arrow of arrows) drawArrow(context, theme, arrow);
  tellFactors(panel, factors);
}

/**
 * Draw one arrow, unless it is too short.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Arrow} arrow
 */
function drawArrow(context, { page }, { name, at: [x, y], color, right, down }) {
  const length = Math.hypot(right, down);
  if (!(length >= SHORTEST && Number.isFinite(length))) return;
  const { width, opacity, dash } = LOOKS[name];
  const [tipX, tipY] = [x + right, y + down];
  const share = Math.min(BARB / length, 0.6);
  const [alongX, alongY] = [share * right, share * down];
  const shaft = () => {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(tipX, tipY);
  };
  const barbs = () => {
    context.beginPath();
    context.moveTo(tipX - alongX - 0.6 * alongY, tipY - alongY + 0.6 * alongX);
    context.lineTo(tipX, tipY);
    context.lineTo(tipX - alongX + 0.6 * alongY, tipY - alongY - 0.6 * alongX);
  };
  for (const part of [shaft, barbs]) {
    part();
    stroke(context, page, width + 2.5, 0.85);
  }
  context.setLineDash(dash);
  shaft();
  stroke(context, color, width, opacity);
  context.setLineDash([]);
  barbs();
  stroke(context, color, width, opacity);
}

// ---------------------------------------------------------------- what they mean

/**
 * Say in a corner of a panel which arrows are drawn, and by what they are multiplied.
 * @param {Panel} panel
 * @param {Partial<Record<Draw, number>>} factors
 */
function tellFactors(panel, factors) {
  const lines = meanings(factors);
  const text = lines.map(([, words]) => words).join('\n');
  if (panel.key?.dataset.text === text) return;
  panel.key?.remove();
  panel.key = null;
  if (lines.length === 0) return;
  panel.key = document.createElement('ul');
  panel.key.className = 'gd-arrows';
  panel.key.dataset.text = text;
  for (const [name, words] of lines) {
    const line = document.createElement('li');
    line.dataset.draw = name;
    line.textContent = words;
    panel.key.append(line);
  }
  panel.plot.after(panel.key);
}

/**
 * Return what each arrow means, and by what its kind is multiplied.
 * @param {Partial<Record<Draw, number>>} factors
 * @returns {[Draw, string][]}
 */
export function meanings(factors) {
  return [...PULLS].reverse().flatMap((name) => {
    const factor = factors[name];
    return factor ? [[name, `${LOOKS[name].title} × ${factor}`]] : [];
  });
}
