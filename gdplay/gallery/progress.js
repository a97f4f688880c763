/** Which lessons are done: kept in this browser alone. */

import { remember, remembered } from './themes.js';

const DONE = 'gdplay.lessons';

/** Return the names of the lessons that are done. */
export function lessonsDone() {
  return new Set(remembered(DONE).split(' ').filter(Boolean));
}

/**
 * Note that a lesson is done.
 * @param {string} name
 */
export function noteDone(name) {
  remember(DONE, [...lessonsDone().add(name)].join(' '));
}
