// The URL is the state. Here it is read into the page's store, and filters and links write it.
(() => {
  const FILTERS = ['period', 'district', 'domain', 'status', 'q', 'asof', 'since'];
  const TYPED = ['q', 'asof', 'since'];
  const DAYS = ['asof', 'since'];
  const ALL = '-'; // a filter that is not set (dashboard/components/shell.py)
  const PAGES = new Map(Object.entries({ '': 'overview', overview: 'overview', changes: 'changes', indicators: 'indicators', districts: 'districts', data: 'data', completeness: 'chase', methodology: 'methodology' }));
  const DETAIL = new Map(Object.entries({ indicators: 'indicator', districts: 'district' }));
  let lastView = '';
  let written = null; // the query the filters wrote: they stand as it says, and may already be ahead of it
  const touched = new Set(); // filters the reader changed; what the router sets is not the reader's choice
  const NO_UPDATE = () => window.dash_clientside.no_update;

  function pageOf(pathname) {
    const parts = pathname.replace(/^\/+|\/+$/g, '').split('/');
    const page = PAGES.get(parts[0]);
    if (!page || parts.length > 2) return 'missing';
    if (parts.length === 1) return page;
    return DETAIL.get(page) || 'missing';
  }

  // What a query says of a filter; a day that does not exist is none.
  function valueOf(query, name) {
    const value = query.get(name) || '';
    if (!DAYS.includes(name) || !value) return value;
    const day = new Date(value + 'T00:00Z');
    return Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== value ? '' : value;
  }

  function go(href, keepScroll, isFilter) {
    const before = pageOf(location.pathname);
    history.pushState({}, '', home() && /^\/(\?|$)/.test(href) ? '/overview' + href.slice(1) : href);
    written = isFilter ? location.search : null;
    window.dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
    if (!keepScroll && pageOf(location.pathname) !== before) {
      window.scrollTo(0, 0);
      const main = document.getElementById('main');
      if (main) main.focus({ preventScroll: true });
    }
  }

  function setQuery(changes) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) query.set(name, value); else query.delete(name);
    }
    if (!('sheet' in changes)) query.delete('sheet');
    const text = query.toString();
    go(location.pathname + (text ? '?' + text : ''), true, true);
  }

  window.addEventListener('popstate', () => { written = null; touched.clear(); });
  document.addEventListener('input', ({ target }) => {
    const name = FILTERS.find((filter) => target.id === 'filter-' + filter);
    if (name) touched.add(name);
  }, true);

  const language = () => document.documentElement.lang.startsWith('en') ? 'en' : 'zh';

  // Where a reader of one district begins: at its page, and not at the overview, which then has a path of its own.
  const home = () => document.getElementById('language').dataset.home || '';
  const peersOf = (path) => {
    const found = /(?:^|; )dabiao-peers=([^;]*)/.exec(document.cookie);
    return found ? decodeURIComponent(found[1]).split(',').filter((code) => code && !path.endsWith('/' + code)).join(',') : '';
  };

  // What an address leaves open is filled in, and stands in the address bar: the home of who has one, the peers chosen last.
  function complete() {
    if (home() && location.pathname === '/' && !location.search) history.replaceState(history.state, '', home());
    const peers = pageOf(location.pathname) === 'district' && !/[?&]peers=/.test(location.search) ? peersOf(location.pathname) : '';
    if (/^[0-9,]+$/.test(peers)) history.replaceState(history.state, '', location.pathname + (location.search ? location.search + '&' : '?') + 'peers=' + peers + location.hash);
  }

  // What the address bar names: a page, its filters, and the number whose drawer is open.
  function view() {
    const query = new URLSearchParams(location.search);
    const why = query.get('why') || '';
    query.delete('why');
    return { shown: pageOf(location.pathname), query, why, base: { path: location.pathname, search: query.toString(), language: language() } };
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    dabiao: {
      go,
      // URL → which page is shown, its store, the drawer's store, and the filters' values.
      // Read from the address bar: what Dash hands over may be older, and to obey it would undo a newer choice.
      route(_pathname, _search, pages) {
        complete();
        const { shown, query, base, why } = view();
        window.dash_clientside.set_props('notice', { children: '' }); // it spoke of another view
        if (location.search !== written) touched.clear();
        const toggle = document.getElementById('filters-toggle');
        if (toggle && FILTERS.some((name) => valueOf(query, name))) toggle.setAttribute('aria-expanded', 'true');
        for (const name of location.search === written ? [] : FILTERS) {
          window.dash_clientside.set_props('filter-' + name, { value: valueOf(query, name) || (TYPED.includes(name) ? '' : ALL) });
        }
        document.querySelectorAll('header.site .nav-link').forEach((link) => {
          const tab = shown === 'chase' ? 'data' : shown; // below 数据
          const current = link.id === 'nav-' + tab || link.id === 'nav-' + tab + 's';
          if (current) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
        });
        const stores = pages.map((page) => {
          if (page !== shown) return NO_UPDATE();
          const same = lastView === JSON.stringify(base);
          lastView = JSON.stringify(base);
          return same ? NO_UPDATE() : base; // opening the drawer does not ask for the page again
        });
        return ['show-' + shown, ...stores, why ? { why, ...base } : NO_UPDATE(), Boolean(why)];
      },
      // The answer to what the address bar names did not come: ask for it again.
      again() {
        const { shown, base, why } = view();
        window.dash_clientside.set_props('view-' + shown, { data: base });
        if (why) window.dash_clientside.set_props('view-why', { data: { why, ...base } });
      },
      // A filter was changed by the reader: write it into the URL.
      filter(...values) {
        const query = new URLSearchParams(location.search);
        const changes = {};
        values.forEach((given, index) => {
          const name = FILTERS[index];
          const value = given === ALL ? '' : given;
          if (touched.has(name) && (value || '') !== valueOf(query, name)) changes[name] = value || '';
        });
        if (Object.keys(changes).length) setQuery(changes);
        return NO_UPDATE();
      },
      // The drawer was closed by the reader: take it out of the URL.
      drawer(isOpen) {
        if (!isOpen && new URLSearchParams(location.search).get('why')) {
          const query = new URLSearchParams(location.search);
          query.delete('why');
          const text = query.toString();
          go(location.pathname + (text ? '?' + text : ''), true);
        }
        return NO_UPDATE();
      },
    },
  });

  // Links in fragments move within the page; modified clicks, downloads and other sites do not.
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href]');
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const href = link.getAttribute('href');
    if (link.id === 'switch-language') {
      event.preventDefault();
      const query = new URLSearchParams(location.search);
      query.set('lang', link.getAttribute('lang'));
      location.assign(location.pathname + '?' + query);
      return;
    }
    if (!href.startsWith('/') || link.hasAttribute('download') || link.target === '_blank') return;
    if (link.closest('header.site')) return; // dcc.Link does it
    if (pageOf(new URL(href, location.href).pathname) === 'missing') return; // a document of its own
    event.preventDefault();
    go(href, link.hasAttribute('data-keep'));
  });

  // The tab is named after the page's own heading.
  new MutationObserver(() => {
    const heading = [...document.querySelectorAll('main h1')].find((h) => h.offsetParent !== null);
    const name = document.documentElement.lang.startsWith('en') ? 'Dabiao' : '达标';
    const title = heading ? heading.textContent.trim() + ' · ' + name : name;
    if (document.title !== title) document.title = title;
    const close = document.querySelector('#drawer .btn-close[aria-label="Close"]'); // the component knows only English
    if (close && language() === 'zh') close.setAttribute('aria-label', '关闭');
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['class'] });

  // On a phone, filters are folded where a page has its own first screen.
  document.addEventListener('click', (event) => {
    const toggle = event.target.closest('#filters-toggle');
    if (toggle) toggle.setAttribute('aria-expanded', String(toggle.getAttribute('aria-expanded') !== 'true'));
  });

  document.addEventListener('submit', (event) => { if (event.target.id === 'filters') event.preventDefault(); });
})();
