/** What a pointer does to charts besides what it does in Plotly. */

import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { beforeEach, test } from 'node:test';

import { hold, newClock, play, rest, wind } from '../../gdplay/ui/player/clock.js';
import { listenToPointers } from '../../gdplay/ui/player/pointer.js';
import { browse, flatPanel, happen, sentPlay, sentTrack } from './fakes.mjs';

let plotly;
let state;
let plot;

/** A clock of ten epochs, over curves that stand at 120 to 320 pixels of the page. */
beforeEach(() => {
  plotly = browse();
  const clock = newClock();
  wind(clock, sentPlay([sentTrack({ perEpoch: 1, last: 10 })]));
  const layout = { xaxis: { range: [0, 10] }, yaxis: {} };
  const sent = [];
  state = {
    clock,
    clicks: 0,
    panels: { surface: flatPanel('surface'), curves: flatPanel('curves'), fit: flatPanel('fit') },
    data: { clickable: true, panels: { curves: { spec: { layout } } } },
    component: { setTriggerValue: (...args) => sent.push(args) },
    sent,
    shows: 0,
    keepUp: () => (state.shows += 1),
    ended: new AbortController(),
  };
  setMaxListeners(0, state.ended.signal);
  listenToPointers(state);
  plot = state.panels.curves.plot;
});

const at = (clientX, clientY = 100) => ({ clientX, clientY });
const pointer = (more) => ({
  isPrimary: true,
  button: 0,
  pointerType: 'mouse',
  shiftKey: false,
  ...more,
});

const down = (x, y, more = {}, element = plot) =>
  happen(element, 'pointerdown', pointer({ ...at(x, y), timeStamp: 1000, ...more }));
const up = (x, y, more = {}) =>
  happen(window, 'pointerup', pointer({ ...at(x, y), timeStamp: 1100, ...more }));
const move = (x, y, more = {}) => happen(window, 'pointermove', pointer({ ...at(x, y), ...more }));
const hover = (x, y, more = {}) => happen(plot, 'pointermove', pointer({ ...at(x, y), ...more }));

/** Press and release at once, at a time. */
function click(x, y, timeStamp = 1000, element = plot, more = {}) {
  down(x, y, { timeStamp, ...more }, element);
  up(x, y, { timeStamp: timeStamp + 50 });
}

// Clicks

test('a click on the curves holds the clock there', () => {
  click(187);
  assert.equal(state.clock.time, 3.35);
  assert.equal(state.shows, 1);
  assert.deepEqual(plotly, [['unhover', plot]]);
});

test('a click within a pixel and a half of an end of an epoch is meant for that', () => {
  const cases = [[181, 3], [178.52, 3], [181.48, 3], [181.6, 3.08], [178.4, 2.92]];
  cases.forEach(([x, time], i) => {
    rest(state.clock);
    click(x, 100, 5000 * i);
    assert.ok(Math.abs(state.clock.time - time) < 1e-9, `${x}: ${state.clock.time}`);
  });
});

/** Let the curves stand on a logarithmic axis of ten epochs, the start at its edge. */
function onLogAxis() {
  const { layout } = state.panels.curves.plot;
  layout.xaxis = { type: 'log', range: [-1, 1] };
  layout.meta = { edge: 0.1 };
}

test('on a logarithmic axis clicks and drags hold the clock where the axis has it', () => {
  onLogAxis();
  click(240); // 0.6 of the way from -1 to 1
  assert.ok(Math.abs(state.clock.time - 10 ** 0.2) < 1e-9, state.clock.time);
  click(120.4, 100, 5000); // less than a pixel and a half from the start
  assert.equal(state.clock.time, 0);
  click(221, 100, 9000); // beside the end of the first epoch
  assert.equal(state.clock.time, 1);
  down(220, 100, { timeStamp: 20_000 });
  move(250, 100);
  up(270, 100, { timeStamp: 21_000 });
  assert.ok(Math.abs(state.clock.time - 10 ** 0.5) < 1e-9, state.clock.time);
});

