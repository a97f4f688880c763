/** What each run has learned by now, drawn over the picture of the fit. */

import { lastAtMost, madeBy } from './clock.js';
import { axesOf, channels, outline, pen, stroke, toDown, toRight, within } from './ink.js';
import { linesOf } from './lines.js';
import { inputsAt, mixedAt, unitsAt } from './network.js';

/** How many cells a picture of regions has along each side; enough for smooth boundaries. */
const CELLS = 56;
/** The same of a network, each point of which takes a hundred times as long. */
const COARSE = 40;
/** The points of so many grids are kept: that of the units, and those of axes that change. */
const GRIDS = 4;
/** The radius of a ring around a row that a network gets wrong. */
const RING = 5.5;
/** How much of a run's colour a cell of no row, and of all rows of a class, takes. */
const [FAINTEST, FULLEST] = [0.03, 0.55];

/**
 * Draws one run's fit inside flat axes; `line` is its trace in the figure, where it has one.
 * @typedef {(context: CanvasRenderingContext2D, state: State, axes: Axes, track: Track,
 *   line?: Line) => void} Draw
 */

/**
 * Draw what each run has learned by now.
 * @param {State} state
 * @param {Panel} panel
 */
export function drawFit(state, panel) {
  const axes = axesOf(panel);
  const { kind } = state.data.play ?? {};
  if (!axes || !kind) return;
  const context = pen(panel, 'over');
  const moving = state.clock.tracks.filter(({ shape }) => shape);
  const lines = linesOf(state, panel);
  if (kind === 'regions') tint(state, panel, axes, moving);
  within(context, axes, () => {
    for (const track of moving) DRAWS[kind](context, state, axes, track, lines.get(track.label));
    if (kind === 'regions') ringWrong(context, state, axes, moving);
  });
}

/**
 * Return what is known of a run's fit now: so many lists of numbers.
 * @param {Clock} clock
 * @param {Track} track
 */
export function fitNow(clock, track) {
  const { shape, fitted, fits } = track;
  const [lists, size] = shape ?? [0, 0];
  const from = lastAtMost(fitted, madeBy(clock, track)) * lists * size;
  /** @param {number} k */
  const list = (k) => Array.from(fits.slice(from + k * size, from + (k + 1) * size));
  return Array.from({ length: lists }, (_, k) => list(k));
}

// ---------------------------------------------------------------- lines

/**
 * Draw a fit through points: a straight line, a parabola, or what a network makes of them.
 * @type {Draw}
 */
function drawLine(context, state, axes, track, line) {
  if (!line) return;
  const [from, to] = [line.x[0], line.x[line.x.length - 1]];
  const steps = track.shape?.[1] === 2 ? 1 : 60;
  const x = Float64Array.from({ length: steps + 1 }, (_, i) => from + ((to - from) * i) / steps);
  const [y] = scoresAt(state, track, x, null);
  context.beginPath();
  x.forEach((value, i) => context.lineTo(toRight(axes, value), toDown(axes, y[i])));
  strokeRun(context, track, track.dash);
}

/**
 * Return each of a run's scores now at points of one raw column, or of two.
 * @param {State} state
 * @param {Track} track
 * @param {Float64Array} x
 * @param {Float64Array | null} y
 */
function scoresAt({ clock, data }, track, x, y) {
  const net = data.play?.net;
  if (net) return scoresOf(net, netNow(clock, track), inputsAt(net, x, y));
  return fitNow(clock, track).map((weights) =>
    y ? x.map((right, i) => scoreAt(weights, right, y[i])) : x.map((right) => powers(weights, right)),
  );
}

/**
 * Return what a network puts out.
 * @param {Net} net
 * @param {ArrayLike<number>} weights
 * @param {Float64Array[]} inputs
 */
function scoresOf(net, weights, inputs) {
  return unitsAt(net, weights, inputs)[net.sizes.length - 1];
}

/**
 * Return the weights of a run's network now.
 * @param {Clock} clock
 * @param {Track} track
 */
export function netNow(clock, track) {
  return mixedAt(track, madeBy(clock, track), track.shape?.[1] ?? 0);
}

