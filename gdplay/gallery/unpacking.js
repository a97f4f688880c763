/** What a page was sent: unpacked, in a theme, and as the player is told of it. */

import { lastAtMost, numbers } from '../ui/player/clock.js';

/**
 * Return what a text holds: JSON, compressed, in base64.
 * @param {string} text
 * @returns {Promise<any>}
 */
export async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).json();
}

/**
 * Return what the player is told in a theme.
 * @param {GallerySent} sent
 * @param {'light' | 'dark'} theme
 * @returns {GalleryTold}
 */
export function inTheme({ light, dark }, theme) {
  if (theme === 'light') return light;
  const told = structuredClone(light);
  for (const [way, value] of dark) {
    /** @type {any} */
    let place = told;
    for (const key of way.slice(0, -1)) place = place[key];
    place[way[way.length - 1]] = value;
  }
  return told;
}

/**
 * Return what the player is told as a page stands: before an answer, what does not give it away.
 * @param {GalleryTold} told
 * @param {Pick<GalleryPage, 'ground' | 'asks' | 'sent'>} page
 * @param {boolean} near - whether there is every state of its runs
 * @returns {PlayerData}
 */
export function playerData(told, { ground, asks, sent }, near = false) {
  const hidden = asks ? told.covered : undefined;
  const whole = told.grounds[ground];
  const surface = hidden ? onlyTraces(whole, hidden.kept[ground]) : whole;
  // A lesson's runs stand at their start once they are uncovered.
  const position = told.covered ? /** @type {[number, number]} */ ([0, 0]) : null;
  return {
    version: '', script: null, chunk: null, clickable: false, inside: false,
    wire: near && !hidden ? 'near' : null,
    panels: { surface, ...(hidden ? hidden.panels : told.panels) },
    play: hidden ? null : { ...told.play, position },
    hand: hidden || !sent?.rate ? null : {
      wire: 'rates',
      offers: { [sent.rate.name]: 'rates' },
      values: { [sent.rate.name]: sent.rate.value },
    },
  };
}

/**
 * Return a picture with some of its traces.
 * @param {Picture} picture
 * @param {number[]} places
 * @returns {Picture}
 */
function onlyTraces({ spec, hash, label }, places) {
  const data = spec.data.filter((_, place) => places.includes(place));
  return { spec: { ...spec, data }, hash: `${hash} ${places.join()}`, label };
}

/**
 * Return the close-ups that a player asks for, of runs of which every state is there.
 * @param {SentCloseUp[]} runs
 * @param {Question['windows']} windows
 * @param {number} around
 * @returns {SentCloseUp[]}
 */
export function closeUpsOf(runs, windows, around) {
  return windows.flatMap(([place, window]) => {
    const run = runs.find((each) => each.place === place);
    return run ? [between(run, window, (window - 1) * around, (window + 1) * around)] : [];
  });
}

/**
 * Return the states of a run from an update to another, both included.
 * @param {SentCloseUp} run
 * @param {number} window
 * @param {number} from
 * @param {number} to
 * @returns {SentCloseUp}
 */
function between({ place, updates, x, y, loss, value, fits }, window, from, to) {
  const all = numbers(updates);
  const first = all.findIndex((update) => update >= from);
  const last = lastAtMost(all, to);
  /** @param {Sent} sent */
  const cut = (sent) => {
    const values = numbers(sent);
    const size = values.length / all.length;
    return values.slice(size * first, size * (last + 1));
  };
  return {
    place, window, updates: cut(updates), x: cut(x), y: cut(y), loss: cut(loss),
    value: cut(value), fits: cut(fits),
  };
}
