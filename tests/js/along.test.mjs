/** The surface comes along with a hand that moves it from further down, and goes back. */

import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { comeAlong, standBeside } from '../../gdplay/ui/player/along.js';
import { browse } from './fakes.mjs';

let now;
let frames;
let page;
let panel;
let state;

/** What stands in a page that scrolls; a panel that is moved is painted elsewhere. */
class Part {
  style = {};
  dataset = {};
  hidden = false;

  constructor(top, height) {
    Object.assign(this, { top, offsetHeight: height });
  }

  getBoundingClientRect() {
    const [, shift, scale] = /^translateY\((.+)px\) scale\((.+)\)$/.exec(this.style.transform) ?? [0, 0, 1];
    const [top, height] = [this.top - page.scrolled + Number(shift), scale * this.offsetHeight];
    return { top, height, bottom: top + height };
  }
}

/** A screen of 750 pixels, its bar 50 high; a panel of 300 stands at 100 in the page. */
beforeEach(() => {
  browse();
  [now, frames, page] = [1000, [], { scrolled: 900 }];
  mock.restoreAll();
  mock.method(performance, 'now', () => now);
  globalThis.requestAnimationFrame = (frame) => frames.push(frame);
  window.innerHeight = 750;
  document.querySelector = () => ({ getBoundingClientRect: () => ({ top: 0, bottom: 50 }) });
  panel = new Part(100, 300);
  state = {
    preview: { hand: null, shown: { tracks: [] } },
    panels: { surface: { element: panel } },
    ended: new AbortController(),
  };
  comeAlong(state);
});

const slider = (top) => new Part(page.scrolled + top, 40);

/** A hand moves what it holds. */
function drag(held = slider(600)) {
  state.preview.hand = { phase: 'drag' };
  const detail = { control: 'rate', phase: 'drag', value: 1, held };
  document.dispatchEvent(new CustomEvent('gdplay:hand', { detail }));
}

/** Frames go by, one each 100 milliseconds. */
function wait(milliseconds) {
  for (const end = now + milliseconds; now < end; ) {
    now += 100;
    for (const frame of frames.splice(0)) frame(now);
  }
}

const stands = () => panel.getBoundingClientRect().top;

test('a panel stands on the side of a slider that has more room, smaller where it must', () => {
  const room = { top: 50, bottom: 750 };
  assert.deepEqual(standBeside({ top: 500, bottom: 600 }, 300, room), { top: 58, scale: 1 });
  assert.deepEqual(standBeside({ top: 100, bottom: 200 }, 300, room), { top: 442, scale: 1 });
  assert.deepEqual(standBeside({ top: 366, bottom: 600 }, 600, room), { top: 58, scale: 0.5 });
  assert.deepEqual(standBeside({ top: 300, bottom: 434 }, 400, room), { top: 442, scale: 0.75 });
  assert.deepEqual(standBeside({ top: 366, bottom: 434 }, 4000, room), { top: 58, scale: 0.5 });
});

test('a panel out of view comes along with a hand, and stays on the screen wherever the page goes', () => {
  drag();
  assert.deepEqual([stands(), panel.dataset.along], [58, '']);
  page.scrolled += 70;
  wait(100);
  assert.equal(stands(), 58);
  wait(5000);
  drag(slider(100));
  assert.equal(stands(), 58); // it does not jump about while it stands
});

test('a panel goes back a second after the picture stands that the hand left', () => {
  drag();
  state.preview.hand = { phase: 'release' };
  wait(3000);
  state.preview.hand = null;
  wait(1000);
  assert.deepEqual([stands(), panel.dataset.along], [58, '']);
  wait(100);
  assert.deepEqual([stands(), panel.dataset.along], [58, 'leaves']);
  wait(200);
  assert.deepEqual([panel.style.transform, 'along' in panel.dataset, frames], ['', false, []]);
});

test('a hand that comes back meanwhile keeps it', () => {
  drag();
  state.preview.hand = null;
  wait(1100);
  drag();
  wait(2000);
  assert.deepEqual([stands(), panel.dataset.along], [58, '']);
});

test('a panel whose place comes into view stands there', () => {
  drag();
  page.scrolled = 160; // 190 of its 300 pixels
  wait(100);
  assert.deepEqual([stands(), 'along' in panel.dataset], [-60, false]);
});

test('a panel stays that is seen, hidden or does not follow, and so it does where nothing is held', () => {
  page.scrolled = 160;
  drag();
  page.scrolled = 900;
  panel.hidden = true;
  drag();
  panel.hidden = false;
  drag(null);
  state.preview.shown = null;
  drag();
  assert.deepEqual([stands(), frames], [-800, []]);
  state.preview.shown = {};
  page.scrolled = 180; // 170 pixels
  drag();
  assert.equal(stands(), 58);
});

test('who left leaves the panel at its place', () => {
  drag();
  state.ended.abort();
  assert.deepEqual([panel.style.transform, 'along' in panel.dataset], ['', false]);
  wait(100);
  drag();
  assert.deepEqual(frames, []);
});
