/** The shapes that our scripts hand about: read by `tsc`, never by a browser. */

// ---------------------------------------------------------------- numbers

/** A list of numbers or a typed array, as far as both are alike. */
interface Numbers extends ArrayLike<number>, Iterable<number> {
  slice(from?: number, to?: number): Numbers;
  filter(holds: (value: number, index: number) => boolean): Numbers;
  findIndex(holds: (value: number) => boolean): number;
}

/** Numbers as Plotly's figures hold them: bytes in base64, and NumPy's name of their kind. */
interface Packed {
  dtype: string;
  bdata: string;
  /** "rows, columns", where there are two dimensions. */
  shape?: string;
}

/** Numbers as they come from Python. */
type Sent = Packed | Numbers | null | undefined;

type Point = [x: number, y: number, z: number];
type Pixel = [right: number, down: number];
type Interval = [from: number, to: number];
/** Indices [from, to). */
type Span = [from: number, to: number];

// ---------------------------------------------------------------- Streamlit

/** What Streamlit hands a component's script, on every rerun. */
interface Component<Data> {
  parentElement: HTMLElement;
  data: Data;
  setStateValue(name: string, value: unknown): void;
  setTriggerValue(name: string, value: unknown): void;
}

/** What Streamlit calls when a component goes away. */
type CleanUp = () => void;

// ---------------------------------------------------------------- from Python to the player

type PanelName = 'surface' | 'curves' | 'fit';

/** What comes with every change: `player()` in player/__init__.py writes it. */
interface PlayerData {
  /** Tells the player's script apart from others, and the script where this visit has none yet. */
  version: string;
  script: string | null;
  /** The file name of Streamlit's own bundle of plotly.js. */
  chunk: string | null;
  clickable: boolean;
  play: Play | null;
  /** The name by which the wire knows this player; null where no close-up can be had. */
  wire: string | null;
  /** Whether a held clock offers to look inside an update. */
  inside: boolean;
  panels: Partial<Record<PanelName, Picture>>;
}

/** One panel's figure; `hash` changes exactly when the picture does. */
interface Picture {
  spec: Figure;
  hash: string;
  label: string;
}

/** What the player plays: `playing()` in player/packing.py writes it. */
interface Play {
  hash: string;
  unit: Unit;
  kind: FitKind | '';
  /** The rows of predictions, one after the other. */
  rows: Sent;
  /** The place of the run whose decisions tint the regions. */
  focus: number | null;
  /** A close-up holds so many updates before and behind its middle. */
  around: number;
  tracks: SentTrack[];
  /** The run and the update to stand at. */
  position: [place: number, update: number] | null;
}

type Unit = 'epochs' | 'updates' | 'examples' | 'seconds';
type FitKind = 'line' | 'regions' | 'predicted' | 'confusion';

/** What stays of a track, however it travels. */
interface Run {
  place: number;
  label: string;
  color: string;
  /** Its marker's lines, by their corners in radii right of and below its middle; a disc has none. */
  marker: Marker;
  /** Its dashes: pixels of line and gap in turn. */
  dash: number[];
  /** Updates in an epoch, and what an epoch, and an update inside one, put on the clock. */
  perEpoch: number;
  epoch: number;
  update: number;
  /** Of each fit: how many lists of how many numbers; null where it has none. */
  shape: [lists: number, size: number] | null;
}

type Marker = Pixel[][];

interface SentTrack extends Run {
  updates: Sent;
  fitted: Sent;
  fits: Sent;
}

/** States of a run: the `updates` after which they are known, and `fits` after those `fitted`. */
interface States {
  updates: Numbers;
  fitted: Numbers;
  fits: Numbers;
}

/** One run's states in time. */
interface Track extends Run, States {
  /** The last update. */
  last: number;
  /** The states that came first, before any close-up. */
  thin: States;
  closeUp: CloseUp | null;
}

// ---------------------------------------------------------------- close-ups

