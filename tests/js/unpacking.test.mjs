import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';

import { closeUpsOf, inTheme, playerData, unpacked } from '../../gdplay/gallery/unpacking.js';

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

test('a player has a wire where every state is there, but none while a lesson is covered', () => {
  const page = { ground: '3d', asks: false, sent: { rate: null } };
  assert.equal(playerData(light(), page).wire, null);
  assert.equal(playerData(light(), page, true).wire, 'near');
  assert.equal(playerData({ ...light(), covered }, { ...page, asks: true }, true).wire, null);
});

test('a close-up is what lies around its window, its ends included', () => {
  const updates = Array.from({ length: 12 }, (_, update) => update);
  const states = { updates, x: updates.map((value) => 10 * value), y: updates, loss: updates };
  const fits = updates.flatMap((value) => [value, -value]);
  const run = { place: 2, window: 0, ...states, value: null, fits };
  const [first, last, ...more] = closeUpsOf([run], [[2, 0], [1, 0], [2, 3]], 4);
  assert.deepEqual(more, []);
  assert.deepEqual([first.place, first.window, first.updates], [2, 0, [0, 1, 2, 3, 4]]);
  assert.deepEqual(first.fits, [0, -0, 1, -1, 2, -2, 3, -3, 4, -4]);
  assert.deepEqual([last.window, last.updates], [3, [8, 9, 10, 11]]);
  assert.deepEqual([last.x, last.value, last.fits.length], [[80, 90, 100, 110], [], 8]);
});
