/** The strip of tiles: drawn anew from the data at each call; a click tells its batch. */

/** @param {Component<TilesData>} component */
export default function tiles({ parentElement, data, setTriggerValue }) {
  /** @type {HTMLElement | null} */
  const root = parentElement.querySelector('.gd-tiles');
  if (!root) return;
  const parts = data.sizes.map((rows, i) => tile(data, data.first + i, rows));
  if (data.dropped) parts.push(rest(data.dropped));
  root.style.setProperty('--run', data.color);
  root.style.setProperty('--count', String(parts.length));
  root.dataset.dense = String(parts.length > 80);
  root.classList.toggle('gd-before', data.more[0]);
  root.classList.toggle('gd-behind', data.more[1]);
  root.replaceChildren(...parts);
  root.onclick = ({ target }) => {
    const batch = target instanceof HTMLElement ? Number(target.dataset.batch) : 0;
    if (batch && batch !== data.lit) setTriggerValue('pick', batch);
  };
}

/**
 * Return the tile of a batch of so many rows.
 * @param {TilesData} data
 * @param {number} batch
 * @param {number} rows
 */
function tile({ lit }, batch, rows) {
  const made = document.createElement('i');
  made.style.flexGrow = String(rows);
  made.dataset.batch = String(batch);
  made.title = `batch ${batch}: ${rows} ${rows === 1 ? 'row' : 'rows'}`;
  if (batch === lit) made.className = 'gd-lit';
  else if (batch < lit) made.className = 'gd-done';
  return made;
}

/**
 * Return the tile of the rows that an epoch ends without.
 * @param {number} dropped
 */
function rest(dropped) {
  const made = document.createElement('i');
  made.className = 'gd-dropped';
  made.style.flexGrow = String(dropped);
  made.title = `${dropped} rows dropped`;
  return made;
}