/** Every state of a run for a while, as it comes; `close_up()` in player/packing.py writes it. */
interface SentCloseUp {
  place: number;
  window: number;
  updates: Sent;
  x: Sent;
  y: Sent;
  loss: Sent;
  value: Sent;
  fits: Sent;
}

/** The same with numbers; `value` and `fits` are empty where there are none. */
interface CloseUp {
  window: number;
  updates: Numbers;
  x: Numbers;
  y: Numbers;
  loss: Numbers;
  value: Numbers;
  fits: Numbers;
}

/** What a player asks: close-ups of [place, window] of what it plays. */
interface Question {
  hash: string;
  windows: [place: number, window: number][];
}

interface Answer {
  hash: string;
  closeUps: SentCloseUp[];
}

/** What wire.py hands its script: whose wire it is, and the newest answer. */
interface WireData {
  player: string;
  answer: Answer | null;
}

interface DocumentEventMap {
  'gdplay:question': CustomEvent<{ player: string; question: Question }>;
  'gdplay:answer': CustomEvent<WireData>;
}

/** What a player knows of its close-ups: how many it took in, and its last question. */
interface CloseUps {
  taken: number;
  question: string;
  at: number;
  tries: number;
  open: boolean;
}

// ---------------------------------------------------------------- the player

/** What lasts while a player stands; `newState` in player/state.js makes it. */
interface State {
  root: HTMLElement;
  component: Component<PlayerData>;
  data: PlayerData;
  panels: Record<PanelName, Panel>;
  transport: Transport;
  style: HTMLStyleElement;
  clock: Clock;
  closeUps: CloseUps;
  theme: Theme;
  /** How often Streamlit has called, how often charts were drawn, how often a plane was clicked. */
  calls: number;
  draws: number;
  clicks: number;
  /** Whether charts are being drawn, and whether frames follow the clock. */
  drawing: boolean;
  following: boolean;
  /** Whether a scene's camera could not be read, so that Plotly moves the paths. */
  reduced: boolean;
  /** Show the clock's time, frame after frame, until it rests. */
  keepUp: () => void;
  /** Ends every listener and observer at once. */
  ended: AbortController;
}

/** One chart and what lies over and under it. */
interface Panel {
  name: PanelName;
  element: HTMLElement;
  plot: Plot;
  /** What tells apart the figure and the theme on the screen, '' before the first. */
  picture: string;
  /** Whether it shows a three-dimensional scene, and at which size. */
  solid: boolean;
  size: string;
  /** Whether what moves has stepped back. */
  faded: boolean;
  over: HTMLCanvasElement | null;
  under: HTMLCanvasElement | null;
  lines: Kept<Line> | null;
  projections: Kept<Projection> | null;
  /** Whether Plotly moves its paths, and whether the clock has moved on since. */
  moving: boolean;
  behind: boolean;
}

type Layer = 'over' | 'under';

/** Something of each run, by label, for as long as `key` stays the same. */
interface Kept<Value> {
  key: string;
  byLabel: Map<string, Value>;
}

/** The transport's parts, and which runs it lists. */
interface Transport {
  bar: HTMLElement;
  now: HTMLElement;
  slider: HTMLInputElement;
  output: HTMLOutputElement;
  toggle: HTMLButtonElement;
  inside: HTMLButtonElement;
  runs: string;
}

/** Time, as something one holds: `newClock` in player/clock.js makes it. */
interface Clock {
  /** What is played, and where the page last asked to stand. */
  hash: string;
  position: string;
  tracks: Track[];
  rows: Numbers;
  unit: Unit;
  around: number;
  end: number;
  /** Null at rest: all runs stand drawn to their ends, as on arrival. */
  time: number | null;
  playing: boolean;
  dragged: boolean;
  speed: number;
  /** Seconds since the last jump of reduced motion. */
  waited: number;
  focus: Track | null;
}

/** The app's colours and font; `id` changes when any of them does. */
interface Theme {
  page: string;
  text: string;
  quiet: string;
  line: string;
  faint: string;
  card: string;
  accent: string;
  font: string;
  id: string;
}

// ---------------------------------------------------------------- pictures

