/**
 * The style of the page. Colours are variables with a light and a dark value; plots refer to the same variables. Blue
 * and orange stay apart for every common kind of colour blindness, and text on every ground meets WCAG AA.
 */
import { RAMP_STEPS } from './beeswarm.ts';
import { JOINED_DOTS } from './plot-svg.ts';

const LIGHT = {
  page: '#fcfcfa',
  surface: '#f4f4f0',
  ink: '#1c2126',
  muted: '#5a636c',
  line: '#dcded9',
  track: '#ebece7',
  quiet: '#8d959c',
  up: '#b8480b',
  down: '#1f66ae',
  'ramp-category': '#8c9297',
  ramp: ['#1358a8', '#3b74bb', '#6a90c6', '#98a6c4', '#b79fa8', '#cf9a7b', '#d2804c', '#c76322', '#a83f04'],
};
const DARK = {
  page: '#14171a',
  surface: '#1c2024',
  ink: '#e7e9ea',
  muted: '#a4adb5',
  line: '#343a40',
  track: '#252a2f',
  quiet: '#68727b',
  up: '#f0935c',
  down: '#70b0ee',
  'ramp-category': '#7d858c',
  ramp: ['#4ea1ff', '#6aa9ee', '#86acd8', '#a0acc4', '#b8a9b0', '#cda391', '#e19c72', '#f19354', '#ff8a38'],
};

function variables({ ramp, ...named }: typeof LIGHT): string {
  const steps = ramp.map((colour, step) => `--ramp-${step}:${colour}`);
  return [...Object.entries(named).map(([name, colour]) => `--${name}:${colour}`), ...steps].join(';');
}

const rampRules = [...Array.from({ length: RAMP_STEPS }, (_, step) => String(step)), 'category']
  .map((step) => `.ramp-${step}{stroke:var(--ramp-${step})}`)
  .join('');

