/** A network as it is by now: each unit a small picture of what it says, each weight an edge. */

import { inputsOver, netNow } from './fits.js';
import { axesOf, channels, pen, stroke, toDown, toRight } from './ink.js';
import { inputsAt, unitsAt } from './network.js';

/** How many cells a unit's picture has along each side, and a unit's curve along it. */
const TILE = 24;
const BENDS = 32;
/** An edge is so wide at weight 0, so much wider for each 1 that the weight is from it, at most. */
const [THINNEST, WIDER, WIDEST] = [0.4, 1.1, 6];
/** The same of how clear it is. */
const [FAINT, CLEARER, CLEAREST] = [0.12, 0.3, 0.8];
/** Weights are told apart in so many steps for each 1, until edges are as wide as they get. */
const LEVELS = 8;
const FULL = (WIDEST - THINNEST) / WIDER;

/**
 * Draw the network of the run that the diagram is of.
 * @param {State} state
 * @param {Panel} panel
 * @param {Diagram} diagram
 */
export function drawNetwork(state, panel, diagram) {
  const [axes, net] = [axesOf(panel), state.data.play?.net];
  const track = state.clock.tracks.find(({ place, shape }) => place === diagram.place && shape);
  if (!axes || !net || !track) return;
  const context = pen(panel, 'over');
  const weights = netNow(state.clock, track);
  const half = toRight(axes, diagram.half) - toRight(axes, 0);
  const middles = diagram.middles.map((layer) =>
    layer.map(([x, y]) => /** @type {Pixel} */ ([toRight(axes, x), toDown(axes, y)])),
  );
  const units = unitsAt(net, weights, pointsOf(net, diagram));
  if (diagram.grid) {
    drawFolded(context, state.theme, middles, half, net, weights);
    units.splice(0, 2, [new Float64Array(1)], weighedBy(net, weights));
  }
  drawEdges(context, diagram, middles, half, weights, diagram.grid ? net.sizes[0] : 0);
  drawUnits(context, state.theme, diagram, middles, half, units);
}

/**
 * Return the inputs of a network at the points that units are shown over.
 * @param {Net} net
 * @param {Diagram} diagram
 */
function pointsOf(net, { box: [right, up] }) {
  if (up) return inputsOver(net, right, up, TILE - 1);
  const step = (right[1] - right[0]) / BENDS;
  return inputsAt(net, Float64Array.from({ length: BENDS + 1 }, (_, i) => right[0] + i * step), null);
}

// ---------------------------------------------------------------- edges

/**
 * Draw each weight as an edge, wider and clearer the further it is from zero; those of about the
 * same weight in one stroke, for a stroke takes its time however short it is.
 * @param {CanvasRenderingContext2D} context
 * @param {Diagram} diagram
 * @param {Pixel[][]} middles
 * @param {number} half
 * @param {ArrayLike<number>} weights
 * @param {number} folded how many inputs share one square; 0 where each has its own
 */
function drawEdges(context, { colors: [below, , above] }, middles, half, weights, folded) {
  for (const [level, edges] of levelsOf(middles, weights, folded)) {
    context.beginPath();
    for (const [from, to] of edges) edge(context, from, to, half);
    strokeEdges(context, level > 0 ? above : below, Math.abs(level) / LEVELS);
  }
}

/**
 * Return the two squares of each edge by its weight, in steps of 1 / `LEVELS` away from zero.
 * @param {Pixel[][]} middles
 * @param {ArrayLike<number>} weights
 * @param {number} folded
 */
export function levelsOf(middles, weights, folded) {
  /** @type {Map<number, [Pixel, Pixel][]>} */
  const levels = new Map();
  let at = folded && (folded + 1) * middles[1].length;
  for (let layer = folded ? 2 : 1; layer < middles.length; layer += 1) {
    for (const from of middles[layer - 1]) {
      for (const to of middles[layer]) {
        const steps = Math.ceil(Math.min(Math.abs(weights[at]), FULL) * LEVELS);
        const level = weights[at] > 0 ? steps : -steps;
        const kin = levels.get(level);
        if (kin) kin.push([from, to]);
        else levels.set(level, [[from, to]]);
        at += 1;
      }
    }
    at += middles[layer].length; // biases
  }
  return levels;
}

/**
 * Stroke the current path as edges of a weight so far from zero.
 * @param {CanvasRenderingContext2D} context
 * @param {string} color
 * @param {number} size
 */
function strokeEdges(context, color, size) {
  const width = Math.min(WIDEST, THINNEST + WIDER * size);
  stroke(context, color, width, Math.min(CLEAREST, FAINT + CLEARER * size));
}

