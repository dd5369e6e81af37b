import { Key, read, write } from './storage.js';
import type { Batch } from './types.js';
import { area } from './visit.js';

// Batches that could not be delivered wait in localStorage for better times or
// the next visit. A batch stays there until the server has answered for it.

const enum Max {
  /** Characters in storage. */
  length = 1e5,
}

/** backlog returns the batches that wait, oldest first. */
export const backlog = (): Batch[] => {
  try {
    return JSON.parse((area && read('localStorage', Key.backlog)) || '[]').filter((batch: Batch) => batch.b[0]!.n);
  } catch {
    return []; // somebody else's
  }
};

/** save replaces the backlog; what is too much falls away, oldest first. */
export const save = (batches: Batch[]): unknown => {
  while (JSON.stringify(batches).length > Max.length) batches.shift();
  return area && write('localStorage', Key.backlog, batches[0] ? JSON.stringify(batches) : '');
};

/** without is the backlog without a batch. */
const without = (batch: Batch): Batch[] => backlog().filter((other) => other.p !== batch.p || other.b[0]!.n !== batch.b[0]!.n);

/** keep stores a batch for later, if there is one, and reports whether it could. */
export const keep = (batch?: Batch): unknown => batch && save([...without(batch), batch]);

/** release removes a batch that is done. */
export const release = (batch: Batch): unknown => save(without(batch));
