/** The page's script. It is a text: it runs in a browser, where nothing of Node is. The page is complete without it, but for charts. */
export const pageScript = `
(() => {
  'use strict';
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById('charts').textContent);
  document.getElementById('no-script').remove();
  const plots = [];
  const colourOf = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const short = (value) => {
    const size = Math.abs(value);
    const [unit, by] = size >= 1e9 ? ['G', 1e9] : size >= 1e6 ? ['M', 1e6] : size >= 1e3 ? ['k', 1e3] : ['', 1];
    return String(Number((value / by).toPrecision(4))) + unit;
  };
  const long = (value, unit) => {
    if (value === null || value === undefined) return '–';
    const size = Math.abs(value);
    const digits = unit !== 'ms' && size >= 100 ? 0 : size < 10 ? 3 : size < 100 ? 2 : 1;
    return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }) + ' ' + unit;
  };
  const percentile = (x) => {
    if (x <= 1) return '0 %';
    const digits = Math.max(0, Math.ceil(Math.log10(x)) - 2);
    return String(Number((100 - 100 / x).toFixed(digits + 1))) + ' %';
  };
  const places = { percentile, time: (x) => String(Number(x.toFixed(3))) + ' s', points: (x) => long(x, 'records/s'), order: (x) => '#' + x };
  // What stands at a place of a chart.
  const placeText = (chart, at) => {
    const name = chart.names === undefined ? null : chart.names[at];
    if (chart.kind === 'axis') return chart.xLabel + '=' + name;
    const place = chart.xUnit === undefined ? places[chart.kind](chart.x[at]) : long(chart.x[at], chart.xUnit);
    return name === null ? place : name + ', ' + place;
  };

  // A logarithmic axis from one of 1, 2, 5, 10 to another, with ticks there; with powers of ten alone when it spans more than three.
  const mantissas = [1, 2, 5];
  const ladder = (min, max) => {
    const steps = [];
    for (let power = Math.floor(Math.log10(min)) - 1; power <= Math.ceil(Math.log10(max)) + 1; power++)
      for (const mantissa of mantissas) steps.push(Number((mantissa * 10 ** power).toPrecision(3)));
    return steps;
  };
  const logRange = (plot, min, max) => {
    if (!(min > 0)) return [0.1, 10];
    const steps = ladder(min, max);
    return [steps.filter((step) => step <= min * 1.0001).pop(), steps.find((step) => step >= max * 0.9999 && step > min)];
  };
  const logSplits = (plot, axis, min, max) => {
    const all = ladder(min, max).filter((step) => step >= min * 0.999 && step <= max * 1.001);
    return all.length <= 9 ? all : all.filter((step) => Math.abs(Math.log10(step) - Math.round(Math.log10(step))) < 1e-6);
  };
  // The quickest few records of a distribution would take most of the room.
  const tailRange = (plot, min, max) => logRange(plot, Math.max(min, max / 5000), max);
  const linearRange = (plot, min, max) => [0, max > 0 ? max * 1.08 : 1];
  // Where differences count and not sizes: no zero, and some room around.
  const closeRange = (plot, min, max) => {
    const room = max > min ? (max - min) * 0.1 : Math.abs(max) * 0.1 || 1;
    return [min - room, max + room];
  };
  const percentileSplits = (plot) => {
    const last = plot.scales.x.max;
    const splits = [1, 2];
    for (let x = 10; x <= last * 1.001; x *= 10) splits.push(x);
    return splits;
  };

  const shade = (bands) => (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = colourOf('--stall');
    for (const [from, to] of bands) {
      const left = plot.valToPos(from, 'x', true);
      ctx.fillRect(left, bbox.top, Math.max(2, plot.valToPos(to, 'x', true) - left), bbox.height);
    }
    ctx.restore();
  };

  // On the canvas of a chart of points, once its points are drawn: how far trials went, which point is the best, and names where there is room.
  const annotate = (chart) => (plot) => {
    const { ctx, bbox } = plot;
    const ratio = uPlot.pxRatio;
    const at = (index, value) => [plot.valToPos(chart.x[index], 'x', true), plot.valToPos(value, 'y', true)];
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left - 4 * ratio, bbox.top - 4 * ratio, bbox.width + 8 * ratio, bbox.height + 8 * ratio);
    ctx.clip();
    ctx.lineWidth = ratio;
    ctx.globalAlpha = chart.kind === 'points' ? 0.4 : 0.8;
    for (const each of chart.series) {
      ctx.strokeStyle = colourOf('--c' + (each.colour % 8));
      (each.ranges ?? []).forEach((range, index) => {
        if (range === null) return;
        const [x, y] = at(index, each.values[index]);
        ctx.beginPath();
        ctx.moveTo(x, plot.valToPos(range.y[0], 'y', true));
        ctx.lineTo(x, plot.valToPos(range.y[1], 'y', true));
        if (range.x !== null) {
          ctx.moveTo(plot.valToPos(range.x[0], 'x', true), y);
          ctx.lineTo(plot.valToPos(range.x[1], 'x', true), y);
        }
        ctx.stroke();
      });
    }
    ctx.globalAlpha = 1;
    const points = chart.x.map((_, index) => {
      const found = chart.series.find((each) => each.isLine !== true && each.values[index] !== null);
      return found === undefined ? null : at(index, found.values[index]);
    });
    const ring = points[chart.ringed ?? -1];
    if (ring) {
      ctx.strokeStyle = colourOf('--ink');
      ctx.lineWidth = 2 * ratio;
      ctx.beginPath();
      ctx.arc(ring[0], ring[1], 9 * ratio, 0, 2 * Math.PI);
      ctx.stroke();
    }
    const taken = points.flatMap((point) => (point === null ? [] : [[point[0] - 6 * ratio, point[1] - 6 * ratio, 12 * ratio, 12 * ratio]]));
    ctx.font = 11 * ratio + 'px ' + colourOf('--font');
    ctx.fillStyle = colourOf('--ink');
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    (chart.marks ?? []).forEach((text, index) => {
      const point = points[index];
      if (!point || text === '') return;
      const [wide, high, away] = [ctx.measureText(text).width, 12 * ratio, 10 * ratio];
      const [x, y] = point;
      const boxes = [
        [x + away, y - high / 2],
        [x - away - wide, y - high / 2],
        [x - wide / 2, y - away - high],
        [x - wide / 2, y + away],
      ].map(([left, top]) => [left, top, wide, high]);
      const isFree = ([left, top, width, height]) =>
        left >= bbox.left && left + width <= bbox.left + bbox.width && top >= bbox.top && top + height <= bbox.top + bbox.height &&
        taken.every((other) => left >= other[0] + other[2] || other[0] >= left + width || top >= other[1] + other[3] || other[1] >= top + height);
      const box = boxes.find(isFree);
      if (box === undefined) return;
      taken.push(box);
      ctx.fillText(text, box[0], box[1] + high / 2);
    });
    ctx.restore();
  };

  const optionsOf = (chart, width) => {
    const ink = colourOf('--muted');
    const grid = { stroke: colourOf('--grid'), width: 1 };
    const font = '12px ' + colourOf('--font');
    const axis = { stroke: ink, grid, ticks: { stroke: colourOf('--grid'), width: 1, size: 5 }, font, labelFont: font, labelSize: 22 };
    const isPercentile = chart.kind === 'percentile';
    const isPoints = chart.kind === 'points';
    const isOrder = chart.kind === 'order';
    const isAxis = chart.kind === 'axis';
    const isSmall = chart.isSmall === true;
    // Few places are marked, so that nobody takes the lines between them for measurements.
    const hasDots = isPoints || isOrder || isAxis || chart.x.length <= 8 && isPercentile;
    const stepped = uPlot.paths.stepped({ align: 1 });
    const series = chart.series.map((each) => {
      const stroke = colourOf('--c' + (each.colour % 8));
      return {
        label: each.label,
        stroke,
        width: isOrder ? 1 : 2,
        dash: each.isDashed || each.colour >= 8 ? [6, 4] : undefined,
        fill: each.isFilled ? stroke + '26' : undefined,
        paths: (isPoints || each.hasNoLine === true) && each.isLine !== true ? () => null : chart.kind === 'time' ? stepped : undefined,
        points: hasDots && each.isLine !== true ? { show: true, size: isPoints ? 11 : 8, fill: stroke, stroke: colourOf('--surface') } : { show: false },
        spanGaps: isOrder || each.isLine === true,
        value: (plot, value) => long(value, chart.unit),
      };
    });
    return {
      width,
      height: isSmall ? 190 : isPoints ? 380 : 300,
      cursor: { y: false, focus: { prox: 24 }, ...(chart.kind === 'time' ? { sync: { key: 'time' } } : {}) },
      focus: { alpha: 0.35 },
      legend: { show: !isSmall, live: true, markers: { width: 3 } },
      scales: {
        x: isPercentile
          ? { time: false, distr: 3, log: 10, range: (plot, min, max) => [1, Math.max(10, max)] }
          : { time: false, ...(isPoints ? { range: (plot, min, max) => linearRange(plot, min, chart.xMost ?? max) } : isOrder || isAxis ? { range: (plot, min, max) => [min - 0.5, max + 0.5] } : { range: (plot, min, max) => [min, max > min ? max : min + 1] }) },
        y: chart.isLog ? { distr: 3, log: 10, range: chart.yRange ? (plot) => logRange(plot, ...chart.yRange) : isPercentile ? tailRange : logRange } : { range: chart.yRange ? (plot) => linearRange(plot, ...chart.yRange) : chart.isClose ? closeRange : linearRange },
      },
      axes: [
        {
          ...axis,
          ...(isSmall ? {} : { label: chart.xLabel }),
          size: 34,
          space: 60,
          ...(isPercentile
            ? { splits: percentileSplits, values: (plot, splits) => splits.map(percentile), filter: (plot, splits) => splits }
            : isAxis
              ? { splits: () => chart.x, filter: (plot, splits) => splits, values: (plot, splits) => splits.map((at) => chart.names[at]) }
              : { values: (plot, splits) => splits.map(short) }),
        },
        {
          ...axis,
          ...(isSmall ? {} : { label: chart.yLabel }),
          size: isSmall ? 48 : 58,
          values: (plot, splits) => splits.map((value) => (value === null ? '' : short(value))),
          ...(chart.isLog ? { splits: logSplits, filter: (plot, splits) => splits } : {}),
        },
      ],
      series: [
        {
          label: isPercentile ? 'percentile' : chart.kind === 'time' ? 'from' : isOrder ? 'number' : isAxis || chart.xUnit !== undefined ? chart.xLabel : chart.names ? 'step' : 'rate',
          value: (plot, x, series, at) => (x === null || at === null || at === undefined ? '–' : isAxis ? chart.names[at] : placeText(chart, at)),
        },
        ...series,
      ],
      hooks: {
        drawClear: chart.bands.length > 0 ? [shade(chart.bands)] : [],
        draw: isPoints || isAxis ? [annotate(chart)] : [],
      },
    };
  };

  const draw = () => {
    for (const plot of plots.splice(0)) plot.destroy();
    for (const chart of data) {
      const place = document.getElementById(chart.id);
      const plot = new uPlot(optionsOf(chart, place.clientWidth), [chart.x, ...chart.series.map((each) => each.values)], place);
      plots.push(plot);
      place.dataset.drawn = 'true';
    }
  };

  // With the keyboard: the arrows move along a chart, and what stands there is said.
  for (const chart of data) {
    const place = document.getElementById(chart.id);
    const said = document.getElementById(chart.id + '-said');
    let at = -1;
    place.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      at = Math.min(chart.x.length - 1, Math.max(0, at + step));
      const plot = plots[data.indexOf(chart)];
      plot.setCursor({ left: plot.valToPos(chart.x[at], 'x'), top: 10 });
      const values = chart.series.map((each) => (each.values[at] === null || each.isLine === true ? null : each.label + ' ' + long(each.values[at], chart.unit)));
      said.textContent = placeText(chart, at) + ': ' + values.filter((text) => text !== null).join(', ');
    });
  }

  const button = document.getElementById('theme');
  const themes = ['auto', 'light', 'dark'];
  let theme = 'auto';
  const setTheme = (name) => {
    if (name === 'auto') delete root.dataset.theme;
    else root.dataset.theme = name;
    draw();
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    button.textContent = 'Theme: ' + theme;
    setTheme(theme);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

  let width = innerWidth;
  let timer = 0;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(timer);
    timer = setTimeout(draw, 100);
  });
  addEventListener('beforeprint', () => {
    for (const each of document.querySelectorAll('details')) each.open = true;
    setTheme('light');
  });
  addEventListener('afterprint', () => setTheme(theme));
  draw();
})();
`;
