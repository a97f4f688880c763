/** Words of the glossary are found in labels, and only whole ones. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { wordIn } from '../../gdplay/ui/glossary/words.js';

const words = { epoch: '', 'learning rate': '', '2/l': '', batch: '', 'mini-batch': '', update: '' };

test('a word is found in any case and number', () => {
  assert.equal(wordIn('epoch 30 of 30', words), 'epoch');
  assert.equal(wordIn('Line · 200 rows · 30 Epochs', words), 'epoch');
  assert.equal(wordIn('Updates', words), 'update');
  assert.equal(wordIn('0.31 of 2/L', words), '2/l');
});

test('the longest word at a place is told, and no part of another', () => {
  assert.equal(wordIn('Mini-batches', words), '');
  assert.equal(wordIn('Mini-batch, rate 0.9', words), 'mini-batch');
  assert.equal(wordIn('Learning rate of all runs', words), 'learning rate');
  assert.equal(wordIn('updated', words), '');
  assert.equal(wordIn('1/2/L', words), '');
});