test('ends of epochs are those of the run in focus', () => {
  wind(state.clock, sentPlay([sentTrack({ perEpoch: 2, epoch: 4, update: 2, last: 6 })], { hash: 'b' }));
  click(201); // 4.05
  assert.equal(state.clock.time, 4);
  click(220, 100, 9000); // 5 is none
  assert.equal(state.clock.time, 5);
});

test('how near an end of an epoch is follows from how much of the axis is shown', () => {
  plot.layout.xaxis.range = [5, 15];
  click(142); // 6.1, two pixels from 6
  assert.ok(Math.abs(state.clock.time - 6.1) < 1e-9);
  plot.layout.xaxis.range = [6, 7];
  click(121, 100, 9000); // 6.005, one pixel from 6
  assert.equal(state.clock.time, 6);
});

test('a press that moves by more than four pixels, or stays, is no click', () => {
  const cases = [[3, 2, 1600, true], [4, 0, 1600, true], [3, 3, 1600, false], [0, 5, 1100, false],
    [0, 0, 1601, false], [-5, 0, 1100, false], [-2, -3, 1100, true]];
  cases.forEach(([right, below, timeStamp, isClick], i) => {
    rest(state.clock);
    down(187, 100, { timeStamp: 5000 * i });
    up(187 + right, 100 + below, { timeStamp: 5000 * i - 1000 + timeStamp });
    assert.equal(state.clock.time !== null, isClick, `${right} ${below} ${timeStamp}`);
  });
});

test('only a plain press of the first button on the chart itself is the start of a click', () => {
  for (const more of [{ button: 2 }, { isPrimary: false }]) click(187, 100, 1000, plot, more);
  plot.kind = 'legend';
  click(187);
  plot.kind = 'modebar';
  click(187);
  assert.equal(state.clock.time, null);
  plot.kind = 'drag';
  up(187);
  assert.equal(state.clock.time, null);
  down(187);
  happen(window, 'pointercancel', pointer());
  up(187);
  assert.equal(state.clock.time, null);
});

test('a click beside the axes, or where there are none, does nothing', () => {
  const beside = [[119, 100], [321, 100], [200, 59], [200, 161]];
  for (const [x, y] of beside) click(x, y);
  assert.equal(state.clock.time, null);
  const corners = [[120, 60, 0], [220, 160, 5], [317, 60, 9.85]];
  corners.forEach(([x, y, time], i) => {
    click(x, y, 5000 * (i + 1));
    assert.equal(state.clock.time, time);
  });
  rest(state.clock);
  plot.parts = {};
  click(200, 100, 90_000);
  assert.equal(state.clock.time, null);
});

test('the second click of a double click takes the first one back', () => {
  hold(state.clock, 7);
  play(state.clock);
  click(187, 100, 1000);
  assert.deepEqual([state.clock.time, state.clock.playing], [3.35, false]);
  click(187, 100, 1299);
  assert.deepEqual([state.clock.time, state.clock.playing], [7, true]);
  click(187, 100, 1300);
  assert.deepEqual([state.clock.time, state.clock.playing], [3.35, false]);
});

test('a double click on a clock that was held holds it as before', () => {
  hold(state.clock, 7);
  click(187, 100, 1000);
  click(187, 100, 1200);
  assert.deepEqual([state.clock.time, state.clock.playing], [7, false]);
});

test('a click on the plane tells its values with four digits, its number, and the shift key', () => {
  const { plot: plane } = state.panels.surface;
  click(187.23456, 103.21, 1000, plane);
  click(320, 60, 9000, plane, { shiftKey: true });
  assert.deepEqual(state.sent, [
    ['start', { x: 3.362, y: 2.84, n: 1, adds: false }],
    ['start', { x: 10, y: 5, n: 2, adds: true }],
  ]);
  click(200, 80, 9100, plane); // of a double click, which has nothing to take back
  state.data.clickable = false;
  click(200, 80, 20_000, plane);
  state.data.clickable = true;
  state.panels.surface.solid = true;
  click(200, 80, 40_000, plane);
  assert.equal(state.sent.length, 2);
  assert.equal(state.clicks, 2);
  assert.equal(state.clock.time, null);
});

