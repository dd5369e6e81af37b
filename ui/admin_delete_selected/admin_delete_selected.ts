// A long deletion goes on by itself: each answer is one part of it.

const form = document.querySelector<HTMLFormElement>("form[data-continue]");
if (form) {
  const button = form.querySelector("button");
  if (button) button.disabled = true;
  const timer = setTimeout(() => form.submit(), 50);
  form.querySelector("a")?.addEventListener("click", () => clearTimeout(timer));
}
