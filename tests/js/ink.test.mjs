/** Pens, flat axes, strokes and markers. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import * as ink from '../../gdplay/ui/player/ink.js';
import { browse, Context, flatPanel } from './fakes.mjs';

beforeEach(browse);

const TURN = 2 * Math.PI;
const square = [[[-1, -1], [1, -1], [1, 1], [-1, 1]]];
const strokes = [[[-1, -1], [1, 1]], [[1, -1], [-1, 1]]];

// Canvases

test('a pen draws on a canvas over the chart or under it, as fine as the screen', () => {
  for (const [layer, side] of [['over', 'after'], ['under', 'before']]) {
    const panel = flatPanel('curves');
    const context = ink.pen(panel, layer);
    const [[where, canvas]] = panel.plot.beside;
    assert.deepEqual([where, canvas], [side, panel[layer]]);
    assert.deepEqual([canvas.width, canvas.height], [520, 280]);
    assert.equal(canvas.className, `gd-${layer}`);
    assert.deepEqual(canvas.attributes, { 'aria-hidden': 'true' });
    assert.equal(context, canvas.context);
    assert.deepEqual(context.of('setTransform')[0].matrix, [2, 0, 0, 2, 0, 0]);
    assert.deepEqual(context.of('clearRect')[0].box, [0, 0, 260, 140]);
  }
});

test('it takes the same canvas again, and gives it the size of the panel', () => {
  const panel = flatPanel('curves');
  ink.pen(panel, 'over');
  const sizes = [];
  for (const side of ['width', 'height']) {
    const value = panel.over[side];
    Object.defineProperty(panel.over, side, {
      get: () => value,
      set(next) {
        sizes.push([side, next]);
      },
    });
  }
  ink.pen(panel, 'over');
  assert.equal(panel.plot.beside.length, 1);
  assert.deepEqual(sizes, []); // setting a size would clear the canvas
  panel.element.offsetHeight = 150;
  ink.pen(panel, 'over');
  assert.deepEqual(sizes, [['width', 520], ['height', 300]]);
  sizes.length = 0;
  panel.element.offsetHeight = 140;
  panel.element.offsetWidth = 100;
  ink.pen(panel, 'over');
  assert.deepEqual(sizes, [['width', 200], ['height', 280]]);
});

test('a pixel that is cut by the rim of a panel counts where half of it is inside', () => {
  const panel = flatPanel('curves');
  window.devicePixelRatio = 1.25;
  Object.assign(panel.element, { offsetWidth: 262, offsetHeight: 138 });
  ink.pen(panel, 'over');
  assert.deepEqual([panel.over.width, panel.over.height], [328, 173]); // 327.5 and 172.5
});

// Flat axes

test('flat axes stand where Plotly drags them, seen from the corner of the panel', () => {
  const panel = flatPanel('curves', { x: ['0', '10'], y: [1, 3], yType: 'log' });
  assert.deepEqual(ink.axesOf(panel), {
    left: 20,
    top: 10,
    width: 200,
    height: 100,
    x: { type: 'linear', range: [0, 10] },
    y: { type: 'log', range: [1, 3] },
  });
});

test('a panel without flat axes has none', () => {
  const panels = [0, 1, 2, 3].map(() => flatPanel('curves'));
  panels[0].plot.parts = {};
  panels[1].plot.layout = undefined;
  panels[2].plot.layout.xaxis.range = undefined;
  panels[3].plot.layout.yaxis = undefined;
  for (const panel of panels) assert.equal(ink.axesOf(panel), null);
});

test('values become pixels, and pixels values, on even and logarithmic axes', () => {
  const axes = ink.axesOf(flatPanel('curves', { x: [-2, 3], y: [1, 3], yType: 'log' }));
  assert.equal(ink.toRight(axes, -2), 20);
  assert.equal(ink.toRight(axes, -1), 60);
  assert.equal(ink.toRight(axes, 3), 220);
  assert.equal(ink.toDown(axes, 10), 110);
  assert.equal(ink.toDown(axes, 100), 60);
  assert.equal(ink.toDown(axes, 1000), 10);
  assert.deepEqual(ink.valuesAt(axes, 0.2, 0.5), { x: -1, y: 100 });
  assert.deepEqual(ink.valuesAt(axes, 1, 0), { x: 3, y: 10 });
  const turned = ink.axesOf(flatPanel('curves', { x: [0, 4], y: [5, 1], xType: 'log' }));
  assert.deepEqual(ink.valuesAt(turned, 0.25, 0.25), { x: 10, y: 4 });
  assert.deepEqual([ink.toRight(turned, 100), ink.toDown(turned, 4)], [120, 85]);
});

test('on a logarithmic axis of what runs from 0, the start stands at its edge', () => {
  const panel = flatPanel('curves', { x: [-0.5, 3.5], xType: 'log' });
  panel.plot.layout.meta = { edge: 10 ** -0.5 };
  const axes = ink.axesOf(panel);
  assert.deepEqual([0, 0.1, 10 ** -0.5].map((value) => ink.toRight(axes, value)), [20, 20, 20]);
  assert.ok(Math.abs(ink.toRight(axes, 10) - (20 + (200 * 1.5) / 4)) < 1e-9);
  assert.equal(ink.valuesAt(axes, 0, 0).x, 0);
  assert.ok(Math.abs(ink.valuesAt(axes, 0.125, 0).x - 1) < 1e-9);
});

test('where such an axis is zoomed the start stands left of it', () => {
  const panel = flatPanel('curves', { x: [1, 2], xType: 'log' });
  panel.plot.layout.meta = { edge: 0.1 };
  assert.equal(ink.toRight(ink.axesOf(panel), 0), 20 - 400);
});

// Strokes and markers

test('what is drawn within axes is clipped to them, and to nothing afterwards', () => {
  const context = new Context();
  context.path = ['old'];
  ink.within(context, { left: 1, top: 2, width: 3, height: 4 }, () => context.note('draw'));
  assert.deepEqual(context.log.map(({ does }) => does), ['save', 'clip', 'draw', 'restore']);
  assert.deepEqual(context.of('clip')[0].path, [['rect', 1, 2, 3, 4]]);
});

test('a stroke has round ends and its own colour, width and opacity', () => {
  const context = new Context();
  context.lineTo(1, 2);
  ink.stroke(context, 'red', 3, 0.5);
  ink.stroke(context, 'blue', 2);
  const looks = context.of('stroke').map((each) => [
    each.strokeStyle, each.lineWidth, each.globalAlpha, each.lineJoin, each.lineCap,
  ]);
  assert.deepEqual(looks, [['red', 3, 0.5, 'round', 'round'], ['blue', 2, 1, 'round', 'round']]);
  assert.equal(context.globalAlpha, 1);
});

test('a dot is a filled disc', () => {
  const context = new Context();
  context.lineTo(0, 0);
  ink.dot(context, 'red', 3, 4, 5);
  const [{ fillStyle, path }] = context.of('fill');
  assert.deepEqual([fillStyle, path], ['red', [['arc', 3, 4, 5, 0, TURN]]]);
});

test('a marker is a disc, closed lines or strokes', () => {
  assert.deepEqual(ink.outline([], 10, 20, 3).path, [['arc', 10, 20, 3, 0, TURN]]);
  assert.deepEqual(ink.outline(square, 10, 20, 3).path, [
    ['M', 7, 17], ['L', 13, 17], ['L', 13, 23], ['L', 7, 23], ['Z'],
  ]);
  assert.deepEqual(ink.outline(strokes, 10, 20, 3).path, [
    ['M', 7, 17], ['L', 13, 23], ['M', 13, 17], ['L', 7, 23],
  ]);
  const triangle = [[[0, -1], [1, 1], [-1, 1]]];
  assert.deepEqual(ink.outline(triangle, 0, 0, 1).path.at(-1), ['Z']);
  assert.deepEqual([[], square, triangle, strokes].map(ink.isOpen), [false, false, false, true]);
});

test('the head of a run has a casing in the colour of the page', () => {
  const theme = { page: 'white' };
  const draw = (marker) => {
    const context = new Context();
    ink.head(context, theme, { color: 'red', marker }, 10, 20, 3);
    return context.log.map((each) => [
      each.does, each.strokeStyle, each.fillStyle, each.lineWidth, each.lineJoin, each.path.length,
    ]);
  };
  assert.deepEqual(draw(square), [
    ['stroke', 'white', undefined, 4, 'round', 5],
    ['fill', 'red', 'red', 3.5, 'round', 5],
  ]);
  assert.deepEqual(draw(strokes), [
    ['stroke', 'white', undefined, 7, 'round', 4],
    ['stroke', 'red', 'red', 3.5, 'round', 4],
  ]);
});

test('marks of places lie on their casings, which are drawn before all marks', () => {
  const context = new Context();
  const places = [{ name: 'start', at: [10, 20, 0] }, { name: 'minimum', at: [30, 40, 0] }];
  ink.landmarks(context, { page: 'white', text: 'black' }, places, ({ at }) => [at[0], at[1]]);
  assert.deepEqual(
    context.log.map(({ does, strokeStyle, lineWidth, path }) => [does, strokeStyle, lineWidth, path[0][0]]),
    [
      ['stroke', 'white', 6, 'arc'], ['stroke', 'white', 4, 'M'],
      ['stroke', 'black', 2, 'arc'], ['fill', 'black', 2, 'M'],
    ],
  );
  assert.deepEqual(context.log[2].path[0].slice(1, 4), [10, 20, 6.5]);
  const [, tip, inner] = context.log[3].path.slice(-1).concat(context.log[3].path.slice(0, 2));
  assert.ok(tip[2] < 40 - 9 && tip[1] === 30);
  assert.ok(Math.hypot(inner[1] - 30, inner[2] - 40) < 4);
});

test('names of places stand over paths with a rim, on the side that their map says', () => {
  const context = new Context();
  const at = [100, 50];
  const called = (side) => ({ name: 'minimum', at, called: { text: 'minimum', side, size: 12 } });
  const places = [called('top center'), called('bottom right'), called('middle left'), { name: 'start', at }];
  ink.nameMarks(context, { page: 'white', text: 'black', font: 'Sans' }, places, (place) => place.at);
  const written = context.of('fillText');
  assert.deepEqual(written.map(({ at: place, textAlign }) => [place, textAlign]), [
    [[100, 38], 'center'], [[109, 68], 'left'], [[91, 53], 'right'],
  ]);
  const rims = context.of('strokeText');
  assert.deepEqual(rims.map(({ at: place }) => place), written.map(({ at: place }) => place));
  assert.deepEqual([written[0].font, written[0].text], ['12px Sans', 'minimum']);
});
