// The room's window: one slide fills it.
(() => {
  const deck = window.dabiaoDeck;
  const words = document.body.dataset;
  const help = document.getElementById('help');
  const decide = document.getElementById('decide');
  const leave = document.getElementById('leave');
  let withCode = false;

  deck.onShow((slide, changed) => {
    deck.slides().forEach((other) => { other.hidden = other !== slide; });
    document.getElementById('place').textContent = (deck.index() + 1) + ' / ' + deck.slides().length;
    document.title = deck.titleOf(slide) + ' · ' + document.querySelector('h1').textContent;
    showCode(slide);
    if (changed && !document.activeElement.closest('#bar, dialog')) slide.focus({ preventScroll: true });
  });

  function showCode(slide) {
    document.body.classList.toggle('with-code', withCode);
    const image = slide.querySelector('.code img');
    if (withCode && !image.hasAttribute('src')) image.src = slide.dataset.qr;
  }
  const toggleCode = () => { withCode = !withCode; showCode(deck.slides()[deck.index()]); };
  document.getElementById('toggle-code').addEventListener('click', toggleCode);
  document.getElementById('toggle-help').addEventListener('click', () => help.showModal());

  function toggleFull() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(() => {});
  }

  // A decision of the number on the slide; the meeting goes on where it was.
  function openDecide() {
    const slide = deck.slides()[deck.index()];
    if (!decide) return;
    if (!slide.dataset.row) { deck.say(words.nothing); return; }
    const form = decide.querySelector('form');
    form.elements.row.value = slide.dataset.row;
    form.elements.office.value = slide.dataset.office;
    form.elements.back.value = location.pathname + location.search + location.hash;
    decide.querySelector('.about').textContent = deck.titleOf(slide);
    decide.querySelector('.wrong').hidden = true;
    decide.showModal();
    form.elements.what.focus();
  }
  document.addEventListener('click', (event) => { if (event.target.closest('[data-decide]')) openDecide(); });
  if (decide) {
    decide.querySelector('[data-close]').addEventListener('click', () => decide.close());
    decide.querySelector('form').addEventListener('submit', async (event) => {
      event.preventDefault();
      const form = event.target;
      const wrong = decide.querySelector('.wrong');
      try {
        const page = await deck.read(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
        if (!page) return;
        const error = page.querySelector('.wrong:not([hidden])');
        if (page.answered === 400 || !page.getElementById('deck')) {
          wrong.textContent = error ? error.textContent : words.failed;
          wrong.hidden = false;
          return;
        }
        form.elements.what.value = '';
        decide.close();
        const said = page.querySelector('.said');
        await deck.load(deck.search, { page, url: true });
        deck.tell({ again: true });
        if (said) deck.say(said.textContent);
      } catch {
        wrong.textContent = words.failed;
        wrong.hidden = false;
      }
    });
    decide.addEventListener('close', () => deck.slides()[deck.index()].focus({ preventScroll: true }));
  }

  const KEYS = {
    f: toggleFull, q: toggleCode, d: openDecide, '?': () => help.showModal(),
    p: () => { const link = document.getElementById('open-presenter'); if (link) link.click(); },
    escape: () => leave.click(),
  };
  document.addEventListener('keydown', (event) => {
    if (deck.onKey(event)) return;
    const act = KEYS[event.key.toLowerCase()];
    if (act) { event.preventDefault(); act(); }
  });
  deck.start();
  const said = document.querySelector('.said');
  if (said) deck.say(said.textContent);
})();
