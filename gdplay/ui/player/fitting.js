/**
 * How far away and how high a scene is looked at from, and how high its box is, so that it and what is
 * written along its axes fill a panel and none is cut off.
 */

import { roomOf } from './lettering.js';
import { groundShown, shareSeen } from './scene.js';

/** Plotly's cameras see 45 degrees from top to bottom: half of it, as a tangent. */
const HALF_VIEW = Math.tan(Math.PI / 8);
/** So many pixels are kept free around them. */
const RIM = 3;
/** Distances that are tried, nearest first, as shares of the one that is given; else the last. */
const DISTANCES = Array.from({ length: 66 }, (_, k) => 0.7 + 0.02 * k);
const FAR = 2;
/** How much lower than it comes a scene may stand on the screen, highest first. */
const FLATNESS = Array.from({ length: 17 }, (_, k) => 1 - 0.04 * k);
/** A scene's box gets lower by this power of what its heights do on the screen: from nearby, what is low
 * is seen less from above than from afar. */
const LOWER = 1.5;
/** A camera shows at least this share of what is seen of the paths where the scene comes from. */
const AS_BEFORE = 0.97;
/** So often is a scene moved up or down until as much of it stands above the middle as below. */
const TURNS = 4;
/** Of a box's height a surface fills about so much where it stands highest on the screen. */
const TOP = 0.8;
/** @type {Point[]} */
const BOX_CORNERS = [-1, 1].flatMap((x) =>
  [-1, 1].flatMap((y) => [-1, TOP].map((z) => /** @type {Point} */ ([x, y, z]))),
);

/**
 * Return a scene's camera and box, of those that show its paths that which shows most ground.
 *
 * A wide panel has a low box that is looked at from low: the ground keeps its shape. A box that was
 * chosen once stays when its panel grows or shrinks.
 * @param {SceneView} view as it comes
 * @param {Figure} figure
 * @param {FitPanel} panel
 * @param {number} [flatness] how low a box was chosen before
 * @returns {FittedView}
 */
export function fitted(view, figure, panel, flatness) {
  /** @param {number} share */
  const lowered = (share) => ({ ...nearestOf(flattened(view, share), panel), flatness: share });
  if (flatness !== undefined) return lowered(flatness);
  const enough = AS_BEFORE * shareSeen(figure, view.eye, view.aspect);
  const [usual, ...lower] = FLATNESS.map(lowered);
  const views = lower.filter(({ eye, aspect }) => shareSeen(figure, eye, aspect) >= enough);
  const grounds = [usual, ...views].map((each) =>
    groundShown(figure, (place) => pixelIn(each, place, panel.height)),
  );
  return [usual, ...views][grounds.indexOf(Math.max(...grounds))];
}

/**
 * Return a view of the same that stands lower on the screen by a share.
 *
 * A depth is seen by the sine of the angle at which one looks down, a height by its cosine.
 * @param {SceneView} view
 * @param {number} share
 * @returns {SceneView}
 */
export function flattened({ eye, center, aspect }, share) {
  const back = { x: eye.x - center.x, y: eye.y - center.y, z: eye.z - center.z };
  const far = Math.hypot(back.x, back.y, back.z);
  const flat = Math.hypot(back.x, back.y);
  const low = (share * back.z) / far;
  const across = Math.sqrt(1 - low * low);
  const lower = ((share * flat) / far / across) ** LOWER;
  const middle = { ...center, z: lower * center.z };
  return {
    eye: {
      x: middle.x + (back.x / flat) * far * across,
      y: middle.y + (back.y / flat) * far * across,
      z: middle.z + far * low,
    },
    center: middle,
    aspect: { ...aspect, z: lower * aspect.z },
  };
}

/**
 * Return a view from as near as a panel lets it.
 * @param {SceneView} view
 * @param {FitPanel} panel
 * @returns {SceneView}
 */
function nearestOf(view, panel) {
  /** @param {number} share */
  const at = (share) => middled(view, share, panel);
  let [low, high] = [0, DISTANCES.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isWhole(at(DISTANCES[middle]), panel)) high = middle;
    else low = middle + 1;
  }
  return at(DISTANCES[low] ?? FAR);
}

/**
 * Return on which side of a scene's box the viewer stands.
 * @param {Eye} eye
 * @returns {[number, number]}
 */
function nearOf({ x, y }) {
  return [Math.sign(x) || 1, Math.sign(y) || 1];
}

/**
 * Return a view from a share of its distance, raised or lowered to have the scene in the middle.
 * @param {SceneView} view
 * @param {number} share
 * @param {FitPanel} panel
 * @returns {SceneView}
 */
function middled({ eye, center, aspect }, share, panel) {
  let view = { eye: { x: share * eye.x, y: share * eye.y, z: share * eye.z }, center, aspect };
  for (let turn = 0; turn < TURNS; turn += 1) {
    const [, top, , bottom] = edgesAround(view, panel);
    // A pixel at the scene's middle, in its own units.
    const unit = (2 * HALF_VIEW * Math.hypot(view.eye.x, view.eye.y, view.eye.z)) / panel.height;
    const up = (-unit * (top + bottom)) / 2;
    view = { eye: raised(view.eye, up), center: raised(view.center, up), aspect };
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
 * @param {FitPanel} panel
 */
function isWhole(view, panel) {
  const [left, top, right, bottom] = edgesAround(view, panel);
  const [across, down] = [panel.width / 2 - RIM, panel.height / 2 - RIM];
  return left > -across && right < across && top > -down && bottom < down;
}

/**
 * Return how far a scene and its titles reach from a panel's middle: left, top, right, bottom.
 * @param {SceneView} view
 * @param {FitPanel} panel
 */
function edgesAround(view, { height, writing }) {
  /** @param {Point} corner */
  const place = (corner) => pixelIn(view, corner, height);
  const near = nearOf(view.eye);
  const boxes = roomOf({ place, near, ...writing }).flatMap(({ x, y, width: wide, height: high }) => [
    [x - wide / 2, y - high / 2],
    [x + wide / 2, y + high / 2],
  ]);
  const points = [...BOX_CORNERS.map(place), ...boxes];
  const [across, down] = [0, 1].map((axis) => points.map((point) => point[axis]));
  return [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)];
}

/**
 * Return where a place in a scene's box, -1 to 1 along each axis, stands on the screen.
 * @param {SceneView} view
 * @param {Point} place
 * @param {number} height
 */
function pixelIn(view, [x, y, z], height) {
  const { aspect } = view;
  return pixelOf(view, [(x * aspect.x) / 2, (y * aspect.y) / 2, (z * aspect.z) / 2], height);
}

/**
 * Return where a point of a scene stands on the screen, in pixels right and down of its middle.
 * @param {SceneView} view
 * @param {number[]} point
 * @param {number} height
 * @returns {Pixel}
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
