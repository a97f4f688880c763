/** A ranking while it is made: runs in their order so far, and those that are thought lost. */

/**
 * Return a ranking that says nothing yet.
 * @returns {Ranks}
 */
export function newRanks() {
  return { order: [], lost: [] };
}

/**
 * Return the ranking with a run behind those in order, or out of it where it was in it.
 * @param {Ranks} ranks
 * @param {number} place
 * @returns {Ranks}
 */
export function ranked({ order, lost }, place) {
  return { order: turned(order, place), lost: without(lost, place) };
}

/**
 * Return the ranking with a run among those lost, or no longer.
 * @param {Ranks} ranks
 * @param {number} place
 * @returns {Ranks}
 */
export function givenUp({ order, lost }, place) {
  return { order: without(order, place), lost: turned(lost, place) };
}

/**
 * @param {number[]} places
 * @param {number} place
 */
function turned(places, place) {
  return places.includes(place) ? without(places, place) : [...places, place];
}

/**
 * @param {number[]} places
 * @param {number} place
 */
function without(places, place) {
  return places.filter((other) => other !== place);
}

/**
 * Whether a ranking speaks of so many runs.
 * @param {Ranks} ranks
 * @param {number} count
 */
export function isWhole({ order, lost }, count) {
  return order.length + lost.length === count;
}

/**
 * Return a ranking as `predictions.py` reads it.
 * @param {Ranks} ranks
 */
export function ranksText({ order, lost }) {
  return `${order.join('.') || 'none'}~${lost.join('.') || 'none'}`;
}
