/** A network's arithmetic, by the library's numbers, and its picture. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';

import { hold, newClock, wind } from '../../gdplay/ui/player/clock.js';
import { drawNetwork, levelsOf, sharesOf } from '../../gdplay/ui/player/diagram.js';
import { drawFit, inputsOver, netNow } from '../../gdplay/ui/player/fits.js';
import { inputsAt, mixedAt, unitsAt } from '../../gdplay/ui/player/network.js';
import { browse, flatPanel, sentPlay, sentTrack } from './fakes.mjs';

beforeEach(browse);

const CASES = JSON.parse(readFileSync(new URL('../oracles/script_networks.json', import.meta.url)));

const close = (a, b, off = 1e-12) => assert.ok(Math.abs(a - b) <= off * Math.max(1, Math.abs(b)), `${a} ${b}`);

// Arithmetic

for (const { activation, sizes, weights, X, units } of CASES) {
  test(`units say what the library's do: ${activation}`, () => {
    const columns = X[0].map((_, j) => Float64Array.from(X, (row) => row[j]));
    const said = unitsAt({ sizes, activation }, weights, columns);
    assert.deepEqual(said.map((layer) => layer.length), sizes);
    said.forEach((layer, i) =>
      layer.forEach((values, j) => values.forEach((value, k) => close(value, units[i][j][k]))),
    );
  });
}

test('units far out say what their activation tends to', () => {
  const net = { sizes: [1, 1, 1], activation: 'tanh' };
  const [[low, high]] = unitsAt(net, [1, 0, 1, 0], [Float64Array.of(-800, 800)]).at(-1).map((v) => [...v]);
  assert.deepEqual([low, high], [-1, 1]);
});

test('inputs are powers and products of raw columns, shifted and scaled', () => {
  const [x, y] = [Float64Array.of(2, 3), Float64Array.of(5, 7)];
  const looks = (count) => ({ sizes: [count, 1], mean: Array(count).fill(1), scale: Array(count).fill(10) });
  const rows = (inputs) => inputs.map((values) => [...values]);
  assert.deepEqual(rows(inputsAt(looks(3), x, null)), [[10, 20], [30, 80], [70, 260]]);
  assert.deepEqual(rows(inputsAt(looks(5), x, y)), [
    [10, 20], [40, 60], [30, 80], [90, 200], [240, 480],
  ]);
});

test('points of a plane are raw columns of their own', () => {
  const net = { sizes: [3, 1], mean: [0, 0, 1], scale: [1, 2, 1], plane: [[1, 2, 3], [1, 0, 1], [0, 1, 2]] };
  const inputs = inputsAt(net, Float64Array.of(0, 2), Float64Array.of(0, 1));
  assert.deepEqual(inputs.map((values) => [...values]), [[1, 3], [4, 6], [2, 6]]);
});

test('between two known states a run is a mixture of both', () => {
  const states = { fitted: [0, 4, 6], fits: [0, 10, 4, 20, 8, 0] };
  const at = (made) => [...mixedAt(states, made, 2)];
  assert.deepEqual([at(0), at(1), at(4), at(5), at(6), at(9)], [
    [0, 10], [1, 12.5], [4, 20], [6, 10], [8, 0], [8, 0],
  ]);
});

// Pictures

/** A run of x1 -> one unit -> out, whose first weight is the number of updates made. */
const NET = { sizes: [2, 1, 1], activation: 'linear', mean: [0, 0], scale: [1, 1] };
const fits = [0, 0, 0, 1, 0, 4, 0, 0, 1, 0];
const run = () => sentTrack({ perEpoch: 1, epoch: 1, update: 1, last: 4, shape: [1, 5], fitted: [0, 4], fits });

const DIAGRAM = {
  place: 0, half: 1, box: [[-1, 1], [-2, 2]], colors: ['#000080', '#ffffff', '#ff8000'],
  middles: [[[2, 3], [2, 1]], [[5, 2]], [[8, 2]]],
};

