import { act } from './page.js';
import { sensitive } from './privacy.js';
import { at, schedule } from './queue.js';
import { selector } from './selector.js';
import { sign } from './view.js';

let keys = new Map<string, number>();

/** gatherKeys makes events of the keys pressed so far. */
export const gatherKeys = (): void => {
  const pressed = keys;
  keys = new Map();
  pressed.forEach((n, element) => at('keypress', element, { n }));
};

/** watchFields records that people fill in forms, never what. */
export const watchFields = (): void => {
  act<KeyboardEvent>('keydown', (event, element) => {
    if (event.repeat || event.isComposing || sensitive(event)) return;
    const name = selector(element);
    keys.set(name, (keys.get(name) || 0) + 1);
    schedule();
  });
  act<Event, HTMLInputElement>('change', (event, field) => {
    if (sensitive(event)) return;
    // Whether it is filled or checked, as far as the browser says so without its value.
    const f = /^(checkbox|radio)$/.test(field.type) ? field.checked : !field.validity.valueMissing && !field.matches(':placeholder-shown');
    at('input_change', selector(field), { t: field.type, f });
  });
  act<Event, HTMLFormElement>('submit', (_, form) => {
    sign();
    at('form_submit', selector(form), { n: form.elements.length });
  });
};
