import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';

import { inTheme, playerData, unpacked } from '../../gdplay/gallery/unpacking.js';

const picture = (hash, names) => ({
  hash, label: '', spec: { data: names.map((name) => ({ name })), layout: {} },
});
const light = () => ({
  ground: '3d',
  grounds: { '3d': picture('a', ['loss', 'Batch']), map: picture('b', ['Batch', 'loss']) },
  panels: { curves: picture('c', ['Batch']) },
  play: { hash: 'p', tracks: [{ color: 'black' }] },
});
const covered = { kept: { '3d': [0], map: [1] }, panels: { curves: picture('d', []) } };

test('what was packed comes out as it was', async () => {
  const text = gzipSync(JSON.stringify({ a: [1, null] })).toString('base64');
  assert.deepEqual(await unpacked(text), { a: [1, null] });
});

test('the dark theme is the light one with what differs', () => {
  const sent = { light: light(), dark: [[['play', 'tracks', 0, 'color'], 'white']], rate: null };
  assert.equal(inTheme(sent, 'dark').play.tracks[0].color, 'white');
  assert.equal(sent.light.play.tracks[0].color, 'black');
  assert.equal(inTheme(sent, 'light'), sent.light);
});

test('before its answer a lesson shows the ground alone, and plays nothing', () => {
  const told = { ...light(), covered };
  const sent = { rate: { name: 'rate', value: 0.1 } };
  for (const ground of ['3d', 'map']) {
    const data = playerData(told, { ground, asks: true, sent });
    assert.deepEqual(data.panels.surface.spec.data, [{ name: 'loss' }]);
    assert.deepEqual([data.panels.curves.hash, data.play, data.hand], ['d', null, null]);
  }
  const after = playerData(told, { ground: 'map', asks: false, sent });
  assert.deepEqual([after.panels.surface.hash, after.play.position], ['b', [0, 0]]);
  assert.deepEqual(after.hand.values, { rate: 0.1 });
});

test('an experiment stands at its end, and follows no hand where it has no slider', () => {
  const data = playerData(light(), { ground: '3d', asks: false, sent: { rate: null } });
  assert.deepEqual([data.play.position, data.hand], [null, null]);
  assert.deepEqual(Object.keys(data.panels), ['surface', 'curves']);
});
