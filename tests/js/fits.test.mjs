/** What each run has learned by now, drawn over the picture of the fit. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { hold, newClock, wind } from '../../gdplay/ui/player/clock.js';
import { drawFit, fitNow } from '../../gdplay/ui/player/fits.js';
import { browse, flatPanel, sentPlay, sentTrack } from './fakes.mjs';

beforeEach(browse);

const THEME = { page: 'white', text: 'black', font: 'Sans' };
const CELLS = 56;

/** A run with one update an epoch and a fit after each, of `lists` lists of numbers. */
function fitted(fits, more = {}) {
  const shape = [fits[0].length, fits[0][0].length];
  const times = { perEpoch: 1, epoch: 1, update: 1, last: fits.length - 1 };
  return sentTrack({ ...times, shape, fitted: fits.map((_, i) => i), fits: fits.flat(2), ...more });
}

/** A player held at an update, and what its picture of the fit has drawn. */
function drawn(kind, tracks, { at = 0, traces = [], more = {}, axes = {} } = {}) {
  const [clock, panel] = [newClock(), flatPanel('fit', axes)];
  const play = sentPlay(tracks, { kind, ...more });
  wind(clock, play);
  hold(clock, at);
  const panels = { fit: { hash: 'a', spec: { data: traces, layout: {} } } };
  const state = { clock, theme: THEME, closeUps: { taken: 0 }, preview: {}, data: { play, panels } };
  drawFit(state, panel);
  return { state, panel, over: panel.over?.context, under: panel.under?.context };
}

const line = (more = {}) => ({ type: 'scatter', name: 'Batch', x: [2, 5, 8], y: [0, 0, 0], ...more });

// Numbers

test('the fit of a run is the last known by now', () => {
  const clock = newClock();
  const fits = [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]];
  wind(clock, sentPlay([fitted(fits, { fitted: [0, 2, 4], last: 5 }), sentTrack({ last: 5 })]));
  const [track, other] = clock.tracks;
  const at = (time) => {
    hold(clock, time);
    return fitNow(clock, track);
  };
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(at), [0, 0, 1, 1, 2, 2].map((i) => fits[i]));
  assert.deepEqual(fitNow(clock, other), []);
});

// When

test('nothing is drawn where there are no axes or nothing to follow', () => {
  assert.equal(drawn('', [fitted([[[1, 1]]])]).over, undefined);
  const panel = flatPanel('fit');
  panel.plot.parts = {};
  drawFit({ data: { play: { kind: 'line' } } }, panel);
  drawFit({ data: { play: null } }, flatPanel('fit'));
  assert.equal(panel.over, null);
});

test('runs without a fit, or without a line in the figure, are not drawn', () => {
  const tracks = [sentTrack({ label: 'none' }), fitted([[[1, 1]]], { label: 'other' })];
  for (const kind of ['line', 'predicted']) {
    const traces = [line(), line({ name: 'none' })];
    const { over } = drawn(kind, tracks, { traces });
    assert.deepEqual([...over.of('stroke'), ...over.of('fill')], []);
  }
});

// Lines

test('a straight line stands between the ends of its trace', () => {
  const traces = [line()];
  const { over } = drawn('line', [fitted([[[9, 9]], [[1, 0.5]], [[9, 9]]])], { at: 1, traces });
  const [{ path, dash, strokeStyle, lineWidth }] = over.of('stroke');
  // 1 + x / 2 over 2 to 8; 20 pixels a unit each way.
  assert.deepEqual(path, [['L', 60, 70], ['L', 180, 10]]);
  assert.deepEqual([dash, strokeStyle, lineWidth], [[9, 6], '#0072b2', 2.5]);
  assert.deepEqual(over.dash, []);
  assert.deepEqual(over.of('clip')[0].path, [['rect', 20, 10, 200, 100]]);
});

test('a parabola is drawn in sixty pieces', () => {
  const { over } = drawn('line', [fitted([[[1, 2, -0.25]]], { last: 1 })], { traces: [line()] });
  const [{ path }] = over.of('stroke');
  assert.equal(path.length, 61);
  path.forEach(([does, right, down], i) => {
    const x = 2 + i / 10;
    assert.equal(does, 'L');
    assert.ok(Math.abs(right - (20 + 20 * x)) < 1e-9);
    assert.ok(Math.abs(down - (110 - 20 * (1 + 2 * x - x * x / 4))) < 1e-9);
  });
});

// Regions

const MAP = {
  type: 'heatmap',
  colorscale: [[0, '#0102f3'], [0.5, '#0102f3'], [0.5, '#a0b0c0'], [0.8, '#a0b0c0'], [1, '#ff8000']],
};

