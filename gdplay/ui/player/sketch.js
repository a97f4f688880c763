/**
 * A sketch of the surface panel: the ground from above and the paths on it, true at once, until
 * Plotly has come and drawn.
 */

import { numbers } from './clock.js';
import { placesIn } from './lines.js';

const NAMESPACE = 'http://www.w3.org/2000/svg';

/** So wide and high is the sketch's own paper; it is stretched over the panel. */
const PAPER = 1000;

/**
 * Sketch the surface panel, where nothing has been drawn yet.
 * @param {State} state
 */
export function sketch({ root, data, panels, draws }) {
  const given = data.panels.surface;
  if (draws > 0 || !given || root.querySelector('.gd-sketch')) return;
  const paper = sketched(given.spec.data);
  if (paper) panels.surface.element.append(paper);
}

/**
 * Take the sketch away: the chart stands.
 * @param {State} state
 */
export function clearSketch({ root }) {
  root.querySelector('.gd-sketch')?.remove();
}

/**
 * Return the sketch of a surface's traces; null where there is no ground.
 * @param {Trace[]} traces
 */
function sketched(traces) {
  const ground = traces.find(({ type }) => type === 'surface' || type === 'contour');
  if (!ground?.z) return null;
  const [x, y] = [numbers(ground.x), numbers(ground.y)];
  const paper = part('svg', { viewBox: `0 0 ${PAPER} ${PAPER}`, preserveAspectRatio: 'none' });
  paper.setAttribute('class', 'gd-sketch');
  paper.setAttribute('aria-hidden', 'true');
  paper.append(...heights(numbers(ground.z), x.length, ground.colorscale ?? []));
  for (const trace of traces.filter(isPath)) {
    const d = wayOf(numbers(trace.x), numbers(trace.y), x, y);
    const looks = { stroke: trace.line?.color ?? 'currentColor', 'stroke-width': '3' };
    paper.append(part('path', { d, fill: 'none', ...looks, ...STEADY }));
  }
  // Round dots, however the paper is stretched.
  const dots = placesIn(traces).map(({ at }) => `${wayOf([at[0]], [at[1]], x, y)}h0`);
  for (const kind of ['casing', 'place']) {
    paper.append(...dots.map((d) => part('path', { d, class: kind, ...STEADY })));
  }
  return paper;
}

/** Lines as wide as they say, however the paper is stretched. */
const STEADY = { 'vector-effect': 'non-scaling-stroke', 'stroke-linejoin': 'round' };

/**
 * Whether a trace is a run's path: its casing has no name, marks have no line.
 * @param {Trace} trace
 */
function isPath({ name, mode }) {
  return Boolean(name) && mode === 'lines+markers';
}

/** Bands of height that a sketch tells apart; not as many as a scale has level lines. */
const BANDS = 12;

/** What a gap in the ground counts as: no band. */
const GAP = -1;

/**
 * Return rectangles that shade the ground, row after row, cells of one band as one; none for gaps.
 * @param {Numbers} z
 * @param {number} columns
 * @param {[number, string][]} scale
 */
function heights(z, columns, scale) {
  const known = Array.from(z).filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const size = high - low || 1;
  /** @param {number} height */
  const band = (height) =>
    Number.isFinite(height) ? Math.min(BANDS - 1, Math.floor(((height - low) / size) * BANDS)) : GAP;
  const rows = z.length / columns;
  const parts = [];
  for (let row = 0; row < rows; row += 1) {
    for (let from = 0, to = 0; from < columns; from = to) {
      const here = band(z[row * columns + from]);
      while (to < columns && band(z[row * columns + to]) === here) to += 1;
      if (here === GAP) continue;
      const [width, height] = [PAPER / columns, PAPER / rows];
      parts.push(part('rect', {
        x: String(from * width), y: String((rows - 1 - row) * height),
        width: String((to - from) * width + 1), height: String(height + 1),
        fill: colorAt(scale, (here + 0.5) / BANDS),
      }));
    }
  }
  return parts;
}

/**
 * Return a scale's colour nearest below a share of the way.
 * @param {[number, string][]} scale
 * @param {number} share
 */
function colorAt(scale, share) {
  return scale.filter(([at]) => at <= share).at(-1)?.[1] ?? 'none';
}

/**
 * Return a way over the plane on the paper, as SVG writes it; it is broken where numbers are none.
 * @param {Numbers} x
 * @param {Numbers} y
 * @param {Numbers} across
 * @param {Numbers} up
 */
function wayOf(x, y, across, up) {
  /** @param {number} value @param {Numbers} axis */
  const share = (value, axis) => (value - axis[0]) / (axis[axis.length - 1] - axis[0]);
  return Array.from(x, (value, i) => {
    if (Number.isNaN(value)) return '';
    const [right, high] = [share(value, across), share(y[i], up)];
    const verb = i > 0 && !Number.isNaN(x[i - 1]) ? 'L' : 'M';
    return `${verb}${(PAPER * right).toFixed(1)},${(PAPER * (1 - high)).toFixed(1)}`;
  }).join('');
}

/**
 * Return a part of a drawing.
 * @param {string} name
 * @param {Record<string, string>} attributes
 */
function part(name, attributes) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
