/** Fingers scroll past flat charts, and what they choose from the menu closes it. */

import assert from 'node:assert/strict';
import test from 'node:test';

import fingers from '../../gdplay/ui/fingers.js';
import { happen } from './fakes.mjs';

/** An element within what is named. */
class Part {
  constructor(named) {
    this.closest = (selector) => (selector.includes(named) ? this : null);
  }
}
globalThis.Element = Part;
globalThis.MouseEvent = Event;

/** Return a page that listens, what is pressed beside its menu, and what ends it. */
function page() {
  const presses = [];
  const app = { dispatchEvent: ({ type, bubbles }) => presses.push([type, bubbles]) };
  globalThis.document = Object.assign(new EventTarget(), { querySelector: () => app });
  const leave = fingers();
  const on = (target, type) => happen(document, type, { target }).stopped;
  return { presses, on, leave };
}

test('a finger that comes down on a flat chart is not the chart’s', () => {
  const { on, leave } = page();
  assert.equal(on(new Part('stPlotlyChart'), 'touchstart'), true);
  assert.equal(on(new Part('stSidebarNavLink'), 'touchstart'), false);
  assert.equal(on(new EventTarget(), 'touchstart'), false);
  leave();
  assert.equal(on(new Part('stPlotlyChart'), 'touchstart'), false);
});

test('a page chosen from the menu closes it by a press beside it, and nothing else does', () => {
  const { presses, on, leave } = page();
  on(new Part('stPlotlyChart'), 'click');
  assert.deepEqual(presses, []);
  on(new Part('stSidebarNavLink'), 'click');
  assert.deepEqual(presses, [['mousedown', true]]);
  leave();
  on(new Part('stSidebarNavLink'), 'click');
  assert.equal(presses.length, 1);
});
