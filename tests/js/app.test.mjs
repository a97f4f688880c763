import assert from 'node:assert/strict';
import { test } from 'node:test';

import { folderOf } from '../../gdplay/gallery/app.js';

test('the folder of the app is found from every address of its pages', () => {
  for (const path of ['/a/app', '/a/app/', '/a/app/index.html']) {
    assert.equal(folderOf(path, ''), '/a/app/');
  }
  for (const path of ['/a/app/room', '/a/app/room/', '/a/app/room/index.html']) {
    assert.equal(folderOf(path, 'room'), '/a/app/');
  }
  assert.equal(folderOf('/room/', ''), '/room/');
  assert.equal(folderOf('/', ''), '/');
  assert.equal(folderOf('/room/room/', 'room'), '/room/');
});
