/** Stand-ins for what a browser has and Node has not: they note what is done to them. */

// ---------------------------------------------------------------- canvases

const PAINTED = ['strokeStyle', 'fillStyle', 'lineWidth', 'lineJoin', 'lineCap', 'globalAlpha'];

/** A canvas' context: `log` holds what was painted, each with the path and the looks it had then. */
export class Context {
  constructor() {
    Object.assign(this, { log: [], path: [], dash: [], globalAlpha: 1 });
  }

  note(does, more) {
    const looks = Object.fromEntries(PAINTED.map((name) => [name, this[name]]));
    this.log.push({ does, ...looks, dash: this.dash, ...more });
  }

  of(does) {
    return this.log.filter((each) => each.does === does);
  }

  beginPath() {
    this.path = [];
  }

  moveTo(x, y) {
    this.path.push(['M', x, y]);
  }

  lineTo(x, y) {
    this.path.push(['L', x, y]);
  }

  bezierCurveTo(...args) {
    this.path.push(['C', ...args]);
  }

  arc(...args) {
    this.path.push(['arc', ...args]);
  }

  rect(...args) {
    this.path.push(['rect', ...args]);
  }

  stroke(shape = this) {
    this.note('stroke', { path: shape.path });
  }

  fill(shape = this) {
    this.note('fill', { path: shape.path });
  }

  setLineDash(dash) {
    this.dash = dash;
  }

  clip() {
    this.note('clip', { path: this.path });
  }

  fillRect(...box) {
    this.note('fillRect', { box });
  }

  fillText(text, x, y) {
    const { font, textAlign, textBaseline } = this;
    this.note('fillText', { text, at: [x, y], font, textAlign, textBaseline });
  }

  strokeText(text, x, y) {
    this.note('strokeText', { text, at: [x, y] });
  }

  save() {
    this.note('save');
  }

  restore() {
    this.note('restore');
  }

  setTransform(...matrix) {
    this.note('setTransform', { matrix });
  }

  clearRect(...box) {
    this.note('clearRect', { box });
  }

  putImageData(picture, ...at) {
    this.note('putImageData', { picture, at });
  }

  drawImage(image, ...box) {
    this.note('drawImage', { image, box, smooth: this.imageSmoothingEnabled });
  }
}

class Shape {
  path = [];

  moveTo(x, y) {
    this.path.push(['M', x, y]);
  }

  lineTo(x, y) {
    this.path.push(['L', x, y]);
  }

  arc(...args) {
    this.path.push(['arc', ...args]);
  }

  closePath() {
    this.path.push(['Z']);
  }
}

class Picture {
  constructor(width, height) {
    Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
  }
}

class Canvas {
  context = new Context();
  attributes = {};

  constructor(width = 300, height = 150) {
    Object.assign(this, { width, height });
  }

  getContext(kind) {
    return kind === '2d' ? this.context : null;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }
}

// ---------------------------------------------------------------- the page

/** An element that stands at a box of the page: `after` and `before` note what is put beside it. */
export class Box extends EventTarget {
  attributes = new Set();
  beside = [];
  parts = {};
  listens = [];

  constructor(left, top, width, height) {
    super();
    Object.assign(this, { left, top, offsetWidth: width, offsetHeight: height });
  }

  addEventListener(type, listener, options) {
    this.listens.push([type, options]);
    super.addEventListener(type, listener, options);
  }

  getBoundingClientRect() {
    const { left, top, offsetWidth: width, offsetHeight: height } = this;
    return { left, top, width, height };
  }

  querySelector(selector) {
    return this.parts[selector] ?? null;
  }

  closest(selector) {
    return selector.includes(this.kind) ? this : null;
  }

  toggleAttribute(name, on) {
    if (on) this.attributes.add(name);
    else this.attributes.delete(name);
  }

  after(element) {
    this.beside.push(['after', element]);
  }

  before(element) {
    this.beside.push(['before', element]);
  }
}

/** Node 18 has none. */
class DetailedEvent extends Event {
  constructor(type, { detail, ...more } = {}) {
    super(type, more);
    Object.defineProperty(this, 'detail', { value: detail });
  }
}

/** Put a browser's globals in place; return what Plotly is asked for. */
export function browse() {
  const asked = [];
  const plotly = {
    Fx: { unhover: (plot) => asked.push(['unhover', plot]) },
    relayout: (plot, changes) => asked.push(['relayout', plot, changes]),
  };
  const page = new Box(0, 0, 400, 300);
  globalThis.window = Object.assign(page, { devicePixelRatio: 2, Plotly: plotly });
  globalThis.document = Object.assign(new EventTarget(), { createElement: () => new Canvas() });
  globalThis.CustomEvent ??= DetailedEvent;
  Object.assign(globalThis, { Path2D: Shape, ImageData: Picture, OffscreenCanvas: Canvas });
  return asked;
}

/** Let something happen to an element; return what became of the event. */
export function happen(element, type, more = {}) {
  const event = new Event(type, { cancelable: true, bubbles: true });
  const outcome = { stopped: false, prevented: false };
  const own = { target: element, ...more };
  for (const [name, value] of Object.entries(own)) {
    Object.defineProperty(event, name, { value, configurable: true });
  }
  event.stopPropagation = () => (outcome.stopped = true);
  element.dispatchEvent(event);
  return { ...outcome, prevented: event.defaultPrevented };
}

// ---------------------------------------------------------------- what Python sends

/** A run as it comes, every state of it unless told otherwise. */
export function sentTrack({ last = 12, ...more } = {}) {
  const updates = Array.from({ length: last + 1 }, (_, i) => i);
  return {
    place: 0,
    label: 'Batch',
    color: '#0072b2',
    marker: [],
    dash: [9, 6],
    perEpoch: 3,
    epoch: 1,
    update: 0.25,
    lost: -1,
    loss: null,
    beside: false,
    shape: null,
    updates,
    fitted: null,
    fits: null,
    arrows: null,
    ...more,
  };
}

/** What is played, as it comes. */
export function sentPlay(tracks, more = {}) {
  return {
    hash: 'first',
    unit: 'epochs',
    kind: '',
    rows: null,
    focus: null,
    around: 4,
    position: null,
    tracks,
    ...more,
  };
}

/** Numbers in base64, as Plotly's figures hold them. */
export function packed(dtype, values) {
  const bytes = new Uint8Array(values.buffer);
  return { dtype, bdata: btoa(String.fromCharCode(...bytes)) };
}

/** A panel whose flat axes stand at 20, 10 in it, 200 by 100 pixels large. */
export function flatPanel(name, { x = [0, 10], y = [0, 5], xType = 'linear', yType = 'linear' } = {}) {
  const element = new Box(100, 50, 260, 140);
  const plot = new Box(100, 50, 260, 140);
  plot.parts['.nsewdrag'] = new Box(120, 60, 200, 100);
  plot.layout = { xaxis: { type: xType, range: x }, yaxis: { type: yType, range: y } };
  const panel = { name, element, plot, picture: 'p', solid: false, over: null, under: null };
  return { ...panel, lines: null, projections: null };
}
