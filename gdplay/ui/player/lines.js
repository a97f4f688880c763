/** The lines of a panel's figure, read: the runs by the names of their traces. */

import { numbers, timeAt } from './clock.js';
import { spanOf, spliced } from './closeup.js';

/** Return the line of each run in a panel's figure, by label: x, y, z and the updates it holds. */
export function linesOf(state, name, panel) {
  const { spec, hash } = state.data.panels[name];
  const { tracks, closeUps } = state.clock;
  const key = `${hash} ${closeUps}`;
  if (panel.lines?.key !== key) {
    const byLabel = readLines(spec.data);
    for (const track of tracks) {
      if (track.near) refine(name, track, byLabel.get(track.label));
    }
    panel.lines = { key, byLabel };
  }
  return panel.lines.byLabel;
}

/** Give a run's line every state that a close-up holds. */
function refine(name, track, line) {
  if (name === 'surface' && line) refinePath(track.near, line);
  if (name === 'curves' && line && track.near.value.length > 0) refineCurve(track, line);
}

/** Do so with a path, as far as it is drawn. */
function refinePath(near, line) {
  const end = near.updates.findIndex((update) => update > line.updates.at(-1));
  const upTo = (values) => (end < 0 ? values : values.slice(0, end));
  const updates = upTo(near.updates);
  if (updates.length === 0) return;
  const span = spanOf(line.updates, updates);
  const height = Array.from(near.loss, (loss) => loss + line.lift);
  const close = { updates, x: upTo(near.x), y: upTo(near.y), z: upTo(height) };
  for (const [key, values] of Object.entries(close)) line[key] = spliced(line[key], span, values);
}

/** Do so with a curve. */
function refineCurve(track, line) {
  const { updates, value } = track.near;
  const times = Array.from(updates, (update) => timeAt(track, update));
  const span = spanOf(line.x, times);
  Object.assign(line, { x: spliced(line.x, span, times), y: spliced(line.y, span, value) });
}

/** Return traces that are drawn as lines or points, by name, with their numbers. */
export function readLines(traces) {
  const drawn = ({ type, name, line }) => /^scatter/.test(type) && name && line?.width !== 0;
  return new Map(traces.filter(drawn).map((trace) => [trace.name, readLine(trace)]));
}

/** Return one trace's numbers; a map tells updates and losses side by side, a scene its lift. */
function readLine({ x, y, z, customdata, meta }) {
  const told = numbers(customdata);
  const columns = Number(customdata?.shape?.split(',')[1] ?? 1);
  const updates = columns === 1 ? told : told.filter((_, i) => i % columns === 0);
  return { x: numbers(x), y: numbers(y), z: numbers(z), updates, lift: Number(meta ?? 0) };
}
