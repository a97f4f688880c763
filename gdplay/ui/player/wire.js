/** A wire between a player and the server: carries its questions there and the answers back. */

import { ANSWER, QUESTION } from './events.js';

/** @type {WeakMap<HTMLElement, AbortController>} What ends a wire, by the element it was given. */
const wires = new WeakMap();

/**
 * Listen on behalf of the newest call, and tell its answer.
 * @param {Component<WireData>} component
 * @returns {CleanUp}
 */
export default function wire({ parentElement, data, setTriggerValue }) {
  wires.get(parentElement)?.abort();
  const ended = new AbortController();
  wires.set(parentElement, ended);
  const { signal } = ended;
  document.addEventListener(
    QUESTION,
    (event) => {
      if (event.detail.player !== data.player) return;
      event.preventDefault();
      // A moment later: what is sent at one moment runs but the part that is asked, and a control may
      // have been changed just now.
      setTimeout(() => setTriggerValue('ask', event.detail.question));
    },
    { signal },
  );
  document.dispatchEvent(new CustomEvent(ANSWER, { detail: data }));
  return () => ended.abort();
}
