/** What is to be read next stands at the top of the page: it is brought there on each new step. */

/** The step that was shown last, in this visit. */
let last = '';

/** @param {Component<TopData>} component */
export default function toTheTop({ data }) {
  const isNews = last !== '' && last !== data.step;
  last = data.step;
  if (isNews) document.querySelector('[data-testid=stMain]')?.scrollTo(0, 0);
}
