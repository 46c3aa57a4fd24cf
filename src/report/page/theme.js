// Light and dark: as the system prefers, until the reader says otherwise.

import { byId } from './dom.js';

export function listenToTheme() {
  const button = byId('theme', HTMLButtonElement);
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const tell = () => {
    const chosen = document.documentElement.dataset.theme;
    const isDark = chosen === undefined ? prefersDark.matches : chosen === 'dark';
    button.textContent = isDark ? 'Light' : 'Dark';
    return isDark;
  };
  button.addEventListener('click', () => {
    document.documentElement.dataset.theme = tell() ? 'light' : 'dark';
    tell();
  });
  prefersDark.addEventListener('change', tell);
  tell();
}
