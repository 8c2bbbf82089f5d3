// Owns the moment before the first paint: the remembered theme, the mark that scripts run, and noticing when the
// page's program does not arrive. A classic script on purpose, because a module would run after the first paint.
// It must not know anything else of the product.
(() => {
  const root = document.documentElement;
  root.classList.add('scripted');
  addEventListener(
    'error',
    ({ target }) => {
      if (target instanceof HTMLScriptElement) root.classList.add('stranded');
    },
    // The failure of a script is told to the script alone and does not rise, so it is caught on its way down.
    true,
  );
  let theme = null;
  try {
    theme = localStorage.getItem('cryptexq.theme');
  } catch {
    // Storage may be forbidden; then the system's scheme holds.
  }
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
})();
