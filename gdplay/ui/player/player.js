/**
 * The player in the browser: one grid of Plotly charts that are kept and handed new data.
 *
 * Streamlit calls the default export again on every rerun with the same `parentElement`, so what
 * lasts is kept in `players`. Nothing a visitor wrote becomes markup: labels go through attributes.
 */

import { addBar, tell } from './bar.js';
import { newClock, advance, wind } from './clock.js';
import { listen, lookCloser } from './closeup.js';
import { drawOver, fade, fadeDrawn, isCurrent, movingTraces, placed, wipe } from './overlay.js';
import { listenToPointers } from './pointer.js';

/* global STYLE: the text of play.css, put before the scripts by __init__.py. */

/** What lasts between calls, by the element Streamlit gave us. */
const players = new WeakMap();

/** The camera of each chart before anybody moved it, and the revision it was drawn for. */
const cameras = new WeakMap();

/** Scenes as fine as the screen, not Plotly's fixed 2: half the time to paint on a plain screen. */
const GL_PIXELS = Math.min(2, Math.max(1, window.devicePixelRatio));

/** Whether there is a pointer that hovers. Where there is none, fingers scroll over flat charts. */
const HOVERS = window.matchMedia('(hover: hover)').matches;

/** Take the newest data; return what Streamlit calls when the component goes away. */
export default function player(component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector('.gd-player');
  let state = players.get(parentElement);
  if (state?.root !== root) {
    if (state) unmount(state);
    state = mount(root);
    players.set(parentElement, state);
  }
  state.component = component;
  state.data = data;
  state.calls += 1;
  if (wantsScenes(data) && !hasScenes()) component.setStateValue('flat', true);
  else show(state);

  // Streamlit also runs the clean-up of a call that a newer one overtook while the module was
  // loading. Only the newest call's clean-up means that the player is gone.
  const call = state.calls;
  return () => {
    if (state.calls !== call) return;
    unmount(state);
    players.delete(parentElement);
  };
}

/** Show the newest data. */
function show(state) {
  wind(state.clock, state.data.play);
  listen(state);
  arrange(state);
  drawNewest(state);
  state.keepUp();
}

// ---------------------------------------------------------------- life

/** Return the state of a new player. */
function mount(root) {
  const state = {
    root,
    panels: new Map(),
    component: null,
    data: null,
    calls: 0,
    draws: 0,
    clicks: 0,
    drawing: false,
    clock: newClock(),
    theme: readTheme(root),
    keepUp: () => keepUp(state),
    following: false,
    asked: { key: '', at: 0, tries: 0, open: false },
    // Ends every listener and observer at once.
    ended: new AbortController(),
  };
  for (const element of root.querySelectorAll('.gd-panel')) {
    const plot = element.querySelector('.gd-plot');
    const panel = { element, plot, drawn: null, solid: false, size: '', faded: false };
    state.panels.set(element.dataset.panel, panel);
  }
  listenToPointers(state);
  followSizes(state);
  state.style = Object.assign(document.createElement('style'), { textContent: STYLE });
  root.append(state.style);
  state.transport = addBar(state, root);
  return state;
}

/** Give back what the charts hold, WebGL contexts above all: a browser has only sixteen. */
function unmount(state) {
  state.ended.abort();
  delete state.root.dataset.drawn;
  wipe(state);
  state.style.remove();
  for (const filled of Object.values(state.transport.places)) filled.replaceChildren();
  for (const { plot } of state.panels.values()) {
    const canvases = [...plot.querySelectorAll('canvas')];
    window.Plotly?.purge(plot);
    for (const canvas of canvases) {
      canvas.getContext('webgl')?.getExtension('WEBGL_lose_context')?.loseContext();
    }
  }
}

/** Show the panels that have a figure, and say what each one shows. */
function arrange(state) {
  state.root.toggleAttribute('data-clickable', state.data.clickable);
  state.root.toggleAttribute('data-plays', Boolean(state.data.play));
  for (const [name, { element }] of state.panels) {
    const given = state.data.panels[name];
    element.hidden = !given;
    if (given?.label) element.setAttribute('aria-label', given.label);
    else element.removeAttribute('aria-label');
  }
}

// ---------------------------------------------------------------- drawing

/** Draw until nothing newer has come; of what came meanwhile only the newest is drawn. */
async function drawNewest(state) {
  if (state.drawing) return;
  state.drawing = true;
  try {
    const Plotly = await findPlotly(state.data.chunk);
    while (changedPanels(state).length > 0) {
      const draws = changedPanels(state).map(([name, panel]) => draw(Plotly, state, name, panel));
      await Promise.all(draws);
      await painted();
      if (!state.ended.signal.aborted) stamp(state);
      state.keepUp();
    }
  } catch (error) {
    fail(state, error);
  } finally {
    state.drawing = false;
  }
}

/** Return [name, panel] of the panels whose figure or theme is not the one on the screen. */
function changedPanels(state) {
  if (state.ended.signal.aborted) return [];
  state.theme = readTheme(state.root);
  return [...state.panels].filter(([name, panel]) => !isCurrent(state, name, panel));
}

