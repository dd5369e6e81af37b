import { guard, on } from './page.js';
import { refused } from './privacy.js';
import { clear, deliver, flush } from './queue.js';
import { type Area, Key, read, write } from './storage.js';
import type { Options } from './types.js';
import { clean } from './url.js';
import { begin, end, url, view } from './view.js';
import { watch } from './watch.js';

// Who is here, and whether that may be recorded.

/** Idle is how long a visitor may do nothing before a new session begins, in milliseconds. */
export const enum Idle {
  max = 18e5,
}

/** Level is what the visitor's wishes and the state of the page allow. */
export const enum Level {
  /** Nothing is recorded. */
  off,
  /** Consent is waited for, or the page is only prerendered: nothing is stored or sent. */
  waiting,
  on,
}

export let level: Level = 0;

/** options are those of the tracker that runs; there is one at a time. */
export let options: Options;

/** area is where the session is remembered; empty for nowhere, and before consent. */
export let area: Area | '' = '';

/** session is its name; undefined without device storage and before consent. */
export let session: string | undefined;

/** page is this page load: with an event's number it names the event. */
export let page: string | undefined;

/** user is who is signed in. */
export let user: string | null | undefined;

/** active is when the visitor last did something. */
export let active = 0;

let given: boolean; // consent
let shown = false; // the page is, and not only prerendered

/** start begins to record this page. */
export const start = guard((to: Options): void => {
  options = to;
  identify(to.user);
  if (refused()) return;
  level = Level.waiting;
  given = to.consent !== 'required';
  if ((document as { prerendering?: boolean }).prerendering) on(document, 'prerenderingchange', appear);
  else appear();
});

/** appear begins when the page is shown. */
const appear = (): void => {
  if (!view) watch();
  shown = true;
  touch();
  if (given) open();
  deliver();
  begin(clean(), document.referrer && clean(document.referrer));
};

/** open goes on with the session of the tab or browser, or begins one; from now on events are sent. */
const open = (): void => {
  const { storage } = options;
  level = Level.on;
  area = storage === 'none' ? '' : storage === 'browser' ? 'localStorage' : 'sessionStorage';
  page = random();
  session = area && remembered();
  remember();
};

/** decide does what the visitor decides. */
export const decide = (consent: boolean): void => {
  const before = level;
  given = consent;
  if (!consent) return drop();
  if (!shown || before > 1) return;
  open();
  if (!before) begin(clean(), '');
  deliver();
};

/** drop forgets all that is not sent, and the session; nothing is recorded until there is consent. */
export const drop = (): void => {
  level = Level.off;
  clear();
  if (session) write(area as Area, Key.session, '');
  session = undefined;
};

/** close ends recording for good. */
export const close = (): void => {
  level = Level.off;
  shown = false;
};

/** random returns 128 random bits in hexadecimal. */
const random = (): string =>
  crypto.getRandomValues(new Uint8Array(16)).reduce((text, byte) => text + (byte + 256).toString(16).slice(1), '');

/** remembered returns the session that storage holds, or a new one when it is too old or there is none. */
const remembered = (): string => {
  const [id, last] = (read(area as Area, Key.session) || '').split('.');
  return id && Date.now() - +last! < Idle.max ? id : random();
};

/** remember stores the session; there is none from then on where that is denied. */
export const remember = (): void => {
  if (!session || !write(area as Area, Key.session, session + '.' + active)) session = undefined;
};

/**
 * touch says that the visitor does something. After too long a pause that is a
 * new session, with a view of its own; touch reports whether it is.
 */
export const touch = (): unknown => {
  const last = active;
  active = Date.now();
  if (!session || active - last < Idle.max) return;
  const id = remembered(); // another tab may have gone on with it
  return id !== session && renew(id, last);
};

/** renew changes to another session; what happened until then belongs to the one before. */
const renew = (id: string, last: number): true => {
  end(last);
  flush(1);
  session = id;
  begin(url, '');
  return true;
};

/** identify says who is signed in. Another user begins another session. */
export const identify = (to?: string | null): void => {
  if (session && user && user !== to) renew(random(), active);
  user = to;
};

/** sampled reports whether the session is in the sample. */
export const sampled = (): boolean => {
  const { sample = 1 } = options;
  return parseInt(session || page!, 16) < sample * 2 ** 128;
};
