/** Pens: canvases over and under a panel's chart, its flat axes, strokes and markers. */

/** Return a panel's canvas, over its chart or under it, cleared and measured in pixels. */
export function pen(panel, layer) {
  panel[layer] ??= addCanvas(panel, layer);
  const canvas = panel[layer];
  const { offsetWidth: width, offsetHeight: height } = panel.element;
  const ratio = window.devicePixelRatio;
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Return a new canvas over or under a panel's chart. */
function addCanvas({ element, plot }, layer) {
  const canvas = document.createElement('canvas');
  canvas.className = `gd-${layer}`;
  canvas.setAttribute('aria-hidden', 'true');
  if (layer === 'over') plot.after(canvas);
  else plot.before(canvas);
  return canvas;
}

/** Return the flat axes of a panel: where they stand in it, and how values become pixels. */
export function axesOf({ element, plot }) {
  const area = plot.querySelector('.nsewdrag')?.getBoundingClientRect();
  const { xaxis, yaxis } = plot.layout ?? {};
  if (!area || !xaxis?.range || !yaxis?.range) return null;
  const corner = element.getBoundingClientRect();
  return {
    left: area.left - corner.left,
    top: area.top - corner.top,
    width: area.width,
    height: area.height,
    x: { type: xaxis.type, range: xaxis.range.map(Number) },
    y: { type: yaxis.type, range: yaxis.range.map(Number) },
  };
}

/** Return pixels to the right for a value on the horizontal axis. */
export function toRight({ left, width, x }, value) {
  return left + width * share(x, value);
}

/** Return pixels down for a value on the vertical axis. */
export function toDown({ top, height, y }, value) {
  return top + height * (1 - share(y, value));
}

/** Return how far along an axis a value stands, 0 to 1 inside it. */
function share({ type, range: [from, to] }, value) {
  return ((type === 'log' ? Math.log10(value) : value) - from) / (to - from);
}

/** Return the values at shares of the way along both axes, to the right and up. */
export function valuesAt({ x, y }, right, up) {
  return { x: value(x, right), y: value(y, up) };
}

/** Return the value a share of the way along an axis. */
function value({ type, range: [from, to] }, part) {
  const found = from + part * (to - from);
  return type === 'log' ? 10 ** found : found;
}

/** Draw inside flat axes alone. */
export function within(context, { left, top, width, height }, draw) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  draw();
  context.restore();
}

/** Stroke the current path. */
export function stroke(context, color, width, opacity = 1) {
  context.globalAlpha = opacity;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.lineCap = 'round';
  context.stroke();
  context.globalAlpha = 1;
}

/** Draw a small disc. */
export function dot(context, color, x, y, radius) {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** Draw a run's marker with its casing. */
export function head(context, theme, { color, symbol }, x, y, radius) {
  const open = symbol === 'x';
  const shape = marker(symbol, x, y, radius);
  context.lineJoin = 'round';
  context.strokeStyle = theme.page;
  context.lineWidth = open ? 7 : 4;
  context.stroke(shape);
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = 3.5;
  if (open) context.stroke(shape);
  else context.fill(shape);
}

/** Return a marker's outline. */
export function marker(symbol, x, y, r) {
  const shape = new Path2D();
  if (symbol === 'circle') shape.arc(x, y, r, 0, 2 * Math.PI);
  for (const corners of CORNERS_OF[symbol] ?? []) {
    corners.forEach(([right, down], i) => {
      if (i === 0) shape.moveTo(x + r * right, y + r * down);
      else shape.lineTo(x + r * right, y + r * down);
    });
    if (corners.length > 2) shape.closePath();
  }
  return shape;
}

/** Markers made of straight lines, in radii from their middle. */
const CORNERS_OF = {
  square: [[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]],
  diamond: [[[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]]],
  'triangle-up': [[[0, -1.1], [1.1, 0.9], [-1.1, 0.9]]],
  cross: [
    [
      [-0.3, -1], [0.3, -1], [0.3, -0.3], [1, -0.3], [1, 0.3], [0.3, 0.3],
      [0.3, 1], [-0.3, 1], [-0.3, 0.3], [-1, 0.3], [-1, -0.3], [-0.3, -0.3],
    ],
  ],
  x: [
    [[-0.8, -0.8], [0.8, 0.8]],
    [[0.8, -0.8], [-0.8, 0.8]],
  ],
};
