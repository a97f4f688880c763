/** Buttons that the browser serves: they copy a text, save a chart as it stands, or a file. */

import { withWords } from '../wordings.js';

/** Pixels of a picture that is saved for each pixel of the screen. */
const FINE = 2;

/** How long a button says that it is done, in milliseconds. */
const SAID = 1500;

/** How long a file is kept for the browser to save it, in milliseconds. */
const KEPT = 60_000;

/**
 * Draw the buttons; return what Streamlit calls when the component goes away.
 * @param {Component<TakeawayData>} component
 * @returns {CleanUp | undefined}
 */
export default function share(component) {
  const { parentElement, data } = component;
  /** @type {HTMLElement | null} */
  const root = parentElement.querySelector('.gd-share');
  if (!root) return undefined;
  const pictures = document.createElement('div');
  const printers = data.prints ? [button('Print a handout', () => window.print())] : [];
  const copiers = Object.entries(data.copies).map(copier);
  root.replaceChildren(pictures, ...copiers, ...printers, ...askers(component));
  if (data.made && String(data.made.number) !== root.dataset.saved) {
    root.dataset.saved = String(data.made.number);
    saveText(data.made);
  }
  return data.charts ? offerCharts(pictures, data.runs) : undefined;
}

/**
 * Return the buttons that ask for a file, which comes with the next data.
 * @param {Component<TakeawayData>} component
 */
function askers({ data, setTriggerValue }) {
  return data.files.map(({ key, title, about }) => {
    const made = button(title, (pressed) => {
      pressed.disabled = true;
      setTriggerValue('take', { key, number: Date.now() });
    });
    made.title = about;
    return made;
  });
}

/**
 * Save a text as a file.
 * @param {{ name: string, mime: string, text: string }} file
 */
function saveText({ name, mime, text }) {
  const url = URL.createObjectURL(new Blob([text], { type: mime }));
  saveAs(url, name);
  setTimeout(() => URL.revokeObjectURL(url), KEPT);
}

/**
 * Draw the buttons of the page's charts, and again as charts come and go.
 * @param {HTMLElement} root
 * @param {string[]} runs
 * @returns {CleanUp}
 */
function offerCharts(root, runs) {
  /** @type {Plot[]} */
  let offered = [];
  function renew() {
    const there = charts();
    const plots = there.map(({ plot }) => plot);
    if (plots.length === offered.length && plots.every((plot, i) => plot === offered[i])) return;
    offered = plots;
    root.replaceChildren(...there.map((chart) => saver(chart, runs)));
  }
  const watcher = new MutationObserver(renew);
  root.replaceChildren();
  renew();
  watcher.observe(document.body, { childList: true, subtree: true });
  return () => watcher.disconnect();
}

/**
 * Return a button that copies a text.
 * @param {[title: string, text: string]} entry
 */
function copier([title, text]) {
  return button(title, async (pressed) => {
    await copy(text);
    pressed.textContent = 'Copied';
    setTimeout(() => (pressed.textContent = title), SAID);
  });
}

/**
 * Return a button.
 * @param {string} title
 * @param {(pressed: HTMLButtonElement) => unknown} act
 */
function button(title, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = title;
  made.onclick = () => act(made);
  return made;
}

/**
 * Copy a text; where the page may not (it came without HTTPS), by a field that is selected.
 * @param {string} text
 */
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

/** Signs of a chart's name at most. */
const NAME = 44;

/** Return the page's charts by what they are called. */
function charts() {
  const all = document.querySelectorAll('[data-testid="stMain"] .js-plotly-plot');
  return [...all].map((plot, i) => {
    const told = plot.closest('[aria-label]')?.getAttribute('aria-label') ?? `Chart ${i + 1}`;
    const panel = plot.closest('[data-panel]')?.getAttribute('data-panel');
    return { name: nameOf(told, panel), told, plot: /** @type {Plot} */ (plot) };
  });
}

/**
 * Return what a chart is called: a panel as itself, any other by the first words that tell of it.
 * @param {string} told
 * @param {string | null | undefined} panel
 */
export function nameOf(told, panel) {
  if (panel && !told.startsWith('The network')) return panel[0].toUpperCase() + panel.slice(1);
  const [name] = told.split(/[,:]/);
  if (name.length <= NAME) return name;
  return `${name.slice(0, NAME).replace(/\s+\S*$/, '')} …`;
}

