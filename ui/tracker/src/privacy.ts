import { options } from './visit.js';
import { Key, read } from './storage.js';

/** refused reports whether the visitor does not want to be recorded. */
export const refused = (): unknown => {
  const wishes = navigator as { globalPrivacyControl?: boolean; doNotTrack?: string | null };
  return read('localStorage', Key.off) || (options.gpc !== 'off' && (wishes.globalPrivacyControl || wishes.doNotTrack === '1'));
};

/** ignored reports whether an event comes from within [data-ub-ignore]. */
export const ignored = (event: Event): boolean =>
  (event.composedPath() as Element[]).some((node) => node.matches?.('[data-ub-ignore]'));

/** sensitive reports whether even the number of keys pressed in a field is nobody's business. */
export const sensitive = (event: Event): boolean => {
  const field = event.composedPath()[0] as HTMLInputElement;
  if (field.matches(secret)) secrets.add(field);
  return secrets.has(field);
};

const secret = '[type=password],[type=hidden],[autocomplete*=cc- i],[autocomplete*=one-time-code i],[autocomplete*=-password i]';

/** A field that was a password stays one: pages turn it into text so that people can look at it. */
const secrets = new WeakSet<Element>();
