// A server's own task pane in a browser, with Excel's objects stubbed: what it registers, and what its functions answer.
// node server_page.mjs MODULES BROWSER URL; reads [[name, args], ...] on standard input, writes one JSON object.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import fs from "node:fs";

const [modules, browser, url] = process.argv.slice(2);
const { chromium } = createRequire(pathToFileURL(`${modules}/`))("playwright-core");
const calls = JSON.parse(fs.readFileSync(0, "utf8"));

// Only what Microsoft documents of Office.js, as far as the page asks for it.
function excel() {
  globalThis.registered = {};
  globalThis.actions = {};
  globalThis.CustomFunctions = {
    associate: (id, run) => (globalThis.registered[id] = run),
    ErrorCode: { invalidValue: "#VALUE!" },
    Error: class extends Error {
      constructor(code, message) {
        super(message);
        this.code = code;
      }
    },
  };
  globalThis.Office = {
    onReady: async (ready) => (ready?.({ host: "Excel", platform: "Mac" }), { host: "Excel", platform: "Mac" }),
    actions: { associate: (id, run) => (globalThis.actions[id] = run) },
    context: { requirements: { isSetSupported: () => true }, ui: {} },
    addin: { showAsTaskpane: async () => {} },
  };
  // any property is there, any method answers the same again; a workbook with a name and no sheets
  const given = { name: "book.xlsx", items: [], isNullObject: true, shortDatePattern: "m/d/yyyy" };
  const thing = () => new Proxy(function () {}, {
    get: (_, key) => (key === "then" ? undefined : key in given ? given[key] : thing()),
    apply: () => thing(),
  });
  globalThis.Excel = {
    RequestContext: class {
      workbook = thing();
      application = thing();
      async sync() {}
    },
    run: async (work) => work(new globalThis.Excel.RequestContext()),
  };
}

const opened = await chromium.launch({
  executablePath: browser,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});
const told = { errors: [], posts: [], elsewhere: [] };
try {
  const page = await opened.newPage();
  page.on("pageerror", (error) => told.errors.push(error.message));
  page.on("request", (request) => {
    if (request.method() === "POST") told.posts.push(new URL(request.url()).pathname);
    if (!request.url().startsWith(url)) told.elsewhere.push(request.url());
  });
  await page.addInitScript(excel);
  await page.route("**/office.js", (route) => route.fulfill({ body: "", contentType: "text/javascript" }));
  await page.goto(`${url}/taskpane.html`, { waitUntil: "load" });
  told.text = await page.innerText("main");
  told.button = await page.getAttribute("main button", "xw-click");
  told.registered = await page.evaluate(() => Object.keys(globalThis.registered));
  told.actions = await page.evaluate(() => Object.keys(globalThis.actions));
  told.answers = await page.evaluate(async (wanted) => {
    const answers = [];
    for (const [name, args] of wanted) {
      const invocation = { address: "Sheet1!B2", functionName: name, parameterAddresses: [] };
      try {
        answers.push({ result: await globalThis.registered[name](...args, invocation) });
      } catch (error) {
        answers.push({ code: error.code, message: error.message });
      }
    }
    return answers;
  }, calls);
} finally {
  await opened.close();
}
console.log(JSON.stringify(told));
