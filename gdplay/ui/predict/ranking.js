/** The list in which a visitor ranks the runs: over the empty curves, a line for each run. */

import { givenUp, isWhole, ranked, ranksText } from './ranks.js';

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];

/**
 * Fill the cover with the list of runs, and the strip with what is left to do.
 * @param {Asking} asking
 */
export function showRanking(asking) {
  const { cover, strip, ranks } = asking;
  const { runs, best, then } = asking.component.data;
  const title = document.createElement('p');
  title.textContent = `Tap the runs in your order, the ${best} first.`;
  const list = document.createElement('ul');
  list.append(...runs.map((run) => line(asking, run)));
  keepFocus(cover, () => cover.replaceChildren(title, list));
  const whole = isWhole(ranks, runs.length);
  const done = ranks.order.length + ranks.lost.length;
  strip.note.textContent = whole ? then : `${done} of ${runs.length} placed`;
  strip.reveal.disabled = !whole;
}

/**
 * Return what a ranking tells, as it travels.
 * @param {Asking} asking
 */
export function tellRanking({ ranks }) {
  return ranksText(ranks);
}

/**
 * Return the line of a run: the button that ranks it, and the one that gives it up.
 * @param {Asking} asking
 * @param {AskedRun} run
 */
function line(asking, { place, name, source }) {
  const { order, lost } = asking.ranks;
  const at = order.indexOf(place);
  const rank = document.createElement('button');
  rank.className = 'gd-rank';
  const number = document.createElement('b');
  number.textContent = at < 0 ? '' : String(at + 1);
  const mark = document.createElement('img');
  Object.assign(mark, { src: source, alt: '', width: 44, height: 16 });
  const text = document.createElement('span');
  text.textContent = name;
  rank.append(number, mark, text);
  const where = at < 0 ? 'not placed' : (ORDINALS[at] ?? `number ${at + 1}`);
  dress(rank, `rank${place}`, at >= 0, `${name}: ${where}`);
  rank.onclick = () => rerank(asking, ranked(asking.ranks, place));
  const gone = document.createElement('button');
  gone.className = 'gd-lost';
  gone.textContent = 'lost';
  dress(gone, `lost${place}`, lost.includes(place), `${name} is lost`);
  gone.title = 'Its loss grows past all bounds';
  gone.onclick = () => rerank(asking, givenUp(asking.ranks, place));
  const item = document.createElement('li');
  item.append(rank, gone);
  return item;
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} act
 * @param {boolean} pressed
 * @param {string} label
 */
function dress(button, act, pressed, label) {
  button.type = 'button';
  button.dataset.act = act;
  button.setAttribute('aria-pressed', String(pressed));
  button.setAttribute('aria-label', label);
}

/**
 * @param {Asking} asking
 * @param {Ranks} ranks
 */
function rerank(asking, ranks) {
  Object.assign(asking, { ranks });
  showRanking(asking);
}

/**
 * Make parts anew; the focus stays on the same one.
 * @param {HTMLElement} root
 * @param {() => void} make
 */
function keepFocus(root, make) {
  const { activeElement } = document;
  const act = activeElement instanceof HTMLElement && root.contains(activeElement);
  const name = act ? activeElement.dataset.act : undefined;
  make();
  if (!name) return;
  const again = root.querySelector(`[data-act=${name}]`);
  if (again instanceof HTMLElement) again.focus();
}
