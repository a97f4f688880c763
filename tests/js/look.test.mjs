/** A student's browser tells of a changed room once, and looks on; nothing else is sent. */

import assert from 'node:assert/strict';
import test, { mock } from 'node:test';

import look from '../../gdplay/ui/room/look.js';

/** Return a room, what was asked of it and sent, and a function that lets seconds pass. */
function room(t) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const told = { status: 200, version: 1 };
  const asked = [];
  const sent = [];
  globalThis.fetch = async (address) => {
    asked.push(address);
    if (told.status === 0) throw new TypeError('no network');
    return { status: told.status, text: async () => String(told.version) };
  };
  const parentElement = {};
  const draw = (version) =>
    look({
      parentElement,
      data: { ticket: 'BCDFG-1', version },
      setTriggerValue: (name, value) => sent.push([name, value]),
    });
  const pass = async (seconds) => {
    for (let second = 0; second < seconds; second += 1) {
      mock.timers.tick(1000);
      await new Promise((done) => setImmediate(done));
    }
  };
  return { told, asked, sent, draw, pass };
}

test('a room is looked at once a second, and a change is sent once', async (t) => {
  const { told, asked, sent, draw, pass } = room(t);
  draw(1);
  await pass(5);
  assert.deepEqual(asked, Array(5).fill('looks/BCDFG-1'));
  assert.deepEqual(sent, []);
  told.version = 2;
  await pass(5);
  assert.deepEqual(sent, [['changed', 2]]);
  draw(2); // the page as it is now: the looks at the former one end
  await pass(5);
  assert.equal(asked.length, 11);
  assert.equal(sent.length, 1);
});

test('a change whose page does not come is sent again after ten seconds', async (t) => {
  const { told, sent, draw, pass } = room(t);
  draw(1);
  told.version = 2;
  await pass(10);
  assert.equal(sent.length, 1);
  await pass(2);
  assert.equal(sent.length, 2);
});

test('where nobody tells it looks on, and after its end no more', async (t) => {
  const { told, asked, sent, draw, pass } = room(t);
  const end = draw(1);
  for (const status of [0, 204, 503]) {
    told.status = status;
    await pass(2);
  }
  assert.equal(asked.length, 6);
  assert.deepEqual(sent, []);
  end();
  await pass(3);
  assert.equal(asked.length, 6);
});
