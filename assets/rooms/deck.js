// The slides of a meeting: which one is shown, moving by keys, and taking in new ones without losing the place.
window.dabiaoDeck = (() => {
  const deck = document.getElementById('deck');
  const words = document.body.dataset;
  const toast = document.getElementById('toast');
  const channel = 'BroadcastChannel' in window ? new BroadcastChannel('dabiao-meeting-' + words.meeting) : null;
  const listeners = [];
  let key = '';
  let loaded = location.search;
  let loading = 0;
  let typed = '';
  let typing = null;
  let saying = null;

  const slides = () => [...deck.children].filter((child) => child.classList.contains('slide'));
  const index = () => Math.max(0, slides().findIndex((slide) => slide.id === key));
  const titleOf = (slide) => slide.querySelector('h2').textContent.trim();

  function say(text) {
    clearTimeout(saying);
    toast.textContent = text;
    saying = setTimeout(() => { toast.textContent = ''; }, 5000);
  }

  // The slide of a topic, or the one most like it: of the same section, district, indicator; else in the same place.
  function nearest(wanted, place) {
    const all = slides();
    const exact = all.find((slide) => slide.id === wanted);
    if (exact) return exact;
    const parts = wanted.split(/[-.]/);
    let best = null;
    let most = 0;
    for (const slide of all) {
      const own = slide.id.split(/[-.]/);
      let shared = 0;
      while (shared < parts.length && own[shared] === parts[shared]) shared += 1;
      if (shared > most) { best = slide; most = shared; }
    }
    return best || all[Math.min(place, all.length - 1)];
  }

  // Show a topic. `how`: what else knows of it already — the address bar ('url'), the other window ('told').
  function show(wanted, how = {}) {
    const slide = nearest(wanted, how.place || 0);
    if (!slide) return;
    const changed = slide.id !== key;
    key = slide.id;
    if (!how.url && '#' + key !== location.hash) {
      history[how.replace ? 'replaceState' : 'pushState']({}, '', location.pathname + location.search + '#' + key);
    }
    listeners.forEach((listen) => listen(slide, changed));
    if (!how.told) tell();
  }

  function tell(extra = {}) {
    if (channel) channel.postMessage({ topic: key, search: loaded, ...extra });
  }

  function go(by) {
    const all = slides();
    const to = all[Math.min(Math.max(index() + by, 0), all.length - 1)];
    if (to) show(to.id);
  }

  // Take in what the server shows under other filters, or after something was written; keep the topic, or the nearest.
  async function load(search, how = {}) {
    const turn = ++loading;
    const place = index();
    const before = slides()[place];
    document.body.classList.add('busy');
    try {
      const page = how.page || await read(location.pathname + search);
      if (turn !== loading || !page) return;
      deck.replaceChildren(...page.getElementById('deck').children);
      const fresh = page.querySelectorAll('#filters select');
      document.querySelectorAll('#filters select').forEach((select, n) => { select.value = fresh[n].value; });
      loaded = search;
      if (location.search !== search) history[how.url ? 'replaceState' : 'pushState']({}, '', location.pathname + search + '#' + key);
      const wanted = key;
      key = '';
      show(wanted, { place, replace: true, told: how.told });
      if (before && key !== wanted) say(words.moved.replace('{old}', titleOf(before)).replace('{new}', titleOf(slides()[index()])));
    } catch {
      say(words.failed);
    } finally {
      if (turn === loading) document.body.classList.remove('busy');
    }
  }

  async function read(link, options) {
    const response = await fetch(link, options);
    if (response.redirected && new URL(response.url).pathname === '/login') { location.reload(); return null; }
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (!response.ok && response.status !== 400) throw new Error(response.status);
    page.answered = response.status;
    return page;
  }

  // A number and Enter: that slide.
  function number(digit) {
    typed = (typed + digit).slice(-3);
    clearTimeout(typing);
    typing = setTimeout(() => { typed = ''; }, 4000);
    say(words.jump.replace('{n}', typed));
  }
  function jump() {
    const slide = slides()[Number(typed) - 1];
    if (slide) { say(''); show(slide.id); } else say(words.nowhere.replace('{n}', typed));
    typed = '';
  }

  const MOVES = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Home: -Infinity, End: Infinity };
  // Whether a key was for moving. Where one writes or chooses, keys are one's own.
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector('dialog[open]')) return true;
    if (event.target.closest('input, textarea, select')) {
      if (event.key === 'Escape') event.target.blur();
      return true;
    }
    if (event.target.closest('a, button') && (event.key === ' ' || (event.key === 'Enter' && !typed))) return true;
    if (event.key in MOVES) { event.preventDefault(); go(MOVES[event.key]); return true; }
    if (/^[0-9]$/.test(event.key)) { number(event.key); return true; }
    if (event.key === 'Enter' && typed) { event.preventDefault(); jump(); return true; }
    if (event.key === 'Escape' && typed) { typed = ''; say(''); return true; }
    return false;
  }

  document.getElementById('filters').addEventListener('change', () => {
    const query = new URLSearchParams(location.search);
    for (const select of document.querySelectorAll('#filters select')) {
      if (select.value) query.set(select.name, select.value); else query.delete(select.name);
    }
    const text = query.toString();
    load(text ? '?' + text : '');
  });
  document.getElementById('filters').addEventListener('submit', (event) => event.preventDefault());
  document.querySelectorAll('[data-go]').forEach((button) => button.addEventListener('click', () => go(Number(button.dataset.go))));
  window.addEventListener('popstate', () => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    if (location.search === loaded) { if (wanted) show(wanted, { url: true }); return; }
    key = wanted || key;
    load(location.search, { url: true });
  });
  if (channel) {
    channel.addEventListener('message', ({ data }) => {
      if (data.ask) { tell(); return; }
      if (data.search !== loaded || data.again) {
        if (data.search !== location.search) history.replaceState({}, '', location.pathname + data.search + '#' + data.topic);
        key = data.topic;
        load(data.search, { url: true, told: true });
      } else if (data.topic !== key) show(data.topic, { told: true, replace: true });
    });
  }

  return {
    start() {
      if (channel) channel.postMessage({ ask: true });
      show(decodeURIComponent(location.hash.slice(1)) || 'opening', { replace: true, told: words.meeting && document.body.classList.contains('presenter') });
    },
    onShow(listen) { listeners.push(listen); },
    slides, index, go, load, read, say, onKey, tell, titleOf,
    get search() { return loaded; },
  };
})();