/**
 * Return the sum of weighted powers of a number.
 * @param {number[]} weights
 * @param {number} x
 */
function powers(weights, x) {
  return weights.reduceRight((sum, weight) => sum * x + weight, 0);
}

/**
 * Stroke the current path in a run's colour.
 * @param {CanvasRenderingContext2D} context
 * @param {Run} run
 * @param {number[]} dash
 */
function strokeRun(context, { color }, dash) {
  context.setLineDash(dash);
  stroke(context, color, 2.5);
  context.setLineDash([]);
}

// ---------------------------------------------------------------- regions

/**
 * Return a score at a point: 1, x, y and, where there are more weights, x², xy, y², x³ and so on.
 * @param {number[]} w
 * @param {number} x
 * @param {number} y
 */
function scoreAt(w, x, y) {
  let [score, at] = [w[0], 1];
  for (let degree = 1; at < w.length; degree += 1) {
    for (let power = 0; power <= degree; power += 1, at += 1) {
      score += w[at] * x ** (degree - power) * y ** power;
    }
  }
  return score;
}

/**
 * Return the points of a grid of squares over a range to the right and one up, row after row.
 * @param {Interval} right
 * @param {Interval} up
 * @param {number} cells
 */
export function gridOver([x0, x1], [y0, y1], cells) {
  const [x, y] = [new Float64Array((cells + 1) ** 2), new Float64Array((cells + 1) ** 2)];
  for (let row = 0, at = 0; row <= cells; row += 1) {
    for (let column = 0; column <= cells; column += 1, at += 1) {
      x[at] = x0 + ((x1 - x0) * column) / cells;
      y[at] = y0 + ((y1 - y0) * row) / cells;
    }
  }
  return { x, y };
}

/**
 * What was worked out last of each run: two pictures ask for it, and a run that waits is as it was.
 * @type {WeakMap<Track, { key: string, scores: Float64Array[] }>}
 */
const known = new WeakMap();

/**
 * Return each of a run's scores now over flat axes.
 * @param {State} state
 * @param {Axes} axes
 * @param {Track} track
 */
function scoresOver(state, axes, track) {
  const key = [madeBy(state.clock, track), state.closeUps.taken, axes.x.range, axes.y.range].join();
  const before = known.get(track);
  if (before?.key === key) return before.scores;
  const scores = overGrid(state, axes, track);
  known.set(track, { key, scores });
  return scores;
}

/**
 * Work out each of a run's scores now over flat axes.
 * @param {State} state
 * @param {Axes} axes
 * @param {Track} track
 */
function overGrid(state, axes, track) {
  const net = state.data.play?.net;
  if (net) return scoresOf(net, netNow(state.clock, track), inputsOver(net, axes.x.range, axes.y.range, COARSE));
  const { x, y } = gridOver(axes.x.range, axes.y.range, CELLS);
  return scoresAt(state, track, x, y);
}

/**
 * What a network is told over grids, until it is another's: it stays while weights change.
 * @type {WeakMap<Net, Map<string, Float64Array[]>>}
 */
const placed = new WeakMap();

/**
 * Return a network's inputs at the points of a grid over a range to the right and one up.
 * @param {Net} net
 * @param {Interval} right
 * @param {Interval} up
 * @param {number} cells
 */
export function inputsOver(net, right, up, cells) {
  const key = [right, up, cells].join();
  const grids = placed.get(net) ?? new Map();
  if (!grids.has(key)) {
    if (grids.size === GRIDS) grids.clear(); // a hand that draws axes apart comes by many
    const { x, y } = gridOver(right, up, cells);
    grids.set(key, inputsAt(net, x, y));
  }
  placed.set(net, grids);
  return grids.get(key);
}

/**
 * Draw where a run is undecided between two classes.
 * @type {Draw}
 */
function drawBoundary(context, state, axes, track) {
  if ((state.data.play?.net?.sizes.at(-1) ?? track.shape?.[0]) !== 1) return;
  const [margins] = scoresOver(state, axes, track);
  context.beginPath();
  const cells = Math.sqrt(margins.length) - 1;
  for (let row = 0; row < cells; row += 1) {
    for (let column = 0; column < cells; column += 1) cross(context, axes, margins, column, row);
  }
  strokeRun(context, track, []);
}

