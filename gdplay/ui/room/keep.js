/**
 * What a browser keeps of rooms, so that a reload or a fallen network leads back to the same
 * answer: what stands for its visitor, and the keys of the rooms that were opened here.
 */

const NAME = 'gdplay.rooms';
const MOST_KEYS = 20;

/** @param {Component<KeepData>} component */
export default function keep({ data, setStateValue }) {
  const kept = load();
  kept.member ??= data.member;
  if (data.key) kept.keys = [...kept.keys.filter(([code]) => code !== data.code), [data.code, data.key]];
  kept.keys = kept.keys.slice(-MOST_KEYS);
  save(kept);
  const key = kept.keys.find(([code]) => code === data.code)?.[1] ?? null;
  if (data.known !== `${kept.member} ${key}`) setStateValue('kept', { member: kept.member, key });
}

/**
 * Return what is kept; nothing where it is not to be had, or was written by others.
 * @returns {KeptRooms}
 */
function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(NAME) ?? '');
    if (typeof kept.member === 'string' && Array.isArray(kept.keys)) return kept;
  } catch {
    // As on a first visit.
  }
  return { member: undefined, keys: [] };
}

/** @param {KeptRooms} kept */
function save(kept) {
  try {
    localStorage.setItem(NAME, JSON.stringify(kept));
  } catch {
    // Then it lasts as long as the visit.
  }
}
