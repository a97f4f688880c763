/** What each run has learned by now, drawn over the picture of the fit. */

import { lastAtMost, madeBy, numbers } from './clock.js';
import { axesOf, marker, pen, stroke, toDown, toRight, within } from './ink.js';
import { linesOf } from './lines.js';

/** How many cells a picture of regions has along each side; enough for smooth boundaries. */
const CELLS = 56;
/** How much of a run's colour a cell of no row, and of all rows of a class, takes. */
const [FAINTEST, FULLEST] = [0.03, 0.55];
const DASHES = {
  solid: [],
  dash: [9, 6],
  dot: [2, 4],
  dashdot: [9, 5, 2, 5],
  longdash: [14, 6],
  longdashdot: [14, 5, 2, 5],
};

/** Draw what each run has learned by now. */
export function drawFit(state, panel) {
  const axes = axesOf(panel);
  const { kind } = state.data.play;
  const draw = {
    line: drawLine,
    regions: drawBoundary,
    predicted: drawCloud,
    confusion: drawCounts,
  }[kind];
  if (!axes || !draw) return;
  const context = pen(panel, 'over');
  const moving = state.clock.tracks.filter(({ shape }) => shape);
  const lines = linesOf(state, 'fit', panel);
  if (kind === 'regions') tint(state, panel, axes, moving);
  within(context, axes, () => {
    for (const track of moving) draw(context, state, axes, track, lines.get(track.label));
  });
}

/** Return what is known of a run's fit now: so many lists of numbers. */
function fitNow(clock, track) {
  const { shape, fitted, fits } = track;
  const [lists, size] = shape;
  const from = lastAtMost(fitted, madeBy(clock, track)) * lists * size;
  const list = (k) => fits.slice(from + k * size, from + (k + 1) * size);
  return Array.from({ length: lists }, (_, k) => list(k));
}

/** Draw a fit through points: a straight line, or a parabola. */
function drawLine(context, { clock, theme }, axes, track, { x: drawn }) {
  const [weights] = fitNow(clock, track);
  const [from, to] = [drawn[0], drawn[drawn.length - 1]];
  const steps = weights.length > 2 ? 60 : 1;
  context.beginPath();
  for (let i = 0; i <= steps; i += 1) {
    const x = from + ((to - from) * i) / steps;
    const y = weights.reduceRight((sum, weight) => sum * x + weight, 0);
    context.lineTo(toRight(axes, x), toDown(axes, y));
  }
  strokeAsRun(context, theme, track);
}

/** Stroke the current path in a run's colour and dash. */
function strokeAsRun(context, theme, { color, dash }) {
  context.setLineDash(DASHES[dash]);
  stroke(context, color, 2.5);
  context.setLineDash([]);
}

/** Return a score at a point: 1, x, y and, where there are six weights, x², xy, y². */
function scoreAt(w, x, y) {
  const flat = w[0] + w[1] * x + w[2] * y;
  return w.length > 3 ? flat + w[3] * x * x + w[4] * x * y + w[5] * y * y : flat;
}

/** Call back with each point of a grid over flat axes: column, row, x, y. */
function overGrid({ x: { range: [x0, x1] }, y: { range: [y0, y1] } }, cells, visit) {
  for (let row = 0; row <= cells; row += 1) {
    for (let column = 0; column <= cells; column += 1) {
      visit(column, row, x0 + ((x1 - x0) * column) / cells, y0 + ((y1 - y0) * row) / cells);
    }
  }
}

/** Draw where a run is undecided between two classes. */
function drawBoundary(context, { clock, theme }, axes, track) {
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
  strokeAsRun(context, theme, { ...track, dash: 'solid' });
}

/** Add to the current path the line on which margins vanish inside one cell (marching squares). */
function cross(context, { left, top, width, height }, margins, column, row) {
  const corner = ([right, up]) => margins[(row + up) * (CELLS + 1) + column + right];
  const found = [];
  for (let side = 0; side < 4; side += 1) {
    const [a, b] = [CORNERS[side], CORNERS[(side + 1) % 4]];
    const [from, to] = [corner(a), corner(b)];
    if (from > 0 === to > 0) continue;
    const part = from / (from - to);
    const right = column + a[0] + part * (b[0] - a[0]);
    const up = row + a[1] + part * (b[1] - a[1]);
    found.push([left + (width * right) / CELLS, top + height * (1 - up / CELLS)]);
  }
  for (let i = 0; i + 1 < found.length; i += 2) {
    context.moveTo(...found[i]);
    context.lineTo(...found[i + 1]);
  }
}

const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

/** Paint, under the points, the class that the run in the picture would choose everywhere. */
function tint(state, panel, axes, moving) {
  const map = state.data.panels.fit.spec.data.find(({ type }) => type === 'heatmap');
  const track = moving.find(({ place }) => place === state.data.play.focus) ?? moving[0];
  if (!map || !track) return;
  const scores = fitNow(state.clock, track);
  const colors = map.colorscale.filter((_, i) => i % 2 === 0).map(([, color]) => channels(color));
  const picture = new ImageData(CELLS + 1, CELLS + 1);
  overGrid(axes, CELLS, (column, row, x, y) => {
    const values = scores.map((weights) => scoreAt(weights, x, y));
    const best = values.length > 1 ? values.indexOf(Math.max(...values)) : Number(values[0] > 0);
    const at = 4 * ((CELLS - row) * (CELLS + 1) + column);
    picture.data.set([...colors[best], 255], at);
  });
  const paper = new OffscreenCanvas(CELLS + 1, CELLS + 1);
  paper.getContext('2d').putImageData(picture, 0, 0);
  const context = pen(panel, 'under');
  within(context, axes, () => {
    const [dx, dy] = [axes.width / CELLS / 2, axes.height / CELLS / 2];
    const { left, top, width, height } = axes;
    context.imageSmoothingEnabled = false;
    context.drawImage(paper, left - dx, top - dy, width + 2 * dx, height + 2 * dy);
  });
}

/** Return red, green and blue of `#rrggbb`. */
function channels(color) {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

/** Draw predicted against actual. */
function drawCloud(context, { clock, data }, axes, track, { x }) {
  const [weights] = fitNow(clock, track);
  data.play.values ??= numbers(data.play.rows);
  const columns = weights.length - 1;
  context.globalAlpha = 0.6;
  context.fillStyle = track.color;
  for (let i = 0; i < x.length; i += 1) {
    let predicted = weights[0];
    for (let j = 0; j < columns; j += 1) {
      predicted += weights[j + 1] * data.play.values[i * columns + j];
    }
    context.fill(marker(track.symbol, toRight(axes, x[i]), toDown(axes, predicted), 2.5));
  }
  context.globalAlpha = 1;
}

/** Draw how many rows of each class are taken for which, over the chart's own counts. */
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
