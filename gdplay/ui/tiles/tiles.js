/** The strip of tiles: drawn anew from the data at each call; a click tells its batch. */

export default function tiles({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector('.gd-tiles');
  const parts = data.sizes.map((rows, i) => {
    const batch = data.first + i;
    const tile = document.createElement('i');
    tile.style.flexGrow = rows;
    tile.dataset.batch = batch;
    tile.title = `batch ${batch}: ${rows} ${rows === 1 ? 'row' : 'rows'}`;
    if (batch === data.lit) tile.className = 'gd-lit';
    else if (batch < data.lit) tile.className = 'gd-done';
    return tile;
  });
  if (data.dropped) {
    const rest = document.createElement('i');
    rest.className = 'gd-dropped';
    rest.style.flexGrow = data.dropped;
    rest.title = `${data.dropped} rows dropped`;
    parts.push(rest);
  }
  root.style.setProperty('--run', data.color);
  root.dataset.dense = parts.length > 80;
  root.classList.toggle('gd-before', data.more[0]);
  root.classList.toggle('gd-behind', data.more[1]);
  root.replaceChildren(...parts);
  root.onclick = (event) => {
    const batch = Number(event.target.dataset.batch);
    if (batch && batch !== data.lit) setTriggerValue('pick', batch);
  };
}
