"""The look of the page: no script, no font and no picture from elsewhere."""

CSS = """
:root { color-scheme: light; --ink: #1f2328; --dim: #57606a; --line: #d8dee4; --soft: #f6f8fa;
  --good: #1a7f37; --bad: #b42318; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 2rem 1.5rem 4rem; color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.9rem; margin: 0 0 .2rem; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .5rem; }
p { margin: .4rem 0 .8rem; max-width: 78ch; }
.dim, small { color: var(--dim); }
code { font: .92em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px;
  margin: 1.4rem 0; }
.card { background: var(--soft); border: 1px solid var(--line); border-radius: 10px;
  padding: .8rem 1rem; }
.card b { display: block; font-size: 1.65rem; line-height: 1.25; font-weight: 650; }
.card span { color: var(--dim); font-size: .88rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem;
  font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 600; color: var(--dim); border-bottom: 2px solid var(--line);
  padding: .4rem .6rem; vertical-align: bottom; }
td { text-align: right; border-bottom: 1px solid var(--line); padding: .4rem .6rem;
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
.kept { color: var(--good); font-weight: 600; } .broken { color: var(--bad); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(430px, 1fr)); gap: 18px; }
.plots.small { grid-template-columns: repeat(auto-fit, minmax(310px, 1fr)); }
.plots svg { width: 100%; height: auto; }
.plots figure { margin: 0; }
figcaption { color: var(--dim); font-size: .88rem; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(215px, 1fr)); gap: 12px; }
.pair { margin: 0; border: 1px solid var(--line); border-radius: 10px; padding: 10px;
  border-top: 4px solid var(--good); }
.pair.wrong { border-top-color: var(--bad); }
.faces { display: flex; gap: 6px; }
.faces img { width: 50%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated;
  background: var(--soft); border-radius: 4px; }
.pair figcaption { margin-top: .5rem; } .pair b { color: var(--ink); font-size: 1.15rem; }
.pair .verdict { float: right; margin-top: .2rem; color: var(--good); font-weight: 600; }
.pair.wrong .verdict { color: var(--bad); }
.pair .names { display: block; }
.pair details { font-size: .82rem; } summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: .6rem 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 640px) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; }
  .plots, .plots.small { grid-template-columns: 1fr; } }
@media print { .pair, .card, figure { break-inside: avoid; } body { max-width: none; } }
"""
