/** Pens: canvases over and under a panel's chart, its flat axes, strokes and markers. */

/**
 * Return a panel's canvas, over its chart or under it, cleared and measured in pixels.
 * @param {Panel} panel
 * @param {Layer} layer
 */
export function pen(panel, layer) {
  panel[layer] ??= addCanvas(panel, layer);
  const canvas = panel[layer];
  const { offsetWidth: width, offsetHeight: height } = panel.element;
  const ratio = window.devicePixelRatio;
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = contextOf(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/**
 * Return what draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
}

/**
 * Return a new canvas over or under a panel's chart.
 * @param {Panel} panel
 * @param {Layer} layer
 */
function addCanvas({ plot }, layer) {
  const canvas = document.createElement('canvas');
  canvas.className = `gd-${layer}`;
  canvas.setAttribute('aria-hidden', 'true');
  if (layer === 'over') plot.after(canvas);
  else plot.before(canvas);
  return canvas;
}

// ---------------------------------------------------------------- flat axes

/** Sums of logarithms miss an edge by such a share. */
const DUST = 1e-9;

/**
 * Return the flat axes of a panel; null where it has none.
 * @param {Pick<Panel, 'element' | 'plot'>} panel
 * @returns {Axes | null}
 */
export function axesOf({ element, plot }) {
  const area = plot.querySelector('.nsewdrag')?.getBoundingClientRect();
  const x = axisOf(plot.layout?.xaxis, plot.layout?.meta?.edge);
  const y = axisOf(plot.layout?.yaxis);
  if (!area || !x || !y) return null;
  const corner = element.getBoundingClientRect();
  const [left, top] = [area.left - corner.left, area.top - corner.top];
  return { left, top, width: area.width, height: area.height, x, y };
}

/**
 * Return one of Plotly's axes with its range in numbers.
 * @param {PlotAxis | undefined} axis
 * @param {number} [edge]
 * @returns {Axis | null}
 */
function axisOf(axis, edge) {
  if (!axis?.range) return null;
  const [from, to] = axis.range;
  const read = { type: axis.type, range: /** @type {Interval} */ ([Number(from), Number(to)]) };
  return edge === undefined ? read : { ...read, edge };
}

/**
 * Return pixels to the right for a value on the horizontal axis.
 * @param {Axes} axes
 * @param {number} value
 */
export function toRight({ left, width, x }, value) {
  return left + width * shareOf(x, value);
}

/**
 * Return pixels down for a value on the vertical axis.
 * @param {Axes} axes
 * @param {number} value
 */
export function toDown({ top, height, y }, value) {
  return top + height * (1 - shareOf(y, value));
}

/**
 * Return how far along an axis a value stands, 0 to 1 inside it.
 *
 * A logarithmic axis of what runs from 0 has an edge, where the start stands.
 * @param {Axis} axis
 * @param {number} value
 */
function shareOf({ type, range: [from, to], edge = -Infinity }, value) {
  return ((type === 'log' ? Math.log10(Math.max(value, edge)) : value) - from) / (to - from);
}

/**
 * Return the values at shares of the way along both axes, to the right and up.
 * @param {Axes} axes
 * @param {number} right
 * @param {number} up
 */
export function valuesAt({ x, y }, right, up) {
  return { x: valueAt(x, right), y: valueAt(y, up) };
}

/**
 * Return the value a share of the way along an axis.
 * @param {Axis} axis
 * @param {number} share
 */
function valueAt({ type, range: [from, to], edge = -Infinity }, share) {
  const value = from + share * (to - from);
  if (type !== 'log') return value;
  return 10 ** value > (1 + DUST) * edge ? 10 ** value : 0;
}

// ---------------------------------------------------------------- strokes and markers

/**
 * Draw inside flat axes alone.
 * @param {CanvasRenderingContext2D} context
 * @param {Axes} axes
 * @param {() => void} draw
 */
export function within(context, { left, top, width, height }, draw) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  draw();
  context.restore();
}

/**
 * Stroke the current path.
 * @param {CanvasRenderingContext2D} context
 * @param {string} color
 * @param {number} width
 */
export function stroke(context, color, width, opacity = 1) {
  context.globalAlpha = opacity;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.lineCap = 'round';
  context.stroke();
  context.globalAlpha = 1;
}

/**
 * Draw a small disc.
 * @param {CanvasRenderingContext2D} context
 * @param {string} color
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function dot(context, color, x, y, radius) {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/**
 * Draw a run's marker with its casing.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Run} run
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function head(context, theme, { color, marker }, x, y, radius) {
  const open = isOpen(marker);
  const shape = outline(marker, x, y, radius);
  context.lineJoin = 'round';
  context.strokeStyle = theme.page;
  context.lineWidth = open ? 7 : 4;
  context.stroke(shape);
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = 3.5;
  if (open) context.stroke(shape);
  else context.fill(shape);
}

/** A star's corners, its arms as long as those of Plotly's. */
const STAR = Array.from({ length: 10 }, (_, i) => {
  const [angle, reach] = [(i * Math.PI) / 5, i % 2 ? 0.535 : 1.4];
  return /** @type {Pixel} */ ([reach * Math.sin(angle), -reach * Math.cos(angle)]);
});
/** So far from its middle a place's mark reaches, in pixels, about. */
const PLACE = 6.5;

/**
 * Draw the marks of places on a map: a ring for a start, a star for a minimum. All casings come first,
 * so that marks which meet are both seen.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Place[]} places
 * @param {(place: Place) => Pixel} where
 */
export function landmarks(context, { page, text }, places, where) {
  context.lineJoin = 'round';
  const shapes = places.map((place) => ({
    isOpen: place.name === 'start',
    shape: outline(place.name === 'start' ? [] : [STAR], ...where(place), PLACE),
  }));
  for (const { isOpen: open, shape } of shapes) {
    context.strokeStyle = page;
    context.lineWidth = open ? 6 : 4;
    context.stroke(shape);
  }
  for (const { isOpen: open, shape } of shapes) {
    context.strokeStyle = context.fillStyle = text;
    context.lineWidth = 2;
    if (open) context.stroke(shape);
    else context.fill(shape);
  }
}

/** So far from a mark's middle its name begins, in pixels: where Plotly writes it. */
const TO_NAME = 9;

/**
 * Write the names of places on a map over the paths that run below them, each with a rim.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Place[]} places
 * @param {(place: Place) => Pixel} where
 */
export function nameMarks(context, { page, text: ink, font }, places, where) {
  for (const place of places) {
    if (!place.called) continue;
    const { text, side, size } = place.called;
    const [x, y] = where(place);
    const [high, wide] = side.split(' ');
    const right = { left: -1, right: 1 }[wide] ?? 0;
    const down = { top: -1, bottom: 1 }[high] ?? 0;
    context.font = `${size}px ${font}`;
    context.textAlign = right < 0 ? 'right' : right > 0 ? 'left' : 'center';
    context.textBaseline = 'alphabetic';
    // Letters stand three quarters of their height above the line they stand on.
    const base = y + down * TO_NAME + (0.25 + down / 2) * size;
    context.strokeStyle = page;
    context.lineWidth = 3.5;
    context.strokeText(text, x + right * TO_NAME, base);
    context.fillStyle = ink;
    context.fillText(text, x + right * TO_NAME, base);
  }
}

/**
 * Whether a marker is made of strokes that enclose nothing.
 * @param {Marker} marker
 */
export function isOpen(marker) {
  return marker.some((corners) => corners.length < 3);
}

/**
 * Return a marker's outline.
 * @param {Marker} marker
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function outline(marker, x, y, radius) {
  const shape = new Path2D();
  if (marker.length === 0) shape.arc(x, y, radius, 0, 2 * Math.PI);
  for (const corners of marker) {
    corners.forEach(([right, down], i) => {
      if (i === 0) shape.moveTo(x + radius * right, y + radius * down);
      else shape.lineTo(x + radius * right, y + radius * down);
    });
    if (corners.length > 2) shape.closePath();
  }
  return shape;
}

/**
 * Return red, green and blue of `#rrggbb`.
 * @param {string} color
 */
export function channels(color) {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}
