/** What lasts while a player stands: every field of it, and of its panels, is made here. */

import { newClock } from './clock.js';
import { newCloseUps } from './closeup.js';
import { newPreview } from './preview.js';
import { readTheme } from './theme.js';

/**
 * Return the state of a new player.
 * @param {HTMLElement} root
 * @param {Component<PlayerData>} component
 * @param {(state: State) => void} keepUp
 */
export function newState(root, component, keepUp) {
  /** @type {State} */
  const state = {
    root,
    component,
    data: component.data,
    panels: {
      surface: newPanel(root, 'surface'),
      curves: newPanel(root, 'curves'),
      fit: newPanel(root, 'fit'),
    },
    transport: newTransport(root),
    style: document.createElement('style'),
    clock: newClock(),
    closeUps: newCloseUps(),
    preview: newPreview(),
    theme: readTheme(root),
    calls: 0,
    draws: 0,
    clicks: 0,
    drawing: false,
    following: false,
    reduced: false,
    keepUp: () => keepUp(state),
    ended: new AbortController(),
  };
  return state;
}

/**
 * Return a panel before its first picture.
 * @param {HTMLElement} root
 * @param {PanelName} name
 * @returns {Panel}
 */
function newPanel(root, name) {
  const element = partOf(root, `.gd-panel[data-panel=${name}]`);
  return {
    name,
    element,
    plot: partOf(element, '.gd-plot'),
    picture: '',
    solid: false,
    size: '',
    faded: '',
    over: null,
    under: null,
    key: null,
    lines: null,
    projections: null,
    words: null,
    written: '',
    moving: false,
    behind: false,
  };
}

/**
 * Return the transport's parts before they are dressed and put in their places.
 * @param {HTMLElement} root
 * @returns {Transport}
 */
function newTransport(root) {
  return {
    bar: partOf(root, '.gd-bar'),
    now: partOf(root, '.gd-now'),
    slider: document.createElement('input'),
    output: document.createElement('output'),
    toggle: document.createElement('button'),
    inside: document.createElement('button'),
    runs: '',
  };
}

/**
 * Return the part of the page that a selector names: Python's `_html` wrote it.
 * @param {HTMLElement} root
 * @param {string} selector
 */
function partOf(root, selector) {
  const part = root.querySelector(selector);
  if (!(part instanceof HTMLElement)) throw new Error(`the player has no ${selector}`);
  return part;
}
