/** Read what Python sends to be played, and times; write where the player has each run by then. */

import { readFileSync } from 'node:fs';

import { hold, madeBy, newClock, wind } from '../../gdplay/ui/player/clock.js';
import { fitNow } from '../../gdplay/ui/player/fits.js';

const { play, times } = JSON.parse(readFileSync(0, 'utf8'));
const clock = newClock();
wind(clock, play);

/** Return how many updates each run has made at a time, and its fit. */
function standing(time) {
  hold(clock, time);
  return clock.tracks.map((track) => ({ made: madeBy(clock, track), fit: fitNow(clock, track) }));
}

console.log(JSON.stringify({ end: clock.end, states: times.map(standing) }));
