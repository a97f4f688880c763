/** What a browser keeps of the course. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import progress from '../../gdplay/ui/lessons/progress.js';

/** @type {Map<string, string>} */
const store = new Map();
/** @type {unknown[]} */
let told = [];

beforeEach(() => {
  store.clear();
  told = [];
  Object.assign(globalThis, {
    localStorage: {
      getItem: (/** @type {string} */ name) => store.get(name) ?? null,
      setItem: (/** @type {string} */ name, /** @type {string} */ text) => store.set(name, text),
    },
  });
});

/** @param {Partial<ProgressData>} data */
const come = (data) =>
  progress(
    /** @type {any} */ ({
      data: { done: 0, reached: 0, asks: false, known: '0 0', ...data },
      setStateValue: (/** @type {string} */ _, /** @type {unknown} */ value) => told.push(value),
    }),
  );

test('what is done on one visit is told to the list on the next, once', () => {
  come({ done: 1 });
  come({ done: 4, reached: 1 });
  assert.deepEqual(told, []);
  come({ asks: true });
  assert.deepEqual(told, [{ done: 5, reached: 1 }]);
  come({ asks: true, known: '5 1' });
  assert.equal(told.length, 1);
});

test('what others wrote, and a browser that keeps nothing, are as a first visit', () => {
  store.set('gdplay.lessons', '{"done": "all"}');
  come({ asks: true });
  Object.assign(globalThis, { localStorage: undefined });
  come({ asks: true });
  assert.deepEqual(told, []);
});
