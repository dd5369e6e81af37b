// The npm package.

import { tracker } from './api.js';
import type { Options, Tracker } from './types.js';
import { start } from './visit.js';

export type { Batch, EventType, Metadata, Options, Tracker, WireEvent } from './types.js';

/** init begins to record this page. There is one tracker on a page; on a server it does nothing. */
export const init = (options: Options): Tracker => {
  if (typeof document !== 'undefined') start(options);
  return tracker;
};
