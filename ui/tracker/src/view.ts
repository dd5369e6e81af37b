import { act, guard, later, on } from './page.js';
import { at, count, deliver, emit, flush, gather } from './queue.js';
import { selector } from './selector.js';
import { clean } from './url.js';
import { active, Idle, options, touch } from './visit.js';

const enum Attention {
  /** How long after a visitor's last action the heart beats, in milliseconds. */
  max = 6e4,
}

/** url and view are the address and the number of the view. */
export let url: string;
export let view = 0;

/** signs rises with everything that happens on the page. */
export let signs = 0;

let place: string; // where the browser was when the view began; page() may give a view another address
let depth: number; // deepest point in percent; 0 before it was scrolled
let seen: number; // how long the view was visible before shown
let shown: number; // 0 while it is hidden

export const sign = (): void => {
  signs++;
};

/** begin starts a view of an address; referrer is empty for one that nothing led to. */
export const begin = (address: string, referrer: string): void => {
  url = address;
  place = clean();
  view = count + 1;
  depth = seen = 0;
  shown = document.hidden ? 0 : Date.now();
  sign();
  emit('view', { r: referrer });
};

/** end says how long the view was visible and how deep it was scrolled; when it is hidden, that is said already. */
export const end = (time = Math.min(Date.now(), active + Idle.max)): void => {
  gather();
  measure('end', time);
};

const measure = (kind: string, t: number): void => {
  if (shown) emit(kind, { t, m: { ms: seen + Math.max(0, t - shown), d: depth } });
};

/** go ends the view and begins another. */
export const go = (address: string): void => {
  touch();
  end();
  begin(address, url);
};

/** hide sends all there is to say: nobody knows whether the page is shown again. */
export const hide = (gone?: 1): void => {
  end();
  if (shown) seen += Date.now() - shown;
  shown = 0;
  flush(gone);
};

/** watchViews follows the visitor from page to page, whether it is loaded or an application only changes the address. */
export const watchViews = (): void => {
  const { heartbeat = 15 } = options;
  on(document, 'visibilitychange', () => {
    if (document.hidden) hide();
    else shown = Date.now();
  });
  on(window, 'pagehide', () => hide(1));
  on<PageTransitionEvent>(window, 'pageshow', (event) => {
    if (event.persisted && !touch()) begin(url, '');
  });
  on(window, 'online', deliver);
  if (heartbeat > 0)
    setInterval(
      guard(() => {
        if (Date.now() - active < Attention.max) measure('ping', Date.now());
      }),
      heartbeat * 1e3,
    );
  const look = () => {
    if (clean() !== place) go(clean());
  };
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) return on(navigation, 'currententrychange', look);
  on(window, 'popstate', look); // also when the fragment changes
  for (const method of ['pushState', 'replaceState'] as const) {
    const original = history[method];
    history[method] = function (...args) {
      original.apply(this, args);
      guard(look)();
    };
  }
};

/**
 * watchWindow records scrolling, and changes of size once they have settled.
 * The timer of scrolling is the only place that reads the layout, once a second at most.
 */
export const watchWindow = (): void => {
  let scrolling = 0;
  let resizing = 0;
  act<Event, Node>('scroll', (_, target) => {
    sign();
    scrolling =
      scrolling ||
      later(() => {
        scrolling = 0;
        const whole = target === document;
        const box = whole ? document.scrollingElement! : (target as Element);
        const d = Math.min(100, Math.round((100 * (box.scrollTop + box.clientHeight)) / box.scrollHeight));
        if (whole) depth = Math.max(depth, d);
        at('scroll', whole ? 'window' : selector(box), { y: Math.round(box.scrollTop), d }, 60);
      }, 1000);
  });
  on(window, 'resize', () => {
    clearTimeout(resizing);
    resizing = later(() => at('page_resize', 'window', { w: innerWidth, h: innerHeight }, 20), 500);
  });
};
