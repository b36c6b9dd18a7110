// The chart library, with the colours of the page and without movement where none is wanted.

const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    busy: of("busy"),
    idle: of("idle"),
    ink: of("ink"),
    soft: of("soft"),
    line: of("line"),
    missing: of("missing"),
    good: of("good"),
    panel: of("panel"),
  };
}

/** What all charts share. */
export function common({ unit, stacked }) {
  const { soft, line, ink, panel } = colours();
  const axis = {
    grid: { color: line },
    border: { display: false },
    ticks: { color: soft, maxRotation: 0, autoSkipPadding: 16 },
  };
  return {
    animation: still.matches ? false : { duration: 250 },
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    scales: {
      x: { ...axis, grid: { display: false }, stacked },
      y: { ...axis, stacked, beginAtZero: true, title: { display: true, text: unit, color: soft } },
    },
    plugins: {
      legend: { display: stacked, position: "bottom", labels: { color: soft, boxWidth: 12, boxHeight: 12 } },
      tooltip: { backgroundColor: ink, titleColor: panel, bodyColor: panel, footerColor: panel },
    },
  };
}

/** Draws anew when the colours of the system change. */
export function onColours(draw) {
  dark.addEventListener("change", draw);
}

/** Columns of which nothing is known, hatched from top to bottom: a gap is not a zero. */
export const missingColumns = {
  id: "missing",
  beforeDatasetsDraw(chart) {
    const { ctx, chartArea, scales, data } = chart;
    const rows = data.missing ?? [];
    const width = chartArea.width / Math.max(1, data.labels.length);
    ctx.save();
    ctx.strokeStyle = colours().missing;
    ctx.lineWidth = 1;
    rows.forEach((isMissing, i) => {
      if (!isMissing) return;
      const middle = scales.x.getPixelForValue(i);
      const half = Math.min(width * 0.4, 24);
      ctx.save();
      ctx.beginPath();
      ctx.rect(middle - half, chartArea.top, 2 * half, chartArea.height);
      ctx.clip();
      ctx.beginPath();
      for (let x = middle - half - chartArea.height; x < middle + half; x += 7) {
        ctx.moveTo(x, chartArea.bottom);
        ctx.lineTo(x + chartArea.height, chartArea.top);
      }
      ctx.stroke();
      ctx.restore();
    });
    ctx.restore();
  },
};

/** A band behind the line: the best time. */
export const band = {
  id: "band",
  beforeDatasetsDraw(chart) {
    const { from, to } = chart.data.band ?? {};
    if (from === undefined) return;
    const { ctx, chartArea, scales } = chart;
    const left = Math.max(scales.x.getPixelForValue(from), chartArea.left);
    const right = Math.min(scales.x.getPixelForValue(to), chartArea.right);
    ctx.save();
    ctx.fillStyle = colours().good;
    ctx.fillRect(left, chartArea.top, right - left, chartArea.height);
    ctx.fillStyle = colours().ink;
    ctx.font = "600 12px system-ui, sans-serif";
    ctx.textAlign = left > (chartArea.left + chartArea.right) / 2 ? "right" : "left";
    ctx.fillText("best", ctx.textAlign === "right" ? right - 4 : left + 4, chartArea.top + 14);
    ctx.restore();
  },
};
