// How an element is named: short, stable, and without anything a visitor typed.

const enum Max {
  levels = 4,
  classes = 2,
  length = 200,
}

/** passing are the classes that come and go with a state or a build. */
const passing = /[^\w-]|^\d|^(is|has|js|css|sc|active|hover|focus|open|selected|disabled|hidden)\b|_\w*\d|\d[a-z]|\d{3}/i;

/**
 * selector names an element: `input#email`, `@buy`, `body>div.tall>a.nav-link`.
 * It begins at the nearest element with a name of its own.
 */
export const selector = (element: Element): string => {
  const path: string[] = [];
  for (let level: Element | null = element; level && !path[Max.levels - 1]; level = level.parentElement) {
    const tag = level.localName;
    const [given, id, name] = ['data-ub', 'id', 'name'].map((attribute) => level!.getAttribute(attribute));
    const own = given ? '@' + given : id && !/(\d\D*){4}|[:.]/.test(id) ? tag + '#' + id : name && tag + `[name="${name}"]`;
    const classes = [...level.classList].filter((c) => !passing.test(c)).slice(0, Max.classes);
    let n = 1;
    for (let before: Element | null = level; (before = before.previousElementSibling); ) if (before.localName === tag) n++;
    path.unshift(own || (classes[0] || level.matches(':only-of-type') ? [tag, ...classes].join('.') : tag + `:nth-of-type(${n})`));
    if (own || level === document.body) break;
  }
  return path.join('>').slice(-Max.length);
};
