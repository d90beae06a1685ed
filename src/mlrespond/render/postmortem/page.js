// Draws the pictures and lets them be read by pointer, touch and keyboard. Text is set as text.
(function () {
  'use strict';
  const told = JSON.parse(document.getElementById('data').textContent);
  const tip = document.getElementById('tip');
  const views = {};
  let shownAt = null, byKey = null;

  function place(box) {
    const size = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - size.width / 2), innerWidth - size.width - 8);
    const above = box.top - size.height - 10;
    tip.style.left = left + 'px';
    tip.style.top = (above > 4 ? above : Math.min(box.bottom + 10, innerHeight - size.height - 4)) + 'px';
  }

  function show(datum, box) {
    const lines = String(datum.tip || '').split('\n');
    tip.replaceChildren();
    ['b', 'i', 'span'].forEach((kind, n) => {
      if (!lines[n]) return;
      const part = document.createElement(kind);
      part.textContent = n < 2 ? lines[n] : lines.slice(2).join('\n');
      tip.append(part);
    });
    tip.hidden = false;
    place(box);
  }

  function hide() {
    tip.hidden = true;
    document.querySelectorAll('.chart .on').forEach(one => one.classList.remove('on'));
    shownAt = byKey = null;
  }

  function marks(chart, which) {
    return [...chart.querySelectorAll(which)]
      .filter(one => one.__data__ && one.__data__.datum && one.__data__.datum.tip)
      .map(one => ({ one, box: one.getBoundingClientRect() }))
      .filter(({ box }) => box.right > chart.getBoundingClientRect().left && box.left < chart.getBoundingClientRect().right)
      .sort((a, b) => a.box.left - b.box.left || a.box.top - b.box.top);
  }

  const MARKS = 'path[aria-label],line[aria-label]';

  // The points of the curve in whose panel the shown mark is, or of the first one.
  function points(chart) {
    const group = byKey && byKey.closest('g');
    const panel = group && (String(group.getAttribute('class')).match(/metric-\d+/) || [])[0];
    const known = [...chart.querySelectorAll('g[class*="-course"]')]
      .map(one => String(one.getAttribute('class')).match(/metric-\d+(?=-course)/))
      .filter(Boolean).map(one => one[0]);
    const chosen = panel && known.includes(panel) ? panel : known[0];
    return chosen ? marks(chart, 'g.' + chosen + '-course > path') : [];
  }

  function step(chart, by, fine) {
    const all = fine ? points(chart) : marks(chart, MARKS);
    if (!all.length) return;
    const at = all.findIndex(({ one }) => one.__data__ === shownAt);
    const next = all[at < 0 ? from(all, by) : (at + by + all.length) % all.length];
    hide();
    shownAt = next.one.__data__;
    byKey = next.one;
    byKey.classList.add('on');
    byKey.scrollIntoView({ block: 'nearest' });
    show(shownAt.datum, byKey.getBoundingClientRect());
  }

  // Whoever comes from elsewhere begins at the next one in time, or at an end.
  function from(all, by) {
    const end = by > 0 ? 0 : all.length - 1;
    if (!byKey) return end;
    const x = byKey.getBoundingClientRect().left;
    const found = by > 0 ? all.findIndex(({ box }) => box.left > x) : all.findLastIndex(({ box }) => box.left < x);
    return found < 0 ? end : found;
  }

  function follow() {
    const ref = shownAt && shownAt.datum && shownAt.datum.ref;
    if (ref && document.getElementById(ref)) location.hash = ref;
  }

  function zoom(view, what) {
    const [first, last] = told.span;
    let t0 = view.signal('t0'), t1 = view.signal('t1');
    const wide = t1 - t0, middle = view.signal('pointed') || (t0 + t1) / 2;
    if (what === 'all') { t0 = first; t1 = last; }
    if (what === 'in' && wide > 200) { t0 = middle - (middle - t0) / 2; t1 = middle + (t1 - middle) / 2; }
    if (what === 'out') { t0 = middle - (middle - t0) * 2; t1 = middle + (t1 - middle) * 2; }
    if (what === 'left') { t0 -= wide / 4; t1 -= wide / 4; }
    if (what === 'right') { t0 += wide / 4; t1 += wide / 4; }
    const size = Math.min(t1 - t0, last - first);
    t0 = Math.min(Math.max(t0, first), last - size);
    hide();
    view.signal('t0', t0).signal('t1', t0 + size).runAsync();
  }

  function keys(chart, view) {
    let fine = false;
    const does = {
      ArrowRight: () => step(chart, 1, fine), ArrowLeft: () => step(chart, -1, fine),
      Home: () => { shownAt = null; step(chart, 1); }, End: () => { shownAt = null; step(chart, -1); },
      Enter: follow, Escape: hide
    };
    if (chart.dataset.chart === 'incident') {
      Object.assign(does, { '+': () => zoom(view, 'in'), '-': () => zoom(view, 'out'), '0': () => zoom(view, 'all') });
    }
    chart.addEventListener('keydown', event => {
      if (!does[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      fine = event.shiftKey;
      event.preventDefault();
      does[event.key]();
    });
    chart.addEventListener('blur', hide);
  }

  document.querySelectorAll('.chart').forEach(chart => {
    const name = chart.dataset.chart;
    const tooltip = (handler, event, item, value) => {
      if (!value || !value.tip) { if (event.type !== 'pointerout' || event.pointerType === 'mouse') hide(); return; }
      shownAt = item;
      show(value, { left: event.clientX - 4, top: event.clientY - 4, width: 8, height: 8, bottom: event.clientY + 8 });
    };
    vegaEmbed(chart, told.specs[name], {
      mode: 'vega', renderer: 'svg', ast: true, hover: true, actions: false, defaultStyle: false, tooltip
    }).then(({ view }) => live(chart, name, view));
  });

  function live(chart, name, view) {
    view.addEventListener('click', (event, item) => {
      if (!item || !item.datum || !item.datum.tip) { hide(); return; }
      shownAt = item;
      show(item.datum, { left: event.clientX - 4, top: event.clientY - 4, width: 8, height: 8, bottom: event.clientY + 8 });
    });
    view.addEventListener('dblclick', (event, item) => { shownAt = item; follow(); });
    keys(chart, view);
    views[name] = view;
    chart.classList.add('drawn');
  }

  document.querySelectorAll('.tools button').forEach(button => {
    button.addEventListener('click', () => zoom(views.incident, button.dataset.do));
  });
  addEventListener('scroll', () => {
    if (byKey) place(byKey.getBoundingClientRect());
    else if (!tip.hidden) hide();
  }, { passive: true });
  function unfold() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const part = target && target.closest('details');
    if (part && !part.open) { part.open = true; target.scrollIntoView(); }
  }

  addEventListener('hashchange', unfold);
  addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(one => { one.open = true; }));
  unfold();
  window.mlirViews = views;
})();
