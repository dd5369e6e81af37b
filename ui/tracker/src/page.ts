import { ignored } from './privacy.js';
import { level, touch } from './visit.js';

// All that the tracker does on the page is done through these, so that nothing
// is ever thrown into it.

/**
 * guard makes a function that never throws. It is a declaration because modules
 * that import each other call it while they are loaded.
 */
export function guard<A extends unknown[]>(fn: (...args: A) => void) {
  return (...args: A): void => {
    try {
      fn(...args);
    } catch {
      // The page goes on as if we were not there.
    }
  };
}

/** later is setTimeout. */
export const later = (fn: () => void, delay: number): number => setTimeout(guard(fn), delay);

/** on hears an event while anything is recorded. */
export const on = <E extends Event>(target: EventTarget, type: string, hear: (event: E) => void): void =>
  target.addEventListener(
    type,
    guard((event) => {
      if (level) hear(event as E);
    }),
    // Capturing on the document hears what a page stops later on. On the window
    // the optional modules capture, so that their last words come before ours.
    { capture: target === document, passive: true },
  );

/** act hears what a visitor does, outside the parts of the page that are ignored. */
export const act = <E extends Event, T = Element>(type: string, hear: (event: E, target: T) => void): void =>
  on<E>(document, type, (event) => {
    touch();
    if (!ignored(event)) hear(event, event.target as unknown as T);
  });
