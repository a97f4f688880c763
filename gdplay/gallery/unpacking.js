/** What a page was sent: unpacked, in a theme, and as the player is told of it. */

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
 * @returns {PlayerData}
 */
export function playerData(told, { ground, asks, sent }) {
  const hidden = asks ? told.covered : undefined;
  const whole = told.grounds[ground];
  const surface = hidden ? onlyTraces(whole, hidden.kept[ground]) : whole;
  // A lesson's runs stand at their start once they are uncovered.
  const position = told.covered ? /** @type {[number, number]} */ ([0, 0]) : null;
  return {
    version: '', script: null, chunk: null, clickable: false, wire: null, inside: false,
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
