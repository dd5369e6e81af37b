import { watchClicks } from './click.js';
import { watchFields } from './field.js';
import { watchPointer } from './pointer.js';
import { watchViews, watchWindow } from './view.js';

/** watch hears all that is recorded. */
export const watch = (): void => {
  watchWindow();
  watchClicks();
  watchFields();
  watchPointer();
  watchViews(); // the last: a page may not let us change its history
};
