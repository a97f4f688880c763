/** What each run has learned by now, drawn over the picture of the fit. */

import { lastAtMost, madeBy } from './clock.js';
import { axesOf, outline, pen, stroke, toDown, toRight, within } from './ink.js';
import { linesOf } from './lines.js';

/** How many cells a picture of regions has along each side; enough for smooth boundaries. */
const CELLS = 56;
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
 * Draw a fit through points: a straight line, or a parabola.
 * @type {Draw}
 */
function drawLine(context, { clock }, axes, track, line) {
  if (!line) return;
  const [weights] = fitNow(clock, track);
  const [from, to] = [line.x[0], line.x[line.x.length - 1]];
  const steps = weights.length > 2 ? 60 : 1;
  context.beginPath();
  for (let i = 0; i <= steps; i += 1) {
    const x = from + ((to - from) * i) / steps;
    const y = weights.reduceRight((sum, weight) => sum * x + weight, 0);
    context.lineTo(toRight(axes, x), toDown(axes, y));
  }
  strokeRun(context, track, track.dash);
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
 * Call back with each point of a grid over flat axes.
 * @param {Axes} axes
 * @param {number} cells
 * @param {(column: number, row: number, x: number, y: number) => void} visit
 */
function overGrid({ x: { range: [x0, x1] }, y: { range: [y0, y1] } }, cells, visit) {
  for (let row = 0; row <= cells; row += 1) {
    for (let column = 0; column <= cells; column += 1) {
      visit(column, row, x0 + ((x1 - x0) * column) / cells, y0 + ((y1 - y0) * row) / cells);
    }
  }
}

/**
 * Draw where a run is undecided between two classes.
 * @type {Draw}
 */
function drawBoundary(context, { clock }, axes, track) {
  const scores = fitNow(clock, track);
  if (scores.length > 1) return;
  const margins = new Float64Array((CELLS + 1) ** 2);
  overGrid(axes, CELLS, (column, row, x, y) => {
    margins[row * (CELLS + 1) + column] = scoreAt(scores[0], x, y);
  });
  context.beginPath();
  for (let row = 0; row < CELLS; row += 1) {
    for (let column = 0; column < CELLS; column += 1) cross(context, axes, margins, column, row);
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
  /** @param {number[]} corner */
  const marginAt = ([right, up]) => margins[(row + up) * (CELLS + 1) + column + right];
  /** @type {Pixel[]} */
  const crossings = [];
  for (let side = 0; side < 4; side += 1) {
    const [a, b] = [CORNERS[side], CORNERS[(side + 1) % 4]];
    const [from, to] = [marginAt(a), marginAt(b)];
    if (from > 0 === to > 0) continue;
    const part = from / (from - to);
    const right = column + a[0] + part * (b[0] - a[0]);
    const up = row + a[1] + part * (b[1] - a[1]);
    crossings.push([left + (width * right) / CELLS, top + height * (1 - up / CELLS)]);
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
  const track = moving.find(({ place }) => place === state.data.play?.focus) ?? moving[0];
  if (!map?.colorscale || !track) return;
  const colors = map.colorscale.filter((_, i) => i % 2 === 0).map(([, color]) => channels(color));
  const paper = new OffscreenCanvas(CELLS + 1, CELLS + 1);
  const ground = /** @type {OffscreenCanvasRenderingContext2D} */ (paper.getContext('2d'));
  ground.putImageData(regions(axes, fitNow(state.clock, track), colors), 0, 0);
  const context = pen(panel, 'under');
  within(context, axes, () => {
    const [dx, dy] = [axes.width / CELLS / 2, axes.height / CELLS / 2];
    const { left, top, width, height } = axes;
    context.imageSmoothingEnabled = false;
    context.drawImage(paper, left - dx, top - dy, width + 2 * dx, height + 2 * dy);
  });
}

/**
 * Return the colours of the classes with the highest score, a pixel for each point of the grid.
 * @param {Axes} axes
 * @param {number[][]} scores
 * @param {number[][]} colors
 */
function regions(axes, scores, colors) {
  const picture = new ImageData(CELLS + 1, CELLS + 1);
  overGrid(axes, CELLS, (column, row, x, y) => {
    const values = scores.map((weights) => scoreAt(weights, x, y));
    const best = values.length > 1 ? values.indexOf(Math.max(...values)) : Number(values[0] > 0);
    const at = 4 * ((CELLS - row) * (CELLS + 1) + column);
    picture.data.set([...colors[best], 255], at);
  });
  return picture;
}

/**
 * Return red, green and blue of `#rrggbb`.
 * @param {string} color
 */
function channels(color) {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

// ---------------------------------------------------------------- predictions and counts

/**
 * Draw predicted against actual.
 * @type {Draw}
 */
function drawCloud(context, { clock }, axes, track, line) {
  if (!line) return;
  const [weights] = fitNow(clock, track);
  const columns = weights.length - 1;
  context.globalAlpha = 0.6;
  context.fillStyle = track.color;
  for (let i = 0; i < line.x.length; i += 1) {
    let predicted = weights[0];
    for (let j = 0; j < columns; j += 1) predicted += weights[j + 1] * clock.rows[i * columns + j];
    const at = /** @type {const} */ ([toRight(axes, line.x[i]), toDown(axes, predicted)]);
    context.fill(outline(track.marker, ...at, 2.5));
  }
  context.globalAlpha = 1;
}

/**
 * Draw how many rows of each class are taken for which, over the chart's own counts.
 * @type {Draw}
 */
function drawCounts(context, { clock, theme }, axes, track) {
  const rows = fitNow(clock, track);
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
