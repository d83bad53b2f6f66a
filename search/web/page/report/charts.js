// Interactive charts in the places that view() left for them. Stands alone: reports hold its text, and the global `echarts`.

const NARROW = 540;

/**
 * Puts a chart into the slot of each picture under `root` that has an option, and follows the slot's width.
 * @param {ParentNode} root
 * @param {{id: string, height: number, option: object|null, columns: string[], rows: string[][]}[]} pictures
 * @param {{onPick?: (pictureId: string, row: number) => void}} [handlers] a click on what stands for a row of the table; by default
 *   the row is shown
 * @returns {() => void} takes the charts away again
 */
export function mountCharts(root, pictures, {onPick} = {}) {
  const mounted = pictures
    .filter((picture) => picture.option)
    .map((picture) => mount(root, picture, onPick))
    .filter(Boolean);
  return () => mounted.forEach((dispose) => dispose());
}

function mount(root, picture, onPick) {
  const figure = [...root.querySelectorAll("figure[data-picture]")].find((f) => f.dataset.picture === picture.id);
  const slot = figure?.querySelector(".chart");
  if (!slot) return null;
  const live = document.createElement("div");
  live.className = "live";
  slot.append(live);
  slot.classList.add("mounted");
  const chart = echarts.init(live, null, {renderer: "svg"});
  let narrow;
  const draw = () => {
    const isNarrow = live.clientWidth < NARROW;
    if (live.clientWidth === 0) return;
    if (isNarrow !== narrow) {
      const isRedrawn = narrow !== undefined;
      narrow = isNarrow;
      const {option, height} = fitted(picture, narrow);
      live.style.height = `${height}px`;
      chart.resize();
      chart.setOption({...option, tooltip: {...option.tooltip, formatter: (point) => tip(picture, point)}}, true);
      // Drawn anew, the axes have lost the ranges that the table's rows were kept by.
      if (isRedrawn && option.parallelAxis) filterRows(figure, picture, chart);
    } else {
      chart.resize();
    }
  };
  draw();
  const observer = new ResizeObserver(draw);
  observer.observe(slot);
  chart.on("click", (point) => pick(figure, picture, point, onPick));
  chart.on("axisareaselected", () => filterRows(figure, picture, chart));
  return () => {
    observer.disconnect();
    chart.dispose();
    live.remove();
    slot.classList.remove("mounted");
  };
}

// On a phone: names get less room, lines of designs run downwards, histograms stand one under the other.
function fitted(picture, narrow) {
  const option = structuredClone(picture.option);
  let height = picture.height;
  if (!narrow) return {option, height};
  if (option.legend) Object.assign(option.legend, {type: "scroll", left: 8, right: 8});
  for (const axis of [option.yAxis ?? []].flat()) {
    if (axis.type !== "category") continue;
    Object.assign(axis.axisLabel, {width: 92, fontSize: 11});
    if (axis.data.some((name) => name.length > 26)) height += 12 * axis.data.length;
  }
  if (Array.isArray(option.grid)) {
    const row = 170;
    option.grid = option.grid.map((_, i) => ({left: 44, right: 20, top: 30 + row * i, height: row - 60}));
    height = 30 + row * option.grid.length;
  } else if (option.grid && [option.yAxis].flat()[0]?.type === "category") {
    Object.assign(option.grid, {left: 106, right: Math.min(option.grid.right, 50)});
  } else if (option.grid) {
    Object.assign(option.grid, {left: 56, right: 16});
  }
  if (option.parallel) {
    Object.assign(option.parallel, {layout: "vertical", left: 96, right: 24, top: 44, bottom: 20});
    for (const axis of option.parallelAxis)
      Object.assign(axis, {nameLocation: "start", nameTextStyle: {...axis.nameTextStyle, width: 84}});
    height = 80 + 46 * option.parallelAxis.length;
  }
  return {option, height};
}

const MOST_LINES = 14;

function tip(picture, point) {
  const row = point.data?.row;
  const cells = picture.rows[row];
  if (!cells) {
    const value = point.data?.value ?? point.value;
    return `${point.seriesName ?? ""}\n${Array.isArray(value) ? value.join(", ") : (value ?? "")}`;
  }
  const lines = cells.map((cell, i) => (picture.columns[i] ? `${picture.columns[i]}: ${cell}` : cell));
  return `${point.seriesName}\n${lines
    .slice(0, MOST_LINES)
    .map((text) => (text.length > 60 ? `${text.slice(0, 59)}…` : text))
    .join("\n")}`;
}

function pick(figure, picture, point, onPick) {
  const row = point.data?.row;
  if (row === undefined || row < 0) return;
  if (onPick) {
    onPick(picture.id, row);
    return;
  }
  const line = figure.querySelector(`tr[data-row="${row}"]`);
  if (!line) return;
  figure.querySelectorAll("tr.picked").forEach((other) => other.classList.remove("picked"));
  line.classList.add("picked");
  line.closest("details")?.setAttribute("open", "");
  line.scrollIntoView({block: "nearest"});
}

// Brushing along the axes of parallel coordinates keeps the table's rows within the ranges.
function filterRows(figure, picture, chart) {
  const kept = new Set();
  let brushed = false;
  for (const axis of chart.getModel().queryComponents({mainType: "parallelAxis"}))
    brushed ||= axis.activeIntervals.length > 0;
  for (const series of chart.getModel().getSeries()) {
    for (const i of series.getRawIndicesByActiveState(brushed ? "active" : "normal"))
      kept.add(series.option.data[i].row);
  }
  figure.querySelectorAll("tr[data-row]").forEach((line) => {
    line.hidden = brushed && !kept.has(Number(line.dataset.row));
  });
  const summary = figure.querySelector("summary");
  summary.textContent = brushed
    ? `Table behind this picture (${kept.size} of ${picture.rows.length} rows, by the brushed ranges)`
    : `Table behind this picture (${picture.rows.length} rows)`;
}