/**
 * Add to the current path the line on which margins vanish inside one cell (marching squares).
 * @param {CanvasRenderingContext2D} context
 * @param {Axes} axes
 * @param {Float64Array} margins
 * @param {number} column
 * @param {number} row
 */
function cross(context, { left, top, width, height }, margins, column, row) {
  const across = Math.sqrt(margins.length);
  /** @param {number[]} corner */
  const marginAt = ([right, up]) => margins[(row + up) * across + column + right];
  /** @type {Pixel[]} */
  const crossings = [];
  for (let side = 0; side < 4; side += 1) {
    const [a, b] = [CORNERS[side], CORNERS[(side + 1) % 4]];
    const [from, to] = [marginAt(a), marginAt(b)];
    if (from > 0 === to > 0) continue;
    const part = from / (from - to);
    const right = column + a[0] + part * (b[0] - a[0]);
    const up = row + a[1] + part * (b[1] - a[1]);
    crossings.push([left + (width * right) / (across - 1), top + height * (1 - up / (across - 1))]);
  }
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    context.moveTo(...crossings[i]);
    context.lineTo(...crossings[i + 1]);
  }
}

const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

/**
 * Paint, under the points, the class that the run in the picture would choose everywhere.
 * @param {State} state
 * @param {Panel} panel
 * @param {Axes} axes
 * @param {Track[]} moving
 */
function tint(state, panel, axes, moving) {
  const map = state.data.panels.fit?.spec.data.find(({ type }) => type === 'heatmap');
  const track = tinting(state, moving);
  if (!map?.colorscale || !track) return;
  const colors = map.colorscale.filter((_, i) => i % 2 === 0).map(([, color]) => channels(color));
  const scores = scoresOver(state, axes, track);
  const side = Math.sqrt(scores[0].length);
  const paper = new OffscreenCanvas(side, side);
  const ground = /** @type {OffscreenCanvasRenderingContext2D} */ (paper.getContext('2d'));
  ground.putImageData(regions(scores, side, colors), 0, 0);
  const context = pen(panel, 'under');
  within(context, axes, () => {
    const [dx, dy] = [axes.width / (side - 1) / 2, axes.height / (side - 1) / 2];
    const { left, top, width, height } = axes;
    context.imageSmoothingEnabled = false;
    context.drawImage(paper, left - dx, top - dy, width + 2 * dx, height + 2 * dy);
  });
}

/**
 * Return the run whose decisions tint the regions.
 * @param {Pick<State, 'data'>} state
 * @param {Track[]} moving
 */
function tinting({ data }, moving) {
  return moving.find(({ place }) => place === data.play?.focus) ?? moving[0];
}

/**
 * Draw rings around the rows that a network gets wrong: on a plane the region under a row is what it
 * says of the place, not of the row.
 * @param {CanvasRenderingContext2D} context
 * @param {State} state
 * @param {Axes} axes
 * @param {Track[]} moving
 */
function ringWrong(context, { clock, data, theme }, axes, moving) {
  const [net, track] = [data.play?.net, tinting({ data }, moving)];
  if (!net?.plane || !track) return;
  const [x, y, classes, ...inputs] = columnsOf(clock.rows, net.sizes[0] + 3);
  const scores = scoresOf(net, netNow(clock, track), inputs);
  classes.forEach((own, row) => {
    if (bestAt(scores, row) === own) return;
    context.beginPath();
    context.arc(toRight(axes, x[row]), toDown(axes, y[row]), RING, 0, 2 * Math.PI);
    stroke(context, theme.text, 1.4);
  });
}

/**
 * Return the columns of rows that stand one after the other.
 * @param {Numbers} rows
 * @param {number} count
 */
function columnsOf(rows, count) {
  return Array.from({ length: count }, (_, j) =>
    Float64Array.from({ length: rows.length / count }, (_r, i) => rows[i * count + j]),
  );
}

