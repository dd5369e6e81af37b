import { act } from './page.js';
import { at, schedule } from './queue.js';
import { selector } from './selector.js';
import { sampled } from './visit.js';

const enum Trail {
  minTime = 250,
  minWay = 20,
  maxPoints = 40,
}

const enum Hover {
  minTime = 500,
}

/** interactive are the elements that people use. */
export const interactive = 'a,button,input,select,textarea,summary,label,[role=button],[tabindex="0"],[data-ub]';

let trail: number[] = [];
let began = 0;

/** gatherTrail makes an event of the way of the mouse so far. */
export const gatherTrail = (): void => {
  const p = trail;
  trail = [];
  if (p.length && sampled()) at('mouse_move', 'window', { p }, 12, began);
};

/** watchPointer records the way of the mouse, and what it rests upon. */
export const watchPointer = (): void => {
  let last = 0;
  let x = 0;
  let y = 0;
  act<PointerEvent>('pointermove', (event) => {
    const now = Date.now();
    const way = Math.hypot(event.pageX - x, event.pageY - y);
    if (event.pointerType !== 'mouse' || now - last < Trail.minTime || way < Trail.minWay || trail.length >= 3 * Trail.maxPoints) return;
    if (!trail.length) began = last = now;
    x = Math.round(event.pageX);
    y = Math.round(event.pageY);
    trail.push(now - last, x, y);
    last = now;
    schedule();
  });
  let over: Element | null = null;
  let since = 0;
  act<PointerEvent>('pointerover', (event, target) => {
    const element = event.pointerType === 'mouse' ? target.closest(interactive) : null;
    if (element === over) return;
    const now = Date.now();
    if (over && now - since >= Hover.minTime && sampled()) at('hover', selector(over), { ms: now - since }, 30, since);
    over = element;
    since = now;
  });
};
