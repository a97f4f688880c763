/** The sketch that stands before the first chart: the ground from above, and the paths on it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

class Part {
  constructor(name) {
    Object.assign(this, { name, attributes: {}, parts: [] });
  }

  setAttribute(key, value) {
    this.attributes[key] = value;
  }

  append(...parts) {
    this.parts.push(...parts);
  }
}
globalThis.document = { createElementNS: (_, name) => new Part(name) };
const { sketch } = await import('../../gdplay/ui/player/sketch.js');

const SCALE = [[0, 'low'], [0.5, 'middle'], [0.9, 'high']];
const GROUND = { type: 'surface', x: [0, 1, 2, 3], y: [0, 10], z: [0, 0, 12, 12, 0, 6, 6, 12], colorscale: SCALE };
const PATH = { type: 'scatter3d', name: 'Batch', mode: 'lines+markers', x: [0, 3], y: [10, 0], line: { color: 'blue' } };
const CASING = { ...PATH, name: '', mode: 'lines' };

function sketched(traces, draws = 0, before = null) {
  const element = new Part('panel');
  const root = { querySelector: () => before };
  const panels = { surface: { element } };
  sketch({ root, draws, panels, data: { panels: { surface: { spec: { data: traces } } } } });
  return element.parts[0];
}

test('cells of one band of height are one rectangle, the first row at the bottom', () => {
  const drawn = sketched([GROUND]).parts.map(({ attributes: { x, y, width, fill } }) => [x, y, width, fill]);
  assert.deepEqual(drawn, [
    ['0', '500', '501', 'low'], ['500', '500', '501', 'high'],
    ['0', '0', '251', 'low'], ['250', '0', '501', 'middle'], ['750', '0', '251', 'high'],
  ]);
});

test('paths are drawn where they were, without their casings', () => {
  const lines = sketched([GROUND, CASING, PATH]).parts.filter(({ name }) => name === 'path');
  assert.equal(lines.length, 1);
  assert.equal(lines[0].attributes.d, 'M0.0,0.0L1000.0,1000.0');
  assert.equal(lines[0].attributes.stroke, 'blue');
});

test('start and minimum stand above the paths, each on its casing', () => {
  const mark = (name, x, y) => ({ type: 'scatter', name, mode: 'markers+text', x: [x], y: [y] });
  const { parts } = sketched([GROUND, CASING, PATH, mark('', 0, 0), mark('start', 3, 0), mark('minimum', 1.5, 5)]);
  assert.deepEqual(
    parts.slice(-5).map(({ attributes: { class: kind, d, stroke } }) => [kind, stroke ?? d]),
    [
      [undefined, 'blue'], ['casing', 'M1000.0,1000.0h0'], ['casing', 'M500.0,500.0h0'],
      ['place', 'M1000.0,1000.0h0'], ['place', 'M500.0,500.0h0'],
    ],
  );
});

test('a path that is out of reach for a while is broken there', () => {
  const broken = { ...PATH, x: [PATH.x[0], NaN, PATH.x[1]], y: [PATH.y[0], NaN, PATH.y[1]] };
  const line = sketched([GROUND, broken]).parts.find(({ name }) => name === 'path');
  assert.equal(line.attributes.d, 'M0.0,0.0M1000.0,1000.0');
});

test('where a chart stands, or a sketch, or no ground, nothing is sketched', () => {
  assert.equal(sketched([GROUND], 1), undefined);
  assert.equal(sketched([GROUND], 0, {}), undefined);
  assert.equal(sketched([PATH]), undefined);
});

test('a gap in the ground is left open, and level ground is one colour', () => {
  const torn = { ...GROUND, z: [0, NaN, NaN, 12, Infinity, 6, 6, 12] };
  const drawn = sketched([torn]).parts.map(({ attributes: { x, y, fill } }) => [x, y, fill]);
  assert.deepEqual(drawn, [
    ['0', '500', 'low'], ['750', '500', 'high'], ['250', '0', 'middle'], ['750', '0', 'high'],
  ]);
  const level = sketched([{ ...GROUND, z: Array(8).fill(3) }]).parts;
  assert.deepEqual(level.map(({ attributes }) => attributes.fill), ['low', 'low']);
});
