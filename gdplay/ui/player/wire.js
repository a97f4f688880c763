/** A wire between a player and the server: what to look at closer, and what is there. */
export default function wire({ data, setTriggerValue }) {
  const mine = ((window.gdplayWires ??= {})[data.player] ??= {});
  mine.ask = (question) => setTriggerValue('ask', question);
  mine.take?.(data.told);
}