/**
 * Return the buttons that save a chart.
 * @param {{ name: string, told: string, plot: Plot }} chart
 * @param {string[]} runs
 */
function saver({ name, told, plot }, runs) {
  const group = document.createElement('span');
  group.setAttribute('role', 'group');
  group.append(
    button(`${name} SVG`, () => save(plot, name, 'svg', runs)),
    button('PNG', () => save(plot, name, 'png', runs)),
  );
  group.title = told;
  group.lastElementChild?.setAttribute('aria-label', `${name} PNG`);
  return group;
}

/** Pixels that the names of the runs take below a picture, and how far a scene steps back. */
const LEGEND = 30;
const BACK = 1.12;

/** Pixels that a letter of a run's name takes at most, about. */
const LETTER = 9;

/**
 * Save a chart as it stands, on the page's own background, with what the page says beside it: which
 * line is which run.
 * @param {Plot} plot
 * @param {string} name
 * @param {'svg' | 'png'} format
 * @param {string[]} runs
 */
async function save(plot, name, format, runs) {
  const ground = getComputedStyle(plot).getPropertyValue('--st-background-color').trim();
  const { data, layout, offsetWidth: width, offsetHeight } = plot;
  if (!data || !layout) return;
  const figure = named(data, { ...aside(layout), paper_bgcolor: ground || 'white' }, runs);
  const height = offsetHeight + (figure.data.length > data.length ? LEGEND : 0);
  const scale = format === 'png' ? FINE : 1;
  const url = await window.Plotly?.toImage(figure, { format, width, height, scale });
  const file = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/-$/, '');
  if (url) saveAs(await withWords(plot, url, scale), `gdplay-${file}.${format}`);
}

/**
 * Return a chart's pieces and layout with a line of names below for those runs that it draws; as
 * they are where it draws none, or names them itself.
 * @param {Trace[]} data
 * @param {Layout} layout
 * @param {string[]} runs
 */
export function named(data, layout, runs) {
  const drawn = runs.filter((run) => data.some(({ name }) => name === run));
  const tells = data.some((piece) => layout.showlegend && piece.showlegend !== false
    && drawn.includes(piece.name ?? ''));
  if (!drawn.length || tells) return { data, layout };
  const others = data.map((piece) => (layout.showlegend ? piece : { ...piece, showlegend: false }));
  // The saved picture has another font than the page, in which Plotly measures the names.
  const entrywidth = LETTER * Math.max(...drawn.map((run) => run.length));
  const place = { orientation: 'h', x: 0, y: 0, yref: 'container', yanchor: 'bottom', entrywidth };
  const legend = { ...layout.legend, ...place, font: { size: 12 } };
  const margin = { ...layout.margin, b: (layout.margin?.b ?? 0) + LEGEND };
  return {
    data: [...others, ...drawn.map((run) => entry(data, run))],
    layout: { ...layout, showlegend: true, legend, margin },
  };
}

/**
 * Return a piece without points that has the looks of a run's line and markers.
 * @param {Trace[]} data
 * @param {string} name
 */
function entry(data, name) {
  const pieces = data.filter((piece) => piece.name === name);
  const line = pieces.find((piece) => piece.mode?.includes('lines')) ?? pieces[0];
  const { marker } = pieces.find((piece) => piece.mode?.includes('markers')) ?? line;
  const none = { x: [null], y: [null], ...(line.type === 'scatter3d' && { z: [null] }) };
  const looks = marker ? { mode: 'lines+markers', marker } : { mode: 'lines' };
  return { type: line.type, name, line: line.line, ...looks, ...none, showlegend: true };
}

/**
 * Return a layout whose scene is looked at from a little farther: on paper nothing may be cut off.
 * @param {Layout} layout
 */
function aside(layout) {
  const { scene } = layout;
  if (!scene?.camera?.eye) return layout;
  const { eye, center } = scene.camera;
  const away = (/** @type {'x' | 'y' | 'z'} */ axis) =>
    (center?.[axis] ?? 0) + BACK * (eye[axis] - (center?.[axis] ?? 0));
  const farther = { ...scene.camera, eye: { x: away('x'), y: away('y'), z: away('z') } };
  return { ...layout, scene: { ...scene, camera: farther } };
}

/**
 * Save what stands at an address under a name.
 * @param {string} url
 * @param {string} name
 */
function saveAs(url, name) {
  // Outside the page: a click inside it, but outside the menu, would close the menu.
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
