// The device's storage. It may be denied, full, or hold what others wrote.

export type Area = 'sessionStorage' | 'localStorage';

export const enum Key {
  /** Set when the visitor does not want to be recorded. */
  off = 'ub-off',
  session = 'ub',
  backlog = 'ub-q',
}

export const read = (area: Area, key: Key): string | null | void => {
  try {
    return window[area].getItem(key);
  } catch {
    // denied
  }
};

/** write keeps a text, or removes it when it is empty, and reports whether it could. */
export const write = (area: Area, key: Key, text: string): true | void => {
  try {
    if (text) window[area].setItem(key, text);
    else window[area].removeItem(key);
    return true;
  } catch {
    // denied or full
  }
};
