// Errors of the page's scripts, without what visitors typed.

import type { Recorder } from './recorder.js';

const enum Max {
  /** Errors recorded of one page load. */
  errors = 10,
  /** Characters. */
  message = 200,
}

/**
 * errors records an event named "error" for each error that nothing caught,
 * the same one once: its `type`, and `file`, `line` and `column` where they are
 * known. Its `message` only when that is asked for, without quoted text and
 * numbers: a message may repeat what a visitor typed.
 */
export const errors = (tracker: Recorder, options: { message?: boolean } = {}): void => {
  const seen = new Set<string>();
  const record = (error: unknown, place: object): void => {
    try {
      const { name, message } = Object(error) as Partial<Error>;
      const text = options.message ? redact(String(message || error)) : undefined;
      const m = { type: String(name || 'Error'), message: text, ...place };
      const key = JSON.stringify(m);
      if (seen.size >= Max.errors || seen.has(key)) return;
      seen.add(key);
      tracker.track('error', m);
    } catch {
      // An error that cannot be read.
    }
  };
  addEventListener('error', (event) => {
    const { error, message, filename, lineno: line, colno: column } = event;
    record(error || message, { file: filename.split(/[?#]/)[0], line, column });
  });
  addEventListener('unhandledrejection', (event) => record(event.reason, {}));
};

const redact = (message: string): string =>
  message
    .replace(/(["'`\u2018\u201c\xab]).*["'`\u2019\u201d\xbb]/gs, '$1...')
    .replace(/[\w.+-]+@[\w.-]+|\d+/g, '...')
    .slice(0, Max.message);
