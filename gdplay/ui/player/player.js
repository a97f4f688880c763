/**
 * The player in the browser: one grid of Plotly charts that are kept and handed new data.
 *
 * Streamlit calls the default export again on every rerun with the same `parentElement`, so what
 * lasts is kept in `players`. Nothing a visitor wrote becomes markup: labels go through attributes.
 */

import { comeAlong } from './along.js';
import { addBar } from './bar.js';
import { dropWords, followTurns } from './captions.js';
import { drawNewest, followSizes, giveBack, hasScenes, wantsScenes } from './charts.js';
import { wind } from './clock.js';
import { listenForCloseUps } from './closeup.js';
import { keepUp } from './frames.js';
import { wipe } from './overlay.js';
import { listenToHands, renewPreview, tellLost } from './preview.js';
import { listenToPointers } from './pointer.js';
import { sketch } from './sketch.js';
import { newState } from './state.js';

/**
 * What lasts between calls, by the element Streamlit gave us.
 * @type {WeakMap<HTMLElement, State>}
 */
const players = new WeakMap();

/**
 * Take the newest data; return what Streamlit calls when the component goes away.
 * @param {Component<PlayerData>} component
 * @returns {CleanUp}
 */
export default function player(component) {
  const { parentElement, data } = component;
  const state = stateIn(parentElement, component);
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

/**
 * Return the state of the player that stands in an element, a new one where there is none.
 * @param {HTMLElement} parentElement
 * @param {Component<PlayerData>} component
 */
function stateIn(parentElement, component) {
  const root = parentElement.querySelector('.gd-player');
  if (!(root instanceof HTMLElement)) throw new Error('the player has no grid');
  const before = players.get(parentElement);
  if (before?.root === root) return before;
  if (before) unmount(before);
  const state = mount(root, component);
  players.set(parentElement, state);
  return state;
}

/**
 * Show the newest data.
 * @param {State} state
 */
function show(state) {
  const { hash } = state.clock;
  wind(state.clock, state.data.play);
  renewPreview(state, hash !== state.clock.hash);
  tellLost(state);
  arrange(state);
  sketch(state);
  drawNewest(state);
  state.keepUp();
}

/**
 * Return the state of a new player that listens.
 * @param {HTMLElement} root
 * @param {Component<PlayerData>} component
 */
function mount(root, component) {
  const state = newState(root, component, keepUp);
  listenToPointers(state);
  listenForCloseUps(state);
  listenToHands(state);
  comeAlong(state);
  followSizes(state);
  followTurns(state);
  state.style.textContent = STYLE;
  root.append(state.style);
  addBar(state);
  return state;
}

/**
 * End a player and all that it listens to.
 * @param {State} state
 */
function unmount(state) {
  state.ended.abort();
  delete state.root.dataset.drawn;
  wipe(state);
  state.style.remove();
  state.transport.bar.replaceChildren();
  state.transport.now.replaceChildren();
  for (const panel of Object.values(state.panels)) {
    dropWords(panel);
    giveBack(panel);
  }
}

/**
 * Show the panels that have a figure, and say what each one shows.
 * @param {State} state
 */
function arrange({ root, data, panels }) {
  root.toggleAttribute('data-arranged', true);
  root.toggleAttribute('data-clickable', data.clickable);
  root.toggleAttribute('data-plays', Boolean(data.play));
  root.toggleAttribute('data-diagram', Boolean(data.play?.diagram));
  for (const { name, element } of Object.values(panels)) {
    const given = data.panels[name];
    element.hidden = !given;
    element.toggleAttribute('data-legend', Boolean(given?.spec.layout.showlegend));
    if (given?.label) element.setAttribute('aria-label', given.label);
    else element.removeAttribute('aria-label');
  }
}
