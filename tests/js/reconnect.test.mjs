/** A page that has lost its server asks to be run again when it has found one, and only then. */

import assert from 'node:assert/strict';
import test from 'node:test';

import reconnect from '../../gdplay/ui/reconnect.js';

/** Return a page of this state, what was sent, and a function that changes the state. */
function page(first) {
  const sent = [];
  let state = first;
  const app = { getAttribute: () => state };
  let seen = () => {};
  globalThis.document = { querySelector: () => app };
  globalThis.MutationObserver = class {
    constructor(callback) {
      seen = callback;
    }
    observe() {}
    disconnect() {
      seen = () => {};
    }
  };
  const leave = reconnect({ setTriggerValue: (name, value) => sent.push([name, value]) });
  const become = (next) => {
    state = next;
    seen();
  };
  return { sent, become, leave };
}

test('a run is asked for once for each time that the server was lost and found', () => {
  const { sent, become } = page('CONNECTED');
  become('CONNECTED');
  assert.deepEqual(sent, []);
  for (const state of ['PINGING_SERVER', 'CONNECTING', 'CONNECTED', 'CONNECTED']) become(state);
  assert.deepEqual(sent, [['back', true]]);
  become('PINGING_SERVER');
  become('CONNECTED');
  assert.equal(sent.length, 2);
});

test('nothing is asked for after the end, nor where Streamlit tells no state', () => {
  const { sent, become, leave } = page('CONNECTED');
  leave();
  become('PINGING_SERVER');
  become('CONNECTED');
  assert.deepEqual(sent, []);
  globalThis.document = { querySelector: () => null };
  assert.equal(reconnect({ setTriggerValue: assert.fail }), undefined);
});