export const PAGE_STYLE = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root{${variables(DARK)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
.page{max-width:1240px;margin:0 auto;padding:0 32px 64px}
h1,h2,h3,p,dl,dd,figure,ul{margin:0;padding:0}
h1{font-size:2rem;line-height:1.2;font-weight:650;letter-spacing:-.015em;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:1.2rem;line-height:1.3;font-weight:650;letter-spacing:-.005em}
h3{font-size:1.08rem;line-height:1.3;font-weight:650}
.code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.88em;overflow-wrap:anywhere}
header{padding:48px 0 12px}
.eyebrow{color:var(--muted);font-size:.82rem;font-weight:600;letter-spacing:.08em;text-transform:uppercase;margin-bottom:8px}
.facts{display:flex;flex-wrap:wrap;gap:2px 22px;margin-top:12px;color:var(--muted);font-size:.92rem}
.facts b{color:var(--ink);font-weight:600}
.summary{margin-top:20px;max-width:68ch;font-size:1.06rem}
.cards{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:12px;margin:28px 0 24px}
.cards>div{background:var(--surface);border-radius:8px;padding:14px 16px 13px}
.cards dt{color:var(--muted);font-size:.85rem}
.cards b{display:block;font-size:1.6rem;line-height:1.25;font-weight:600;letter-spacing:-.01em}
.cards small{display:block;color:var(--muted);font-size:.8rem;line-height:1.35;margin-top:2px;text-wrap:balance}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;padding:14px 0;border-block:1px solid var(--line);font-size:.9rem}
nav a{color:var(--down);text-decoration:none}
nav a:hover{text-decoration:underline}
a:focus-visible,.scroll:focus-visible{outline:2px solid var(--down);outline-offset:2px}
.section{display:grid;grid-template-columns:240px minmax(0,1fr);gap:20px 44px;padding:36px 0;border-bottom:1px solid var(--line);scroll-margin-top:8px}
.section:last-of-type{border-bottom:0}
.intro p{margin-top:8px;color:var(--muted);font-size:.92rem;max-width:62ch}
.part{padding:44px 0 4px}
.part h2{font-size:1.5rem}
.part p{margin-top:6px;color:var(--muted);max-width:68ch}
.body{display:grid;gap:24px;min-width:0}
.figures,.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:28px 32px;align-items:start}
figure{min-width:0}
figcaption{font-size:.92rem;color:var(--muted);margin-bottom:10px;max-width:78ch}
figcaption strong{display:block;color:var(--ink);font-weight:600}
.plot{display:block;width:100%;height:auto;overflow:visible;font-family:inherit}
.plot text{white-space:pre;font-variant-numeric:tabular-nums}
.plot [stroke-opacity="0.1"]{stroke-opacity:.13}
.${JOINED_DOTS}{fill:none;stroke-linecap:round}${rampRules}
.if-narrow{display:none}
.legend{display:flex;flex-wrap:wrap;gap:4px 20px;margin:0 0 8px;color:var(--muted);font-size:.85rem}
.legend span{display:inline-flex;align-items:center;gap:6px}
.swatch{display:inline-block;width:11px;height:11px;border-radius:3px}
.legend .ramp{gap:0}
.ramp .swatch{border-radius:0;width:14px}
.ramp .swatch:first-child{border-radius:3px 0 0 3px}
.ramp .swatch:last-child{border-radius:0 3px 3px 0}
.scroll{overflow-x:auto;min-width:0}
table{border-collapse:collapse;width:100%;font-size:.88rem;line-height:1.4}
caption{text-align:left;font-weight:600;padding-bottom:6px}
th,td{padding:6px 0 6px 18px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:400}
th:first-child,td:first-child{padding-left:0}
thead th{color:var(--muted);font-size:.82rem;border-bottom-color:var(--quiet);vertical-align:bottom}
.number{text-align:right;white-space:nowrap}
tbody .text{overflow-wrap:break-word;min-width:7em;max-width:32em}
.tiles{border-collapse:separate;border-spacing:4px;table-layout:fixed;min-width:300px}
.tiles th,.tiles td{border:0;padding:8px}
.tiles thead th{text-align:center}
.tiles thead td,.tiles tbody th{width:76px;padding-left:0;vertical-align:middle}
.tiles tbody td{border-radius:6px;text-align:center;padding:16px 6px}
.tiles b{display:block;font-size:1.35rem;font-weight:600;line-height:1.25}
.tiles span{font-size:.82rem}
.right{background:color-mix(in srgb,var(--down) calc(5% + 27% * var(--share)),var(--page))}
.wrong{background:color-mix(in srgb,var(--up) calc(5% + 27% * var(--share)),var(--page))}
.cases{display:grid;gap:28px}
.case h3{font-size:1rem;padding-bottom:6px;border-bottom:1px solid var(--quiet)}
.case h3 small{color:var(--muted);font-weight:400;margin-left:6px}
.flag{padding:14px 0 12px;border-bottom:1px solid var(--line);display:grid;gap:8px;min-width:0}
.flag-head{display:flex;justify-content:space-between;align-items:start;gap:16px}
.flag h4{margin:0;font-size:.9rem;font-weight:600}
.score{flex:0 0 112px;text-align:right;font-size:.88rem;white-space:nowrap}
.score b{font-size:1.05rem;font-weight:600}
.score span{color:var(--muted)}
.keys{display:flex;flex-wrap:wrap;gap:4px 24px;font-size:.88rem}
.keys dt{color:var(--muted);font-size:.78rem}
.keys dd{overflow-wrap:anywhere}
details{font-size:.88rem}
summary{color:var(--down);cursor:pointer;width:max-content;padding:2px 0}
summary:focus-visible{outline:2px solid var(--down);outline-offset:2px}
details .reasons{margin-top:6px}
details .reasons .reasons{margin:4px 0 4px;color:var(--muted)}
.meter{display:block;height:4px;border-radius:2px;margin-top:4px;background:linear-gradient(to right,var(--up) calc(100% * var(--share)),var(--track) 0)}
.reasons{list-style:none;display:grid;gap:3px;font-size:.9rem;line-height:1.4}
.reasons li{display:grid;grid-template-columns:68px minmax(0,1fr);gap:8px}
.reasons span:last-child{overflow-wrap:anywhere}
.reasons .up,.reasons .down{font-weight:600;white-space:nowrap}
.reasons .up{color:var(--up)}
.reasons .down{color:var(--down)}
.badge{justify-self:start;align-self:start;border:1px solid var(--quiet);border-radius:4px;padding:0 6px;font-size:.78rem;color:var(--muted)}
.facts-box .box-title{font-weight:600;font-size:.88rem;padding-bottom:6px;border-bottom:1px solid var(--quiet)}
.facts-box dl>div{display:grid;grid-template-columns:140px minmax(0,1fr);gap:4px 16px;padding:6px 0;border-bottom:1px solid var(--line);font-size:.88rem}
.facts-box dt{color:var(--muted)}
.facts-box dd{overflow-wrap:anywhere}
footer{padding-top:28px;color:var(--muted);font-size:.85rem}
@media (max-width:1099px){.section{grid-template-columns:minmax(0,1fr)}}
@media (max-width:759px){
.page{padding:0 16px 40px}
header{padding-top:28px}
h1{font-size:1.6rem}
.cards{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}
.cards>div{padding:11px 12px}
.cards b{font-size:1.3rem}
.if-wide{display:none}
.if-narrow{display:grid;gap:16px}
.facts-box dl>div{grid-template-columns:minmax(0,1fr);gap:0}
}
@media print{
:root{color-scheme:light}
body{font-size:11pt}
.page{max-width:none;padding:0}
nav{display:none}
.section{grid-template-columns:minmax(0,1fr);padding:18px 0}
figure,.cards>div,tr,.intro,.flag{break-inside:avoid}
details::details-content{content-visibility:visible;display:block;height:auto}
summary{color:inherit;font-weight:600}
.intro{break-after:avoid}
.scroll{overflow:visible}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
