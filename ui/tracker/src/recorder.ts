import type { Metadata } from './types.js';

/** Recorder is what the optional modules need of a tracker. */
export interface Recorder {
  track(name: string, metadata?: Metadata): void;
}

interface Global {
  q?: { push(call: unknown[]): void };
}

/** recorder reaches the tracker by its global, whether it is there already or not. */
export const recorder = (): Recorder => {
  const { global = 'behavior' } = document.currentScript!.dataset;
  const page = window as unknown as Record<string, Global | undefined>;
  return {
    track(...args) {
      const tracker = (page[global] = page[global] || { q: [] as unknown[] as Global['q'] });
      tracker.q?.push(['track', ...args]);
    },
  };
};
