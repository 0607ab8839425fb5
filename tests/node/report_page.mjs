// The page of a dashboard in a browser, at three widths, light and dark: what is said on the
// console, what is asked of the network, how far it scrolls sideways, what axe finds. Further pages: in two looks only.
// node report_page.mjs MODULES BROWSER PAGE... [--pictures FOLDER]; writes one JSON object: page -> list of looks.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const [modules, browser, ...rest] = process.argv.slice(2);
const at = rest.indexOf("--pictures");
const folder = at >= 0 ? rest.splice(at, 2)[1] : "";
const require = createRequire(pathToFileURL(`${modules}/`));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const opened = await chromium.launch({
  executablePath: browser,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});
const told = {};
try {
  for (const file of rest) {
    told[file] = [];
    for (const colorScheme of ["light", "dark"]) {
      for (const width of file === rest[0] ? [360, 768, 1440] : [colorScheme === "light" ? 360 : 1440]) {
        // bypassCSP: the page allows no script, and axe is one
        const context = await opened.newContext({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
        const page = await context.newPage();
        const look = { colorScheme, width, messages: [], requests: [] };
        page.on("console", (message) => look.messages.push(message.text()));
        page.on("pageerror", (error) => look.messages.push(error.message));
        page.on("dialog", (dialog) => (look.messages.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
        page.on("request", (request) => look.requests.push(request.url()));
        await page.goto(pathToFileURL(path.resolve(file)).href, { waitUntil: "load" });
        look.background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        look.sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        look.charts = await page.evaluate(() =>
          [...document.querySelectorAll("svg")].filter((svg) => svg.getBoundingClientRect().width > 0).length);
        look.ids = await page.evaluate(() => [...document.querySelectorAll("[id]")].map((element) => element.id));
        look.outside = await page.evaluate(() => // text of a chart that is cut off at the chart's edge
          [...document.querySelectorAll("svg text")].filter((text) => {
            const box = text.getBoundingClientRect();
            const svg = text.ownerSVGElement.getBoundingClientRect();
            return box.width > 0 && (box.left < svg.left - 2 || box.right > svg.right + 2);
          }).map((text) => text.textContent));
        if (folder) {
          const name = `${path.basename(file, ".html")}-${width}-${colorScheme}.png`;
          await page.screenshot({ path: path.join(folder, name), fullPage: true });
        }
        await page.addScriptTag({ path: axe });
        const found = await page.evaluate(() => globalThis.axe.run());
        look.axe = found.violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map((n) => n.html) }));
        look.unsure = found.incomplete.filter(({ nodes }) => nodes.some((n) => !n.html.startsWith("<text"))).map(({ id }) => id);
        told[file].push(look);
        await context.close();
      }
    }
  }
} finally {
  await opened.close();
}
console.log(JSON.stringify(told));
