// The script tag: reads its own data-* attributes and sets one global.

import { tracker } from './api.js';
import { guard } from './page.js';
import type { Options, Tracker } from './types.js';
import { start } from './visit.js';

type Call = [keyof Tracker, ...unknown[]];
type Global = Partial<Tracker> & { q?: { push(call: Call): void } | Call[] };

guard(() => {
  const script = document.currentScript as HTMLScriptElement;
  const { dataset } = script;
  const { global = 'behavior', endpoint = new URL('collect/', script.src) } = dataset;
  const page = window as unknown as Record<string, Global | undefined>;
  const present = page[global];
  const calls = present?.q as Call[] | undefined;
  if (calls && !calls.forEach) return; // loaded twice
  start({ __proto__: dataset, endpoint } as unknown as Options);
  const call = guard(([method, ...args]: Call) => (tracker[method] as (...args: unknown[]) => void)(...args));
  if (!present || calls) page[global] = tracker as Global;
  tracker.q = { push: call };
  calls?.forEach(call);
})();
