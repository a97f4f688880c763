/**
 * What travels with every change: it hands over to the player, whose script travels once a visit.
 */

/** The player's module by version: it outlives this one, which Streamlit loads for each player. */
const versions = (window.gdplayVersions ??= {});

/**
 * Which module plays in an element, and what ends it.
 * @type {WeakMap<HTMLElement, { player: PlayerModule['default'], end: CleanUp }>}
 */
const playing = new WeakMap();

/**
 * Call the player; where its script never came (its message was overtaken), ask for it.
 * @param {Component<PlayerData>} component
 */
export default async function boot(component) {
  const { parentElement, data, setStateValue, setTriggerValue } = component;
  const { version, script } = data;
  if (script) versions[version] ??= load(script);
  if (!(version in versions)) {
    setTriggerValue('lost', true);
    return undefined;
  }
  try {
    const { default: player } = await versions[version];
    const before = playing.get(parentElement);
    if (before && before.player !== player) before.end();
    const end = player(component);
    playing.set(parentElement, { player, end });
    return end;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    setStateValue('failed', reason.slice(0, 200) || 'unknown');
    return undefined;
  }
}

/**
 * Return the module that a script is.
 * @param {string} script
 * @returns {Promise<PlayerModule>}
 */
function load(script) {
  return import(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
}