test('a click where an axis reads no number does nothing', () => {
  const { plot: plane } = state.panels.surface;
  plane.layout.xaxis = { type: 'log', range: [0, 400] };
  click(320, 100, 1000, plane);
  assert.deepEqual(state.sent, []);
});

// The hand

const taken = () => state.panels.curves.element.attributes.has('data-takes');

test('the hand can be taken within seven pixels of it', () => {
  hold(state.clock, 4); // 200 pixels
  for (const [x, takes] of [[193, true], [207, true], [192, false], [208, false]]) {
    hover(x);
    assert.equal(taken(), takes, `${x}`);
  }
  hover(200, 40);
  assert.ok(!taken());
  rest(state.clock);
  hover(120);
  assert.ok(!taken());
});

test('a dragged hand follows the pointer, and its end is where it is released', () => {
  hold(state.clock, 4);
  down(203);
  move(204.9);
  assert.equal(state.clock.time, 4); // no drag yet
  move(205.1, 500);
  assert.ok(Math.abs(state.clock.time - 4.255) < 1e-9);
  assert.ok(state.clock.dragged);
  hover(300);
  assert.ok(taken());
  move(204); // dragged once is dragged
  assert.ok(Math.abs(state.clock.time - 4.2) < 1e-9);
  move(221);
  assert.equal(state.clock.time, 5); // an end of an epoch
  up(247, 100, { timeStamp: 99_999 });
  assert.ok(Math.abs(state.clock.time - 6.35) < 1e-9);
  assert.ok(!state.clock.dragged);
  assert.deepEqual(plotly.at(-1), ['unhover', plot]);
  move(280);
  assert.ok(Math.abs(state.clock.time - 6.35) < 1e-9);
  hover(300);
  assert.ok(!taken());
});

test('the hand goes as far as the axes go and comes back', () => {
  hold(state.clock, 4);
  down(200);
  move(500);
  assert.equal(state.clock.time, null);
  move(-500);
  assert.equal(state.clock.time, 0);
  plot.layout.xaxis.range = [-1, 9];
  move(50);
  assert.equal(state.clock.time, 0);
  move(140);
  assert.equal(state.clock.time, 0);
  move(160);
  assert.equal(state.clock.time, 1);
});

test('a press that never moves leaves the hand alone, and one elsewhere too', () => {
  hold(state.clock, 4);
  down(203);
  up(203, 100, { timeStamp: 99_999 });
  down(260);
  move(280);
  up(280);
  down(200, 100, { button: 1 });
  move(280);
  assert.equal(state.clock.time, 4);
});

test('a cancelled drag ends where it is', () => {
  hold(state.clock, 4);
  down(200);
  move(247);
  happen(window, 'pointercancel', pointer({ ...at(247), timeStamp: 2 }));
  assert.ok(Math.abs(state.clock.time - 6.35) < 1e-9);
  assert.ok(!state.clock.dragged);
  move(280);
  assert.ok(Math.abs(state.clock.time - 6.35) < 1e-9);
});

test('a finger takes the hand from anywhere, sideways alone', () => {
  const finger = { pointerType: 'touch' };
  hover(300, 100, finger);
  assert.ok(taken());
  down(247, 100, finger);
  move(257, 110, finger);
  assert.equal(state.clock.time, null); // as much down as to the side
  move(257, 109, finger);
  assert.ok(Math.abs(state.clock.time - 6.85) < 1e-9);
  up(257, 109, { ...finger, timeStamp: 99_999 });
  down(247, 40, finger); // beside the axes
  move(280, 40, finger);
  assert.ok(Math.abs(state.clock.time - 6.85) < 1e-9);
});

test('Plotly does not hear the mouse while it holds the hand, and hears it otherwise', () => {
  hold(state.clock, 4);
  down(200);
  assert.deepEqual(happen(plot, 'mousedown', { button: 0, detail: 1 }), { stopped: true, prevented: true });
  assert.deepEqual(happen(plot, 'mousemove', { detail: 0 }), { stopped: true, prevented: true });
  up(200);
  assert.deepEqual(happen(plot, 'mousemove', { detail: 0 }), { stopped: false, prevented: false });
  down(300);
  assert.deepEqual(happen(plot, 'mousedown', { button: 0, detail: 1 }), { stopped: false, prevented: false });
  up(300, 100, { timeStamp: 99_999 });
  down(300, 100, { pointerType: 'touch' });
  assert.deepEqual(happen(plot, 'mousemove', { detail: 0 }), { stopped: false, prevented: false });
});

