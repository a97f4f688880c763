/** Fingers scroll past charts and sliders, and the list of pages shows the one that they chose. */

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
globalThis.PointerEvent = Event;

/** Return a page that listens, its list of pages 200 pixels wide, and what ends it. */
function page() {
  const box = (left, width) => ({ getBoundingClientRect: () => ({ left, width }) });
  const list = { ...box(50, 200), scrollLeft: 30 };
  const here = { ...box(300, 80), closest: () => list };
  globalThis.document = Object.assign(new EventTarget(), { querySelector: () => here });
  const leave = fingers();
  const on = (target, type, more) => happen(document, type, { target, ...more }).stopped;
  return { list, on, leave };
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

test('the list of pages is scrolled until the page one is on stands in its middle', () => {
  const { list, on, leave } = page();
  const middle = 30 + (300 + 80 / 2) - (50 + 200 / 2);
  assert.equal(list.scrollLeft, middle);
  list.scrollLeft = 30;
  on(null, 'animationstart', { animationName: 'spin' });
  assert.equal(list.scrollLeft, 30);
  on(null, 'animationstart', { animationName: 'gd-here' });
  assert.equal(list.scrollLeft, middle);
  leave();
  list.scrollLeft = 30;
  on(null, 'animationstart', { animationName: 'gd-here' });
  assert.equal(list.scrollLeft, 30);
});

test('where the pages stand elsewhere nothing scrolls', () => {
  const { leave } = page();
  leave();
  globalThis.document = Object.assign(new EventTarget(), { querySelector: () => null });
  fingers()();
});
