// Pictures of figures, at the sizes of paper and of screens; their size on paper; the page as PDF.
(() => {
  const plotOf = (id) => document.querySelector('#' + CSS.escape(id) + ' .js-plotly-plot');
  const MARGIN = 16, PER_INCH = 300, MM = 96 / 25.4;

  // Base: the size a picture is laid out in, in CSS pixels; scale: pixels for each of them.
  const SIZES = {
    paper: { width: 160 * MM, scale: PER_INCH / 96, mm: 160 },
    '1920x1080': { width: 960, height: 540, pixels: [1920, 1080] },
    '3840x2160': { width: 960, height: 540, pixels: [3840, 2160] },
  };

  const pen = document.createElement('canvas').getContext('2d');
  const FONT = getComputedStyle(document.documentElement).getPropertyValue('--font') || 'sans-serif';

  // Words in lines no wider than there is room; Chinese may break anywhere.
  function wrap(text, size, weight, room) {
    pen.font = weight + ' ' + size + 'px ' + FONT;
    const lines = [''];
    for (const part of text.match(/[\u0021-\u2e7f]+|\s+|[^\u0021-\u2e7f]/gu) || []) {
      if (pen.measureText(lines[lines.length - 1] + part).width > room && lines[lines.length - 1]) lines.push(part.trim());
      else lines[lines.length - 1] += part;
    }
    return lines.filter(Boolean);
  }

  const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
  const texts = (lines, x, y, size, weight, colour, step) => lines.map((line, n) =>
    `<text x="${x}" y="${y + n * step}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escape(line)}</text>`).join('');

  // What stands around a figure: the page's and the panel's headings, its sentence, its source and date.
  function wordsOf(plot, id) {
    const panel = plot.closest('.panel'), page = plot.closest('main > section');
    const said = (element) => (element ? element.textContent.replace(/\s+/g, ' ').trim() : '');
    const heading = page && page.querySelector('h1'), own = heading && [...heading.childNodes].find((node) => node.nodeType === 3);
    const foot = panel ? [...panel.querySelectorAll('.foot > span:not(.downloads)')].map(said) : [];
    return { title: [own ? said(own) : said(heading), said(panel && panel.querySelector('h2'))].filter(Boolean).join(' · '), alt: said(document.getElementById(id + '-alt')), foot: foot.join('　') };
  }

  // One SVG: headings above, the figure, source and date below.
  async function pictureOf(id, size) {
    const plot = plotOf(id), words = wordsOf(plot, id);
    const natural = Math.max(300, plot.clientHeight);
    let { width, height } = size;
    for (let grown = 1; ; grown *= 1.15) {
      width = size.width * grown;
      const room = width - 2 * MARGIN;
      const title = wrap(words.title, 18, 600, room), alt = wrap(words.alt, 13, 400, room), foot = wrap(words.foot, 11, 400, room);
      const top = MARGIN + 8 + title.length * 26 + alt.length * 19, bottom = MARGIN + foot.length * 16;
      height = size.height ? size.height * grown : top + natural + bottom;
      if (size.height && height - top - bottom < natural && grown < 20) continue; // as many rows need more room: all of it larger
      const drawn = height - top - bottom;
      const url = await Plotly.toImage({ data: plot.data, layout: { ...plot.layout, width, height: drawn, autosize: false } }, { format: 'svg', width, height: drawn });
      const inner = new DOMParser().parseFromString(decodeURIComponent(url.slice(url.indexOf(',') + 1)), 'image/svg+xml').documentElement;
      inner.setAttribute('y', top);
      const body = texts(title, MARGIN, MARGIN + 16, 18, 600, '#1c2733', 26) + texts(alt, MARGIN, MARGIN + 12 + title.length * 26, 13, 400, '#1c2733', 19)
        + new XMLSerializer().serializeToString(inner) + texts(foot, MARGIN, height - MARGIN - (foot.length - 1) * 16, 11, 400, '#5b6672', 16);
      return { body, width, height };
    }
  }

  // An SVG from the server has its headings and its foot.
  async function pictureFrom(href) {
    const root = new DOMParser().parseFromString(await (await fetch(href)).text(), 'image/svg+xml').documentElement;
    return { body: new XMLSerializer().serializeToString(root), width: parseFloat(root.getAttribute('width')), height: parseFloat(root.getAttribute('height')) };
  }

  // The picture within a frame of the size asked for, in the middle of it where their shapes differ.
  function framed({ body, width, height }, size) {
    const outer = size.pixels || [size.mm, size.mm * height / width];
    const ratio = size.pixels ? outer[0] / outer[1] : width / height;
    const box = [Math.max(width, height * ratio), Math.max(height, width / ratio)];
    const unit = size.pixels ? '' : 'mm';
    const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${(width - box[0]) / 2} 0 ${box[0]} ${box[1]}" font-family='${FONT.replace(/'/g, '"').replace(/"/g, '&quot;')}'`;
    const paper = `<rect x="${(width - box[0]) / 2}" width="${box[0]}" height="${box[1]}" fill="#fff"/>${body}</svg>`;
    const pixels = (size.pixels || [box[0] * size.scale * (size.width / width), box[1] * size.scale * (size.width / width)]).map(Math.round);
    return { svg: `${head} width="${outer[0]}${unit}" height="${outer[1]}${unit}">${paper}`, drawn: `${head} width="${pixels[0]}" height="${pixels[1]}">${paper}`, pixels };
  }

  function crc(bytes) {
    let sum = -1;
    for (const byte of bytes) { sum ^= byte; for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0); }
    return ~sum >>> 0;
  }

  // A PNG that says how many dots an inch has: put into a document it is as wide as meant.
  function withInches(png) {
    const chunk = new DataView(new ArrayBuffer(21)), dots = Math.round(PER_INCH / 0.0254);
    chunk.setUint32(0, 9); [112, 72, 89, 115].forEach((letter, n) => chunk.setUint8(4 + n, letter));
    chunk.setUint32(8, dots); chunk.setUint32(12, dots); chunk.setUint8(16, 1);
    chunk.setUint32(17, crc(new Uint8Array(chunk.buffer, 4, 13)));
    return new Blob([png.slice(0, 33), chunk.buffer, png.slice(33)], { type: 'image/png' });
  }

  async function asPng({ drawn, pixels }, size) {
    const image = new Image();
    image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(drawn);
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = pixels;
    canvas.getContext('2d').drawImage(image, 0, 0, ...pixels);
    const png = await new Promise((done) => canvas.toBlob(done, 'image/png'));
    return size.mm ? withInches(png) : png;
  }

  document.addEventListener('click', async (event) => {
    const button = event.target.closest('button[data-picture]');
    if (!button) {
      document.querySelectorAll('details.menu[open]').forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
      return;
    }
    const { picture, href, size: name, format } = button.dataset, size = SIZES[name];
    if (!href && !plotOf(picture)) return;
    button.setAttribute('aria-busy', 'true');
    try {
      const frame = framed(await (href ? pictureFrom(href) : pictureOf(picture, size)), size);
      const blob = format === 'svg' ? new Blob([frame.svg], { type: 'image/svg+xml' }) : await asPng(frame, size);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob); link.download = 'dabiao-' + picture + '-' + name + '.' + format; link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    } finally {
      button.removeAttribute('aria-busy');
    }
  });
  document.addEventListener('keydown', (event) => {
    const menu = event.key === 'Escape' && event.target.closest('details.menu[open]');
    if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
  });

  // The link to the page as PDF names the page it is on, whatever it has become since it was drawn.
  const name = (event) => {
    const link = event.target.closest && event.target.closest('a.page-pdf');
    if (link) link.href = '/download/page.pdf?path=' + encodeURIComponent(location.pathname) + (location.search ? '&' + location.search.slice(1) : '');
  };
  ['pointerover', 'pointerdown', 'focusin', 'click'].forEach((kind) => document.addEventListener(kind, name, true));

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