function held(at, { diagram = DIAGRAM, kind = 'regions', traces = [] } = {}) {
  const clock = newClock();
  const play = sentPlay([run()], { kind, net: NET, diagram });
  wind(clock, play);
  hold(clock, at);
  const theme = { page: 'white', text: 'black', quiet: 'grey', font: 'Sans' };
  const panels = { fit: { hash: 'a', spec: { data: traces, layout: {} } } };
  return { clock, theme, closeUps: { taken: 0 }, preview: {}, data: { play, panels } };
}

function picture(at, more) {
  const [panel, state] = [flatPanel('surface', { x: [0, 10], y: [0, 5] }), held(at, more)];
  drawNetwork(state, panel, state.data.play.diagram);
  return panel.over?.context;
}

test('each weight is an edge in the colour of its sign, wider further from zero', () => {
  const edges = (at) => picture(at).of('stroke').filter(({ path }) => path.some(([does]) => does === 'C'));
  const [first, second, third] = edges(2);
  assert.equal(edges(2).length, 3);
  // Weights 2, 0 and 1; 20 pixels a unit, squares of 40.
  assert.deepEqual(first.path, [['M', 80, 50], ['C', 90, 50, 90, 70, 100, 70]]);
  assert.deepEqual([first, second, third].map(({ strokeStyle }) => strokeStyle), [
    '#ff8000', '#000080', '#ff8000',
  ]);
  assert.ok(first.lineWidth > third.lineWidth && third.lineWidth > second.lineWidth);
  assert.ok(edges(3)[0].lineWidth > first.lineWidth);
});

test('edges of about the same weight are one stroke, and those of two signs are not', () => {
  const at = (y) => [0, y];
  const levels = levelsOf([[at(0), at(1)], [at(2), at(3)]], [1, 1.01, -1, 0.5, 9, 9], 0);
  assert.deepEqual([...levels], [
    [8, [[at(0), at(2)]]], [9, [[at(0), at(3)]]], [-8, [[at(1), at(2)]]], [4, [[at(1), at(3)]]],
  ]);
  assert.equal(levelsOf([[at(0)], [at(1), at(2)]], [0.26, 0.3, 0, 0], 0).size, 1);
  const folded = levelsOf([[at(0)], [at(1)], [at(2)]], [7, 7, 7, 0.5, 0], 2);
  assert.deepEqual([...folded], [[4, [[at(1), at(2)]]]]); // weights of inputs in one square stand elsewhere
});

test('what a network is told over a grid is worked out once, and anew for another grid', () => {
  const first = inputsOver(NET, [-1, 1], [-2, 2], 1);
  assert.deepEqual(first.map((values) => [...values]), [[-1, 1, -1, 1], [-2, -2, 2, 2]]);
  assert.equal(inputsOver(NET, [-1, 1], [-2, 2], 1), first);
  assert.deepEqual([...inputsOver(NET, [0, 1], [-2, 2], 1)[0]], [0, 1, 0, 1]);
  for (let cells = 2; cells < 9; cells += 1) inputsOver(NET, [-1, 1], [-2, 2], cells);
  assert.notEqual(inputsOver(NET, [-1, 1], [-2, 2], 1), first); // only the newest are kept
});

test('each unit is a small map of what it says, the second column upwards', () => {
  const maps = picture(2).of('drawImage');
  assert.deepEqual(maps.map(({ box }) => box), [
    [40, 30, 40, 40], [40, 70, 40, 40], [100, 50, 40, 40], [160, 50, 40, 40],
  ]);
  const pictures = maps[0].image.context.of('putImageData').map(({ picture: { data } }) => data);
  const side = 24;
  const at = (map, row, column) => [...pictures[map].slice(4 * (side * row + column), 4 * (side * row + column) + 3)];
  assert.deepEqual([at(0, 5, 0), at(0, 5, side - 1)], [[0, 0, 128], [255, 128, 0]]); // x1: -1 to 1
  assert.deepEqual([at(1, 0, 3), at(1, side - 1, 3)], [[255, 128, 0], [0, 0, 128]]); // x2: 2 on top
  assert.deepEqual(at(2, 3, 0), [0, 0, 128]); // 2 x1, as a share of 2
});