/**
 * Return the colours of the classes with the highest score, a pixel for each point of the grid.
 * @param {Float64Array[]} scores
 * @param {number} side
 * @param {number[][]} colors
 */
function regions(scores, side, colors) {
  const picture = new ImageData(side, side);
  const { data } = picture;
  for (let row = 0, point = 0; row < side; row += 1) {
    let at = 4 * (side - 1 - row) * side;
    for (let column = 0; column < side; column += 1, point += 1, at += 4) {
      const color = colors[bestAt(scores, point)];
      for (let i = 0; i < 3; i += 1) data[at + i] = color[i];
      data[at + 3] = 255;
    }
  }
  return picture;
}

/**
 * Return the class with the highest score at a point; of a single score it is that above zero.
 * @param {Float64Array[]} scores
 * @param {number} point
 */
function bestAt(scores, point) {
  if (scores.length === 1) return Number(scores[0][point] > 0);
  let best = 0;
  for (let i = 1; i < scores.length; i += 1) if (scores[i][point] > scores[best][point]) best = i;
  return best;
}

// ---------------------------------------------------------------- predictions and counts

/**
 * Draw predicted against actual.
 * @type {Draw}
 */
function drawCloud(context, state, axes, track, line) {
  if (!line) return;
  const predicted = predictions(state, track, line.x.length);
  context.globalAlpha = 0.6;
  context.fillStyle = track.color;
  for (let i = 0; i < line.x.length; i += 1) {
    const at = /** @type {const} */ ([toRight(axes, line.x[i]), toDown(axes, predicted[i])]);
    context.fill(outline(track.marker, ...at, 2.5));
  }
  context.globalAlpha = 1;
}

/**
 * Return what a run predicts now for the rows drawn.
 * @param {State} state
 * @param {Track} track
 * @param {number} count
 */
function predictions({ clock, data }, track, count) {
  const columns = clock.rows.length / count;
  const X = columnsOf(clock.rows, columns);
  if (data.play?.net) return scoresOf(data.play.net, netNow(clock, track), X)[0];
  const [[bias, ...weights]] = fitNow(clock, track);
  return Float64Array.from({ length: count }, (_, i) =>
    weights.reduce((sum, weight, j) => sum + weight * X[j][i], bias),
  );
}

/**
 * Return how many rows of each class are taken for which now; of a network they stand last.
 * @param {State} state
 * @param {Track} track
 */
function countsNow({ clock, data }, track) {
  const told = fitNow(clock, track);
  const classes = data.play?.net?.sizes.at(-1);
  if (!classes) return told;
  const all = Math.max(2, classes);
  const counts = told[0].slice(-(all * all));
  return Array.from({ length: all }, (_, actual) => counts.slice(all * actual, all * (actual + 1)));
}

/**
 * Draw how many rows of each class are taken for which, over the chart's own counts.
 * @type {Draw}
 */
function drawCounts(context, state, axes, track) {
  const { theme } = state;
  const rows = countsNow(state, track);
  const [width, height] = [axes.width / rows.length, axes.height / rows.length];
  context.fillStyle = theme.page;
  context.fillRect(axes.left, axes.top, axes.width, axes.height);
  context.font = `${Math.min(12, 0.8 * height, 0.4 * width)}px ${theme.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  rows.forEach((counts, actual) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    counts.forEach((count, predicted) => {
      const [x, y] = [toRight(axes, predicted), toDown(axes, actual)];
      const share = count / Math.max(total, 1);
      context.globalAlpha = FAINTEST + (FULLEST - FAINTEST) * share;
      context.fillStyle = track.color;
      context.fillRect(x - width / 2 + 1, y - height / 2 + 1, width - 2, height - 2);
      context.globalAlpha = 1;
      context.fillStyle = theme.text;
      context.fillText(String(count), x, y);
    });
  });
}

/** How each kind of picture follows. @type {Record<FitKind, Draw>} */
const DRAWS = {
  line: drawLine,
  regions: drawBoundary,
  predicted: drawCloud,
  confusion: drawCounts,
};
