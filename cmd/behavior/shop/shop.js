// The shop's behaviour. It works without: tabs are links, and the form leads on.
'use strict';

const track = (name, metadata) => {
  window.behavior = window.behavior || { q: [] };
  behavior.q.push(['track', name, metadata]);
};

// The basket is a number that the browser keeps as long as the tab is open.
const basket = document.querySelector('#basket');
const items = (n) => {
  if (n !== undefined) sessionStorage.setItem('shop-basket', n);
  basket.value = +sessionStorage.getItem('shop-basket') || 0;
  return +basket.value;
};
items();

document.querySelector('#add')?.addEventListener('click', ({ currentTarget: button }) => {
  items(items() + 1);
  button.textContent = 'Added';
  track('add_to_cart', { product: button.dataset.product, value: +button.dataset.price });
});

document.querySelector('#order')?.addEventListener('submit', () => {
  track('purchase', { items: items() });
  items(0);
});

// Tabs change the address and what is shown, without loading a page.
const tabs = [...document.querySelectorAll('.tabs a')];
const show = () => {
  const current = tabs.find((tab) => tab.pathname === location.pathname);
  if (!current) return;
  const { category } = current.dataset;
  for (const tab of tabs) tab === current ? tab.setAttribute('aria-current', 'page') : tab.removeAttribute('aria-current');
  for (const item of document.querySelectorAll('.products li')) item.hidden = !!category && item.dataset.category !== category;
};
for (const tab of tabs) {
  tab.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // to another tab of the browser
    event.preventDefault();
    if (tab.pathname !== location.pathname) history.pushState({}, '', tab.href);
    show();
  });
}
addEventListener('popstate', show);
