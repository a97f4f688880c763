/**
 * What a browser keeps of the course, so that who comes back without the address of before finds
 * which lessons are done: no cookie, and nothing that the server is told unless it asks.
 */

const KEPT_AS = 'gdplay.lessons';

/** @param {Component<ProgressData>} component */
export default function progress({ data, setStateValue }) {
  const kept = keptProgress();
  const [done, reached] = [kept.done | data.done, kept.reached | data.reached];
  if (done !== kept.done || reached !== kept.reached) keepProgress({ done, reached });
  if (data.asks && data.known !== `${done} ${reached}`) setStateValue('kept', { done, reached });
}

/**
 * Return what is kept; nothing where it is not to be had, or was written by others.
 * @returns {Progress}
 */
function keptProgress() {
  try {
    const { done, reached } = JSON.parse(localStorage.getItem(KEPT_AS) ?? '');
    if (Number.isInteger(done) && Number.isInteger(reached)) return { done, reached };
  } catch {
    // As on a first visit.
  }
  return { done: 0, reached: 0 };
}

/** @param {Progress} kept */
function keepProgress(kept) {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(kept));
  } catch {
    // Then the address alone holds it.
  }
}
