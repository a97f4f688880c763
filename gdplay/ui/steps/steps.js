/**
 * Steps that are not lost: keys and clicks faster than the page add up to one place to go to.
 *
 * Streamlit hears a button that is pressed twice while the page is being made only once. So presses
 * of the page's own buttons, and their keys, are taken here before Streamlit hears of them.
 */

import { isBusy } from '../keys.js';

/**
 * What lasts between calls, by the element Streamlit gave us.
 * @type {WeakMap<HTMLElement, Walk>}
 */
const walks = new WeakMap();

/** An answer that takes longer was lost: its run may have been overtaken. */
const LOST = 5000;

/**
 * Take the newest data; return what Streamlit calls when the component goes away.
 * @param {Component<StepsData>} component
 * @returns {CleanUp}
 */
export default function steps(component) {
  const { parentElement, data } = component;
  const walk = walks.get(parentElement) ?? begin(component);
  const stays = walk.component.data.run === data.run;
  Object.assign(walk, { component, open: false, calls: walk.calls + 1 });
  if (!stays || walk.target === data.at) walk.target = null;
  send(walk);
  const call = walk.calls;
  // A call that a newer one overtook is cleaned up too.
  return () => {
    if (walk.calls === call) end(parentElement, walk);
  };
}

/**
 * Listen to clicks and keys before anybody else does.
 * @param {Component<StepsData>} component
 */
function begin(component) {
  const ended = new AbortController();
  /** @type {Walk} */
  const walk = { component, target: null, open: false, sentAt: 0, calls: 0, ended };
  const options = { capture: true, signal: ended.signal };
  window.addEventListener('click', (event) => onClick(walk, event), options);
  window.addEventListener('keydown', (event) => onKey(walk, event), options);
  walks.set(component.parentElement, walk);
  return walk;
}

/**
 * @param {HTMLElement} parentElement
 * @param {Walk} walk
 */
function end(parentElement, walk) {
  walk.ended.abort();
  walks.delete(parentElement);
}

/**
 * Take a click on one of the page's buttons.
 * @param {Walk} walk
 * @param {MouseEvent} event
 */
function onClick(walk, event) {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  const { ways } = walk.component.data;
  const name = Object.keys(ways).find((key) => button?.closest(`.st-key-${key}`));
  if (name && !button?.disabled) go(walk, event, ways[name].by);
}

/**
 * Take a key that stands for one of the buttons.
 * @param {Walk} walk
 * @param {KeyboardEvent} event
 */
function onKey(walk, event) {
  if (event.ctrlKey || event.altKey || event.metaKey || isBusy(event.target, event.code)) return;
  const pressed = `${event.shiftKey ? 'Shift+' : ''}${event.code.replace('Arrow', '')}`;
  const way = Object.values(walk.component.data.ways).find(({ key }) => key === pressed);
  if (way) go(walk, event, way.by);
}

/**
 * Go so many updates on from where the presses so far lead.
 * @param {Walk} walk
 * @param {Event} event
 * @param {number} by
 */
function go(walk, event, by) {
  event.preventDefault();
  event.stopImmediatePropagation();
  const { at, last } = walk.component.data;
  const from = walk.target ?? at;
  const to = from + by;
  // A whole step or none, as the page's buttons do it.
  if (to < 1 || to > last) return;
  walk.target = to;
  send(walk);
}

/**
 * Ask for the newest place, one question at a time.
 * @param {Walk} walk
 */
function send(walk) {
  const { data, setTriggerValue } = walk.component;
  const waits = walk.open && performance.now() < walk.sentAt + LOST;
  if (walk.target === null || walk.target === data.at || waits) return;
  Object.assign(walk, { open: true, sentAt: performance.now() });
  setTriggerValue('go', { run: data.run, update: walk.target });
}
