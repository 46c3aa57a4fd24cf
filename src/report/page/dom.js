// The little of the DOM that every part of the page uses.

/** The element with this id, which the page has.
 * @template {Element} T
 * @param {string} id
 * @param {{ new (): T }} type
 * @returns {T} */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} ${id}`);
}

/** An element of this class, with what is in it; text stays text.
 * @param {string} tag
 * @param {string} kind
 * @param {...(Node | string)} content */
export function element(tag, kind, ...content) {
  const made = document.createElement(tag);
  if (kind !== '') made.className = kind;
  made.append(...content);
  return made;
}

/** A paragraph or list of texts is shown only where there is something to say.
 * @param {HTMLElement} shown
 * @param {string} text */
export function say(shown, text) {
  shown.textContent = text;
  shown.hidden = text === '';
}
