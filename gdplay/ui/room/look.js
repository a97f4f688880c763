/** Looks once a second whether a room has changed, and has its page run again once it has. */

/** Milliseconds between two looks. */
const EVERY = 1000;

/** Milliseconds after which a change is told once more: what was told may have been lost. */
const AGAIN = 10_000;

/** @type {WeakMap<object, CleanUp>} What ends the looks of a page as it was. */
const ends = new WeakMap();

/**
 * Begin to look; return what Streamlit calls when the component goes away.
 * @param {Component<LookData>} component
 * @returns {CleanUp}
 */
export default function look({ parentElement, data, setTriggerValue }) {
  ends.get(parentElement)?.();
  let over = false;
  // A class does not look all at one moment.
  let timer = setTimeout(again, EVERY * Math.random());
  async function again() {
    const version = await latest(data.ticket);
    if (over) return;
    const changed = version !== null && version !== data.version;
    if (changed) setTriggerValue('changed', version);
    timer = setTimeout(again, changed ? AGAIN : EVERY);
  }
  const end = () => {
    over = true;
    clearTimeout(timer);
  };
  ends.set(parentElement, end);
  return end;
}

/**
 * Return how far a room is; null where nobody tells.
 * @param {string} ticket
 */
async function latest(ticket) {
  try {
    const answer = await fetch(`looks/${ticket}`);
    return answer.status === 200 ? Number(await answer.text()) : null;
  } catch {
    return null;
  }
}