/** Hand one panel its new figure. */
async function draw(Plotly, state, name, panel) {
  const { theme, clock, data } = state;
  const { spec, hash } = data.panels[name];
  // Plotly writes into what it is given; a later change of theme needs the figure as it came.
  const { data: traces, layout } = structuredClone(spec);
  layout.autosize = true;
  layout.template = dressed(layout.template, theme);
  panel.solid = isSolid(traces);
  if (!HOVERS && !panel.solid) layout.dragmode ??= false;
  panel.element.toggleAttribute('data-solid', panel.solid);
  layout.scene &&= { ...layout.scene, camera: cameraOf(panel.plot, layout) };
  panel.drawn = hash + theme.id;
  panel.size = sizeOf(panel.plot);
  panel.faded = clock.time !== null;
  fade(name, traces, movingTraces(name, spec, data.play, clock), panel.faded);
  await Plotly.react(panel.plot, traces, layout, configOf(Plotly, name, panel.solid));
}

/** Return a scene's camera: that of its first figure, for as long as it shows the same. */
function cameraOf(plot, { uirevision, scene }) {
  if (cameras.get(plot)?.uirevision !== uirevision) {
    cameras.set(plot, { uirevision, camera: scene.camera });
  }
  // Plotly writes the visitor's camera into what it is given.
  return structuredClone(cameras.get(plot).camera);
}

/** Traces that Plotly draws in a three-dimensional scene. */
const SOLID = new Set(['surface', 'scatter3d', 'mesh3d', 'cone', 'streamtube', 'isosurface']);

/** Whether traces make a three-dimensional scene. */
function isSolid(traces) {
  return traces.some(({ type }) => SOLID.has(type));
}

/** Whether any figure is a scene. */
function wantsScenes({ panels }) {
  return Object.values(panels).some(({ spec }) => isSolid(spec.data));
}

/** Whether this browser draws scenes: many without a graphics card offer no WebGL. */
function hasScenes() {
  webgl ??= Boolean(document.createElement('canvas').getContext('webgl'));
  return webgl;
}
let webgl = null;

/** Return Plotly's settings; they must stay equal between draws, else Plotly starts afresh. */
function configOf(Plotly, name, solid) {
  const reset = {
    name: 'resetView',
    title: 'Reset the view',
    icon: Plotly.Icons.home,
    click: resetView,
  };
  const view = solid ? [reset] : ['zoom2d', 'pan2d', 'resetScale2d'];
  return {
    displaylogo: false,
    displayModeBar: HOVERS ? 'hover' : false,
    plotGlPixelRatio: GL_PIXELS,
    modeBarButtons: [[...view, 'toImage']],
    showSendToCloud: false,
    showTips: false,
    responsive: false, // followSizes does this, also where Plotly only watches the window
    toImageButtonOptions: { filename: `gdplay-${name}`, scale: 2 },
  };
}

/** Look at a scene as its figure does (Plotly's own button for this is a film camera). */
function resetView(plot) {
  window.Plotly.relayout(plot, { 'scene.camera': structuredClone(cameras.get(plot).camera) });
}

/** Wait until the browser has painted: Plotly's scenes draw in the next animation frame. */
function painted() {
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}

/** Tell the outside (tests, above all) that a draw is finished. */
function stamp(state) {
  state.draws += 1;
  state.root.dataset.drawnAt = String(performance.now());
  state.root.dataset.drawn = String(state.draws);
}

/** Ask Python to draw with Streamlit's own charts instead. */
function fail(state, error) {
  if (state.ended.signal.aborted) return;
  console.warn('gdplay: the player cannot draw', error);
  const reason = String(error?.message ?? error).slice(0, 200) || 'unknown';
  state.component.setStateValue('failed', reason);
}

// ---------------------------------------------------------------- time

