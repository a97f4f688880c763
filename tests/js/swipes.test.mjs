/** Fingers on sliders: a swipe along one and a tap move it, a swipe up or down changes nothing. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { headingOf, heedSwipes } from '../../gdplay/ui/swipes.js';
import { Box, browse, happen } from './fakes.mjs';

let slider;
let heard;
let ended;

/** A slider from 0 to 100 whose knob, 20 pixels wide, goes from 110 to 310 pixels of the page. */
beforeEach(() => {
  browse();
  slider = Object.assign(new Box(100, 50, 220, 44), { min: '0', max: '100', value: '30' });
  ended = new AbortController();
  heedSwipes(slider, 20, ended.signal);
  heard = [];
  const note = ({ type }) => heard.push([type, slider.value]);
  for (const type of ['input', 'change']) slider.addEventListener(type, note);
});

const pointer = (type, clientX, clientY, more = {}) =>
  happen(slider, type, { clientX, clientY, isPrimary: true, pointerType: 'touch', ...more });
const touch = (type, touches = 1) => happen(slider, type, { targetTouches: { length: touches } });

/** What a browser does by itself where a finger comes down, moves or goes. */
function native(type, value) {
  slider.value = value;
  happen(slider, type);
}

/** A finger comes down, and the browser moves the knob there. */
function down(x, y) {
  pointer('pointerdown', x, y);
  touch('touchstart');
  native('input', '95');
}

test('a finger goes along a slider or across it once it has moved', () => {
  const from = { clientX: 100, clientY: 100 };
  const to = (x, y) => headingOf(from, { clientX: 100 + x, clientY: 100 + y });
  assert.equal(to(9, 9), null);
  assert.equal(to(0, -9), null);
  assert.equal(to(-10, 9), 'along');
  assert.equal(to(9, -10), 'across');
  assert.equal(to(10, 10), 'across');
});

test('a swipe up or down changes nothing, whatever the browser does', () => {
  down(300, 70);
  assert.equal(slider.value, '30');
  pointer('pointermove', 302, 60);
  pointer('pointercancel', 302, 60);
  native('input', '80');
  pointer('pointermove', 200, 10); // a finger that scrolls may go anywhere
  touch('touchend', 0);
  native('change', '80');
  assert.deepEqual([slider.value, heard], ['30', []]);
});

test('what the page makes of the slider meanwhile stays', () => {
  down(300, 70);
  slider.value = '31'; // a clock that plays
  touch('touchmove');
  native('input', '80');
  assert.equal(slider.value, '31');
  slider.value = '32';
  touch('touchend', 0);
  native('change', '80');
  assert.deepEqual([slider.value, heard], ['32', []]);
});

test('a swipe along brings the knob under the finger, not beyond the ends', () => {
  down(150, 70);
  pointer('pointermove', 155, 72);
  assert.equal(touch('touchmove').prevented, false);
  assert.deepEqual(heard, []);
  for (const [x, y] of [[160, 72], [210, 20], [210, 10], [400, 72], [20, 72]]) {
    pointer('pointermove', x, y);
    assert.equal(touch('touchmove').prevented, true);
    native('input', '77');
  }
  pointer('pointerup', 20, 72);
  const wanted = ['25', '50', '100', '0'].map((value) => ['input', value]);
  assert.deepEqual([slider.value, heard], ['0', wanted]);
});

/** Let what follows an event come. */
function later() {
  return new Promise((done) => {
    setTimeout(done);
  });
}

test('a tap brings the knob there, once', async () => {
  down(210, 70);
  pointer('pointerup', 212, 70);
  assert.equal(touch('touchend', 0).prevented, true);
  native('change', '95');
  assert.deepEqual([slider.value, heard], ['51', [['input', '51']]]);
  await later();
  native('change', '60');
  assert.equal(heard.length, 2);
});

test('a tap that halts a page in flight changes nothing', () => {
  const on = (timeStamp) => {
    pointer('pointerdown', 210, 70, { timeStamp });
    pointer('pointerup', 210, 70);
    touch('touchend', 0);
  };
  for (const timeStamp of [901, 1000]) happen(document, 'scroll', { timeStamp });
  on(1099);
  assert.deepEqual(heard, []);
  on(1100);
  assert.deepEqual(heard, [['input', '50']]);
  slider.value = '30';
  happen(document, 'scroll', { timeStamp: 1100 }); // a page that only jumped
  on(1101);
  assert.deepEqual(heard.at(-1), ['input', '50']);
  assert.equal(heard.length, 2);
});

test('a second finger takes nothing from the first', async () => {
  down(150, 70);
  pointer('pointermove', 160, 70);
  pointer('pointerdown', 300, 70, { isPrimary: false });
  pointer('pointermove', 310, 70, { isPrimary: false });
  pointer('pointerup', 310, 70, { isPrimary: false });
  touch('touchend', 1);
  await later();
  native('input', '95');
  pointer('pointermove', 210, 70);
  assert.deepEqual(heard, [['input', '25'], ['input', '50']]);
});

test('after a finger, keys and a mouse are heard', () => {
  down(210, 70);
  happen(slider, 'keydown');
  native('input', '31');
  down(210, 70);
  pointer('pointerdown', 210, 70, { pointerType: 'mouse' });
  pointer('pointermove', 310, 70, { pointerType: 'mouse' });
  native('input', '50');
  assert.deepEqual(heard, [['input', '31'], ['input', '50']]);
});

test('who left hears nothing more', () => {
  ended.abort();
  down(300, 70);
  assert.deepEqual(heard, [['input', '95']]);
});
