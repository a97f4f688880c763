/** The charts: Plotly's, kept and handed new figures, as large as their panels. */

import { chaseWords, leaveWords, saveScene, writeWords, writingOf } from './captions.js';
import { fitted } from './fitting.js';
import { fade, fadeOf, isCurrent, pictureOf } from './overlay.js';
import { isBehind, isRescaled, keepAbove, shareSeen } from './scene.js';
import { clearSketch } from './sketch.js';
import { dressed, readTheme } from './theme.js';

/**
 * The figure of each scene as it came, the revision it was drawn for and what was opened then, its
 * camera before anybody moved it and the size of its box, and where the visitor has turned it since.
 * `other` is a later figure that comes with a camera on another side.
 * @type {WeakMap<Plot, {
 *   uirevision: string, opened?: number, figure: Figure, camera?: PlotCamera, aspect?: Eye,
 *   flatness?: number, turned?: PlotCamera, other?: Figure,
 * }>}
 */
const cameras = new WeakMap();

/** @type {WeakSet<Plot>} */
const heard = new WeakSet();

/** Scenes as fine as the screen, not Plotly's fixed 2: half the time to paint on a plain screen. */
const GL_PIXELS = Math.min(2, Math.max(1, window.devicePixelRatio));

/** Whether there is a pointer that hovers. Where there is none, fingers scroll over flat charts. */
const HOVERS = window.matchMedia('(hover: hover)').matches;

/** Pictures that are saved are so many times as fine as the screen. */
const FINE = 2;

// ---------------------------------------------------------------- drawing

/**
 * Draw until nothing newer has come; of what came meanwhile only the newest is drawn.
 * @param {State} state
 */