test('a boundary is where the margin vanishes', () => {
  const run = fitted([[[-3, 1, -0.5]]], { last: 1 }); // x = 3 + y / 2
  const { over } = drawn('regions', [run], { traces: [MAP] });
  const [{ path, dash, strokeStyle, lineWidth }] = over.of('stroke');
  assert.deepEqual([dash, strokeStyle, lineWidth], [[], '#0072b2', 2.5]);
  assert.ok(path.length > CELLS);
  assert.equal(path.length % 2, 0);
  path.forEach(([does, right, down], i) => {
    assert.equal(does, i % 2 ? 'L' : 'M');
    const [x, y] = [(right - 20) / 20, (110 - down) / 20];
    assert.ok(Math.abs(x - 3 - y / 2) < 1e-9);
  });
  const rights = path.map(([, right]) => right);
  assert.ok(Math.min(...rights) < 80 + 1e-9 && Math.max(...rights) > 130 - 1e-9);
});

test('a curved boundary follows x², xy and y²', () => {
  const run = fitted([[[-7, -2, 1, 0.75, -0.5, 1.5]]], { last: 1 });
  const { over } = drawn('regions', [run], { traces: [MAP], axes: { x: [-5, 5], y: [-5, 5] } });
  const [{ path }] = over.of('stroke');
  assert.ok(path.length > 60);
  for (const [, right, down] of path) {
    const [x, y] = [(right - 120) / 20, (60 - down) / 10];
    const margin = -7 - 2 * x + y + 0.75 * x * x - 0.5 * x * y + 1.5 * y * y;
    assert.ok(Math.abs(margin) < 0.05, `${margin}`);
  }
});

test('a boundary of the third degree follows x³, x²y, xy² and y³', () => {
  const weights = [0.5, 0, 0, 0, 0, 0, 0.25, -0.5, 0.75, 1];
  const run = fitted([[weights]], { last: 1 });
  const { over } = drawn('regions', [run], { traces: [MAP], axes: { x: [-1, 1], y: [-1, 1] } });
  const [{ path }] = over.of('stroke');
  assert.ok(path.length > 20);
  for (const [, right, down] of path) {
    const [x, y] = [(right - 120) / 100, (60 - down) / 50];
    const margin = 0.5 + 0.25 * x ** 3 - 0.5 * x * x * y + 0.75 * x * y * y + y ** 3;
    assert.ok(Math.abs(margin) < 0.02, `${margin}`);
  }
});

test('more classes than two have no boundary of one run', () => {
  const run = fitted([[[0, 1, 0], [0, 0, 1]]], { last: 1 });
  assert.deepEqual(drawn('regions', [run], { traces: [MAP] }).over.of('stroke'), []);
});

/** The colour at a column and a row of the picture, both from 0 at the top left. */
function colorAt({ under }, column, row) {
  const [{ image }] = under.of('drawImage');
  const [{ picture, at }] = image.context.of('putImageData');
  const sizes = [picture.width, picture.height, image.width, image.height];
  assert.deepEqual([at, ...sizes], [[0, 0], ...Array(4).fill(CELLS + 1)]);
  const from = 4 * (row * (CELLS + 1) + column);
  return [...picture.data.slice(from, from + 4)];
}
const [BLUE, GREY, ORANGE] = [[1, 2, 243, 255], [160, 176, 192, 255], [255, 128, 0, 255]];

test('two classes are tinted by the sign of the margin', () => {
  const run = fitted([[[-5, 1, 0]]], { last: 1 }); // positive right of 5, column 28
  const picture = drawn('regions', [run], { traces: [line(), MAP] });
  assert.deepEqual(colorAt(picture, 28, 0), BLUE);
  assert.deepEqual(colorAt(picture, 29, 0), GREY);
  assert.deepEqual(colorAt(picture, 29, CELLS), GREY);
  assert.deepEqual(colorAt(picture, 0, CELLS), BLUE);
});

test('more classes are tinted by the highest score', () => {
  const scores = [[0, 0, 0], [-5, 1, 0], [-7.5, 0, 3]];
  const picture = drawn('regions', [fitted([scores], { last: 1 })], { traces: [MAP] });
  assert.deepEqual(colorAt(picture, 0, CELLS), BLUE); // x = 0, y = 0
  assert.deepEqual(colorAt(picture, CELLS, CELLS), GREY);
  assert.deepEqual(colorAt(picture, 0, 0), ORANGE); // y = 5 stands at the top
  assert.deepEqual(colorAt(picture, 0, CELLS / 2), BLUE); // y = 2.5
  assert.deepEqual(colorAt(picture, 0, CELLS / 2 - 1), ORANGE);
});

