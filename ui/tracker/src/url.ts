import { options } from './visit.js';

const enum Max {
  length = 2048,
}

/** clean reduces an address to what may be sent; that of the page if none is given. */
export const clean = (address = location.href): string => {
  const { query, hash } = options as { query?: string; hash?: unknown };
  const to = new URL(address, location.href);
  const kept = to.search
    .slice(1)
    .split('&')
    .filter((parameter) => query === 'all' || (query !== 'none' && /^(utm_\w+|ref|source)=/.test(parameter)))
    .join('&');
  return (to.protocol + '//' + to.host + to.pathname + (kept && '?' + kept) + (hash || hash === '' ? to.hash : '')).slice(0, Max.length);
};