export async function drawNewest(state) {
  if (state.drawing) return;
  state.drawing = true;
  try {
    const plotly = await findPlotly(state.data.chunk);
    while (changedPanels(state).length > 0) {
      await Promise.all(changedPanels(state).map((panel) => draw(plotly, state, panel)));
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

/**
 * Return the panels whose figure or theme is not the one on the screen.
 * @param {State} state
 */
function changedPanels(state) {
  if (state.ended.signal.aborted) return [];
  state.theme = readTheme(state.root);
  return Object.values(state.panels).filter((panel) => !isCurrent(state, panel));
}

/**
 * Hand one panel its new figure.
 * @param {Plotly} plotly
 * @param {State} state
 * @param {Panel} panel
 */
async function draw(plotly, state, panel) {
  const { theme, data } = state;
  const given = data.panels[panel.name];
  if (!given) return;
  // Plotly writes into what it is given; a later change of theme needs the figure as it came.
  const { data: traces, layout } = structuredClone(given.spec);
  layout.autosize = true;
  layout.template = dressed(layout.template, theme);
  panel.solid = isSolid(traces);
  if (!HOVERS && !panel.solid) layout.dragmode ??= false;
  panel.element.toggleAttribute('data-solid', panel.solid);
  if (layout.scene) {
    Object.assign(layout.scene, seenFrom(state, panel.plot, given.spec));
    leaveWords(layout.scene);
  }
  panel.picture = pictureOf(given, theme, data);
  panel.size = sizeOf(panel.plot);
  panel.faded = fadeOf(state);
  if (panel.faded) fade(state, panel, traces);
  await plotly.react(panel.plot, traces, layout, configOf(plotly, state, panel));
  if (!panel.solid) return;
  keepHand(panel.plot);
  tellTurned(panel);
  if (!heard.has(panel.plot)) hearTurns(state, panel);
}

/**
 * Keep a visitor's hand from turning a scene to where nothing is seen of it.
 * @param {Plot} plot
 */
function keepHand(plot) {
  const { figure, camera, aspect } = cameras.get(plot) ?? {};
  const came = figure?.layout.scene?.aspectratio;
  keepAbove(plot, camera, aspect && came ? aspect.z / came.z : 1);
}

/**
 * Note how the visitor turns a scene: Plotly writes it into the layout that the scene was made
 * with, and no longer knows it once it was handed another.
 * @param {State} state
 * @param {Panel} panel
 */
function hearTurns(state, panel) {
  const { element, plot } = panel;
  heard.add(plot);
  const reset = document.createElement('button');
  reset.type = 'button';
  reset.className = 'gd-reset';
  reset.textContent = RESET;
  reset.addEventListener('click', () => {
    standAsCame(state, plot);
    tellTurned(panel);
  });
  element.append(reset);
  plot.on?.('plotly_relayout', ({ 'scene.camera': turned }) => {
    chaseWords(state);
    const first = cameras.get(plot);
    if (!first || !turned) return;
    first.turned = isMoved({ camera: first.camera, turned }) ? turned : undefined;
    tellTurned(panel);
  });
}

/** What brings a scene back to how it came. */
const RESET = 'Reset the view';

/**
 * Show the way back while a scene is not seen as it came.
 * @param {Panel} panel
 */
function tellTurned({ element, plot }) {
  const { turned, other } = cameras.get(plot) ?? {};
  element.toggleAttribute('data-turned', Boolean(turned ?? other));
}

/**
 * Look at a scene as its newest figure does.
 * @param {State} state
 * @param {Plot} plot
 */
function standAsCame({ theme }, plot) {
  const first = cameras.get(plot);
  if (first?.other) {
    const { other: figure } = first;
    Object.assign(first, { figure, other: undefined, ...fittedTo(plot, figure, theme) });
    keepHand(plot);
  }
  resetView(plot);
}

/**
 * Return a scene's camera and box: those of its first figure, for as long as it shows the same on a
 * ground about as large, its paths are seen from there, and what it shows was made by hand from that.
 * A visitor who has moved it keeps it.
 * @param {State} state
 * @param {Plot} plot
 * @param {Figure} figure
 */
function seenFrom({ theme, data: { opened } }, plot, figure) {
  let first = cameras.get(plot);
  if (!first || !goesOn(first, figure, opened)) {
    const { uirevision } = figure.layout;
    const turned = first?.uirevision === uirevision && isMoved(first) ? first.turned : undefined;
    first = { uirevision, opened, figure, ...fittedTo(plot, figure, theme), turned };
    cameras.set(plot, first);
  }
  return lookedAtFrom(first, plot, figure);
}

/**
 * Return where a scene is looked at from and its box, and note whether its figure comes with another side.
 * @param {{ camera?: PlotCamera, aspect?: Eye, turned?: PlotCamera, other?: Figure }} first
 * @param {Plot} plot
 * @param {Figure} figure
 */
function lookedAtFrom(first, plot, figure) {
  first.other = isBehind(figure.layout.scene?.camera, first.camera) ? figure : undefined;
  // A scene goes on turning for a moment after the hand has left it and its place was told.
  if (first.turned) first.turned = plot._fullLayout?.scene?._scene?.getCamera?.() ?? first.turned;
  // Plotly writes into what it is given.
  return structuredClone({ camera: first.turned ?? first.camera, aspectratio: first.aspect });
}

/**
 * Whether a figure was made by hand from that which a camera was chosen for, and can be seen from there.
 * @param {{ uirevision: string, opened?: number, figure: Figure, camera?: PlotCamera, aspect?: Eye,
 *   turned?: PlotCamera }} first
 * @param {Figure} figure
 * @param {number} [opened]
 */
function goesOn(first, figure, opened) {
  if (first.uirevision !== figure.layout.uirevision || first.opened !== opened) return false;
  return isMoved(first) || !isOutgrown(first, figure);
}

/**
 * Return a scene's camera and box as its panel lets them stand.
 * @param {Plot} plot
 * @param {Figure} figure
 * @param {Theme} theme
 * @param {number} [before] how low a box was chosen for it before
 */
function fittedTo({ offsetWidth: width, offsetHeight: height }, figure, theme, before) {
  const { scene } = figure.layout;
  const { camera: { eye, center } = {}, aspectratio } = scene ?? {};
  if (!scene || !eye || !center || !aspectratio) {
    return { camera: scene?.camera, aspect: aspectratio };
  }
  const view = { eye, center, aspect: aspectratio };
  const panel = { width, height, writing: writingOf(scene, theme) };
  const { aspect, flatness, ...camera } = fitted(view, figure, panel, before);
  return { camera, aspect, flatness };
}

/** Of a figure's paths a camera shows at least this share of what is seen from the figure's own. */
const ENOUGH = 0.7;

/**
 * Whether a figure's ground is another one than that which a camera was chosen for, or too little of
 * its paths is seen from there.
 * @param {{ figure: Figure, camera?: PlotCamera, aspect?: Eye }} first
 * @param {Figure} figure
 */
function isOutgrown({ figure: before, camera, aspect }, figure) {
  if (isRescaled(before.layout.scene, figure.layout.scene)) return true;
  const { camera: own, aspectratio } = figure.layout.scene ?? {};
  if (!camera?.eye || !own?.eye || !aspect || !aspectratio) return false;
  return shareSeen(figure, camera.eye, aspect) < ENOUGH * shareSeen(figure, own.eye, aspectratio);
}

/**
 * Whether the visitor has moved a scene's camera, and not put it back.
 * @param {{ camera?: PlotCamera, turned?: PlotCamera }} cameras
 */
function isMoved({ camera, turned }) {
  const [now, first] = [turned?.eye, camera?.eye];
  if (!now || !first) return false;
  return Math.hypot(now.x - first.x, now.y - first.y, now.z - first.z) > 1e-6;
}

/** Traces that Plotly draws in a three-dimensional scene. */
const SOLID = new Set(['surface', 'scatter3d', 'mesh3d', 'cone', 'streamtube', 'isosurface']);

/**
 * Whether traces make a three-dimensional scene.
 * @param {Trace[]} traces
 */
function isSolid(traces) {
  return traces.some(({ type }) => SOLID.has(type));
}

/**
 * Whether any figure is a scene.
 * @param {PlayerData} data
 */
export function wantsScenes({ panels }) {
  return Object.values(panels).some(({ spec }) => isSolid(spec.data));
}

/** Whether this browser draws scenes: many without a graphics card offer no WebGL. */
export function hasScenes() {
  webgl ??= Boolean(document.createElement('canvas').getContext('webgl'));
  return webgl;
}
/** @type {boolean | null} */
let webgl = null;

/**
 * Return Plotly's settings; they must stay equal between draws, else Plotly starts afresh.
 * @param {Plotly} plotly
 * @param {State} state
 * @param {Panel} panel
 */
function configOf(plotly, state, panel) {
  const { name, solid } = panel;
  const reset = {
    name: 'resetView',
    title: RESET,
    icon: plotly.Icons.home,
    click: () => standAsCame(state, panel.plot),
  };
  const save = {
    name: 'saveScene',
    title: 'Download plot as a PNG',
    icon: plotly.Icons.camera,
    click: () => saveScene(panel, `gdplay-${name}`, FINE),
  };
  const buttons = solid ? [reset, save] : ['zoom2d', 'pan2d', 'resetScale2d', 'toImage'];
  return {
    displaylogo: false,
    displayModeBar: HOVERS ? 'hover' : false,
    plotGlPixelRatio: GL_PIXELS,
    modeBarButtons: [buttons],
    showSendToCloud: false,
    showTips: false,
    responsive: false, // followSizes does this, also where Plotly only watches the window
    toImageButtonOptions: { filename: `gdplay-${name}`, scale: FINE },
  };
}

/**
 * Look at a scene as its figure does (Plotly's own button for this is a film camera).
 * @param {Plot} plot
 */
function resetView(plot) {
  const { camera, aspect } = cameras.get(plot) ?? {};
  const change = structuredClone({ 'scene.camera': camera, 'scene.aspectratio': aspect });
  window.Plotly?.relayout(plot, change);
}

/** Wait until the browser has painted: Plotly's scenes draw in the next animation frame. */
function painted() {
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}

/**
 * Tell the outside (tests, above all) that a draw is finished.
 * @param {State} state
 */
function stamp(state) {
  state.draws += 1;
  clearSketch(state);
  writeWords(state, state.panels.surface);
  state.root.dataset.drawnAt = String(performance.now());
  state.root.dataset.drawn = String(state.draws);
}

/**
 * Ask Python to draw with Streamlit's own charts instead.
 * @param {State} state
 * @param {unknown} error
 */
function fail(state, error) {
  if (state.ended.signal.aborted) return;
  console.warn('gdplay: the player cannot draw', error);
  const reason = error instanceof Error ? error.message : String(error);
  state.component.setStateValue('failed', reason.slice(0, 200) || 'unknown');
}

/**
 * Give back what a chart holds, WebGL contexts above all: a browser has only sixteen.
 * @param {Panel} panel
 */
export function giveBack({ plot }) {
  const canvases = [...plot.querySelectorAll('canvas')];
  window.Plotly?.purge(plot);
  for (const canvas of canvases) {
    canvas.getContext('webgl')?.getExtension('WEBGL_lose_context')?.loseContext();
  }
}

// ---------------------------------------------------------------- Plotly

/**
 * Return the page's Plotly, loading Streamlit's own bundle of it where no chart has done so.
 * @param {string | null} chunk
 */
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
    .map((element) => (element instanceof HTMLLinkElement ? element.href : sourceOf(element)))
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

/** @param {Element} element */
function sourceOf(element) {
  return element instanceof HTMLScriptElement ? element.src : '';
}

// ---------------------------------------------------------------- sizes

/**
 * Fit each chart to its panel whenever that changes, at most once a frame.
 * @param {State} state
 */
export function followSizes(state) {
  const observer = new ResizeObserver(() => requestAnimationFrame(() => fitAll(state)));
  for (const { plot } of Object.values(state.panels)) observer.observe(plot);
  state.ended.signal.addEventListener('abort', () => observer.disconnect());
}

/**
 * Resize the charts whose panels have another size than at the last draw.
 * @param {State} state
 */
function fitAll(state) {
  if (state.ended.signal.aborted) return;
  for (const panel of Object.values(state.panels)) {
    const size = sizeOf(panel.plot);
    if (!panel.picture || !size || size === panel.size) continue;
    panel.size = size;
    // It rejects when the panel is hidden by then; the next change of size comes back to it.
    const resized = window.Plotly?.Plots.resize(panel.plot);
    resized?.then(() => standAnew(state, panel.plot)).catch(() => {});
  }
}

/**
 * Look at a scene from where it fills its new size, unless the visitor has moved it.
 * @param {State} state
 * @param {Plot} plot
 */
function standAnew(state, plot) {
  chaseWords(state);
  const first = cameras.get(plot);
  if (!first?.camera || isMoved(first)) return;
  Object.assign(first, fittedTo(plot, first.figure, state.theme, first.flatness));
  resetView(plot);
  keepHand(plot);
}

/**
 * Return an element's size as text, '' where it takes no room.
 * @param {HTMLElement} element
 */
function sizeOf({ offsetWidth, offsetHeight }) {
  return offsetWidth && offsetHeight ? `${offsetWidth} x ${offsetHeight}` : '';
}
