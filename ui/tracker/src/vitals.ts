// How the page felt: the web vitals, reported once, when the page is first hidden.

import type { Recorder } from './recorder.js';

type Measures = Record<string, number>;

type Watch = <E extends PerformanceEntry>(type: string, hear: (entry: E) => void) => void;

interface Timing extends PerformanceNavigationTiming {
  activationStart?: number;
}

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}

interface Interaction extends PerformanceEntry {
  interactionId: number;
}

/**
 * vitals records one event named "vitals" with what the browser can measure:
 * `ttfb`, `fcp`, `lcp` and `inp` in milliseconds, and `cls`, which has no unit.
 */
export const vitals = (tracker: Recorder): void => {
  const m: Measures = {};
  let last: Array<() => void> = [];
  const watch: Watch = (type, hear) => {
    try {
      const take = (entries: PerformanceEntryList): void => entries.forEach((entry) => hear(entry as Parameters<typeof hear>[0]));
      const observer = new PerformanceObserver((list) => take(list.getEntries()));
      observer.observe({ type, buffered: true, durationThreshold: 40 } as PerformanceObserverInit);
      last.push(() => take(observer.takeRecords()));
    } catch {
      // This browser does not measure it.
    }
  };
  let start = 0;
  const since = (time: number): number => Math.max(0, Math.round(time - start));
  watch<Timing>('navigation', (entry) => {
    start = entry.activationStart || 0; // later than zero when the page was prerendered
    m.ttfb = since(entry.responseStart);
  });
  watch('paint', (entry) => {
    if (entry.name === 'first-contentful-paint') m.fcp = since(entry.startTime);
  });
  watch('largest-contentful-paint', (entry) => {
    m.lcp = since(entry.startTime);
  });
  watchShifts(watch, m);
  watchInteractions(watch, m);
  const report = (event: Event): void => {
    if (event.type !== 'pagehide' && !document.hidden) return;
    for (const take of last) take();
    if (last[0]) tracker.track('vitals', m);
    last = [];
  };
  // Captured on the window, so that this comes before the tracker's last words.
  addEventListener('visibilitychange', report, true);
  addEventListener('pagehide', report, true);
};

/** watchShifts finds the worst burst of shifts: at most a second apart, at most five seconds long. */
const watchShifts = (watch: Watch, m: Measures): void => {
  let sum = 0;
  let first = 0;
  let previous = 0;
  watch<Shift>('layout-shift', ({ startTime, value, hadRecentInput }) => {
    if (hadRecentInput) return;
    if (startTime - previous > 1000 || startTime - first > 5000) {
      sum = 0;
      first = startTime;
    }
    previous = startTime;
    sum += value;
    m.cls = Math.max(m.cls || 0, Math.round(sum * 1e4) / 1e4);
  });
};

/** watchInteractions finds the slowest interaction, leaving out one in fifty. */
const watchInteractions = (watch: Watch, m: Measures): void => {
  const slowest: Record<number, number> = {};
  watch<Interaction>('event', ({ interactionId, duration }) => {
    if (!interactionId) return;
    slowest[interactionId] = Math.max(slowest[interactionId] || 0, duration);
    const times = Object.values(slowest).sort((a, b) => b - a);
    const { interactionCount = 0 } = performance as { interactionCount?: number };
    m.inp = Math.round(times[Math.min(times.length - 1, Math.floor(interactionCount / 50))]!);
  });
};
