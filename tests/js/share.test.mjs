/** Charts that are taken away are called so that people know which is which. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nameOf } from '../../gdplay/ui/share/share.js';

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
