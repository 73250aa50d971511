// Choosing peers: the list is searched as one types, no more than so many are ticked, and the choice is remembered.
(() => {
  const YEAR = 365 * 24 * 3600;
  const remember = (codes) => { document.cookie = `dabiao-peers=${encodeURIComponent(codes)}; path=/; max-age=${codes ? YEAR : 0}; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`; };
  const formOf = (target) => target instanceof Element && target.closest('.peer-form');

  document.addEventListener('input', ({ target }) => {
    const form = formOf(target);
    if (!form) return;
    if (target.type === 'search') {
      const words = target.value.trim().toLowerCase();
      form.querySelectorAll('fieldset').forEach((group) => {
        const isGroup = group.querySelector('legend').textContent.toLowerCase().includes(words);
        group.querySelectorAll('.choice').forEach((choice) => { choice.hidden = !isGroup && !choice.textContent.toLowerCase().includes(words); });
        group.hidden = !group.querySelector('.choice:not([hidden])');
      });
      return;
    }
    const boxes = [...form.querySelectorAll('input[name=peers]')];
    const isFull = boxes.filter((box) => box.checked).length >= Number(form.dataset.most);
    boxes.forEach((box) => { box.disabled = isFull && !box.checked; });
  });

  document.addEventListener('submit', (event) => {
    const form = formOf(event.target);
    if (!form) return;
    event.preventDefault();
    const given = new FormData(form);
    const codes = given.getAll('peers').join(',');
    given.delete('peers');
    remember(codes);
    if (codes) given.set('peers', codes);
    const query = [...given].map(([name, value]) => name + '=' + encodeURIComponent(value).replaceAll('%2C', ',')).join('&');
    dash_clientside.dabiao.go(form.getAttribute('action') + (query ? '?' + query : ''), true);
  });

  // The link that takes one away is followed by the router; what stays is remembered.
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element && event.target.closest('a[data-peers]');
    if (link) remember(link.dataset.peers);
  }, true);
})();
