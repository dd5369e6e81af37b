import { backlog, keep, release, save } from './backlog.js';
import { gatherKeys } from './field.js';
import { later } from './page.js';
import { gatherTrail } from './pointer.js';
import type { Batch, EventType, Metadata, WireEvent } from './types.js';
import { url, view } from './view.js';
import { level, Level, options, page, remember, session, user } from './visit.js';

// Events become batches, and batches are delivered one after the other. A batch
// is done when the server has taken or refused it; else it is tried again, and
// sending the same batch twice is harmless.

const enum Max {
  /** Events that wait. */
  queue = 200,
  batch = 50,
  /** Characters of an event, and of the events that wait: a body is under 60 kB even if each takes three bytes. */
  event = 4e3,
  text = 15e3,
  /** Characters that are sent without waiting for more. */
  full = 8e3,
  tries = 5,
  /** Seconds between tries; half as much again by chance makes five minutes. */
  delay = 200,
  /** How long an answer may take, in milliseconds. */
  patience = 3e4,
}

/** count is the number of the latest event. */
export let count = 0;

let queue: WireEvent[] = [];
let told = 0; // the view that the latest event in the queue belongs to
let lost = 0; // events dropped since the last batch
let minute = 0; // when counts began
let counts: Record<string, number>;
let due = 0; // timer of the next flush

let batch: Batch | undefined; // on its way, or waiting for its next try
let sending = false;
let fails = 0; // in a row
let again = 0; // timer of the next try

/** gather makes events of what is gathered over time, before a batch and before a view ends. */
export const gather = (): void => {
  gatherTrail();
  gatherKeys();
};

/** emit queues an event, unless there were max of the kind within the minute. */
export const emit = (k: string, more: Partial<WireEvent>, max?: number): void => {
  const t = Date.now();
  if (t - minute > 6e4) {
    minute = t;
    counts = {};
  }
  if (!level || (counts[k] = (counts[k] || 0) + 1) > max!) return;
  const n = ++count;
  const { length } = JSON.stringify(queue);
  const fits = JSON.stringify(more).length < Max.event; // throws on what cannot be sent
  if (!fits || ((queue.length >= Max.queue || length > Max.text) && !keep(pack()))) {
    lost++;
    return;
  }
  if (!queue[0] || told !== view) more = { u: url, i: (told = view), ...more };
  queue.push({ n, t, k, ...more });
  if (queue.length < Max.batch && length < Max.full) schedule();
  else flush();
};

/** at queues one of the eight event types, if it is wanted. */
export const at = (k: EventType, e: string, m: Metadata, max?: number, t = Date.now()): void => {
  if ((options.events || k).includes(k)) emit(k, { t, e, m }, max);
};

/** schedule sees to it that what is queued is sent soon. */
export const schedule = (): void => {
  due = due || later(flush, (+options.flush! || 5) * 1e3);
};

/** unschedule lets the queue wait for the next event before the time begins to run. */
export const unschedule = (): void => {
  clearTimeout(due);
  due = 0;
};

/** flush sends what is queued. When the page goes away, all that waits is handed to the browser, or to storage where that would be in vain. */
export const flush = (gone?: 1): void => {
  unschedule();
  gather();
  if (gone) {
    for (const last of [batch, pack(gone)])
      if (last && !((fails || !navigator.onLine) && keep(last)) && !navigator.sendBeacon(options.endpoint, body(last))) keep(last);
    batch = undefined;
  } else pump();
};

/** pack makes a batch of what is queued, if there is any. */
const pack = (gone?: 1): Batch | undefined => {
  if (!queue[0] || level < Level.on) return;
  const packed: Batch = {
    v: 1,
    s: session,
    p: page!,
    u: user,
    x: gone || +document.hidden,
    d: lost,
    w: [innerWidth, innerHeight, screen.width, screen.height],
    l: navigator.language,
    z: Intl.DateTimeFormat().resolvedOptions().timeZone,
    b: queue,
  };
  lost = 0;
  queue = [];
  remember();
  return packed;
};

/** body is stamped anew for each try. */
const body = (stamped: Batch): string => JSON.stringify({ ...stamped, t: Date.now(), k: options.token });

/** pump sends the next batch, unless one is on its way or the server has to be left in peace. */
const pump = async (): Promise<void> => {
  if (sending) return;
  // While the server seems to be down for longer, or nobody may come back, all goes into storage.
  if (fails >= (document.hidden ? 1 : Max.tries) && keep((batch = batch || pack()))) batch = undefined;
  if (again) return;
  const current = (batch = batch || backlog()[0] || pack());
  if (!current) return;
  let status = 500;
  let after = 0;
  sending = true;
  try {
    const answer = await fetch(options.endpoint, {
      method: 'POST',
      body: body(current),
      credentials: 'omit',
      // Browsers allow 64 kB of these at a time, the page's own among them.
      keepalive: !fails,
      signal: AbortSignal.timeout?.(Max.patience),
    });
    status = answer.status;
    after = (+answer.headers.get('Retry-After')! * 1e3) | 0; // also a number for setTimeout when it is none, or a month
  } catch {
    // No answer is a failure like others.
  }
  sending = false;
  if (status >= 500 || status === 429) {
    again = later(deliver, Math.max(after, Math.min(Max.delay, 2 ** ++fails) * (500 + 1000 * Math.random())));
  } else {
    fails = 0;
    batch = undefined;
    release(current);
  }
  pump();
};

/** deliver sends the backlog and what waits, now. */
export const deliver = (): void => {
  clearTimeout(again);
  again = 0;
  pump();
};

/** clear drops all that waits, here and in storage. */
export const clear = (): void => {
  gather();
  queue = [];
  batch = undefined;
  save([]);
};
