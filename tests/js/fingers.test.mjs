/** Fingers scroll past charts and sliders, and what they choose from the menu closes it. */

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
globalThis.PointerEvent = Event;

/** Return a page that listens, what is pressed beside its menu, and what ends it. */
function page() {
  const presses = [];
  const app = { dispatchEvent: ({ type, bubbles }) => presses.push([type, bubbles]) };
  globalThis.document = Object.assign(new EventTarget(), { querySelector: () => app });
  const leave = fingers();
  const on = (target, type, more) => happen(document, type, { target, ...more }).stopped;
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

/** A finger on a slider, and what that is handed of it. */
function fingerOn({ on }) {
  const slider = new Part('stSlider');
  const handed = [];
  slider.dispatchEvent = ({ type }) => handed.push([type, on(slider, type, touches(0, 0))]);
  const go = (type, x, y, more) => on(slider, type, { ...touches(x, y), ...more });
  return { handed, go };
}

const touches = (clientX, clientY) => ({ clientX, clientY, isPrimary: true, pointerType: 'touch' });

test('a slider hears of a finger once that goes along it', () => {
  const { on, leave } = page();
  const { handed, go } = fingerOn({ on });
  assert.equal(go('pointerdown', 0, 0), true);
  assert.equal(go('touchstart', 0, 0), true);
  go('pointermove', 6, 3);
  go('pointermove', 40, 0, { isPrimary: false });
  assert.deepEqual(handed, []);
  go('pointermove', 12, 3);
  go('pointermove', 40, 3);
  assert.deepEqual(handed, [['pointerdown', false]]);
  leave();
});

test('a slider hears of no finger that scrolls or is lifted, and of every mouse', () => {
  const { on, leave } = page();
  const { handed, go } = fingerOn({ on });
  go('pointerdown', 0, 0);
  go('pointermove', 3, 12);
  go('pointermove', 40, 12);
  for (const end of ['pointerup', 'pointercancel']) {
    go('pointerdown', 0, 0);
    go(end, 0, 0);
    go('pointermove', 40, 0);
  }
  assert.deepEqual(handed, []);
  assert.equal(go('pointerdown', 0, 0, { pointerType: 'mouse' }), false);
  assert.equal(on(new Part('elsewhere'), 'pointerdown', touches(0, 0)), false);
  leave();
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
