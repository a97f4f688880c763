/**
 * How far away and how high a scene is looked at from, so that it and the titles of its axes fill a
 * panel and none is cut off. Plotly fits neither, and writes titles so many pixels from their edge.
 */

/** Plotly's cameras see 45 degrees from top to bottom: half of it, as a tangent. */
const HALF_VIEW = Math.tan(Math.PI / 8);
/** So many pixels from its edge stands the title of an axis, and so far it reaches both ways. */
const [TITLE_AWAY, TITLE_HALF] = [61, 36];
/** So many pixels are kept free of them. */
const RIM = 2;
/** Distances that are tried, nearest first, as shares of the one that is given; else the last. */
const DISTANCES = Array.from({ length: 66 }, (_, k) => 0.7 + 0.02 * k);
const FAR = 2;
/** So often is a scene moved up or down until as much of it stands above the middle as below. */
const TURNS = 4;
/** Of a box's height a surface fills about so much where it stands highest on the screen. */
const TOP = 0.8;
const BOX_CORNERS = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, TOP].map((z) => [x, y, z])));

/**
 * Return a camera that looks the same way, from as near as a panel lets it.
 * @param {SceneView} camera
 * @param {Eye} aspect width, depth and height of the scene's box
 * @param {number} width of the panel, in pixels
 * @param {number} height
 * @returns {SceneView}
 */
export function fitted(camera, aspect, width, height) {
  const views = DISTANCES.map((share) => middled(camera, share, aspect, height));
  const whole = views.find((view) => isWhole(view, aspect, width, height));
  return whole ?? middled(camera, FAR, aspect, height);
}

/**
 * Return a camera at a share of its distance, raised or lowered to have the scene in the middle.
 * @param {SceneView} camera
 * @param {number} share
 * @param {Eye} aspect
 * @param {number} height
 */
function middled({ eye, center }, share, aspect, height) {
  let view = { eye: { x: share * eye.x, y: share * eye.y, z: share * eye.z }, center };
  for (let turn = 0; turn < TURNS; turn += 1) {
    const [, top, , bottom] = edgesOf(view, aspect, height);
    // A pixel at the scene's middle, in its own units.
    const unit = (2 * HALF_VIEW * Math.hypot(view.eye.x, view.eye.y, view.eye.z)) / height;
    const up = (-unit * (top + bottom)) / 2;
    view = { eye: raised(view.eye, up), center: raised(view.center, up) };
  }
  return view;
}

/** @param {Eye} place @param {number} up */
function raised({ x, y, z }, up) {
  return { x, y, z: z + up };
}

/**
 * Whether a scene and its titles stand within a panel.
 * @param {SceneView} view
 * @param {Eye} aspect
 * @param {number} width
 * @param {number} height
 */
function isWhole(view, aspect, width, height) {
  const [left, top, right, bottom] = edgesOf(view, aspect, height);
  const [across, down] = [width / 2 - RIM, height / 2 - RIM];
  return left > -across && right < across && top > -down && bottom < down;
}

/**
 * Return how far a scene and its titles reach from a panel's middle: left, top, right, bottom.
 * @param {SceneView} view
 * @param {Eye} aspect
 * @param {number} height
 */
function edgesOf(view, aspect, height) {
  /** @param {number[]} corner */
  const place = ([x, y, z]) =>
    pixelOf(view, [(x * aspect.x) / 2, (y * aspect.y) / 2, (z * aspect.z) / 2], height);
  const corners = BOX_CORNERS.map(place);
  const points = [...corners, ...titles(view, place)];
  const [across, down] = [0, 1].map((axis) => points.map((point) => point[axis]));
  return [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)];
}

/**
 * Return where the titles of the ground's axes begin and end: along its two edges near the viewer.
 * @param {SceneView} view
 * @param {(corner: number[]) => number[]} place
 */
function titles({ eye }, place) {
  const [x, y] = [Math.sign(eye.x), Math.sign(eye.y)];
  const middle = place([0, 0, -1]);
  return [
    [[-1, y, -1], [1, y, -1]],
    [[x, -1, -1], [x, 1, -1]],
  ].flatMap((ends) => titleOf(ends.map(place), middle));
}

/**
 * Return both ends of the title of an edge, on the side where the ground's middle is not.
 * @param {number[][]} edge
 * @param {number[]} middle
 */
function titleOf([from, to], middle) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const along = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const at = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  const side = Math.sign((at[1] - middle[1]) * along[0] - (at[0] - middle[0]) * along[1]);
  const away = [at[0] - along[1] * side * TITLE_AWAY, at[1] + along[0] * side * TITLE_AWAY];
  return [-TITLE_HALF, TITLE_HALF].map((half) => [
    away[0] + half * along[0],
    away[1] + half * along[1],
  ]);
}

/**
 * Return where a point of a scene stands on the screen, in pixels right and down of its middle.
 * @param {SceneView} view
 * @param {number[]} point
 * @param {number} height
 */
function pixelOf({ eye, center }, point, height) {
  const ahead = scaled([center.x - eye.x, center.y - eye.y, center.z - eye.z]);
  const right = scaled([ahead[1], -ahead[0], 0]);
  const up = [
    right[1] * ahead[2],
    -right[0] * ahead[2],
    right[0] * ahead[1] - right[1] * ahead[0],
  ];
  const away = [point[0] - eye.x, point[1] - eye.y, point[2] - eye.z];
  const pixels = height / 2 / HALF_VIEW / inner(away, ahead);
  return [pixels * inner(away, right), -pixels * inner(away, up)];
}

/** @param {number[]} a @param {number[]} b */
function inner(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** @param {number[]} way */
function scaled(way) {
  const length = Math.hypot(...way);
  return way.map((part) => part / length);
}
