import { htmlText } from "../codecs/html.js";

interface PageText {
  readonly site: string;
  readonly zone: string;
  readonly api: string;
}

/** The document around the element. Without JavaScript it says where the numbers are. */
export function pageHtml({ site, zone, api }: PageText): string {
  const zoneAttribute = zone === "" ? "" : ` zone="${htmlText(zone)}"`;
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${htmlText(site)}: energy and carbon</title>
<link rel="icon" href="../assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="../assets/page.css">
<script src="../assets/analysis.js" type="module"></script>
</head>
<body>
<ada-carbon-analysis api="${htmlText(api)}" site="${htmlText(site)}"${zoneAttribute}></ada-carbon-analysis>
<noscript><p>This page needs JavaScript to show numbers; <a href="${htmlText(api)}/docs">the API</a> does not.</p></noscript>
</body>
</html>
`;
}
