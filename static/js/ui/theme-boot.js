// Owns the moment before the first paint: the remembered theme, and the mark that scripts run.
// A classic script on purpose, because a module would run after the first paint and flash.
// It must not know anything else of the product.
(() => {
  const root = document.documentElement;
  root.classList.add('scripted');
  let theme = null;
  try {
    theme = localStorage.getItem('cryptexq.theme');
  } catch {
    // Storage may be forbidden; then the system's scheme holds.
  }
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
})();
