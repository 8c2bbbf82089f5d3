// Owns the addresses of the talk room: /talk, /talk/ID, /talk/ID#session. Each is a view of its own, so that Back and
// reload work on a phone, where one view fills the screen.

const THREAD = /^\/talk\/([A-Za-z0-9_-]{1,64})$/u;

/** {view: 'list' | 'thread' | 'inspector', id} */
export function parseRoute({ pathname, hash }) {
  const id = THREAD.exec(pathname)?.[1] ?? null;
  if (!id) return { view: 'list', id: null };
  return { view: hash === '#session' ? 'inspector' : 'thread', id };
}

export function addressOf({ view, id }) {
  if (view === 'list') return '/talk';
  return view === 'inspector' ? `/talk/${id}#session` : `/talk/${id}`;
}

/** Calls `show(route)` now and whenever the address changes. */
export function installRoutes(show) {
  const current = () => parseRoute(location);
  addEventListener('popstate', () => show(current()));
  show(current());
  return {
    current,
    go(route) {
      if (addressOf(route) === addressOf(current())) return;
      history.pushState({ inside: true }, '', addressOf(route));
      show(route);
    },
    /** Back to the view above; through the history if we came that way, so that Back never leads forward. */
    up(route) {
      if (history.state?.inside) return history.back();
      history.replaceState(null, '', addressOf(route));
      return show(route);
    },
  };
}
