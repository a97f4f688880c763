/**
 * Let what follows be seen from its top by whoever scrolled down to bring rows.
 * @returns {CleanUp}
 */
export default function toTop() {
  return () => document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
}
