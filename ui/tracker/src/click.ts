import { act, later, on } from './page.js';
import { interactive } from './pointer.js';
import { at, unschedule } from './queue.js';
import { selector } from './selector.js';
import type { Metadata } from './types.js';
import { sign, signs } from './view.js';

const enum Rage {
  time = 1000,
  way = 30,
  clicks = 3,
}

const enum Verdict {
  time = 1000,
}

/** promising are the elements that ought to do something on this page when they are clicked. */
const promising = 'button,[role=button],[type=button],[type=submit],a:not([href]),a[href="#"]';

/** watchClicks records clicks, and marks those made in anger and those in vain. */
export const watchClicks = (): void => {
  let last = 0;
  let x = 0;
  let y = 0;
  let burst = 0;
  act<MouseEvent>('click', (event, target) => {
    const now = Date.now();
    const way = Math.hypot(event.pageX - x, event.pageY - y);
    burst = way < Rage.way && now - last < Rage.time ? burst + 1 : 1;
    last = now;
    x = Math.round(event.pageX);
    y = Math.round(event.pageY);
    const { host } = target.closest('a') || location;
    const m: Metadata = { x, y, b: event.button, h: host === location.host ? undefined : host };
    if (burst >= Rage.clicks) m.rage = burst;
    if (target.closest(promising)) {
      const before = signs;
      const observer = new MutationObserver(sign);
      observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      unschedule(); // what is sent now lacks the verdict
      later(() => {
        observer.disconnect();
        if (signs === before) m.dead = 1;
      }, Verdict.time);
    }
    at('click', selector(target.closest(interactive) || target), m);
  });
  on(document, 'focusin', sign);
  on(window, 'blur', sign);
};
