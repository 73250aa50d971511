// Downloads of figures, and their size on paper.
(() => {
  const plotOf = (id) => document.querySelector('#' + CSS.escape(id) + ' .js-plotly-plot');
  const save = (href, name) => { const a = document.createElement('a'); a.href = href; a.download = name; a.click(); };

  // An SVG from the server as a PNG at twice its size.
  async function saveSvgAsPng(href, name) {
    const text = await (await fetch(href)).text();
    const image = new Image();
    image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(text);
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * 2; canvas.height = image.naturalHeight * 2;
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    save(canvas.toDataURL('image/png'), name || 'dabiao-scorecard.png');
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-image], button[data-image-href]');
    if (!button) return;
    if (button.dataset.imageHref) { saveSvgAsPng(button.dataset.imageHref, button.dataset.imageName); return; }
    const plot = plotOf(button.dataset.image);
    if (plot) Plotly.downloadImage(plot, { format: button.dataset.format, filename: 'dabiao-' + button.dataset.image, width: plot.clientWidth, height: plot.clientHeight, scale: button.dataset.format === 'png' ? 2 : 1 });
  });

  // A cell of the map of lights leads to its indicator, with its district in focus.
  const lead = (plot) => plot.on && plot.on('plotly_click', ({ points: [point] }) => {
    const { indicators, districts } = (point && point.data.meta) || {};
    if (!indicators) return;
    const [row, column] = point.pointNumber;
    const query = new URLSearchParams(location.search);
    const kept = ['period', 'asof'].filter((name) => query.get(name)).map((name) => [name, query.get(name)]);
    const found = new URLSearchParams([...kept, ['district', districts[column]]]);
    dash_clientside.dabiao.go('/indicators/' + encodeURIComponent(indicators[row]) + '?' + found);
  });

  // A figure names its text alternative, so that a reader who cannot see it is told what it shows.
  new MutationObserver(() => {
    document.querySelectorAll('.js-plotly-plot:not([aria-labelledby])').forEach((plot) => {
      const alt = document.getElementById((plot.closest('[id]') || plot).id + '-alt');
      if (alt) { plot.setAttribute('role', 'img'); plot.setAttribute('aria-labelledby', alt.id); lead(plot); }
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Paper is narrower than the screen: draw the visible figures again to fit, and back afterwards.
  const plots = () => [...document.querySelectorAll('.js-plotly-plot')].filter((plot) => plot.offsetParent && (plot.data || []).length);
  window.addEventListener('beforeprint', () => plots().forEach((plot) => Plotly.relayout(plot, { width: 680, height: plot.clientHeight })));
  window.addEventListener('afterprint', () => plots().forEach((plot) => Plotly.relayout(plot, { width: null, height: null, autosize: true })));
})();
