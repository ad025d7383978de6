/** The page's style: one sheet, light and dark, for screens and paper. */
const light = `
  --page: #f6f7f9; --surface: #ffffff; --ink: #16202c; --muted: #586374; --line: #dce1e8; --grid: #e8ebf0; --link: #1d4ed8;
  --good: #15803d; --warn: #b45309; --bad: #b91c1c; --stall: rgba(220, 38, 38, 0.13);
  --c0: #2563eb; --c1: #d97706; --c2: #0d9488; --c3: #be185d; --c4: #7c3aed; --c5: #4d7c0f; --c6: #0e7490; --c7: #78716c;`;
const dark = `
  --page: #0f141b; --surface: #171e28; --ink: #e7ebf1; --muted: #a2adbb; --line: #2c3644; --grid: #263040; --link: #8ab4ff;
  --good: #4ade80; --warn: #fbbf24; --bad: #f87171; --stall: rgba(248, 113, 113, 0.2);
  --c0: #60a5fa; --c1: #fbbf24; --c2: #2dd4bf; --c3: #f472b6; --c4: #a78bfa; --c5: #a3e635; --c6: #22d3ee; --c7: #a8a29e;`;

/** CSS of the page; that of the charts stands before it. */
export const pageStyle = `
:root { color-scheme: light dark; --font: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; ${light} }
:root[data-theme="light"] { color-scheme: light; }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { ${dark} } }
:root[data-theme="dark"] { color-scheme: dark; ${dark} }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 var(--font); }
main, .top { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
.top { display: flex; justify-content: space-between; align-items: center; padding-top: 20px; color: var(--muted); font-size: 13px; }
a { color: var(--link); }
button { font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: 4px 12px; cursor: pointer; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 16px; top: 8px; background: var(--surface); padding: 6px 12px; z-index: 9; }
h1 { font-size: 26px; line-height: 1.25; margin: 12px 0 4px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 4px; }
h3 { font-size: 15px; margin: 20px 0 4px; overflow-wrap: anywhere; }
.about { color: var(--muted); margin: 0 0 20px; overflow-wrap: anywhere; }
section { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 0 0 18px; }
section > p { color: var(--muted); margin: 0 0 10px; max-width: 100ch; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 12px; margin: 0 0 18px; padding: 0; list-style: none; }
.cards li { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.cards span { display: block; color: var(--muted); font-size: 13px; }
.cards b { font-size: 22px; font-weight: 650; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; white-space: nowrap; }
.cards small { display: block; color: var(--muted); font-size: 13px; }
.verdict { border-left: 5px solid var(--muted); }
.verdict.good { border-left-color: var(--good); } .verdict.warn { border-left-color: var(--warn); } .verdict.bad { border-left-color: var(--bad); }
.verdict p { color: var(--ink); margin: 4px 0 0; overflow-wrap: anywhere; }
figure { margin: 0; }
.chart { min-height: 300px; border-radius: 6px; }
.chart.small { min-height: 190px; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(240px, 100%), 1fr)); gap: 4px 12px; }
.panels > div { min-width: 0; }
h4 { font-size: 13px; font-weight: 600; color: var(--muted); margin: 6px 0 2px; overflow-wrap: anywhere; }
.steps th:last-child { text-align: left; padding-left: 14px; }
.steps td:last-child { white-space: normal; overflow-wrap: anywhere; text-align: left; padding-left: 14px; min-width: 17ch; }
.maps > div { min-width: 0; }
.maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 8px 28px; }
.map { min-width: 0; }
figcaption { font-size: 15px; font-weight: 600; margin: 12px 0 0; overflow-wrap: anywhere; }
details { margin-top: 8px; }
summary { cursor: pointer; color: var(--link); width: fit-content; font-size: 14px; }
.scroll { overflow-x: auto; margin-top: 8px; }
.scroll.tall { max-height: 640px; overflow-y: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
thead th { color: var(--muted); font-weight: 600; position: sticky; top: 0; background: var(--surface); }
th:first-child { text-align: left; font-weight: 500; padding-right: 20px; }
.facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; width: 100%; }
.facts th { vertical-align: top; }
td small { color: var(--muted); }
td small.range { display: block; font-size: 11.5px; line-height: 1.3; }
td.best { font-weight: 650; color: var(--good); }
.heat { display: block; padding: 7px 6px; border-radius: 4px; background: color-mix(in srgb, var(--c0) var(--heat), transparent); }
.heat.tail { background: color-mix(in srgb, var(--c1) var(--heat), transparent); }
.heat.best { outline: 2px solid var(--ink); outline-offset: -2px; font-weight: 650; }
.map th { text-align: center; border: 0; padding: 3px 6px; }
.map thead th { position: static; }
.map th[scope="row"], .map thead tr:last-child th:first-child { text-align: right; padding-right: 10px; width: 1%; }
.map td { padding: 0; text-align: center; border: 2px solid var(--surface); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
ul.files { padding-left: 18px; margin: 6px 0 0; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.uplot { font-family: var(--font); color: var(--ink); }
.u-legend { font-size: 13px; text-align: left; padding-left: 46px; width: 100%; }
.u-inline tr { margin-right: 18px; }
.u-legend th, .u-legend td { border: 0; padding: 3px 4px; width: auto; background: none; position: static; color: var(--ink); }
.u-legend .u-value { color: var(--muted); min-width: 7ch; display: inline-block; text-align: left; }
.u-cursor-x { border-right-color: var(--muted); }
.u-select { background: rgba(127, 127, 127, 0.2); }
footer { color: var(--muted); font-size: 13px; padding: 4px 0 32px; }
@media (max-width: 600px) { main, .top { padding: 0 12px; } section { padding: 14px 12px; } }
@media print {
  :root { ${light} }
  .heat { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { background: none; font-size: 11pt; } button, .skip { display: none; }
  section, .cards li { break-inside: avoid; } .long { break-inside: auto; }
  .scroll { max-height: none; overflow: visible; } th, td { white-space: normal; } thead th { position: static; }
}
`;