test('along one column a unit is a curve', () => {
  const net = { ...NET, sizes: [1, 1, 1] };
  const state = held(4, { diagram: { ...DIAGRAM, box: [[-1, 1]], middles: [[[2, 3]], [[5, 2]], [[8, 2]]] } });
  Object.assign(state.data.play, { net });
  Object.assign(state.clock.tracks[0], { shape: [1, 4], fits: [1, 0, 1, 0, 1, 0, 1, 0] });
  const panel = flatPanel('surface', { x: [0, 10], y: [0, 5] });
  drawNetwork(state, panel, state.data.play.diagram);
  const curves = panel.over.context.of('stroke').filter(({ path }) => path.length > 9);
  assert.equal(curves.length, 3);
  assert.deepEqual([curves[0].path[0], curves[0].path.at(-1)], [['L', 40, 50 + 18], ['L', 80, 50 - 18]]);
});

test('inputs in one square have one edge to each unit, which shows their weights as an image', () => {
  const maps = () => picture(2, { diagram: { ...DIAGRAM, grid: [2, 1], middles: [[[2, 2]], [[5, 2]], [[8, 2]]] } });
  assert.equal(maps().of('stroke').filter(({ path }) => path.some(([does]) => does === 'C')).length, 2);
  const drawn = maps().of('drawImage').map(({ image }) => [image.width, image.height]);
  assert.deepEqual(drawn, [[1, 1], [1, 2], [24, 24]]);
  const state = held(2, { diagram: { ...DIAGRAM, grid: [2, 1], middles: [[[2, 2]], [[5, 2]], [[8, 2]]] } });
  state.clock.tracks[0].fits = [0, 0, 0, -1, 0, 4, 0, 0, -1, 0];
  const panel = flatPanel('surface', { x: [0, 10], y: [0, 5] });
  drawNetwork(state, panel, state.data.play.diagram);
  const { picture: { data } } = panel.over.context.of('drawImage').at(-1).image.context.of('putImageData').at(-1);
  assert.deepEqual([...data.slice(0, 3)], [255, 128, 0]); // of the output: -2 x1, and x1 is -1 there
});

test('on a plane a row that is wrong has a ring, whatever the region under it', () => {
  const state = held(2);
  state.data.play.net = { ...NET, plane: [[0, 0], [1, 0], [0, 1]] };
  // Weights 2, 0, 0, 1, 0: the class is that of 2 x1; places, class, inputs.
  state.clock.rows = [1, 2, 1, 1, 0, 2, 2, 1, 1, 0, 3, 1, 1, -1, 0];
  const panel = flatPanel('fit', { x: [-4, 6], y: [0, 5] });
  drawFit(state, panel);
  const rings = panel.over.context.of('stroke').filter(({ path }) => path.some(([does]) => does === 'A' || does === 'arc'));
  assert.equal(rings.length, 1);
});

test('nothing is drawn of a run that is not there, or without axes', () => {
  assert.equal(picture(2, { diagram: { ...DIAGRAM, place: 7 } }), undefined);
});

test('what is said is a share of the largest, or of 1', () => {
  assert.deepEqual([...sharesOf(Float64Array.of(-4, 1))], [-1, 0.25]);
  assert.deepEqual([...sharesOf(Float64Array.of(0.5, 0))], [0.5, 0]);
});

test('regions, curves and predictions are those of the network now', () => {
  assert.deepEqual([...netNow(held(2).clock, held(2).clock.tracks[0])], [2, 0, 0, 1, 0]);
  const boundary = flatPanel('fit', { x: [-4, 6], y: [0, 5] });
  drawFit(held(2), boundary);
  const [{ path }] = boundary.over.context.of('stroke');
  path.forEach(([, right]) => close(right, 20 + 80, 1e-9)); // 2 x1 = 0
  const cloud = flatPanel('fit');
  const traces = [{ type: 'scatter', name: 'Batch', x: [3], y: [0] }];
  const state = held(2, { kind: 'predicted', traces });
  state.clock.rows = [2, 9];
  drawFit(state, cloud);
  assert.equal(cloud.over.context.of('fill').length, 1); // 2 · 2 = 4
});
