import { guard } from './page.js';
import { emit, flush } from './queue.js';
import { Key, write } from './storage.js';
import type { Metadata, Tracker } from './types.js';
import { clean } from './url.js';
import { go, hide } from './view.js';
import { close, decide, drop, identify, touch } from './visit.js';

/** tracker is what the page may call. */
export const tracker: Tracker & { q?: unknown } = {
  track: guard((name: string, metadata?: Metadata) => {
    touch();
    emit(name, { m: metadata });
  }),
  page: guard((address?: string) => go(clean(address))),
  identify: guard(identify),
  consent: guard(decide),
  optOut: guard((out = true) => {
    write('localStorage', Key.off, out ? '1' : '');
    if (out) {
      drop();
      close();
    }
  }),
  flush: guard(flush),
  stop: guard(() => {
    hide(1);
    close();
  }),
};