test('the tint lies under the points, a pixel of it around each point of the grid', () => {
  const { under } = drawn('regions', [fitted([[[0, 1, 0]]], { last: 1 })], { traces: [MAP] });
  const [{ box, smooth }] = under.of('drawImage');
  const [dx, dy] = [200 / CELLS / 2, 100 / CELLS / 2];
  assert.deepEqual(box, [20 - dx, 10 - dy, 200 + 2 * dx, 100 + 2 * dy]);
  assert.equal(smooth, false);
  assert.deepEqual(under.of('clip')[0].path, [['rect', 20, 10, 200, 100]]);
});

test('the run in focus tints, the first where none is', () => {
  const tracks = [fitted([[[1, 0, 0]]], { last: 1 }), fitted([[[-1, 0, 0]]], { place: 1, last: 1 })];
  const tint = (focus) => colorAt(drawn('regions', tracks, { traces: [MAP], more: { focus } }), 3, 3);
  assert.deepEqual([tint(0), tint(1), tint(null)], [GREY, BLUE, GREY]);
});

test('without a map, or without a fit, nothing is tinted', () => {
  const run = fitted([[[0, 1, 0]]], { last: 1 });
  assert.equal(drawn('regions', [run], { traces: [line()] }).under, undefined);
  assert.equal(drawn('regions', [sentTrack()], { traces: [MAP] }).under, undefined);
});

// Predictions and counts

test('predictions stand over what is actual', () => {
  const marker = [[[0, -1], [1, 1], [-1, 1]]];
  const run = fitted([[[1, 0.5, -0.25]]], { last: 1, marker });
  const more = { rows: [2, 4, 6, 8] };
  const { over } = drawn('predicted', [run], { more, traces: [line({ x: [3, 5] })] });
  const fills = over.of('fill');
  // 1 + 1 - 1 = 1 and 1 + 3 - 2 = 2
  const tips = fills.map(({ path }) => path[0]);
  assert.deepEqual(tips, [['M', 80, 90 - 2.5], ['M', 120, 70 - 2.5]]);
  assert.deepEqual(fills.map(({ globalAlpha, fillStyle }) => [globalAlpha, fillStyle]), [
    [0.6, '#0072b2'], [0.6, '#0072b2'],
  ]);
  assert.equal(over.globalAlpha, 1);
});

test('counts are shaded by their share of the rows of a class', () => {
  const run = fitted([[[3, 1], [0, 0]]], { last: 1 });
  const axes = { x: [-0.5, 1.5], y: [1.5, -0.5] };
  const { over } = drawn('confusion', [run], { axes });
  const [page, ...cells] = over.of('fillRect');
  assert.deepEqual([page.fillStyle, page.box, page.globalAlpha], ['white', [20, 10, 200, 100], 1]);
  const boxes = cells.map(({ box }) => box);
  assert.deepEqual(boxes, [[21, 11, 98, 48], [121, 11, 98, 48], [21, 61, 98, 48], [121, 61, 98, 48]]);
  const shades = cells.map(({ globalAlpha, fillStyle }) => [globalAlpha.toFixed(3), fillStyle]);
  assert.deepEqual(shades.map(([shade]) => shade), ['0.420', '0.160', '0.030', '0.030']);
  assert.ok(shades.every(([, color]) => color === '#0072b2'));
  const texts = over.of('fillText');
  assert.deepEqual(texts.map(({ text, at }) => [text, ...at]), [
    ['3', 70, 35], ['1', 170, 35], ['0', 70, 85], ['0', 170, 85],
  ]);
  for (const { fillStyle, globalAlpha, font, textAlign, textBaseline } of texts) {
    assert.deepEqual([fillStyle, globalAlpha, font], ['black', 1, '12px Sans']);
    assert.deepEqual([textAlign, textBaseline], ['center', 'middle']);
  }
});

test('a class of a single row is as full as any', () => {
  const { over } = drawn('confusion', [fitted([[[1, 0], [0, 1]]], { last: 1 })]);
  const shades = over.of('fillRect').slice(1).map(({ globalAlpha }) => globalAlpha.toFixed(3));
  assert.deepEqual(shades, ['0.550', '0.030', '0.030', '0.550']);
});

test('counts of many classes are written small enough', () => {
  const font = (n) => {
    const counts = Array.from({ length: n }, () => Array(n).fill(1));
    const axes = { x: [-0.5, n - 0.5], y: [n - 0.5, -0.5] };
    return drawn('confusion', [fitted([counts], { last: 1 })], { axes }).over.of('fillText')[0].font;
  };
  assert.equal(font(8), '10px Sans'); // 0.8 of a cell's height
  assert.equal(font(2), '12px Sans');
});
