/** Frames: what the clock shows while it is held or plays, over charts that stand still. */

import { tell } from './bar.js';
import { advance } from './clock.js';
import { askForCloseUps } from './closeup.js';
import { drawOver, fadeDrawn, isCurrent, placeOf, wipe } from './overlay.js';
import { endPreview } from './preview.js';

/** Whether the visitor prefers reduced motion. */
const STILL = window.matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Show the clock's time, frame after frame, until it rests; at rest the charts stand as drawn.
 * @param {State} state
 */
export function keepUp(state) {
  tell(state);
  if (state.following) return;
  state.following = true;
  let before = performance.now();
  let picture = '';
  /** @param {number} now */
  const frame = (now) => {
    if (state.ended.signal.aborted) return;
    const { clock, preview } = state;
    if (preview.answered && !state.drawing) endPreview(state);
    if (clock.playing) advance(clock, (now - before) / 1000, STILL.matches);
    before = now;
    preview.still += 1;
    for (const panel of Object.values(state.panels)) fadeDrawn(state, panel);
    if (clock.time === null && !preview.shown && !preview.hand?.at) {
      state.following = false;
      settle(state);
      return;
    }
    askForCloseUps(state);
    picture = follow(state, picture);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/**
 * Let the charts stand as they were drawn.
 * @param {State} state
 */
function settle(state) {
  wipe(state);
  askForCloseUps(state);
  tell(state);
  if (state.reduced) drawOver(state, state.panels.surface);
}

/**
 * Draw over the charts what has moved since a picture; return what tells the newest apart.
 * @param {State} state
 * @param {string} picture
 */
function follow(state, picture) {
  const panels = Object.values(state.panels);
  // New paths wait for their ground.
  if (state.preview.answered || !panels.every((panel) => isCurrent(state, panel))) return picture;
  const { clock, closeUps, data, theme, preview } = state;
  const { time, playing, focus } = clock;
  const places = panels.map((panel) => `${panel.picture} ${placeOf(panel)}`);
  const veiled = panels.map((panel) => panel.faded);
  const parts = [time, playing, focus?.place, closeUps.taken, data.play?.hash, theme.id];
  parts.push(...veiled, ...places, String(preview.hand?.at));
  const wanted = parts.join('|');
  if (wanted === picture && preview.drawn === preview.shown) return picture;
  preview.drawn = preview.shown;
  for (const panel of panels) drawOver(state, panel);
  tell(state);
  return wanted;
}
