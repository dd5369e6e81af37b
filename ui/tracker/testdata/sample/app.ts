// A small application that uses every export of the package. The tests compile
// it against the packed types, and bundle nothing: it is the contract.

import { init, type Batch, type EventType, type Metadata, type Options, type Tracker, type WireEvent } from 'behavior-tracker';
import { errors } from 'behavior-tracker/errors';
import { vitals } from 'behavior-tracker/vitals';

const types: EventType[] = ['click', 'scroll', 'mouse_move', 'form_submit', 'input_change', 'page_resize', 'keypress', 'hover'];

const options: Options = {
  endpoint: '/user_behavior/collect/',
  events: types,
  sample: 0.5,
  flush: 10,
  heartbeat: 0,
  storage: 'browser',
  consent: 'required',
  gpc: 'off',
  query: 'none',
  hash: true,
  user: '42',
  get token() {
    return document.querySelector<HTMLMetaElement>('meta[name=token]')?.content;
  },
};

const tracker: Tracker = init(options);
const plan: Metadata = { plan: 'pro', seats: 3 };
tracker.track('signup', plan);
tracker.track('signup');
tracker.page();
tracker.page('/virtual');
tracker.identify('42');
tracker.identify(null);
tracker.consent(true);
tracker.optOut();
tracker.optOut(false);
tracker.flush();
tracker.stop();
vitals(tracker);
errors(tracker);
errors(tracker, { message: true });

export const count = (batch: Batch): number => batch.b.filter((event: WireEvent) => event.k === 'view').length;

// @ts-expect-error There is no such storage.
init({ endpoint: '/', storage: 'cookie' });
// @ts-expect-error The endpoint is needed.
init({});
// @ts-expect-error An event type that does not exist.
export const wrong: EventType = 'wheel';
