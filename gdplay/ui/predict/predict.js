/**
 * What is asked before the runs are shown: it covers the curves in place, and stands where the
 * transport will. Only the answer leaves the browser, once.
 */

import { showDrawing, tellDrawing } from './drawing.js';
import { newRanks } from './ranks.js';
import { showRanking, tellRanking } from './ranking.js';

/**
 * What lasts between calls, by the element Streamlit gave us.
 * @type {WeakMap<HTMLElement, Asking>}
 */
const asks = new WeakMap();

const NO_AXES = 'There are no axes to draw on in this browser: choose to rank the runs instead.';

/** So many frames a player may take to come; then the question stands by itself. */
const PATIENCE = 240;

/**
 * Take the newest data; return what Streamlit calls when the component goes away.
 * @param {Component<PredictData>} component
 * @returns {CleanUp}
 */
export default function predict(component) {
  const { parentElement, data } = component;
  const before = asks.get(parentElement);
  if (before && before.component.data.id !== data.id) end(before);
  const asking = before && !before.ended.signal.aborted ? before : begin(component);
  asks.set(parentElement, asking);
  Object.assign(asking, { component, calls: asking.calls + 1 });
  asking.strip.reveal.textContent = data.act;
  put(asking, data.alone ? 0 : PATIENCE);
  if (data.kind === 'rank') showRanking(asking);
  else showDrawing(asking);
  const call = asking.calls;
  // A call that a newer one overtook is cleaned up too.
  return () => {
    if (asking.calls === call) end(asking);
  };
}

/**
 * Return a question that nobody has answered yet.
 * @param {Component<PredictData>} component
 * @returns {Asking}
 */
function begin(component) {
  const cover = document.createElement('div');
  cover.className = 'gd-cover';
  cover.setAttribute('role', 'group');
  cover.setAttribute('aria-label', 'What you expect');
  const strip = newStrip();
  /** @type {Asking} */
  const asking = {
    component,
    cover,
    strip,
    ranks: newRanks(),
    strokes: {},
    active: component.data.runs[0].place,
    column: 1,
    hand: null,
    axes: null,
    seen: '',
    paper: null,
    frame: 0,
    calls: 0,
    ended: new AbortController(),
  };
  strip.reveal.addEventListener('click', () => answer(asking));
  return asking;
}

/**
 * Return the strip in the transport's place.
 * @returns {Strip}
 */
function newStrip() {
  const root = document.createElement('div');
  root.className = 'gd-bar gd-ask';
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', 'Your prediction');
  const tools = document.createElement('div');
  tools.className = 'gd-tools';
  const note = document.createElement('output');
  const reveal = document.createElement('button');
  Object.assign(reveal, { type: 'button', className: 'gd-reveal' });
  root.append(tools, note, reveal);
  return { root, tools, note, reveal };
}

/**
 * Put the question over the player as soon as there is one, else where the component stands.
 * @param {Asking} asking
 * @param {number} frames
 */
function put(asking, frames) {
  if (asking.ended.signal.aborted) return;
  const { cover, strip, component } = asking;
  const own = component.parentElement.querySelector('.gd-predict');
  const player = document.querySelector('.st-key-stage .gd-player');
  const panel = player?.querySelector('[data-panel=curves]');
  if (panel) {
    if (cover.parentElement !== panel) panel.append(cover);
    // For the keyboard it comes next; where it is seen is a matter of style.
    if (strip.root.previousElementSibling !== panel) panel.after(strip.root);
  } else if (frames > 0) requestAnimationFrame(() => put(asking, frames - 1));
  else if (own) {
    own.append(cover, strip.root);
    if (component.data.kind === 'draw') strip.note.textContent = NO_AXES;
  }
}

/**
 * Tell what is expected, and let the page show what is so.
 * @param {Asking} asking
 */
function answer(asking) {
  asking.strip.reveal.disabled = true;
  const tell = asking.component.data.kind === 'rank' ? tellRanking : tellDrawing;
  asking.component.setTriggerValue('guess', tell(asking));
}

/** @param {Asking} asking */
function end(asking) {
  asking.ended.abort();
  asking.cover.remove();
  asking.strip.root.remove();
  asks.delete(asking.component.parentElement);
}
