// Draws a chart from its JSON with ECharts (bars, lines, pies only), in the colours of the page.
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, GridComponent, LegendComponent, LineChart, PieChart, CanvasRenderer, TooltipComponent]);
const TONES = ["accent", "gastronomy", "trade", "tourism", "investment", "ink-3"];
const language = document.documentElement.lang === "en" ? "en-GB" : "es-PE";
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat(language, { maximumFractionDigits: 1, notation: "compact" });

/** A token's colour as the page has it now (light or dark). */
function colours(element) {
  const probe = element.appendChild(document.createElement("i"));
  probe.style.transition = "none"; // else the colour asked for is still on its way
  const known = {};
  return {
    of(name) {
      if (!known[name]) { probe.style.color = `var(--${name})`; known[name] = getComputedStyle(probe).color; }
      return known[name];
    },
    done: () => probe.remove(),
  };
}

const toneOf = (name, index) => (name === "muted" ? "muted-fill" : name ?? TONES[index % TONES.length]);
/** How many series before this one take a colour of their own. */
const coloured = (list, index) => list.slice(0, index).filter((one) => one.tone !== "muted").length;

function pie(data, colour) {
  const [series] = data.series;
  return {
    tooltip: { trigger: "item", valueFormatter: (value) => number.format(value) },
    legend: { orient: "vertical", right: 8, top: "middle", icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: colour("ink-2"), fontSize: 13 } },
    series: [{
      type: "pie", radius: ["52%", "82%"], center: ["32%", "50%"], label: { show: false }, itemStyle: { borderColor: colour("paper"), borderWidth: 2 },
      data: data.labels.map((name, index) => ({ name, value: series.values[index], url: series.urls?.[index], itemStyle: { color: colour(toneOf(series.tones?.[index], index)) } })),
    }],
  };
}

function axes(data, colour) {
  const words = { color: colour("ink-2"), fontSize: 12 };
  const line = data.type === "line";
  return {
    grid: { left: 4, right: 8, top: data.series.length > 1 ? 34 : 12, bottom: 2, containLabel: true },
    tooltip: { trigger: "axis", axisPointer: { type: line ? "line" : "shadow" }, valueFormatter: (value) => (value === null || value === undefined ? "–" : `${data.unit ? `${data.unit} ` : ""}${number.format(value)}`) },
    legend: data.series.length > 1 ? { right: 4, top: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: words } : undefined,
    xAxis: { type: "category", data: data.labels, boundaryGap: !line, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } }, axisLabel: { ...words, hideOverlap: true } },
    yAxis: { type: "value", splitLine: { lineStyle: { color: colour("line") } }, axisLabel: { ...words, formatter: (value) => short.format(value) }, splitNumber: 4 },
    series: data.series.map((series, index) => ({
      type: line ? "line" : "bar", name: series.name, stack: data.stack ? "all" : undefined, barMaxWidth: 28, barGap: "12%", symbolSize: 7, cursor: series.urls ? "pointer" : "default",
      itemStyle: { color: colour(toneOf(series.tone, coloured(data.series, index))), borderRadius: data.stack ? 0 : [3, 3, 0, 0] }, lineStyle: { width: 2.5 },
      data: series.values.map((value, at) => ({ value, url: series.urls?.[at] })),
    })),
  };
}

function paint(element, chart) {
  const data = JSON.parse(element.dataset.chart);
  const palette = colours(element);
  const colour = palette.of;
  chart.setOption({
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 250,
    aria: { enabled: false }, // the figure has a name and a table
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    ...(data.type === "pie" ? pie(data, colour) : axes(data, colour)),
  }, true);
  chart.setOption({ tooltip: { renderMode: "richText", backgroundColor: colour("raised"), borderColor: colour("line"), textStyle: { color: colour("ink"), fontSize: 13 } } });
  palette.done();
}

/** Draw into an element with data-chart; follows its size and the theme. */
export function draw(element) {
  element.dataset.drawn = "";
  const chart = init(element, null, { devicePixelRatio: Math.max(devicePixelRatio, 2) });
  paint(element, chart);
  chart.on("click", ({ data }) => { if (data?.url) location.assign(data.url); });
  new ResizeObserver(() => chart.resize()).observe(element);
  document.addEventListener("theme", () => paint(element, chart));
}
