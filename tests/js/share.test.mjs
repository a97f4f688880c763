/** Charts that are taken away are called so that people know which is which. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { named, nameOf } from '../../gdplay/ui/share/share.js';

test('a panel is called as itself, any other chart by what tells of it', () => {
  assert.equal(nameOf('The loss over x and y, with the paths of Adam', 'surface'), 'Surface');
  assert.equal(nameOf('The network: what each unit says', 'surface'), 'The network');
  assert.equal(nameOf('Loss after an epoch, a line for each', null), 'Loss after an epoch');
  assert.equal(nameOf('Chart 2', undefined), 'Chart 2');
});

test('a long name ends at a word', () => {
  const name = nameOf('Distance to the minimum along the steepest direction against updates', null);
  assert.equal(name, 'Distance to the minimum along the steepest …');
});

test('what is saved names the runs it draws, in their own looks', () => {
  const [line, marker] = [{ color: 'red', dash: 'dot' }, { symbol: 'square' }];
  const data = [
    { type: 'scatter', name: 'Batch', mode: 'lines', line, showlegend: false },
    { type: 'scatter', name: 'Batch', mode: 'markers', marker, showlegend: false },
    { type: 'scatter', name: 'rows', mode: 'markers' },
  ];
  const { data: pieces, layout } = named(data, { margin: { b: 8 } }, ['Batch', 'Adam']);
  assert.deepEqual(
    pieces.filter((piece) => piece.showlegend !== false).map(({ name, mode }) => [name, mode]),
    [['Batch', 'lines+markers']],
  );
  assert.deepEqual([pieces[3].line, pieces[3].marker], [line, marker]);
  assert.deepEqual([layout.showlegend, layout.margin.b], [true, 38]);
  const itself = { showlegend: true };
  assert.equal(named([{ name: 'Batch' }], itself, ['Batch']).layout, itself);
  assert.equal(named(data, itself, ['Adam']).layout, itself);
});