/** A double click on the hand: whether the first press was its own. */
function doubleClick(firstOnHand) {
  hold(state.clock, 4);
  down(firstOnHand ? 200 : 250);
  happen(plot, 'mousedown', { button: 0, detail: 1 });
  up(firstOnHand ? 200 : 250, 100, { timeStamp: 99_999 });
  down(200);
  return happen(plot, 'mousedown', { button: 0, detail: 2 });
}

test('a double click on the hand shows the axes as the figure came', () => {
  assert.deepEqual(doubleClick(true), { stopped: false, prevented: false });
  const changes = { 'xaxis.range': [0, 10], 'yaxis.autorange': true };
  assert.deepEqual(plotly, [['relayout', plot, changes]]);
  move(280);
  assert.equal(state.clock.time, 4); // the hand is not taken
});

test('a double click whose first press Plotly saw is left to it', () => {
  assert.deepEqual(doubleClick(false), { stopped: false, prevented: false });
  assert.deepEqual(plotly, []);
});

// Plotly's own gestures

test('flat charts do not hear other buttons, scenes do', () => {
  const { surface } = state.panels;
  const press = (button) => happen(surface.plot, 'mousedown', { button, detail: 1 }).stopped;
  assert.deepEqual([press(0), press(1), press(2)], [false, true, true]);
  surface.solid = true;
  assert.deepEqual([press(0), press(2)], [false, false]);
});

test('the wheel scrolls the page over a scene and zooms it with Ctrl, and flat charts as ever', () => {
  const { surface } = state.panels;
  const wheel = (ctrlKey = false) => happen(surface.plot, 'wheel', { ctrlKey }).stopped;
  assert.equal(wheel(), false);
  surface.solid = true;
  assert.deepEqual([wheel(), wheel(true)], [true, false]);
  down(200, 100, {}, surface.plot);
  assert.equal(wheel(), true); // a pressed one, too
});

test('one finger turns a scene sideways only', () => {
  const { surface } = state.panels;
  surface.solid = true;
  const start = (...touches) => happen(surface.plot, 'touchstart', { touches });
  const drag = (x, y) => happen(surface.plot, 'touchmove', { touches: [at(x, y)] }).stopped;
  start(at(100, 100));
  assert.deepEqual([drag(95, 106), drag(200, 100)], [true, true]); // the first way decides
  start(at(100, 100));
  assert.deepEqual([drag(106, 95), drag(100, 200)], [false, false]);
  start(at(100, 100));
  assert.equal(drag(105, 105), false);
  start(at(100, 100), at(200, 200));
  assert.equal(drag(100, 200), false);
  start(at(100, 100));
  assert.equal(drag(100, 90), true);
  surface.solid = false;
  start(at(100, 100));
  assert.equal(drag(100, 200), false);
});

test('Plotly hears where a finger that turned a scene was lifted, and of no other', () => {
  const { surface } = state.panels;
  surface.solid = true;
  let heard = 0;
  surface.plot.querySelector = () => ({ dispatchEvent: ({ type }) => (heard += type === 'mouseup') });
  const touch = (...places) => {
    happen(surface.plot, 'touchstart', { touches: [at(100, 100)] });
    for (const place of places) happen(surface.plot, 'touchmove', { touches: [place] });
    happen(surface.plot, 'touchend');
    return heard;
  };
  assert.deepEqual([touch(), touch(at(100, 120)), touch(at(120, 100))], [0, 0, 1]);
  surface.solid = false;
  assert.equal(touch(at(120, 100)), 1);
});

