// Owns doing work again when asked for it while it runs: once more afterwards, however often it was asked, and never
// twice at a time. A burst of two hundred messages is then two readings and not two hundred.

/** `work()` is asynchronous. What it gives resolves for everybody who asked before that run began. */
export function coalesced(work) {
  let running = null;
  let next = null;
  const run = () => {
    running = work().finally(() => {
      running = null;
    });
    return running;
  };
  const later = () => {
    next = null;
    return run();
  };
  return () => {
    if (!running) return run();
    next ??= running.then(later, later);
    return next;
  };
}