/** A run's line in a figure, and the updates whose states it holds. */
interface Line {
  x: Numbers;
  y: Numbers;
  z: Numbers;
  updates: Numbers;
  /** How far a scene's path stands over the ground. */
  lift: number;
}

interface Axis {
  type?: string;
  range: Interval;
}

/** Flat axes: where they stand in their panel, and how values become pixels. */
interface Axes {
  left: number;
  top: number;
  width: number;
  height: number;
  x: Axis;
  y: Axis;
}

/** A scene's camera: `matrix` from data to the screen (column by column), `eye` in data. */
interface Camera {
  matrix: number[];
  eye: number[];
  box: DOMRect;
}

/** The box that a scene shows, and the heights of its ground on a grid, row after row. */
interface Ground {
  box: Interval[];
  x: Numbers;
  y: Numbers;
  z: Numbers;
}

/** A path on the screen: see `projected` in player/scene.js. */
interface Projection {
  ends: Float32Array;
  seen: Uint8Array;
  stands: Uint8Array;
}

// ---------------------------------------------------------------- Plotly

interface Trace {
  type: string;
  name?: string;
  mode?: string;
  opacity?: number;
  line?: { width?: number };
  x?: Sent;
  y?: Sent;
  z?: Sent;
  customdata?: Sent;
  meta?: unknown;
  colorscale?: [share: number, color: string][];
}

interface Layout {
  autosize?: boolean;
  dragmode?: string | false;
  template?: { layout?: object };
  uirevision: string;
  xaxis: PlotAxis;
  yaxis: PlotAxis;
  scene?: { camera?: object; xaxis: PlotAxis; yaxis: PlotAxis; zaxis: PlotAxis };
}

interface PlotAxis {
  type?: string;
  range?: Interval;
}

interface Figure {
  data: Trace[];
  layout: Layout;
}

/** The element that Plotly draws into. */
interface Plot extends HTMLElement {
  layout?: Layout;
  /** Private fields of plotly.js: see `readCamera` in player/scene.js. */
  _fullLayout?: { scene?: { _scene?: PrivateScene } };
}

interface PrivateScene {
  dataScale?: number[];
  glplot?: {
    canvas: HTMLCanvasElement;
    cameraParams?: { model?: Numbers; view?: Numbers; projection?: Numbers };
  };
}

/** What we call of plotly.js. */
interface Plotly {
  Icons: { home: object };
  Fx: { unhover(plot: Plot): void };
  Plots: { resize(plot: Plot): Promise<void> | undefined };
  react(plot: Plot, traces: Trace[], layout: Layout, config: object): Promise<void>;
  restyle(plot: Plot, changes: object, indices: number[]): Promise<void>;
  relayout(plot: Plot, changes: object): Promise<void>;
  purge(plot: Plot): void;
}

interface Window {
  Plotly?: Plotly;
  /** The player's module by version, as boot.js leaves it. */
  gdplayVersions?: Record<string, Promise<PlayerModule>>;
}

interface PlayerModule {
  default: (component: Component<PlayerData>) => CleanUp;
}

/** The text of play.css, put before the player's script by player/__init__.py. */
declare const STYLE: string;

// ---------------------------------------------------------------- steps and tiles

/** What steps/__init__.py hands its script. */
interface StepsData {
  run: number;
  at: number;
  last: number;
  ways: Record<string, { by: number; key: string }>;
}

/** Presses that may not have reached the page: where they lead, and whether an answer is due. */
interface Walk {
  component: Component<StepsData>;
  target: number | null;
  open: boolean;
  sentAt: number;
  calls: number;
  ended: AbortController;
}

/** What `state.py` tells of the address that a page is to have. */
interface AddressData {
  /** The page's own part of the path, empty for the first page; and those of all others. */
  page: string;
  others: string[];
  /** The queries in whose place the new one may be put. */
  instead: string[];
  query: string;
}

/** What tiles/__init__.py hands its script. */
interface TilesData {
  first: number;
  sizes: number[];
  lit: number;
  more: [before: boolean, behind: boolean];
  dropped: number;
  color: string;
}
