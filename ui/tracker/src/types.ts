// The public types of the tracker, and the shape of what it sends. The wire
// format is described field by field in docs/tracker.md.

/** The eight built-in event types. */
export type EventType =
  | 'click'
  | 'scroll'
  | 'mouse_move'
  | 'form_submit'
  | 'input_change'
  | 'page_resize'
  | 'keypress'
  | 'hover';

/** What an event carries besides its time and element: plain JSON, at most 2,000 characters. */
export type Metadata = Record<string, unknown>;

/** How a tracker behaves. The script tag takes the same names as data-* attributes. */
export interface Options {
  /** Where batches are sent: the address of `collect/`. */
  endpoint: string;
  /** The event types to record. Default: all eight. Page views are always recorded. */
  events?: EventType[];
  /** The share of sessions whose `mouse_move` and `hover` are recorded, 0 to 1. Default 1. */
  sample?: number;
  /** Seconds between batches, at least 1. Default 5. */
  flush?: number;
  /** Seconds between signs of life, at least 1; 0 for none. Default 15. */
  heartbeat?: number;
  /** Where the session is remembered: per tab (default), per browser, or not on the device at all. */
  storage?: 'tab' | 'browser' | 'none';
  /** `required`: nothing is stored or sent before `consent(true)`. */
  consent?: 'required';
  /** `off`: record although the browser asks not to be tracked. Default `on`. */
  gpc?: 'on' | 'off';
  /** Which query parameters of addresses are sent. Default `utm`: `utm_*`, `ref` and `source`. */
  query?: 'utm' | 'all' | 'none';
  /** Send the fragment of addresses, and count a change of it as a page view. */
  hash?: boolean;
  /** Who is signed in: the user's id in your application. */
  user?: string;
  /** The token that the server asks for, if it does. It is read for each request: make it a getter where it changes. */
  token?: string;
}

/** A running tracker. No method ever throws. */
export interface Tracker {
  /** Records an event of your own. The server must list its name. */
  track(name: string, metadata?: Metadata): void;
  /** Records a page view, of this page or of another address. */
  page(url?: string): void;
  /** Says who is signed in; null for nobody any more. Another user begins another session. */
  identify(user: string | null): void;
  /** Begins or ends recording by the visitor's decision. */
  consent(given: boolean): void;
  /** Ends recording in this browser for good; `optOut(false)` allows it again from the next page on. */
  optOut(out?: boolean): void;
  /** Sends what waits, now. */
  flush(): void;
  /** Sends what waits and takes the tracker off the page. */
  stop(): void;
}

/** One request body. */
export interface Batch {
  /** Version of this format. */
  v: 1;
  /** The session, 32 hexadecimal digits; absent without device storage. */
  s?: string;
  /** This page load, 16 hexadecimal digits. `p` and an event's `n` name the event. */
  p: string;
  /** The client's clock when the batch was sent, in milliseconds since 1970. */
  t?: number;
  /** Who is signed in. */
  u?: string | null;
  /** 1 when the page was hidden or left. */
  x: number;
  /** The site's token. */
  k?: string;
  /** Events that were dropped since the last batch because too many waited. */
  d: number;
  /** Width and height of the viewport and of the screen. */
  w: [number, number, number, number];
  /** Language of the browser. */
  l: string;
  /** Time zone. */
  z: string;
  /** The events, oldest first as a rule. */
  b: WireEvent[];
}

/** One event of a batch. */
export interface WireEvent {
  /** Number of the event, from 1, unique within the page load. */
  n: number;
  /** The client's clock when it happened. */
  t: number;
  /** The kind: an event type, `view`, `end`, `ping`, or a name given to `track`. */
  k: string;
  /** The element; `window` for the page as a whole. */
  e?: string;
  /** The page; absent when it is that of the event before. */
  u?: string;
  /** The page before this one, of a view. */
  r?: string;
  /** Number of the view that the event belongs to; absent when it is that of the event before. */
  i?: number;
  m?: Metadata;
}