/**
 * Return what each unit of the first layer weighs its inputs by.
 * @param {Net} net
 * @param {ArrayLike<number>} weights
 */
function weighedBy({ sizes: [inputs, units] }, weights) {
  return Array.from({ length: units }, (_, unit) =>
    Float64Array.from({ length: inputs }, (_w, i) => weights[i * units + unit]),
  );
}

/**
 * Draw all weights from inputs in one square to each unit as one edge, by their root mean square.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Pixel[][]} middles
 * @param {number} half
 * @param {Net} net
 * @param {ArrayLike<number>} weights
 */
function drawFolded(context, { quiet }, [[from], first], half, net, weights) {
  weighedBy(net, weights).forEach((own, unit) => {
    const size = Math.sqrt(own.reduce((sum, weight) => sum + weight * weight, 0) / own.length);
    context.beginPath();
    edge(context, from, first[unit], half);
    strokeEdges(context, quiet, size);
  });
}

/**
 * Add the way from the right of one square to the left of another to the current path.
 * @param {CanvasRenderingContext2D} context
 * @param {Pixel} from
 * @param {Pixel} to
 * @param {number} half
 */
function edge(context, from, to, half) {
  const [left, right] = [from[0] + half, to[0] - half];
  const middle = (left + right) / 2;
  context.moveTo(left, from[1]);
  context.bezierCurveTo(middle, from[1], middle, to[1], right, to[1]);
}

// ---------------------------------------------------------------- units

/**
 * Draw what each unit says: over a plane as a small map, over a line as a curve.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Diagram} diagram
 * @param {Pixel[][]} middles
 * @param {number} half
 * @param {Float64Array[][]} units
 */
function drawUnits(context, theme, { colors, box, grid }, middles, half, units) {
  const inks = colors.map(channels);
  const map = paperOf(TILE, TILE);
  const folded = grid ? [paperOf(1, 1), paperOf(grid[1], grid[0])] : [];
  middles.forEach((layer, i) =>
    layer.forEach(([right, down], j) => {
      const [left, top, side] = [right - half, down - half, 2 * half];
      const { paper, ground } = folded[i] ?? map;
      const shares = sharesOf(units[i][j], folded[i] ? 0 : 1);
      if (box.length > 1) {
        ground.putImageData(tile(shares, inks, paper.width, Boolean(folded[i])), 0, 0);
        context.imageSmoothingEnabled = !folded[i];
        context.drawImage(paper, left, top, side, side);
      } else {
        context.fillStyle = colors[1];
        context.fillRect(left, top, side, side);
        drawCurve(context, theme, shares, left, down, half);
      }
      context.beginPath();
      context.rect(left, top, side, side);
      stroke(context, theme.quiet, 1, 0.6);
    }),
  );
}

/**
 * Return a small canvas to be drawn from.
 * @param {number} width
 * @param {number} height
 */
function paperOf(width, height) {
  const paper = new OffscreenCanvas(width, height);
  const ground = /** @type {OffscreenCanvasRenderingContext2D} */ (paper.getContext('2d'));
  return { paper, ground };
}

/**
 * Return values as shares of the largest of them, or of `least` where that is larger.
 * @param {Float64Array} values
 * @param {number} least
 */
export function sharesOf(values, least = 1) {
  const most = values.reduce((size, value) => Math.max(size, Math.abs(value)), least);
  return values.map((value) => value / (most || 1));
}

/**
 * Return a small map of shares from -1 to 1, the first row lowest, or on top as in an image.
 * @param {Float64Array} shares
 * @param {number[][]} inks
 * @param {number} wide
 * @param {boolean} isImage
 */
function tile(shares, [below, none, above], wide, isImage) {
  const high = shares.length / wide;
  const picture = new ImageData(wide, high);
  shares.forEach((share, point) => {
    const [end, size] = share > 0 ? [above, share] : [below, -share];
    const row = Math.floor(point / wide);
    const at = 4 * ((isImage ? row : high - 1 - row) * wide + (point % wide));
    for (let part = 0; part < 3; part += 1) {
      picture.data[at + part] = none[part] + size * (end[part] - none[part]);
    }
    picture.data[at + 3] = 255;
  });
  return picture;
}

/**
 * Draw shares from -1 to 1 as a curve in a square.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Float64Array} shares
 * @param {number} left
 * @param {number} middle
 * @param {number} half
 */
function drawCurve(context, { text }, shares, left, middle, half) {
  const room = half - 2;
  context.beginPath();
  shares.forEach((share, i) => {
    context.lineTo(left + (2 * half * i) / (shares.length - 1), middle - room * share);
  });
  stroke(context, text, 1.4);
}