/** Show the clock's time, frame after frame, until it rests; at rest the charts stand as drawn. */
function keepUp(state) {
  tell(state);
  if (state.following) return;
  state.following = true;
  let before = performance.now();
  let shown = '';
  const frame = (now) => {
    if (state.ended.signal.aborted) return;
    if (state.clock.playing) advance(state.clock, (now - before) / 1000);
    before = now;
    for (const [name, panel] of state.panels) fadeDrawn(state, name, panel);
    if (state.clock.time === null) {
      state.following = false;
      settle(state);
      return;
    }
    lookCloser(state);
    shown = follow(state, shown);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Let the charts stand as they were drawn. */
function settle(state) {
  wipe(state);
  lookCloser(state);
  tell(state);
  if (state.reduced) drawOver(state, 'surface', state.panels.get('surface'));
}

/** Draw over the charts what has moved since `shown`; return what is shown now. */
function follow(state, shown) {
  const { clock, data, theme, panels } = state;
  // New paths wait for their ground.
  if (![...panels].every(([name, panel]) => isCurrent(state, name, panel))) return shown;
  const places = [...panels.values()].map((panel) => `${panel.drawn} ${placed(panel)}`);
  const { time, playing, focus, closeUps } = clock;
  const held = [time, playing, focus.place, closeUps];
  const wanted = [...held, data.play.hash, theme.id, ...places].join('|');
  if (wanted === shown) return shown;
  for (const [name, panel] of panels) drawOver(state, name, panel);
  tell(state);
  return wanted;
}

// ---------------------------------------------------------------- Plotly

/** Return the page's Plotly, loading Streamlit's own bundle of it where no chart has done so. */
async function findPlotly(chunk) {
  if (!window.Plotly) {
    if (!chunk) throw new Error('this Streamlit has no bundle of Plotly');
    await import(staticRoot() + chunk);
  }
  if (!window.Plotly?.react) throw new Error('the bundle did not bring Plotly');
  return window.Plotly;
}

/**
 * Return the folder that Streamlit's scripts came from, under any base path and on any page.
 *
 * It has to be the very address they were loaded from: under another one the browser would load
 * and start the app's modules a second time. The network log knows it; a relative `src` read now
 * would be resolved against an address bar that has moved on.
 */
function staticRoot() {
  const written = [...document.querySelectorAll('script[src], link[href]')]
    .map((element) => element.src || element.href)
    .filter((url) => /\/static\/js\/[^/]+\.js$/.test(url));
  const names = new Set(written.map((url) => url.split('/').pop()));
  const loaded = performance
    .getEntriesByType('resource')
    .map((entry) => entry.name)
    .filter((url) => names.has(url.split('/').pop()));
  const url = loaded[0] ?? written[0];
  if (!url) throw new Error('the folder of static files was not found');
  return url.slice(0, url.lastIndexOf('/') + 1);
}

// ---------------------------------------------------------------- theme

/** Return the app's colours and font, and an `id` that changes when any of them does. */
function readTheme(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const theme = {
    page: read('background-color'),
    text: read('text-color'),
    quiet: read('gray-text-color') || read('text-color'),
    line: read('border-color'),
    faint: read('border-color-light') || read('border-color'),
    card: read('secondary-background-color'),
    accent: read('primary-color'),
    font: read('font') || 'sans-serif',
  };
  return { ...theme, id: Object.values(theme).join('|') };
}

/** Return a figure's template with the theme laid over it; what the figure sets itself wins. */
function dressed(template, theme) {
  return { ...template, layout: merge(template?.layout, themeLayout(theme)) };
}

/** Return the part of a layout that the theme decides. */
function themeLayout({ page, text, quiet, line, faint, card, accent, font }) {
  const clear = 'rgba(0,0,0,0)';
  const axis = {
    gridcolor: faint,
    linecolor: line,
    zerolinecolor: line,
    tickcolor: line,
    tickfont: { color: quiet },
    title: { font: { color: text } },
  };
  const solid = over(line, page);
  const wall = {
    ...axis,
    gridcolor: solid,
    linecolor: solid,
    zerolinecolor: solid,
    spikecolor: quiet,
    showbackground: false,
  };
  return {
    font: { family: font, color: text },
    paper_bgcolor: clear,
    plot_bgcolor: clear,
    xaxis: axis,
    yaxis: axis,
    scene: { bgcolor: clear, xaxis: wall, yaxis: wall, zaxis: wall },
    legend: { bgcolor: clear, font: { color: text } },
    hoverlabel: { bgcolor: card, bordercolor: line, font: { color: text, family: font } },
    modebar: { bgcolor: clear, color: quiet, activecolor: accent },
  };
}

/** Return a colour laid over another as an opaque one: scenes blend transparent lines wrongly. */
function over(colour, ground) {
  const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  for (const fill of [ground, colour]) {
    pen.fillStyle = fill;
    pen.fillRect(0, 0, 1, 1);
  }
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

/** Return two plain objects merged, deeply; `over` wins. */
function merge(under, over) {
  const merged = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const plain = value !== null && typeof value === 'object' && !Array.isArray(value);
    merged[key] = plain ? merge(merged[key], value) : value;
  }
  return merged;
}

// ---------------------------------------------------------------- sizes

/** Fit each chart to its panel whenever that changes, at most once a frame. */
function followSizes(state) {
  const observer = new ResizeObserver(() => requestAnimationFrame(() => fitAll(state)));
  for (const { plot } of state.panels.values()) observer.observe(plot);
  state.ended.signal.addEventListener('abort', () => observer.disconnect());
}

/** Resize the charts whose panels have another size than at the last draw. */
function fitAll(state) {
  if (state.ended.signal.aborted) return;
  for (const panel of state.panels.values()) {
    const size = sizeOf(panel.plot);
    if (!panel.drawn || !size || size === panel.size) continue;
    panel.size = size;
    // It rejects when the panel is hidden by then; the next change of size comes back to it.
    window.Plotly.Plots.resize(panel.plot)?.catch(() => {});
  }
}

/** Return an element's size as text, '' where it takes no room. */
function sizeOf({ offsetWidth, offsetHeight }) {
  return offsetWidth && offsetHeight ? `${offsetWidth} x ${offsetHeight}` : '';
}