test('the start on a map is dragged where a click may move it, and left where it is let go', () => {
  const { surface } = state.panels;
  const told = [];
  document.addEventListener('gdplay:hand', ({ detail }) => told.push([detail.phase, detail.at]));
  surface.plot.layout = { xaxis: { range: [0, 10] }, yaxis: { range: [0, 10] } };
  state.data.panels.surface = { spec: { data: [{ name: 'start', x: [4], y: [6] }], layout: {} } };
  const drag = (more) => {
    down(200, 100, more, surface.plot);
    move(203, 100, more);
    move(240, 100, more);
    up(240, 100, more);
  };
  state.data.clickable = false;
  drag();
  assert.deepEqual([told, state.sent], [[], []]); // nobody may move it
  state.data.clickable = true; // no runs are offered along the way: it is moved all the same
  drag();
  assert.deepEqual(told, [['near', undefined], ['drag', [6, 6]], ['release', [6, 6]]]);
  assert.deepEqual(state.sent, [['start', { x: 6, y: 6, n: 1, adds: false }]]);
  down(300, 100, {}, surface.plot);
  move(330, 100);
  up(330, 100);
  assert.equal(told.length, 3); // too far from the mark
});

test('what Plotly says of a point goes when the start is dragged, and does not come again', () => {
  const { surface } = state.panels;
  surface.plot.layout = { xaxis: { range: [0, 10] }, yaxis: { range: [0, 10] } };
  state.data.panels.surface = { spec: { data: [{ name: 'start', x: [4], y: [6] }], layout: {} } };
  let gone = 0;
  surface.plot.parts['.nsewdrag'].addEventListener('mouseout', () => (gone += 1));
  down(200, 100, {}, surface.plot);
  assert.deepEqual([gone, plotly], [0, []]);
  for (const x of [220, 240, 260]) move(x, 100);
  assert.deepEqual([gone, plotly], [1, [['unhover', surface.plot]]]);
});

test('a finger drags the start as a pointer does, and the page does not scroll under it', () => {
  const { surface } = state.panels;
  const told = [];
  document.addEventListener('gdplay:hand', ({ detail }) => told.push(detail.phase));
  surface.plot.layout = { xaxis: { range: [0, 10] }, yaxis: { range: [0, 10] } };
  state.data.panels.surface = { spec: { data: [{ name: 'start', x: [4], y: [6] }], layout: {} } };
  const finger = { pointerType: 'touch' };
  const press = (x) => {
    down(x, 100, finger, surface.plot);
    return happen(surface.plot, 'touchstart', { touches: [at(x, 100)] }).prevented;
  };
  assert.ok(press(221)); // 21 pixels from the mark
  up(222, 100, finger);
  assert.deepEqual(told, []); // a tap, which asks for nothing
  press(200);
  move(240, 100, finger);
  up(240, 100, finger);
  assert.deepEqual(told, ['near', 'drag', 'release']);
  assert.deepEqual(state.sent.at(-1), ['start', { x: 6, y: 6, adds: false, n: 2 }]);
  press(200);
  move(260, 100, finger);
  happen(window, 'pointercancel', pointer(finger));
  assert.deepEqual(told.slice(3), ['near', 'drag', 'gone']);
  assert.equal(state.sent.length, 2); // what is taken from a hand is not where it let go
  assert.ok(!press(223)); // there the page scrolls
});

test('all is heard before Plotly hears it, and what may scroll does not wait for it', () => {
  const heard = [...window.listens, ...Object.values(state.panels).flatMap((each) => each.plot.listens)];
  assert.ok(heard.length > 20);
  for (const [type, { capture = false, passive = false }] of heard) {
    assert.equal(capture, type !== 'pointerleave', type);
    if (type !== 'touchstart') assert.equal(passive, /wheel|touch/.test(type), type);
  }
  const waits = state.panels.surface.plot.listens.filter(([, { passive }]) => passive === false);
  assert.deepEqual(waits.map(([type]) => type), ['touchstart']); // a finger on the start
});

test('nothing is heard after the end', () => {
  state.ended.abort();
  click(187);
  hover(200, 100, { pointerType: 'touch' });
  assert.equal(state.clock.time, null);
  assert.ok(!taken());
});
